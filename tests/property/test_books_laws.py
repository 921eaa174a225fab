"""Laws of the books: whatever officers do, a month adds up, and a closed month stays as it was."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from register.books.chronicle import Chronicle
from register.books.figures import FIGURE_NAMES, population
from register.books.month import Month
from register.books.recapitulation import CATEGORIES, Column, recapitulate
from schemas.codes import EventKind, EventState, Sex
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from tests.fakes_desk import FakeDesk
from tests.families import person, settle
from village_node.month_books import chronicle_of
from village_node.registration import (
    AddressForm,
    BirthForm,
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
    register_birth,
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
START = dt.date(2026, 1, 15)
_HAMLETS = st.sampled_from(["KRAJAN", "SUMBER", "TEGAL"])
_CITIZENSHIP = st.sampled_from([None, 1, 2])


class _Year:
    """Officers at work for some months: each action on a day not before the last, about something up to 90 days ago."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.desk = FakeDesk(START)
        home = settle(self.desk)
        other = settle(self.desk)
        self.desk.change(other.household, hamlet="SUMBER")
        unknown = person(self.desk, home.household, "TANPA JENIS", 1, 1999, 9)
        self.desk.change(unknown, sex=None)
        person(self.desk, home.household, "JOHN", Sex.MALE, 1990, 9, citizenship=2)
        missing = person(self.desk, other.household, "HILANG", Sex.FEMALE, 1990, 9, life_status=4)
        self.desk.put(
            Kind.VITAL_EVENT,
            event_kind=int(EventKind.MISSING),
            state=int(EventState.DECLARED),
            subject_id=missing,
            household_id=other.household,
            occurred_on=START,
            entered_on=START,
        )

    def ids(self, kind: Kind) -> list[bytes]:
        return [record_id for record_id, shown in self.desk.shown_records.items() if shown.kind == kind]

    def one(self, kind: Kind) -> bytes:
        found: bytes = self.draw(st.sampled_from(self.ids(kind)))
        return found

    def person(self, *statuses: int) -> bytes:
        """Somebody of one of these life statuses, else anybody: most choices are good ones, and some are refused."""
        people = [
            one for one in self.ids(Kind.RESIDENT) if self.desk.values(one).get("life_status") in (statuses or (1,))
        ]
        found: bytes = self.draw(st.sampled_from(people or self.ids(Kind.RESIDENT)))
        return found

    def day(self) -> dt.date:
        """Today, or a late report."""
        return self.desk.day - dt.timedelta(days=self.draw(st.sampled_from([0, 0, 3, 40, 90])))

    def members(self) -> tuple[bytes, tuple[bytes, ...]]:
        household = self.desk.values(self.person()).get("household_id") or self.one(Kind.HOUSEHOLD)
        with self.desk.book() as book:
            living = list(book.members(household))
        chosen = self.draw(st.lists(st.sampled_from(living), unique=True, min_size=1)) if living else []
        return household, tuple(chosen)

    def birth(self) -> None:
        form = BirthForm(name="Putri Ayu", sex=2, birth_on=self.day(), mother_id=self.person(), citizenship=self.some())
        register_birth(self.desk, form)

    def some(self) -> int | None:
        found: int | None = self.draw(_CITIZENSHIP)
        return found

    def death(self) -> None:
        register_death(self.desk, DeathForm(person_id=self.person(1, 4), died_on=self.day()))

    def move_out(self) -> None:
        household, movers = self.members()
        register_move_out(
            self.desk, MoveOutForm(left_on=self.day(), destination="Surabaya", household_id=household, movers=movers)
        )

    def move_in(self) -> None:
        new = Newcomer(name="JOKO", sex=1, relation=1, birth_on=dt.date(1990, 1, 1), citizenship=self.some())
        address = AddressForm(hamlet=self.draw(_HAMLETS))
        form = MoveInForm(arrived_on=self.day(), origin="Malang", newcomers=(new,), address=address)
        register_move_in(self.desk, form)

    def come_back(self) -> None:
        returning = self.person(3, 4)
        sex = self.desk.values(returning).get("sex")
        if sex is None:
            return  # it would be filled in, which is a correction
        back = Newcomer(name="KEMBALI", sex=sex, relation=9, person_id=returning)
        form = MoveInForm(
            arrived_on=self.day(), origin="Malang", newcomers=(back,), household_id=self.one(Kind.HOUSEHOLD)
        )
        register_move_in(self.desk, form)

    def move_inside(self) -> None:
        household, _ = self.members()
        form = MoveInsideForm(household_id=household, moved_on=self.desk.day, hamlet=self.draw(_HAMLETS), rt="004")
        register_move_inside(self.desk, form)

    def join(self) -> None:
        _, movers = self.members()
        register_join(self.desk, JoinForm(household_id=self.one(Kind.HOUSEHOLD), movers=movers, moved_on=self.desk.day))

    def new_family(self) -> None:
        _, people = self.members()
        if not people:
            return
        address = AddressForm(hamlet=self.draw(_HAMLETS))
        register_new_family(
            self.desk,
            NewFamilyForm(members=people, head_id=people[0], formed_on=self.desk.day, address=address),
        )

    def split(self) -> None:
        household, members = self.members()
        head = members[0] if members else self.one(Kind.RESIDENT)
        address = AddressForm(hamlet=self.draw(_HAMLETS))
        register_split(
            self.desk,
            SplitForm(household_id=household, members=members, head_id=head, split_on=self.desk.day, address=address),
        )

    def cancel(self) -> None:
        events = self.ids(Kind.VITAL_EVENT)
        if events:
            cancel_event(self.desk, self.draw(st.sampled_from(events)), "keliru")

    def annul_person(self) -> None:
        annul(self.desk, self.one(Kind.RESIDENT), "ganda")

    def take_back(self) -> None:
        undo_annulment(self.desk, self.one(Kind.RESIDENT))

    def events(self) -> list[Callable[[], None]]:
        """What happens to people; none of it says that an earlier book was wrong."""
        return [
            self.birth,
            self.death,
            self.move_out,
            self.move_in,
            self.come_back,
            self.move_inside,
            self.join,
            self.new_family,
            self.split,
        ]

    def corrections(self) -> list[Callable[[], None]]:
        return [self.cancel, self.annul_person, self.take_back]

    def act(self, actions: list[Callable[[], None]]) -> None:
        """Do one thing some days later; a refusal is an answer too."""
        self.desk.day += dt.timedelta(days=self.draw(st.integers(0, 25)))
        with contextlib.suppress(RefusedError, DataError):
            self.draw(st.sampled_from(actions))()


def _months(desk: FakeDesk) -> list[Month]:
    months = [Month(2025, 12)]
    while months[-1] < Month.of(desk.day):
        months.append(months[-1].next)
    return months


def _counts(chronicle: Chronicle, month: Month) -> dict[Any, int]:
    """The numbers of a month's recapitulation, hamlet by hamlet."""
    rows = recapitulate(chronicle, month).hamlets
    return {(row.hamlet, key): len(ids) for row in rows for key, ids in row.people.items()}


@settings(max_examples=40)
@given(st.data())
def test_the_identity_holds_for_every_month_hamlet_and_sex(data: st.DataObject) -> None:
    """End = start + births + arrivals - deaths - departures, plus who came from and less who went to other hamlets,
    for each hamlet, citizenship and sex; a month starts as the one before ended, and the last ends as the register is.
    """
    year = _Year(data.draw)
    for _ in range(data.draw(st.integers(4, 14))):
        year.act(year.events() + year.corrections())
    chronicle = chronicle_of(year.desk)
    ends: dict[Any, int] = {}
    for month in _months(year.desk):
        found = recapitulate(chronicle, month)
        assert found.differences == ()
        for row in (*found.hamlets, found.total):
            for category in CATEGORIES:
                assert row.surplus(category) == 0
        starts = {
            (row.hamlet, category): row.count(Column.START, category)
            for row in found.hamlets
            for category in CATEGORIES
        }
        if month > Month(2025, 12):
            assert {key: count for key, count in starts.items() if count} == ends
        ends = {
            (row.hamlet, category): row.count(Column.END, category)
            for row in found.hamlets
            for category in CATEGORIES
            if row.count(Column.END, category)
        }
    for record_id, standing in chronicle.residents(year.desk.day).items():
        household_id = year.desk.values(record_id).get("household_id")
        assert standing.household_id == household_id
        assert standing.hamlet == year.desk.values(household_id or b"").get("hamlet")
    with year.desk.book() as book:
        assert sum(ends.values()) == book.counts().residents, "one rule says who is a resident"


@settings(max_examples=30)
@given(st.data())
def test_a_closed_month_never_changes(data: st.DataObject) -> None:
    """What happens later, or is reported late, is booked in the month of its entry."""
    year = _Year(data.draw)
    for _ in range(data.draw(st.integers(2, 7))):
        year.act(year.events())
    year.desk.day += dt.timedelta(days=31)
    closed = [month for month in _months(year.desk) if month < Month.of(year.desk.day)]
    before = {month: _counts(chronicle_of(year.desk), month) for month in closed}
    for _ in range(data.draw(st.integers(2, 7))):
        year.act(year.events())
    after = chronicle_of(year.desk)
    assert {month: _counts(after, month) for month in closed} == before


@settings(max_examples=20)
@given(st.data())
def test_every_figure_counts_the_same_people(data: st.DataObject) -> None:
    """Each figure's total is the recapitulation's JIWA; nobody is counted twice, and nobody is left out."""
    year = _Year(data.draw)
    for _ in range(data.draw(st.integers(1, 6))):
        year.act(year.events() + year.corrections())
    chronicle, month = chronicle_of(year.desk), Month.of(year.desk.day)
    everybody = sorted(recapitulate(chronicle, month).total.ids(Column.END))
    for name in FIGURE_NAMES:
        figure = population(chronicle, month, name)
        assert sorted(record_id for line in figure.lines for record_id in line.ids) == everybody
        assert figure.total == len(everybody)
