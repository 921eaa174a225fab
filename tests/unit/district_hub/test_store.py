"""The hub's store: a transaction keeps everything or nothing, and what it kept reads back as the protocol left it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from district_hub.config import HubConfig
from district_hub.flushing import F_BYTES
from district_hub.store import HUB_HISTORY, HubStore
from district_hub.tables import METADATA
from register.database import _upgrade, migrate, open_engine, reading, writing
from schemas.codes import EventKind, EventState
from schemas.errors import FutureSchemaError, LocalProtocolError, RefusedError
from schemas.fields import Kind, tag_of
from sync_protocol.answer import HubView, answer
from sync_protocol.causes import decision_id
from sync_protocol.decisions import Edit, decide, edit, page_of
from sync_protocol.entries import Change, Create, EntryKind, Update
from sync_protocol.feed import Result
from sync_protocol.hub_side import Sender, decide_waiting, release_gap
from sync_protocol.messages import JournalRun, Message
from sync_protocol.tables import DECIDED, ORPHAN, REGISTRAR, Stamp
from tests.memory import DISTRICT, KEYS, MemoryHub, MemoryNode

NOW = 1_750_000_000_000
NAME, NIK, PHONE = (tag_of(Kind.RESIDENT, name) for name in ("name", "nik", "phone"))
LIFE = tag_of(Kind.RESIDENT, "life_status")
DEVICE = b"device-1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[HubStore]:
    hub = HubStore.open(tmp_path, HubConfig(district_code=DISTRICT))
    for village in (1, 2):
        hub.add_village(village, f"35.10.0{village}.2001", f"Desa {village}", village.to_bytes(32, "big"))
    yield hub
    hub.close()


def new_node(village: int = 1, device: bytes = DEVICE) -> MemoryNode:
    return MemoryNode(village, device, (village.to_bytes(4, "big") + n.to_bytes(4, "big") for n in itertools.count(1)))


def record_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def person(number: int, name: str = "SITI", **values: Any) -> Create:
    named = {tag_of(Kind.RESIDENT, key): value for key, value in values.items()}
    return Create(record_id(number), Kind.RESIDENT, {NAME: name, **named})


def receive(store: HubStore, message: Message, now_ms: int = NOW, device: bytes = DEVICE, standing: int = 0) -> Message:
    with store.village_transaction(message.village_id, now_ms) as registry:
        sender = Sender(device, message.village_id, standing)
        return answer(HubView(registry.tables, sender, KEYS, now_ms), message)[1]


def sync(store: HubStore, node: MemoryNode, now_ms: int = NOW) -> None:
    node.receive(receive(store, node.message(), now_ms, node.device_id))


def say(node: MemoryNode, *changes: Change, kind: int = EntryKind.CORRECTION, wall_ms: int = NOW - 5_000) -> bytes:
    return node.save(kind, changes, wall_ms).change_id


def beyond_gap(node: MemoryNode) -> Message:
    """Return the node's message without its first entry."""
    message = node.message()
    run = message.journal
    assert run is not None
    base = node.database["journal"][node.state.replica_id, 1].head
    return replace(message, journal=JournalRun(1, base, run.entries[1:]))


class TestKeeping:
    def test_what_a_transaction_kept_reads_back_as_a_dictionary_would_have_kept_it(self, store: HubStore) -> None:
        node, twin, memory = new_node(), new_node(), MemoryHub([1, 2])
        memory.now_ms = NOW
        for each in (node, twin):
            say(each, person(1, phone="0811"), person(2, "BUDI", nik=3510012345679001))
        sync(store, node, NOW + 1)
        twin.receive(memory.receive(twin.message(), DEVICE))
        for each in (node, twin):
            say(each, Update(record_id(1), PHONE, "0811", "0822"), wall_ms=NOW - 3_000)
            say(each, Update(record_id(2), NAME, "BODO", "BUDIMAN"), Update(record_id(9), NAME, None, "X"))
        sync(store, node, NOW + 2)
        twin.receive(memory.receive(twin.message(), DEVICE))
        with store.reading() as reader:
            tables = reader.loader.tables()
            for name in ("records", "held", "feed", "journal", "places", "outcomes", "timings", "lineages", "tips"):
                for key, value in memory.database[name].items():
                    assert getattr(tables, name).get(key) == value, (name, key)
            for key, value in memory.database["versions"].items():
                assert tables.versions.get(key) == value
            for key, value in memory.database["cases_about"].items():
                assert tables.cases_about.get(key) == value
            assert reader.fingerprint_from_tables(1) == node.state.fingerprint == twin.state.fingerprint

    def test_an_exception_leaves_nothing_behind(self, store: HubStore) -> None:
        node = new_node()
        say(node, person(1))

        def fail_after_receiving() -> None:
            with store.village_transaction(1, NOW) as registry:
                answer(HubView(registry.tables, Sender(DEVICE, 1), KEYS, NOW), node.message())
                raise LookupError

        with pytest.raises(LookupError):
            fail_after_receiving()
        with store.reading() as reader:
            assert reader.record(record_id(1)) is None
            assert reader.journal_rows(1) == []
            assert reader.villages()[0].state.seq == 0

    def test_an_entry_beyond_a_gap_waits_and_is_decided_when_the_gap_closes(self, store: HubStore) -> None:
        node = new_node()
        say(node, person(1))
        say(node, person(2))
        first, second = node.message(1), beyond_gap(node)
        receive(store, second)
        with store.reading() as reader:
            assert [row.state for row in reader.journal_rows(1)] == [ORPHAN]
            assert reader.counts(1).orphans == 1
        receive(store, first)
        with store.reading() as reader:
            assert [row.state for row in reader.journal_rows(1)] == [DECIDED, DECIDED]
            assert reader.counts(1).orphans == 0
            assert reader.counts(1).register.residents == 2

    def test_a_gap_that_a_person_releases_is_decided_as_it_stands(self, store: HubStore) -> None:
        node = new_node()
        say(node, person(1))
        say(node, person(2))
        receive(store, beyond_gap(node))
        with store.reading() as reader:
            orphans = reader.journal_rows(1, state=ORPHAN)
        with store.village_transaction(1, NOW) as registry:
            release_gap(registry, orphans)
            decide_waiting(registry, 1)
        with store.reading() as reader:
            assert reader.record(record_id(2)) is not None
            assert reader.counts(1).orphans == 0

    def test_entries_of_a_suspended_village_wait_in_the_order_stored(self, store: HubStore) -> None:
        with store.village_transaction(1, NOW) as registry:
            state = registry.tables.villages.need(1)
            registry.tables.villages[1] = replace(state, suspended=frozenset({b"other-id"}))
        node = new_node()
        ids = [say(node, person(number)) for number in (3, 1, 2)]
        receive(store, node.message())
        with store.reading() as reader:
            tables = reader.loader.tables()
            heads = tables.waiting.need(1)
            assert [tables.journal.need(head).change_id for head in heads] == ids
            assert reader.counts(1).waiting == 3
        with store.village_transaction(1, NOW) as registry:
            state = registry.tables.villages.need(1)
            registry.tables.villages[1] = replace(state, suspended=frozenset())
        sync(store, node)
        with store.reading() as reader:
            assert reader.counts(1).waiting == 0
            assert reader.counts(1).register.residents == 3


class TestLocks:
    def test_a_village_that_is_not_known_is_refused(self, store: HubStore) -> None:
        with pytest.raises(RefusedError) as caught, store.village_transaction(7, NOW):
            pass
        assert caught.value.code == "village-unknown"

    def test_writing_an_unlocked_village_is_our_bug_and_keeps_nothing(self, store: HubStore) -> None:
        def write_elsewhere() -> None:
            with store.village_transaction(2, NOW) as registry:
                registry.create(record_id(1), Kind.RESIDENT, {1: 1, NAME: "SITI"}, _stamp(), b"dispatcher")
                registry.commit()

        with pytest.raises(LocalProtocolError) as caught:
            write_elsewhere()
        assert caught.value.code == "village-not-locked"
        with store.reading() as reader:
            assert reader.record(record_id(1)) is None

    def test_all_villages_are_locked_for_none(self, store: HubStore) -> None:
        with store.registry_transaction(None, NOW) as registry:
            for village in (2, 1):
                registry.create(record_id(village), Kind.RESIDENT, {1: village, NAME: "SITI"}, _stamp(), b"dispatcher")
            registry.commit()
        with store.reading() as reader:
            assert [village.state.seq for village in reader.villages()] == [1, 1]

    def test_a_village_added_twice_stays_as_it_is(self, store: HubStore) -> None:
        store.add_village(1, "35.10.09.2009", "Lain", bytes(32))
        with store.reading() as reader:
            found = reader.village_by_code("35.10.01.2001")
            assert found is not None
            assert found.name == "Desa 1"
            assert reader.village_by_code("35.10.09.2009") is None


def _stamp() -> Stamp:
    return Stamp(0, b"dispatcher", REGISTRAR)


class TestQuestions:
    def test_a_case_is_listed_until_it_is_decided_and_its_history_names_everybody(self, store: HubStore) -> None:
        node = new_node()
        say(node, person(1, "SITI"))
        sync(store, node)
        change = say(node, Update(record_id(1), NAME, "SITY", "SITI AMINAH"))
        sync(store, node)
        with store.reading() as reader:
            (listed,) = reader.open_cases(1)
            assert reader.open_cases(2) == []
            assert listed.about_id == record_id(1)
            found = reader.outcome(change)
            assert found is not None
            assert found.summary == Result.IN_REVIEW
        decision = decision_id(bytes(16))
        with store.village_transaction(1, NOW + 9) as registry:
            case = registry.record(listed.case_id)
            assert case is not None
            registry.note(decision, "Registrar", "decide", "akta dilihat")
            assert decide(registry, listed.case_id, frozenset({change}), page_of(registry, case), decision, "akta")
        with store.reading() as reader:
            assert reader.open_cases() == []
            first, second = reader.history(record_id(1))
            assert (first.officer, first.registrar, first.body[NAME]) == ("officer", "", "SITI")
            assert (second.version, second.registrar, second.body[NAME]) == (2, "Registrar", "SITI AMINAH")
            _, closed = reader.history(listed.case_id)
            assert (closed.registrar, closed.action, closed.reason) == ("Registrar", "decide", "akta dilihat")
            assert closed.cause == decision
            found = reader.outcome(change)
            assert found is not None
            assert found.summary == Result.ACCEPTED

    def test_a_registrars_edit_is_in_the_history_with_its_reason(self, store: HubStore) -> None:
        node = new_node()
        say(node, person(1, "SITI"))
        sync(store, node)
        decision = decision_id(bytes(16))
        with store.village_transaction(1, NOW + 9) as registry:
            registry.note(decision, "Registrar", "correct", "salah ketik")
            assert edit(registry, [Edit(record_id(1), NAME, "SITI", "SITTI")], decision)
        with store.reading() as reader:
            assert reader.history(record_id(1))[1].reason == "salah ketik"
            assert reader.record(record_id(1)).body[NAME] == "SITTI"  # type: ignore[union-attr]
            assert reader.changed_records(1, 1) == [record_id(1)]
            assert reader.changed_records(1, 2) == []

    def test_declared_events_wait_and_open_moves_are_candidates(self, store: HubStore) -> None:
        node = new_node()
        fields = {name: tag_of(Kind.VITAL_EVENT, name) for name in ("event_kind", "state", "subject_id", "village_to")}

        def event(number: int, kind: int, **values: Any) -> Create:
            body = {fields["event_kind"]: kind, fields["state"]: int(EventState.DECLARED)}
            return Create(record_id(number), Kind.VITAL_EVENT, body | {fields[k]: v for k, v in values.items()})

        say(
            node,
            event(11, EventKind.BIRTH, subject_id=record_id(1)),
            event(12, EventKind.MOVE_OUT, village_to=2),
            event(13, EventKind.MOVE_OUT),
            event(14, EventKind.MOVE_IN),
            kind=EntryKind.EVENT,
        )
        sync(store, node)
        with store.reading() as reader:
            assert {waiting.record_id for waiting in reader.waiting_events()} == {
                record_id(n) for n in (11, 12, 13, 14)
            }
            assert reader.waiting_events(2) == []
            assert reader.move_candidates() == ([record_id(12)], [record_id(14)])
            assert [one.record_id for one in reader.records_of_kind(1, Kind.VITAL_EVENT)] == [
                record_id(n) for n in (11, 12, 13, 14)
            ]

    def test_a_nik_group_holds_whoever_has_or_had_the_number(self, store: HubStore) -> None:
        node, other = new_node(), new_node(2, b"device-2")
        nik, wrong = 3510012345679001, 3510012345679002
        say(node, person(1, nik=nik), person(2, nik=3510012345679003))
        say(other, person(3, nik=wrong))
        sync(store, node)
        sync(store, other)
        with store.reading() as reader:
            assert reader.nik_groups() == ([], [])
        say(other, Update(record_id(3), NIK, wrong, nik))
        sync(store, other)
        with store.reading() as reader:
            assert reader.nik_groups() == ([record_id(1), record_id(3)], [record_id(1), record_id(3)])
            people, same = reader.nik_groups(2, 1)
            assert people == [record_id(1), record_id(3)]
            assert same == [record_id(1), record_id(3)]

    def test_the_dispatchers_place_never_moves_back(self, store: HubStore) -> None:
        store.mark_dispatched({1: 5, 2: 3})
        store.mark_dispatched({1: 4})
        with store.reading() as reader:
            assert [village.dispatched_seq for village in reader.villages()] == [5, 3]

    def test_safe_points_and_named_values_are_kept(self, store: HubStore) -> None:
        with store.reading() as reader:
            assert reader.safe_point(1, DEVICE) is None
            assert reader.meta("mute") is None
        store.set_safe_points({(1, b""): 7, (1, DEVICE): 3}, NOW)
        store.set_meta("mute", "restored")
        with store.reading() as reader:
            assert reader.safe_point(1, DEVICE) == (7, 3)
            assert reader.safe_point(1, b"another1") == (7, 0)
            assert reader.meta("mute") == "restored"
        store.set_meta("mute", None)
        with store.reading() as reader:
            assert reader.meta("mute") is None


class TestSchema:
    def test_creating_all_gives_the_same_schema_as_the_revisions(self, tmp_path: Path) -> None:
        schemas = []
        for name in ("all.db", "steps.db"):
            engine = open_engine(f"sqlite:///{tmp_path / name}")
            if name == "steps.db":
                with writing(engine) as connection:
                    _upgrade(connection, HUB_HISTORY, None)
            migrate(engine, HUB_HISTORY)
            with reading(engine) as connection:
                rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'"))
                schemas.append({name: " ".join(str(sql).split()) for name, sql in rows})
            engine.dispose()
        assert schemas[0] == schemas[1]
        assert set(METADATA.tables) <= set(schemas[0])

    def test_a_database_of_a_newer_version_is_refused(self, store: HubStore, tmp_path: Path) -> None:
        with writing(store.engine) as connection:
            connection.execute(text("UPDATE alembic_hub SET version_num = '9999'"))
        with pytest.raises(FutureSchemaError) as caught:
            HubStore.open(tmp_path, HubConfig(district_code=DISTRICT))
        assert caught.value.code == "database-newer"

    def test_every_key_begins_with_the_district(self) -> None:
        assert {table.primary_key.columns[0].name for table in METADATA.tables.values()} == {"district_code"}

    def test_f_has_sixteen_bytes(self) -> None:
        assert F_BYTES == 16
