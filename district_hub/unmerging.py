"""Take a merge back: what was written under the merged record's own id meanwhile is listed and returned (protocol 5.5).

A late edit went to the survivor but kept its address, in the journal and in its case; here it goes back to that
address, and the survivor is as before wherever nobody has written since.  Edits of sets (notes, attachments) are listed
and left with the survivor: an element that is there twice does no harm, one that is lost does.  Not here: merging.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from district_hub.loading import journal_row_of_row
from district_hub.reading import HistoryEntry, HubReader
from district_hub.registrar import Registrar, looking, need_reason, need_record, registry_of, write_edits
from district_hub.store import HubStore
from district_hub.tables import JOURNAL_ENTRY
from schemas.errors import ProtocolError, RefusedError
from schemas.fields import TAG_MERGED_INTO
from sync_protocol import cases
from sync_protocol.causes import is_decision
from sync_protocol.decisions import Edit
from sync_protocol.entries import Add, Change, Create, Remove, Update, parse_entry_body
from sync_protocol.feed import Outcome, Result
from sync_protocol.overlay import is_reserved
from sync_protocol.registry import MERGE_DEPTH_MAX
from sync_protocol.tables import JournalRow, Record


@dataclass(frozen=True, slots=True)
class LateEdit:
    """A village's edit of a record that was merged when it arrived; ``is_returned``: un-merging gives it back."""

    change_id: bytes
    officer: str
    wall_ms: int
    tag: int
    old: Any
    new: Any
    result: int
    is_returned: bool


def late_edits(reader: HubReader, loser_id: bytes) -> list[LateEdit]:
    """Return what villages wrote under a merged record's id since its merge, in the order received.

    Raises RefusedError "record-unknown" or "not-merged".
    """
    loser = _need_merged(reader, loser_id)
    history = reader.history(loser_id)
    merge_version = _merge_version(history)
    own = {version.cause for version in history if version.version < merge_version.version}
    found: list[LateEdit] = []
    for row in _late_rows(reader, loser, merge_version.written_ms, own):
        outcome = reader.outcome(row.change_id)
        try:
            officer, changes = parse_entry_body(row.entry.body)
        except ProtocolError:
            continue  # it changed nothing, and waits in a case of its own
        found += [
            _late_edit(row, officer, loser.kind, change, outcome)
            for change in changes
            if change.record_id == loser_id and not isinstance(change, Create)
        ]
    return found


def unmerge(
    store: HubStore, loser_id: bytes, *, reason: str, registrar: Registrar, now_ms: int, returns: bool = True
) -> list[LateEdit]:
    """Let a merged record stand for itself again; return the late edits, of which the returned ones were given back.

    Args:
        returns: give late edits back to the record they were written to; False leaves them with the survivor.

    Raises RefusedError: "record-unknown", "not-merged", "reason-missing".
    """
    reason = need_reason(reason)
    with store.reading() as reader:
        path = _path(reader, _need_merged(reader, loser_id))
    with registry_of(store, registrar, [loser_id, *path], now_ms) as registry:
        reader = HubReader(registry.connection, store.district_code)
        late = late_edits(reader, loser_id)
        back = [one for one in late if one.is_returned] if returns else []
        loser = need_record(registry.record(loser_id), loser_id)
        edits = [Edit(loser_id, TAG_MERGED_INTO, loser.merged_into, None), *_given_back(loser, back)]
        merge_cause = _merge_version(reader.history(loser_id)).cause
        for record_id in _path(reader, loser):
            survivor = need_record(registry.record(record_id), record_id)
            edits += _taken_back(reader, survivor, merge_cause, back)
        write_edits(registry, registrar, edits, reason=reason, verb="unmerge")
    return late


def _need_merged(reader: HubReader, loser_id: bytes) -> Record:
    loser = need_record(reader.record(loser_id), loser_id)
    if loser.merged_into is None:
        raise RefusedError("this record is not merged", code="not-merged", hint="Check the record id.")
    return loser


def _merge_version(history: Iterable[HistoryEntry]) -> HistoryEntry:
    """Return the version that made the record merged: the first of the last run of versions that are."""
    found: HistoryEntry | None = None
    for version in history:
        if version.body.get(TAG_MERGED_INTO) is None:
            found = None
        elif found is None:
            found = version
    assert found is not None, "a merged record has a version that says so"
    return found


def _path(reader: HubReader, loser: Record) -> list[bytes]:
    """Return the records that stand or stood for a merged one since: its survivor, that one's survivor, and so on."""
    path: list[bytes] = []
    following = loser.merged_into
    while following is not None and len(path) < MERGE_DEPTH_MAX:
        path.append(following)
        record = reader.record(following)
        following = record.merged_into if record is not None else None
    return path


def _late_rows(reader: HubReader, loser: Record, since_ms: int, own: Collection[bytes]) -> list[JournalRow]:
    """Return the entries that may hold late edits: received since the merge, or waiting in a case of the record."""
    mine = (JOURNAL_ENTRY.c.district_code == reader.district_code, JOURNAL_ENTRY.c.village_id == loser.owner)
    query = select(JOURNAL_ENTRY).where(*mine, JOURNAL_ENTRY.c.received_ms >= since_ms)
    rows = {row.change_id: row for row in map(journal_row_of_row, reader.connection.execute(query))}
    waiting = {
        proposal.change_id
        for case in cases.cases_about(looking(reader), loser.owner, loser.record_id)
        for proposal in cases.proposals_of(case)
    }
    for row in reader.journal_rows(change_ids=waiting - rows.keys()):
        rows.setdefault(row.change_id, row)
    kept = (row for change_id, row in rows.items() if change_id not in own)
    return sorted(kept, key=lambda row: (row.received_ms, row.replica_id, row.seq))


def _late_edit(row: JournalRow, officer: str, kind: int, change: Change, outcome: Outcome | None) -> LateEdit:
    result = int(Result.IN_REVIEW) if outcome is None else int(Result.ACCEPTED)
    for record_id, tag, each in outcome.fields if outcome is not None else ():
        if (record_id, tag) == (change.record_id, change.tag):
            result = each
    old, new = None, None
    match change:
        case Update():
            old, new = change.old, change.new
        case Add():
            new = change.element
        case Remove():
            old = change.element
    plain = isinstance(change, Update) and not is_reserved(kind, change.tag)
    returned = plain and result == Result.ACCEPTED
    return LateEdit(row.change_id, officer, row.entry.wall_ms, change.tag, old, new, result, returned)


def _given_back(loser: Record, back: Iterable[LateEdit]) -> list[Edit]:
    """Return the edits that the merged record missed: of several on one field the last one stands."""
    wanted = {one.tag: one.new for one in back}
    held = loser.body
    return [Edit(loser.record_id, tag, held.get(tag), new) for tag, new in wanted.items() if held.get(tag) != new]


def _taken_back(reader: HubReader, survivor: Record, merge_cause: bytes, back: Collection[LateEdit]) -> list[Edit]:
    """Return the edits that free a survivor of what came with the merge, where nobody has written since."""
    late = [(one.tag, one.new) for one in back]  # values may be lists, which no set holds
    late_causes = {one.change_id for one in back}
    before: dict[int, Any] = {}
    base: dict[int, Any] = {}
    for version in reader.history(survivor.record_id):
        may_be_late = version.cause in late_causes or is_decision(version.cause)
        for tag in {*before, *version.body} - {TAG_MERGED_INTO}:
            old, new = before.get(tag), version.body.get(tag)
            if old == new:
                continue
            if version.cause == merge_cause or (may_be_late and (tag, new) in late):
                base.setdefault(tag, old)
            else:
                base.pop(tag, None)  # somebody has written on top: that stands
        before = dict(version.body)
    held = survivor.body
    return [
        Edit(survivor.record_id, tag, held.get(tag), old) for tag, old in sorted(base.items()) if held.get(tag) != old
    ]
