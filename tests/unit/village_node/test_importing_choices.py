"""What a person may decide about an import: how a file is read, and which differing rows are taken over."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from register.exporting import write_csv, write_xlsx
from register.importing import FileMapping, load_mapping
from register.importing.conventions import DateOrder
from schemas.codes import LifeStatus
from schemas.errors import DataError, RefusedError
from tests.fakes_desk import RealDesk
from tests.unit.importing.layouts import Grid, write_xls_sheets
from tests.village_console import village_command
from village_node.importing import apply_import, keep_mapping, mapping_to_keep, overridden, preview_file
from village_node.store import NodeStore

HEADERS = ("no_kk", "nik", "nama", "sex", "tanggallahir", "kk_level", "status_dasar", "agama")
FAMILY, FATHER, MOTHER = "3510010101019001", "3510010304789001", "3510014304809001"


def rows(**changed: Any) -> list[dict[str, Any]]:
    father = {"no_kk": FAMILY, "nik": FATHER, "nama": "AHMAD", "sex": 1, "tanggallahir": "03-04-1978", "kk_level": 1}
    mother = {"no_kk": FAMILY, "nik": MOTHER, "nama": "SITI", "sex": 2, "tanggallahir": "03-04-1980", "kk_level": 3}
    return [father, {**mother, **changed}]


def write(path: Path, people: list[dict[str, Any]]) -> Path:
    write_csv(path, HEADERS, people)
    return path


def grid(people: list[dict[str, Any]]) -> Grid:
    return [list(HEADERS), *([one.get(header, "") for header in HEADERS] for one in people)]


def values_of_nik(desk: RealDesk, nik: str) -> dict[str, Any]:
    with desk.book() as book:
        (record_id,) = book.with_nik(nik)
    return desk.values(record_id)


def test_short_words_overrule_a_saved_mapping() -> None:
    saved = FileMapping(separator=";", columns={"STATUS": "status_kawin"}, dates={"tanggallahir": DateOrder.DAY_FIRST})
    words = ("separator=tab", "column.STATUS=status_dasar", "date-order.tanggallahir=mdy", "p=pria", "fill-down=ya",
             "header-row=3", "value.sex.LK=1", "encoding=cp1252")  # fmt: skip
    found = overridden(saved, words, ["Data"])
    assert found == FileMapping(
        encoding="cp1252",
        separator="\t",
        header_row=3,
        sheets=("Data",),
        columns={"STATUS": "status_dasar"},
        dates={"tanggallahir": DateOrder.MONTH_FIRST},
        p_means="pria",
        fill_down=True,
        values={"sex": {"LK": "1"}},
    )


def test_one_date_order_is_for_every_date_column() -> None:
    dates = overridden(None, ["date-order=mdy"]).dates
    assert {"tanggallahir", "tanggal_meninggal"} <= set(dates)
    assert set(dates.values()) == {DateOrder.MONTH_FIRST}


@pytest.mark.parametrize(
    "word", ["warna=biru", "date-order=ymd", "fill-down=mungkin", "p", "header-row=x", "column.=a"]
)
def test_an_unknown_word_is_refused_with_what_there_is(word: str) -> None:
    with pytest.raises(DataError) as caught:
        overridden(None, [word])
    assert caught.value.code == "mapping-word"
    assert "date-order" in caught.value.hint


def test_a_kept_mapping_reads_the_next_file_in_the_same_way(desk: RealDesk, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("KK,NIK,NAMA,JK,TGL LAHIR\n" + f"{FAMILY},{FATHER},AHMAD,L,04/03/1978\n", encoding="utf-8")
    chosen = overridden(None, ["date-order.tanggallahir=mdy"])
    preview = preview_file(desk, path, chosen)
    kept = mapping_to_keep(preview.detection, chosen)
    assert preview_file(desk, path, kept).plan == preview.plan
    assert preview_file(desk, path).plan != preview.plan
    assert preview_file(desk, path).batch_id != preview.batch_id


def test_a_row_that_differs_is_taken_over_only_when_it_is_named(desk: RealDesk, tmp_path: Path) -> None:
    apply_import(desk, preview_file(desk, write(tmp_path / "a.csv", rows())).plan)
    path = write(tmp_path / "b.csv", rows(kk_level=9))
    seen = preview_file(desk, path)
    assert [(one.place.row, one.codes) for one in seen.plan.conflicts] == [(3, ("relation-differs",))]
    assert apply_import(desk, seen.plan) == 0
    taken = preview_file(desk, path, accept="3")
    assert (taken.plan.changed, taken.plan.conflict, len(taken.plan.accepted)) == (1, 0, 1)
    assert apply_import(desk, taken.plan) == 1
    assert values_of_nik(desk, MOTHER)["relation"] == 9


def test_an_accepted_row_changes_the_head_of_the_family(desk: RealDesk, tmp_path: Path) -> None:
    apply_import(desk, preview_file(desk, write(tmp_path / "a.csv", rows())).plan)
    swapped = rows(kk_level=1)
    swapped[0]["kk_level"] = 11
    path = write(tmp_path / "b.csv", swapped)
    apply_import(desk, preview_file(desk, path, accept="2-3").plan)
    mother = values_of_nik(desk, MOTHER)
    assert mother["relation"] == 1
    with desk.book() as book:
        (record_id,) = book.with_nik(MOTHER)
    assert desk.values(mother["household_id"])["head_id"] == record_id
    again = preview_file(desk, path).plan
    assert (again.unchanged, again.conflict) == (2, 0)


def test_an_accepted_row_brings_its_new_family_along(desk: RealDesk, tmp_path: Path) -> None:
    apply_import(desk, preview_file(desk, write(tmp_path / "a.csv", rows())).plan)
    path = write(tmp_path / "b.csv", rows(no_kk="3510010101019002", kk_level=1))
    apply_import(desk, preview_file(desk, path, accept="3").plan)
    home = values_of_nik(desk, MOTHER)["household_id"]
    assert desk.values(home)["family_number"] == "3510010101019002"


def test_a_row_about_somebody_else_is_never_taken_over(desk: RealDesk, tmp_path: Path) -> None:
    apply_import(desk, preview_file(desk, write(tmp_path / "a.csv", rows())).plan)
    path = write(tmp_path / "b.csv", rows(nama="RATNA", tanggallahir="09-09-1999"))
    with pytest.raises(RefusedError) as caught:
        preview_file(desk, path, accept="3")
    assert caught.value.code == "accept-other-person"


@pytest.mark.parametrize("text", ["2", "99", "x", "3-", "Lain!3", "5-4"])
def test_rows_that_are_not_in_conflict_are_refused(desk: RealDesk, tmp_path: Path, text: str) -> None:
    apply_import(desk, preview_file(desk, write(tmp_path / "a.csv", rows())).plan)
    with pytest.raises(DataError) as caught:
        preview_file(desk, write(tmp_path / "b.csv", rows(kk_level=9)), accept=text)
    assert caught.value.code == "accept-rows"


def test_rows_of_several_sheets_are_named_with_their_sheet(desk: RealDesk, tmp_path: Path) -> None:
    apply_import(desk, preview_file(desk, write(tmp_path / "a.csv", rows())).plan)
    grids = {name: grid([one]) for name, one in zip(("Satu", "Dua"), rows(kk_level=9), strict=True)}
    path = write_xls_sheets(tmp_path / "b.xls", grids)
    with pytest.raises(DataError):
        preview_file(desk, path, accept="2")
    assert preview_file(desk, path, accept="Dua!2").plan.changed == 1


# -- the command


def run(folder: Path, *words: str) -> tuple[int, str]:
    result = village_command(folder, *words, code=None)
    return result.exit_code, result.stdout


def run_json(folder: Path, *words: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(run(folder, *words, "--json")[1].splitlines()[-1])
    return tree


@pytest.fixture
def folder(tmp_path: Path, enrolled_folder: Path) -> Path:
    return Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))


def test_the_command_shows_how_the_file_was_read(folder: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", rows(status_dasar="MATI"))
    text = run(folder, "import", str(path), "--dry-run")[1]
    assert "Teks utf-8, dipisah koma" in text
    assert "tanggallahir -> tanggallahir, hari-bulan-tahun" in text
    assert "P = perempuan" in text
    tree = run_json(folder, "import", str(path), "--dry-run")
    (sheet,) = tree["detection"]["sheets"]
    assert (sheet["header_row"], sheet["people"]) == (1, 2)
    assert tree["detection"]["lines"][0] in text


def test_the_command_reads_a_file_as_the_office_has_kept_it(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"Kartu;Nomor;Sebutan;Lahir\n{FAMILY};{FATHER};AHMAD;04/03/1978\n", encoding="utf-8")
    words = ["column.Kartu=no_kk", "column.Nomor=nik", "column.Sebutan=nama", "date-order=mdy", "header-row=1"]
    chosen = overridden(None, [*words, "column.Lahir=tanggallahir"])
    with NodeStore.open(folder) as store:
        keep_mapping(store, "Pak Kadus", path, chosen, officer="SITI", now_ms=1)
    assert run_json(folder, "import", str(path), "--dry-run")["detection"]["mapping"]["dates"]
    assert run_json(folder, "import", str(path), "--dry-run")["new"] == 1
    with pytest.raises(DataError):
        # What is said on the line comes on top of it.
        run_json(folder, "import", str(path), "--set", "column.Sebutan=", "--set", "column.Nomor=", "--dry-run")


def test_the_command_keeps_and_uses_a_mapping(folder: Path, tmp_path: Path) -> None:
    path, kept = tmp_path / "a.csv", tmp_path / "peta.toml"
    path.write_text(f"KK,NIK,NAMA,JK,TGL LAHIR\n{FAMILY},{FATHER},AHMAD,L,04/03/1978\n", encoding="utf-8")
    run_json(folder, "import", str(path), "--set", "date-order=mdy", "--save-mapping", str(kept), "--dry-run")
    assert load_mapping(kept).dates["tanggallahir"] == DateOrder.MONTH_FIRST
    run_json(folder, "import", str(path), "--mapping", str(kept))
    with NodeStore.open(folder) as store:
        assert str(values_of_nik(RealDesk(store), FATHER)["birth_on"]) == "1978-04-03"


def test_the_command_reads_the_named_sheet_and_takes_named_rows_over(folder: Path, tmp_path: Path) -> None:
    grids = {"Lama": grid(rows()), "Baru": grid(rows(status_dasar="HILANG", agama=1))}
    path = write_xls_sheets(tmp_path / "a.xls", grids)
    assert run_json(folder, "import", str(path), "--sheet", "Lama")["new"] == 2
    tree = run_json(folder, "import", str(path), "--sheet", "Baru", "--dry-run")
    (conflict,) = tree["conflicts"]
    assert (conflict["row"], conflict["codes"], conflict["is_acceptable"]) == (3, ["status-differs"], True)
    assert {"field": "life_status", "old": None, "new": LifeStatus.MISSING} in conflict["updates"]
    text = run(folder, "import", str(path), "--sheet", "Baru", "--dry-run")[1]
    assert "Berbeda, perlu diputuskan" in text
    done = run_json(folder, "import", str(path), "--sheet", "Baru", "--accept-conflicts", "3")
    assert done["accepted"] == [{"sheet": "Baru", "row": 3}]
    with NodeStore.open(folder) as store:
        assert values_of_nik(RealDesk(store), MOTHER)["life_status"] == LifeStatus.MISSING


def test_the_command_says_so_when_a_file_changes_nothing(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, HEADERS, rows())
    assert len(run_json(folder, "import", str(path))["changes"]) == 1
    again = run_json(folder, "import", str(path))
    assert (again["entries"], again["unchanged"], again["changes"]) == (0, 2, [])
