"""Bring a restored hub back to life, and end waits that will not end by themselves (protocol 11).

Resuming lets the hub speak again and does the diary's decisions again that the backup had lost; what does not hold any
more is shown to people once nothing more is to be given back.  Writing a village off and releasing a gap are a person's
word that something will never come.  Not here: putting a backup in place (``backup``) and give-back itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from district_hub.numbering import remember_issued
from district_hub.reading import HubReader
from district_hub.registrar import DIARY_DECIDE, DIARY_EDIT
from district_hub.store import MUTE, HubStore
from district_hub.tables import META
from register.database import upsert, writing
from schemas.errors import MalformedMessageError, RefusedError
from sync_protocol.codec import decode
from sync_protocol.decisions import Edit, Page
from sync_protocol.diary import DiaryDecision, DiaryEdit, replay
from sync_protocol.hub_side import decide_waiting, release_gap, write_off
from sync_protocol.tables import ORPHAN, JournalRow

META_RECOVERING = "recovering"
"""Meta value while villages may still give back what a restore lost: when the hub was resumed or a
village proved the loss, in UTC milliseconds."""

_DAY_MS = 86_400_000
_NEWEST_BYTES = 64 * 1024
"""Of the diary's end, looked at whenever a hub is opened: a rollback loses the newest first."""
_COMMIT_MS_MAX = 60_000


@dataclass(frozen=True, slots=True)
class DiaryItem:
    """One line of the diary: who decided, why, and what a replay does."""

    registrar: str
    verb: str
    reason: str
    item: DiaryEdit | DiaryDecision


def read_diary(path: Path) -> tuple[list[DiaryItem], int]:
    """Return the decisions of a diary in order, and how many lines cannot be read (a power cut may tear the last)."""
    if not path.exists():
        return [], 0
    found: list[DiaryItem] = []
    damaged = 0
    for line in path.read_bytes().splitlines():
        try:
            found += _items_of(json.loads(line))
        except (ValueError, KeyError, TypeError, MalformedMessageError):
            damaged += 1
    return found, damaged


def _items_of(line: dict[str, Any]) -> Iterator[DiaryItem]:
    kind = line["kind"]
    if kind not in (DIARY_EDIT, DIARY_DECIDE):
        return
    decision, payload = bytes.fromhex(line["decision"]), decode(base64.b64decode(line["payload"]))
    item: DiaryEdit | DiaryDecision
    if kind == DIARY_EDIT:
        item = DiaryEdit(decision, tuple(Edit(*each) for each in payload))
    else:
        case_id, accepted, proposals, current = payload
        page = Page(tuple(proposals), tuple((each[0], each[1], each[2]) for each in current))
        item = DiaryDecision(decision, case_id, frozenset(accepted), page, line["reason"])
    yield DiaryItem(line["registrar"], line["verb"], line["reason"], item)


def resume(store: HubStore, diary: Path, now_ms: int) -> int:
    """Let a restored hub speak again; return how many decisions of the diary were done again.

    Raises RefusedError "not-mute".
    """
    with store.reading() as reader:
        if reader.meta(MUTE) is None:
            raise RefusedError(
                "this hub is not mute: there is nothing to resume",
                code="not-mute",
                hint="Put a backup back first: `kampung hub restore FILE`.",
            )
    done = _replay(store, diary, now_ms, is_last=False)
    _remember_numbers(store, diary, now_ms)
    store.set_meta(META_RECOVERING, str(now_ms))
    store.set_meta(MUTE, None)
    return done


def note_loss(connection: Connection, district_code: str, now_ms: int) -> None:
    """Begin recovery because a village proved a loss that nobody had told this hub of (protocol 11.1).

    A machine that was rolled back or a failover to a lagging copy: the diary is done again from the next night on.
    """
    reader = HubReader(connection, district_code)
    if reader.meta(META_RECOVERING) is None:
        row = {"district_code": district_code, "name": META_RECOVERING, "value": str(now_ms)}
        upsert(connection, META, [row])


def notice_loss(store: HubStore, diary: Path, now_ms: int) -> bool:
    """Begin recovery if the diary knows decisions that the database has lost; tell whether it does.

    When a hub is opened: a machine that was rolled back must not give a number out twice before a village speaks.
    """
    if not diary.exists():
        return False
    newest = diary.read_bytes()[-_NEWEST_BYTES:].splitlines()[1:] if diary.stat().st_size > _NEWEST_BYTES else None
    lines = newest if newest is not None else diary.read_bytes().splitlines()
    decisions = list(_decisions_before(lines, now_ms - _COMMIT_MS_MAX))
    with store.reading() as reader:
        if reader.meta(MUTE) is not None or reader.meta(META_RECOVERING) is not None:
            return False
        done = reader.loader.tables().decisions_done
        done.prefetch(decisions)
        if all(decision in done for decision in decisions):
            return False
    with writing(store.engine) as connection:
        note_loss(connection, store.district_code, now_ms)
    _remember_numbers(store, diary, now_ms)
    return True


def _decisions_before(lines: Iterable[bytes], before_ms: int) -> Iterator[bytes]:
    """Give the ids of decisions that must have been committed by now: the diary has a line first."""
    for line in lines:
        try:
            tree = json.loads(line)
            if tree["kind"] in (DIARY_EDIT, DIARY_DECIDE) and tree["at_ms"] < before_ms:
                yield bytes.fromhex(tree["decision"])
        except (ValueError, KeyError, TypeError):
            continue  # torn by a power cut


def go_on_recovering(store: HubStore, diary: Path, now_ms: int, *, days_max: int) -> int:
    """Do the diary again while a restore is being healed; at its end show what no longer holds.  Each night.

    Recovery ends when no device is waited for: every standing one has spoken since the hub was resumed and none is
    suspended, or after ``days_max`` days.
    """
    with store.reading() as reader:
        since = reader.meta(META_RECOVERING)
        if since is None:
            return 0
        is_last = _is_over(reader, int(since), now_ms, days_max)
    done = _replay(store, diary, now_ms, is_last=is_last)
    _remember_numbers(store, diary, now_ms)
    if is_last:
        store.set_meta(META_RECOVERING, None)
    return done


def _remember_numbers(store: HubStore, diary: Path, now_ms: int) -> None:
    """Let no number that the diary knows be given a second time, also where its edit does not hold any more."""
    remember_issued(
        store,
        (
            (one.verb, one.item.decision_id, edit, one.registrar)
            for one in read_diary(diary)[0]
            if isinstance(one.item, DiaryEdit)
            for edit in one.item.edits
        ),
        now_ms,
    )


def _is_over(reader: HubReader, since_ms: int, now_ms: int, days_max: int) -> bool:
    if now_ms - since_ms > days_max * _DAY_MS:
        return True
    if any(village.state.suspended for village in reader.villages()):
        return False
    return all(device.last_seen_ms >= since_ms for device in reader.devices() if device.revoked_ms is None)


def _replay(store: HubStore, diary: Path, now_ms: int, *, is_last: bool) -> int:
    items, _ = read_diary(diary)
    with store.registry_transaction(None, now_ms) as registry:
        registry.tables.decisions_done.prefetch([one.item.decision_id for one in items])
        missing = [one for one in items if one.item.decision_id not in registry.tables.decisions_done]
        for one in missing:
            registry.note(one.item.decision_id, one.registrar, one.verb, one.reason)
        return replay(registry, [one.item for one in missing], is_last=is_last)


# -- a person's word that something will not come


def write_village_off(store: HubStore, village_id: int, now_ms: int) -> int:
    """End a village's suspension; return how many stored entries were decided by that."""
    with store.village_transaction(village_id, now_ms) as registry:
        waiting = len(registry.tables.waiting.get(village_id) or ())
        write_off(registry, village_id)
    return waiting


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries of one replica that wait for entries before them which have not come."""

    replica_id: bytes
    village_id: int
    held_to: int
    waiting: tuple[int, ...]


def list_gaps(reader: HubReader, village_id: int | None = None) -> list[Gap]:
    """Return the gaps in journals, by replica: up to where the hub holds it, and which numbers wait beyond."""
    tips = {replica.replica_id: max((seq for seq, _ in replica.tips), default=0) for replica in reader.replicas()}
    beyond: dict[bytes, list[JournalRow]] = {}
    for row in reader.journal_rows(village_id, state=ORPHAN):
        beyond.setdefault(row.replica_id, []).append(row)
    return [
        Gap(replica_id, rows[0].village_id, tips.get(replica_id, 0), tuple(sorted(row.seq for row in rows)))
        for replica_id, rows in sorted(beyond.items())
    ]


def release_gaps(store: HubStore, gaps: Iterable[Gap], now_ms: int) -> int:
    """Decide what waits beyond gaps: a person says that what is missing will never come; return how many entries."""
    released = 0
    for gap in gaps:
        with store.village_transaction(gap.village_id, now_ms) as registry:
            reader = HubReader(registry.connection, store.district_code)
            rows = reader.journal_rows(gap.village_id, replica_id=gap.replica_id, state=ORPHAN)
            release_gap(registry, rows)
            decide_waiting(registry, gap.village_id)
        released += len(rows)
    return released
