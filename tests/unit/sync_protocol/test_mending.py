"""A layer without a usable log comes to the hub's by reconciliation, and nothing that only it held is lost (14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import LimitExceededError, MalformedMessageError, RemoteProtocolError, TrustError
from schemas.fields import TAG_OWNER, Kind
from sync_protocol import cases
from sync_protocol.codec import digest16, encode_body
from sync_protocol.feed import FULL, STUB, HeadObject, feed_log_id
from sync_protocol.mending import BEGINNINGS_MAX, SYMBOLS_END, Mending, install, layer_digest, take_given, tell
from sync_protocol.messages import Position, encode_message, parse_message
from sync_protocol.parts import SnapshotAsk
from sync_protocol.reconcile_forms import ReconcileAsk, ReconcileTell
from sync_protocol.snapshot import SnapshotRow
from sync_protocol.tables import Held
from tests.memory import DISTRICT, MemoryHub, MemoryNode, sign_head, verify_head
from tests.small import CERTIFIED, JOB, NAME, PERSON, PHONE, Small, ident

VILLAGE = 1


def rows_of(hub: MemoryHub, village: int = VILLAGE) -> list[SnapshotRow]:
    return [row_of(record_id, held) for (owner, record_id), held in hub.database["held"].items() if owner == village]


def row_of(record_id: bytes, held: Held) -> SnapshotRow:
    return SnapshotRow(record_id, held.kind, held.level, held.version, held.record_digest, held.body)


def tip(hub: MemoryHub, village: int = VILLAGE) -> tuple[Position, bytes]:
    state = hub.database["villages"][village]
    head = HeadObject(feed_log_id(DISTRICT, village), state.seq, state.head, state.fingerprint, state.hub_time_ms)
    return Position(state.seq, state.head), sign_head(head)


@dataclass
class Session:
    """One mending of a node against the hub; ``before_answer`` lets things happen in between."""

    world: Small
    node: MemoryNode
    gives: bool = True
    budget: int = 1 << 16
    keys: int = 0
    before_answer: Callable[[int], None] = lambda _: None

    def __post_init__(self) -> None:
        layer = {
            record_id: (held.version, digest16(held.body) if held.level == FULL else held.shown_digest)
            for record_id, held in self.node.database["layer"].items()
        }
        self.mending = Mending(layer, self._row, verify_head, self.gives, bytes_max=1)
        self.rounds = 0

    def _row(self, record_id: bytes) -> SnapshotRow | None:
        held = self.node.database["layer"][record_id]
        is_whole = held.level != FULL or digest16(held.body) == held.record_digest
        return row_of(record_id, held) if is_whole else None

    def answer(self, ask: ReconcileAsk) -> ReconcileTell:
        """Let the hub answer, as its shell does."""
        self.rounds += 1
        self.keys += 1
        self.before_answer(self.rounds)
        at, signed = tip(self.world.hub)
        if ask.given:
            with self.world.hub.transaction() as registry:
                take_given(registry, VILLAGE, self.node.device_id, ask.given)
        key = ident(f"key{self.keys}")
        return tell(ask, rows_of(self.world.hub), at, signed, key, self.budget)

    def run(self) -> None:
        """Ask and hear until it is done, over the wire's own bytes."""
        while not self.mending.is_done:
            sent = parse_message(encode_message(replace(self.node.message(), reconcile=self.mending.ask()))).reconcile
            assert isinstance(sent, ReconcileAsk)
            told = self.answer(sent)
            self.mending.hear(told)

    def finish(self) -> int:
        """Run, and stand at the hub's position as the node's shell does."""
        self.run()
        tables = self.node.tables()
        issued = install(tables, self.mending.mended(tables.state.village_key), next(self.node.replica_ids))
        self.node.database["feed"].clear()
        self.node._commit(tables)
        return issued


def assert_equal(world: Small, node: MemoryNode) -> None:
    state = world.hub.database["villages"][VILLAGE]
    assert (node.state.feed_seq, node.state.feed_head) == (state.seq, state.head)
    assert node.state.fingerprint == state.fingerprint
    assert {row.record_id: row for row in rows_of(world.hub)} == {
        record_id: row_of(record_id, held) for record_id, held in node.database["layer"].items()
    }


def people(world: Small, count: int) -> None:
    for number in range(count):
        world.create(world.a1, ident(f"person{number}"), {NAME: f"n{number}"})
    world.sync(world.a1, world.a2)


def damage(node: MemoryNode) -> None:
    """Change one row, take one away, and put one where none is."""
    layer = node.database["layer"]
    held = layer[PERSON]
    layer[PERSON] = replace(held, body=held.body[:-1] + b"x")
    del layer[ident("person1")]
    body = encode_body({TAG_OWNER: VILLAGE, NAME: "nobody"})
    layer[ident("ghost")] = Held(Kind.RESIDENT, FULL, 1, digest16(body), digest16(body), body)


class TestDrift:
    def test_rows_that_a_bad_disk_changed_come_back_from_the_hub(self) -> None:
        world = Small()
        people(world, 20)
        damage(world.a2)
        world.edit(PHONE, "a", "b")
        session = Session(world, world.a2, gives=False)
        assert session.finish() == 0
        assert_equal(world, world.a2)
        assert world.open_cases() == []
        assert session.rounds == 2
        world.edit(PHONE, "b", "c")
        world.sync(world.a2)
        assert world.shown(world.a2, PHONE) == "c"

    def test_a_link_that_carries_little_needs_more_rounds(self) -> None:
        world = Small()
        people(world, 20)
        damage(world.a2)
        session = Session(world, world.a2, gives=False, budget=1)
        session.finish()
        assert_equal(world, world.a2)
        assert session.rounds > 4

    def test_a_feed_that_moves_meanwhile_begins_a_new_session(self) -> None:
        world = Small()
        people(world, 5)
        damage(world.a2)

        def move(round_: int) -> None:
            if round_ == 2:
                world.edit(PHONE, "a", "b")

        session = Session(world, world.a2, gives=False, before_answer=move)
        session.finish()
        assert session.mending.beginnings == 2
        assert_equal(world, world.a2)

    def test_a_feed_that_never_stands_still_ends_the_session(self) -> None:
        world = Small()
        people(world, 5)
        damage(world.a2)

        def move(round_: int) -> None:
            world.edit(PHONE, world.value(PHONE), f"{round_}")

        session = Session(world, world.a2, before_answer=move)
        with pytest.raises(RemoteProtocolError) as told:
            session.run()
        assert told.value.code == "hub-moves"
        assert session.mending.beginnings == BEGINNINGS_MAX + 1

    def test_a_result_that_does_not_give_the_signed_f_is_not_taken(self) -> None:
        world = Small()
        people(world, 3)
        damage(world.a2)
        session = Session(world, world.a2, gives=False)
        session.run()
        with pytest.raises(RemoteProtocolError) as told:
            session.mending.mended(bytes(32))
        assert told.value.code == "fingerprint-differs"


class TestALostLog:
    @pytest.fixture
    def world(self) -> Small:
        """A hub of yesterday, and a laptop that knows today but has no feed to prove it."""
        world = Small()
        people(world, 3)
        world.certify()
        world.sync(world.a1, world.a2)
        backup = world.hub.snapshot()
        world.put(world.a1, PHONE, "a", "b")
        world.create(world.a1, ident("newborn"), {NAME: "baby", PHONE: "1"})
        world.edit(NAME, "a", "registrar")
        world.sync(world.a1, world.a2)
        world.hub.database = backup
        world.a2.database["feed"].clear()
        return world

    def test_the_hub_asks_for_evidence_and_none_is_there(self, world: Small) -> None:
        world.sync(world.a2)
        assert world.a2.evidence == {}
        assert world.hub.database["villages"][VILLAGE].suspended == {world.a2.device_id}

    def test_what_only_the_laptop_held_lands_or_waits_for_a_person(self, world: Small) -> None:
        world.sync(world.a2)
        Session(world, world.a2).finish()
        assert world.hub.database["villages"][VILLAGE].suspended == frozenset()
        assert world.value(NAME, ident("newborn")) == "baby"
        (case,) = world.open_cases()
        (proposal,) = world.proposals(case)
        assert proposal.origin == cases.FROM_LOSS
        assert {(one.tag, one.old, one.new) for one in proposal.changes} == {  # type: ignore[union-attr]
            (NAME, "a", "registrar"),
            (PHONE, "a", "b"),
        }
        world.sync(world.a2)
        assert_equal(world, world.a2)
        world.decide(case, proposal.change_id)
        assert (world.value(NAME), world.value(PHONE)) == ("registrar", "b")
        world.sync(world.a1, world.a2)
        assert_equal(world, world.a1)
        assert_equal(world, world.a2)

    def test_own_work_that_the_hub_lost_is_decided_first_and_then_equals_what_is_given(self, world: Small) -> None:
        world.a1.database["feed"].clear()
        world.sync(world.a1)
        Session(world, world.a1).finish()
        world.sync(world.a1)
        assert (world.value(PHONE), world.value(NAME, ident("newborn"))) == ("b", "baby")
        (case,) = world.open_cases()
        (proposal,) = world.proposals(case)
        assert [one.tag for one in proposal.changes] == [NAME]
        assert_equal(world, world.a1)

    def test_given_twice_is_given_once(self, world: Small) -> None:
        Session(world, world.a2).run()
        session = Session(world, world.a2)
        session.run()
        assert len(world.open_cases()) == 1
        session.finish()
        world.sync(world.a2)
        assert_equal(world, world.a2)

    def test_an_older_version_of_the_hubs_own_is_nothing_new(self, world: Small) -> None:
        world.edit(PHONE, "a", "z")
        given = [row for row in rows_of(world.hub) if row.record_id == PERSON]
        with world.hub.transaction() as registry:
            take_given(registry, VILLAGE, b"device", given)
        assert world.open_cases() == []

    def test_a_snapshot_serves_where_too_much_differs(self, world: Small) -> None:
        session = Session(world, world.a2)
        at, signed = tip(world.hub)
        session.mending.take_all(rows_of(world.hub), signed)
        assert at.seq == verify_head(signed).seq
        session.finish()
        world.sync(world.a2)
        assert len(world.open_cases()) == 1
        assert world.value(NAME, ident("newborn")) == "baby"
        assert_equal(world, world.a2)

    def test_after_some_symbols_a_snapshot_goes_on_in_the_session(self, world: Small) -> None:
        session = Session(world, world.a2, gives=False)
        session.mending.hear(session.answer(replace(session.mending.ask(), count=1)))
        session.mending.take_all(rows_of(world.hub), tip(world.hub)[1])
        assert session.finish() == 0
        assert_equal(world, world.a2)


class TestWhatIsGiven:
    def given(self, world: Small, body: dict[int, object], record_id: bytes = PERSON, level: int = FULL) -> None:
        raw = encode_body(dict(sorted(body.items())))
        row = SnapshotRow(record_id, Kind.RESIDENT, level, 9, digest16(raw), raw)
        with world.hub.transaction() as registry:
            take_given(registry, VILLAGE, world.a1.device_id, [row])

    def test_never_certifies_by_itself(self) -> None:
        world = Small()
        self.given(world, {TAG_OWNER: VILLAGE, NAME: "a", CERTIFIED: 20_000}, ident("other"))
        assert world.value(CERTIFIED, ident("other")) is None
        self.given(world, {TAG_OWNER: VILLAGE, NAME: "a", PHONE: "a", CERTIFIED: 20_000})
        assert world.value(CERTIFIED) is None

    def test_of_another_village_shows_nothing_of_it(self) -> None:
        world = Small()
        world.create(world.b1, ident("b"), {NAME: "secret", PHONE: "9"})
        world.sync(world.b1)
        self.given(world, {TAG_OWNER: VILLAGE, NAME: "guess"}, ident("b"))
        (case,) = world.open_cases()
        (proposal,) = world.proposals(case)
        assert {one.old for one in proposal.changes} == {None}  # type: ignore[union-attr]
        assert world.value(NAME, ident("b")) == "secret"

    def test_of_an_unknown_person_of_another_village_waits(self) -> None:
        world = Small()
        self.given(world, {TAG_OWNER: 2, NAME: "guess"}, ident("nobody"))
        assert len(world.open_cases()) == 1
        assert ident("nobody") not in world.hub.database["records"]

    def test_a_version_too_large_for_one_case_becomes_several(self) -> None:
        world = Small()
        now = {TAG_OWNER: VILLAGE, NAME: "a" * 40_000, PHONE: "b" * 30_000, JOB: "c" * 30_000}
        lost = {TAG_OWNER: VILLAGE, NAME: "d" * 40_000, PHONE: "e" * 30_000, JOB: "f" * 10_000}
        self.given(world, now, ident("large"))
        for _ in range(2):
            self.given(world, lost, ident("large"))
        found = [world.proposals(case)[0].changes for case in world.open_cases()]
        assert sorted(len(changes) for changes in found) == [1, 1, 1]
        assert {change.tag: change.old is None for (change,) in found} == {  # type: ignore[union-attr]
            NAME: True,
            PHONE: False,
            JOB: False,
        }

    def test_stubs_and_what_is_derived_are_left_alone(self) -> None:
        world = Small()
        self.given(world, {TAG_OWNER: 2, NAME: "gone"}, level=STUB)
        assert world.open_cases() == []


class TestAnswersToSomethingElse:
    @pytest.fixture
    def session(self) -> Session:
        world = Small()
        people(world, 20)
        damage(world.a2)
        return Session(world, world.a2)

    def test_a_beginning_in_the_middle(self, session: Session) -> None:
        told = session.answer(session.mending.ask())
        with pytest.raises(MalformedMessageError):
            session.mending.hear(replace(told, start=3))

    def test_a_head_that_the_hub_did_not_sign(self, session: Session) -> None:
        told = session.answer(session.mending.ask())
        with pytest.raises(TrustError):
            session.mending.hear(replace(told, signed_head=b"x" + told.signed_head[1:]))

    def test_symbols_out_of_order_and_no_symbols(self, session: Session) -> None:
        told = session.answer(replace(session.mending.ask(), count=2))
        session.mending.hear(told)
        for wrong in (told, replace(told, start=2, symbols=())):
            with pytest.raises(MalformedMessageError):
                session.mending.hear(wrong)

    def test_records_that_were_not_asked_for_and_none(self, session: Session) -> None:
        session.mending.hear(session.answer(session.mending.ask()))
        told = session.answer(session.mending.ask())
        assert told.rows
        for wrong in ((), (replace(told.rows[0], version=77),)):
            with pytest.raises(MalformedMessageError):
                session.mending.hear(replace(told, rows=wrong))

    def test_symbols_that_never_decode_end_by_a_bound(self, session: Session) -> None:
        told = session.answer(replace(session.mending.ask(), count=1))
        session.mending.hear(told)
        noise = tuple(replace(told.symbols[0], digest_sum=n, count=7) for n in range(200))
        with pytest.raises(LimitExceededError):
            session.mending.hear(replace(told, start=1, symbols=noise))

    def test_more_symbols_than_any_layer_needs(self, session: Session) -> None:
        at, signed = tip(session.world.hub)
        ask = ReconcileAsk(ident("key"), at, SYMBOLS_END + 1, 1)
        with pytest.raises(LimitExceededError):
            tell(ask, [], at, signed, ident("other"), 100)

    def test_wanted_records_that_are_not_there_are_left_out(self, session: Session) -> None:
        at, signed = tip(session.world.hub)
        told = tell(ReconcileAsk(ident("key"), at, 0, 0, (bytes(8),)), [], at, signed, ident("other"), 100)
        assert (told.key, told.rows, told.symbols) == (ident("key"), (), ())


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_any_damage_to_a_layer_is_mended(changed: set[int], gone: set[int], ghosts: set[int]) -> None:
    """For any rows changed, lost or invented the layer comes to the hub's, byte for byte, and nothing else moves."""
    world = Small()
    people(world, 31)
    layer = world.a2.database["layer"]
    for number in changed:
        held = layer[ident(f"person{number}")]
        layer[ident(f"person{number}")] = replace(held, version=held.version + 1)
    for number in gone:
        del layer[ident(f"person{number}")]
    for number in ghosts:
        layer[ident(f"ghost{number}")] = Held(Kind.RESIDENT, STUB, 1, ident("x"), digest16(b"\x80"), b"\x80")
    session = Session(world, world.a2, gives=False)
    try:
        session.run()
    except LimitExceededError:
        session.mending.take_all(rows_of(world.hub), tip(world.hub)[1])
    session.finish()
    assert_equal(world, world.a2)


def test_work_in_review_is_issued_again_after_a_jump() -> None:
    world = Small()
    world.certify()
    change = world.put(world.a2, NAME, "a", "b")
    world.sync(world.a2)
    replica = world.a2.state.replica_id
    assert Session(world, world.a2, gives=False).finish() == 1
    assert world.a2.state.replica_id != replica
    world.sync(world.a2)
    (case,) = world.open_cases()
    world.decide(case, change)
    world.sync(world.a2)
    assert world.shown(world.a2, NAME) == "b"
    assert_equal(world, world.a2)


def test_unsent_work_keeps_its_place_after_a_jump() -> None:
    world = Small()
    world.put(world.a2, PHONE, "a", "b")
    replica = world.a2.state.replica_id
    assert Session(world, world.a2, gives=False).finish() == 0
    assert world.a2.state.replica_id == replica
    world.sync(world.a2)
    assert world.value(PHONE) == "b"


def test_a_digest_stands_for_key_record_version_and_shown_bytes() -> None:
    named = [(b"k" * 16, PERSON, 1, b"d" * 16), (b"l" * 16, PERSON, 1, b"d" * 16), (b"k" * 16, PERSON, 2, b"d" * 16)]
    assert len({layer_digest(*one) for one in named}) == 3


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        [bytes(16), None, 0, 0, b"", []],
        [None, [1, bytes(32)], 0, 0, b"", []],
        [None, None, -1, 0, b"", []],
        [None, None, 0, -1, b"", []],
        [None, None, 0, 0, b"7 bytes", []],
        [bytes(15), [1, bytes(32)], 0, 0, b"", []],
        [None, None, 0, 0, b"", [[]]],
        [bytes(15), b"", [0, 0, b"", []], []],
        [bytes(16), b"", [0], []],
    ],
)
def test_other_forms_are_refused(tree: object) -> None:
    raw = encode_message(replace(Small().a1.message(), reconcile=None, unknown={25: tree} if tree is not None else {}))
    if tree is None:
        assert parse_message(raw).reconcile is None
        return
    with pytest.raises(MalformedMessageError):
        parse_message(raw)


def test_a_snapshot_may_be_asked_for_in_the_same_message() -> None:
    ask = ReconcileAsk(None, None, 0, 1)
    message = replace(Small().a1.message(), reconcile=ask, snapshot=SnapshotAsk(None, 0))
    parsed = parse_message(encode_message(message))
    assert (parsed.reconcile, parsed.snapshot) == (ask, SnapshotAsk(None, 0))
