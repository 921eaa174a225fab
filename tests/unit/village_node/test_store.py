"""The node's store: what a transaction writes is what the next one reads, and the index shows the overlay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select

from register.database import writing
from register.search import find_residents
from register.tables import RESIDENT
from schemas.errors import ConfigError, DatabaseCorruptError, StorageError
from schemas.fields import Kind, tag_of
from sync_protocol import node_side
from sync_protocol.entries import Create, EntryKind, Update
from sync_protocol.feed import ACCEPTED, FULL, STUB, FeedEntry, Notice, Outcome, Result
from sync_protocol.tables import Evidence, Held, NodeFeedRow
from tests.node_ground import NOW_MS, VILLAGE, FakeDistrict, enrolled
from village_node.entry_states import Delivery, Verdict, entry_counts, entry_states
from village_node.keys import read_keys, write_keys
from village_node.store import NodeStore, Working
from village_node.tables import OWN_ENTRY

NAME = tag_of(Kind.RESIDENT, "name")
PERSON = b"\x01" * 16


@pytest.fixture(scope="module")
def district() -> FakeDistrict:
    return FakeDistrict()


@pytest.fixture
def store(tmp_path: Path, district: FakeDistrict) -> Iterator[NodeStore]:
    with enrolled(tmp_path / "node", district) as opened:
        yield opened


def save(working: Working, *changes: Create | Update, kind: EntryKind = EntryKind.EVENT) -> bytes:
    return node_side.save(working.tables, kind, "Bu Rini", changes, wall_ms=NOW_MS).change_id


def names(store: NodeStore) -> list[str | None]:
    with store.reading() as working:
        return list(working.connection.scalars(select(RESIDENT.c.name).order_by(RESIDENT.c.name)))


def test_a_new_node_stands_at_the_start_of_both_logs(store: NodeStore) -> None:
    state = store.state()
    assert (state.village_id, state.journal_seq, state.feed_seq, state.fingerprint) == (VILLAGE, 0, 0, 0)
    assert store.sync_state().key_list_number == 1


def test_what_is_saved_survives_closing(store: NodeStore) -> None:
    with store.transaction() as working:
        save(working, Create(PERSON, Kind.RESIDENT, {NAME: "SITI AMINAH"}))
    before = store.state()
    store.close()
    with NodeStore.open(store.directory) as again:
        assert again.state() == before
        with again.reading() as working:
            own = working.tables.journal.need((before.replica_id, 1))
            assert own.head == before.journal_head
            assert working.tables.own.need(own.change_id) == own
            assert working.tables.pending.need(PERSON) == (own.change_id,)
            assert working.tables.undecided() == (own.change_id,)


def test_an_exception_leaves_nothing(store: NodeStore) -> None:
    def fail() -> None:
        with store.transaction() as working:
            save(working, Create(PERSON, Kind.RESIDENT, {NAME: "SITI AMINAH"}))
            raise ValueError

    before = store.state()
    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert store.state() == before
    assert names(store) == []


def test_reading_writes_nothing(store: NodeStore) -> None:
    with store.reading() as working:
        save(working, Create(PERSON, Kind.RESIDENT, {NAME: "SITI AMINAH"}))
    assert store.state().journal_seq == 0


def test_the_index_shows_own_work_over_the_registry(store: NodeStore) -> None:
    body = b"\x82\x01\x07\x11\xa4SITI"  # {1: 7, 17: "SITI"}
    assert NAME == 17
    with store.transaction() as working:
        working.tables.layer[PERSON] = Held(Kind.RESIDENT, FULL, 1, b"d" * 16, b"d" * 16, body)
    assert names(store) == ["SITI"]
    with store.transaction() as working:
        change_id = save(working, Update(PERSON, NAME, "SITI", "SITI AMINAH"), kind=EntryKind.CORRECTION)
    assert names(store) == ["SITI AMINAH"]
    with store.reading() as working:
        assert [hit.record_id for hit in find_residents(working.register, VILLAGE, "amin")] == [PERSON]
    refused = Outcome(((PERSON, NAME, Result.REFUSED),), "typed-wrong")
    with store.transaction() as working:
        working.tables.outcomes[change_id] = refused
        working.tables.pending[PERSON] = ()
    assert names(store) == ["SITI"]
    with store.reading() as working:
        assert find_residents(working.register, VILLAGE, "amin") == []
        assert working.tables.outcomes.need(change_id) == refused
        assert working.tables.undecided() == ()


def test_a_record_that_leaves_the_layer_leaves_the_index(store: NodeStore) -> None:
    with store.transaction() as working:
        working.tables.layer[PERSON] = Held(Kind.RESIDENT, FULL, 1, b"d" * 16, b"d" * 16, b"\x81\x11\xa4SITI")
    with store.transaction() as working:
        working.tables.layer.discard(PERSON)
    assert names(store) == []
    with store.reading() as working:
        assert working.tables.layer.get(PERSON) is None


def test_a_stub_is_counted_by_the_digest_of_what_is_shown(store: NodeStore) -> None:
    shown = b"\x81\x11\xa4SITI"
    with store.transaction() as working:
        working.tables.layer[PERSON] = Held(Kind.RESIDENT, STUB, 3, b"d" * 16, b"", shown)
    with store.reading() as working:
        held = working.tables.layer.need(PERSON)
        assert held.record_digest == b"d" * 16
        assert held.shown_digest not in (b"", b"d" * 16)


def test_feed_rows_evidence_and_notices_come_back_as_they_were(store: NodeStore) -> None:
    entry = FeedEntry((), (), (Notice(2, False, [1, "x"]),))
    held = Held(Kind.RESIDENT, FULL, 1, b"d" * 16, b"d" * 16, b"\x80")
    row = NodeFeedRow(
        entry, b"h" * 32, b"g" * 32, None, ((PERSON, None), (b"\x02" * 16, held)), ((b"c" * 16, ACCEPTED),), 5, 9
    )
    evidence = Evidence(3, b"b" * 32, (entry,), (b"signed",), ((b"c" * 16, ACCEPTED),))
    with store.transaction() as working:
        working.tables.feed[4] = row
        working.tables.evidence[b"h" * 32] = evidence
        working.tables.heard.append(entry.notices[0])
    with store.transaction() as working:
        assert working.tables.feed.need(4) == row
        assert working.tables.evidence == {b"h" * 32: evidence}
        working.tables.feed.discard(4)
        working.tables.evidence.clear()
    with store.reading() as working:
        assert working.tables.feed.get(4) is None
        assert working.tables.evidence == {}


def test_a_new_replica_id_issues_open_entries_again_under_their_change_ids(store: NodeStore) -> None:
    with store.transaction() as working:
        first = save(working, Create(PERSON, Kind.RESIDENT, {NAME: "SITI"}))
        second = save(working, Update(PERSON, NAME, "SITI", "SITI AMINAH"))
    with store.transaction() as working:
        working.tables.outcomes[first] = ACCEPTED
        working.tables.pending[PERSON] = (second,)
    with store.transaction() as working:
        assert node_side.take_replica_id(working.tables, b"replica2") == 1
    with store.reading() as working:
        own = working.tables.own.need(second)
        assert (own.replica_id, own.seq, own.ordinal) == (b"replica2", 1, 2)
        assert working.tables.own.need(first).replica_id != b"replica2"
        assert working.tables.undecided() == (second,)


def test_entries_are_unsent_then_received_then_safe(store: NodeStore) -> None:
    with store.transaction() as working:
        first = save(working, Create(PERSON, Kind.RESIDENT, {NAME: "SITI"}))
        save(working, Update(PERSON, NAME, "SITI", "SITI A"))
        save(working, Update(PERSON, NAME, "SITI A", "SITI B"))
    with store.transaction() as working:
        working.tables.state = replace(working.tables.state, acked_seq=2, safe_seq=1)
        working.tables.outcomes[first] = ACCEPTED
    states = entry_states(store)
    assert [one.delivery for one in states] == [Delivery.UNSENT, Delivery.RECEIVED, Delivery.SAFE]
    assert [one.verdict for one in states] == [Verdict.WAITING, Verdict.WAITING, Verdict.ACCEPTED]
    counts = entry_counts(store)
    assert (counts.unsent, counts.received, counts.safe, counts.waiting, counts.accepted) == (1, 1, 1, 2, 1)
    assert [one.change_id for one in entry_states(store, verdict=Verdict.ACCEPTED)] == [first]
    assert len(entry_states(store, record_id=PERSON)) == 3


def test_a_folder_without_keys_is_not_enrolled(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        NodeStore.open(tmp_path)
    assert caught.value.code == "not-enrolled"


def test_another_key_cannot_open_the_database(store: NodeStore) -> None:
    store.close()
    write_keys(store.directory, replace(read_keys(store.directory), database_key=b"x" * 32))
    with pytest.raises(DatabaseCorruptError):
        NodeStore.open(store.directory)


def test_a_cursor_moves_in_the_transaction_of_what_it_counts(store: NodeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[object] = []

    def counted(engine: Engine) -> AbstractContextManager[Connection]:
        begun.append(engine)
        if len(begun) > 1:
            raise StorageError("the power went")
        return writing(engine)

    monkeypatch.setattr("village_node.store.writing", counted)
    with store.transaction() as working:
        save(working, Create(PERSON, Kind.RESIDENT, {NAME: "SITI AMINAH"}))
    with store.reading() as working:
        rows = working.connection.scalar(select(func.count()).select_from(OWN_ENTRY))
        assert (rows, working.tables.state.journal_seq) == (1, 1)
