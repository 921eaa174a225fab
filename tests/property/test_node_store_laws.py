"""The node's store under random histories: saving, syncing over bad lines and sticks, restores of either side.

The protocol's laws are tried elsewhere without SQL; here it is the tables that must never say anything else.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from district_hub.stick import answer_folder
from register.tables import RESIDENT
from schemas.bodies import body_of
from schemas.fields import Kind, tag_of
from sync_protocol.entries import Create, EntryKind, Update, parse_entry_body
from sync_protocol.overlay import Shown
from tests.node_ground import NOW_MS, VILLAGE, FakeDistrict, HubCarrier, enrolled
from village_node.carriers.files import export_messages, import_answers
from village_node.desk import Desk
from village_node.proof import prove
from village_node.store import NodeStore, Working
from village_node.syncer import synchronise
from village_node.tables import OWN_CHANGE, OWN_ENTRY, PENDING

NAME, WORK = tag_of(Kind.RESIDENT, "name"), tag_of(Kind.RESIDENT, "occupation")
PEOPLE = [number.to_bytes(16, "big") for number in range(1, 5)]

_STEPS = (
    "create",
    "rename",
    "work",
    "many",
    "sync",
    "lose",
    "stick",
    "lost-stick",
    "crash",
    "backup",
    "restore",
    "hub-backup",
)


class History:
    """Two laptops of one village and their hub; each step is one thing that happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.district = FakeDistrict()
        self.carrier = HubCarrier(self.district)
        self.nodes = [enrolled(folder / f"node{number}", self.district) for number in range(2)]
        self.now_ms = NOW_MS
        self.serial = 0
        self.saved: set[bytes] = set()
        self.hub_backup = self.district.hub.snapshot()

    def desk(self, at: int) -> Desk:
        self.now_ms += 1000
        return Desk(self.nodes[at], f"petugas {at}", lambda: self.now_ms)

    def step(self, name: str, at: int, person: int) -> None:
        self.serial += 1
        actions: dict[str, Callable[[], object]] = {
            "create": lambda: self.save(at, [self.create(PEOPLE[person])]),
            "rename": lambda: self.update(at, PEOPLE[person], NAME, f"NAMA {self.serial}"),
            "work": lambda: self.update(at, PEOPLE[person], WORK, self.serial),
            "many": lambda: self.save(at, [self.create(one) for one in PEOPLE]),
            "sync": lambda: self.sync(at),
            "lose": lambda: self.sync(at, lose=1),
            "stick": lambda: self.stick(at, is_lost=False),
            "lost-stick": lambda: self.stick(at, is_lost=True),
            "crash": lambda: self.crash(at, PEOPLE[person]),
            "backup": lambda: self.backup(at),
            "restore": lambda: self.restore(at),
            "hub-backup": self.swap_hub,
        }
        actions[name]()

    def create(self, record_id: bytes) -> Create:
        return Create(record_id, Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": f"WARGA {self.serial}"}))

    def save(self, at: int, changes: list[Create] | list[Update]) -> None:
        self.saved.add(self.desk(at).save(EntryKind.EVENT, changes).change_id)

    def update(self, at: int, record_id: bytes, tag: int, new: object) -> None:
        shown = self.desk(at).shown(record_id)
        if shown is not None:
            self.save(at, [Update(record_id, tag, shown.body.get(tag), new)])

    def sync(self, at: int, lose: int = 0) -> None:
        self.carrier.lose_answers = lose
        synchronise(self.nodes[at], self.carrier, now_ms=lambda: self.now_ms)
        self.carrier.lose_answers = 0

    def stick(self, at: int, *, is_lost: bool) -> None:
        folder = self.folder / f"stick{self.serial}"
        folder.mkdir()
        export_messages(self.nodes[at], folder, now_ms=self.now_ms)
        answer_folder(self.district, folder)
        if not is_lost:
            import_answers(self.nodes[at], folder)

    def crash(self, at: int, record_id: bytes) -> None:
        with suppress(KeyboardInterrupt), self.nodes[at].transaction() as working:
            working.tables.layer.discard(record_id)
            raise KeyboardInterrupt

    def backup(self, at: int) -> None:
        node = self.nodes[at]
        node.close()
        target = self.folder / f"backup{at}"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(node.directory, target)
        self.nodes[at] = NodeStore.open(node.directory)

    def restore(self, at: int) -> None:
        """Put the backup in the laptop's place; what it saved since and never sent is gone with the disk."""
        source, node = self.folder / f"backup{at}", self.nodes[at]
        if not source.exists():
            return
        node.close()
        shutil.rmtree(node.directory)
        shutil.copytree(source, node.directory)
        self.nodes[at] = NodeStore.open(node.directory)

    def swap_hub(self) -> None:
        """The hub loses what came since its last backup; both laptops may hold it."""
        now, self.district.hub.database = self.district.hub.snapshot(), self.hub_backup
        self.hub_backup = now if self.serial % 2 else self.district.hub.snapshot()

    def close(self) -> None:
        for node in self.nodes:
            node.close()


def check_tables(store: NodeStore) -> None:
    """Check everything that one database says in two places."""
    assert prove(store).is_consistent
    with store.reading() as working:
        _check_index(working)
        _check_pending(working)


def _check_index(working: Working) -> None:
    shown = {record_id: found for record_id, found in working.shown(PEOPLE).items() if found is not None}
    rows = working.connection.execute(select(RESIDENT.c.record_id, RESIDENT.c.name, RESIDENT.c.occupation))
    assert {row[0]: (row[1], row[2]) for row in rows} == {
        record_id: _columns(found) for record_id, found in shown.items()
    }


def _columns(shown: Shown) -> tuple[object, object]:
    return shown.body.get(NAME), shown.body.get(WORK)


def _check_pending(working: Working) -> None:
    """A record's pending changes are exactly the open own entries that touch it, in the order of saving."""
    open_ids = working.connection.scalars(
        select(OWN_CHANGE.c.change_id).where(OWN_CHANGE.c.is_final.is_(False)).order_by(OWN_CHANGE.c.ordinal)
    ).all()
    expected: dict[bytes, list[bytes]] = {}
    for change_id in open_ids:
        own = working.tables.own.need(change_id)
        for change in _records(own.entry.body):
            expected.setdefault(change, []).append(change_id)
    rows = working.connection.execute(select(PENDING.c.record_id, PENDING.c.change_id).order_by(PENDING.c.place))
    found: dict[bytes, list[bytes]] = {}
    for record_id, change_id in rows:
        found.setdefault(record_id, []).append(change_id)
    assert found == expected
    places = select(OWN_ENTRY.c.change_id).join(
        OWN_CHANGE, (OWN_CHANGE.c.replica_id == OWN_ENTRY.c.replica_id) & (OWN_CHANGE.c.seq == OWN_ENTRY.c.seq)
    )
    assert len(working.connection.scalars(places).all()) == len(
        working.connection.scalars(select(OWN_CHANGE.c.seq)).all()
    )


def _records(body: bytes) -> list[bytes]:
    return list(dict.fromkeys(change.record_id for change in parse_entry_body(body)[1]))


_HISTORIES = st.lists(st.tuples(st.sampled_from(_STEPS), st.integers(0, 1), st.integers(0, 3)), max_size=14)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(_HISTORIES)
def test_tables_agree_after_every_step_and_both_laptops_agree_in_the_end(history: list[tuple[str, int, int]]) -> None:
    """Whatever happened, index, pending rows, head and F follow from journal and feed; after syncing all are equal."""
    with tempfile.TemporaryDirectory() as name:
        world = History(Path(name))
        try:
            for step in history:
                world.step(*step)
                check_tables(world.nodes[step[1]])
            for at in (0, 1, 0, 1, 0, 1):
                world.sync(at)
            one, two = world.nodes
            for node in world.nodes:
                check_tables(node)
            hub = world.district.hub.database["villages"][VILLAGE]
            assert one.state().fingerprint == two.state().fingerprint == hub.fingerprint
            assert one.state().feed_head == two.state().feed_head == hub.head
        finally:
            world.close()
