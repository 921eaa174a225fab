"""Whatever stands in a file, it is read or refused with a code, and nothing of it vanishes without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from register.importing import FileMapping, detection_of, plan_import, read_table
from register.importing.conventions import DateOrder, MaritalNumbers
from schemas.errors import ImportFileError
from tests.unit.importing.build import VILLAGE_KEY, FakeRegister, csv_bytes, outcome

_HEADERS = st.sampled_from(
    [
        *("NIK", "nama", "No KK", "L/P", "Tgl Lahir", "TTL", "STATUS", "Status", "PENDIDIKAN", "KK", "KTP", "SHDK"),
        *("RT/RW", "alamat", "dusun", "NO", "resident.record_id", "resident.nik", "household.family_number"),
        *("resident.household_id", "Desa", "Ibu", "Warna", "", "(1)", "KOLOM"),
    ]
)
_CELLS = st.sampled_from(
    [
        *("", "-", "0", "1", "2", "3", "(1)", "###", "Keterangan:", "Jumlah", "BUDI", "SITI CONTOH", "L", "P", "W"),
        *("3510091708859001", "3510095708879002", "3510091202129001", "'3510091202129001", "3.51E+15", "HIDUP"),
        *("MATI", "KAWIN", "KEPALA KELUARGA", "ANAK", "17-08-1985", "12/31/1999", "01/02/2003", "31276", "003/001"),
        *("No. KK : 3510091202129001", "No. KK", "NO. KK :", "ALAMAT", "Alamat : JL. A, RT/RW : 1/2", "DESA : X"),
        *("JL. A, DUSUN B", "BANYUWANGI, 17-08-1985", "00ff" * 8, "zz", "Mengetahui,", "NIK", "nama", "SHDK", ":"),
    ]
)
_ROWS = st.lists(st.one_of(st.lists(_HEADERS, max_size=8), st.lists(_CELLS, max_size=8)), min_size=1, max_size=14)
_MAPPINGS = st.builds(
    FileMapping,
    header_row=st.integers(0, 5),
    p_means=st.sampled_from(["", "pria", "perempuan"]),
    marital_numbers=st.sampled_from([None, *MaritalNumbers]),
    family_blocks=st.sampled_from([None, True, False]),
    fill_down=st.sampled_from([None, True, False]),
    split_address=st.sampled_from([None, True, False]),
    dates=st.sampled_from([{}, {"tanggallahir": DateOrder.MONTH_FIRST}, {"tanggallahir": DateOrder.EPOCH_1904}]),
    columns=st.sampled_from([{}, {"Warna": "suku", "NIK": ""}, {"STATUS": "status_dasar"}]),
)


@given(rows=_ROWS, mapping=st.one_of(st.none(), _MAPPINGS))
def test_any_table_is_read_or_refused_with_a_code(
    rows: list[list[str]], mapping: FileMapping | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A file is read as a table, or refused as an import file with a code and a hint; nothing else happens."""
    path = tmp_path_factory.mktemp("law") / "a.csv"
    path.write_bytes(csv_bytes(rows))
    try:
        table = read_table(path, mapping)
    except ImportFileError as refused:
        told = (refused.code[:5], bool(refused.hint))
        table = None
    else:
        told = ("file-", True)
    assert told == ("file-", True)
    if table is None:
        return
    assert list(detection_of(table).lines())
    plan = plan_import(table, village_key=VILLAGE_KEY, file_digest=table.file_digest, existing=FakeRegister())
    outcome(plan)
    register = FakeRegister()
    register.apply(plan.households)
    again = plan_import(table, village_key=VILLAGE_KEY, file_digest=table.file_digest, existing=register)
    assert again.households == ()


_PERSON = st.tuples(
    st.sampled_from(["BUDI", "SITI CONTOH", "JUMLAH", "CAMAT", ""]),
    st.sampled_from(["3510091708859001", "0", "", "12"]),
    st.sampled_from(["L", "P", ""]),
    st.sampled_from(["17-08-1985", ""]),
)


@given(people=st.lists(_PERSON, min_size=1, max_size=10), footer=st.lists(_CELLS, max_size=4))
@example(
    # a code alone below a blank one continues nothing
    people=[("BUDI", "3510091708859001", "", "17-08-1985"), ("", "", "L", "")],
    footer=["No. KK : 3510091202129001"],
)
def test_no_row_of_a_list_vanishes_without_a_trace(
    people: list[tuple[str, str, str, str]], footer: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every row that is not blank is a person, a rejected row, or listed as left out."""
    path: Path = tmp_path_factory.mktemp("law") / "a.csv"
    rows = [["nama", "nik", "sex", "tanggallahir"], *map(list, people), footer]
    path.write_bytes(csv_bytes(rows))
    try:
        (sheet,) = read_table(path).sheets
    except ImportFileError:
        # Nothing but footers: the file as a whole is refused.
        return
    told = {row.number for row in sheet.rows} | {row.number for row in sheet.skipped}
    for number, row in enumerate(rows[1:-1], start=2):
        if any(row):
            assert number in told, row
