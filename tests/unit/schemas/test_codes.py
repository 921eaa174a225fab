"""Closed code lists: every label and spelling means one number, unknown texts are refused, unknown numbers shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import identifiers
from schemas.codes import (
    CODE_LISTS,
    CaseState,
    Citizenship,
    Code,
    CodeList,
    EventKind,
    EventState,
    LifeStatus,
    MaritalStatus,
    Relation,
    RequestState,
    ResidentStatus,
    Sex,
    code_list,
    marital_status_from_kk6,
    marital_status_to_kk6,
    marital_status_to_legacy4,
)
from schemas.errors import CodeError
from schemas.fields import Kind, fields_of

LISTS = sorted(CODE_LISTS.values(), key=lambda found: found.name)
CODES = [(found, code) for found in LISTS for code in found]


def test_every_list_that_a_field_names_exists() -> None:
    named = {field.code_list for kind in Kind for field in fields_of(kind) if field.code_list}
    assert named <= set(CODE_LISTS)
    assert all(name == found.name for name, found in CODE_LISTS.items())


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("sex", 2),
        ("religion", 7),
        ("relation_to_head", 11),
        ("education", 10),
        ("education_ongoing", 18),
        ("occupation", 89),
        ("marital_status", 8),
        ("blood_type", 13),
        ("disability", 7),
        ("ktp_record_status", 8),
        ("life_status", 6),
        ("move_reason", 7),
    ],
)
def test_a_list_has_as_many_codes_as_its_form(name: str, count: int) -> None:
    assert len(code_list(name)) == count


@pytest.mark.parametrize("found", LISTS, ids=lambda found: found.name)
def test_every_spelling_of_a_code_reads_as_that_code(found: CodeList) -> None:
    assert found.title_id
    assert found.title_en
    for code in found:
        assert code.number in found
        assert code.label_id
        assert code.label_en
        for spelling in (code.label_id, *code.spellings):
            assert found.from_text(spelling) == code.number
            assert found.from_text(f"  {spelling.title()} ") == code.number
            assert found.from_text(spelling.replace(" ", "")) == code.number
        assert found.label(code.number) == code.label_id
        assert found.label(code.number, "en") == code.label_en
        assert found.from_int(code.number) == code.number


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        ("sex", "Lk", 1),
        ("sex", "Laki laki", 1),
        ("sex", "Laki–Laki", 1),
        ("sex", "Pr", 2),
        ("sex", "2.0", 2),
        ("religion", "Katolik", 3),
        ("religion", "Buddha", 5),
        ("religion", "Konghuchu", 6),
        ("religion", "01", 1),
        ("marital_status", "BELUM_KAWIN", 1),
        ("marital_status", "CH", 3),
        ("marital_status", "Cerai Hidup Belum Tercatat", 8),
        ("relation_to_head", "Orang Tua", 7),
        ("education", "Tidak/Blm Sekolah", 1),
        ("education", "Tidak Tamat SD/Sederajat", 2),
        ("education", "SLTP / SEDERAJAT", 4),
        ("education", "DIPLOMA I / II", 6),
        ("education", "DIPLOMA I-II", 6),
        ("education", "Diploma III", 7),
        ("education", "Akademi/Diploma III/Sarjana Muda", 7),
        ("education", "Strata-II", 9),
        ("education_ongoing", "SEDANG D1 SEDERAJAT", 8),
        ("occupation", "PETANI / PEKEBUN", 9),
        ("occupation", "PNS", 5),
        ("occupation", "8.0", 8),
        ("blood_type", "ab", 3),
        ("blood_type", "A -", 6),
        ("blood_type", "O+", 11),
        ("blood_type", "Tdk Th", 13),
        ("life_status", "PINDAH LUAR NEGERI", 3),
        ("ktp_record_status", "SENT_FOR_CARD_PRINTING", 7),
        ("family_planning", "8", 99),
        ("family_planning", "99", 99),
        ("insurance", "4", 4),
    ],
)
def test_a_cell_from_the_field_is_understood(name: str, text: str, number: int) -> None:
    assert code_list(name).from_text(text) == number


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sex", ""),
        ("sex", "3"),
        ("sex", "X"),
        ("religion", "1.5"),
        ("religion", "-1"),
        ("occupation", "1-2"),
        ("occupation", "1.0.0"),
        ("occupation", "BURUH"),
        ("occupation", "90"),
        ("marital_status", "5"),
        ("marital_status", "JANDA"),
        ("marital_status", "P"),
        ("blood_type", "-"),
        ("blood_type", "0"),
        ("life_status", "5"),
        ("sex", "9" * 30),
    ],
)
def test_a_cell_with_no_or_two_meanings_is_refused(name: str, text: str) -> None:
    with pytest.raises(CodeError) as refused:
        code_list(name).from_text(text)
    assert (refused.value.code, refused.value.field, refused.value.value) == ("code-unknown", name, text)
    assert code_list(name).title_id in str(refused.value)


@given(st.sampled_from(LISTS), st.text(max_size=30))
def test_reading_any_text_gives_a_code_of_the_list_or_a_code_error(found: CodeList, text: str) -> None:
    """A closed list is closed: what it reads is in it, and everything else is refused as a value, not as a bug."""
    try:
        number = found.from_text(text)
    except CodeError:
        return
    assert number in found


def test_a_hint_lists_the_choices_and_cuts_a_long_list() -> None:
    with pytest.raises(CodeError) as refused:
        code_list("sex").from_int(7)
    assert refused.value.hint == "Pilih salah satu: 1 LAKI-LAKI, 2 PEREMPUAN"
    with pytest.raises(CodeError) as refused:
        code_list("occupation").from_text("astronaut")
    assert refused.value.hint.endswith(", ...")
    with pytest.raises(CodeError) as refused:
        code_list("marital_status").from_text("6")
    assert "4 CERAI MATI, KAWIN TERCATAT" in refused.value.hint


def test_a_number_of_a_newer_program_is_shown_as_a_number() -> None:
    for found in LISTS:
        assert found.label(98) == "kode 98" or 98 in found
        assert found.label(-5, "en") == "code -5"


def test_marital_status_speaks_three_numberings() -> None:
    assert [marital_status_to_legacy4(code.number) for code in code_list("marital_status")] == [1, 2, 3, 4, 2, 2, 3, 3]
    assert marital_status_to_legacy4(99) is None
    assert [code_list("marital_status").label(marital_status_from_kk6(number)) for number in range(1, 7)] == [
        "BELUM KAWIN",
        "KAWIN TERCATAT",
        "KAWIN BELUM TERCATAT",
        "CERAI HIDUP TERCATAT",
        "CERAI HIDUP BELUM TERCATAT",
        "CERAI MATI",
    ]
    assert [marital_status_to_kk6(marital_status_from_kk6(number)) for number in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    assert marital_status_to_kk6(MaritalStatus.MARRIED) is None
    with pytest.raises(CodeError):
        marital_status_from_kk6(7)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("sex", Sex),
        ("relation_to_head", Relation),
        ("life_status", LifeStatus),
        ("marital_status", MaritalStatus),
        ("citizenship", Citizenship),
        ("resident_status", ResidentStatus),
        ("event_kind", EventKind),
        ("event_state", EventState),
        ("request_state", RequestState),
        ("case_state", CaseState),
    ],
)
def test_every_named_code_is_in_its_list(name: str, named: type[Sex]) -> None:
    assert {int(member) for member in named} <= set(code_list(name).codes)


def test_the_sex_hint_of_a_nik_uses_the_codes_of_the_list() -> None:
    assert (identifiers.MALE, identifiers.FEMALE) == (Sex.MALE, Sex.FEMALE)


def test_a_list_with_a_repeated_number_or_spelling_cannot_be_built() -> None:
    with pytest.raises(AssertionError, match="used twice"):
        CodeList("x", "X", "X", (Code(1, "A", "A"), Code(1, "B", "B")))
    with pytest.raises(AssertionError, match="means both"):
        CodeList("x", "X", "X", (Code(1, "A", "A"), Code(2, "B", "B", "a")))


def test_lists_and_codes_print_shortly() -> None:
    assert repr(code_list("sex")) == "CodeList('sex', 2 codes)"
    assert repr(code_list("sex").codes[1]) == "Code(1, 'LAKI-LAKI')"


def test_no_spelling_looks_like_a_number() -> None:
    """Numbers are read by the official numbering, so a spelling of digits would never be seen."""
    assert not [code for _, code in CODES for spelling in code.spellings if spelling.isdigit()]
