"""The headers of lists seen in villages find the fields they mean, and a header may be more than one row."""

from __future__ import annotations

from pathlib import Path

import pytest

from register.importing import read_table
from register.importing.footers import is_end_mark, is_footer
from register.importing.headers import find_header, is_numbering
from register.importing.mapping import map_headers
from register.importing.merging import with_merged_values
from tests.unit.importing.build import Cell, FakeRegister, codes, import_file, outcome, write_csv

SETS: dict[str, tuple[str, str]] = {
    "database": (
        (
            "NIK NO_PASPOR TGL_AKH_PASPOR NAMA_LGKP JENIS_KLMIN TMPT_LHR TGL_LHR NO_AKTA_LHR GOL_DRH AGAMA STAT_KWN"
            " NO_AKTA_KWN TGL_KWN NO_AKTA_CRAI TGL_CRAI STAT_HBKEL PNYDNG_CCT PDDK_AKH JENIS_PKRJN NIK_IBU"
            " NAMA_LGKP_IBU"
            " NIK_AYAH NAMA_LGKP_AYAH NO_KK NO_PROP NO_KAB NO_KEC NO_KEL STAT_HIDUP"
        ),
        (
            "nik dokumen_pasport tanggal_akhir_paspor nama sex tempatlahir tanggallahir akta_lahir golongan_darah_id"
            " agama_id status_kawin akta_perkawinan tanggalperkawinan akta_perceraian tanggalperceraian"
            " kk_level cacat_id"
            " pendidikan_kk_id pekerjaan_id ibu_nik nama_ibu ayah_nik nama_ayah no_kk no_prop no_kab no_kec no_kel"
            " status_dasar"
        ),
    ),
    "web-service": (
        (
            "NO_KK NIK NAMA_LGKP KAB_NAME NAMA_LGKP_AYAH NO_RW KEC_NAME NO_KEL NO_RT KODE_POS ALAMAT NAMA_LGKP_IBU"
            " PROP_NAME TGL_LHR KEL_NAME DUSUN EKTP_STATUS STATUS_KAWIN GOL_DARAH"
        ),
        (
            "no_kk nik nama kabupaten nama_ayah rw kecamatan no_kel rt kode_pos alamat nama_ibu provinsi tanggallahir"
            " desa dusun status_rekam status_kawin golongan_darah_id"
        ),
    ),
    "neighbourhood": (
        (
            "No KK|NIK|Nama Lengkap|Status Hubungan|Status Perkawinan|Jenis Kelamin|Tempat Lahir|Tanggal Lahir|Alamat"
            "|Agama|Pekerjaan|Status Hidup|Email|No HP"
        ),
        (
            "no_kk nik nama kk_level status_kawin sex tempatlahir tanggallahir alamat agama_id pekerjaan_id"
            " status_dasar"
            " email telepon"
        ),
    ),
    "desktop": (
        "NO KK|NIK|NAMA|JK|HUBKEL|STATNIKAH|SUKU|AGAMA|PENCAHARIAN|IBU|TEMPAT|TGL LAHIR|KEC|DESA|RT|RW|ALAMAT",
        (
            "no_kk nik nama sex kk_level status_kawin suku agama_id pekerjaan_id nama_ibu tempatlahir tanggallahir"
            " kecamatan desa rt rw alamat"
        ),
    ),
    "snake-case": (
        (
            "nik no_kk nama jenis_kelamin tempat_lahir tanggal_lahir agama status_perkawinan status_hubungan_keluarga"
            " pekerjaan pendidikan_terakhir alamat rt rw no_telepon"
        ),
        (
            "nik no_kk nama sex tempatlahir tanggallahir agama_id status_kawin kk_level pekerjaan_id pendidikan_kk_id"
            " alamat rt rw telepon"
        ),
    ),
    "camel-case": (
        (
            "noKK nik namaLengkap jenisKelamin tempatLahir tanggalLahir alamat statusNikah agama sukuBangsa"
            " kewarganegaraan pendidikanTerakhir pekerjaan golonganDarah shdk"
        ),
        (
            "no_kk nik nama sex tempatlahir tanggallahir alamat status_kawin agama_id suku warganegara_id"
            " pendidikan_kk_id pekerjaan_id golongan_darah_id kk_level"
        ),
    ),
    "card": (
        (
            "NIK|Nama|Tempat Lahir|Tanggal Lahir|Jenis Kelamin|Gol Darah|Alamat|RT/RW|Kel/Desa|Kecamatan|Agama"
            "|Status Perkawinan|Pekerjaan|Kewarganegaraan|Provinsi|Kota/Kabupaten"
        ),
        (
            "nik nama tempatlahir tanggallahir sex golongan_darah_id alamat rt_rw desa kecamatan agama_id status_kawin"
            " pekerjaan_id warganegara_id provinsi kabupaten"
        ),
    ),
    "clinic": ("NAMA PASIEN|NIK PASIEN|PEKERJAAN|ALAMAT|TGL LAHIR", "nama nik pekerjaan_id alamat tanggallahir"),
    "numbered": ("Nama (13)|Alamat (12)|Kode Provinsi (4)|402 Nama|NIK (16 digit)", "nama alamat no_prop nik"),
    "survey": ("no kartu keluarga|402 Nama|403 NIK", "no_kk nama nik"),
    "poor-list": (
        "Nama JnsKel TmpLahir TglLahir NIK NoKK Hubkel Sta_kawin Sta_hamil Jenis_cacat Pendidikan_tertinggi",
        "nama sex tempatlahir tanggallahir nik no_kk kk_level status_kawin hamil cacat_id pendidikan_kk_id",
    ),
    "book": (
        (
            "NAMA LENGKAP/PANGGILAN|JENIS KELAMIN|STATUS PERKAWINAN|TEMPAT LAHIR|TGL|AGAMA|PENDIDIKAN"
            " TERAKHIR|PEKERJAAN"
            "|KEWARGANEGARAAN|ALAMAT LENGKAP|KEDUDUKAN DLM KELUARGA|NIK|NOMOR KK"
        ),
        (
            "nama sex status_kawin tempatlahir tanggallahir agama_id pendidikan_kk_id pekerjaan_id"
            " warganegara_id alamat"
            " kk_level nik no_kk"
        ),
    ),
    "voters": (
        "NKK|NIK|NAMA|TEMPAT LAHIR|TANGGAL LAHIR|STS KAWIN|L/P|ALAMAT JALAN/DUKUH|RT|RW|DISABILITAS",
        "no_kk nik nama tempatlahir tanggallahir status_kawin sex alamat rt rw cacat_id",
    ),
    "dasawisma": (
        "No.KK|NIK|Nama|Tempat Lahir|Tgl.Lahir|Jenis Kelamin|Alamat Domisili|Alamat KTP|Kelurahan/Desa|Lingkungan",
        "no_kk nik nama tempatlahir tanggallahir sex alamat_sekarang alamat desa dusun",
    ),
    "abbreviated": (
        "Nm Lengkap|Nmr KK|Tmpt. Lhr|Jns Klmn|Sts Kwn|Hub Klg|Pddk Akh|Jns Pkrjn|Nm Ibu|Agm|Almt",
        "nama no_kk tempatlahir sex status_kawin kk_level pendidikan_kk_id pekerjaan_id nama_ibu agama_id alamat",
    ),
}


@pytest.mark.parametrize("name", SETS)
def test_headers_of_a_known_list_find_their_columns(name: str) -> None:
    headers, columns = SETS[name]
    texts = headers.split("|" if "|" in headers else " ")
    found = map_headers(texts)
    assert found.unknown == ()
    assert " ".join(mapped.column.header for mapped in found.columns) == columns


@pytest.mark.parametrize("header", ["Desil", "Bantuan", "BPJS", "Penghasilan", "Jabatan", "BB", "ID rumah tangga"])
def test_what_no_register_keeps_stays_unknown(header: str) -> None:
    assert map_headers([header]).unknown == (header,)


def test_a_header_of_two_rows_joins_what_belongs_together() -> None:
    rows: list[tuple[int, list[Cell]]] = [
        (4, ["DAFTAR PENDUDUK"]),
        (6, ["No", "Nama", "NIK", "Lahir", None, "Nama Orang Tua", None, "Tanggal Lahir", "NOMOR", None]),
        (7, [None, "(sesuai KTP)", None, "Tempat", "Tanggal", "Ibu", "Ayah", "dd/mm/yyyy", "KK", "Rumah"]),
        (8, [1, "BUDI", "3510091708859001", "BANYUWANGI", "17-08-1985", "SUMI", "ALI", None, "0", "9"]),
    ]
    header = find_header(rows)
    assert header is not None
    assert (header.first, header.last) == (6, 7)
    found = map_headers(header.texts)
    assert [(mapped.position, mapped.column.header) for mapped in found.columns] == [
        (1, "nama"),
        (2, "nik"),
        (3, "tempatlahir"),
        (4, "tanggallahir"),
        (5, "nama_ibu"),
        (6, "nama_ayah"),
        (8, "no_kk"),
    ]
    assert found.repeated == ("Tanggal Lahir (ke-2)",)


def test_a_header_of_three_rows_is_one_header(tmp_path: Path) -> None:
    cells: list[list[Cell]] = [
        ["DATA", None, None, "KELUARGA", None],
        ["PRIBADI", None, None, "NOMOR", "HUBUNGAN"],
        ["NIK", "NAMA", "L/P", "KK", "DLM KELUARGA"],
        ["3510091708859001", "BUDI CONTOH", "L", "3510091202129001", "KEPALA KELUARGA"],
    ]
    (sheet,) = read_table(write_csv(tmp_path / "a.csv", cells)).sheets
    assert (sheet.header_row, sheet.header_last_row, len(sheet.rows)) == (2, 3, 1)
    assert [mapped.column.header for mapped in sheet.header_map.columns] == ["nik", "nama", "sex", "no_kk", "kk_level"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1, 2, 3], True),
        (["(1)", "(2)", "(3)", None, "(4)"], True),
        ([-1.0, -2.0, -3.0], True),
        (["KOLOM", 2, 3, 4], True),
        ([1, 2], False),
        ([1, 3, 5], False),
        ([1, "BUDI", 3], False),
        (["BUDI 1", 2, 3, 4], False),
    ],
)
def test_a_row_that_numbers_the_columns_is_known(cells: list[Cell], expected: bool) -> None:
    assert is_numbering(cells) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Keterangan:", True),
        ("KEPALA DESA KEBAMAN", True),
        ("Banyuwangi, 17-08-2024", True),
        ("Total", True),
        ("NIP. 19600101", True),
        ("CAMAT", True),
        ("TOTALINA", False),
        ("KEPALA KELUARGA", False),
        ("BUDI SANTOSO", False),
    ],
)
def test_footers_are_known_by_their_words(text: str, expected: bool) -> None:
    assert is_footer(text) is expected


def test_nothing_below_the_end_mark_is_read(tmp_path: Path) -> None:
    assert is_end_mark(" ### ")
    cells: list[list[Cell]] = [
        ["nama", "nik"],
        ["BUDI", "0"],
        ["###", None],
        ["SITI", "3510095708859001"],
    ]
    path = write_csv(tmp_path / "a.csv", cells)
    (sheet,) = read_table(path).sheets
    assert [row.number for row in sheet.rows] == [2]
    assert [(row.number, row.why, row.text) for row in sheet.skipped] == [(4, "after-end", "SITI | 3510095708859001")]


def test_a_second_table_below_the_first_has_its_own_header(tmp_path: Path) -> None:
    cells: list[list[Cell]] = [
        ["NIK", "NAMA", "NO KK", "L/P"],
        ["3510091708859001", "BUDI CONTOH", "3510091202129001", "L"],
        [],
        ["NAMA", "L/P", "NO KK", "NIK", "SHDK"],
        ["SITI CONTOH", "P", "3510091202129001", "3510095708879002", "ISTRI"],
    ]
    register = FakeRegister()
    plan = import_file(write_csv(tmp_path / "a.csv", cells), register)
    assert outcome(plan) == (2, 0, 0, 0, 0)
    assert [(found["name"], found["sex"]) for found in register.people()] == [("BUDI CONTOH", 1), ("SITI CONTOH", 2)]


def test_a_person_with_a_footers_name_is_a_person(tmp_path: Path) -> None:
    cells: list[list[Cell]] = [
        ["nama", "nik", "sex", "no_kk"],
        ["JUMLAH", "3510091708859001", "L", "3510091202129001"],
        ["JUMLAH", None, None, "1"],
        ["CAMAT CONTOH", "0", "L", "3510091202129001"],
    ]
    plan = import_file(write_csv(tmp_path / "a.csv", cells), FakeRegister())
    assert outcome(plan) == (2, 0, 0, 0, 0)
    assert "name-missing" not in codes(plan)


def test_merged_values_reach_each_row_of_their_range() -> None:
    rows: list[list[Cell]] = [["", "x"], ["A", 1], ["", 2], ["", 3], ["B", ""], ["", ""]]
    # Counted from 0; columns begin at 1 in this sheet.
    ranges = [((1, 1), (2, 1)), ((4, 1), (5, 1)), ((0, 1), (0, 2)), ((1, 0), (3, 0))]
    found = [list(row) for row in with_merged_values(rows, ranges, 1)]
    assert found == [["", "x"], ["A", 1], ["A", 2], ["", 3], ["B", ""], ["B", ""]]
