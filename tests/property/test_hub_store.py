"""The hub's SQL store keeps exactly what dictionaries keep: the same histories on both, compared value by value."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from district_hub.config import HubConfig
from district_hub.store import HubStore
from schemas.codes import EventKind, EventState
from schemas.fields import Kind, tag_of
from sync_protocol import cases
from sync_protocol.answer import HubView, answer
from sync_protocol.causes import decision_id
from sync_protocol.decisions import Edit, decide, edit, page_of
from sync_protocol.dispatching import flag_niks, pair_moves
from sync_protocol.entries import Change, Create, EntryKind, Remove, Update
from sync_protocol.hub_side import Sender
from sync_protocol.registry import Registry
from tests.memory import DISTRICT, HUB_SHELVES, KEYS, MemoryHub, MemoryNode

NOW = 1_750_000_000_000
VILLAGES = (1, 2)
NIK, NAME, PHONE, NOTES = (
    *(tag_of(Kind.RESIDENT, name) for name in ("nik", "name", "phone")),
    tag_of(Kind.RESIDENT, "notes"),
)
_EVENT = {
    name: tag_of(Kind.VITAL_EVENT, name) for name in ("event_kind", "state", "subject_id", "village_to", "occurred_on")
}
_NOT_KEPT = {"versions", "waiting", "orphans_after"}
"""Compared apart: equal bodies share a digest, and empty values have no row."""

people = st.integers(1, 6)
values = st.sampled_from(["a", "b", None])
villages = st.sampled_from(VILLAGES)
steps = st.one_of(
    st.tuples(st.just("create"), villages, people, st.integers(1, 3)),
    st.tuples(st.just("update"), villages, people, st.sampled_from([NAME, PHONE]), values, values),
    st.tuples(st.just("remove"), villages, people, st.sampled_from(["n1", "n2"])),
    st.tuples(st.just("move"), st.integers(1, 3), st.integers(4, 6)),
    st.tuples(st.just("sync"), villages, st.booleans()),
    st.tuples(st.just("dispatch")),
    st.tuples(st.just("decide"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("edit"), people, values),
)

Transaction = Callable[[], AbstractContextManager[Registry]]


class Side:
    """One hub and its laptops; two sides are given the same steps."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.now_ms = NOW
        self.nodes = {
            village: MemoryNode(village, b"device-%d" % village, _replica_ids(village)) for village in VILLAGES
        }
        self.decisions = itertools.count(1)
        self.events = itertools.count(100)

    def begin(self) -> None:
        """Three people in each village, every NIK on two of them."""
        for number in range(1, 7):
            self.create(1 if number <= 3 else 2, number, 1 + number % 3)
        for village in VILLAGES:
            self.sync(village, is_answer_lost=False)

    def step(self, step: tuple[object, ...]) -> None:
        self.now_ms += 1_000
        getattr(self, str(step[0]))(*step[1:])

    def say(self, village: int, *changes: Change, kind: int = EntryKind.CORRECTION) -> None:
        self.nodes[village].save(kind, changes, self.now_ms - 500)

    def create(self, village: int, number: int, nik: int) -> None:
        self.say(village, Create(_id(number), Kind.RESIDENT, {NIK: 3510012345679000 + nik, NAME: "a"}))

    def update(self, village: int, number: int, tag: int, old: object, new: object) -> None:
        self.say(village, Update(_id(number), tag, old, new))

    def remove(self, village: int, number: int, element: str) -> None:
        self.say(village, Remove(_id(number), NOTES, element))

    def move(self, leaver: int, newcomer: int) -> None:
        common = {_EVENT["state"]: int(EventState.DECLARED), _EVENT["occurred_on"]: 20_000}
        out = {
            _EVENT["event_kind"]: int(EventKind.MOVE_OUT),
            _EVENT["subject_id"]: _id(leaver),
            _EVENT["village_to"]: 2,
        }
        arrival = {_EVENT["event_kind"]: int(EventKind.MOVE_IN), _EVENT["subject_id"]: _id(newcomer)}
        for village, body in ((1, out), (2, arrival)):
            self.say(village, Create(_id(next(self.events)), Kind.VITAL_EVENT, common | body), kind=EntryKind.EVENT)
            self.sync(village, is_answer_lost=False)
        self.dispatch()

    def sync(self, village: int, is_answer_lost: bool) -> None:
        node = self.nodes[village]
        with self.transaction() as registry:
            sender = Sender(node.device_id, village)
            reply = answer(HubView(registry.tables, sender, KEYS, self.now_ms), node.message())[1]
        if not is_answer_lost:
            node.receive(reply)

    def dispatch(self) -> None:
        events = [_id(number) for number in range(100, 140)]
        everybody = [_id(number) for number in range(1, 7)]
        with self.transaction() as registry:
            pair_moves(registry, events, events)
        with self.transaction() as registry:
            flag_niks(registry, everybody, everybody)

    def decide(self, place: int, is_accepted: bool) -> None:
        with self.transaction() as registry:
            found = {
                case.record_id: case
                for number in range(1, 7)
                for village in VILLAGES
                for case in cases.open_cases_about(registry, village, _id(number))
            }
            if found:
                case = found[sorted(found)[place % len(found)]]
                ids = frozenset(p.change_id for p in cases.proposals_of(case)) if is_accepted else frozenset()
                decide(registry, case.record_id, ids, page_of(registry, case), self.decision(), "because")

    def edit(self, number: int, value: object) -> None:
        with self.transaction() as registry:
            record = registry.record(_id(number))
            if record is not None:
                edit(registry, [Edit(_id(number), PHONE, record.body.get(PHONE), value)], self.decision())

    def decision(self) -> bytes:
        return decision_id(next(self.decisions).to_bytes(16, "big"))


def _id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _replica_ids(village: int) -> Iterator[bytes]:
    return (village.to_bytes(4, "big") + number.to_bytes(4, "big") for number in itertools.count(1))


@settings(max_examples=12)
@given(st.lists(steps, min_size=4, max_size=30))
def test_a_database_keeps_what_dictionaries_keep(history: list[tuple[object, ...]]) -> None:
    """Whatever history it has seen, the hub's database reads back as the values that the protocol wrote."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = HubStore.open(folder, HubConfig(district_code=DISTRICT))
        stack.callback(store.close)
        for village in VILLAGES:
            store.add_village(village, str(village), "Desa", village.to_bytes(32, "big"))
        memory = MemoryHub(VILLAGES)
        by_sql, by_dicts = Side(lambda: store.registry_transaction(None, by_sql.now_ms)), Side(memory.transaction)
        memory.now_ms = NOW
        for side in (by_sql, by_dicts):
            side.begin()
        for step in history:
            by_sql.step(step)
            memory.now_ms = by_dicts.now_ms + 1_000
            by_dicts.step(step)
        _assert_equal(store, memory)
        for village in VILLAGES:
            assert by_sql.nodes[village].state == by_dicts.nodes[village].state


def _assert_equal(store: HubStore, memory: MemoryHub) -> None:
    with store.reading() as reader:
        tables = reader.loader.tables()
        for name in sorted(set(HUB_SHELVES) - _NOT_KEPT):
            shelf = getattr(tables, name)
            shelf.prefetch(list(memory.database[name]))
            for key, value in memory.database[name].items():
                assert shelf.get(key) == value, (name, key)
        for name in ("waiting", "orphans_after"):
            for key, value in memory.database[name].items():
                assert (getattr(tables, name).get(key) or type(value)()) == value
        for key, value in memory.database["versions"].items():
            found = tables.versions.get(key)
            assert found is not None
            assert found.body == value.body
        for village in reader.villages():
            assert reader.fingerprint_from_tables(village.village_id) == village.state.fingerprint
            is_open = {case.case_id for case in reader.open_cases(village.village_id)}
            records = memory.database["records"].values()
            mine = {case.record_id for case in records if case.kind == Kind.CASE and case.owner == village.village_id}
            assert is_open == {case_id for case_id in mine if cases.is_open(memory.database["records"][case_id])}
