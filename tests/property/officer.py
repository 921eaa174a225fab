"""An officer at work: one use case after the other, on people of any state, good choices and bad ones.

Chance comes from outside (``Chance``): drawn by Hypothesis, so that a broken law is shrunk to its shortest history, or
from a seed, so that one long history reaches every kind of event.  A refusal is an answer too, and leaves no trace.
The module is long because every use case has its few lines here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

from schemas.codes import EventKind, LifeStatus, MaritalStatus, Sex
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from tests.fakes_desk import FakeDesk
from village_node.registration import (
    AdoptionForm,
    AnnulledDivorceForm,
    AnnulledMarriageForm,
    BirthForm,
    CertificateAnnulmentForm,
    CertificateCorrectionForm,
    ChangeOfHeadForm,
    CitizenshipForm,
    DeathForm,
    DivorceForm,
    FromAbroadForm,
    JoinForm,
    LeaveForm,
    LegitimationForm,
    MarriageForm,
    MissingForm,
    MoveAbroadForm,
    MoveInForm,
    MoveInsideForm,
    MoveOutForm,
    NameChangeForm,
    Newcomer,
    NewFamilyForm,
    RecognitionForm,
    ReturnForm,
    SexChangeForm,
    SplitForm,
    StillbirthForm,
    TemporaryInForm,
    TemporaryOutForm,
    annul,
    cancel_event,
    correct,
    register_adoption,
    register_annulled_divorce,
    register_annulled_marriage,
    register_birth,
    register_certificate_annulment,
    register_certificate_correction,
    register_change_of_head,
    register_citizenship,
    register_death,
    register_divorce,
    register_found,
    register_from_abroad,
    register_join,
    register_leave,
    register_legitimation,
    register_marriage,
    register_missing,
    register_move_abroad,
    register_move_in,
    register_move_inside,
    register_move_out,
    register_name_change,
    register_new_family,
    register_recognition,
    register_return,
    register_sex_change,
    register_split,
    register_stillbirth,
    register_temporary_in,
    register_temporary_out,
    undo_annulment,
)

_T = TypeVar("_T")

_DESTINATIONS = ("35.10.09.2004", "35.10.22.2004", "Surabaya")
_MARRIED = {int(MaritalStatus.MARRIED), int(MaritalStatus.MARRIED_REGISTERED), int(MaritalStatus.MARRIED_UNREGISTERED)}
_GROWN_UP_YEAR = 2005


def _called(number: int) -> str:
    """Return a word for a number, another one for each."""
    syllables = ("ba", "di", "ka", "lu", "mi", "na", "ra", "si", "ta", "wu")
    return "".join(syllables[int(digit)] for digit in str(number)).capitalize()


class Chance(Protocol):
    """Where choices come from."""

    def pick(self, choices: Sequence[_T]) -> _T:
        """Return one of them."""
        ...

    def some(self, choices: Sequence[_T], at_most: int) -> list[_T]:
        """Return one to ``at_most`` different ones of at least one."""
        ...


class Drawn:
    """Chance that Hypothesis draws and shrinks."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self._draw = draw

    def pick(self, choices: Sequence[_T]) -> _T:
        found: _T = self._draw(st.sampled_from(choices))
        return found

    def some(self, choices: Sequence[_T], at_most: int) -> list[_T]:
        found: list[_T] = self._draw(st.lists(st.sampled_from(choices), unique=True, min_size=1, max_size=at_most))
        return found


class Seeded:
    """Chance that follows from a seed alone."""

    def __init__(self, seed: int) -> None:
        self._seed, self._drawn = seed, 0

    def _below(self, end: int) -> int:
        self._drawn += 1
        digest = hashlib.blake2b(f"{self._seed}/{self._drawn}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % end

    def pick(self, choices: Sequence[_T]) -> _T:
        return choices[self._below(len(choices))]

    def some(self, choices: Sequence[_T], at_most: int) -> list[_T]:
        wanted, rest = 1 + self._below(min(at_most, len(choices))), list(choices)
        return [rest.pop(self._below(len(rest))) for _ in range(wanted)]


class Officer:
    """Does one thing after the other at a desk.

    ``prefers_apt`` looks first for somebody to whom the event can happen, so that fewer of a large village's choices
    are refused; without it, anybody will do.
    """

    def __init__(self, chance: Chance, desk: FakeDesk, *, prefers_apt: bool = False) -> None:
        self.chance = chance
        self.desk = desk
        self.prefers_apt = prefers_apt

    def ids(self, kind: Kind) -> list[bytes]:
        return [record_id for record_id, shown in self.desk.shown_records.items() if shown.kind == kind]

    def one(self, kind: Kind) -> bytes:
        return self.chance.pick(self.ids(kind))

    def day(self) -> dt.date:
        return self.desk.today() - dt.timedelta(days=self.chance.pick((0, 1, 20, 45, 90)))

    def person(self, is_apt: Callable[[dict[str, Any]], bool] = lambda _values: True) -> bytes:
        """Return somebody apt if the officer looks for that, else anybody."""
        people = self.ids(Kind.RESIDENT)
        if self.prefers_apt:
            apt = [one for one in people if is_apt(self.desk.values(one))]
            return self.chance.pick(apt or people)
        return self.chance.pick(people)

    def alive(self, **wanted: Any) -> bytes:
        """Return somebody living with these values."""
        wanted = {"life_status": int(LifeStatus.ALIVE), **wanted}
        return self.person(lambda values: all(values.get(name) == value for name, value in wanted.items()))

    def grown_up(self, sex: Sex, *, married: bool = False) -> bytes:
        def is_apt(values: dict[str, Any]) -> bool:
            born = values.get("birth_on")
            is_old = isinstance(born, dt.date) and born.year < _GROWN_UP_YEAR
            is_here = values.get("life_status") == LifeStatus.ALIVE and values.get("sex") == sex
            return is_old and is_here and (values.get("marital_status") in _MARRIED) == married

        return self.person(is_apt)

    def child(self) -> bytes:
        return self.alive(relation=4)

    def with_status(self, *statuses: int) -> bytes:
        return self.person(lambda values: values.get("life_status") in statuses)

    def members(self) -> tuple[bytes, tuple[bytes, ...]]:
        """A family, and some of its living members."""
        household = self.one(Kind.HOUSEHOLD)
        with self.desk.book() as book:
            living = list(book.members(household))
        return household, tuple(self.chance.some(living, len(living))) if living else ()

    def relations(self, people: Sequence[bytes]) -> dict[bytes, int]:
        return {person: self.chance.pick((4, 6, 7, 9, 11)) for person in people}

    # -- who comes and goes

    def birth(self) -> None:
        mother = self.grown_up(Sex.FEMALE, married=self.chance.pick((True, False)))
        # A list with two children of one family, one name and one day names one person twice, and the import says so.
        name = f"Putri {_called(len(self.ids(Kind.RESIDENT)))}"
        register_birth(self.desk, BirthForm(name=name, sex=2, birth_on=self.day(), mother_id=mother))

    def death(self) -> None:
        register_death(self.desk, DeathForm(person_id=self.alive(), died_on=self.day()))

    def stillbirth(self) -> None:
        form = StillbirthForm(occurred_on=self.day(), mother_id=self.grown_up(Sex.FEMALE, married=True))
        register_stillbirth(self.desk, form)

    def move_out(self) -> None:
        household, movers = self.members()
        place, day = self.chance.pick(_DESTINATIONS), self.day()
        register_move_out(self.desk, MoveOutForm(left_on=day, destination=place, household_id=household, movers=movers))

    def move_abroad(self) -> None:
        household, movers = self.members()
        form = MoveAbroadForm(left_on=self.day(), country="Malaysia", household_id=household, movers=movers)
        register_move_abroad(self.desk, form)

    def move_in(self) -> None:
        new = Newcomer(name="JOKO", sex=1, relation=1, birth_on=dt.date(1990, 1, 1))
        register_move_in(self.desk, MoveInForm(arrived_on=self.day(), origin="Malang", newcomers=(new,)))

    def come_back(self) -> None:
        back = Newcomer(name="KEMBALI", sex=1, relation=9, person_id=self.with_status(LifeStatus.MOVED))
        today, home = self.desk.today(), self.one(Kind.HOUSEHOLD)
        register_move_in(self.desk, MoveInForm(arrived_on=today, origin="Malang", newcomers=(back,), household_id=home))

    def leave(self) -> None:
        _, people = self.members()
        register_leave(self.desk, LeaveForm(left_on=self.day(), person_ids=people))

    def go_missing(self) -> None:
        register_missing(self.desk, MissingForm(missing_on=self.day(), person_id=self.alive()))

    def reappear(self) -> None:
        back = self.chance.pick((register_return, register_found))
        to = self.chance.pick((None, self.one(Kind.HOUSEHOLD)))
        person = self.with_status(LifeStatus.MOVED, LifeStatus.MISSING, LifeStatus.LEFT)
        back(self.desk, ReturnForm(returned_on=self.desk.today(), person_ids=(person,), household_id=to))

    def host(self) -> None:
        form = TemporaryInForm(
            arrived_on=self.day(), name="TAMU", household_id=self.one(Kind.HOUSEHOLD), origin="Malang", sex=1
        )
        register_temporary_in(self.desk, form)

    def see_off(self) -> None:
        guest = self.alive(resident_status=2)
        register_temporary_out(self.desk, TemporaryOutForm(left_on=self.day(), person_id=guest))

    # -- families

    def move_inside(self) -> None:
        rt, hamlet = str(self.chance.pick(range(1, 10))), self.chance.pick((None, "KRAJAN", "SUMBER"))
        home, today = self.one(Kind.HOUSEHOLD), self.desk.today()
        register_move_inside(self.desk, MoveInsideForm(household_id=home, moved_on=today, rt=rt, hamlet=hamlet))

    def join(self) -> None:
        _, movers = self.members()
        home, relations = self.one(Kind.HOUSEHOLD), self.relations(movers)
        form = JoinForm(household_id=home, movers=movers, moved_on=self.desk.today(), relations=relations)
        register_join(self.desk, form)

    def new_family(self) -> None:
        people = tuple(self.chance.some(self.ids(Kind.RESIDENT), 3))
        relations = self.relations(people)
        form = NewFamilyForm(members=people, head_id=people[0], formed_on=self.desk.today(), relations=relations)
        register_new_family(self.desk, form)

    def split(self) -> None:
        household, members = self.members()
        head = members[0] if members else self.person()
        relations = {person: relation for person, relation in self.relations(members).items() if person != head}
        form = SplitForm(
            household_id=household, members=members, head_id=head, split_on=self.desk.today(), relations=relations
        )
        register_split(self.desk, form)

    def change_head(self) -> None:
        household, members = self.members()
        head = members[0] if members else self.person()
        former = self.desk.values(household).get("head_id")
        relations = {former: 7} if former is not None and former != head else {}
        form = ChangeOfHeadForm(household_id=household, head_id=head, changed_on=self.desk.today(), relations=relations)
        register_change_of_head(self.desk, form)

    def guided_head(self) -> None:
        form = ChangeOfHeadForm(household_id=self.one(Kind.HOUSEHOLD), changed_on=self.desk.today())
        register_change_of_head(self.desk, form)

    def guardian(self) -> None:
        home, head = self.one(Kind.HOUSEHOLD), self.person()
        form = ChangeOfHeadForm(household_id=home, changed_on=self.desk.today(), head_id=head, comes_in=True)
        register_change_of_head(self.desk, form)

    # -- ties between people

    def marriage(self) -> None:
        _, company = self.members()
        form = MarriageForm(
            married_on=self.day(),
            husband_id=self.grown_up(Sex.MALE),
            wife_id=self.grown_up(Sex.FEMALE),
            residence=self.chance.pick(("tetap", "suami", "istri", "baru")),
            movers=company if self.chance.pick((False, True)) else (),
            certificate_number=self.chance.pick((None, "0012/007/III/2026")),
            court_number=self.chance.pick((None, "12/Pdt.P/2026")),
        )
        register_marriage(self.desk, form)

    def annulled_marriage(self) -> None:
        who = self.grown_up(self.chance.pick((Sex.MALE, Sex.FEMALE)), married=True)
        form = AnnulledMarriageForm(annulled_on=self.desk.today(), person_ids=(who,), court_number="3")
        register_annulled_marriage(self.desk, form)

    def divorce(self) -> None:
        who = self.grown_up(self.chance.pick((Sex.MALE, Sex.FEMALE)), married=True)
        leaver = self.chance.pick((None, who))
        to = self.chance.pick((None, self.one(Kind.HOUSEHOLD)))
        form = DivorceForm(
            divorced_on=self.day(), person_ids=(who,), leaver_id=leaver, to_household_id=to, court_number="7"
        )
        register_divorce(self.desk, form)

    def annulled_divorce(self) -> None:
        divorced = {int(MaritalStatus.DIVORCED), int(MaritalStatus.DIVORCED_REGISTERED)}
        who = self.person(lambda values: values.get("marital_status") in divorced)
        form = AnnulledDivorceForm(annulled_on=self.desk.today(), person_ids=(who,), court_number="8")
        register_annulled_divorce(self.desk, form)

    def adopt(self) -> None:
        father = self.grown_up(Sex.MALE, married=True)
        form = AdoptionForm(adopted_on=self.desk.today(), child_id=self.child(), father_id=father, court_number="9")
        register_adoption(self.desk, form)

    def recognise(self) -> None:
        father = self.grown_up(Sex.MALE, married=self.chance.pick((True, False)))
        form = RecognitionForm(recognised_on=self.desk.today(), child_id=self.child(), father_id=father)
        register_recognition(self.desk, form)

    def legitimate(self) -> None:
        father = self.grown_up(Sex.MALE, married=True)
        form = LegitimationForm(legitimated_on=self.desk.today(), child_id=self.child(), father_id=father)
        register_legitimation(self.desk, form)

    # -- elements of one person

    def rename(self) -> None:
        name = self.chance.pick(("Budi Prasetyo", "Sri Wahyuni", "Nur Ma'rifah", "B2"))
        form = NameChangeForm(changed_on=self.desk.today(), person_id=self.alive(), new_name=name)
        register_name_change(self.desk, form)

    def naturalise(self) -> None:
        citizenship = self.chance.pick((1, 2, 3))
        decree = self.chance.pick((None, "AHU-12/2026"))
        form = CitizenshipForm(
            changed_on=self.desk.today(), person_id=self.alive(), citizenship=citizenship, decree_number=decree
        )
        register_citizenship(self.desk, form)

    def change_sex(self) -> None:
        sex = self.chance.pick((1, 2))
        form = SexChangeForm(changed_on=self.desk.today(), person_id=self.alive(), sex=sex, court_number="4")
        register_sex_change(self.desk, form)

    def correct_certificate(self) -> None:
        element, value = self.chance.pick((("sex", "L"), ("birth_on", "03-04-1990"), ("birth_place", "X")))
        form = CertificateCorrectionForm(
            corrected_on=self.desk.today(), person_id=self.alive(), element=element, new_value=value
        )
        register_certificate_correction(self.desk, form)

    def annul_certificate(self) -> None:
        who = self.person(lambda values: values.get("marriage_number") is not None)
        kind = int(EventKind.MARRIAGE)
        form = CertificateAnnulmentForm(annulled_on=self.desk.today(), person_id=who, certificate_kind=kind)
        register_certificate_annulment(self.desk, form)

    def report_from_abroad(self) -> None:
        kind = self.chance.pick((EventKind.BIRTH, EventKind.MARRIAGE, EventKind.DIVORCE))
        form = FromAbroadForm(
            reported_on=self.desk.today(),
            person_id=self.grown_up(Sex.FEMALE),
            certified_kind=int(kind),
            country="Hong Kong",
            certificate_number="HK-17",
            certificate_on=self.day(),
        )
        register_from_abroad(self.desk, form)

    # -- taking back

    def cancel(self) -> None:
        events = self.ids(Kind.VITAL_EVENT)
        if events:
            cancel_event(self.desk, self.chance.pick(events), "keliru")

    def annul_person(self) -> None:
        annul(self.desk, self.person(), "ganda")

    def take_back(self) -> None:
        undo_annulment(self.desk, self.person(lambda values: values.get("void") is not None))

    def edit(self) -> None:
        person, relation = self.person(), self.chance.pick((1, 4, 9))
        shown = self.desk.values(person)
        correct(self.desk, person, shown, {**shown, "relation": relation, "name": "NAMA LAIN"})

    def act(self) -> bool:
        """Do one thing, and tell whether it was recorded; a refusal must leave everything as it was."""
        before, count = dict(self.desk.shown_records), len(self.desk.entries)
        action = self.chance.pick(ACTIONS)
        try:
            action(self)
        except (RefusedError, DataError):
            assert self.desk.shown_records == before
            assert len(self.desk.entries) == count
            return False
        assert len(self.desk.entries) - count <= 1, "one action is one entry"
        return True


ACTIONS: tuple[Callable[[Officer], None], ...] = (
    Officer.birth,
    Officer.death,
    Officer.move_out,
    Officer.move_in,
    Officer.come_back,
    Officer.move_inside,
    Officer.join,
    Officer.new_family,
    Officer.split,
    Officer.change_head,
    Officer.cancel,
    Officer.edit,
    Officer.guided_head,
    Officer.guardian,
    Officer.marriage,
    Officer.divorce,
    Officer.leave,
    Officer.go_missing,
    Officer.reappear,
    Officer.host,
    Officer.see_off,
    Officer.adopt,
    Officer.rename,
    Officer.correct_certificate,
    Officer.stillbirth,
    Officer.move_abroad,
    Officer.annulled_marriage,
    Officer.annulled_divorce,
    Officer.recognise,
    Officer.legitimate,
    Officer.naturalise,
    Officer.change_sex,
    Officer.annul_certificate,
    Officer.report_from_abroad,
    Officer.annul_person,
    Officer.take_back,
)
"""Everything an officer can do; Hypothesis shrinks towards the first."""
