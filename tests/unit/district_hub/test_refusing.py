"""A refused event never happened: real laptops, a real hub, and the books of the month on both sides of the refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from district_hub.case_pages import show_case
from district_hub.corrections import Corrected, correct
from district_hub.registrar import Registrar, looking
from district_hub.registration_queue import IssuedNumbers, refuse_event, register_event
from district_hub.review import decide
from district_hub.undoing import list_decisions, undo_decision
from register.books.month import Month
from register.books.recapitulation import Recapitulation, recapitulate
from schemas.bodies import body_of, values_of
from schemas.codes import EventState, LifeStatus, Relation, Sex
from schemas.errors import RefusedError
from schemas.fields import Kind
from sync_protocol.entries import Create, EntryKind
from tests.families import event_of, settle
from tests.live_office import VILLAGE_CODE, Wire, enrolled_laptop, founded_hub
from tests.node_ground import NOW_MS
from village_node.desk import Desk
from village_node.month_books import chronicle_of
from village_node.proof import prove
from village_node.registration import (
    BirthForm,
    ChangeOfHeadForm,
    DeathForm,
    JoinForm,
    MarriageForm,
    MoveInForm,
    MoveOutForm,
    Newcomer,
    Recorded,
    SplitForm,
    register_birth,
    register_change_of_head,
    register_death,
    register_join,
    register_marriage,
    register_move_in,
    register_move_out,
    register_split,
)

WHY = "surat tidak cukup"
Deed = Callable[["Ground"], Recorded]


class Ground:
    """A hub, and a laptop with two families that the hub has."""

    def __init__(self, folder: Path) -> None:
        self.wire = Wire(founded_hub(folder / "hub"))
        self.laptop = enrolled_laptop(self.wire, folder / "desa")
        self.desk = Desk(self.laptop, "Bu Rini", self.tick)
        self.diary: list[Any] = []
        self.home, self.other = settle(self), settle(self)  # type: ignore[arg-type]  # an office as far as it needs one
        self.sync()

    def tick(self) -> int:
        """Return the time, which goes on: of two events that are recorded the second is the later."""
        self.wire.now_ms += 1
        return self.wire.now_ms

    def new_id(self) -> bytes:
        return self.desk.new_id()

    def put(self, kind: Kind, record_id: bytes | None = None, **values: Any) -> bytes:
        record_id = record_id if record_id is not None else self.new_id()
        self.desk.save(EntryKind.IMPORT, [Create(record_id, kind, body_of(kind, values))])
        return record_id

    @property
    def today(self) -> dt.date:
        return self.desk.today()

    @property
    def registrar(self) -> Registrar:
        return Registrar("Bu Ratna", self.diary.append)

    def sync(self) -> None:
        assert self.wire.sync(self.laptop).finished

    def refuse(self, event_id: bytes) -> None:
        refuse_event(self.wire.hub.store, event_id, WHY, registrar=self.registrar, now_ms=self.wire.now_ms)
        self.sync()

    def review(self, *, accepts: bool) -> None:
        """Decide the one open case."""
        with self.wire.hub.store.reading() as reader:
            (case,) = reader.open_cases()
            page = show_case(looking(reader), case.case_id, {}).shown
        accepted = frozenset(page.proposals) if accepts else frozenset[bytes]()
        words: dict[str, Any] = {"reason": WHY, "registrar": self.registrar, "now_ms": self.wire.now_ms}
        decide(self.wire.hub.store, case.case_id, accepted, shown=page, **words)
        self.sync()

    def rename(self, person_id: bytes, old: str, new: str) -> None:
        """Let the district correct a name, of which the village has not heard."""
        fix = [Corrected("name", old, new)]
        correct(self.wire.hub.store, person_id, fix, reason=WHY, registrar=self.registrar, now_ms=self.wire.now_ms)

    def at_hub(self, record_id: bytes) -> dict[str, Any]:
        with self.wire.hub.store.reading() as reader:
            record = reader.record(record_id)
        assert record is not None
        return dict(values_of(record.kind, record.body))

    def seen(self) -> dict[bytes, dict[str, Any]]:
        """Return what both sides show of everything but events and cases, annulled records left out."""
        with self.wire.hub.store.reading() as reader:
            village = reader.village_by_code(VILLAGE_CODE)
            assert village is not None
            kinds = (Kind.RESIDENT, Kind.HOUSEHOLD)
            records = [one for kind in kinds for one in reader.records_of_kind(village.village_id, kind)]
            assert reader.fingerprint_from_tables(village.village_id) == village.state.fingerprint
            assert prove(self.laptop).fingerprint == village.state.fingerprint
        shown = self.desk.shown_many([one.record_id for one in records])
        assert {one.record_id: one.body for one in records} == {key: dict(one.body) for key, one in shown.items()}
        return {one.record_id: dict(values_of(one.kind, one.body)) for one in records if not one.is_void}

    def book(self) -> Recapitulation:
        return recapitulate(chronicle_of(self.desk), Month.of(self.today))

    def close(self) -> None:
        self.laptop.close()
        self.wire.hub.close()


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path)
    yield made
    made.close()


def arrive(ground: Ground, **who: Any) -> Recorded:
    newcomers = (
        Newcomer(name="JOKO", sex=Sex.MALE, relation=Relation.HEAD, birth_on=dt.date(1990, 1, 1), **who),
        Newcomer(name="SRI", sex=Sex.FEMALE, relation=Relation.WIFE, birth_on=dt.date(1992, 1, 1)),
    )
    return register_move_in(ground.desk, MoveInForm(arrived_on=ground.today, origin="Surabaya", newcomers=newcomers))


def leave(ground: Ground) -> Recorded:
    home = ground.home
    form = MoveOutForm(left_on=ground.today, destination="Surabaya", household_id=home.household, movers=(home.son,))
    return register_move_out(ground.desk, form)


def come_back(ground: Ground) -> Recorded:
    son = Newcomer(
        name="BUDI SANTOSO",
        sex=Sex.MALE,
        relation=Relation.OTHER,
        birth_on=dt.date(2007, 4, 3),
        person_id=ground.home.son,
    )
    form = MoveInForm(arrived_on=ground.today, origin="Surabaya", newcomers=(son,), household_id=ground.other.household)
    return register_move_in(ground.desk, form)


def give_birth(ground: Ground) -> Recorded:
    return register_birth(
        ground.desk, BirthForm(name="Putri Ayu", sex=Sex.FEMALE, birth_on=ground.today, mother_id=ground.home.mother)
    )


def die(ground: Ground) -> Recorded:
    return register_death(ground.desk, DeathForm(person_id=ground.home.father, died_on=ground.today))


def split(ground: Ground) -> Recorded:
    home = ground.home
    return register_split(
        ground.desk,
        SplitForm(household_id=home.household, members=(home.son,), head_id=home.son, split_on=ground.today),
    )


def join(ground: Ground) -> Recorded:
    form = JoinForm(household_id=ground.other.household, movers=(ground.home.son,), moved_on=ground.today)
    return register_join(ground.desk, form)


def marry(ground: Ground) -> Recorded:
    return register_marriage(
        ground.desk,
        MarriageForm(married_on=ground.today, husband_id=ground.home.son, partner_name="RINA", place="KUA"),
    )


def take_over(ground: Ground) -> Recorded:
    form = ChangeOfHeadForm(household_id=ground.home.household, head_id=ground.home.mother, changed_on=ground.today)
    return register_change_of_head(ground.desk, form)


DEEDS: tuple[Deed, ...] = (arrive, leave, give_birth, die, split, join, marry, take_over)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_a_refused_event_leaves_register_and_books_as_before_it(ground: Ground, deed: Deed) -> None:
    before, book = ground.seen(), ground.book()
    event_id = event_of(deed(ground))
    ground.sync()
    assert ground.seen() != before
    ground.refuse(event_id)
    assert ground.seen() == before
    assert ground.book() == book
    assert ground.book().differences == ()
    event = ground.at_hub(event_id)
    assert (event["state"], event["refusal_reason"]) == (EventState.REFUSED, WHY)
    assert ground.desk.values(event_id)["state"] == EventState.REFUSED


def test_nothing_of_a_refused_arrival_is_deleted_and_it_can_be_brought_back(ground: Ground) -> None:
    recorded = arrive(ground)
    ground.sync()
    arrived = ground.seen()
    ground.refuse(event_of(recorded))
    newcomers = set(arrived) - set(ground.seen())
    assert len(newcomers) == 3
    assert {ground.desk.values(one)["void"] for one in newcomers} == {WHY}
    with ground.wire.hub.store.reading() as reader:
        (decision,) = [one for one in list_decisions(reader) if one.action == "refuse"]
    undo_decision(
        ground.wire.hub.store, decision.decision_id, reason="keliru", registrar=ground.registrar, now_ms=NOW_MS
    )
    ground.sync()
    assert ground.seen() == arrived
    assert ground.book().differences == ()


def test_who_came_back_and_is_refused_has_left_as_before(ground: Ground) -> None:
    left = event_of(leave(ground))
    ground.sync()
    register_event(
        ground.wire.hub.store,
        left,
        numbers=IssuedNumbers("R-1"),
        registrar=ground.registrar,
        now_ms=ground.wire.now_ms,
    )
    ground.sync()
    before = ground.seen()
    assert before[ground.home.son]["life_status"] == LifeStatus.MOVED
    event_id = event_of(come_back(ground))
    ground.sync()
    ground.refuse(event_id)
    assert ground.seen() == before
    assert ground.book().differences == ()


def test_a_return_is_not_refused_before_what_happened_at_home_since(ground: Ground) -> None:
    leave(ground)
    home = event_of(come_back(ground))
    death = event_of(register_death(ground.desk, DeathForm(person_id=ground.home.son, died_on=ground.today)))
    ground.sync()
    with pytest.raises(RefusedError) as caught:
        ground.refuse(home)
    assert caught.value.code == "event-built-upon"
    ground.refuse(death)
    ground.refuse(home)
    assert ground.at_hub(ground.home.son)["life_status"] == LifeStatus.MOVED
    assert ground.book().differences == ()


class TestAnArrivalWhoseUpdatesWait:
    """The district has corrected the name meanwhile, so everything that the arrival changes waits for a person."""

    @pytest.fixture
    def event_id(self, ground: Ground) -> bytes:
        leave(ground)
        ground.sync()
        ground.rename(ground.home.son, "BUDI SANTOSO", "BUDI SENTOSA")
        name = Newcomer(
            name="BUDI S",
            sex=Sex.MALE,
            relation=Relation.OTHER,
            birth_on=dt.date(2007, 4, 3),
            person_id=ground.home.son,
        )
        form = MoveInForm(
            arrived_on=ground.today, origin="Surabaya", newcomers=(name,), household_id=ground.other.household
        )
        event_id = event_of(register_move_in(ground.desk, form))
        ground.sync()
        assert ground.at_hub(ground.home.son)["life_status"] == LifeStatus.MOVED
        assert ground.at_hub(event_id)["state"] == EventState.DECLARED
        return event_id

    @pytest.mark.parametrize("where", ["queue", "review"])
    def test_is_refused_with_them_wherever_the_registrar_says_no(
        self, ground: Ground, event_id: bytes, where: str
    ) -> None:
        if where == "queue":
            ground.refuse(event_id)
        else:
            ground.review(accepts=False)
        event = ground.at_hub(event_id)
        assert (event["state"], event["refusal_reason"]) == (EventState.REFUSED, WHY)
        with ground.wire.hub.store.reading() as reader:
            assert reader.open_cases() == []
            assert event_id not in [one.record_id for one in reader.waiting_events()]
        assert ground.seen()[ground.home.son]["name"] == "BUDI SENTOSA"
        assert ground.seen()[ground.home.son]["life_status"] == LifeStatus.MOVED
        assert ground.book().differences == ()
        assert [one["verb"] for one in ground.diary[-2:]] == ["review", "refuse"]

    def test_is_not_registered_before_they_are_decided(self, ground: Ground, event_id: bytes) -> None:
        def register() -> None:
            register_event(
                ground.wire.hub.store,
                event_id,
                numbers=IssuedNumbers("R-2"),
                registrar=ground.registrar,
                now_ms=ground.wire.now_ms,
            )

        with pytest.raises(RefusedError) as caught:
            register()
        assert caught.value.code == "event-in-review"
        ground.review(accepts=True)
        register()
        ground.sync()
        assert ground.seen()[ground.home.son]["life_status"] == LifeStatus.ALIVE
        assert ground.book().differences == ()

    def test_accepted_and_then_refused_goes_back_to_what_the_registry_had(
        self, ground: Ground, event_id: bytes
    ) -> None:
        before = ground.at_hub(ground.home.son)
        ground.review(accepts=True)
        assert ground.at_hub(ground.home.son)["name"] == "BUDI S"
        ground.refuse(event_id)
        assert ground.at_hub(ground.home.son) == before
        assert ground.book().differences == ()


def test_somebody_whom_a_later_event_is_about_is_not_annulled_before_it(ground: Ground) -> None:
    arrival = event_of(arrive(ground))
    joko = ground.desk.values(arrival)["subject_id"]
    death = event_of(register_death(ground.desk, DeathForm(person_id=joko, died_on=ground.today)))
    ground.sync()
    with pytest.raises(RefusedError) as caught:
        ground.refuse(arrival)
    assert caught.value.code == "event-built-upon"
    ground.refuse(death)
    ground.refuse(arrival)
    assert ground.at_hub(joko)["void"] == WHY
    assert ground.book().differences == ()


def test_a_new_family_that_others_have_joined_since_stays(ground: Ground) -> None:
    recorded = split(ground)
    family = ground.desk.values(ground.home.son)["household_id"]
    joined = JoinForm(household_id=family, movers=(ground.other.son,), moved_on=ground.today)
    register_join(ground.desk, joined)
    ground.sync()
    ground.refuse(event_of(recorded))
    assert ground.desk.values(ground.home.son)["household_id"] == ground.home.household
    assert (ground.desk.values(family).get("void"), ground.desk.values(ground.other.son)["household_id"]) == (
        None,
        family,
    )


def test_what_was_corrected_since_stays(ground: Ground) -> None:
    event_id = event_of(die(ground))
    ground.sync()
    status = [Corrected("life_status", int(LifeStatus.DEAD), int(LifeStatus.MISSING))]
    correct(
        ground.wire.hub.store,
        ground.home.father,
        status,
        reason=WHY,
        registrar=ground.registrar,
        now_ms=ground.wire.now_ms,
    )
    ground.refuse(event_id)
    found = ground.at_hub(ground.home.father)
    assert (found["life_status"], found.get("died_on")) == (LifeStatus.MISSING, None)
