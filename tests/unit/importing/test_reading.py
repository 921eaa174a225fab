"""A file is read as what it is, or refused with a code and the next step."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlwt
from xlwt import CompoundDoc

from register.importing import read_table
from schemas.errors import ImportFileError
from tests.unit.importing.build import (
    HEADERS,
    Cell,
    csv_bytes,
    grid,
    person,
    wife,
    write_csv,
    write_ods,
    write_xls,
    write_xlsx,
)

PEOPLE = [person(nama="MA'RUF HIDAYAT", tanggallahir=dt.date(1985, 8, 17)), wife(nama="ANDRÉ RENÉ")]


def _xlsx(path: Path, cells: Sequence[Sequence[Cell]]) -> Path:
    return write_xlsx(path, {"Penduduk": cells})


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.xlsx", _xlsx), ("a.xlsm", _xlsx), ("a.xls", write_xls), ("a.ods", write_ods), ("named-wrong.csv", _xlsx)],
)
def test_every_workbook_form_gives_the_same_cells(
    name: str, write: Callable[[Path, Sequence[Sequence[Cell]]], Path], tmp_path: Path
) -> None:
    table = read_table(write(tmp_path / name, grid(PEOPLE)))

    (sheet,) = table.sheets
    assert (sheet.name, sheet.header_row, [row.number for row in sheet.rows]) == ("Penduduk", 1, [2, 3])
    first = dict(zip((mapped.header for mapped in sheet.header_map.columns), sheet.rows[0].cells, strict=True))
    assert first == PEOPLE[0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_files_are_read_in_each_encoding_and_with_each_separator(
    encoding: str, separator: str, tmp_path: Path
) -> None:
    path = tmp_path / "penduduk.csv"
    rows = [person(alamat="JL. MELATI, NO; 7"), wife(nama="ANDRÉ “RENÉ”")]
    path.write_bytes(csv_bytes(grid(rows), encoding, separator))

    (sheet,) = read_table(path).sheets

    cells = [dict(zip(rows[0], row.cells, strict=True)) for row in sheet.rows]
    assert cells == rows


def test_a_stray_byte_does_not_cost_the_list(tmp_path: Path) -> None:
    path = tmp_path / "penduduk.csv"
    path.write_bytes(csv_bytes(grid([person(nama="ANDRÉ X")]), "cp1252").replace(b"X", b"\x81"))
    (sheet,) = read_table(path).sheets
    assert "ANDRÉ �" in sheet.rows[0].cells


def test_the_separator_hint_of_excel_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "penduduk.csv"
    path.write_bytes(b"sep=;\r\n" + csv_bytes(grid([person()]), separator=";"))
    (sheet,) = read_table(path).sheets
    assert [row.number for row in sheet.rows] == [2]


def test_row_numbers_are_those_a_person_sees(tmp_path: Path) -> None:
    headers, first, second = grid([person(alamat="JL. SATU\nRUMAH DUA"), wife()])
    blank: list[Cell] = [None] * len(headers)
    title: list[Cell] = ["DAFTAR PENDUDUK"]
    cells = [title, blank, headers, first, blank, headers, second]

    for path in (write_csv(tmp_path / "a.csv", cells), _xlsx(tmp_path / "a.xlsx", cells)):
        (sheet,) = read_table(path).sheets
        assert sheet.header_row == 3
        # A header repeated below is no person, and neither is a blank row.
        assert [row.number for row in sheet.rows] == [4, 7]


def test_every_sheet_with_a_header_is_read_and_others_are_named(tmp_path: Path) -> None:
    sheets: dict[str, Sequence[Sequence[Cell]]] = {
        "RW 1": grid([person()]),
        "Petunjuk": [["Cara mengisi"], ["Isi semua kolom"]],
        "Kode": [["agama", "pekerjaan"], ["ISLAM", "PETANI"]],
        "RW 2": [[None, None], *([None, *row] for row in grid([wife()]))],
        "Sheet5": [],
        "Sandi": grid([person()]),
    }
    table = read_table(write_xlsx(tmp_path / "a.xlsx", sheets, hidden=["Sandi"]))
    assert [(sheet.name, len(sheet.rows)) for sheet in table.sheets] == [("RW 1", 1), ("RW 2", 1)]
    assert table.sheets[1].rows[0].number == 3
    assert table.ignored_sheets == ("Petunjuk", "Kode")


def test_formatted_rows_far_below_the_table_do_no_harm(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a.xlsx", grid([person()]))
    _edit_sheet(path, lambda xml: xml.replace("</sheetData>", '<row r="1048576"><c r="A1048576"/></row></sheetData>'))
    assert len(read_table(path).sheets[0].rows) == 1


def _edit_sheet(path: Path, edit: Callable[[str], str]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = edit(members[sheet].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


# --- files that are refused -------------------------------------------------------------------------------------------


def _protected_xls(path: Path) -> Path:
    """Write a workbook whose stream says, behind its first record, that a password is needed."""
    book = xlwt.Workbook()
    book.add_sheet("Penduduk").write(0, 0, "nama")
    stream = book.get_biff_data()
    (length,) = struct.unpack_from("<H", stream, 2)
    file_pass = struct.pack("<HH", 0x2F, 54) + bytes(54)
    CompoundDoc.XlsDoc().save(str(path), stream[: 4 + length] + file_pass + stream[4 + length :])
    return path


def _protected_xlsx(path: Path) -> Path:
    """Write the container that holds an encrypted workbook: the same directory with the stream's other name."""
    write_xls(path, grid([person()]))
    content = bytearray(path.read_bytes())
    at, name = content.find("Workbook".encode("utf-16le")), "EncryptedPackage".encode("utf-16le")
    content[at : at + len(name)] = name
    path.write_bytes(content)
    return path


def _protected_ods(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", b"\x00" * 50)
        archive.writestr("META-INF/manifest.xml", "<manifest><manifest:encryption-data/></manifest>")
    return path


def _protected_zip(path: Path) -> Path:
    _xlsx(path, grid([person()]))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(mark) + offset] |= 1
    path.write_bytes(content)
    return path


def _cut(write: Callable[[Path, Sequence[Sequence[Cell]]], Path], share: float) -> Callable[[Path], Path]:
    def write_cut(path: Path) -> Path:
        content = write(path, grid([person(), wife()])).read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        return path

    return write_cut


def _holding(content: bytes) -> Callable[[Path], Path]:
    def write_content(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write_content


def _sheet_ends_early(path: Path) -> Path:
    _xlsx(path, grid([person(), wife()]))
    _edit_sheet(path, lambda xml: xml[: xml.index("</row>") + 20])
    return path


def _flipped_inside(path: Path) -> Path:
    content = bytearray(_xlsx(path, grid([person(), wife()])).read_bytes())
    content[content.find(b"xl/worksheets/sheet1.xml") + 60] ^= 0x55
    path.write_bytes(content)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _huge_value_below(path: Path) -> Path:
    _xlsx(path, grid([person()]))
    far = '<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
    _edit_sheet(path, lambda xml: xml.replace("</sheetData>", far))
    return path


def _huge_value_right(path: Path) -> Path:
    _xlsx(path, grid([person()]))
    _edit_sheet(path, lambda xml: xml.replace("</row>", '<c r="XFD1"><v>1</v></c></row>', 1))
    return path


def _too_many_lines(path: Path) -> Path:
    path.write_bytes(b"nama,nik\n" + b"A,0\n" * 200_100)
    return path


def _unfolding(path: Path) -> Path:
    """Write a small archive that claims to unfold to two gigabytes."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.find(b"PK\x01\x02") + 24, 2 << 30)
    path.write_bytes(content)
    return path


def _zip_of(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "x")
    return content.getvalue()


HEADER_ONLY = [list(HEADERS)]
WEB_PAGE = b"<!DOCTYPE html>\n<html><body><table><tr><td>nama</td><td>nik</td></tr></table></body></html>"

REFUSED: list[tuple[str, str, Callable[[Path], Path]]] = [
    ("file-missing", "a.xlsx", lambda path: path),
    ("file-unreadable", "a.xlsx", _folder),
    ("file-empty", "a.csv", _holding(b"")),
    ("file-empty", "a.csv", _holding(b"\xef\xbb\xbf \r\n")),
    ("file-empty", "a.xlsx", lambda path: write_xlsx(path, {"Sheet1": [], "Sheet2": []})),
    ("file-password", "a.xls", _protected_xls),
    ("file-password", "a.xlsx", _protected_xlsx),
    ("file-password", "a.ods", _protected_ods),
    ("file-password", "a.zip.xlsx", _protected_zip),
    ("file-truncated", "a.xlsx", _cut(_xlsx, 0.7)),
    ("file-truncated", "a.xls", _cut(write_xls, 0.3)),
    ("file-truncated", "a.ods", _cut(write_ods, 0.5)),
    ("file-truncated", "a.xlsx", _sheet_ends_early),
    ("file-truncated", "a.xlsx", _flipped_inside),
    ("file-truncated", "a.csv", _holding(b'nama,nik\n"SITI,0\nBUDI,0\n')),
    ("file-not-a-table", "a.xls", _holding(WEB_PAGE)),
    ("file-not-a-table", "a.xls", _holding(b"\xef\xbb\xbf\n<!-- x --><TABLE><tr>")),
    ("file-not-a-table", "a.xls", _holding(WEB_PAGE.decode().encode("utf-16"))),
    ("file-not-a-table", "a.xls", _holding(b'<?xml version="1.0"?><Workbook/>')),
    ("file-not-a-table", "a.pdf", _holding(b"%PDF-1.7 ...")),
    ("file-not-a-table", "a.jpg", _holding(b"\xff\xd8\xff\xe0\x00\x10JFIF")),
    ("file-not-a-table", "a.docx", _holding(_zip_of("word/document.xml"))),
    ("file-no-header", "a.csv", _holding(b"kolom satu,kolom dua\n1,2\n")),
    ("file-no-header", "a.csv", _holding(b"nama,alamat,rt\nBUDI,JL. SATU,001\n")),
    ("file-no-header", "a.csv", _holding(b"nik\n3510091708859001\n")),
    ("file-no-rows", "a.csv", _holding(csv_bytes(HEADER_ONLY))),
    ("file-no-rows", "a.xlsx", lambda path: _xlsx(path, HEADER_ONLY)),
    ("file-too-large", "a.xlsx", _huge_value_below),
    ("file-too-large", "a.xlsx", _huge_value_right),
    ("file-too-large", "a.csv", _too_many_lines),
    ("file-too-large", "a.xlsx", _unfolding),
]


@pytest.mark.parametrize(("code", "name", "write"), REFUSED)
def test_a_file_that_is_no_population_table_is_refused_with_a_remedy(
    code: str, name: str, write: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = write(tmp_path / name)
    with pytest.raises(ImportFileError) as caught:
        read_table(path)
    assert caught.value.code == code
    assert caught.value.hint
    assert name in caught.value.message


def test_a_missing_column_is_named_and_so_is_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"nama,alamat,rt\nBUDI,JL. SATU,001\n")
    with pytest.raises(ImportFileError, match=r"tidak ada kolom nik / no_kk.*nama \| alamat \| rt"):
        read_table(path)


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    one = read_table(write_csv(tmp_path / "a.csv", grid([person()])))
    same = read_table(write_csv(tmp_path / "b.csv", grid([person()])))
    other = read_table(write_csv(tmp_path / "c.csv", grid([person(rt="003")])))
    assert one.file_digest == same.file_digest != other.file_digest
    assert len(one.file_digest) == 32
