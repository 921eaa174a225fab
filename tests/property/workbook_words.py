"""The words with which lists of villages are written, gathered apart from the importer's own tables.

Every header and spelling here was seen in a list of a village, an office or a program; the fuzzer draws from them.
"""

from __future__ import annotations

HEADERS: dict[str, tuple[str, ...]] = {
    "name": ("NAMA", "Nama Lengkap", "NAMA_LGKP", "Nama Penduduk", "namaLengkap", "nama_lengkap", "Nama Warga"),
    "nik": ("NIK", "N I K", "Nomor Induk Kependudukan", "No. NIK", "NIK_KTP"),
    "family_number": ("No KK", "No. KK", "NO.KK", "NO_KK", "Nomor KK", "NKK", "noKK", "Nomor Kartu Keluarga"),
    "sex": ("JK", "L/P", "Kelamin", "JENIS KELAMIN", "JENIS_KLMIN", "sex", "JnsKel", "Jenkel", "Jns. Kelamin"),
    "birth_place": ("Tempat Lahir", "TMPT LHR", "TMPT_LHR", "TEMPAT", "TmpLahir", "tempatlahir", "Tmp. Lahir"),
    "birth_on": ("Tanggal Lahir", "TGL LHR", "TGL_LHR", "Tgl/Bln/Th", "Tgl.Lahir", "TglLahir", "tanggal_lahir"),
    "birth": ("TTL", "Tempat, Tanggal Lahir", "Tempat/Tgl Lahir", "Tempat dan Tanggal Lahir"),
    "relation": ("SHDK", "HUB. KEL", "HUBKEL", "STAT_HBKEL", "kk_level", "Status Hubungan", "Hub. Keluarga"),
    "religion": ("AGAMA", "agama_id", "Agama"),
    "marital_status": (
        "STATNIKAH",
        "STAT_KWN",
        "Stat Kwn",
        "Status Kawin",
        "statusNikah",
        "Status Perkawinan",
        "STATUS",
    ),
    "education": ("PENDIDIKAN", "PDDK_AKH", "Pendidikan Terakhir", "pendidikan_kk_id", "pendidikanTerakhir"),
    "occupation": ("PEKERJAAN", "JENIS_PKRJN", "PENCAHARIAN", "pekerjaan_id", "Mata Pencaharian"),
    "blood_type": ("Gol. Darah", "G.DRH", "GOL_DRH", "Golongan Darah", "golonganDarah"),
    "mother_name": ("NAMA IBU", "Ibu", "NAMA_LGKP_IBU", "nama_ibu"),
    "father_name": ("NAMA AYAH", "Ayah", "NAMA_LGKP_AYAH", "nama_ayah"),
    "citizenship": ("warganegara_id", "Kewarganegaraan", "Warga Negara"),
    "ethnicity": ("Suku", "sukuBangsa", "SUKU"),
    "birth_number": ("NO.AKTE LAHIR", "No Akta Lahir", "NO_AKTA_LHR", "Nomor Akta Lahir"),
    "life_status": ("Status Hidup", "STAT_HIDUP", "status_dasar", "Status"),
    "address": ("ALAMAT", "Alamat", "alamat", "Alamat Lengkap", "Alamat KTP"),
    "hamlet": ("DUSUN", "Nama Dusun", "dusun", "Lingkungan"),
    "rw": ("RW", "NO_RW", "rw"),
    "rt": ("RT", "NO_RT", "rt"),
    "rt_rw": ("RT/RW", "NO.RT/RW", "rt_rw"),
}

GROUPS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("birth_place", "birth_on"), "Tempat dan Tanggal Lahir", ("Tempat", "Tgl/Bln/Th")),
    (("mother_name", "father_name"), "Nama Orang Tua Kandung", ("Ibu", "Ayah")),
    (("rt", "rw"), "Alamat Rumah Tangga", ("RT", "RW")),
    (("family_number", "relation"), "KELUARGA", ("Nomor KK", "Hubungan")),
)
"""Columns side by side under one group in a header of two rows: the fields, the group, the names below it."""

STRANGE_HEADERS = ("Desil", "Bantuan", "Warna Rumah", "Jabatan", "BB", "Daya Listrik", "Sumber Air")
"""Columns that no register keeps."""

SEXES = (
    *(("L", "P"), ("LK", "PR"), ("Lk", "Pr"), ("LAKI-LAKI", "PEREMPUAN"), ("Laki laki", "Perempuan"), ("1", "2")),
    *(("P", "W"), ("M", "F"), ("Pria", "Wanita")),
)

MARITAL: tuple[dict[int, str], ...] = (
    {1: "BELUM KAWIN", 2: "KAWIN", 3: "CERAI HIDUP", 4: "CERAI MATI"},
    {1: "BK", 2: "K", 3: "CH", 4: "CM"},
    {1: "Belum Kawin", 2: "Kawin", 3: "Cerai Hidup", 4: "Cerai Mati"},
    {1: "BELUM_KAWIN", 2: "KAWIN", 3: "CERAI_HIDUP", 4: "CERAI_MATI"},
    {1: "1", 2: "2", 3: "3", 4: "4"},
)
MARITAL_F101 = {1: "1", 2: "2", 3: "4", 4: "6"}
"""As F-1.01 numbers them; married and divorced are then registered."""
F101_MEANS = {1: 1, 2: 5, 3: 7, 4: 4}

OTHER_SPELLINGS: dict[str, dict[int, tuple[str, ...]]] = {
    "religion": {
        3: ("Katolik", "KATHOLIK"),
        5: ("Buddha", "Budha"),
        6: ("Konghucu", "KHONGHUCU"),
        2: ("Kristen", "Protestan"),
    },
    "relation": {3: ("ISTRI", "Istri", "ISTERI"), 7: ("ORANG TUA", "ORANGTUA", "Orang Tua"), 9: ("FAMILI LAIN",)},
    "education": {
        1: ("Tidak/Blm Sekolah", "TIDAK / BELUM SEKOLAH"),
        3: ("TAMAT SD / SEDERAJAT", "Tamat SD/Sederajat", "SD"),
        4: ("SLTP / SEDERAJAT", "SLTP/Sederajat", "SMP"),
        5: ("SLTA / SEDERAJAT", "SMA"),
        8: ("DIPLOMA IV/ STRATA I", "S1"),
        9: ("STRATA-II", "Strata II", "S2"),
    },
    "blood_type": {13: ("TIDAK TAHU", "Tdk Th")},
    "occupation": {9: ("PETANI / PEKEBUN", "Petani/Pekebun")},
    "citizenship": {1: ("WNI",)},
    "life_status": {1: ("HIDUP", "Hidup"), 2: ("MATI", "Mati"), 3: ("PINDAH", "Pindah Dalam Negeri")},
}

MONTHS = (
    *("Januari", "Pebruari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "Nopember", "Desember"),
)

TITLES = ("DAFTAR PENDUDUK", "DATA WARGA TAHUN 2024", "BUKU INDUK PENDUDUK", "PEMERINTAH KABUPATEN BANYUWANGI")
PLACES = (("KECAMATAN", "GENTENG"), ("DESA", "GENTENGWETAN"), ("PROVINSI", "JAWA TIMUR"))
FOOTERS: tuple[tuple[str, ...], ...] = (
    ("Banyuwangi, 12 Januari 2024",),
    ("Mengetahui,", "Kepala Desa"),
    ("Keterangan:",),
    ("Jumlah", "12"),
    ("Dicetak pada 12-01-2024",),
    ("Halaman 3 dari 3",),
)
NOTES: tuple[tuple[str, ...], ...] = (("Cara mengisi",), ("Isi semua kolom dengan huruf besar",))
