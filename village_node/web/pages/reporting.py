"""Report a vital event: the list of what can be reported, the steps, the check, and the saving.

Decides the road through a guided form; the forms are in ``guided.events``, the rules in ``registration``.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from schemas.errors import AlreadySavedError, DataError, RefusedError
from village_node.accounts import Action
from village_node.registration import Recorded
from village_node.web import places
from village_node.web.guided import Ask, Guided, Question, Step
from village_node.web.guided.asking import day_views, question_views, summary_of
from village_node.web.guided.drafts import Draft, Drafts
from village_node.web.guided.events import EVENTS, GROUPS
from village_node.web.guided.picking import hits, resolve_people
from village_node.web.guided.placing import resolve_places
from village_node.web.guided.reading import mistakes_of, values_of_answers
from village_node.web.visits import Posted, SignedIn, Visit, record_id_of

router = APIRouter()

CHECK = "periksa"
"""The last step of every form."""
PICK_LETTERS_MIN = 2


@router.get("/lapor")
def choose_event(visit: SignedIn) -> Response:
    """Show what can be reported, and the drafts that were begun."""
    visit.must(Action.RECORD)
    about = visit.asked("untuk")
    return visit.page(
        "guided/choose.html",
        here="/",
        groups=[(word, [EVENTS[code] for code in codes]) for word, codes in GROUPS],
        about=f"?untuk={about}" if about else "",
        drafts=Drafts(visit.office.store, visit.session.username).mine(),
    )


@router.get("/lapor/pilih")
def pick(visit: SignedIn) -> Response:
    """Return who or which family is meant so far, as one types."""
    visit.must(Action.RECORD)
    name = visit.asked("pertanyaan")
    question = next(
        (one for guided in EVENTS.values() for step in guided.steps for one in step.questions if one.name == name), None
    )
    typed = visit.asked(f"{name}_q")
    found = hits(visit, question, typed) if question is not None and len(typed) >= PICK_LETTERS_MIN else []
    return visit.part("guided/picked_hits.html", name=name, hits=found)


@router.get("/lapor/tempat")
def suggest_places(visit: SignedIn) -> Response:
    """Return the places that are meant so far, as one types; villages unless the field says otherwise."""
    visit.must(Action.RECORD)
    kind = visit.asked("jenis") or places.VILLAGE
    found = places.suggested(visit, kind, visit.asked(visit.asked("pertanyaan"))) if kind in places.KINDS else []
    return visit.part("guided/place_hits.html", places=found)


@router.get("/lapor/{code}")
def begin(code: str, visit: SignedIn) -> Response:
    """Begin a form with what follows from the person or family it is about; its first step has an address."""
    visit.must(Action.RECORD)
    guided = _guided(code)
    person = record_id_of(visit.asked("untuk")) if visit.asked("untuk") else None
    family = record_id_of(visit.asked("keluarga")) if visit.asked("keluarga") else None
    for one in (person, family):
        if one is not None:
            visit.must_see(one, "report")
    answers = guided.prefill(visit.desk, person, family) if guided.prefill is not None else {}
    drafts = Drafts(visit.office.store, visit.session.username)
    draft = drafts.begin(
        code, _title(visit, guided, answers), guided.steps_for(answers)[0].code, answers, visit.office.now_ms()
    )
    return RedirectResponse(draft.address, 303)


@router.get("/lapor/{code}/{draft}/periksa")
def check_answers(code: str, draft: str, visit: SignedIn) -> Response:
    """Show all answers, what the law says of them, and what happens next."""
    return _check(visit, _guided(code), _draft(visit, draft), {})


@router.post("/lapor/{code}/{draft}/periksa")
def save(code: str, draft: str, visit: Posted) -> Response:
    """Record the event; a second click finds it recorded."""
    visit.must(Action.RECORD)
    guided = _guided(code)
    try:
        begun = _draft(visit, draft)
    except RefusedError as error:
        if error.code == "draft-unknown":
            return visit.onward("/", visit.words("Formulir ini sudah tersimpan."), kind="know")
        raise
    try:
        done = _recorded(visit, guided, begun, is_trial=False)
    except AlreadySavedError:
        _drafts(visit).drop(begun.draft_id)
        return visit.onward("/", visit.words("Formulir ini sudah tersimpan."), kind="know")
    except (DataError, RefusedError) as error:
        return _check(visit, guided, begun, _placed(visit, guided, error))
    _drafts(visit).drop(begun.draft_id)
    undo = f"/peristiwa/{done.event_id.hex()}/urungkan" if done.event_id else ""
    subject = _subject(done, begun)
    return visit.onward(f"/penduduk/{subject}" if subject else "/", visit.words(guided.said), undo=undo)


@router.post("/draf/{draft}/buang")
def throw_away(draft: str, visit: Posted) -> Response:
    """Throw a draft away."""
    _drafts(visit).drop(record_id_of(draft))
    return visit.onward("/", visit.words("Draf dibuang."), kind="know")


@router.post("/lapor/{code}/{draft}/simpan")
def keep(code: str, draft: str, visit: Posted) -> Response:
    """Keep what was typed so far, as one types; says when."""
    guided, begun = _guided(code), _draft(visit, draft)
    step = _step(guided, begun.answers, visit.text("_step"))
    answers = {**begun.answers, **_typed(visit, step)}
    _drafts(visit).write(begun.draft_id, step.code, _title(visit, guided, answers), answers, visit.office.now_ms())
    visit.forget_typing()
    return visit.part("guided/kept.html", views=day_views(visit, guided, step, answers))


@router.get("/lapor/{code}/{draft}/{step}")
def show_step(code: str, draft: str, step: str, visit: SignedIn) -> Response:
    """Show one step."""
    guided, begun = _guided(code), _draft(visit, draft)
    return _show(visit, guided, begun, _step(guided, begun.answers, step), begun.answers, {})


@router.post("/lapor/{code}/{draft}/{step}")
def go_on(code: str, draft: str, step: str, visit: Posted) -> Response:
    """Keep a step's answers and go on; what is wrong is said first, what is unknown may stay blank."""
    guided, begun = _guided(code), _draft(visit, draft)
    now = _step(guided, begun.answers, step)
    answers = {**begun.answers, **_typed(visit, now)}
    if changed := visit.text("ganti"):
        answers |= {changed: "", f"{changed}_q": ""}
        _drafts(visit).write(begun.draft_id, now.code, begun.title, answers, visit.office.now_ms())
        return _show(visit, guided, begun, now, answers, {})
    mistakes = resolve_people(visit, now, answers) | resolve_places(visit, now, answers)
    asked = (one for one in now.questions if one.when(answers) and one.name not in mistakes)
    mistakes |= {name: visit.words.in_full(error) for name, error in mistakes_of(asked, answers).items()}
    onward = CHECK if mistakes == {} and visit.text("ke") == CHECK else ""
    steps = guided.steps_for(answers)
    following = next((one.code for one in steps[_place(steps, now) + 1 :]), CHECK)
    target = now.code if mistakes else onward or following
    _drafts(visit).write(begun.draft_id, target, _title(visit, guided, answers), answers, visit.office.now_ms())
    if mistakes:
        return _show(visit, guided, begun, now, answers, mistakes)
    if visit.text("tutup"):
        return visit.onward("/lapor", visit.words("Draf tersimpan."), kind="know")
    return visit.onward(f"/lapor/{code}/{draft}/{target}")


def _show(
    visit: Visit, guided: Guided, draft: Draft, step: Step, answers: dict[str, str], mistakes: dict[str, str]
) -> Response:
    steps = list(guided.steps_for(answers))
    at = _place(steps, step)
    views = question_views(visit, guided, step, answers)
    return visit.page(
        "guided/step.html",
        status=422 if mistakes else 200,
        here="/",
        guided=guided,
        draft=draft,
        step=step,
        steps=steps,
        at=at,
        total=len(steps) + 1,
        back=f"/lapor/{guided.code}/{draft.draft_id.hex()}/{steps[at - 1].code}" if at else "/lapor",
        views=views,
        answers=answers,
        mistakes=mistakes,
        to_check=visit.asked("ke") == CHECK,
        subtitle=_title(visit, guided, answers),
    )


def _check(visit: Visit, guided: Guided, draft: Draft, mistakes: dict[str, str]) -> Response:
    steps = list(guided.steps_for(draft.answers))
    done = None
    if not mistakes:
        try:
            done = _recorded(visit, guided, draft, is_trial=True)
        except (DataError, RefusedError) as error:
            mistakes = _placed(visit, guided, error)
    return visit.page(
        "guided/check.html",
        status=422 if mistakes else 200,
        here="/",
        guided=guided,
        draft=draft,
        steps=steps,
        groups=[(step, summary_of(visit, guided, step, draft.answers)) for step in steps],
        mistakes=mistakes,
        cautions=done.cautions if done is not None else (),
        missing=[visit.words.label(one.label) for one in (done.papers if done else ()) if not one.is_present],
        back=f"/lapor/{guided.code}/{draft.draft_id.hex()}/{steps[-1].code}",
        total=len(steps) + 1,
    )


def _recorded(visit: Visit, guided: Guided, draft: Draft, *, is_trial: bool) -> Recorded:
    """Run the use case; raises the first mistake of the answers, or what the register refuses."""
    values, mistakes = values_of_answers(guided, draft.answers)
    for error in mistakes.values():
        raise error
    return guided.record(visit.desk, guided.filled(values), dry_run=is_trial)


def _placed(visit: Visit, guided: Guided, error: DataError | RefusedError) -> dict[str, str]:
    """Return a refusal at the question that it is about, or at none."""
    name = error.field if isinstance(error, DataError) else ""
    known = {question.name for step in guided.steps for question in step.questions}
    return {name if name in known else "": visit.words.in_full(error)}


def _typed(visit: Visit, step: Step) -> dict[str, str]:
    """Return what was sent for a step, by question name; a question that was not sent is not changed."""
    found: dict[str, str] = {}
    for question in step.questions:
        found |= _one(visit, question)
    return found


def _one(visit: Visit, question: Question) -> dict[str, str]:
    name = question.name
    if question.ask is Ask.DAY:
        parts = [visit.text(f"{name}_{part}") for part in ("d", "m", "y")]
        return {
            name: "-".join(parts) if any(parts) else "",
            **{f"{name}_{p}": v for p, v in zip("dmy", parts, strict=True)},
        }
    if question.ask in {Ask.MEMBERS, Ask.PAPERS}:
        return {name: " ".join(visit.texts(name))}
    if question.ask is Ask.RELATIONS:
        prefix = f"{name}_"
        return {key: visit.text(key) for key in visit.form if key.startswith(prefix)}
    if question.ask is Ask.PLACE:
        return {name: visit.text(f"{name}_pick") or visit.text(name), f"{name}_seen": visit.text(f"{name}_seen")}
    if question.ask in {Ask.PERSON, Ask.FAMILY}:
        return {name: visit.text(name), f"{name}_q": visit.text(f"{name}_q")}
    return {name: visit.text(name)}


def _title(visit: Visit, guided: Guided, answers: dict[str, str]) -> str:
    about = answers.get(guided.about, "") if guided.about else ""
    if len(about) == 32:
        about = visit.desk.name(bytes.fromhex(about))
    return f"{guided.title} · {about}" if about else guided.title


def _subject(done: Recorded, draft: Draft) -> str:
    """Return the person whose page shows what was done: somebody new, else the one it was begun from."""
    named = (draft.answers.get(name, "") for name in ("person_id", "subject", "mother_id", "child_id"))
    if draft.form == "kelahiran" and done.created:
        return done.created[0].hex()
    return next((one for one in named if len(one) == 32), "")


def _step(guided: Guided, answers: dict[str, str], code: str) -> Step:
    steps = guided.steps_for(answers)
    return next((one for one in steps if one.code == code), steps[0])


def _place(steps: Any, step: Step) -> int:
    return next((number for number, one in enumerate(steps) if one.code == step.code), 0)


def _guided(code: str) -> Guided:
    if code not in EVENTS:
        raise RefusedError("Laporan ini tidak ada", code="event-unknown", hint="Pilih dari daftar laporan.")
    return EVENTS[code]


def _drafts(visit: Visit) -> Drafts:
    return Drafts(visit.office.store, visit.session.username)


def _draft(visit: Visit, text: str) -> Draft:
    # A draft may have been begun under another role.
    visit.must(Action.RECORD)
    return _drafts(visit).read(record_id_of(text))
