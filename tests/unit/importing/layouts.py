"""Write the lists that government offices hand to villages, family by family, the way those files really look.

Each writer takes families of invented people and gives the cells of one sheet.  What is typical of each form is kept:
titles, two-row headers, numbered columns, no-break spaces, page headers in the middle of a family, footers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlwt

from tests.unit.importing.build import Cell

Grid = list[list[Cell]]
NBSP = "\u00a0"
_EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class Person:
    """One invented person as an office list knows them; ``born`` is the only date."""

    nik: str
    name: str
    sex: str
    place: str
    born: dt.date
    religion: str
    marital: str
    relation: str
    education: str
    occupation: str
    mother: str
    father: str
    blood: str = "-"
    birth_number: str = ""


@dataclass(frozen=True)
class Home:
    """One family and its address."""

    number: str
    address: str
    hamlet: str
    rt: str
    rw: str
    people: tuple[Person, ...]

    @property
    def head(self) -> str:
        return self.people[0].name


def serial(day: dt.date) -> float:
    """Return the number under which Excel keeps a day."""
    return float((day - _EPOCH).days)


FATHER = Person(
    *("3510091708609001", "MA'RUF CONTOH", "L", "BANYUWANGI", dt.date(1960, 8, 17), "ISLAM", "KAWIN"),
    *("KEPALA KELUARGA", "TAMAT SD / SEDERAJAT", "PETANI / PEKEBUN", "SUMI", "MU'ALIM"),
)
MOTHER = Person(
    *("3510095203659001", "SITI CONTOH", "P", "JEMBER", dt.date(1965, 3, 12), "ISLAM", "KAWIN"),
    *("ISTRI", "SLTP/SEDERAJAT", "MENGURUS RUMAH TANGGA", "PAINI", "KASIM"),
    *("O", "AL-77/1990"),
)
SON = Person(
    *("3510090105959001", "BUDI CONTOH", "L", "BANYUWANGI", dt.date(1995, 5, 1), "ISLAM", "BELUM KAWIN"),
    *("ANAK", "SLTA / SEDERAJAT", "BELUM / TIDAK BEKERJA", "SITI CONTOH", "MA'RUF CONTOH"),
)
WIDOW = Person(
    *("3510094107509001", "WAYAN CONTOH", "P", "BADUNG", dt.date(1950, 7, 1), "HINDU", "CERAI MATI"),
    *("KEPALA KELUARGA", "TIDAK/BLM SEKOLAH", "WIRASWASTA", "NI LUH", "I MADE"),
)
HOMES = (
    Home("3510091202129001", "JL. MELATI 7", "KRAJAN", "003", "001", (FATHER, MOTHER, SON)),
    Home("3510091202129002", "JL. KENANGA 2", "SUMBER WADUNG", "001", "002", (WIDOW,)),
)

EXPECTED: dict[str, dict[str, object]] = {
    "MA'RUF CONTOH": {
        "nik": "3510091708609001",
        "sex": 1,
        "birth_place": "BANYUWANGI",
        "birth_on": dt.date(1960, 8, 17),
        "religion": 1,
        "relation": 1,
        "education": 3,
        "occupation": 9,
        "mother_name": "SUMI",
        "father_name": "MU'ALIM",
    },
    "SITI CONTOH": {"sex": 2, "birth_on": dt.date(1965, 3, 12), "relation": 3, "education": 4, "occupation": 2},
    "BUDI CONTOH": {"nik": "3510090105959001", "birth_on": dt.date(1995, 5, 1), "relation": 4, "education": 5},
    "WAYAN CONTOH": {"nik": "3510094107509001", "religion": 4, "relation": 1, "education": 1},
}


def bip_2012(homes: Sequence[Home] = HOMES) -> Grid:
    """Write a block for each family: labels, their values below, a header, the members."""
    cells: Grid = [
        [None, "BUKU INDUK PENDUDUK (BIP)"],
        [None, "PROVINSI", None, ": JAWA TIMUR"],
        [None, "KABUPATEN", None, ": BANYUWANGI"],
        [None, "KECAMATAN", None, ": SRONO"],
        [None, "DESA", None, ": KEBAMAN"],
        [],
    ]
    for home in homes:
        address = f"{home.address}, DUSUN {home.hamlet}, RT:{home.rt}, RW:{home.rw}, Kodepos:68471,-"
        cells += [
            [None, "NO.KK", None, "NAMA.KK", None, None, "ALAMAT"],
            [None, home.number, None, home.head, None, None, address],
            [
                *(None, "NO", "NIK", "NAMA", "JK", "TMPT LHR", "TGL LHR", "KTPEL", "AGAMA", "STATUS", "HUB. KEL"),
                *("PENDIDIKAN", "PEKERJAAN", "NAMA IBU", "NAMA AYAH", "NO.AKTE LAHIR"),
            ],
        ]
        for number, one in enumerate(home.people, start=1):
            cells.append(
                [
                    *(None, float(number), one.nik, one.name, one.sex, one.place, serial(one.born), "SUDAH"),
                    *(one.religion, one.marital, one.relation, one.education, one.occupation),
                    *(one.mother, one.father, one.birth_number or "-"),
                ]
            )
    return cells


_HEADER_2016: Grid = [
    [
        *("No", "Nama Lengkap", "NIK", "Tempat dan Tanggal Lahir", None, "JK", "SHDK", "Agama", "Pendidikan Terakhir"),
        *("Pekerjaan", "Nama Orang Tua Kandung", None),
    ],
    [None, None, None, "Tempat Lahir", "Tgl/Bln/Th", None, None, None, None, None, "Ibu", "Ayah"],
    [f"({number})" for number in range(1, 13)],
]


def bip_2016(homes: Sequence[Home] = HOMES) -> Grid:
    """Write the two-row header once, a line for each family, numbered columns and a note at the end."""
    cells: Grid = [["BUKU INDUK PENDUDUK WNI"], ["KECAMATAN : SRONO"], ["DESA : KEBAMAN"], *_HEADER_2016]
    cells[-1] = [float(-number) for number in range(1, 13)]
    for home in homes:
        place = f"Alamat : {home.address}, Nama Dusun : {home.hamlet}, RT/RW : {home.rt}/{home.rw}"
        cells.append([f"No. KK :{NBSP}{home.number}", None, place])
        for number, one in enumerate(home.people, start=1):
            if number == 3:
                # A page ends in the middle of a family.
                cells += [["BUKU INDUK PENDUDUK WNI"], *_HEADER_2016]
            sex = "Lk" if one.sex == "L" else "Pr"
            cells.append(
                [
                    *(float(number), f"{one.name}{NBSP}", f"{NBSP}{one.nik}", one.place, serial(one.born), sex),
                    *(one.relation, one.religion, one.education, one.occupation, one.mother, one.father),
                ]
            )
    return [*cells, [], ["Keterangan:"], ["JK : Jenis Kelamin"], ["SHDK : Status Hubungan Dalam Keluarga"]]


def bip_luwu_timur(homes: Sequence[Home] = HOMES) -> Grid:
    """Write one page for each family: a form above, members, a signature below."""
    cells: Grid = []
    for home in homes:
        pair = f"{home.rt}/{home.rw}"
        left = [("PROVINSI :", "SULAWESI SELATAN"), ("KABUPATEN :", "LUWU TIMUR")]
        left += [("KECAMATAN :", "KALAENA"), ("DESA :", "KALAENA KIRI")]
        address = f"{home.address}, DSN. {home.hamlet},Kodepos :92974,Telp :,-"
        right = ("NO. KK :", home.number), ("NAMA. KK :", home.head), ("ALAMAT :", address), ("NO.RT/RW :", pair)
        cells += [[None, "BUKU INDUK KEPENDUDUKAN KABUPATEN LUWU TIMUR (DAFTAR  KELUARGA)"], []]
        for (name, text), (label, value) in zip(left, right, strict=True):
            cells.append([None, name, text, None, None, None, None, None, None, None, label, value])
        cells += [
            [],
            [
                *(None, "NO", "NIK", "NAMA", "JK", "TMPT LHR", "TGL LHR", "G.DRH", "AGAMA", "STATUS", "HUB.KEL"),
                *("PENDIDIKAN", "PEKERJAAN", "NAMA IBU", "NAMA AYAH", "KET"),
            ],
        ]
        for number, one in enumerate(home.people, start=1):
            cells.append(
                [
                    *(None, float(number), one.nik, one.name, one.sex, one.place, f"{one.born:%d-%m-%Y}", one.blood),
                    *(one.religion.title(), one.marital.title(), one.relation.title(), one.education, one.occupation),
                    *(one.mother, one.father, None),
                ]
            )
        cells += [
            [],
            [*(None,) * 11, "Malili, 12 Januari 2016"],
            [None, None, "Kepala Keluarga", *(None,) * 8, "KEPALA DINAS"],
            [],
            [None, None, home.head, *(None,) * 8, "ANDI CONTOH, S.Sos", "NIP. 19600101 199001 1 001"],
            [],
        ]
    return cells


_HEADER_EKTP = [
    *("NO", "Nama Lengkap", "NIK", "Tempat Lahir", "Tgl/Bln/Th", "JK", "Stat Kwn", "Gol. Drh", "SHDK", "Agama"),
    *("Pendidikan Terakhir", "No Akta Lahir", "Pekerjaan", "Nama Ibu", "Nama Ayah", "Wjb KTP", "KTP-eL", "Status"),
    "Stat Rkm",
]
_MARITAL_SHORT = {"KAWIN": "K", "BELUM KAWIN": "BK", "CERAI HIDUP": "CH", "CERAI MATI": "CM"}


def bip_ektp(homes: Sequence[Home] = HOMES, *, with_labels: bool = True) -> Grid:
    """Write labels and header once a page; a family is a row of bare values, a card status may break over a page."""
    labels: list[Cell] = ["No. KK", None, "Nama Kepala Keluarga", None, None, "No. Blangko KK", None, "Tgl Cetak KK"]
    labels += [None, None, None, "Alamat"]
    page: Grid = [*([labels] if with_labels else []), list(_HEADER_EKTP), [float(-number) for number in range(1, 20)]]
    cells: Grid = [*page]
    for home in homes:
        address = f"{home.address} RT/RW : {home.rt}/{home.rw} DUSUN : {home.hamlet}"
        cells.append([home.number, None, home.head, *(None,) * 8, address])
        for number, one in enumerate(home.people, start=1):
            sex = "Lk" if one.sex == "L" else "Pr"
            status = "SENT FOR\nCARD" if number == 2 else "CARD SHIPPED"
            cells.append(
                [
                    *(float(number), one.name, one.nik, one.place, f"{one.born:%d-%m-%Y}", sex),
                    *(_MARITAL_SHORT[one.marital], one.blood, one.relation, one.religion, one.education),
                    *(one.birth_number, one.occupation, one.mother, one.father, "WAJIB", "KTP-eL", "SDH DPT", status),
                ]
            )
            if number == 2:
                cells += [["Halaman 1"], *page, [*(None,) * 18, "PRINTING"]]
    return cells


_SIAK_HEADERS: list[Cell] = [
    *("Nomor KK", "NIK", "Nama Penduduk", "Status", "Tempat Lahir", "Tanggal Lahir", "Kelamin", "NIK Ayah", "Ayah"),
    *("NIK Ibu", "Ibu", "Status Kawin", "SHDK", "Agama", "Kecamatan", "Desa/Kel", "Alamat", "RW", "RT", "Pendidikan"),
    *("Pekerjaan", "Deskripsi Pekerjaan", "Gol. Darah", "Cacat", "Cetak KTP", "Ganti KTP", "KTP Berakhir"),
    *("Nomor Paspor", "Nomor Akta Lahir", "Nomor Akta Kawin", "Tanggal Kwn", "Nomor Akta Cerai", "Tgl Cerai"),
    *("Petugas Registrasi", "Tgl Ubah", "Petugas Entri", "Tgl Entri"),
]


def siak(homes: Sequence[Home] = HOMES, statuses: Sequence[str] = ("Hidup",)) -> Grid:
    """Write one row for each person, RW before RT, life status as "Status"."""
    cells: Grid = [list(_SIAK_HEADERS)]
    people = [(home, one) for home in homes for one in home.people]
    for at, (home, one) in enumerate(people):
        sex = "Laki-laki" if one.sex == "L" else "Perempuan"
        cells.append(
            [
                *(home.number, one.nik, one.name, statuses[at % len(statuses)], one.place, serial(one.born), sex),
                *("0", one.father, None, one.mother, one.marital.title(), one.relation, one.religion),
                *("SRONO", "KEBAMAN", f"{home.address}, DUSUN {home.hamlet}", home.rw, home.rt, one.education),
                *(one.occupation, None, one.blood, None, None, None, None, None, one.birth_number or None),
                *(None,) * 4,
                *("PETUGAS CONTOH", serial(dt.date(2016, 1, 5)), "PETUGAS CONTOH", serial(dt.date(2016, 1, 5))),
            ]
        )
    return cells


def write_xls_sheets(path: Path, sheets: dict[str, Grid]) -> Path:
    """Write a workbook of Excel 97, as all of these lists come."""
    book = xlwt.Workbook()
    for name, cells in sheets.items():
        sheet = book.add_sheet(name)
        for at, row in enumerate(cells):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(at, column, cell)
    book.save(str(path))
    return path


LAYOUTS: dict[str, Callable[[], Grid]] = {
    "bip-2012": bip_2012,
    "bip-2016": bip_2016,
    "bip-2016-luwu-timur": bip_luwu_timur,
    "bip-ktp-el": bip_ektp,
    "siak-37": siak,
}
