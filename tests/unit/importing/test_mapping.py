"""Headers find their fields in any order and under the names that other programs give them."""

from __future__ import annotations

import pytest

from register.importing.mapping import COLUMNS, fold_header, map_headers, missing_columns
from schemas.fields import fields_by_name

TEMPLATE = [
    *("alamat", "dusun", "rw", "rt", "nama", "no_kk"),
    *("nik", "sex", "tempatlahir", "tanggallahir", "agama_id", "pendidikan_kk_id"),
    *("pendidikan_sedang_id", "pekerjaan_id", "status_kawin", "kk_level", "warganegara_id", "ayah_nik"),
    *("nama_ayah", "ibu_nik", "nama_ibu", "golongan_darah_id", "akta_lahir", "dokumen_pasport"),
    *(
        "tanggal_akhir_paspor",
        "dokumen_kitas",
        "akta_perkawinan",
        "tanggalperkawinan",
        "akta_perceraian",
        "tanggalperceraian",
    ),
    *("cacat_id", "cara_kb_id", "hamil", "ktp_el", "status_rekam", "alamat_sekarang"),
    *("status_dasar", "suku", "tag_id_card", "id_asuransi", "no_asuransi", "lat"),
    *("lng",),
]


def test_the_template_has_its_43_columns_in_order() -> None:
    assert [column.header for column in COLUMNS] == TEMPLATE
    assert len(TEMPLATE) == 43


def test_every_column_feeds_a_declared_field_of_its_own() -> None:
    targets = {(column.kind, column.field_name) for column in COLUMNS}
    assert len(targets) == len(COLUMNS)
    assert all(name in fields_by_name(kind) for kind, name in targets)


def test_no_header_means_two_columns() -> None:
    spellings = [fold_header(header) for column in COLUMNS for header in {column.header, *column.synonyms}]
    twice = {spelling for spelling in spellings if spellings.count(spelling) > 1}
    # One column may be known by two spellings that fold alike, but never two columns by one.
    for spelling in twice:
        assert len({c.header for c in COLUMNS for h in (c.header, *c.synonyms) if fold_header(h) == spelling}) == 1


@pytest.mark.parametrize(
    ("header", "field_name"),
    [
        ("NO. KK", "family_number"),
        ("Nomor KK", "family_number"),
        ("noKK", "family_number"),
        (" Nama Lengkap * ", "name"),
        ("NAMA_LGKP", "name"),
        ("L/P", "sex"),
        ("JENIS KELAMIN", "sex"),
        ("TGL LAHIR", "birth_on"),
        ("Tgl.Lahir", "birth_on"),
        ("HUB. KEL", "relation"),
        ("SHDK", "relation"),
        ("STAT_KWN", "marital_status"),
        ("Gol. Darah", "blood_type"),
        ("NAMA IBU", "mother_name"),
        ("NO.AKTE LAHIR", "birth_number"),
        ("NO_RT", "rt"),
        ("RT/RW", ""),
    ],
)
def test_other_names_of_columns_are_known(header: str, field_name: str) -> None:
    (mapped,) = map_headers([header]).columns
    assert mapped.column.field_name == field_name


def test_unknown_and_repeated_headers_are_handed_back() -> None:
    found = map_headers(["NIK", None, "nama", "Warna Atap", "STATUS", "Nama Lengkap", 7])
    assert [mapped.position for mapped in found.columns] == [0, 2]
    assert found.unknown == ("Warna Atap", "7")
    assert [(column.header, column.candidates[0].header) for column in found.open] == [("STATUS", "status_kawin")]
    assert found.repeated == ("Nama Lengkap",)


@pytest.mark.parametrize(
    ("headers", "missing"),
    [
        (["nama", "nik"], ()),
        (["nama", "no_kk"], ()),
        (["nik", "pekerjaan_id"], ()),
        (["nik"], ("nama",)),
        (["nama", "alamat"], ("nik / no_kk",)),
        (["alamat", "rt"], ("nama", "nik / no_kk")),
    ],
)
def test_people_must_be_told_apart(headers: list[str], missing: tuple[str, ...]) -> None:
    assert missing_columns(map_headers(headers)) == missing
