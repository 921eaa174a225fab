"""The inbox: what the district held, took differently or refused, each with both values and one answer.

Decides how matters are listed and shown; matters are ``village_node.inbox``, answers ``village_node.inbox_answers``.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import AlreadySavedError, DataError, RefusedError
from schemas.fields import Kind
from village_node.accounts import Action
from village_node.deciders import AUTOMATIC, ELSEWHERE, OFFICER, REGISTRAR, decision_about
from village_node.inbox import IN_REVIEW, NIK_TWICE, UNREADABLE, UNREADABLE_RECEIVED, Matter, key_of, read_inbox
from village_node.inbox_answers import (
    ASKED,
    RESENT,
    TAKEN,
    answers_of,
    ask_district,
    can_resend,
    send_again,
    take_back,
    take_district,
)
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

SHOWN_MAX = 50

SIGNS = {IN_REVIEW: "review", "refused": "refused", UNREADABLE: "damaged", UNREADABLE_RECEIVED: "damaged"}
"""The sign of a matter; every other one was taken differently."""

SHORT = {
    "nik-twice": "NIK ganda",
    "overwritten": "Ditimpa",
    "superseded": "Diambil yang lain",
    "decided-otherwise": "Diputuskan lain",
}
"""What became of a matter, short enough for a list."""

ANSWERS = {
    RESENT: "Nilai desa dikirim lagi.",
    TAKEN: "Nilai kabupaten diterima.",
    ASKED: "Kabupaten ditanya; jawabannya datang sebagai kiriman baru atau perubahan data.",
}
"""What was answered."""

DECIDERS = {
    REGISTRAR: "Registrar kabupaten; namanya tidak ikut dikirim.",
    AUTOMATIC: "Aturan registri kabupaten, tanpa orang.",
    OFFICER: "%(officer)s, dari kantor ini, dengan perubahan yang lebih baru.",
    ELSEWHERE: "Perubahan dari laptop lain atau desa lain, menurut aturan registri kabupaten.",
}
"""Who decided, in the words that the officer reads."""

REASONS = {
    "rule": "Dua perubahan pada isian yang sama; aturan registri memilih salah satu.",
    "device-revoked": "Laptop pengirimnya sudah dicabut.",
    "unreadable": "Kiriman ini tidak terbaca di kabupaten.",
    "unknown-kind": "Kiriman ini dibuat program yang lebih baru.",
}
"""Why, where the district's word is a code and not a registrar's sentence."""

PLACES = {
    int(Kind.RESIDENT): "/penduduk/{0}",
    int(Kind.HOUSEHOLD): "/keluarga/{0}",
    int(Kind.VITAL_EVENT): "/peristiwa/{0}",
}


@router.get("/kotak-masuk")
def show_inbox(visit: SignedIn) -> Response:
    """Show what waits for an answer, the first one opened.

    A key that no matter has opens the first one too: the count of the frame leads to ``?pilih=pertama``.
    """
    return _show(visit, visit.asked("pilih"), {})


@router.get("/kotak-masuk/{key}")
def show_matter(key: str, visit: SignedIn) -> Response:
    """Show one matter; an answer that has a mistake stands below this address."""
    return _show(visit, key, {})


@router.post("/kotak-masuk/{key}/pakai")
def resend(key: str, visit: Posted) -> Response:
    """Send the village's value again, with a reason."""
    visit.must(Action.CORRECT)
    try:
        done = send_again(visit.desk, _matter(visit, key), visit.text("alasan"))
    except AlreadySavedError:
        raise
    except (DataError, RefusedError) as error:
        return _show(visit, key, {_where(error, "alasan"): visit.words.in_full(error)})
    said = visit.with_cautions(visit.words("Nilai desa dikirim lagi saat bertemu kabupaten."), done.cautions)
    return visit.onward("/kotak-masuk", said)


@router.post("/kotak-masuk/{key}/terima")
def take(key: str, visit: Posted) -> Response:
    """Let the district's value stand."""
    visit.must(Action.CORRECT)
    matter = _matter(visit, key)
    take_district(visit.desk, matter)
    if matter.number:
        said = visit.words("Ditandai sudah dicatat ulang.")
    elif matter.code == NIK_TWICE:
        said = visit.words("Ditandai sudah dicocokkan.")
    else:
        said = visit.words("Nilai kabupaten diterima. Nilai Anda tetap ada di riwayat.")
    return visit.onward("/kotak-masuk", said, undo=f"/kotak-masuk/{key}/buka")


@router.post("/kotak-masuk/{key}/tanya")
def ask(key: str, visit: Posted) -> Response:
    """Ask the district about the record."""
    visit.must(Action.CORRECT)
    try:
        ask_district(visit.desk, _matter(visit, key), visit.text("pertanyaan"))
    except AlreadySavedError:
        raise
    except (DataError, RefusedError) as error:
        return _show(visit, key, {_where(error, "pertanyaan"): visit.words.in_full(error)})
    return visit.onward("/kotak-masuk", visit.words("Pertanyaan dikirim saat bertemu kabupaten."))


@router.post("/kotak-masuk/{key}/buka")
def reopen(key: str, visit: Posted) -> Response:
    """Take an answer back: the matter is open again."""
    visit.must(Action.CORRECT)
    take_back(visit.desk, key)
    return visit.onward(f"/kotak-masuk?pilih={key}", visit.words("Kiriman ini terbuka lagi."))


def _where(error: DataError | RefusedError, field: str) -> str:
    return field if isinstance(error, DataError) and error.field == field else ""


def _matter(visit: Visit, key: str) -> Matter:
    for matter in read_inbox(visit.office.store):
        if key_of(matter) == key:
            return matter
    raise RefusedError(
        "Kiriman ini tidak ada lagi di kotak masuk", code="matter-unknown", hint="Kembali ke kotak masuk."
    )


def _show(visit: Visit, key: str, mistakes: dict[str, str]) -> Response:
    visit.must(Action.CORRECT)
    answers, matters = answers_of(visit.office.store), read_inbox(visit.office.store)
    is_answered_list = visit.asked("dijawab") == "ya"
    keyed = [(key_of(one), one) for one in matters]
    # What waits for the village first, then what waits for the district.
    listed = sorted(
        ((name, one) for name, one in keyed if (name in answers) == is_answered_list),
        key=lambda pair: pair[1].code == IN_REVIEW,
    )
    place = next((number for number, (name, _) in enumerate(listed) if name == key), 0)
    first = max(0, min(place - SHOWN_MAX // 2, len(listed) - SHOWN_MAX))
    chosen = listed[place] if listed else next(((name, one) for name, one in keyed if name == key), None)
    return visit.page(
        "inbox/show.html",
        status=422 if mistakes else 200,
        here="/kotak-masuk",
        lines=[
            {"key": name, "matter": one, "sign": SIGNS.get(one.code, ""), "short": SHORT.get(one.code, one.code)}
            for name, one in listed[first:][:SHOWN_MAX]
        ],
        total=len(listed),
        open_count=sum(1 for name, one in keyed if one.code != IN_REVIEW and name not in answers),
        answered=sum(1 for name, _ in keyed if name in answers),
        is_answered_list=is_answered_list,
        is_chosen=bool(key),
        key=chosen[0] if chosen else "",
        matter=chosen[1] if chosen else None,
        place=_place(visit, chosen[1]) if chosen else "",
        holders=_other_holders(visit, chosen[1]) if chosen else [],
        decision=decision_about(visit.office.store, chosen[1]) if chosen else None,
        deciders=DECIDERS,
        answer_words=ANSWERS,
        reasons=REASONS,
        is_open=chosen is not None and chosen[1].code == IN_REVIEW,
        answer=answers.get(chosen[0]) if chosen else None,
        resendable=chosen is not None and can_resend(chosen[1]),
        before=listed[place - 1][0] if listed and place > 0 else "",
        after=listed[place + 1][0] if place + 1 < len(listed) else "",
        answers={name: visit.text(name) for name in ("alasan", "pertanyaan")},
        mistakes=mistakes,
    )


def _other_holders(visit: Visit, matter: Matter) -> list[tuple[str, str]]:
    """Return who else here has the NIK of a matter about one: page and name."""
    if matter.code != NIK_TWICE or not matter.stands:
        return []
    with visit.desk.book() as book:
        others = [one for one in book.with_nik(matter.stands) if one != matter.about_id]
    return [(f"/penduduk/{one.hex()}", visit.desk.name(one)) for one in others]


def _place(visit: Visit, matter: Matter) -> str:
    """Return the address of the record's page; empty for what has none."""
    shown = visit.desk.shown(matter.about_id) if matter.about_id is not None else None
    if shown is None or matter.about_id is None:
        return ""
    return PLACES.get(shown.kind, "").format(matter.about_id.hex())
