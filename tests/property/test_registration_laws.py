"""Laws of the use cases: whatever officers do in whatever order, families stay families and every change is honest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes import LifeStatus, Relation
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from tests.fakes_desk import TODAY, FakeDesk
from tests.families import settle
from village_node.registration import (
    BirthForm,
    ChangeOfHeadForm,
    DeathForm,
    JoinForm,
    MoveInForm,
    MoveInsideForm,
    MoveOutForm,
    Newcomer,
    NewFamilyForm,
    SplitForm,
    annul,
    cancel_event,
    correct,
    register_birth,
    register_change_of_head,
    register_death,
    register_join,
    register_move_in,
    register_move_inside,
    register_move_out,
    register_new_family,
    register_split,
    undo_annulment,
)

Draw = Callable[[Any], Any]
_DESTINATIONS = st.sampled_from(["35.10.09.2004", "35.10.22.2004", "Surabaya"])
_DAYS = st.integers(0, 90).map(lambda days: TODAY - dt.timedelta(days=days))


class _Officer:
    """Draws one use case after the other on records of any state, good choices and bad ones."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.desk = FakeDesk()
        settle(self.desk)
        settle(self.desk)

    def ids(self, kind: Kind) -> list[bytes]:
        return [record_id for record_id, shown in self.desk.shown_records.items() if shown.kind == kind]

    def one(self, kind: Kind) -> bytes:
        found: bytes = self.draw(st.sampled_from(self.ids(kind)))
        return found

    def person(self) -> bytes:
        return self.one(Kind.RESIDENT)

    def members(self) -> tuple[bytes, tuple[bytes, ...]]:
        """A family, and some of its living members."""
        household = self.one(Kind.HOUSEHOLD)
        with self.desk.book() as book:
            living = list(book.members(household))
        chosen = self.draw(st.lists(st.sampled_from(living), unique=True, min_size=1)) if living else []
        return household, tuple(chosen)

    def relations(self, people: tuple[bytes, ...]) -> dict[bytes, int]:
        relation = st.sampled_from([4, 6, 7, 9, 11])
        return {person: self.draw(relation) for person in people}

    # -- the use cases

    def birth(self) -> None:
        mother, day = self.person(), self.draw(_DAYS)
        register_birth(self.desk, BirthForm(name="Putri Ayu", sex=2, birth_on=day, mother_id=mother))

    def death(self) -> None:
        register_death(self.desk, DeathForm(person_id=self.person(), died_on=self.draw(_DAYS)))

    def move_out(self) -> None:
        household, movers = self.members()
        place, day = self.draw(_DESTINATIONS), self.draw(_DAYS)
        register_move_out(self.desk, MoveOutForm(left_on=day, destination=place, household_id=household, movers=movers))

    def move_in(self) -> None:
        new = Newcomer(name="JOKO", sex=1, relation=1, birth_on=dt.date(1990, 1, 1))
        register_move_in(self.desk, MoveInForm(arrived_on=self.draw(_DAYS), origin="Malang", newcomers=(new,)))

    def come_back(self) -> None:
        back = Newcomer(name="KEMBALI", sex=1, relation=9, person_id=self.person())
        form = MoveInForm(arrived_on=TODAY, origin="Malang", newcomers=(back,), household_id=self.one(Kind.HOUSEHOLD))
        register_move_in(self.desk, form)

    def move_inside(self) -> None:
        rt = str(self.draw(st.integers(1, 9)))
        form = MoveInsideForm(household_id=self.one(Kind.HOUSEHOLD), moved_on=TODAY, rt=rt)
        register_move_inside(self.desk, form)

    def join(self) -> None:
        _, movers = self.members()
        form = JoinForm(
            household_id=self.one(Kind.HOUSEHOLD), movers=movers, moved_on=TODAY, relations=self.relations(movers)
        )
        register_join(self.desk, form)

    def new_family(self) -> None:
        people = tuple(
            self.draw(st.lists(st.sampled_from(self.ids(Kind.RESIDENT)), unique=True, min_size=1, max_size=3))
        )
        form = NewFamilyForm(members=people, head_id=people[0], formed_on=TODAY, relations=self.relations(people))
        register_new_family(self.desk, form)

    def split(self) -> None:
        household, members = self.members()
        head = members[0] if members else self.person()
        relations = {person: relation for person, relation in self.relations(members).items() if person != head}
        register_split(
            self.desk,
            SplitForm(household_id=household, members=members, head_id=head, split_on=TODAY, relations=relations),
        )

    def change_head(self) -> None:
        household, members = self.members()
        head = members[0] if members else self.person()
        former = self.desk.values(household).get("head_id")
        relations = {former: 7} if former is not None and former != head else {}
        register_change_of_head(
            self.desk, ChangeOfHeadForm(household_id=household, head_id=head, changed_on=TODAY, relations=relations)
        )

    def cancel(self) -> None:
        events = self.ids(Kind.VITAL_EVENT)
        if events:
            cancel_event(self.desk, self.draw(st.sampled_from(events)), "keliru")

    def annul_person(self) -> None:
        annul(self.desk, self.person(), "ganda")

    def take_back(self) -> None:
        undo_annulment(self.desk, self.person())

    def edit(self) -> None:
        person, relation = self.person(), self.draw(st.sampled_from([1, 4, 9]))
        shown = self.desk.values(person)
        correct(self.desk, person, shown, {**shown, "relation": relation, "name": "NAMA LAIN"})

    def act(self) -> None:
        """Do one thing; a refusal is an answer too, and must leave everything as it was."""
        actions = [
            self.birth,
            self.death,
            self.move_out,
            self.move_in,
            self.come_back,
            self.move_inside,
            self.join,
            self.new_family,
            self.split,
            self.change_head,
            self.cancel,
            self.annul_person,
            self.take_back,
            self.edit,
        ]
        before, count = dict(self.desk.shown_records), len(self.desk.entries)
        action = self.draw(st.sampled_from(actions))
        try:
            action()
        except (RefusedError, DataError):
            assert self.desk.shown_records == before
            assert len(self.desk.entries) == count
        else:
            assert len(self.desk.entries) - count <= 1, "one action is one entry"


def _hold_laws(desk: FakeDesk) -> None:
    with desk.book() as book:
        without_head = set(book.families_without_head())
        homes: dict[bytes, bytes] = {}
        for household, shown in desk.shown_records.items():
            if shown.kind != Kind.HOUSEHOLD:
                continue
            members = book.members(household)
            for person in members:
                assert homes.setdefault(person, household) == household, "nobody is in two families"
            values = desk.values(household)
            has_head = values.get("head_id") in members
            assert (household in without_head) == (bool(members) and not has_head)
            heads = [p for p in members if desk.values(p).get("relation") == Relation.HEAD]
            assert len(heads) <= 1 or not has_head or values["head_id"] in heads
            if members:
                assert values.get("void") is None, "people live in a family in force"
    for record_id, shown in desk.shown_records.items():
        if shown.kind == Kind.RESIDENT and desk.values(record_id).get("life_status") == LifeStatus.DEAD:
            assert record_id not in homes


@settings(max_examples=40)
@given(st.data())
def test_any_sequence_of_use_cases_keeps_families_whole_and_changes_honest(data: st.DataObject) -> None:
    """Nobody is in two families; a family of living people has one head or is listed as needing one; every saved
    update's ``old`` is what was shown (the desk checks each save); a refused action leaves no trace.
    """
    officer = _Officer(data.draw)
    for _ in range(data.draw(st.integers(1, 12))):
        officer.act()
        _hold_laws(officer.desk)


@given(st.data())
def test_a_trial_run_says_what_the_real_run_does_and_changes_nothing(data: st.DataObject) -> None:
    """With ``dry_run`` a use case does everything but save."""
    desk = FakeDesk()
    home = settle(desk)
    person = data.draw(st.sampled_from(home.members))
    form = DeathForm(person_id=person, died_on=data.draw(_DAYS))
    before = dict(desk.shown_records)
    trial = register_death(desk, form, dry_run=True)
    assert desk.shown_records == before
    real = register_death(desk, form)
    assert len(trial.changes) == len(real.changes)
    assert trial.cautions == real.cautions
