"""A session brings both logs together, whatever the line, the hub or the database's past do."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from register.search import find_residents
from schemas.bodies import body_of
from schemas.errors import BadSignatureError, MalformedMessageError, RemoteProtocolError, VillageSyncError
from schemas.fields import Kind, tag_of
from sync_protocol.entries import Create, EntryKind, Update
from sync_protocol.feed import Notice
from sync_protocol.messages import Clock, Message, SnapshotPart
from sync_protocol.sealing import SealingKey, generate_sealing_key
from sync_protocol.tables import ACTIVE, EXPIRED, REVOKED
from tests.node_ground import NOW_MS, VILLAGE, FakeDistrict, HubCarrier, enrolled
from village_node import syncer
from village_node.desk import Desk
from village_node.entry_states import Verdict, entry_counts, entry_states
from village_node.incoming import RoundTrip, take_in
from village_node.lock import SYNC_LOCK_FILE, held_lock
from village_node.outgoing import Budgets, make_message
from village_node.store import NodeStore
from village_node.syncer import SyncResult, synchronise

NAME = tag_of(Kind.RESIDENT, "name")


def person(number: int, name: str = "SITI AMINAH") -> Create:
    return Create(number.to_bytes(16, "big"), Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": name}))


def first_bytes(answer: Message, count: int) -> Message:
    """Return an answer whose part of a snapshot is no longer than this."""
    if not isinstance(answer.snapshot, SnapshotPart):
        return answer
    return replace(answer, snapshot=replace(answer.snapshot, content=answer.snapshot.content[:count]))


def event(desk: Desk, *numbers: int) -> None:
    for number in numbers:
        desk.save(EntryKind.EVENT, [person(number, f"WARGA {number}")])


@pytest.fixture
def district() -> FakeDistrict:
    return FakeDistrict()


@pytest.fixture
def make_node(tmp_path: Path, district: FakeDistrict) -> Iterator[Callable[[str], NodeStore]]:
    stores: list[NodeStore] = []

    def make(name: str) -> NodeStore:
        stores.append(enrolled(tmp_path / name, district))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def store(make_node: Callable[[str], NodeStore]) -> NodeStore:
    return make_node("node")


@pytest.fixture
def desk(store: NodeStore) -> Desk:
    return Desk(store, "Bu Rini", lambda: NOW_MS)


@pytest.fixture
def carrier(district: FakeDistrict) -> HubCarrier:
    return HubCarrier(district)


def run(store: NodeStore, carrier: HubCarrier, now_ms: int = NOW_MS) -> SyncResult:
    ticks = iter(range(0, 10**9, 25))
    return synchronise(store, carrier, now_ms=lambda: now_ms, elapsed_ms=lambda: next(ticks), wait_s=lambda _: None)


class TestASession:
    def test_brings_entries_up_and_their_verdicts_down(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        event(desk, 1, 2, 3)
        result = run(store, carrier)
        assert result.finished
        assert (result.entries_sent, result.entries_applied) == (3, 3)
        counts = entry_counts(store)
        assert (counts.unsent, counts.received, counts.accepted) == (0, 3, 3)
        state, hub = store.state(), district.hub.database["villages"][VILLAGE]
        assert (state.feed_seq, state.feed_head, state.fingerprint) == (hub.seq, hub.head, hub.fingerprint)
        shown = desk.shown(person(1).record_id)
        assert shown is not None
        assert not shown.waiting

    def test_of_a_quiet_night_is_one_round_trip(self, store: NodeStore, desk: Desk, carrier: HubCarrier) -> None:
        event(desk, 1)
        run(store, carrier)
        result = run(store, carrier)
        assert (result.code, result.rounds, result.entries_sent, result.entries_applied) == ("done", 1, 0, 0)
        assert 0 < result.bytes_up < 2500
        assert 0 < result.bytes_down < 2500

    def test_remembers_when_it_ended_and_how(self, store: NodeStore, carrier: HubCarrier) -> None:
        run(store, carrier)
        sync = store.sync_state()
        assert (sync.last_reason, sync.last_finished_ms, sync.last_contact_ms) == ("done", NOW_MS, NOW_MS)

    def test_that_is_already_running_is_a_state(self, store: NodeStore, carrier: HubCarrier) -> None:
        with held_lock(store.directory / SYNC_LOCK_FILE) as is_mine:
            assert is_mine
            result = run(store, carrier)
        assert (result.code, result.rounds) == ("already-running", 0)
        assert result.reason
        assert run(store, carrier).finished

    def test_without_a_network_is_a_state(self, store: NodeStore, desk: Desk, carrier: HubCarrier) -> None:
        event(desk, 1)
        carrier.is_online = False
        result = run(store, carrier)
        assert (result.code, result.entries_sent) == ("offline", 0)
        assert store.sync_state().last_reason == "offline"
        assert store.sync_state().last_contact_ms is None
        carrier.is_online = True
        assert run(store, carrier).entries_sent == 1

    def test_whose_answer_is_lost_goes_on_where_it_broke(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        run(store, carrier)
        event(desk, 1, 2)
        carrier.lose_answers = 1
        assert run(store, carrier).code == "offline"
        assert run(store, carrier).finished
        assert len(district.hub.database["records"]) == 2
        assert entry_counts(store).accepted == 2

    def test_of_a_long_journal_takes_several_messages_that_grow(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(syncer, "MESSAGE_BYTES_START", 50)
        event(desk, *range(1, 60))
        told: list[SyncResult] = []
        ticks = iter(range(0, 10**9, 25))
        result = synchronise(
            store, carrier, now_ms=lambda: NOW_MS, elapsed_ms=lambda: next(ticks), progress=told.append
        )
        assert result.finished
        assert result.entries_sent == 59
        assert 3 < result.rounds < 20
        assert [one.entries_sent for one in told] == sorted(one.entries_sent for one in told)
        assert store.sync_state().message_bytes > 50

    def test_on_a_slow_line_makes_smaller_messages(self, store: NodeStore, carrier: HubCarrier) -> None:
        ticks = iter(range(0, 10**9, 80_000))
        synchronise(store, carrier, now_ms=lambda: NOW_MS, elapsed_ms=lambda: next(ticks))
        assert syncer.MESSAGE_BYTES_MIN <= store.sync_state().message_bytes < syncer.MESSAGE_BYTES_START / 2

    def test_that_breaks_makes_smaller_messages_down_to_a_floor(self, store: NodeStore, carrier: HubCarrier) -> None:
        carrier.break_before = set(range(1, 40))
        for _ in range(10):
            assert run(store, carrier).code == "offline"
        assert store.sync_state().message_bytes == syncer.MESSAGE_BYTES_MIN

    def test_that_finds_no_network_says_nothing_of_the_size_of_messages(
        self, store: NodeStore, carrier: HubCarrier
    ) -> None:
        carrier.is_online = False
        for _ in range(10):
            run(store, carrier)
        assert store.sync_state().message_bytes in {0, syncer.MESSAGE_BYTES_START}

    def test_goes_on_after_each_break_as_long_as_something_gets_through_between_two(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(syncer, "MESSAGE_BYTES_START", 50)
        event(desk, *range(1, 30))
        carrier.break_before = {1, 3, 6}
        assert run(store, carrier).finished
        carrier.break_before = {carrier.exchanges + 2, carrier.exchanges + 3}
        event(desk, *range(30, 40))
        assert run(store, carrier).code == "done"
        carrier.break_before = {carrier.exchanges + 1, carrier.exchanges + 2}
        assert run(store, carrier).code == "offline"

    @pytest.mark.parametrize("families", [1, 200])
    def test_sends_no_long_journal_again_that_arrived_though_the_answer_did_not(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict, families: int
    ) -> None:
        run(store, carrier)
        event(desk, *range(1, families + 1))
        carrier.break_after = {carrier.exchanges + 1}
        before = len(district.received)
        assert run(store, carrier).finished
        runs = [len(one.journal.entries) if one.journal is not None else 0 for one in district.received[before:]]
        # A short one is not worth the question.
        assert runs == ([1, 1] if families == 1 else [200, 0])
        assert entry_counts(store).accepted == families

    def test_ends_when_nothing_moves(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        run(store, carrier)
        event(desk, 1)
        district.change_answer = lambda answer: replace(answer, tips=(), feed=None)
        result = run(store, carrier)
        assert result.code == "held-back"
        assert result.rounds < 4


class TestTwoLaptops:
    def test_see_each_other_through_the_hub(self, make_node: Callable[[str], NodeStore], carrier: HubCarrier) -> None:
        one, two = make_node("one"), make_node("two")
        event(Desk(one, "Bu Rini", lambda: NOW_MS), 1)
        run(one, carrier)
        run(two, carrier)
        assert Desk(two, "Pak Budi").values(person(1).record_id)["name"] == "WARGA 1"
        assert one.state().fingerprint == two.state().fingerprint

    def test_disagreeing_end_with_one_in_review(
        self, make_node: Callable[[str], NodeStore], carrier: HubCarrier
    ) -> None:
        one, two = make_node("one"), make_node("two")
        event(Desk(one, "Bu Rini", lambda: NOW_MS), 1)
        for each in (one, two):
            run(each, carrier)
        target = person(1).record_id
        Desk(one, "Bu Rini", lambda: NOW_MS).save(EntryKind.CORRECTION, [Update(target, NAME, "WARGA 1", "SITI")])
        Desk(two, "Pak Budi", lambda: NOW_MS).save(EntryKind.CORRECTION, [Update(target, NAME, "WARGA 1", "SRI")])
        for each in (one, two, one):
            assert run(each, carrier).finished
        assert [state.verdict for state in entry_states(two)] == [Verdict.IN_REVIEW]
        shown = Desk(two, "Pak Budi").shown(target)
        assert shown is not None
        assert (shown.body[NAME], set(shown.in_review)) == ("SRI", {NAME})
        assert Desk(one, "Bu Rini").values(target)["name"] == "SITI"
        with two.reading() as working:
            assert find_residents(working.register, VILLAGE, "sri")


class TestStanding:
    def test_revoked_sends_and_says_that_it_is_locked(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        run(store, carrier)
        event(desk, 1)
        district.set_standing(store.keys, REVOKED)
        result = run(store, carrier)
        assert (result.code, result.entries_sent) == ("locked", 1)
        assert store.state().standing == REVOKED
        district.set_standing(store.keys, ACTIVE)
        assert run(store, carrier).finished
        assert store.state().standing == ACTIVE

    def test_expired_renews_by_itself(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        event(desk, 1)
        district.set_standing(store.keys, EXPIRED)
        assert run(store, carrier).finished
        with store.reading() as working:
            assert store.certificate(working.sync).serial == 9
        assert entry_counts(store).accepted == 1

    def test_a_certificate_for_another_device_is_refused(
        self, store: NodeStore, make_node: Callable[[str], NodeStore], carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        other = make_node("other")
        district.change_answer = lambda answer: replace(answer, certificate=other.keys.certificate)
        before = store.sync_state().certificate
        with pytest.raises(MalformedMessageError) as caught:
            run(store, carrier)
        assert caught.value.code == "certificate-other"
        assert store.sync_state().certificate == before
        assert store.sync_state().last_reason == "certificate-other"

    def test_an_unknown_critical_notice_asks_for_an_update_and_sends_on(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        run(store, carrier)
        with district.hub.transaction() as registry:
            registry.notices[VILLAGE] = [Notice(99, True, None)]
            registry.commit()
        event(desk, 1)
        result = run(store, carrier)
        assert (result.code, result.entries_sent) == ("needs-update", 1)
        assert store.state().needs_update
        assert desk.values(person(1).record_id)

    def test_an_updated_program_goes_on(self, store: NodeStore, desk: Desk, carrier: HubCarrier) -> None:
        with store.transaction() as working:
            working.tables.state = replace(working.tables.state, needs_update=True)
        event(desk, 1)
        assert run(store, carrier).finished
        assert not store.state().needs_update


class TestClockAndKeys:
    def test_the_clocks_difference_comes_from_a_round_trip(
        self, store: NodeStore, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        run(store, carrier, now_ms=NOW_MS - 3_600_000)
        offset = store.state().offset_ms
        assert offset is not None
        assert abs(offset - 3_600_000) < 1000

    @pytest.mark.parametrize(
        "clock",
        [
            pytest.param(None, id="no-clock"),
            pytest.param(Clock(5, None, 0), id="no-echo"),
            pytest.param(Clock(5, 1, 0), id="another-echo"),
            pytest.param(Clock(5, NOW_MS, 10**9), id="held-longer-than-it-took"),
        ],
    )
    def test_a_clock_that_answers_nothing_sets_nothing(
        self, store: NodeStore, carrier: HubCarrier, district: FakeDistrict, clock: Clock | None
    ) -> None:
        district.change_answer = lambda answer: replace(answer, clock=clock)
        run(store, carrier)
        assert store.state().offset_ms is None

    def test_new_hub_keys_are_taken_from_the_answer_in_clear(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        event(desk, 1)
        district.sealing = SealingKey.from_bytes(generate_sealing_key())
        district.key_list_number = 2
        result = run(store, carrier)
        assert result.finished
        assert store.sync_state().key_list_number == 2

    def test_an_older_key_list_is_not_taken(
        self, store: NodeStore, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        district.sealing = SealingKey.from_bytes(generate_sealing_key())
        assert run(store, carrier).code == "held-back"
        kept = store.sync_state().key_list
        district.key_list_number = 0
        assert run(store, carrier).code == "held-back"
        assert (store.sync_state().key_list_number, store.sync_state().key_list) == (1, kept)

    def test_a_key_list_of_another_root_is_refused(
        self, store: NodeStore, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        district.sealing, district.root = SealingKey.from_bytes(generate_sealing_key()), district.signing
        district.key_list_number = 2
        with pytest.raises(VillageSyncError) as caught:
            run(store, carrier)
        assert caught.value.code == "key-unknown"


def sealed_message(store: NodeStore) -> bytes:
    with store.transaction() as working:
        return make_message(store, working, Budgets(10_000, 10_000), carrier="fake", now_ms=NOW_MS).raw


class TestAnswers:
    def test_taken_twice_equal_taken_once(self, store: NodeStore, desk: Desk, carrier: HubCarrier) -> None:
        run(store, carrier)
        event(desk, 1)
        answer = carrier.exchange(sealed_message(store))
        assert take_in(store, answer).applied == 1
        before = store.state()
        again = take_in(store, answer)
        assert (again.applied, again.is_fresh) == (0, False)
        assert store.state() == before

    def test_that_come_late_move_nothing_back(self, store: NodeStore, desk: Desk, carrier: HubCarrier) -> None:
        run(store, carrier)
        late = carrier.exchange(sealed_message(store))
        event(desk, 1)
        run(store, carrier)
        before = store.state()
        assert before.acked_seq == 1
        take_in(store, late, trip=RoundTrip(NOW_MS, NOW_MS + 5))
        assert store.state() == before

    def test_that_come_late_still_deliver_the_feed(self, store: NodeStore, desk: Desk, carrier: HubCarrier) -> None:
        run(store, carrier)
        event(desk, 1)
        good = carrier.exchange(sealed_message(store))
        newer = carrier.exchange(sealed_message(store))
        with store.transaction() as working:
            working.sync.answered_number = working.sync.message_number
        assert take_in(store, good).applied == 1
        assert take_in(store, newer).applied == 0

    def test_to_a_message_that_was_never_sent_are_refused(
        self, store: NodeStore, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        request = sealed_message(store)
        for quoted in (None, b"x" * 16):
            district.change_answer = partial(replace, answers=quoted)
            with pytest.raises(RemoteProtocolError) as caught:
                take_in(store, carrier.exchange(request))
            assert caught.value.code == "answer-unsolicited"

    def test_with_a_flipped_bit_change_nothing(self, store: NodeStore, desk: Desk, carrier: HubCarrier) -> None:
        event(desk, 1)
        answer = carrier.exchange(sealed_message(store))
        before, sync = store.state(), store.sync_state()
        for at in (0, 4, 20, len(answer) // 2, len(answer) - 1):
            damaged = bytearray(answer)
            damaged[at] ^= 1
            with pytest.raises(VillageSyncError):
                take_in(store, bytes(damaged))
        assert (store.state(), store.sync_state()) == (before, sync)

    def test_whose_run_is_not_signed_change_nothing(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        run(store, carrier)
        event(desk, 1)

        def unsigned(answer: Message) -> Message:
            return replace(answer, feed=replace(answer.feed, heads=())) if answer.feed is not None else answer

        district.change_answer = unsigned
        with pytest.raises(BadSignatureError):
            take_in(store, carrier.exchange(sealed_message(store)))
        assert (store.state().acked_seq, store.state().feed_seq) == (0, 0)

    def test_for_another_village_are_refused(
        self, store: NodeStore, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        district.change_answer = lambda answer: replace(answer, village_id=8)
        with pytest.raises(MalformedMessageError):
            take_in(store, carrier.exchange(sealed_message(store)))


class TestThePast:
    def test_a_restored_copy_takes_a_new_replica_id_and_loses_nothing(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        event(desk, 1)
        run(store, carrier)
        store.close()
        shutil.copytree(store.directory, store.directory.with_name("backup"))
        with NodeStore.open(store.directory) as original:
            event(Desk(original, "Bu Rini", lambda: NOW_MS), 2)
            run(original, carrier)
        with NodeStore.open(store.directory.with_name("backup")) as copy:
            event(Desk(copy, "Bu Rini", lambda: NOW_MS), 3)
            before = copy.state().replica_id
            assert run(copy, carrier).finished
            assert copy.state().replica_id != before
            assert entry_counts(copy).accepted == 2
            assert len(district.hub.database["records"]) == 3
            assert len(Desk(copy, "x").shown_many([person(n).record_id for n in (1, 2, 3)])) == 3

    def test_a_hub_that_lost_its_end_gets_it_back_from_the_village(
        self, store: NodeStore, desk: Desk, carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        event(desk, 1)
        run(store, carrier)
        backup = district.hub.snapshot()
        event(desk, 2)
        run(store, carrier)
        district.hub.database = backup
        result = run(store, carrier)
        assert result.finished
        assert len(district.hub.database["records"]) == 2
        assert store.state().fingerprint == district.hub.database["villages"][VILLAGE].fingerprint
        with store.reading() as working:
            assert working.tables.evidence == {}


class TestBootstrap:
    @pytest.fixture
    def long_feed(
        self, make_node: Callable[[str], NodeStore], carrier: HubCarrier, district: FakeDistrict
    ) -> NodeStore:
        first = make_node("first")
        desk = Desk(first, "Bu Rini", lambda: NOW_MS)
        event(desk, *range(1, 9))
        run(first, carrier)
        district.snapshots_from = 5
        return first

    def test_starts_from_a_snapshot_and_goes_on_with_the_feed(
        self, long_feed: NodeStore, make_node: Callable[[str], NodeStore], carrier: HubCarrier
    ) -> None:
        new = make_node("new")
        event(Desk(new, "Pak Budi", lambda: NOW_MS), 20)
        result = run(new, carrier)
        assert result.finished
        assert result.entries_applied == 8 + 1
        with new.reading() as working:
            assert working.tables.feed.get(3) is None
            assert find_residents(working.register, VILLAGE, "warga 3")
        run(long_feed, carrier)
        assert new.state().fingerprint == long_feed.state().fingerprint
        assert entry_counts(new).accepted == 1

    def test_resumes_its_parts(
        self,
        long_feed: NodeStore,
        make_node: Callable[[str], NodeStore],
        carrier: HubCarrier,
        district: FakeDistrict,
    ) -> None:
        new = make_node("new")
        carrier.lose_answers = 0
        whole = len(district.snapshot())
        district.change_answer = lambda answer: first_bytes(answer, 100)
        first = take_in(new, carrier.exchange(sealed_message(new)))
        assert (first.applied, first.asks_again) == (0, True)
        asked: list[tuple[int, int]] = []

        def note(answer: Message) -> Message:
            if isinstance(answer.snapshot, SnapshotPart):
                asked.append((answer.snapshot.offset, answer.snapshot.total))
            return first_bytes(answer, 150)

        district.change_answer = note
        result = run(new, carrier)
        assert result.finished
        assert asked == [(offset, whole) for offset in range(100, whole, 150)]
        assert new.state().fingerprint == long_feed.state().fingerprint

    def test_lets_a_damaged_snapshot_go_and_takes_the_feed(
        self,
        long_feed: NodeStore,
        make_node: Callable[[str], NodeStore],
        carrier: HubCarrier,
        district: FakeDistrict,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def damage(answer: Message) -> Message:
            if not isinstance(answer.snapshot, SnapshotPart):
                return answer
            return replace(answer, snapshot=replace(answer.snapshot, content=b"\x00nonsense"))

        district.change_answer = damage
        new = make_node("new")
        with caplog.at_level(logging.WARNING):
            result = run(new, carrier)
        assert result.finished
        assert result.entries_applied == 8
        assert new.state().fingerprint == long_feed.state().fingerprint
        assert "snapshot-let-go" in caplog.text

    def test_takes_the_feed_if_the_snapshot_covers_own_entries(
        self, long_feed: NodeStore, make_node: Callable[[str], NodeStore], carrier: HubCarrier, district: FakeDistrict
    ) -> None:
        new = make_node("new")
        event(Desk(new, "Pak Budi", lambda: NOW_MS), 20)
        district.snapshots_from = None
        with new.transaction() as working:
            working.sync.is_snapshot_declined = True
        carrier.exchange(sealed_message(new))  # its answer is lost
        with new.transaction() as working:
            working.sync.is_snapshot_declined = False
        district.snapshots_from = 5
        assert run(new, carrier).finished
        assert entry_counts(new).accepted == 1
        with new.reading() as working:
            assert working.tables.feed.get(3) is not None
