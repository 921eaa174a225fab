"""Reconcile every night: dispatch, prove each village's feed and F, find who is silent, back up, move the safe points.

Decides what "reconciled" means: the registry's rows give the F of the feed, the chain and the hub's own signature hold,
and the village has countersigned the position where it last said that it stands (protocol 3.9, 3.10, 6.2); what the
feed has brought since is on its way.  A fault in one village never stops the others.  Nothing is repaired here; what is
found is told in the morning report (``report``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from district_hub.backup import prune_backups, take_backup, verify_backup
from district_hub.config import HubConfig
from district_hub.dispatcher import Dispatched, dispatch
from district_hub.flags import count_flags
from district_hub.head_proofs import broken_head, filed_position
from district_hub.reading import HubReader, VillageSummary
from district_hub.run_lock import only_run
from district_hub.store import HubStore
from register.tables import RESIDENT
from schemas.errors import VillageSyncError
from sync_protocol.hub_side import HeadKeys

META_NIGHTLY = "nightly"
LOCK_NAME = "nightly.lock"
_DAY_MS = 86_400_000
DUPLICATES_MAX = 200
"""Groups of likely duplicates that one report lists; more are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageCheck:
    """What the night found of one village; ``fault`` is empty if everything holds.

    ``stated_seq`` is where its devices last said that they stand, ``filed_seq`` the newest position countersigned.
    """

    village_id: int
    code: str
    name: str
    feed_seq: int = 0
    fingerprint: str = ""
    fault: str = ""
    stated_seq: int = 0
    filed_seq: int = 0
    devices: int = 0
    last_seen_ms: int | None = None
    is_silent: bool = False
    waiting: int = 0
    orphans: int = 0
    suspended: int = 0
    open_cases: int = 0
    queue: int = 0
    residents: int = 0
    households: int = 0
    flags: dict[str, int] = field(default_factory=dict)

    @property
    def is_reconciled(self) -> bool:
        """Tell whether hub and village are proven equal at a recent meeting, with nothing stuck since."""
        is_stuck = bool(self.fault or self.waiting or self.orphans or self.suspended or self.is_silent)
        is_proven = self.filed_seq >= self.stated_seq and (self.filed_seq > 0 or self.feed_seq == 0)
        return self.devices > 0 and is_proven and not is_stuck


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """People who are alike in name, birth date and mother; a person looks whether they are one."""

    name: str
    birth_on: str
    record_ids: tuple[str, ...]
    village_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """The night's backup: its file and size, or why there is none."""

    file: str = ""
    size_bytes: int = 0
    villages: int = 0
    pruned: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyResult:
    """Everything that one nightly run did and found."""

    district_code: str
    district_name: str
    started_ms: int
    finished_ms: int
    paired_moves: int
    changed_flags: int
    dispatch_fault: str
    villages: tuple[VillageCheck, ...]
    duplicates: tuple[Duplicate, ...]
    duplicate_groups: int
    backup: BackupReport

    @property
    def reconciled(self) -> int:
        """Return how many villages are reconciled."""
        return sum(village.is_reconciled for village in self.villages)

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values, with what follows from it."""
        tree = asdict(self)
        for village, plain in zip(self.villages, tree["villages"], strict=True):
            plain["is_reconciled"] = village.is_reconciled
        return {**tree, "reconciled": self.reconciled}


def run_nightly(
    store: HubStore, directory: Path, config: HubConfig, keys: HeadKeys, clock: Callable[[], int]
) -> NightlyResult:
    """Do one nightly run and keep its result; return it.

    Args:
        clock: returns UTC milliseconds; read at the beginning and the end.

    Raises RefusedError "already-running" if another process is at it, StorageError if the result cannot be kept.
    """
    with only_run(directory / LOCK_NAME, "the nightly run"):
        started_ms = clock()
        dispatched, dispatch_fault = _dispatch(store, started_ms)
        with store.reading() as reader:
            villages = reader.villages()
        checks = tuple(_checked(store, village, config, keys, started_ms) for village in villages)
        with store.reading() as reader:
            groups = list(_duplicates(reader))
        backup = _back_up(store, directory, config, started_ms)
        result = NightlyResult(
            district_code=config.district_code,
            district_name=config.district_name,
            started_ms=started_ms,
            finished_ms=max(clock(), started_ms),
            paired_moves=dispatched.paired,
            changed_flags=dispatched.flags,
            dispatch_fault=dispatch_fault,
            villages=checks,
            duplicates=tuple(groups[:DUPLICATES_MAX]),
            duplicate_groups=len(groups),
            backup=backup,
        )
        store.set_meta(META_NIGHTLY, json.dumps(result.to_json()))
    return result


def last_result(store: HubStore) -> NightlyResult | None:
    """Return the result of the newest nightly run, None before the first one."""
    with store.reading() as reader:
        raw = reader.meta(META_NIGHTLY)
    if raw is None:
        return None
    tree = json.loads(raw)
    tree.pop("reconciled")
    for village in tree["villages"]:
        village.pop("is_reconciled")
    tree["villages"] = tuple(VillageCheck(**village) for village in tree["villages"])
    tree["duplicates"] = tuple(
        Duplicate(**{**one, "record_ids": tuple(one["record_ids"]), "village_ids": tuple(one["village_ids"])})
        for one in tree["duplicates"]
    )
    tree["backup"] = BackupReport(**tree["backup"])
    return NightlyResult(**tree)


def _dispatch(store: HubStore, now_ms: int) -> tuple[Dispatched, str]:
    try:
        return dispatch(store, now_ms), ""
    except VillageSyncError as error:
        return Dispatched(), f"{error.code}: {error.message}"


def _checked(store: HubStore, village: VillageSummary, config: HubConfig, keys: HeadKeys, now_ms: int) -> VillageCheck:
    check = VillageCheck(village_id=village.village_id, code=village.code, name=village.name)
    try:
        with store.reading() as reader:
            now = reader.village(village.village_id)
            assert now is not None, "villages are never taken out"
            check = _described(reader, now, config, now_ms, check)
            check = replace(check, fault=_fault(reader, now, keys), filed_seq=filed_position(reader, now, keys))
    except VillageSyncError as error:
        check = replace(check, fault=f"{error.code}: {error.message}")
    return check


def _described(
    reader: HubReader, village: VillageSummary, config: HubConfig, now_ms: int, check: VillageCheck
) -> VillageCheck:
    counts = reader.counts(village.village_id)
    devices = [device for device in reader.devices(village.village_id) if device.revoked_ms is None]
    seen = max((device.last_seen_ms for device in devices), default=0) or None
    today = dt.datetime.fromtimestamp(now_ms / 1000, dt.timezone(dt.timedelta(minutes=config.timezone_minutes))).date()
    return replace(
        check,
        feed_seq=village.state.seq,
        fingerprint=f"{village.state.fingerprint:032x}",
        stated_seq=max((device.feed_seq for device in devices), default=0),
        devices=len(devices),
        last_seen_ms=seen,
        is_silent=seen is None or now_ms - seen > config.silent_days * _DAY_MS,
        waiting=counts.waiting,
        orphans=counts.orphans,
        suspended=len(village.state.suspended),
        open_cases=counts.open_cases,
        queue=len(reader.waiting_events(village.village_id)),
        residents=counts.register.residents,
        households=counts.register.households,
        flags=count_flags(reader.register, village.village_id, today),
    )


def _fault(reader: HubReader, village: VillageSummary, keys: HeadKeys) -> str:
    if reader.fingerprint_from_tables(village.village_id) != village.state.fingerprint:
        return "fingerprint-differs: F of the rows is not F of the feed"
    return broken_head(reader, village, keys)


def _duplicates(reader: HubReader) -> Iterator[Duplicate]:
    """Give groups of living people who are alike in name, birth date and mother's name."""
    columns = (RESIDENT.c.name, RESIDENT.c.birth_on, RESIDENT.c.mother_name)
    whole = [column.is_not(None) for column in columns]
    mine = (RESIDENT.c.district_code == reader.district_code, RESIDENT.c.is_living, *whole)
    groups = select(*columns).where(*mine).group_by(*columns).having(func.count() > 1).order_by(*columns)
    for name, birth_on, mother_name in reader.connection.execute(groups).all():
        same = (RESIDENT.c.name == name, RESIDENT.c.birth_on == birth_on, RESIDENT.c.mother_name == mother_name)
        query = select(RESIDENT.c.village_id, RESIDENT.c.record_id).where(*mine, *same)
        people = reader.connection.execute(query.order_by(RESIDENT.c.village_id, RESIDENT.c.record_id)).all()
        yield Duplicate(
            name=name,
            birth_on=birth_on.isoformat(),
            record_ids=tuple(row[1].hex() for row in people),
            village_ids=tuple(sorted({row[0] for row in people})),
        )


def _back_up(store: HubStore, directory: Path, config: HubConfig, now_ms: int) -> BackupReport:
    """Back up, prove it, and only then tell villages that their work is safe."""
    try:
        verified = verify_backup(take_backup(store, directory, now_ms), store.district_code)
        store.set_safe_points(verified.points, now_ms)
        pruned = prune_backups(directory, now_ms, config.backup_days)
    except VillageSyncError as error:
        return BackupReport(fault=f"{error.code}: {error.message}")
    backup = verified.backup
    return BackupReport(
        file=backup.path.name, size_bytes=backup.size_bytes, villages=verified.villages, pruned=len(pruned)
    )
