"""Show cases: what was seen, what the registry says, what is proposed (protocol 5.3).

Shows only; a decision (``review``) names the page that it was taken on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from district_hub.showing import RecordOf, field_label, record_name, value_words
from schemas.errors import RefusedError
from schemas.fields import Kind
from sync_protocol import cases
from sync_protocol.codec import digest16, encode
from sync_protocol.decisions import Page, page_of
from sync_protocol.entries import Add, Change, Create, Remove, Update
from sync_protocol.registry import Registry
from sync_protocol.tables import Record

WHY_WORDS = {
    "rule": ("nilai berbeda", "values differ"),
    "device-revoked": ("dari perangkat yang dicabut", "from a revoked device"),
    "unreadable": ("catatan tidak terbaca", "an entry that cannot be read"),
    "unknown-kind": ("jenis catatan belum dikenal", "an entry of an unknown kind"),
    "before-after-restore": ("berbeda sebelum dan sesudah pemulihan", "differs before and after a restore"),
    "registrar's diary": ("dari buku harian petugas", "from the registrar's diary"),
}


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a list: whose it is, what it is about, how many proposals wait."""

    case_id: bytes
    village_id: int
    village_name: str
    about: str
    fields: tuple[str, ...]
    proposals: int
    why: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """One row of a case's page: the three columns seen, registry and proposed, and who proposed it when."""

    change_id: bytes
    record_id: bytes
    record_name: str
    field: str
    seen: str
    current: str
    proposed: str
    officer: str
    wall_ms: int
    why: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case as a registrar sees it; ``shown`` is what a decision must name."""

    line: CaseLine
    rows: tuple[ProposedChange, ...]
    reason: str
    shown: Page

    @property
    def token(self) -> str:
        """Return a short name of what this page shows: another value, another token."""
        return page_token(self.shown)


def page_token(page: Page) -> str:
    """Return 8 hexadecimal digits that name the contents of a page."""
    return digest16(encode([list(page.proposals), [list(each) for each in page.current]]))[:4].hex()


def list_cases(
    registry: Registry, found: Iterable[Record], village_names: Mapping[int, str], *, language: str = "id"
) -> list[CaseLine]:
    """Return lines of the given cases, village by village."""
    lines = [_line(registry.record, case, village_names, language) for case in found]
    return sorted(lines, key=lambda line: (line.village_id, line.about, line.case_id))


def _line(record_of: RecordOf, case: Record, village_names: Mapping[int, str], language: str) -> CaseLine:
    proposals = cases.proposals_of(case)
    about = next((change.record_id for p in proposals for change in p.changes), None)
    record = record_of(about) if about is not None else None
    labels: dict[str, None] = {}
    for change in (change for p in proposals for change in p.changes):
        labels[field_label(kind_of(record_of, change), change.tag, language)] = None
    return CaseLine(
        case.record_id,
        case.owner,
        village_names.get(case.owner, str(case.owner)),
        record_name(record, record_of, language=language) if record is not None else (about or case.record_id).hex(),
        tuple(labels),
        len(proposals),
        ", ".join(dict.fromkeys(_why(p.why, language) for p in proposals)),
        cases.is_open(case),
    )


def _why(code: str, language: str) -> str:
    words = WHY_WORDS.get(code)
    return words[language == "en"] if words else code


def kind_of(record_of: RecordOf, change: Change) -> int:
    if isinstance(change, Create):
        return change.kind
    record = record_of(change.record_id)
    return record.kind if record is not None else 0


def show_case(
    registry: Registry, case_id: bytes, village_names: Mapping[int, str], *, language: str = "id"
) -> CasePage:
    """Return the page of a case; raises RefusedError "case-unknown"."""
    case = need_case(registry, case_id)
    page = page_of(registry, case)
    current = {(record_id, tag): value for record_id, tag, value in page.current}
    rows = tuple(
        _row(registry, proposal, change, current, village_names, language)
        for proposal in cases.proposals_of(case)
        for change in (proposal.changes or (None,))
    )
    reason = str(case.body.get(cases.TAG_REASON) or "")
    return CasePage(_line(registry.record, case, village_names, language), rows, reason, page)


def need_case(registry: Registry, case_id: bytes) -> Record:
    case = registry.record(case_id)
    if case is None or case.kind != Kind.CASE:
        raise RefusedError(
            f"there is no case {case_id.hex()}",
            code="case-unknown",
            hint="List the cases with `kampung hub review list`.",
        )
    return case


def _row(
    registry: Registry,
    proposal: cases.Proposal,
    change: Change | None,
    current: Mapping[tuple[bytes, int], Any],
    village_names: Mapping[int, str],
    language: str,
) -> ProposedChange:
    record = registry.record(change.record_id) if change is not None else None
    kind = kind_of(registry.record, change) if change is not None else 0

    def words(tag: int, value: Any) -> str:
        return value_words(kind, tag, value, record_of=registry.record, village_names=village_names, language=language)

    seen, now, proposed = "", "", ""
    match change:
        case Update(record_id, tag, old, new):
            seen, now, proposed = words(tag, old), words(tag, current.get((record_id, tag))), words(tag, new)
        case Add(record_id, tag, element):
            proposed = f"+ {words(tag, [element])}"
        case Remove(record_id, tag, element):
            proposed = f"- {words(tag, [element])}"
        case Create(_, _, body):
            proposed = "; ".join(f"{field_label(kind, tag, language)}: {words(tag, v)}" for tag, v in body.items())
        case None:
            pass
    return ProposedChange(
        proposal.change_id,
        change.record_id if change is not None else b"",
        record_name(record, registry.record, language=language) if record is not None else "",
        field_label(kind, change.tag, language) if change is not None else "",
        seen,
        now,
        proposed,
        proposal.officer,
        proposal.wall_ms,
        _why(proposal.why, language),
    )
