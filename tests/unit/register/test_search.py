"""Search: what an officer types finds the people and families meant, best first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.areas import Area
from register.database import migrate, open_engine, writing
from register.names import words_of
from register.search import find_households, find_residents
from register.store import IndexItem, RegisterStore
from register.tables import LEVEL_FULL, LEVEL_STUB
from schemas.bodies import body_of
from schemas.fields import Kind

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
VILLAGE, NEXT_VILLAGE = 7, 8
KK = "3510090101099001"


def record_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def person(number: int, name: str, village_id: int = VILLAGE, level: int = LEVEL_FULL, **values: object) -> IndexItem:
    body = body_of(Kind.RESIDENT, {"name": name, **values})
    return IndexItem(village_id, record_id(number), Kind.RESIDENT, level, body)


def family(number: int, village_id: int = VILLAGE, **values: object) -> IndexItem:
    return IndexItem(village_id, record_id(number), Kind.HOUSEHOLD, LEVEL_FULL, body_of(Kind.HOUSEHOLD, values))


HOUSE, OTHER_HOUSE, FAR_HOUSE = record_id(50), record_id(51), record_id(52)

PEOPLE = [
    family(
        50, family_number=KK, head_id=record_id(1), address="JL. MELATI NO. 12", hamlet="KRAJAN", rw="001", rt="002"
    ),
    family(
        51, family_number="3510090101099002", head_id=record_id(4), address="JL. MAWAR", hamlet="SUMBERWARU", rw="001"
    ),
    family(52, NEXT_VILLAGE, family_number="3510090101099003", address="JL. MELATI", hamlet="KRAJAN"),
    person(1, "SITI AMINAH", nik="3510095205709001", household_id=HOUSE, relation=1),
    person(2, "AMINAH SITIMAH", nik="3510095205809001", household_id=HOUSE, relation=4),
    person(3, "MA'RUF", nik="3510091205909001", household_id=HOUSE, relation=4),
    person(4, "SITI SINTA SARI", nik="3510094505909002", household_id=OTHER_HOUSE, relation=1, life_status=2),
    person(5, "SUSITI", household_id=OTHER_HOUSE, relation=4),
    person(6, "SITI ROHMAH", NEXT_VILLAGE, nik="3510095205709001", household_id=FAR_HOUSE, relation=3),
    person(7, "SITI PERGI", level=LEVEL_STUB),
]


@pytest.fixture(scope="module")
def store() -> Iterator[RegisterStore]:
    engine = open_engine("sqlite://")
    migrate(engine)
    with writing(engine) as connection:
        store = RegisterStore(connection, "35.10")
        store.index_bodies(PEOPLE)
        yield store
    engine.dispose()


def people(store: RegisterStore, text: str, village_id: int | None = VILLAGE, **options: object) -> list[int]:
    found = find_residents(store, village_id, text, **options)  # type: ignore[arg-type]
    return [int.from_bytes(hit.record_id, "big") for hit in found]


def families(store: RegisterStore, text: str, village_id: int | None = VILLAGE, **options: object) -> list[int]:
    found = find_households(store, village_id, text, **options)  # type: ignore[arg-type]
    return [int.from_bytes(hit.record_id, "big") for hit in found]


class TestByName:
    def test_whole_words_come_before_beginnings_and_then_the_alphabet(self, store: RegisterStore) -> None:
        assert people(store, "siti") == [1, 7, 4, 2]

    def test_every_typed_word_must_begin_a_word_in_any_order(self, store: RegisterStore) -> None:
        assert people(store, "ami sit") == [2, 1]
        assert people(store, "siti aminah") == [1, 2]
        assert people(store, "siti x") == []

    @pytest.mark.parametrize("typed", ["maruf", "Ma'ruf", "MA’RUF", "ma"])
    def test_apostrophes_never_hide_a_person(self, store: RegisterStore, typed: str) -> None:
        assert people(store, typed) == [3]

    def test_a_person_with_several_fitting_words_is_one_hit(self, store: RegisterStore) -> None:
        assert people(store, "s") == [4, 1, 7, 2, 5]
        assert len(people(store, "s", limit=3)) == 3

    def test_pages_follow_each_other_without_gap_or_repetition(self, store: RegisterStore) -> None:
        whole = people(store, "s")
        assert [number for offset in range(5) for number in people(store, "s", limit=1, offset=offset)] == whole

    def test_a_district_searches_all_its_villages(self, store: RegisterStore) -> None:
        assert people(store, "siti", None) == [1, 7, 6, 4, 2]

    def test_a_village_never_sees_another_village(self, store: RegisterStore) -> None:
        assert people(store, "rohmah") == []
        assert people(store, "3510095205709001") == [1]

    def test_an_empty_text_lists_everybody_by_name(self, store: RegisterStore) -> None:
        assert people(store, "  ") == [2, 3, 1, 7, 4, 5]

    def test_a_wildcard_is_only_a_sign(self, store: RegisterStore) -> None:
        assert people(store, "si%i") == []
        assert people(store, "_") == people(store, "")


class TestByNumber:
    def test_a_whole_or_begun_nik_finds_its_people(self, store: RegisterStore) -> None:
        assert people(store, "3510095205709001", None) == [1, 6]
        assert people(store, "35.10.09.52") == [1, 2]

    def test_a_family_number_finds_the_members(self, store: RegisterStore) -> None:
        assert people(store, KK) == [1, 2, 3]

    def test_three_digits_are_too_few(self, store: RegisterStore) -> None:
        assert people(store, "351") == []


class TestNarrowing:
    def test_the_dead_and_the_departed_can_be_left_out_or_asked_for(self, store: RegisterStore) -> None:
        assert people(store, "siti", is_living=True) == [1, 2]
        assert people(store, "siti", is_living=False) == [7, 4]
        assert people(store, "3510094505909002", is_living=True) == []

    def test_an_area_narrows_people_and_families(self, store: RegisterStore) -> None:
        assert people(store, "", area=Area(hamlet="krajan")) == [2, 3, 1]
        assert people(store, "siti", area=Area(rw="1", rt="2")) == [1, 2]
        assert people(store, "s", area=Area(address="melati jl")) == [1, 2]
        assert people(store, KK, area=Area(hamlet="SUMBERWARU")) == []
        assert people(store, "siti", None, area=Area(address="MELATI")) == [1, 6, 2]
        assert families(store, "jl", area=Area(hamlet="SUMBERWARU")) == [51]


class TestHouseholds:
    def test_families_are_found_by_number_member_and_address(self, store: RegisterStore) -> None:
        assert families(store, KK) == [50]
        assert families(store, "3510091205909001") == [50]
        assert families(store, "maruf") == [50]
        assert families(store, "mawar") == [51]
        assert families(store, "melati", None) == [52, 50]
        assert families(store, "") == [50, 51]

    def test_heads_come_before_members(self, store: RegisterStore) -> None:
        assert families(store, "siti", None) == [50, 52]

    def test_a_family_comes_with_its_head_and_a_person_with_the_family(self, store: RegisterStore) -> None:
        found = find_households(store, VILLAGE, KK)[0]
        assert found.head is not None
        assert found.head.name == "SITI AMINAH"
        hit = find_residents(store, VILLAGE, "maruf")[0]
        assert hit.household is not None
        assert hit.household.address == "JL. MELATI NO. 12"
        assert find_residents(store, VILLAGE, "siti pergi")[0].household is None


WORD = st.sampled_from(["SITI", "SRI", "SITIMAH", "AMINAH", "AMI", "NUR", "NURUL", "MA'RUF", "DE WI"])


@given(
    names=st.lists(st.lists(WORD, min_size=1, max_size=3), max_size=12), typed=st.lists(WORD, min_size=1, max_size=3)
)
def test_search_finds_exactly_the_names_in_which_every_word_begins_a_word(
    names: list[list[str]], typed: list[str]
) -> None:
    """Every typed word must begin some word of the name, in any order."""
    engine = open_engine("sqlite://")
    migrate(engine)
    wanted = words_of(" ".join(typed))[:6]
    expected = {
        number
        for number, name in enumerate(names)
        if all(any(word.startswith(prefix) for word in words_of(" ".join(name))) for prefix in wanted)
    }
    with writing(engine) as connection:
        store = RegisterStore(connection, "35.10")
        store.index_bodies(person(number, " ".join(name)) for number, name in enumerate(names))
        found = people(store, " ".join(typed), limit=3) + people(store, " ".join(typed), limit=20, offset=3)
    engine.dispose()
    assert len(found) == len(set(found))
    assert set(found) == expected


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_a_name_with_accents_is_found_however_they_are_encoded(form: Form, typed: Form) -> None:
    engine = open_engine("sqlite://")
    migrate(engine)
    with writing(engine) as connection:
        store = RegisterStore(connection, "35.10")
        store.index_bodies([person(1, unicodedata.normalize(form, "RENÉ MÜLLER"))])
        for text in ("RENÉ", "müller", "RENÉ MÜ"):
            assert people(store, unicodedata.normalize(typed, text)) == [1]
    engine.dispose()
