"""Service definitions: the shipped ones hold, and every fault of another is reported with its remedy."""

from __future__ import annotations

import pytest

from schemas.errors import DataError, RefusedError
from schemas.services import Audience, all_services, check_directory_names, read_definition, service_of
from schemas.services.checking import AUDIENCES, TEMPLATES, Fault

GOOD = """\
code = "SKD-99"
name = { id = "Surat contoh", en = "Sample letter" }
issuer = "desa"
path = ["desa"]
template = "cover-1"
number_class = "470"
fee = 0
days = 1

[[case]]
code = "hilang"
name = { id = "Hilang", en = "Lost" }

[[requirement]]
code = "ktp"
name = { id = "KTP", en = "Identity card" }

[[requirement]]
code = "surat-kehilangan"
name = { id = "Surat kehilangan", en = "Report of the loss" }
when = ["hilang"]

[[field]]
name = "reason"
label = { id = "Alasan", en = "Reason" }
type = "choice"
choices = ["A", "B"]
required = false
"""


def faults_of(text: str | bytes) -> dict[str, Fault]:
    raw = text if isinstance(text, bytes) else text.encode()
    definition, faults = read_definition("contoh.toml", raw)
    assert (definition is None) == bool(faults)
    assert all(fault.file == "contoh.toml" and fault.why and fault.remedy for fault in faults)
    return {fault.key: fault for fault in faults}


def test_the_shipped_services_hold_and_their_texts_are_filled_in() -> None:
    services = all_services()
    assert sum(bool(one.template) for one in services.values()) >= 25
    assert list(services) == sorted(services)
    for one in services.values():
        assert one.label.id
        assert one.label.en
        assert one.fee == 0
        assert one.basis
        assert bool(one.template) == bool(one.number_class)
    assert {one.template for one in services.values() if one.template} == TEMPLATES


def test_requirements_differ_by_case() -> None:
    card = service_of("adm-08")
    assert [one.code for one in card.required("hilang")] == ["ktp", "surat-kehilangan"]
    assert [one.code for one in card.required("rusak")] == ["ktp", "kk-rusak"]
    assert [one.code for one in card.missing("rusak", {"ktp"})] == ["kk-rusak"]
    with pytest.raises(RefusedError) as missing:
        card.required()
    assert missing.value.code == "case-missing"
    assert "hilang: Hilang" in missing.value.hint
    with pytest.raises(RefusedError) as unknown:
        card.required("dicuri")
    assert unknown.value.code == "case-unknown"
    with pytest.raises(RefusedError, match="tidak ada"):
        service_of("SKD-06").required("hilang")


def test_a_service_without_requirements_asks_for_none() -> None:
    definition, _ = read_definition("x.toml", GOOD.split("[[case]]", maxsplit=1)[0].encode())
    assert definition is not None
    assert definition.required() == ()
    assert definition.missing("", ()) == ()


def test_an_unknown_service_names_those_that_exist() -> None:
    with pytest.raises(DataError) as error:
        service_of("SKD-77")
    assert error.value.code == "service-unknown"
    assert "SKD-03" in error.value.hint


def test_a_good_definition_has_no_fault() -> None:
    assert faults_of(GOOD) == {}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('code = "SKD-99"', 'code = "surat"', "code"),
        ('code = "SKD-99"', "", "code"),
        ('code = "SKD-99"', "code = 99", "code"),
        ('name = { id = "Surat contoh", en = "Sample letter" }', 'name = "Surat"', "name"),
        ('en = "Sample letter"', 'fr = "Lettre"', "name.fr"),
        ('en = "Sample letter"', 'en = " "', "name.en"),
        ('issuer = "desa"', 'issuer = "rt"', "issuer"),
        ('path = ["desa"]', "path = []", "path"),
        ('path = ["desa"]', 'path = ["dukcapil", "desa"]', "path"),
        ('template = "cover-1"', 'template = "cover-9"', "template"),
        ('issuer = "desa"', 'issuer = "dukcapil"', "template"),
        ('number_class = "470"', 'number_class = "surat"', "number_class"),
        ('number_class = "470"', "", "number_class"),
        ("fee = 0", "fee = 5000", "fee"),
        ("fee = 0", "fee = -1", "fee"),
        ("fee = 0", 'fees = "gratis"', "fees"),
        ("days = 1", "days = 365", "days"),
        ("days = 1", "days = true", "days"),
        ('when = ["hilang"]', "when = []", "requirement[2].when"),
        ('when = ["hilang"]', 'when = ["rusak"]', "requirement[2].when"),
        ('when = ["hilang"]', "", "case"),
        ('code = "surat-kehilangan"', 'code = "ktp"', "requirement[2]"),
        ('code = "surat-kehilangan"', 'code = "Surat Hilang"', "requirement[2].code"),
        ('choices = ["A", "B"]', "", "field[1].choices"),
        ('choices = ["A", "B"]', "choices = [1]", "field[1].choices"),
        ('type = "choice"', 'type = "text"', "field[1].choices"),
        ('type = "choice"', 'type = "blob"', "field[1].type"),
        ("required = false", 'required = "no"', "field[1].required"),
        ('name = "reason"', 'name = "Alasan Pindah"', "field[1].name"),
    ],
)
def test_a_fault_names_its_key_and_the_remedy(old: str, new: str, key: str) -> None:
    assert old in GOOD
    assert key in faults_of(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('audience = "arwah"', "not one of the choices"),
        ('audience = "heirs"', "is about person, not heirs"),
        ('audience = "person"\ntemplate = "heirs-1"', "is about heirs, not person"),
        ('template = "death-1"', "is about deceased, not person"),
    ],
)
def test_a_definition_says_whom_its_letter_is_for(written: str, why: str) -> None:
    text = GOOD.replace(
        'template = "cover-1"', written if "template" in written else f'{written}\ntemplate = "cover-1"'
    )
    assert why in faults_of(text)["audience"].why


def test_only_a_printed_letter_has_an_audience() -> None:
    text = GOOD.replace('template = "cover-1"', 'audience = "heirs"')
    assert "only a letter" in faults_of(text)["audience"].why
    right = GOOD.replace('template = "cover-1"', 'audience = "heirs"\ntemplate = "heirs-1"')
    assert faults_of(right) == {}


def test_each_template_is_of_one_audience() -> None:
    assert set(AUDIENCES) <= TEMPLATES
    for one in all_services().values():
        if one.template:
            assert one.audience is AUDIENCES.get(one.template, Audience.PERSON), one.code


def test_all_faults_are_reported_at_once() -> None:
    spoiled = GOOD.replace("fee = 0", "fee = 5").replace('"470"', '"x"').replace('["desa"]', "7")
    assert set(faults_of(spoiled)) == {"fee", "number_class", "path"}
    assert "Write fee = 0." in str(faults_of(spoiled)["fee"])


def test_what_is_no_table_or_no_toml_is_one_fault() -> None:
    assert set(faults_of('requirement = "ktp"\n' + GOOD.split("[[case]]", maxsplit=1)[0])) == {"requirement"}
    assert set(faults_of("code = ")) == {"-"}
    assert set(faults_of(b"\xff\xfe")) == {"-"}


def test_two_files_may_not_define_one_code() -> None:
    one = service_of("SKD-03")
    faults = check_directory_names([("a.toml", one), ("b.toml", one)])
    assert [(fault.file, fault.key) for fault in faults] == [("b.toml", "code")]
    assert check_directory_names([("a.toml", one)]) == ()


def test_what_citizens_declare_themselves_is_told_from_what_the_village_states() -> None:
    assert [service_of(code).is_own_statement for code in ("NKH-N5", "SKD-03")] == [True, False]
