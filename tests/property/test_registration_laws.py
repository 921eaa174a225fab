"""Laws of the use cases: whatever officers do in whatever order, families stay families and every change is honest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.books.loading import load_chronicle
from register.books.month import Month
from register.books.recapitulation import recapitulate
from register.exporting import export_template
from schemas.codes import LifeStatus, Relation, ResidentStatus
from schemas.errors import DataError, RefusedError
from schemas.fields import TAG_OWNER, Kind
from tests.fakes_desk import TODAY, FakeDesk
from tests.families import settle
from tests.node_ground import VILLAGE
from tests.unit.register.test_round_trips import Village, register
from village_node.registration import (
    AdoptionForm,
    BirthForm,
    CertificateCorrectionForm,
    ChangeOfHeadForm,
    DeathForm,
    DivorceForm,
    JoinForm,
    LeaveForm,
    MarriageForm,
    MissingForm,
    MoveInForm,
    MoveInsideForm,
    MoveOutForm,
    NameChangeForm,
    Newcomer,
    NewFamilyForm,
    ReturnForm,
    SplitForm,
    StillbirthForm,
    TemporaryInForm,
    TemporaryOutForm,
    annul,
    cancel_event,
    correct,
    register_adoption,
    register_birth,
    register_certificate_correction,
    register_change_of_head,
    register_death,
    register_divorce,
    register_found,
    register_join,
    register_leave,
    register_marriage,
    register_missing,
    register_move_in,
    register_move_inside,
    register_move_out,
    register_name_change,
    register_new_family,
    register_return,
    register_split,
    register_stillbirth,
    register_temporary_in,
    register_temporary_out,
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
        first, second = settle(self.desk), settle(self.desk)
        # Grown up, so that a marriage is not always refused; one NIK is one person.
        self.desk.change(first.son, birth_on=dt.date(1998, 2, 1), nik="3510010102989003")
        self.desk.change(second.daughter, birth_on=dt.date(1999, 2, 1), nik="3510014102999004")
        self.desk.change(second.father, nik="3510010304789011")
        self.desk.change(second.mother, nik="3510014304809011")
        self.desk.change(second.household, family_number="3510011202129002")

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

    def guided_head(self) -> None:
        form = ChangeOfHeadForm(household_id=self.one(Kind.HOUSEHOLD), changed_on=TODAY)
        register_change_of_head(self.desk, form)

    def guardian(self) -> None:
        form = ChangeOfHeadForm(
            household_id=self.one(Kind.HOUSEHOLD), changed_on=TODAY, head_id=self.person(), comes_in=True
        )
        register_change_of_head(self.desk, form)

    def marriage(self) -> None:
        _, company = self.members()
        form = MarriageForm(
            married_on=self.draw(_DAYS),
            husband_id=self.person(),
            wife_id=self.person(),
            residence=self.draw(st.sampled_from(["tetap", "suami", "istri", "baru"])),
            movers=company if self.draw(st.booleans()) else (),
            court_number=self.draw(st.sampled_from([None, "12/Pdt.P/2026"])),
        )
        register_marriage(self.desk, form)

    def divorce(self) -> None:
        who = self.person()
        leaver = self.draw(st.sampled_from([None, who]))
        to = self.draw(st.sampled_from([None, self.one(Kind.HOUSEHOLD)]))
        form = DivorceForm(
            divorced_on=self.draw(_DAYS), person_ids=(who,), leaver_id=leaver, to_household_id=to, court_number="7"
        )
        register_divorce(self.desk, form)

    def leave(self) -> None:
        _, people = self.members()
        register_leave(self.desk, LeaveForm(left_on=self.draw(_DAYS), person_ids=people))

    def go_missing(self) -> None:
        register_missing(self.desk, MissingForm(missing_on=self.draw(_DAYS), person_id=self.person()))

    def reappear(self) -> None:
        back = self.draw(st.sampled_from([register_return, register_found]))
        to = self.draw(st.sampled_from([None, self.one(Kind.HOUSEHOLD)]))
        back(self.desk, ReturnForm(returned_on=TODAY, person_ids=(self.person(),), household_id=to))

    def host(self) -> None:
        form = TemporaryInForm(
            arrived_on=self.draw(_DAYS), name="TAMU", household_id=self.one(Kind.HOUSEHOLD), origin="Malang", sex=1
        )
        register_temporary_in(self.desk, form)

    def see_off(self) -> None:
        register_temporary_out(self.desk, TemporaryOutForm(left_on=self.draw(_DAYS), person_id=self.person()))

    def adopt(self) -> None:
        form = AdoptionForm(adopted_on=TODAY, child_id=self.person(), father_id=self.person())
        register_adoption(self.desk, form)

    def rename(self) -> None:
        name = self.draw(st.sampled_from(["Budi Prasetyo", "Sri Wahyuni", "B2"]))
        register_name_change(self.desk, NameChangeForm(changed_on=TODAY, person_id=self.person(), new_name=name))

    def correct_certificate(self) -> None:
        element, value = self.draw(st.sampled_from([("sex", "L"), ("birth_on", "03-04-1990"), ("birth_place", "X")]))
        form = CertificateCorrectionForm(corrected_on=TODAY, person_id=self.person(), element=element, new_value=value)
        register_certificate_correction(self.desk, form)

    def stillbirth(self) -> None:
        register_stillbirth(self.desk, StillbirthForm(occurred_on=self.draw(_DAYS), mother_id=self.person()))

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

    def act(self, *, annuls: bool = True) -> None:
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
            self.edit,
            self.guided_head,
            self.guardian,
            self.marriage,
            self.divorce,
            self.leave,
            self.go_missing,
            self.reappear,
            self.host,
            self.see_off,
            self.adopt,
            self.rename,
            self.correct_certificate,
            self.stillbirth,
        ]
        if annuls:
            actions += [self.annul_person, self.take_back]
        before, count = dict(self.desk.shown_records), len(self.desk.entries)
        action = self.draw(st.sampled_from(actions))
        try:
            action()
        except (RefusedError, DataError):
            assert self.desk.shown_records == before
            assert len(self.desk.entries) == count
        else:
            assert len(self.desk.entries) - count <= 1, "one action is one entry"


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


@settings(max_examples=25)
@given(data=st.data())
def test_any_sequence_of_events_keeps_the_books_and_survives_an_export(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After any sequence of events the month's arithmetic holds, and the village can be exported, imported into an
    empty village and exported again to the same file.
    """
    officer = _Officer(data.draw)
    for _ in range(data.draw(st.integers(1, 12))):
        officer.act(annuls=False)  # an annulled head is nobody whom an export could name

    def movers_of(ids: Sequence[bytes]) -> dict[bytes, tuple[bytes, ...]]:
        return {one: tuple(officer.desk.values(one).get("movers") or ()) for one in ids}

    folder = tmp_path_factory.mktemp("export")
    with officer.desk.book() as book:
        differences = recapitulate(
            load_chronicle(book.register, book.village_id, movers_of), Month.of(TODAY)
        ).differences
        assert differences == (), differences
        export_template(book.register, book.village_id, folder / "first.csv", "csv")
    with register() as empty:
        other = Village(empty, VILLAGE, b"key")
        other.take(folder / "first-lengkap.csv")
        other.put({one: (kind, {**body, TAG_OWNER: VILLAGE}) for one, (kind, body) in other.bodies.items()})
        export_template(empty, VILLAGE, folder / "second.csv", "csv")
    for name in ("", "-lengkap"):
        first = (folder / f"first{name}.csv").read_text(encoding="utf-8")
        assert sorted((folder / f"second{name}.csv").read_text(encoding="utf-8").splitlines()) == sorted(
            first.splitlines()
        )


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
