"""A district office for tests: a real SQLite store, villages with nodes in memory, a registrar and his diary.

Time stands still unless a test moves it; nothing is mocked.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from district_hub.config import HubConfig
from district_hub.devices import Device, save_devices
from district_hub.registrar import Registrar
from district_hub.store import HubStore
from district_hub.tables import FILED_HEAD
from register.database import writing
from schemas.bodies import body_of
from schemas.fields import Kind, fields_by_name, tag_of
from sync_protocol.answer import HubView, answer
from sync_protocol.entries import Change, Create, EntryKind, Update
from sync_protocol.feed import HeadObject, feed_log_id
from sync_protocol.hub_side import Sender
from sync_protocol.overlay import Shown
from sync_protocol.sealing import SigningKey, countersign
from sync_protocol.tables import Record
from tests.memory import DISTRICT, KEYS, MemoryNode

NOW = 1_780_000_000_000  # 28 May 2026, 20:26:40 UTC: 29 May at Banyuwangi
TODAY_DAYS = 20_602
A, B = 1, 2


def record_id(number: int) -> bytes:
    """Return a record id for a test."""
    return number.to_bytes(16, "big")


def created(number: int, kind: Kind, **values: Any) -> Create:
    """Return the create of a record with named Python values."""
    return Create(record_id(number), kind, body_of(kind, values))


def person(number: int, name: str = "SITI AMINAH", **values: Any) -> Create:
    """Return the create of a person."""
    return created(number, Kind.RESIDENT, name=name, **values)


def updated(number: int, kind: Kind, name: str, old: Any, new: Any) -> Update:
    """Return an update of one named field, in wire values."""
    return Update(record_id(number), tag_of(kind, name), old, new)


@dataclass
class Office:
    """The hub with two villages, A and B, each with one node that has not spoken yet."""

    directory: Path
    store: HubStore
    config: HubConfig
    diary: list[Mapping[str, Any]] = field(default_factory=list)
    nodes: dict[int, MemoryNode] = field(default_factory=dict)
    now_ms: int = NOW

    @classmethod
    def open(cls, directory: Path) -> Office:
        """Open a new office in a directory of the test's own."""
        return cls.within(directory, HubConfig(district_code=DISTRICT))

    @classmethod
    def within(cls, directory: Path, config: HubConfig) -> Office:
        """Open an office in a directory that may be a founded hub's."""
        office = cls(directory, HubStore.open(directory, config), config)
        for village in (A, B):
            key = village.to_bytes(32, "big")
            office.store.add_village(village, f"35.10.0{village}.2001", f"Desa {village}", key)
            replicas = (village.to_bytes(4, "big") + n.to_bytes(4, "big") for n in itertools.count(1))
            office.nodes[village] = MemoryNode(village, f"device-{village}".encode(), replicas)
        return office

    @property
    def registrar(self) -> Registrar:
        """Return a registrar whose diary is a list."""
        return Registrar("Bu Ratna", self.diary.append)

    @property
    def rehearsing(self) -> Registrar:
        """Return a registrar who only tries."""
        return Registrar("Bu Ratna", self.diary.append, is_rehearsal=True)

    def save(self, village: int, *changes: Change, kind: EntryKind = EntryKind.CORRECTION) -> bytes:
        """Save one entry at a village's node; return its change id."""
        return self.nodes[village].save(kind, changes, self.now_ms - 5_000).change_id

    def sync(self, *villages: int) -> None:
        """Let nodes talk with the hub until nothing is new."""
        for village in villages or (A, B):
            node = self.nodes[village]
            for _ in range(3):
                message = node.message()
                with self.store.village_transaction(village, self.now_ms) as registry:
                    sender = Sender(node.device_id, village)
                    _, reply = answer(HubView(registry.tables, sender, KEYS, self.now_ms), message)
                node.receive(reply)

    def record(self, number: int) -> Record:
        """Return a record that the hub must have."""
        with self.store.reading() as reader:
            record = reader.record(record_id(number))
        assert record is not None
        return record

    def value(self, number: int, name: str) -> Any:
        """Return one named wire value of a record at the hub."""
        record = self.record(number)
        return record.body.get(fields_by_name(record.kind)[name].tag)

    def shown(self, village: int, number: int) -> Shown:
        """Return a record as the village's officer sees it."""
        return self.nodes[village].shown()[record_id(number)]

    def enrol(self, village: int, last_seen_ms: int | None = None, stands_at: int = 0) -> SigningKey:
        """Make a device of a village known, which has said where in the feed it stands; return its signing key."""
        key = SigningKey.from_seed(village.to_bytes(32, "little"))
        device = Device(
            device_id=key.key_id,
            village_id=village,
            signing_key=key.verify_key.public_bytes,
            sealing_key=b"",
            replica_mark="1",
            certificate=b"",
            serial=village,
            issued_ms=self.now_ms,
            expires_ms=self.now_ms + 86_400_000,
            last_seen_ms=self.now_ms if last_seen_ms is None else last_seen_ms,
            feed_seq=stands_at,
        )
        with writing(self.store.engine) as connection:
            save_devices(connection, DISTRICT, [device])
        return key

    def file_head(self, village: int, key: SigningKey, seq: int | None = None) -> None:
        """Let a device countersign the hub's head at a position, the newest by default, and file it."""
        with self.store.reading() as reader:
            found = reader.village(village)
            assert found is not None
            at = found.state.seq if seq is None else seq
            row = reader.feed(village, at)
        assert row is not None
        signed = KEYS.sign(HeadObject(feed_log_id(DISTRICT, village), at, row.head, row.fingerprint, row.hub_time_ms))
        _, signature = countersign(signed, key)
        values = {
            "district_code": DISTRICT,
            "village_id": village,
            "device_id": key.key_id,
            "seq": at,
            "signed_head": signed,
            "countersignature": signature,
            "filed_ms": self.now_ms,
        }
        with writing(self.store.engine) as connection:
            connection.execute(insert(FILED_HEAD), values)

    def damage(self, statement: str, **values: Any) -> None:
        """Change the database behind everybody's back."""
        with writing(self.store.engine) as connection:
            assert connection.execute(text(statement), values).rowcount > 0

    def fingerprints_agree(self) -> bool:
        """Tell whether hub tables, feed and nodes hold the same registry layer."""
        with self.store.reading() as reader:
            return all(
                reader.fingerprint_from_tables(village.village_id)
                == village.state.fingerprint
                == self.nodes[village.village_id].state.fingerprint
                for village in reader.villages()
            )
