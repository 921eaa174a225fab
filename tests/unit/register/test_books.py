"""The books of a month: who is a resident, what was booked when, and what does not add up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from register.books.catalogue import BOOK_NAMES, book_to_tree, difference_words, open_book
from register.books.chronicle import Chronicle, Person
from register.books.events import BookedEvent
from register.books.figures import population
from register.books.month import Month
from register.books.recapitulation import Category, Column, Recapitulation, recapitulate
from register.books.sheet import Sheet
from register.residency import is_resident
from register.tables import LEVEL_STUB
from schemas.codes import EventKind, EventState, LifeStatus, ResidentStatus, Sex
from schemas.errors import DataError
from schemas.shapes import Household, Resident, VitalEvent

OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)


def ident(number: int) -> bytes:
    return number.to_bytes(16, "big")


HOME, OTHER = ident(1), ident(2)
AHMAD, SITI, BUDI = ident(11), ident(12), ident(13)


class Village:
    """A village to furnish: two families in two hamlets, Ahmad with Siti and Budi in the first."""

    def __init__(self) -> None:
        self.people: dict[bytes, Person] = {}
        self.households = {
            HOME: Household(head_id=AHMAD, hamlet="KRAJAN", rw="001", rt="002", family_number="3510011202129001"),
            OTHER: Household(hamlet="SUMBER"),
        }
        self.events: list[BookedEvent] = []
        self.person(AHMAD, name="AHMAD", sex=1, birth_on=dt.date(1980, 5, 1), relation=1, religion=1)
        self.person(SITI, name="SITI", sex=2, birth_on=dt.date(1985, 5, 1), relation=3, religion=1)
        self.person(BUDI, name="BUDI", sex=1, birth_on=None, relation=4)

    def person(self, record_id: bytes, level: int = 0, **values: Any) -> None:
        self.people[record_id] = Person(record_id, Resident(**{"household_id": HOME, **values}), level)

    def change(self, record_id: bytes, **values: Any) -> None:
        person = self.people[record_id]
        self.people[record_id] = Person(record_id, person.resident.model_copy(update=values), person.level)

    def event(self, kind: EventKind, entered_on: dt.date, *movers: bytes, **values: Any) -> bytes:
        event_id = ident(100 + len(self.events))
        stated = {"state": EventState.DECLARED, "occurred_on": entered_on, "subject_id": movers[0], **values}
        event = VitalEvent(event_kind=kind, entered_on=entered_on, **stated)
        self.events.append(BookedEvent(event_id, event, movers))
        return event_id

    def dies(self, record_id: bytes, entered_on: dt.date, died_on: dt.date) -> bytes:
        self.change(record_id, life_status=LifeStatus.DEAD, died_on=died_on)
        return self.event(EventKind.DEATH, entered_on, record_id, occurred_on=died_on, household_id=HOME)

    def leaves(self, record_id: bytes, on: dt.date) -> bytes:
        self.change(record_id, life_status=LifeStatus.MOVED, left_on=on)
        return self.event(EventKind.MOVE_OUT, on, record_id, household_id=HOME, place_to="35.10.09.2004")

    @property
    def chronicle(self) -> Chronicle:
        return Chronicle(self.people.values(), self.households, self.events)

    def month(self, month: Month = NOVEMBER) -> Recapitulation:
        return recapitulate(self.chronicle, month)

    def book(self, name: str, month: Month = NOVEMBER) -> Sheet:
        return open_book(self.chronicle, name, month).sheet


@pytest.fixture
def village() -> Village:
    return Village()


def numbers(found: Recapitulation) -> dict[str, int]:
    return {column.value: found.total.count(column) for column in Column if found.total.count(column)}


# -- who is a resident


def test_a_missing_person_is_a_resident_in_every_book_and_figure(village: Village) -> None:
    village.change(BUDI, life_status=LifeStatus.MISSING)
    assert [row.cells["Ket."] for row in village.book("induk").rows] == ["", "", "HILANG"]
    assert village.month().total.count(Column.END) == 3
    assert len(village.book("ktp-kk").rows) == 3
    assert population(village.chronicle, NOVEMBER, "umur").total == 3


@pytest.mark.parametrize(
    "values",
    [
        {"life_status": LifeStatus.DEAD},
        {"life_status": LifeStatus.MOVED},
        {"life_status": LifeStatus.INVALID},
        {"void": "ganda"},
        {"merged_into": AHMAD},
        {"left_on": dt.date(2026, 11, 2)},
        {"left_on": dt.date(2026, 11, 2), "arrived_on": dt.date(2026, 11, 1)},
        {"resident_status": ResidentStatus.TEMPORARY},
    ],
)
def test_who_is_gone_annulled_or_temporary_is_in_no_book(village: Village, values: dict[str, Any]) -> None:
    village.change(BUDI, **values)
    assert not is_resident(village.people[BUDI].resident)
    assert [row.ids for row in village.book("induk").rows] == [(AHMAD,), (SITI,)]
    assert village.month().total.ids(Column.END) == (AHMAD, SITI)
    assert population(village.chronicle, NOVEMBER, "agama").total == 2


# -- what is booked when


def test_a_late_death_is_booked_in_the_month_of_its_entry_and_shows_its_date(village: Village) -> None:
    village.dies(BUDI, entered_on=dt.date(2026, 11, 20), died_on=dt.date(2025, 7, 3))
    assert numbers(village.month(OCTOBER)) == {"start": 3, "end": 3}
    assert numbers(village.month()) == {"start": 3, "death": 1, "end": 2}
    (row,) = village.book("mutasi").rows
    assert (row.cells["Tanggal Meninggal"], row.cells["Ket."]) == ("03-07-2025", "MENINGGAL; dicatat 20-11-2026")
    assert village.book("mutasi", OCTOBER).rows == ()


def test_a_birth_is_an_addition_in_the_legal_form_and_on_the_list_beside_it(village: Village) -> None:
    child = ident(14)
    village.person(child, name="PUTRI", sex=2, birth_on=dt.date(2026, 11, 3))
    event = village.event(EventKind.BIRTH, dt.date(2026, 11, 9), child, occurred_on=dt.date(2026, 11, 3))
    (row,) = village.book("mutasi").rows
    assert (row.cells["Tanggal Datang"], row.cells["Ket."], row.ids) == ("03-11-2026", "LAHIR", (child, event))
    assert len(village.book("mutasi").headers) == 13
    assert [row.cells["Nama"] for row in village.book("peristiwa").rows] == ["PUTRI"]
    assert numbers(village.month()) == {"start": 3, "birth": 1, "end": 4}


def test_somebody_missing_is_on_the_list_beside_the_form_and_moves_no_number(village: Village) -> None:
    village.change(BUDI, life_status=LifeStatus.MISSING)
    village.event(EventKind.MISSING, dt.date(2026, 11, 9), BUDI)
    assert village.book("mutasi").rows == ()
    assert [row.cells["Peristiwa"] for row in village.book("peristiwa").rows] == ["HILANG"]
    assert numbers(village.month()) == {"start": 3, "end": 3}


def test_a_departure_names_its_village_and_a_return_is_an_arrival(village: Village) -> None:
    village.leaves(BUDI, dt.date(2026, 10, 5))
    village.change(BUDI, life_status=LifeStatus.ALIVE, arrived_on=dt.date(2026, 11, 6))
    village.event(EventKind.MOVE_IN, dt.date(2026, 11, 6), BUDI, household_id=HOME, place_from="Malang")
    assert numbers(village.month(OCTOBER)) == {"start": 3, "departure": 1, "end": 2}
    assert numbers(village.month()) == {"start": 2, "arrival": 1, "end": 3}
    (gone,), (back,) = village.book("mutasi", OCTOBER).rows, village.book("mutasi").rows
    assert gone.cells["Pindah ke"] == "Setail (35.10.09.2004)"
    assert back.cells["Datang dari"] == "Malang"


def test_who_left_as_a_stub_stays_in_the_books_of_earlier_months(village: Village) -> None:
    village.leaves(BUDI, dt.date(2026, 11, 5))
    before = village.month()
    stub = Resident(nik="3510015005809001", name="BUDI", sex=1, life_status=3, left_on=dt.date(2026, 11, 5))
    village.people[BUDI] = Person(BUDI, stub, LEVEL_STUB)
    assert village.month() == before
    assert before.hamlets[0].ids(Column.DEPARTURE) == (BUDI,)


def test_events_of_a_merged_record_are_those_of_the_one_that_stayed(village: Village) -> None:
    twin = ident(15)
    village.person(twin, name="BUDI", sex=1, merged_into=BUDI)
    village.event(EventKind.MOVE_IN, dt.date(2026, 11, 6), twin, household_id=HOME)
    assert numbers(village.month()) == {"start": 2, "arrival": 1, "end": 3}


@pytest.mark.parametrize("values", [{"state": EventState.CANCELLED}, {"state": EventState.REFUSED}, {"void": "x"}])
def test_a_cancelled_or_refused_event_never_happened(village: Village, values: dict[str, Any]) -> None:
    village.event(EventKind.DEATH, dt.date(2026, 11, 6), BUDI, **values)
    assert numbers(village.month()) == {"start": 3, "end": 3}


# -- hamlets


def test_a_move_inside_the_village_moves_people_between_hamlets_only(village: Village) -> None:
    village.change(BUDI, household_id=OTHER)
    village.event(EventKind.MOVE_INSIDE, dt.date(2026, 11, 6), BUDI, household_id=OTHER, other_household_id=HOME)
    found = village.month()
    krajan, sumber = found.hamlets
    assert (krajan.ids(Column.MOVED_OUT), sumber.ids(Column.MOVED_IN)) == ((BUDI,), (BUDI,))
    assert (krajan.count(Column.END), sumber.count(Column.START), sumber.count(Column.END)) == (2, 0, 1)
    assert found.differences == ()
    rows = {row.cells["Dusun"]: row.cells for row in village.book("rekap").rows}
    assert rows["SUMBER"]["Masuk dari Dusun Lain"] == rows["KRAJAN"]["Keluar ke Dusun Lain"] == 1
    assert (rows["JUMLAH"]["Awal Jiwa"], rows["JUMLAH"]["Akhir Jiwa"]) == (3, 3)


def test_a_family_that_changes_hamlet_takes_its_missing_member_along(village: Village) -> None:
    village.change(BUDI, life_status=LifeStatus.MISSING)
    village.households[HOME] = Household(head_id=AHMAD, hamlet="TEGAL")
    village.event(
        EventKind.MOVE_INSIDE,
        dt.date(2026, 11, 6),
        AHMAD,
        SITI,
        household_id=HOME,
        place_from="KRAJAN",
        place_to="TEGAL",
    )
    krajan, tegal = village.month().hamlets
    assert (krajan.count(Column.START), krajan.count(Column.END)) == (3, 0)
    assert (tegal.count(Column.MOVED_IN), tegal.count(Column.END)) == (3, 3)


def test_a_new_name_of_a_hamlet_holds_for_every_month(village: Village) -> None:
    village.households[HOME] = Household(head_id=AHMAD, hamlet="krajan  baru")
    for month in (OCTOBER, NOVEMBER):
        assert [row.hamlet for row in village.month(month).hamlets] == ["KRAJAN BARU"]
        assert population(village.chronicle, month, "dusun").lines[0].label == "KRAJAN BARU"


# -- the form


def test_the_recapitulation_has_the_33_columns_and_the_identity_of_the_form(village: Village) -> None:
    village.person(ident(16), name="JOHN", sex=1, citizenship=2, household_id=OTHER)
    village.person(ident(17), name="TANPA JENIS", household_id=None)
    village.dies(SITI, dt.date(2026, 11, 2), dt.date(2026, 11, 1))
    sheet = village.book("rekap")
    assert sheet.headers[:2] == ("No.", "Dusun")
    assert sheet.headers.index("Ket.") == 32
    total = sheet.rows[-1].cells
    assert (total["Awal KK"], total["Awal Anggota"], total["Awal Jiwa"]) == (2, 3, 5)
    assert (total["Akhir WNA L"], total["Akhir WNI L"], total["Akhir WNI P"], total["Akhir Jiwa"]) == (1, 2, 0, 4)
    assert total["Akhir Tanpa Jenis Kelamin"] == 1
    assert [row.cells["Dusun"] for row in sheet.rows] == ["KRAJAN", "SUMBER", "BELUM DIISI", "JUMLAH"]
    for row in sheet.rows:
        assert row.ids_by_header is not None
        assert all(len(ids) == row.cells[header] for header, ids in row.ids_by_header.items())


def test_a_status_that_contradicts_the_event_is_a_difference_in_its_month(village: Village) -> None:
    event = village.dies(BUDI, dt.date(2026, 11, 2), dt.date(2026, 11, 1))
    village.change(BUDI, life_status=LifeStatus.ALIVE, died_on=None)
    (difference,) = village.month().differences
    assert (difference.hamlet, difference.category, difference.surplus) == ("KRAJAN", Category(False, Sex.MALE), 1)
    assert (difference.people, difference.events) == ((BUDI,), (event,))
    assert difference_words(difference) == "Selisih +1 di dusun KRAJAN, WNI L"
    assert village.book("rekap").rows[0].cells["Ket."] == "SELISIH 1: periksa datanya"
    assert village.month(OCTOBER).differences == village.month(DECEMBER).differences == ()
    assert book_to_tree(open_book(village.chronicle, "agama", NOVEMBER))["differences"][0]["surplus"] == 1


def test_two_differences_that_make_up_for_each_other_are_both_named(village: Village) -> None:
    village.event(EventKind.DEATH, dt.date(2026, 11, 2), BUDI, household_id=HOME)
    village.event(EventKind.MOVE_IN, dt.date(2026, 11, 2), AHMAD, household_id=HOME)
    village.change(AHMAD, life_status=LifeStatus.DEAD)
    (difference,) = village.month().differences
    assert (difference.surplus, set(difference.people)) == (0, {AHMAD, BUDI})


def test_an_event_that_moves_nobody_is_idle_and_counts_nothing(village: Village) -> None:
    village.event(EventKind.MOVE_INSIDE, dt.date(2026, 10, 2), BUDI, household_id=HOME, other_household_id=OTHER)
    event = village.event(EventKind.MOVE_IN, dt.date(2026, 11, 2), BUDI, household_id=HOME)
    found = village.month()
    assert (numbers(found), found.differences) == ({"start": 3, "end": 3}, ())
    assert [step.event.record_id for step in found.idle] == [event]
    assert book_to_tree(open_book(village.chronicle, "rekap", NOVEMBER))["idle_events"] == [event.hex()]


def test_who_arrives_but_lives_elsewhere_by_the_registry_moves_no_number(village: Village) -> None:
    village.leaves(BUDI, dt.date(2026, 11, 3))
    back = village.event(EventKind.MOVE_IN, dt.date(2026, 11, 5), BUDI, household_id=HOME)
    village.people[BUDI] = Person(BUDI, village.people[BUDI].resident, LEVEL_STUB)
    found = village.month()
    assert numbers(found) == {"start": 3, "departure": 1, "end": 2}
    assert found.differences == ()
    assert [step.event.record_id for step in found.idle] == [back]
    # The same with the person's record here is a contradiction of the register, and told as one.
    village.people[BUDI] = Person(BUDI, village.people[BUDI].resident, 0)
    assert [one.events for one in village.month().differences] == [(back,)]


def test_somebody_found_again_is_no_arrival_and_nothing_to_look_at(village: Village) -> None:
    village.event(EventKind.RETURNED, dt.date(2026, 11, 2), BUDI, household_id=HOME)
    found = village.month()
    assert (numbers(found), found.idle, found.differences) == ({"start": 3, "end": 3}, (), ())
    assert [row.cells["Peristiwa"] for row in village.book("peristiwa").rows] == ["KEMBALI"]


def test_somebody_who_had_gone_and_returns_is_an_arrival(village: Village) -> None:
    village.change(BUDI, left_on=dt.date(2020, 1, 1), arrived_on=dt.date(2026, 11, 2))
    village.event(EventKind.RETURNED, dt.date(2026, 11, 2), BUDI, household_id=HOME)
    assert numbers(village.month()) == {"start": 2, "arrival": 1, "end": 3}


def test_a_wife_who_moves_to_her_husbands_family_was_in_her_own_before(village: Village) -> None:
    village.change(SITI, household_id=OTHER)
    village.event(EventKind.MARRIAGE, dt.date(2026, 11, 2), SITI, household_id=OTHER, other_household_id=HOME)
    krajan, sumber = village.month().hamlets
    assert (krajan.ids(Column.MOVED_OUT), sumber.ids(Column.MOVED_IN)) == ((SITI,), (SITI,))


def test_a_split_and_a_new_family_leave_people_where_they_were_before(village: Village) -> None:
    new, newer = ident(3), ident(4)
    village.households |= {new: Household(hamlet="TEGAL"), newer: Household(hamlet="PASAR")}
    village.change(BUDI, household_id=newer)
    village.change(SITI, household_id=newer)
    village.event(EventKind.SPLIT, dt.date(2026, 10, 2), BUDI, household_id=HOME, other_household_id=new)
    village.event(
        EventKind.NEW_HOUSEHOLD, dt.date(2026, 11, 2), SITI, BUDI, household_id=newer, other_household_id=HOME
    )
    life = village.chronicle.lives[BUDI]
    days = (dt.date(2026, 9, 30), dt.date(2026, 10, 31), dt.date(2026, 11, 30))
    assert [life.at(day).hamlet for day in days] == ["KRAJAN", "TEGAL", "PASAR"]
    assert village.chronicle.lives[SITI].at(days[1]).hamlet == "KRAJAN"


# -- figures


def test_people_without_a_birth_date_have_a_line_of_their_own(village: Village) -> None:
    figure = population(village.chronicle, NOVEMBER, "umur")
    assert {line.label: line.ids for line in figure.lines if line.ids} == {
        "40-44": (SITI,),
        "45-49": (AHMAD,),
        "BELUM DIISI": (BUDI,),
    }
    assert [line.label for line in figure.lines][:2] == ["0-4", "5-9"]
    assert figure.lines[-2].label == "75+"
    assert figure.total == village.month().total.count(Column.END)


def test_an_age_is_that_of_the_months_last_day(village: Village) -> None:
    village.change(BUDI, birth_on=dt.date(2021, 11, 30))
    assert {line.label for line in population(village.chronicle, OCTOBER, "umur").lines if BUDI in line.ids} == {"0-4"}
    assert {line.label for line in population(village.chronicle, NOVEMBER, "umur").lines if BUDI in line.ids} == {"5-9"}


def test_a_figure_narrows_to_a_hamlet(village: Village) -> None:
    village.change(BUDI, household_id=OTHER)
    assert population(village.chronicle, NOVEMBER, "agama", hamlet="sumber").total == 1
    assert population(village.chronicle, NOVEMBER, "agama", hamlet="TEGAL").total == 0


def test_a_code_of_a_newer_program_is_counted_under_its_number(village: Village) -> None:
    village.people[BUDI] = Person(BUDI, Resident.model_construct(household_id=HOME, sex=1, religion=99))
    assert "kode 99" in {line.label for line in population(village.chronicle, NOVEMBER, "agama").lines}


# -- the other books


def test_the_main_book_lists_families_with_the_head_first(village: Village) -> None:
    village.change(SITI, marital_status=4)
    sheet = village.book("induk")
    assert len(sheet.headers) == 16
    assert [row.cells["Nama Lengkap/Panggilan"] for row in sheet.rows] == ["AHMAD", "SITI", "BUDI"]
    head, wife, _ = (row.cells for row in sheet.rows)
    assert head["Kedudukan dalam Keluarga"] == "KEPALA KELUARGA"
    assert (wife["Status Perkawinan"], wife["Alamat Lengkap"]) == ("JD", "RT 002 RW 001, DUSUN KRAJAN")
    assert (head["Tanggal Lahir"], head["No. KK"]) == ("01-05-1980", "3510011202129001")


def test_the_card_book_says_since_when_somebody_lives_here(village: Village) -> None:
    village.change(BUDI, arrived_on=dt.date(2026, 10, 3))
    village.event(EventKind.MOVE_IN, dt.date(2026, 10, 6), BUDI, occurred_on=dt.date(2026, 10, 3), household_id=HOME)
    sheet = village.book("ktp-kk")
    assert len(sheet.headers) == 19
    assert [row.cells["Tanggal Mulai Tinggal di Desa"] for row in sheet.rows] == ["", "", "03-10-2026"]


def test_temporary_residents_are_in_a_book_of_their_own_while_they_stay(village: Village) -> None:
    guest = ident(18)
    village.person(guest, name="RINI", sex=2, resident_status=ResidentStatus.TEMPORARY)
    village.change(guest, arrived_on=dt.date(2026, 10, 20), left_on=dt.date(2026, 11, 4))
    village.event(EventKind.MOVE_IN, dt.date(2026, 10, 20), guest, household_id=HOME, place_from="Malang")
    assert len(village.book("sementara").headers) == 15
    for month, there in ((Month(2026, 9), 0), (OCTOBER, 1), (NOVEMBER, 1), (DECEMBER, 0)):
        assert len(village.book("sementara", month).rows) == there
    (row,) = village.book("sementara").rows
    assert (row.cells["P"], row.cells["Datang dari"], row.cells["Pergi Tanggal"]) == ("P", "Malang", "04-11-2026")
    assert str(row.cells["Nama dan Alamat yang Didatangi"]).startswith("AHMAD, RT 002")
    assert numbers(village.month(OCTOBER)) == {"start": 3, "end": 3}


def test_an_empty_village_has_empty_books() -> None:
    chronicle = Chronicle([], {}, [])
    for name in BOOK_NAMES:
        assert book_to_tree(open_book(chronicle, name, NOVEMBER))["differences"] == []


def test_a_ring_of_merged_records_hangs_no_book(village: Village) -> None:
    village.person(ident(20), merged_into=ident(21))
    village.person(ident(21), merged_into=ident(20))
    village.event(EventKind.DEATH, dt.date(2026, 11, 2), ident(20))
    assert numbers(village.month()) == {"start": 3, "end": 3}


def test_an_unknown_book_is_refused_with_the_names_there_are(village: Village) -> None:
    with pytest.raises(DataError) as caught:
        village.book("kas")
    assert caught.value.code == "book-unknown"
    assert "induk" in caught.value.hint


# -- months


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "11-2026", "0000-01"])
def test_a_month_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DataError) as caught:
        Month.from_text(text)
    assert caught.value.code == "month-format"


def test_months_follow_each_other() -> None:
    assert Month.from_text(" 2026-11 ").next.next == Month(2027, 1)
    assert (Month(2024, 2).last, str(Month(2026, 3))) == (dt.date(2024, 2, 29), "2026-03")
    assert dt.date(2026, 11, 30) in NOVEMBER
    assert dt.date(2026, 12, 1) not in NOVEMBER
    assert Month(9999, 12).last == dt.date.max
