"""Laws of the use cases: whatever officers do in whatever order, families stay families and every change is honest."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.books.month import Month
from register.books.recapitulation import recapitulate
from register.exporting import FileFormat, export_template
from register.generator import generate_village
from schemas.codes import EventKind, EventState, LifeStatus, Relation, ResidentStatus
from schemas.fields import TAG_OWNER, Kind
from tests.fakes_desk import TODAY, FakeDesk
from tests.families import settle
from tests.node_ground import VILLAGE, VILLAGE_CODE
from tests.property.officer import Drawn, Officer, Seeded
from tests.unit.register.test_round_trips import Village, cells, register
from village_node.month_books import chronicle_of
from village_node.registration import DeathForm, register_death

_DAYS = st.integers(0, 90).map(lambda days: TODAY - dt.timedelta(days=days))
FORMATS: tuple[FileFormat, ...] = ("csv", "xlsx")


def _two_families() -> FakeDesk:
    """Return a desk with two small families, in which everybody meets everybody soon."""
    desk = FakeDesk()
    first, second = settle(desk), settle(desk)
    # Grown up, so that a marriage is not always refused; one NIK is one person.
    desk.change(first.son, birth_on=dt.date(1998, 2, 1), nik="3510010102989003")
    desk.change(second.daughter, birth_on=dt.date(1999, 2, 1), nik="3510014102999004")
    desk.change(second.father, nik="3510010304789011")
    desk.change(second.mother, nik="3510014304809011")
    desk.change(second.household, family_number="3510011202129002")
    return desk


def _generated(residents: int, seed: int) -> FakeDesk:
    """Return a desk with an invented village of so many residents."""
    desk = FakeDesk()
    for family in generate_village(seed, VILLAGE_CODE, residents, today=TODAY).households:
        household = desk.new_id()
        alive = {"household_id": household, "life_status": int(LifeStatus.ALIVE)}
        people = [desk.put(Kind.RESIDENT, **{**person, **alive}) for person in family.members]
        desk.put(Kind.HOUSEHOLD, household, **{**family.values, "head_id": people[0]})
    return desk


def _is_guest(desk: FakeDesk, person: bytes) -> bool:
    return bool(desk.values(person).get("resident_status") == ResidentStatus.TEMPORARY)


def _hold_laws(desk: FakeDesk) -> None:
    with desk.book() as book:
        without_head = set(book.families_without_head())
        homes: dict[bytes, bytes] = {}
        for household, shown in desk.shown_records.items():
            if shown.kind != Kind.HOUSEHOLD:
                continue
            living = book.members(household)
            members = [one for one in living if not _is_guest(desk, one)]
            for person in living:
                assert homes.setdefault(person, household) == household, "nobody is in two families"
            values = desk.values(household)
            has_head = values.get("head_id") in members
            assert (household in without_head) == (bool(members) and not has_head)
            heads = [p for p in members if desk.values(p).get("relation") == Relation.HEAD]
            assert len(heads) <= 1 or not has_head or values["head_id"] in heads
            if living:
                assert values.get("void") is None, "people live in a family in force"
    for record_id, shown in desk.shown_records.items():
        if shown.kind == Kind.RESIDENT and desk.values(record_id).get("life_status") == LifeStatus.DEAD:
            assert record_id not in homes


def _hold_books(desk: FakeDesk) -> None:
    """Hold the arithmetic of the month: start, added and taken off make the end, per hamlet, citizenship and sex."""
    differences = recapitulate(chronicle_of(desk), Month.of(desk.today())).differences
    assert differences == (), differences


def _hold_export(desk: FakeDesk, folder: Path, file_format: FileFormat) -> None:
    """Export the village, import the file into an empty village, and export that: the files are the same."""
    first, second = folder / f"first.{file_format}", folder / f"second.{file_format}"
    with desk.book() as book:
        export_template(book.register, book.village_id, first, file_format)
    with register() as empty:
        other = Village(empty, VILLAGE, b"key")
        plan = other.take(first.with_name("first-lengkap.csv") if file_format == "csv" else first)
        assert [problem for problem in plan.problems if problem.severity == "error"] == []
        # The owner is set by whoever applies the plan.
        other.put({one: (kind, {**body, TAG_OWNER: VILLAGE}) for one, (kind, body) in other.bodies.items()})
        export_template(empty, VILLAGE, second, file_format)
    if file_format == "csv":
        for part in ("", "-lengkap"):
            before, after = ((folder / f"{name}{part}.csv").read_bytes() for name in ("first", "second"))
            assert after == before
    else:
        assert cells(second) == cells(first)


@settings(max_examples=40)
@given(st.data())
def test_any_sequence_of_use_cases_keeps_families_whole_and_changes_honest(data: st.DataObject) -> None:
    """Nobody is in two families; a family of living people has one head or is listed as needing one; every saved
    update's ``old`` is what was shown (the desk checks each save); a refused action leaves no trace.
    """
    officer = Officer(Drawn(data.draw), _two_families())
    for _ in range(data.draw(st.integers(1, 12))):
        officer.act()
        _hold_laws(officer.desk)


@settings(max_examples=25)
@given(data=st.data())
def test_any_sequence_of_events_keeps_the_books_and_survives_an_export(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After any sequence of events the month's arithmetic holds, and the village can be exported, imported into an
    empty village and exported again to the same file.
    """
    officer = Officer(Drawn(data.draw), _two_families())
    for _ in range(data.draw(st.integers(1, 12))):
        officer.act()
        _hold_books(officer.desk)
    _hold_export(officer.desk, tmp_path_factory.mktemp("export"), data.draw(st.sampled_from(FORMATS)))


@settings(max_examples=5)
@given(data=st.data())
def test_any_sequence_of_events_in_a_whole_village_keeps_every_law(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In an invented village any sequence of events keeps the demographic identity, one head per family or a flag and
    nobody in two families, and the village survives an export.
    """
    desk = _generated(data.draw(st.integers(60, 150)), data.draw(st.integers(0, 1000)))
    officer = Officer(Drawn(data.draw), desk, prefers_apt=True)
    for _ in range(data.draw(st.integers(5, 15))):
        officer.act()
        _hold_laws(desk)
        _hold_books(desk)
    _hold_export(desk, tmp_path_factory.mktemp("export"), data.draw(st.sampled_from(FORMATS)))


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_year_of_every_kind_of_event_keeps_every_law(seed: int, tmp_path: Path) -> None:
    """One long history of an invented village in which every kind of vital event happens: the laws hold all along."""
    desk = _generated(90, seed)
    desk.day = TODAY - dt.timedelta(days=364)
    officer = Officer(Seeded(seed), desk, prefers_apt=True)
    for week in range(53):
        for _ in range(9):
            officer.act()
        _hold_laws(desk)
        _hold_books(desk)
        if week % 13 == 0:
            for file_format in FORMATS:
                _hold_export(desk, tmp_path, file_format)
        desk.day += dt.timedelta(days=7)
    events = [desk.values(one) for one in officer.ids(Kind.VITAL_EVENT)]
    happened = {event["event_kind"] for event in events if event["state"] == EventState.DECLARED}
    assert happened == set(EventKind)


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
