"""Show and decide cases: what was seen, what the registry says, what is proposed (protocol 5.3, 5.5).

A decision names the page it was taken on; if that page no longer holds nothing is written.  Bulk decisions go village
by village, each case a decision of its own.  Not here yet: a second person for merges of identities.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from district_hub.registrar import DIARY_DECIDE, Registrar, looking, need_reason, note, page_changed, registry_of
from district_hub.showing import RecordOf, field_label, record_name, value_words
from district_hub.store import HubRegistry, HubStore
from schemas.errors import RefusedError, VillageSyncError
from schemas.fields import Kind
from sync_protocol import cases, decisions
from sync_protocol.causes import decision_id
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
    "diary": ("dari buku harian petugas", "from the registrar's diary"),
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
        labels[field_label(_kind_of(record_of, change), change.tag, language)] = None
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


def _kind_of(record_of: RecordOf, change: Change) -> int:
    if isinstance(change, Create):
        return change.kind
    record = record_of(change.record_id)
    return record.kind if record is not None else 0


def show_case(
    registry: Registry, case_id: bytes, village_names: Mapping[int, str], *, language: str = "id"
) -> CasePage:
    """Return the page of a case; raises RefusedError "case-unknown"."""
    case = _need_case(registry, case_id)
    page = page_of(registry, case)
    current = {(record_id, tag): value for record_id, tag, value in page.current}
    rows = tuple(
        _row(registry, proposal, change, current, village_names, language)
        for proposal in cases.proposals_of(case)
        for change in (proposal.changes or (None,))
    )
    reason = str(case.body.get(cases.TAG_REASON) or "")
    return CasePage(_line(registry.record, case, village_names, language), rows, reason, page)


def _need_case(registry: Registry, case_id: bytes) -> Record:
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
    kind = _kind_of(registry.record, change) if change is not None else 0

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


def decide(
    store: HubStore,
    case_id: bytes,
    accepted: frozenset[bytes],
    *,
    shown: Page,
    reason: str,
    registrar: Registrar,
    now_ms: int,
) -> None:
    """Accept the proposals named, refuse the others, and close the case, in one transaction.

    Raises RefusedError: "page-changed" if ``shown`` no longer holds, "reason-missing", "proposal-unknown",
    "case-unknown", "case-closed".
    """
    reason = need_reason(reason)
    with store.reading() as reader:
        looked = looking(reader)
        case = _need_case(looked, case_id)
        targets = _targets(looked, case)
    with registry_of(store, registrar, [case_id, *targets], now_ms) as registry:
        decide_in(registry, case_id, accepted, shown=shown, reason=reason, registrar=registrar)


def decide_in(
    registry: HubRegistry, case_id: bytes, accepted: frozenset[bytes], *, shown: Page, reason: str, registrar: Registrar
) -> None:
    """Decide inside a transaction that is already open; raises as ``decide`` does."""
    case = _need_case(registry, case_id)
    if not cases.is_open(case):
        raise RefusedError(
            "this case is already decided", code="case-closed", hint="See the reason with `kampung hub review show`."
        )
    unknown = accepted - {proposal.change_id for proposal in cases.proposals_of(case)}
    if unknown:
        raise RefusedError(
            f"the case has no proposal {min(unknown).hex()}",
            code="proposal-unknown",
            hint="Take the ids from `kampung hub review show`.",
        )
    decision = decision_id(os.urandom(16))
    if not decisions.decide(registry, case_id, accepted, shown, decision, reason):
        raise page_changed()
    note(
        registry,
        registrar,
        kind=DIARY_DECIDE,
        decision=decision,
        verb="review",
        reason=reason,
        payload=[
            case_id,
            sorted(accepted),
            list(shown.proposals),
            [[record_id, tag, value] for record_id, tag, value in shown.current],
        ],
    )


def _targets(registry: Registry, case: Record) -> list[bytes]:
    """Return the records that accepting a proposal writes, so that their villages are locked (protocol 2.8)."""
    named = [change.record_id for proposal in cases.proposals_of(case) for change in proposal.changes]
    targets = (registry.resolve(record_id) for record_id in named)
    return [record_id for record_id in dict.fromkeys(targets) if registry.record(record_id) is not None]


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision of a bulk: the case, the page it was taken on, the proposals to accept."""

    case_id: bytes
    shown: Page
    accepted: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Undecided:
    """A case of a bulk that was left alone, and why."""

    case_id: bytes
    error: VillageSyncError


def decide_many(
    store: HubStore, choices: Sequence[Choice], *, reason: str, registrar: Registrar, now_ms: int
) -> list[Undecided]:
    """Decide many cases, village by village; return those left alone because their page no longer holds.

    A fault in one village leaves the decisions of the villages before it in force.
    """
    reason = need_reason(reason)
    with store.reading() as reader:
        looked = looking(reader)
        by_village: dict[int, list[tuple[Choice, list[bytes]]]] = {}
        for choice in choices:
            case = _need_case(looked, choice.case_id)
            by_village.setdefault(case.owner, []).append((choice, _targets(looked, case)))
    left: list[Undecided] = []
    for _, group in sorted(by_village.items()):
        ids = [record_id for choice, targets in group for record_id in (choice.case_id, *targets)]
        with registry_of(store, registrar, ids, now_ms) as registry:
            for choice, _ in group:
                try:
                    decide_in(
                        registry,
                        choice.case_id,
                        choice.accepted,
                        shown=choice.shown,
                        reason=reason,
                        registrar=registrar,
                    )
                except RefusedError as error:
                    left.append(Undecided(choice.case_id, error))
    return left


def equal_cases(registry: Registry, case_id: bytes, open_cases: Iterable[Record]) -> list[bytes]:
    """Return the open cases that ask exactly the same of the same field: one hamlet renamed in two hundred families.

    The case itself comes first.
    """
    wanted = _question(registry, _need_case(registry, case_id))
    alike = [case.record_id for case in open_cases if _question(registry, case) == wanted]
    return [case_id, *sorted(record_id for record_id in alike if record_id != case_id)]


def _question(registry: Registry, case: Record) -> list[Any]:
    asked: list[Any] = []
    for proposal in cases.proposals_of(case):
        for change in proposal.changes:
            if not isinstance(change, Update):
                return [case.record_id]  # only plain values are ever equal
            record = registry.record(registry.resolve(change.record_id))
            current = record.body.get(change.tag) if record is not None else None
            asked.append([_kind_of(registry.record, change), change.tag, change.old, current, change.new])
    return asked or [case.record_id]
