"""A file is outlined whether or not it can be read: columns, samples, meanings, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from register.importing import FileMapping, detection_of, outline_file, read_table
from register.importing.outlining import SAMPLES_MAX
from schemas.errors import ImportFileError

LIST = "NAMA;NIK;STATUS;Umur;Nama Lengkap;Warna\n" + "".join(
    f"ORANG {n};351001420390900{n};KAWIN;3{n};X;merah\n" for n in range(1, 6)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "daftar.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def standings(path: Path, mapping: FileMapping | None = None) -> dict[str, tuple[str, str]]:
    return {one.header: (one.meaning, one.standing) for one in outline_file(path, mapping).columns}


def test_each_column_tells_what_becomes_of_it(file: Path) -> None:
    assert standings(file) == {
        "NAMA": ("nama", "read"),
        "NIK": ("nik", "read"),
        "STATUS": ("", "unknown"),
        "Umur": ("", "not-kept"),
        "Nama Lengkap": ("", "repeated"),
        "Warna": ("", "unknown"),
    }


def test_what_cells_decide_is_known_once_the_file_was_read(file: Path) -> None:
    settled = outline_file(file).settled(detection_of(read_table(file)))
    assert next(one for one in settled.columns if one.header == "STATUS").meaning == "status_kawin"


def test_samples_are_few_and_differ(file: Path) -> None:
    samples = {one.header: one.samples for one in outline_file(file).columns}
    assert samples["NAMA"] == ("ORANG 1", "ORANG 2", "ORANG 3")
    assert samples["Warna"] == ("merah",)
    assert all(len(one) <= SAMPLES_MAX for one in samples.values())


def test_a_chosen_column_is_read_whatever_stands_before_it(file: Path) -> None:
    found = standings(file, FileMapping(columns={"Warna": "nama"}))
    assert found["Warna"] == ("nama", "read")
    assert found["NAMA"] == ("", "repeated")
    columns = read_table(file, FileMapping(columns={"Warna": "nama"})).sheets[0].header_map.columns
    assert {one.header for one in columns if one.column.header == "nama"} == {"Warna"}


def test_a_file_that_says_nothing_known_has_a_guessed_header(tmp_path: Path) -> None:
    path = tmp_path / "asing.csv"
    path.write_text("Siapa,Bilangan\nAni,3510014203909071\nBudi,3510014203909072\n", encoding="utf-8")
    outline = outline_file(path)
    assert (outline.is_guess, outline.header_row, outline.missing) == (True, 1, ("nama", "nik / no_kk"))
    assert outline.headers == {"siapa", "bilangan"}
    with pytest.raises(ImportFileError):
        read_table(path)
    chosen = FileMapping(header_row=1, columns={"Siapa": "nama", "Bilangan": "nik"})
    assert outline_file(path, chosen).missing == ()
    assert len(read_table(path, chosen).sheets[0].rows) == 2


def test_the_order_of_columns_does_not_make_another_file(file: Path, tmp_path: Path) -> None:
    turned = tmp_path / "terbalik.csv"
    turned.write_text("\n".join(";".join(reversed(line.split(";"))) for line in LIST.splitlines()), encoding="utf-8")
    assert outline_file(turned).headers == outline_file(file).headers


@pytest.mark.parametrize(("name", "content"), [("kosong.csv", b"\n"), ("rusak.xlsx", b"PK\x03\x04 no workbook")])
def test_a_file_that_cannot_be_opened_says_so(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportFileError):
        outline_file(tmp_path / name)
