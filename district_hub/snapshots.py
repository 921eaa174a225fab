"""Build and keep snapshots of villages' registry layers for replicas that start from nothing (protocol 9).

Decides how long one is kept: while a replica may still be collecting its parts.  A snapshot is made under the village's
lock, so its rows, its head and F belong together; a lost file is made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from district_hub.durable_files import make_private_directory, write_private
from district_hub.tables import JOURNAL_ENTRY
from register.store import RegisterStore
from sync_protocol.feed import HeadObject, feed_log_id
from sync_protocol.hub_side import HeadKeys
from sync_protocol.messages import SnapshotAsk, SnapshotPart
from sync_protocol.registry import Registry
from sync_protocol.snapshot import SnapshotRow, build_snapshot, cut, snapshot_digest
from sync_protocol.tables import DECIDED

SNAPSHOTS_DIRECTORY = "snapshots"
KEPT_PER_VILLAGE = 3
"""Two laptops may be on two snapshots while a third is made; older ones are made anew if anyone still asks."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A snapshot on the disk; its name says the feed position and the digest."""

    path: Path
    seq: int
    head8: bytes
    digest: bytes


class Snapshots:
    """The snapshots of one hub.

    Args:
        stale_after: entries that the feed may be ahead of a kept snapshot before a new replica gets a newer one.
    """

    def __init__(self, directory: Path, keys: HeadKeys, *, stale_after: int) -> None:
        self._folder = directory / SNAPSHOTS_DIRECTORY
        self._keys = keys
        self._stale_after = stale_after

    def part(
        self, registry: Registry, connection: Connection, village_id: int, ask: SnapshotAsk, bytes_max: int
    ) -> SnapshotPart:
        """Return the part that a replica asks for; the first of another snapshot if its own is not kept any more.

        Raises LimitExceededError for bytes beyond the end, DiskFullError, StorageError.
        """
        kept = self._kept(registry, village_id)
        if ask.digest is not None:
            for one in kept:
                if one.digest == ask.digest:
                    return _cut(one.path.read_bytes(), ask.offset, bytes_max)
        state = registry.tables.villages.need(village_id)
        if ask.digest is None and kept and state.seq - kept[-1].seq <= self._stale_after:
            return _cut(kept[-1].path.read_bytes(), 0, bytes_max)
        return _cut(self._build(registry, connection, village_id), 0, bytes_max)

    def _kept(self, registry: Registry, village_id: int) -> list[_Kept]:
        """Return the village's snapshots that lie on its feed, oldest first; after a rollback some may not."""
        found: list[_Kept] = []
        for path in self._folder.glob(f"{village_id}-*.snapshot"):
            _, seq, head8, digest = path.stem.split("-")
            one = _Kept(path, int(seq), bytes.fromhex(head8), bytes.fromhex(digest))
            row = registry.tables.feed.get((village_id, one.seq))
            if row is not None and row.head[:8] == one.head8:
                found.append(one)
            else:
                path.unlink(missing_ok=True)
        return sorted(found, key=lambda one: one.seq)

    def _build(self, registry: Registry, connection: Connection, village_id: int) -> bytes:
        district = registry.tables.district_code
        state = registry.tables.villages.need(village_id)
        log_id = feed_log_id(district, village_id)
        head = HeadObject(log_id, state.seq, state.head, state.fingerprint, state.hub_time_ms)
        rows = layer_rows(connection, district, village_id)
        packed = build_snapshot(self._keys.sign(head), rows, _decided(connection, district, village_id))
        make_private_directory(self._folder)
        for old in self._kept(registry, village_id)[: 1 - KEPT_PER_VILLAGE]:
            old.path.unlink(missing_ok=True)
        name = f"{village_id}-{state.seq}-{state.head[:8].hex()}-{snapshot_digest(packed).hex()}.snapshot"
        write_private(self._folder / name, packed)
        return packed


def layer_rows(connection: Connection, district_code: str, village_id: int) -> Iterator[SnapshotRow]:
    """Give every record of a village's registry layer as the village sees it."""
    for one in RegisterStore(connection, district_code).iter_records(village_id):
        yield SnapshotRow(one.record_id, one.kind, one.level, one.version, one.digest, one.body)


def _decided(connection: Connection, district_code: str, village_id: int) -> list[tuple[bytes, int]]:
    """Return up to where each replica's journal is decided."""
    columns = JOURNAL_ENTRY.c
    mine = (columns.district_code == district_code, columns.village_id == village_id, columns.state == DECIDED)
    query = select(columns.replica_id, func.max(columns.seq)).where(*mine).group_by(columns.replica_id)
    return [(row[0], row[1]) for row in connection.execute(query)]


def _cut(packed: bytes, offset: int, bytes_max: int) -> SnapshotPart:
    return SnapshotPart(snapshot_digest(packed), offset, len(packed), cut(packed, offset, bytes_max))
