"""The lists that offices hand out are read as they are: the same people, families and addresses from each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from register.importing import read_table
from tests.unit.importing import layouts
from tests.unit.importing.build import (
    Cell,
    FakeRegister,
    codes,
    import_file,
    outcome,
    plan_file,
    write_csv,
    write_ods,
    write_xlsx,
)
from tests.unit.importing.layouts import EXPECTED, HOMES, LAYOUTS, Grid, bip_ektp, write_xls_sheets

BY_LAYOUT = pytest.mark.parametrize("layout", LAYOUTS)


def _padded(cells: Sequence[Sequence[Cell]]) -> Grid:
    width = max(len(row) for row in cells)
    return [[*row, *(None,) * (width - len(row))] for row in cells]


def _write(path: Path, cells: Grid) -> Path:
    match path.suffix:
        case ".xls":
            return write_xls_sheets(path, {"Lembar 1": cells})
        case ".csv":
            return write_csv(path, cells)
        case ".ods":
            return write_ods(path, _padded(cells))
        case _:
            return write_xlsx(path, {"Lembar 1": cells})


@pytest.mark.parametrize("ending", ["xls", "xlsx", "xlsm", "ods", "csv"])
@BY_LAYOUT
def test_each_layout_gives_the_same_people_and_families(layout: str, ending: str, tmp_path: Path) -> None:
    path = _write(tmp_path / f"a.{ending}", LAYOUTS[layout]())
    register = FakeRegister()

    plan = import_file(path, register)

    assert outcome(plan) == (4, 0, 0, 0, 0)
    assert [problem for problem in plan.problems if problem.severity == "error"] == []
    for name, expected in EXPECTED.items():
        found = register.person(name)
        assert found | expected == found
    families = sorted(register.households(), key=lambda household: str(household["family_number"]))
    for home, family in zip(HOMES, families, strict=True):
        assert family["family_number"] == home.number
        assert family["head_id"] == register.id_of(home.head)
        assert {key: family[key] for key in ("address", "hamlet", "rt", "rw")} == {
            "address": home.address,
            "hamlet": home.hamlet,
            "rt": home.rt,
            "rw": home.rw,
        }
    members = {str(found["name"]): found["household_id"] for found in register.people()}
    assert len({members[one.name] for one in HOMES[0].people}) == 1
    assert read_table(path).sheets[0].layout == layout
    # And the same file again changes nothing.
    assert outcome(plan_file(path, register)) == (0, 0, 4, 0, 0)


@BY_LAYOUT
def test_a_layout_is_read_from_each_of_its_sheets(layout: str, tmp_path: Path) -> None:
    halves = {
        "bip-2012": layouts.bip_2012,
        "bip-2016": layouts.bip_2016,
        "bip-2016-luwu-timur": layouts.bip_luwu_timur,
        "bip-ktp-el": layouts.bip_ektp,
        "siak-37": layouts.siak,
    }
    write = halves[layout]
    path = write_xls_sheets(
        tmp_path / "a.xls", {"BIP_Desa-Kel_1": write(HOMES[:1]), "BIP_Desa-Kel_2": write(HOMES[1:]), "Kosong": []}
    )
    register = FakeRegister()
    plan = import_file(path, register)
    assert outcome(plan) == (4, 0, 0, 0, 0)
    assert len(register.households()) == 2


def test_five_lists_of_one_village_speak_of_the_same_people(tmp_path: Path) -> None:
    register = FakeRegister()
    counts = []
    for layout, write in LAYOUTS.items():
        plan = import_file(_write(tmp_path / f"{layout}.xls", write()), register)
        counts.append((plan.new, plan.conflict, plan.rejected))
    assert counts == [(4, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)]
    assert len(register.people()) == 4
    assert len(register.households()) == 2


def test_families_of_the_card_list_need_no_labels(tmp_path: Path) -> None:
    register = FakeRegister()
    path = write_xls_sheets(tmp_path / "a.xls", {"1": bip_ektp(with_labels=False)})
    assert outcome(import_file(path, register)) == (4, 0, 0, 0, 0)
    assert {household["family_number"] for household in register.households()} == {home.number for home in HOMES}


def test_a_card_status_that_a_page_break_cut_is_put_together(tmp_path: Path) -> None:
    register = FakeRegister()
    import_file(write_xls_sheets(tmp_path / "a.xls", {"1": bip_ektp()}), register)
    assert {str(found["name"]): found["ktp_record_status"] for found in register.people()} == {
        "MA'RUF CONTOH": 6,
        "SITI CONTOH": 7,
        "BUDI CONTOH": 6,
        "WAYAN CONTOH": 6,
    }


def test_status_means_what_its_values_say(tmp_path: Path) -> None:
    register = FakeRegister()
    import_file(write_xls_sheets(tmp_path / "bip.xls", {"1": layouts.bip_2012()}), register)
    assert register.person("WAYAN CONTOH")["marital_status"] == 4
    other = FakeRegister()
    statuses = ("Hidup", "Mati", "Pindah Dalam Negeri", "Tidak Valid")
    plan = import_file(write_xls_sheets(tmp_path / "siak.xls", {"1": layouts.siak(statuses=statuses)}), other)
    assert [other.person(one.name)["life_status"] for home in HOMES for one in home.people] == [1, 2, 3, 9]
    assert "column-unknown" not in codes(plan)


def test_footers_and_notes_are_no_people_and_are_listed(tmp_path: Path) -> None:
    table = read_table(write_xls_sheets(tmp_path / "a.xls", {"1": layouts.bip_luwu_timur()}))
    (sheet,) = table.sheets
    skipped = [(row.why, row.text) for row in sheet.skipped]
    assert ("footer", "Malili, 12 Januari 2016") in skipped
    assert any("ANDI CONTOH" in text for _, text in skipped)
    assert sheet.families == 2


def test_a_family_number_above_its_members_may_be_cut_too(tmp_path: Path) -> None:
    cells = layouts.bip_2012(HOMES[:1])
    at = next(row for row in cells if HOMES[0].number in row)
    at[at.index(HOMES[0].number)] = 3510091202129000
    plan = plan_file(write_xlsx(tmp_path / "a.xlsx", {"1": cells}))
    assert outcome(plan) == (0, 0, 0, 0, 3)
    assert "family-number-cut-by-excel" in codes(plan)


def test_an_address_beside_its_labels_column_is_found(tmp_path: Path) -> None:
    cells = bip_ektp()
    for row in cells:
        if row[0] in {home.number for home in HOMES}:
            row.insert(10, None)
    register = FakeRegister()
    import_file(write_xls_sheets(tmp_path / "a.xls", {"1": cells}), register)
    assert {household["hamlet"] for household in register.households()} == {home.hamlet for home in HOMES}
