"""Conversations between the hub and laptops with real keys: whatever comes, work is stored and nothing moves back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from district_hub.hub import Hub
from district_hub.receiver import Receiver
from district_hub.standings import DAY_MS
from district_hub.store import MUTE, HubStore
from register.database import open_engine, writing
from schemas.errors import (
    DiskFullError,
    HubBusyError,
    LimitExceededError,
    MalformedMessageError,
    RemoteProtocolError,
    StorageError,
    TrustError,
    UnknownKeyError,
)
from schemas.fields import TAG_OWNER, Kind, tag_of
from sync_protocol.certificates import verify_certificate
from sync_protocol.codec import decode, digest16, encode, encode_body
from sync_protocol.entries import Create, EntryKind, JournalEntry, Update, encode_entry_body
from sync_protocol.feed import FULL, FeedEntry, HeadObject, Put, Result, feed_log_id, feed_start
from sync_protocol.messages import (
    Clock,
    JournalRun,
    LostRun,
    Position,
    SnapshotAsk,
    SnapshotPart,
    encode_message,
    parse_message,
)
from sync_protocol.sealing import MAGIC, Purpose, SealingKey, generate_sealing_key, seal
from sync_protocol.snapshot import open_snapshot
from sync_protocol.tables import ACTIVE, DECIDED, EXPIRED, ORPHAN, REVOKED
from tests.fakes import NOW, FakeNode, enrolled

SETAIL, WETAN = "35.10.09.2004", "35.10.09.2002"
NAME, PHONE = tag_of(Kind.RESIDENT, "name"), tag_of(Kind.RESIDENT, "phone")


@pytest.fixture
def receiver(hub: Hub) -> Receiver:
    return hub.receiver(clock=lambda: NOW)


@pytest.fixture
def node(hub: Hub) -> FakeNode:
    return enrolled(hub, SETAIL)


def record_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def person(number: int, name: str = "SITI", **values: object) -> Create:
    return Create(
        record_id(number), Kind.RESIDENT, {NAME: name, **{tag_of(Kind.RESIDENT, k): v for k, v in values.items()}}
    )


def name_of(hub: Hub, number: int) -> str | None:
    with hub.store.reading() as reader:
        record = reader.record(record_id(number))
    return None if record is None else record.body[NAME]


def summary_of(hub: Hub, change_id: bytes) -> int | None:
    with hub.store.reading() as reader:
        outcome = reader.outcome(change_id)
    return None if outcome is None else outcome.summary


def everything(hub: Hub) -> object:
    """Return what a village's registry and journals hold, without message numbers and times of hearing."""
    with hub.store.reading() as reader:
        village = reader.villages()[0]
        feed = [reader.feed(1, seq) for seq in range(1, village.state.seq + 1)]
        return village, feed, reader.journal_rows(), reader.replicas(), reader.open_cases()


class TestTakingIn:
    def test_a_create_and_an_update_become_the_registry_and_the_laptop_hears_so(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        change = node.say(person(1, phone="0811"))
        reply = node.sync(receiver)
        assert reply.standing == ACTIVE
        assert reply.tips == ((1, node.state.journal_head[:8]),)
        assert summary_of(hub, change) == Result.ACCEPTED
        node.say(Update(record_id(1), PHONE, "0811", "0822"))
        node.sync(receiver)
        assert node.shown()[record_id(1)].body[PHONE] == "0822"
        assert node.shown()[record_id(1)].waiting == frozenset()
        with hub.store.reading() as reader:
            assert reader.fingerprint_from_tables(1) == node.state.fingerprint
            assert reader.devices()[0].feed_seq == 1

    def test_a_value_that_another_has_changed_waits_as_a_case_on_both_sides(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        node.sync(receiver)
        change = node.say(Update(record_id(1), NAME, "SITY", "SITI AMINAH"))
        node.sync(receiver)
        assert summary_of(hub, change) == Result.IN_REVIEW
        with hub.store.reading() as reader:
            (case,) = reader.open_cases()
        assert node.shown()[record_id(1)].in_review == {NAME}
        assert case.case_id in node.database["layer"]

    def test_the_same_bytes_twice_change_nothing_more(self, hub: Hub, receiver: Receiver, node: FakeNode) -> None:
        node.say(person(1))
        raw = node.sealed()
        first = receiver.handle(raw, NOW)
        once = everything(hub)
        second = receiver.handle(raw, NOW + 5)
        assert everything(hub) == once
        one, two = (parse_message(node.open(each).payload) for each in (first, second))
        assert replace(one, number=0, clock=None) == replace(two, number=0, clock=None)
        assert two.number == one.number + 1

    def test_messages_out_of_order_end_where_those_in_order_do(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        node.say(person(2))
        first = node.sealed(node.next_message(1))
        whole = node.next_message()
        run = whole.journal
        assert run is not None
        base = node.database["journal"][node.state.replica_id, 1].head
        later = node.sealed(replace(whole, journal=JournalRun(1, base, run.entries[1:])))
        receiver.handle(later, NOW)
        with hub.store.reading() as reader:
            assert [row.state for row in reader.journal_rows()] == [ORPHAN]
        assert name_of(hub, 2) is None
        node.take(receiver.handle(first, NOW))
        with hub.store.reading() as reader:
            assert [row.state for row in reader.journal_rows()] == [DECIDED, DECIDED]
        assert name_of(hub, 2) == "SITI"
        node.sync(receiver)
        assert node.state.acked_seq == 2

    def test_both_branches_of_a_forked_journal_are_decided(self, hub: Hub, receiver: Receiver, node: FakeNode) -> None:
        node.say(person(1))
        node.sync(receiver)
        clone = FakeNode(node.invitation, 1)
        clone.__dict__ |= node.copy().__dict__
        node.say(person(2))
        clone.say(person(3))
        node.sync(receiver)
        clone.sync(receiver)
        assert (name_of(hub, 2), name_of(hub, 3)) == ("SITI", "SITI")
        with hub.store.reading() as reader:
            assert len(reader.replicas()[0].tips) == 2
        assert clone.state.replica_id != node.state.replica_id

    def test_an_older_message_delivers_its_entries_and_moves_nothing_back(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        old = node.sealed()
        node.sync(receiver)
        node.say(person(2))
        node.sync(receiver)
        with hub.store.reading() as reader:
            before = reader.devices()[0]
        receiver.handle(old, NOW + 1)
        with hub.store.reading() as reader:
            after = reader.devices()[0]
        assert (after.received_number, after.feed_seq) == (before.received_number, before.feed_seq) == (3, 1)

    def test_an_old_message_does_not_end_a_suspension(self, hub: Hub, receiver: Receiver, node: FakeNode) -> None:
        node.say(person(1))
        node.say(person(2))
        old = node.sealed(node.next_message(1))
        with hub.store.village_transaction(1, NOW) as registry:
            state = registry.tables.villages.need(1)
            registry.tables.villages[1] = replace(state, suspended=frozenset({node.device_id}))
        lost = replace(node.next_message(), feed_at=Position(9, bytes(32)), ack=None)
        receiver.handle(node.sealed(lost), NOW)
        receiver.handle(old, NOW)
        with hub.store.reading() as reader:
            assert reader.villages()[0].state.suspended == {node.device_id}
            assert reader.villages()[0].waiting == 2

    def test_a_lost_move_that_comes_back_locks_every_village(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        node.sync(receiver)
        other = enrolled(hub, WETAN, seed=2)
        with hub.store.reading() as reader:
            known = reader.record(record_id(1))
        assert known is not None
        raw = encode_body({**known.body, TAG_OWNER: other.state.village_id})
        put = Put(Kind.RESIDENT, FULL, known.record_id, 2, 1, known.digest, digest16(raw), b"dispatcher", raw)
        entry, start = FeedEntry((put,)), feed_start(hub.store.district_code, other.state.village_id)
        log_id = feed_log_id(hub.store.district_code, other.state.village_id)
        head = entry.head(start)
        signed = hub.keys.head_keys().sign(HeadObject(log_id, 1, head, 0, NOW))
        message = other.next_message(lost=(LostRun(Position(0, start), (entry,), (signed,)),))
        reply = other.take(receiver.handle(other.sealed(message), NOW))
        assert [run.base for run in reply.lost] == [Position(1, head)]
        with hub.store.reading() as reader:
            moved = reader.record(record_id(1))
            assert moved is not None
            assert moved.owner == other.state.village_id
            assert reader.fingerprint_from_tables(1) == reader.villages()[0].state.fingerprint


class TestWhoSpeaks:
    def test_a_revoked_laptops_work_is_kept_as_cases_and_it_hears_only_the_lock_notice(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        hub.standings.revoke(node.device_id, "dicuri", NOW)
        reply = node.sync(receiver)
        assert (reply.standing, reply.feed, reply.feed_at, reply.safe) == (REVOKED, None, None, None)
        assert name_of(hub, 1) is None
        with hub.store.reading() as reader:
            assert [row.quarantined for row in reader.journal_rows()] == [True]
            assert len(reader.open_cases()) == 1

    def test_an_expired_laptops_work_is_taken_and_its_certificate_renewed(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        late = NOW + 500 * DAY_MS
        old = node.certificate
        reply = node.sync(receiver, late)
        assert (reply.standing, reply.feed) == (EXPIRED, None)
        assert name_of(hub, 1) == "SITI"
        new = verify_certificate(node.certificate, hub.keys.verify_keys)
        assert new.expires_ms == late + 400 * DAY_MS
        assert new.serial == verify_certificate(old, hub.keys.verify_keys).serial + 1
        assert node.sync(receiver, late + 1).standing == ACTIVE
        assert node.state.feed_seq == 1

    def test_a_device_that_is_not_enrolled_is_told_so(self, hub: Hub, receiver: Receiver, node: FakeNode) -> None:
        stranger = FakeNode(node.invitation, 7)
        stranger.state = node.state
        with pytest.raises(UnknownKeyError) as caught:
            receiver.handle(stranger.sealed(), NOW)
        assert caught.value.code == "device-unknown"

    def test_a_message_for_another_hub_gets_the_key_list_in_clear(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        foreign = MAGIC + bytes(8) + bytes(2000)
        assert receiver.handle(foreign, NOW) == hub.keys.signed_key_list

    def test_a_message_of_another_village_changes_nothing(self, hub: Hub, receiver: Receiver, node: FakeNode) -> None:
        enrolled(hub, WETAN, 2)
        node.say(person(1))
        before = everything(hub)
        for changes in ({"village_id": 2}, {"district_code": "35.09"}):
            with pytest.raises(MalformedMessageError) as caught:
                receiver.handle(node.sealed(replace(node.next_message(), **changes)), NOW)
            assert caught.value.code == "message-misaddressed"
        assert everything(hub) == before

    def test_a_restored_hub_is_mute(self, hub: Hub, receiver: Receiver, node: FakeNode) -> None:
        hub.store.set_meta(MUTE, "restored")
        with pytest.raises(HubBusyError):
            receiver.handle(node.sealed(), NOW)


class TestHostileBytes:
    def test_damaged_bytes_give_a_protocol_or_trust_error_and_change_nothing(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        raw = node.sealed()
        before = everything(hub)
        damaged = [raw[:cut] for cut in (0, 3, 11, 12, 500, len(raw) - 1)]
        damaged += [raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in (0, 20, 1200, len(raw) - 1)]
        for bad in damaged:
            with pytest.raises((RemoteProtocolError, TrustError)):
                receiver.handle(bad, NOW)
        with pytest.raises(LimitExceededError):
            receiver.handle(raw + bytes(5 << 20), NOW)
        assert everything(hub) == before

    def test_a_number_other_than_the_signed_one_is_refused(self, receiver: Receiver, node: FakeNode) -> None:
        payload = encode_message(node.next_message())
        with pytest.raises(MalformedMessageError) as caught:
            receiver.handle(node.seal_payload(payload, 99), NOW)
        assert caught.value.code == "number-differs"

    def test_a_message_of_another_purpose_is_refused(self, receiver: Receiver, node: FakeNode) -> None:
        raw = seal(
            b"x",
            purpose=Purpose.ENROLMENT_ANSWER,
            number=1,
            signing_key=node.signing_key,
            receiver_public=node.key_list.hub_sealing_key,
        )
        with pytest.raises(MalformedMessageError) as caught:
            receiver.handle(raw, NOW)
        assert caught.value.code == "purpose-other"

    def test_an_answer_of_the_hub_is_no_message_to_it(self, receiver: Receiver, node: FakeNode) -> None:
        answer = receiver.handle(node.sealed(), NOW)
        assert receiver.handle(answer, NOW) == receiver.keys.signed_key_list


class TestNewerVillages:
    def test_a_newer_protocol_is_taken_in_as_far_as_it_is_understood(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        tree = decode(encode_message(node.next_message()))
        tree |= {1: 7, 99: ["new"]}
        payload = encode(dict(sorted(tree.items())))
        receiver.handle(node.seal_payload(payload, 1), NOW)
        assert name_of(hub, 1) == "SITI"

    def test_unknown_tags_codes_and_kinds_of_record_are_stored_as_they_came(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        strange = Create(record_id(2), 77, {40: "x"})
        node.say(Create(record_id(1), Kind.RESIDENT, {NAME: "SITI", 18: 999, 250: [1, 2]}), strange)
        node.sync(receiver)
        with hub.store.reading() as reader:
            found = reader.records([record_id(1), record_id(2)])
        assert found[record_id(1)].body == {1: 1, NAME: "SITI", 18: 999, 250: [1, 2]}
        assert (found[record_id(2)].kind, found[record_id(2)].body) == (77, {1: 1, 40: "x"})
        assert node.shown()[record_id(1)].body[250] == [1, 2]

    def test_an_unknown_kind_of_entry_is_a_case_and_the_journal_goes_on(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        change = node.say(person(1), kind=42)
        node.say(person(2))
        node.sync(receiver)
        assert summary_of(hub, change) == Result.IN_REVIEW
        assert (name_of(hub, 1), name_of(hub, 2)) == (None, "SITI")

    def test_an_entry_that_cannot_be_read_is_a_case_and_the_journal_goes_on(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        message = node.next_message()
        run = message.journal
        assert run is not None
        broken = replace(run.entries[0], body=encode(["officer", [[9, "?"]]]))
        good = JournalEntry(
            EntryKind.CORRECTION, True, NOW, None, 0, bytes(8), None, None, encode_entry_body("officer", (person(2),))
        )
        receiver.handle(node.sealed(replace(message, journal=replace(run, entries=(broken, good)))), NOW)
        assert (name_of(hub, 1), name_of(hub, 2)) == (None, "SITI")
        with hub.store.reading() as reader:
            assert len(reader.open_cases()) == 1


class TestWhatAnAnswerCarries:
    def test_the_clock_is_echoed_with_the_time_between(self, hub: Hub, node: FakeNode) -> None:
        ticks = iter([NOW, NOW + 250])
        receiver = hub.receiver(clock=lambda: next(ticks))
        reply = node.take(receiver.handle(node.sealed(node.next_message(clock=Clock(123)))))
        assert reply.clock == Clock(NOW + 250, 123, 250)

    def test_the_safe_point_is_that_of_the_verified_backup(self, hub: Hub, receiver: Receiver, node: FakeNode) -> None:
        node.say(person(1))
        node.sync(receiver)
        assert node.state.safe_seq == 0
        hub.store.set_safe_points({(1, b""): 1, (1, node.state.replica_id): 1}, NOW)
        node.sync(receiver)
        assert (node.state.safe_seq, node.state.safe_feed_seq) == (1, 1)

    def test_a_countersigned_head_is_filed_and_a_false_one_is_not(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        node.sync(receiver)
        false = replace(node.next_message(), ack=(bytes(32), bytes(64)))
        receiver.handle(node.sealed(false), NOW)
        with hub.store.reading() as reader:
            assert reader.filed_heads(1) == []
        node.sync(receiver)
        with hub.store.reading() as reader:
            (filed,) = reader.filed_heads(1)
        assert (filed.seq, filed.device_id, filed.signed_head) == (1, node.device_id, node.state.signed_head)

    def test_a_new_key_list_goes_along_until_the_laptop_seals_to_its_key(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        assert node.sync(receiver).key_list is None
        old, new = receiver.keys, SealingKey.from_bytes(generate_sealing_key())
        key_list = replace(old.key_list, number=2, hub_sealing_key=new.public_bytes)
        receiver.keys = replace(
            old, key_list=key_list, sealing_key=new, signed_key_list=b"list 2", retired_sealing_keys=(old.sealing_key,)
        )
        assert [node.sync(receiver).key_list for _ in range(2)] == [b"list 2", b"list 2"]
        node.key_list = key_list
        assert node.sync(receiver).key_list is None

    def test_a_replica_that_starts_from_nothing_gets_a_snapshot_and_goes_on_with_the_feed(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        for number in range(1, 71):
            node.say(person(number))
        node.sync(receiver)
        second = enrolled(hub, SETAIL, 2)
        ask = second.next_message(snapshot=SnapshotAsk(None, 0))
        reply = parse_message(second.open(receiver.handle(second.sealed(ask), NOW)).payload)
        part = reply.snapshot
        assert isinstance(part, SnapshotPart)
        assert (reply.feed, part.offset, part.total) == (None, 0, len(part.content))
        snapshot, head = open_snapshot(
            part.content,
            verify_keys=second.hub_keys,
            village_key=second.state.village_key,
            log_id=b"kampung/feed/0/35.10/" + (1).to_bytes(4, "big"),
        )
        assert (len(snapshot.rows), head.seq) == (70, 70)
        assert snapshot.decided == ((node.state.replica_id, 70),)
        again = second.next_message(snapshot=SnapshotAsk(part.digest, 0))
        repeated = parse_message(second.open(receiver.handle(second.sealed(again), NOW)).payload)
        assert repeated.snapshot == part

    def test_a_short_feed_is_answered_as_a_feed_though_a_snapshot_was_asked_for(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        node.sync(receiver)
        second = enrolled(hub, SETAIL, 2)
        reply = second.take(receiver.handle(second.sealed(second.next_message(snapshot=SnapshotAsk(None, 0))), NOW))
        assert reply.snapshot is None
        assert second.state.feed_seq == 1


class TestAfterTheCommit:
    def test_the_dispatcher_is_called_and_its_failure_costs_the_village_nothing(self, hub: Hub, node: FakeNode) -> None:
        called: list[int] = []

        def dispatch(store: HubStore, village_id: int, now_ms: int) -> None:
            called.append(village_id)
            raise StorageError("busy")

        node.say(person(1))
        node.sync(hub.receiver(dispatch))
        assert called == [1]
        assert node.state.acked_seq == 1

    @pytest.mark.sqlite
    def test_a_locked_database_gives_no_answer_and_the_next_try_gives_the_same(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        node.say(person(1))
        raw = node.sealed()
        before = everything(hub)
        impatient = open_engine(hub.config.database_url_in(hub.directory))
        event.listen(impatient, "connect", _without_patience)
        patient, hub.store.engine = hub.store.engine, impatient
        with writing(patient), pytest.raises(StorageError) as caught:
            receiver.handle(raw, NOW)
        impatient.dispose()
        hub.store.engine = patient
        assert caught.value.code == "database-busy"
        assert everything(hub) == before
        node.take(receiver.handle(raw, NOW))
        assert node.state.acked_seq == 1

    @pytest.mark.sqlite
    def test_a_full_disk_gives_no_answer_and_nothing_half_done_stays(
        self, hub: Hub, receiver: Receiver, node: FakeNode
    ) -> None:
        for number in range(1, 60):
            node.say(person(number, current_address="x" * 5_000))
        raw = node.sealed()
        before = everything(hub)
        full = open_engine(hub.config.database_url_in(hub.directory))
        event.listen(full, "connect", _without_room)
        roomy, hub.store.engine = hub.store.engine, full
        with pytest.raises(DiskFullError):
            receiver.handle(raw, NOW)
        full.dispose()
        hub.store.engine = roomy
        assert everything(hub) == before
        node.take(receiver.handle(raw, NOW))
        assert node.state.acked_seq == 59

    def test_laptops_of_several_villages_are_taken_in_at_the_same_time(self, hub: Hub, receiver: Receiver) -> None:
        nodes = [enrolled(hub, code, seed) for seed, code in enumerate((SETAIL, WETAN, SETAIL), start=3)]
        for number, node in enumerate(nodes):
            for each in range(20):
                node.say(person(1_000 * number + each))
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda raw: receiver.handle(raw, NOW), [node.sealed() for node in nodes]))
        for node, answer in zip(nodes, answers, strict=True):
            node.take(answer)
            node.sync(receiver)
            assert node.state.acked_seq == 20
        with hub.store.reading() as reader:
            for village in reader.villages():
                assert reader.fingerprint_from_tables(village.village_id) == village.state.fingerprint
        assert nodes[0].state.fingerprint == nodes[2].state.fingerprint


def _without_patience(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA busy_timeout=0")


def _without_room(connection: Any, _record: object) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 8}")
