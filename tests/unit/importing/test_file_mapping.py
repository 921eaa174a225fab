"""A person sees how a file was read, overrules it, and keeps that for the next file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from register.importing import FileMapping, detection_of, load_mapping, mapping_from, read_table, save_mapping
from register.importing.conventions import DateOrder, MaritalNumbers
from schemas.errors import DataError, ImportFileError
from tests.unit.importing import layouts
from tests.unit.importing.build import (
    VILLAGE_KEY,
    FakeRegister,
    Row,
    child,
    codes,
    csv_bytes,
    grid,
    outcome,
    person,
    wife,
    write_csv,
    write_xlsx,
)

EVERYTHING = FileMapping(
    encoding="cp1252",
    separator="\t",
    header_row=3,
    sheets=("RW 1", 'RW "2"'),
    columns={"Ket.": "status_dasar", "Kolom \x7f aneh": ""},
    dates={"tanggallahir": DateOrder.MONTH_FIRST},
    p_means="pria",
    marital_numbers=MaritalNumbers.F101,
    family_blocks=False,
    fill_down=True,
    split_address=False,
    values={"pekerjaan_id": {"tani": "PETANI/PEKEBUN", "irt": "MENGURUS RUMAH TANGGA"}},
)


def imported(path: Path, mapping: FileMapping | None = None) -> FakeRegister:
    from register.importing import plan_import

    table = read_table(path, mapping)
    register = FakeRegister()
    plan = plan_import(table, village_key=VILLAGE_KEY, file_digest=table.file_digest, existing=register)
    register.apply(plan.households)
    return register


@pytest.mark.parametrize("name", ["desa.toml", "desa.json"])
@pytest.mark.parametrize("mapping", [EVERYTHING, FileMapping()], ids=["everything", "nothing"])
def test_a_saved_mapping_is_read_back(mapping: FileMapping, name: str, tmp_path: Path) -> None:
    save_mapping(tmp_path / name, mapping)
    assert load_mapping(tmp_path / name) == mapping


@pytest.mark.parametrize(
    "values",
    [
        {"kolom": {}},
        {"separator": "|"},
        {"encoding": "klingon"},
        {"header_row": True},
        {"header_row": "3"},
        {"columns": {"NIK": "nomor_induk"}},
        {"columns": {"NIK": 3}},
        {"dates": {"tanggallahir": "terbalik"}},
        {"p_means": "entah"},
        {"marital_numbers": "delapan"},
        {"values": {"pekerjaan_id": "tani"}},
    ],
    ids=str,
)
def test_a_mapping_that_says_something_wrong_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(DataError) as caught:
        mapping_from(values)
    assert caught.value.code == "mapping-format"
    assert caught.value.field


def test_a_mapping_file_that_is_missing_or_broken_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImportFileError) as missing:
        load_mapping(tmp_path / "a.toml")
    assert missing.value.code == "file-missing"
    for name, text in (("b.toml", "= 3"), ("b.json", "[1]"), ("c.json", "{")):
        (tmp_path / name).write_text(text)
        with pytest.raises(DataError) as broken:
            load_mapping(tmp_path / name)
        assert broken.value.code == "mapping-format"


def test_a_person_decides_what_a_column_means(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"NIK": "3510091708859001", "Panggilan": "SUGENG", "Nama": "X", "STATUS": "1", "No KK": "3510091202129001"}
    ]
    path = write_csv(tmp_path / "a.csv", grid(rows))
    mapping = mapping_from({"columns": {"panggilan": "nama", "NAMA": "", "Status": "status_kawin"}})
    (found,) = imported(path, mapping).people()
    assert (found["name"], found["marital_status"]) == ("SUGENG", 1)
    shown = detection_of(read_table(path, mapping)).sheets[0]
    assert [(column.header, column.how) for column in shown.columns] == [
        ("NIK", "header"),
        ("Panggilan", "chosen"),
        ("STATUS", "chosen"),
        ("No KK", "header"),
    ]
    assert shown.not_kept == ("Nama",)


def test_a_person_decides_how_cells_are_read(tmp_path: Path) -> None:
    rows = [
        person(sex="P", tanggallahir="08/17/1985", status_kawin="3", pekerjaan_id="TANI"),
        child(nik="0", sex="W", tanggallahir="01/02/2010", status_kawin="1", pekerjaan_id=None),
    ]
    path = write_csv(tmp_path / "a.csv", grid(rows))
    mapping = FileMapping(
        dates={"tanggallahir": DateOrder.MONTH_FIRST},
        p_means="pria",
        marital_numbers=MaritalNumbers.F101,
        values={"pekerjaan_id": {"Tani": "PETANI/PEKEBUN"}},
    )
    register = imported(path, mapping)
    father, son = register.person("SUGENG CONTOH 9001"), register.person("BUDI CONTOH 9003")
    assert (father["sex"], father["birth_on"], father["marital_status"], father["occupation"]) == (
        1,
        dt.date(1985, 8, 17),
        6,
        9,
    )
    assert (son["sex"], son["birth_on"]) == (2, dt.date(2010, 1, 2))


def test_a_person_decides_encoding_separator_header_row_and_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes(grid([person(nama="RENÉ")]), "cp437", "\t"))
    assert imported(path, FileMapping(encoding="cp437", separator="\t")).person("RENÉ")

    headers, cells = grid([person()])
    # Another header-like row above would win by its number of columns.
    decoy = [*headers, "suku", "lat", "lng"]
    book = write_xlsx(tmp_path / "a.xlsx", {"A": [decoy, headers, cells], "B": grid([wife()])})
    table = read_table(book, FileMapping(header_row=2, sheets=("A",)))
    assert [(sheet.name, sheet.header_row, len(sheet.rows)) for sheet in table.sheets] == [("A", 2, 1)]
    assert table.ignored_sheets == ("B",)


def test_family_numbers_are_not_carried_against_a_persons_will(tmp_path: Path) -> None:
    rows = [person(), wife(no_kk=None), person(9004, no_kk="3510091202129002"), child(9005, no_kk=None)]
    path = write_csv(tmp_path / "a.csv", grid(rows))
    assert len(imported(path).households()) == 2
    assert len(imported(path, FileMapping(fill_down=False)).households()) == 4


def test_an_address_is_not_split_against_a_persons_will(tmp_path: Path) -> None:
    rows = [person(alamat="JL. MELATI 7 RT 003/RW 001, DUSUN KRAJAN", dusun=None, rt=None, rw=None)]
    path = write_csv(tmp_path / "a.csv", grid(rows, [name for name in rows[0] if name not in {"dusun", "rt", "rw"}]))
    (household,) = imported(path).households()
    assert (household["address"], household["hamlet"], household["rt"]) == ("JL. MELATI 7", "KRAJAN", "003")
    (whole,) = imported(path, FileMapping(split_address=False)).households()
    assert whole["address"] == "JL. MELATI 7 RT 003/RW 001, DUSUN KRAJAN"
    assert "hamlet" not in whole


def test_blocks_are_not_looked_for_against_a_persons_will(tmp_path: Path) -> None:
    path = layouts.write_xls_sheets(tmp_path / "a.xls", {"1": layouts.bip_2016()})
    assert all("family_number" not in found for found in imported(path, FileMapping(family_blocks=False)).households())


def test_the_detection_reads_the_next_file_in_the_same_way(tmp_path: Path) -> None:
    rows = [person(sex="P", status_kawin=None), wife(sex="W", status_kawin=None)]
    cells = grid(rows, [name for name in rows[0] if name != "status_kawin"])
    for row, text in zip(cells, ("STATUS", "KAWIN", "KAWIN"), strict=True):
        row.append(text)
    first = detection_of(read_table(write_csv(tmp_path / "a.csv", cells)))
    save_mapping(tmp_path / "desa.toml", first.mapping)
    mapping = load_mapping(tmp_path / "desa.toml")
    assert mapping == FileMapping(encoding="utf-8", separator=",", columns={"STATUS": "status_kawin"}, p_means="pria")
    # One woman and a status of bare numbers would tell nothing by themselves.
    alone = [*cells[:1], [*cells[2][:-1], "4"]]
    (found,) = imported(write_csv(tmp_path / "b.csv", alone), mapping).people()
    assert (found["sex"], found["marital_status"]) == (2, 4)


def test_the_detection_says_everything_in_an_officers_words(tmp_path: Path) -> None:
    path = layouts.write_xls_sheets(tmp_path / "a.xls", {"1": layouts.bip_luwu_timur(), "Catatan": [["halo"]]})
    lines = list(detection_of(read_table(path)).lines())
    assert lines[0] == (
        "Lembar 1: Buku Induk Kependudukan (satu lembar per keluarga), judul kolom di baris 8, 4 orang, 2 keluarga"
    )
    assert "  STATUS -> status_kawin (dari isinya)" in lines
    assert "  TGL LHR -> tanggallahir, hari-bulan-tahun" in lines
    assert "  No. KK -> no_kk (dari kepala keluarga)" in lines
    assert "  Tidak disimpan: NO, KET" in lines
    assert any(line.startswith("  Baris 13 dilewati: Malili") for line in lines)
    assert "  ... dan 2 baris lain dilewati" in lines
    assert lines[-1] == "Lembar Catatan tidak dibaca"


def test_the_detection_of_a_text_file_names_encoding_and_separator(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes(grid([person(nama="RENÉ") | {"Warna Atap": "merah"}]), "cp1252", ";"))
    lines = list(detection_of(read_table(path)).lines())
    assert lines[0] == "Teks windows-1252, dipisah titik koma"
    assert "  Tidak dibaca: Warna Atap" in lines


def test_a_column_of_women_and_men_by_other_letters_is_told(tmp_path: Path) -> None:
    rows = [person(9001 + at, kk_level="11", sex="P", nik=f"35100917088{at}9001") for at in range(5)]
    path = write_xlsx(tmp_path / "a.xlsx", {"Data": grid(rows)})
    register = imported(path)
    # No W and no L, but every NIK is a man's.
    assert {found["sex"] for found in register.people()} == {1}
    assert "sex-p-is-male" in codes(_plan(path))
    assert outcome(_plan(path))[0] == 5


def _plan(path: Path) -> Any:
    from tests.unit.importing.build import plan_file

    return plan_file(path)
