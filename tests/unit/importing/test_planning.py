"""What an import would do: ids that agree everywhere, nothing silent, nothing lost, nothing twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.importing import PlannedCreate, plan_import, read_table
from register.importing.packing import BYTES_MAX, RECORDS_MAX
from schemas.bodies import values_of
from schemas.fields import Kind, tag_of
from tests.unit.importing.build import (
    HEADERS,
    VILLAGE_KEY,
    FakeRegister,
    Row,
    child,
    codes,
    csv_bytes,
    grid,
    import_file,
    outcome,
    person,
    plan_file,
    wife,
    write_csv,
    write_xlsx,
)

FAMILY = [person(), wife(), child()]
FATHER, MOTHER, SON = "SUGENG CONTOH 9001", "SITI CONTOH 9002", "BUDI CONTOH 9003"
SECOND_KK = "3510091202129002"


@pytest.fixture
def register() -> FakeRegister:
    return FakeRegister()


def _import(tmp_path: Path, register: FakeRegister, rows: list[Row], name: str = "a.csv") -> tuple[int, ...]:
    return outcome(import_file(write_csv(tmp_path / name, grid(rows)), register))


def test_a_family_becomes_one_entry_with_its_household_first(tmp_path: Path) -> None:
    plan = plan_file(write_csv(tmp_path / "a.csv", grid([wife(), person(), child()])))

    assert outcome(plan) == (3, 0, 0, 0, 0)
    (entry,) = plan.households
    assert entry.updates == ()
    household, head, *others = (values_of(create.kind, create.body) for create in entry.creates)
    assert household == {
        "family_number": "3510091202129001",
        "head_id": entry.creates[1].record_id,
        "address": "JL. MELATI 7",
        "hamlet": "KRAJAN",
        "rw": "001",
        "rt": "002",
    }
    assert head == {
        "nik": "3510091708859001",
        "name": FATHER,
        "sex": 1,
        "birth_place": "BANYUWANGI",
        "birth_on": dt.date(1985, 8, 17),
        "household_id": entry.household_id,
        "relation": 1,
        "religion": 1,
        "citizenship": 1,
        "marital_status": 2,
    }
    assert [person_["name"] for person_ in others] == [MOTHER, SON]
    assert all(list(create.body) == sorted(create.body) for create in entry.creates)
    assert all(len(create.record_id) == 16 for create in entry.creates)


def test_all_43_columns_arrive(tmp_path: Path, register: FakeRegister) -> None:
    full = wife(
        agama_id="7",
        pendidikan_kk_id="Tidak/Blm Sekolah",
        pendidikan_sedang_id="18",
        pekerjaan_id="PETANI / PEKEBUN",
        status_kawin="CERAI HIDUP",
        ayah_nik="3510091708609001",
        nama_ayah="MU'ALIM",
        ibu_nik="3510095708609001",
        nama_ibu="SUMI",
        golongan_darah_id="Tdk Th",
        akta_lahir="AL 1/1987",
        dokumen_pasport="X000001",
        tanggal_akhir_paspor="2030-01-02",
        dokumen_kitas="K-1",
        akta_perkawinan="AK 2",
        tanggalperkawinan="01/02/2008",
        akta_perceraian="AC 3",
        tanggalperceraian="3 Maret 2012",
        cacat_id="7",
        cara_kb_id="8",
        hamil="TIDAK",
        ktp_el="2",
        status_rekam="CARD_PRINTED",
        alamat_sekarang="JL. MAWAR 1",
        status_dasar="PERGI",
        suku="OSING",
        tag_id_card="0123456789",
        id_asuransi="99",
        no_asuransi="0001",
        lat="-8.2191",
        lng="114.3691",
    )
    plan = import_file(write_csv(tmp_path / "a.csv", grid([full], HEADERS)), register)

    assert codes(plan) == {"household-without-head"}
    found = register.person(MOTHER)
    assert len(found) + len(register.households()[0]) == 43 + 1  # the household's id on the person is ours
    assert (
        found
        | {
            "religion": 7,
            "education": 1,
            "education_ongoing": 18,
            "occupation": 9,
            "marital_status": 3,
            "father_nik": "3510091708609001",
            "father_name": "MU'ALIM",
            "blood_type": 13,
            "passport_until": dt.date(2030, 1, 2),
            "married_on": dt.date(2008, 2, 1),
            "divorced_on": dt.date(2012, 3, 3),
            "family_planning": 99,
            "pregnancy": 2,
            "ktp_record_status": 4,
            "life_status": 6,
            "insurance": 99,
            "insurance_number": "0001",
            "latitude": "-8.2191",
        }
        == found
    )


def test_a_second_import_of_the_same_file_changes_nothing(tmp_path: Path, register: FakeRegister) -> None:
    """Re-importing the same file changes nothing, whatever is in it."""
    rows = [
        *FAMILY,
        person(9004, no_kk="0", nik="0"),
        child(9005, no_kk="0", nik="0"),
        person(9006, no_kk=SECOND_KK, kk_level="1", status_dasar="MATI"),
        child(9007, no_kk=SECOND_KK, kk_level="1"),
        wife(9008, no_kk="0351009200400018", nik="0351009200400017", kk_level="11"),
        child(9009, tanggallahir="31-02-2001"),
    ]
    assert _import(tmp_path, register, rows) == (8, 0, 0, 0, 1)
    before = {record_id: (kind, dict(body)) for record_id, (kind, body) in register.records.items()}

    plan = plan_file(tmp_path / "a.csv", register)

    assert outcome(plan) == (0, 0, 8, 0, 1)
    assert (plan.households, plan.conflicts) == ((), ())
    assert register.records == before


def test_two_laptops_give_the_same_people_and_another_village_others(tmp_path: Path) -> None:
    table = read_table(write_csv(tmp_path / "a.csv", grid([*FAMILY, person(9004, nik="0", no_kk="0")])))

    def ids(village_key: bytes) -> list[bytes]:
        plan = plan_import(table, village_key=village_key, file_digest=table.file_digest, existing=FakeRegister())
        return [create.record_id for entry in plan.households for create in entry.creates]

    assert ids(VILLAGE_KEY) == ids(VILLAGE_KEY)
    assert not set(ids(VILLAGE_KEY)) & set(ids(b"another village"))
    assert len(set(ids(VILLAGE_KEY))) == 6


def test_the_order_of_rows_and_columns_does_not_change_who_is_who(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, FAMILY)
    shuffled = [dict(reversed(row.items())) for row in reversed(FAMILY)]
    assert _import(tmp_path, register, shuffled, "b.csv") == (0, 0, 3, 0, 0)


def test_a_blank_wedding_date_stays_blank(tmp_path: Path, register: FakeRegister) -> None:
    rows = [
        child(serial, tanggalperkawinan=blank, status_kawin="1")
        for serial, blank in enumerate([None, "-", 0, "00-00-0000", "NULL"], start=9001)
    ]
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": grid([person(9010), *rows])})
    assert outcome(import_file(path, register)) == (6, 0, 0, 0, 0)
    assert all("married_on" not in found for found in register.people())


def test_names_keep_their_apostrophes(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person(nama="MA'RUF HIDAYAT", nama_ayah="MU'ALIM", dusun="MA'RANG")])
    found = register.person("MA'RUF HIDAYAT")
    assert found["father_name"] == "MU'ALIM"
    assert register.households()[0]["hamlet"] == "MA'RANG"


def test_one_wrong_row_blocks_no_other(tmp_path: Path) -> None:
    rows = [person(), wife(agama_id="JEDI"), child()]
    plan = plan_file(write_csv(tmp_path / "a.csv", grid(rows)))
    assert outcome(plan) == (2, 0, 0, 0, 1)
    assert [(problem.row, problem.field) for problem in plan.problems if problem.severity == "error"] == [
        (3, "agama_id")
    ]


# --- people and numbers -----------------------------------------------------------------------------------------------


def test_people_without_a_nik_are_all_imported(tmp_path: Path, register: FakeRegister) -> None:
    rows = [person(nik="0"), child(9003, nik=None), child(9004, nik="0000000000000000"), child(9005, nik="-")]
    assert _import(tmp_path, register, rows) == (4, 0, 0, 0, 0)
    assert all("nik" not in found for found in register.people())


def test_a_filler_shared_by_three_people_is_reported_on_all_three(tmp_path: Path) -> None:
    rows = [person(serial, nik="1" * 16) for serial in (9001, 9002, 9003)]
    plan = plan_file(write_csv(tmp_path / "a.csv", grid(rows)))
    reported = [problem.message for problem in plan.problems if problem.code == "nik-twice-in-file"]
    assert reported == [f"NIK yang sama dipakai orang berbeda di baris {others}" for others in ("3, 4", "2, 4", "2, 3")]
    assert outcome(plan) == (0, 0, 0, 0, 3)


def test_the_valid_one_of_two_equal_rows_is_kept(tmp_path: Path, register: FakeRegister) -> None:
    rows = [person(tanggallahir="31-02-2001"), person()]
    assert _import(tmp_path, register, rows) == (1, 0, 0, 0, 1)
    assert register.person(FATHER)["birth_on"] == dt.date(1985, 8, 17)


def test_one_person_without_a_nik_twice_in_a_family_is_imported_once(tmp_path: Path) -> None:
    rows = [person(), child(nik="0"), child(nik="0", nama="Budi  Contoh 9003")]
    plan = plan_file(write_csv(tmp_path / "a.csv", grid(rows)))
    assert outcome(plan) == (2, 0, 0, 0, 1)
    assert "person-twice-in-file" in codes(plan)


def test_a_temporary_number_is_kept_apart(tmp_path: Path, register: FakeRegister) -> None:
    rows = [person(nik="0351009200400017", no_kk="0351009200400018"), child(no_kk="0351009200400018")]
    assert _import(tmp_path, register, rows) == (2, 0, 0, 0, 0)
    father = register.person(FATHER)
    assert father["temporary_number"] == "0351009200400017"
    assert "nik" not in father
    (household,) = register.households()
    assert household["temporary_family_number"] == "0351009200400018"
    assert "family_number" not in household


def test_someone_whose_nik_arrives_later_stays_the_same_person(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person(), child(nik="0")])
    assert _import(tmp_path, register, [person(), child()], "b.csv") == (0, 1, 1, 0, 0)
    assert register.person(SON)["nik"] == "3510090101109003"
    # And the older file, where the number is still unknown, takes nothing away.
    assert _import(tmp_path, register, [person(), child(nik="0")], "c.csv") == (0, 0, 2, 0, 0)


def test_someone_under_a_number_that_was_corrected_is_another_person(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person()])
    register.correct(FATHER, "nik", 3510091708859005)
    newcomer = person(nama="JOKO CONTOH", tanggallahir="18-08-1985", no_kk=SECOND_KK)
    assert _import(tmp_path, register, [newcomer], "b.csv") == (1, 0, 0, 0, 0)
    assert len(register.people()) == 2
    assert _import(tmp_path, register, [newcomer], "b.csv") == (0, 0, 1, 0, 0)


def test_two_rows_that_meet_in_one_known_person_are_imported_once(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [child(nik="0")])
    plan = plan_file(write_csv(tmp_path / "b.csv", grid([child(), child(nik="0")])), register)
    assert outcome(plan) == (0, 1, 0, 0, 1)
    assert "person-twice-in-file" in codes(plan)


# --- families ---------------------------------------------------------------------------------------------------------


def test_families_without_a_number_are_kept_apart(tmp_path: Path, register: FakeRegister) -> None:
    rows = [
        person(9001, no_kk="0"),
        wife(9002, no_kk="0"),
        person(9004, no_kk="0"),
        child(9005, no_kk=None),
        # Another address: another family, though no head begins it.
        child(9006, no_kk="0", rt="009"),
        *[person(9007, no_kk=SECOND_KK)],
        child(9008, no_kk="0", rt="009"),
    ]
    plan = import_file(write_csv(tmp_path / "a.csv", grid(rows)), register)
    assert outcome(plan) == (7, 0, 0, 0, 0)
    families = [[create.record_id for create in entry.creates[1:]] for entry in plan.households]
    names = {register.id_of(str(found["name"])): str(found["name"])[-4:] for found in register.people()}
    assert [[names[record_id] for record_id in family] for family in families] == [
        ["9001", "9002"],
        ["9004", "9005"],
        ["9006"],
        ["9007"],
        ["9008"],
    ]


def test_a_rejected_head_still_separates_families_without_a_number(tmp_path: Path) -> None:
    rows = [person(9001, no_kk="0"), person(9004, no_kk="0", nama=None), child(9005, no_kk="0")]
    plan = plan_file(write_csv(tmp_path / "a.csv", grid(rows)))
    assert [len(entry.creates) for entry in plan.households] == [2, 2]
    assert "household-without-head" in codes(plan)


def test_without_relations_nobody_is_put_into_a_family_by_guess(tmp_path: Path) -> None:
    rows: list[Row] = [{"nama": f"WARGA {serial}", "nik": f"351009010110{serial}"} for serial in (9001, 9002)]
    plan = plan_file(write_csv(tmp_path / "a.csv", grid(rows)))
    assert [len(entry.creates) for entry in plan.households] == [2, 2]
    assert codes(plan) == set()


def test_a_family_whose_head_is_rejected_is_imported_and_gets_its_head_later(
    tmp_path: Path, register: FakeRegister
) -> None:
    assert _import(tmp_path, register, [person(sex="X"), wife()]) == (1, 0, 0, 0, 1)
    assert "head_id" not in register.households()[0]
    assert _import(tmp_path, register, [person(), wife()], "b.csv") == (1, 0, 1, 0, 0)
    (household,) = register.households()
    assert household["head_id"] == register.id_of(FATHER)


def test_the_first_of_two_heads_is_kept(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person(), child(kk_level="1")])
    assert register.households()[0]["head_id"] == register.id_of(FATHER)
    assert "relation" not in register.person(SON)


def test_a_family_that_gets_its_number_later_stays_the_same_family(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person(no_kk="0"), wife(no_kk="0")])
    assert _import(tmp_path, register, [person(), wife()], "b.csv") == (0, 1, 1, 0, 0)
    (household,) = register.households()
    assert household["family_number"] == "3510091202129001"


def test_a_family_number_that_was_corrected_is_another_family(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person()])
    (household_id,) = (record_id for record_id, (kind, _) in register.records.items() if kind == Kind.HOUSEHOLD)
    register.records[household_id][1][tag_of(Kind.HOUSEHOLD, "family_number")] = int(SECOND_KK)
    assert _import(tmp_path, register, [child()], "b.csv") == (1, 0, 0, 0, 0)
    assert sorted(str(found["family_number"]) for found in register.households()) == ["3510091202129001", SECOND_KK]


def test_a_new_member_joins_the_family_that_is_known_by_its_head(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person()])
    assert _import(tmp_path, register, [person(no_kk="0"), child(no_kk="0")], "b.csv") == (1, 0, 1, 0, 0)
    (household,) = register.households()
    assert register.person(SON)["household_id"] == register.person(FATHER)["household_id"]
    assert household["family_number"] == "3510091202129001"


def test_a_large_family_is_cut_into_entries(tmp_path: Path, register: FakeRegister) -> None:
    rows = [person(), *(child(serial, kk_level="11") for serial in range(9100, 9330))]
    plan = import_file(write_csv(tmp_path / "a.csv", grid(rows)), register)
    assert [len(entry.creates) for entry in plan.households] == [RECORDS_MAX, RECORDS_MAX, 32]
    assert len({entry.household_id for entry in plan.households}) == 1
    assert plan_file(tmp_path / "a.csv", register).unchanged == 231


def test_a_family_of_long_texts_stays_below_the_bytes_of_an_entry(tmp_path: Path) -> None:
    long = "É" * 250
    rows = [
        child(serial, suku=long, nama_ayah=long, nama_ibu=long, alamat_sekarang=long) for serial in range(9100, 9160)
    ]
    plan = plan_file(write_csv(tmp_path / "a.csv", grid(rows)))
    assert len(plan.households) > 1
    assert sum(len(entry.creates) for entry in plan.households) == 61
    for entry in plan.households:
        texts = [value for create in entry.creates for value in create.body.values() if isinstance(value, str)]
        assert sum(len(text.encode()) for text in texts) < BYTES_MAX


# --- differences with the register ------------------------------------------------------------------------------------


def test_what_differs_becomes_old_and_new_and_a_blank_erases_nothing(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person(pekerjaan_id="9"), wife()])
    rows = [person(pekerjaan_id="BURUH TANI/PERKEBUNAN", rt="007", tempatlahir=None), wife(rt="007")]
    plan = plan_file(write_csv(tmp_path / "b.csv", grid(rows)), register)

    assert outcome(plan) == (0, 1, 1, 0, 0)
    (entry,) = plan.households
    assert entry.creates == ()
    assert [(update.kind, update.tag, update.old, update.new) for update in entry.updates] == [
        (Kind.HOUSEHOLD, tag_of(Kind.HOUSEHOLD, "rt"), "002", "007"),
        (Kind.RESIDENT, tag_of(Kind.RESIDENT, "occupation"), 9, 20),
    ]


def test_a_change_of_the_household_alone_counts_once(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, FAMILY)
    moved = [row | {"alamat": "JL. KENANGA 1"} for row in FAMILY]
    assert _import(tmp_path, register, moved, "b.csv") == (0, 1, 2, 0, 0)


def test_a_mass_update_needs_a_nik_and_one_column(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, FAMILY)
    rows: list[Row] = [{"nik": row["nik"], "suku": "OSING"} for row in FAMILY]
    rows.append({"nik": "3510091708859099", "suku": "OSING"})
    assert _import(tmp_path, register, rows, "b.csv") == (0, 3, 0, 0, 1)
    assert {found["ethnicity"] for found in register.people()} == {"OSING"}
    assert len(register.households()) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kk_level": "LAINNYA"}, "relation-differs"),
        ({"no_kk": SECOND_KK}, "family-differs"),
        ({"status_dasar": "MATI"}, "status-differs"),
    ],
)
def test_a_row_in_conflict_changes_nothing_but_is_kept(
    change: Row, code: str, tmp_path: Path, register: FakeRegister
) -> None:
    _import(tmp_path, register, FAMILY)
    before = register.person(SON)
    path = write_csv(tmp_path / "b.csv", grid([person(), wife(), child(suku="OSING") | change]))

    plan = import_file(path, register)

    assert outcome(plan) == (0, 0, 2, 1, 0)
    assert register.person(SON) == before
    (conflict,) = plan.conflicts
    assert (conflict.place.row, conflict.codes) == (4, (code,))
    changed = {update.tag for update in conflict.updates}
    assert tag_of(Kind.RESIDENT, "ethnicity") in changed
    assert len(changed) == 2


def test_the_head_is_who_the_household_says(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, FAMILY)
    # A change of head since then: the old head's own field is stale.
    (household,) = (body for kind, body in register.records.values() if kind == Kind.HOUSEHOLD)
    household[tag_of(Kind.HOUSEHOLD, "head_id")] = register.id_of(MOTHER)
    plan = plan_file(tmp_path / "a.csv", register)
    # The file says that the father is the head and the mother his wife: both disagree with the register.
    assert [(conflict.place.row, conflict.codes) for conflict in plan.conflicts] == [
        (2, ("relation-differs",)),
        (3, ("relation-differs",)),
    ]
    rows = [person(kk_level="2"), wife(kk_level="1"), child()]
    assert _import(tmp_path, register, rows, "b.csv") == (0, 1, 2, 0, 0)


def test_people_in_conflict_do_not_carry_their_family_along(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, FAMILY)
    rows = [row | {"no_kk": SECOND_KK} for row in FAMILY]
    assert _import(tmp_path, register, rows, "b.csv") == (0, 0, 0, 3, 0)
    assert len(register.households()) == 1
    # A newcomer among them founds the family; its head stays open.
    assert _import(tmp_path, register, [*rows, child(9009, no_kk=SECOND_KK)], "c.csv") == (1, 0, 0, 3, 0)
    assert "head_id" not in next(found for found in register.households() if found["family_number"] == SECOND_KK)


def test_a_person_with_no_household_is_updated_alone(tmp_path: Path, register: FakeRegister) -> None:
    _import(tmp_path, register, [person()])
    del register.records[register.id_of(FATHER)][1][tag_of(Kind.RESIDENT, "household_id")]
    rows: list[Row] = [{"nik": "3510091708859001", "suku": "OSING"}]
    plan = plan_file(write_csv(tmp_path / "b.csv", grid(rows)), register)
    assert outcome(plan) == (0, 1, 0, 0, 0)
    assert plan.households[0].household_id == register.id_of(FATHER)
    # A file that states the family puts the person into it.
    assert _import(tmp_path, register, [person()], "c.csv") == (0, 1, 0, 0, 0)
    assert "household_id" in register.person(FATHER)


# --- the same people by another road ----------------------------------------------------------------------------------

_SERIALS = st.integers(9001, 9012)


@st.composite
def _rows(draw: st.DrawFn) -> Row:
    serial = draw(_SERIALS)
    return child(
        serial,
        nik=draw(st.sampled_from([f"351009010110{serial}", "0", "3510090101109001", "0351009200400017", "12"])),
        no_kk=draw(st.sampled_from(["3510091202129001", SECOND_KK, "0", "0351009200400018"])),
        kk_level=draw(st.sampled_from(["1", "4", "11", None])),
        tanggallahir=draw(st.sampled_from(["01-01-2010", "31-02-2001", None])),
        rt=draw(st.sampled_from(["001", "002", None])),
        status_dasar=draw(st.sampled_from(["1", "2", None])),
    )


@settings(max_examples=60)
@given(first=st.lists(_rows(), min_size=1, max_size=14), second=st.lists(_rows(), min_size=1, max_size=14))
def test_every_row_has_one_outcome_and_importing_again_changes_nothing(
    first: list[Row], second: list[Row], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever a file says, each row ends as exactly one outcome, and a second import of it changes nothing."""
    register = FakeRegister()
    folder = tmp_path_factory.mktemp("import")
    for number, rows in enumerate((first, second)):
        path = folder / f"{number}.csv"
        path.write_bytes(csv_bytes(grid(rows)))
        plan = import_file(path, register)
        outcome(plan)
        again = plan_file(path, register)
        assert again.households == ()
        assert (again.rejected, again.conflict) == (plan.rejected, plan.conflict)
        for entry in plan.households:
            assert len({c.record_id for c in entry.creates} | {u.record_id for u in entry.updates}) <= RECORDS_MAX
    for kind, body in register.records.values():
        if kind == Kind.HOUSEHOLD and (head_id := body.get(tag_of(Kind.HOUSEHOLD, "head_id"))) is not None:
            assert head_id in register.records


def test_a_plan_is_pure(tmp_path: Path, register: FakeRegister) -> None:
    table = read_table(write_xlsx(tmp_path / "a.xlsx", {"Data": grid([*FAMILY, child(9004, kk_level="1")])}))
    plans = [
        plan_import(table, village_key=VILLAGE_KEY, file_digest=table.file_digest, existing=register) for _ in "ab"
    ]
    assert plans[0] == plans[1]
    assert register.records == {}
    other = plan_import(
        replace(table, file="b.xlsx"), village_key=VILLAGE_KEY, file_digest=table.file_digest, existing=register
    )
    assert other.households == plans[0].households
    assert all(isinstance(create, PlannedCreate) for create in other.households[0].creates)


def test_dates_typed_as_text_in_a_workbook_are_read_or_named_and_never_invented(tmp_path: Path) -> None:
    typed = ("07-03-1990", "", "-", "31-02-1990", "00-00-1950")
    rows = [person(9001)] + [child(9003 + n, nama=f"ANAK {n}", tanggallahir=cell) for n, cell in enumerate(typed)]
    plan = plan_file(write_xlsx(tmp_path / "a.xlsx", {"penduduk": grid(rows)}))
    people = {
        values["name"]: values.get("birth_on")
        for entry in plan.households
        for create in entry.creates
        if "name" in (values := values_of(create.kind, create.body))
    }
    assert {name: born for name, born in people.items() if name.startswith("ANAK")} == {
        "ANAK 0": dt.date(1990, 3, 7),
        "ANAK 1": None,
        "ANAK 2": None,
    }
    named = [(one.row, one.value) for one in plan.problems if one.code == "date-impossible"]
    assert named == [(6, "31-02-1990"), (7, "00-00-1950")]
