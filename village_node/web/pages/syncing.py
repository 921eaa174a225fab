"""Sync in sight: where we stand, a session now, and the stick for villages and nights without a network.

Decides what an officer sees of a session; the session is ``syncer``, the stick ``carriers.files``.  A folder on a stick
is found by the system's own list of removable media; a browser cannot tell it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.bodies import values_of
from schemas.errors import StorageError
from schemas.fields import Kind
from sync_protocol.overlay import Shown
from village_node.accounts import Action
from village_node.carriers.files import export_messages, import_answers
from village_node.entry_states import EntryState, Verdict, entry_states
from village_node.session_words import REASONS
from village_node.status import entry_word
from village_node.unreadable import unreadable_entries
from village_node.web.histories import sign_of_entry
from village_node.web.sticks import Stick, sticks
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

LINES_MAX = 30
LOOKED_AT_MAX = 4
"""Changes of an entry that are looked at for whom it is about: an import writes whole families."""


@router.get("/sinkron")
def show_sync(visit: SignedIn) -> Response:
    """Show where this village stands with the district, and its newest entries with their signs."""
    visit.must(Action.SYNC)
    return visit.page(
        "sync/show.html",
        here="/sinkron",
        sync=visit.office.sync,
        reasons=REASONS,
        can_sync=visit.office.run_sync is not None,
        lines=_lines(visit),
    )


@router.post("/sinkron")
def sync_now(visit: Posted) -> Response:
    """Begin a session; a second click joins the one that runs."""
    visit.must(Action.SYNC)
    run = visit.office.run_sync
    if run is None:
        said = (
            visit.words("Ini latihan: tidak ada yang dikirim ke kabupaten.")
            if visit.office.is_practice
            else visit.words("Desa ini belum punya alamat kabupaten; pakai flashdisk.")
        )
        return visit.onward("/sinkron", said, kind="know")
    visit.office.sync.start(run)
    return visit.onward("/sinkron")


@router.get("/sinkron/keadaan")
def show_progress(visit: SignedIn) -> Response:
    """Return how the running session stands, for the page that waits for it."""
    return visit.part("sync/progress.html", sync=visit.office.sync, standing=visit.office.standing())


@router.get("/sinkron/flashdisk")
def show_sticks(visit: SignedIn) -> Response:
    """Show the sticks that are plugged in, and what would be written."""
    visit.must(Action.SYNC)
    return _sticks(visit, [])


@router.post("/sinkron/flashdisk/tulis")
def write_stick(visit: Posted) -> Response:
    """Write what the district does not have yet onto a stick."""
    visit.must(Action.SYNC)
    stick = _chosen(visit)
    if stick is None:
        return _sticks(visit, [], visit.words("Pilih flashdisknya dulu; pasang bila belum terlihat."))
    try:
        paths = export_messages(visit.office.store, stick, now_ms=visit.office.now_ms())
    except StorageError as error:
        return _sticks(visit, [], visit.words.in_full(error))
    said = visit.words(
        "%(n)s berkas ditulis. Bawa flashdisk ke kabupaten; tidak ada yang hilang bila tertinggal.", n=len(paths)
    )
    return visit.onward("/sinkron/flashdisk", said)


@router.post("/sinkron/flashdisk/baca")
def read_stick(visit: Posted) -> Response:
    """Take in the district's answers from a stick; each file tells what became of it."""
    visit.must(Action.SYNC)
    stick = _chosen(visit)
    if stick is None:
        return _sticks(visit, [], visit.words("Pilih flashdisknya dulu; pasang bila belum terlihat."))
    try:
        reports = import_answers(visit.office.store, stick)
    except StorageError as error:
        return _sticks(visit, [], visit.words.in_full(error))
    lines = [(report.path.name, report.message, "wrong" if report.is_error else "good") for report in reports]
    return _sticks(visit, lines or [("", visit.words("Tidak ada jawaban kabupaten di flashdisk ini."), "know")])


def _sticks(visit: Visit, lines: list[tuple[str, str, str]], mistake: str = "") -> Response:
    found: list[Stick] = sticks(visit.office.directory)
    return visit.page(
        "sync/sticks.html",
        status=422 if mistake else 200,
        here="/sinkron",
        sticks=found,
        lines=lines,
        mistake=mistake,
    )


def _chosen(visit: Visit) -> Path | None:
    """Return the chosen stick, only if it is one of those found: no address may name another folder."""
    wanted = visit.text("flashdisk")
    return next((one.path for one in sticks(visit.office.directory) if str(one.path) == wanted), None)


def _lines(visit: Visit) -> list[dict[str, object]]:
    states = entry_states(visit.office.store, limit=LINES_MAX)
    touched = {state.change_id: [one.record_id for one in state.changes[:LOOKED_AT_MAX]] for state in states}
    if any(state.verdict is Verdict.UNREADABLE for state in states):
        with visit.office.store.reading() as working:
            damaged = unreadable_entries(working.connection)
        touched |= {one.change_id: [one.about_id] for one in damaged if one.about_id is not None}
    shown = visit.desk.shown_many(sorted({key for keys in touched.values() for key in keys}))
    return [_line(state, _about(visit, touched[state.change_id], shown)) for state in states]


def _about(visit: Visit, touched: Sequence[bytes], shown: Mapping[bytes, Shown]) -> tuple[str, str]:
    """Return whom an entry is about, as a page and a name: a person before a family, blank for neither."""
    found = [(key, shown.get(key)) for key in touched]
    for key, record in found:
        if record is not None and record.kind == Kind.RESIDENT:
            return f"/penduduk/{key.hex()}", str(values_of(record.kind, record.body).get("name") or "")
    for key, record in found:
        if record is not None and record.kind == Kind.HOUSEHOLD:
            head = values_of(record.kind, record.body).get("head_id")
            return f"/keluarga/{key.hex()}", visit.words(
                "Keluarga %(name)s", name=visit.desk.name(head) if head else ""
            )
    subjects = (values_of(one.kind, one.body) for _, one in found if one is not None)
    about = next((one for values in subjects if (one := values.get("subject_id") or values.get("applicant_id"))), None)
    return (f"/penduduk/{about.hex()}", visit.desk.name(about)) if about is not None else ("", "")


def _line(state: EntryState, about: tuple[str, str]) -> dict[str, object]:
    return {
        "address": about[0],
        "name": about[1],
        "number": state.ordinal,
        "what": entry_word(state.kind),
        "officer": state.officer,
        "wall_ms": state.wall_ms,
        "sign": sign_of_entry(state),
    }
