"""File a vital event with what is reported about it: informant, witnesses, papers, and whether the report is late.

Decides what is listed as present and missing (``schemas.papers``); neither a missing paper nor a late report stops an
entry (UU 24/2013).  Every form of an event is a ``Report`` with fields of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.bodies import values_of
from schemas.codes import EventKind, code_list
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind, tag_of
from schemas.papers import DEADLINES, PAPERS, DayKind, checklist
from sync_protocol.entries import Add, EntryKind
from sync_protocol.registry import shown_elements
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, PaperState, Recorded

_PAPERS = tag_of(Kind.VITAL_EVENT, "papers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What every event may say: who reports it, who witnessed it, which papers are there.

    ``papers`` are codes of ``schemas.papers``; ``papers_case`` names the case that decides which are needed.
    """

    informant_name: str | None = None
    informant_nik: str | None = None
    witnesses: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    papers_case: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtReport(Report):
    """An event that rests on a court's ruling; each part is None if it is not known."""

    court_name: str | None = None
    court_number: str | None = None
    court_on: dt.date | None = None

    @property
    def court(self) -> dict[str, Any]:
        """Return the ruling by the event's field names."""
        return {"court_name": self.court_name, "court_number": self.court_number, "court_on": self.court_on}


def file_event(draft: EntryDraft, kind: EventKind, report: Report, values: Mapping[str, Any]) -> bytes:
    """Declare an event with its report, note a late one, list its papers; return its id.

    Raises DataError paper-unknown, papers-case-unknown.
    """
    needed = checklist(kind, report.papers_case)
    _check_papers(report.papers)
    if not draft.papers:
        draft.papers.extend(PaperState(paper.code, paper.label_id, paper.code in report.papers) for paper in needed)
    caution_if_late(draft, kind, values.get("court_on") or values.get("occurred_on"))
    stated = {
        "informant_name": report.informant_name,
        "informant_nik": report.informant_nik,
        "witnesses": list(report.witnesses),
        "papers_case": report.papers_case,
    }
    event_id = draft.declare(kind, {**values, **stated})
    for code in dict.fromkeys(report.papers):
        draft.note(event_id, "papers", code)
    return event_id


def caution_if_late(draft: EntryDraft, kind: EventKind, since: dt.date | None) -> None:
    """Note a report after its legal term, counted from the event or the ruling; it is recorded all the same."""
    deadline, today = DEADLINES.get(kind), draft.desk.today()
    if deadline is None or since is None or not deadline.is_late(since, today):
        return
    label = code_list("event_kind").label(kind).capitalize()
    days = "hari kerja" if deadline.day_kind is DayKind.WORKING else "hari"
    late = deadline.days_since(since, today)
    draft.caution(
        f"{kind.name.lower().replace('_', '-')}-late",
        "occurred_on",
        f"{label} dilaporkan {late} {days} kemudian, batasnya {deadline.days} {days} ({deadline.source}).",
    )


def _check_papers(codes: tuple[str, ...]) -> None:
    for code in codes:
        if code not in PAPERS:
            raise DataError(
                f"Berkas {code!r} tidak dikenal",
                code="paper-unknown",
                hint=f"Yang ada: {', '.join(PAPERS)}.",
                field="papers",
                value=code,
            )


def event_papers(desk: DeskPort, event_id: bytes) -> tuple[PaperState, ...]:
    """Return the papers that an event needs, each present or missing, then others that were brought.

    Raises RefusedError "event-unknown".
    """
    values = _event_values(desk, event_id)
    kind = values.get("event_kind")
    present = _present(values)
    try:
        needed = checklist(kind if isinstance(kind, int) else 0, str(values.get("papers_case") or ""))
    except DataError:
        needed = ()  # a newer program's case
    listed = [PaperState(paper.code, paper.label_id, paper.code in present) for paper in needed]
    named = {paper.code for paper in needed}
    others = sorted(present - named)
    return (*listed, *(PaperState(c, PAPERS[c].label_id if c in PAPERS else c, is_present=True) for c in others))


def bring_papers(desk: DeskPort, event_id: bytes, codes: tuple[str, ...], *, dry_run: bool = False) -> Recorded:
    """Note papers that are there now as one entry; those known already do not travel.

    Raises RefusedError "event-unknown", DataError "paper-unknown".
    """
    _check_papers(codes)
    present = _present(_event_values(desk, event_id))
    draft = EntryDraft(desk, event_id=event_id)
    for code in dict.fromkeys(codes):
        if code not in present:
            draft.note(event_id, "papers", code)
    done = draft.save(EntryKind.CORRECTION, dry_run=dry_run)
    shown = event_papers(desk, event_id)
    brought = {change.element for change in done.changes if isinstance(change, Add) and change.tag == _PAPERS}
    papers = tuple(PaperState(one.code, one.label, one.is_present or one.code in brought) for one in shown)
    return Recorded(done.change_id, done.event_id, done.created, done.changes, done.cautions, papers)


def _present(values: Mapping[str, Any]) -> set[str]:
    return {code for code in shown_elements(values.get("papers")) if isinstance(code, str)}


def _event_values(desk: DeskPort, event_id: bytes) -> dict[str, Any]:
    shown = desk.shown(event_id)
    if shown is None or shown.kind != Kind.VITAL_EVENT:
        raise RefusedError("Peristiwa tidak ditemukan", code="event-unknown", hint="Lihat daftar peristiwa.")
    return values_of(Kind.VITAL_EVENT, shown.body)
