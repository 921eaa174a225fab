"""List the columns that population files have: the 43 of the template, a few more, and every name seen for them.

Also lists the headers that mean different things in different government lists ("STATUS"), the columns that are known
and not kept, and the columns of our own complete export.  Headers are compared in ``mapping``; which meaning a
many-meaning header has is decided from the cells (``conventions``).  The module is a table.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.fields import HOUSEHOLD, RESIDENT, Field, Kind, Policy, fields_by_name


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column of the template: its header there, the field it feeds, and other headers seen for it.

    ``field_name`` is empty for a column that a reader takes apart (``rt_rw``) or that names a place (``desa``).
    """

    header: str
    kind: Kind
    field_name: str
    synonyms: tuple[str, ...] = ()
    is_own: bool = False

    @property
    def field(self) -> Field | None:
        """The declared field, or None for a combined column."""
        return fields_by_name(self.kind)[self.field_name] if self.field_name else None


_H, _R = Kind.HOUSEHOLD, Kind.RESIDENT

COLUMNS = (
    TemplateColumn(
        "alamat", _H, "address", ("ALAMAT LENGKAP", "Alamat KTP", "ALAMAT JALAN/DUKUH", "Alamat Rumah", "Alamat Jalan")
    ),
    TemplateColumn("dusun", _H, "hamlet", ("Nama Dusun", "Lingkungan", "Dusun/Lingkungan", "Kampung", "Dukuh")),
    TemplateColumn("rw", _H, "rw", ("NO_RW", "Nama RW", "NAMA_KET_RW")),
    TemplateColumn("rt", _H, "rt", ("NO_RT", "Nama RT", "NAMA_KET_RT")),
    TemplateColumn(
        "nama",
        _R,
        "name",
        (
            *("Nama Lengkap", "NAMA_LGKP", "Nama Penduduk", "NAMA PASIEN", "402 Nama", "NAMA_PENERIMA", "Nama Warga"),
            *("NAMA LENGKAP/PANGGILAN", "Nama Anggota Keluarga", "Nama Anggota", "Nama Jiwa", "Nama Lengkap Penduduk"),
        ),
    ),
    TemplateColumn(
        "no_kk",
        _H,
        "family_number",
        ("Nomor KK", "NKK", "NOKK_DTKS", "no kartu keluarga", "Nomor Kartu Keluarga", "No Induk KK"),
    ),
    TemplateColumn(
        "nik",
        _R,
        "nik",
        ("NIK PASIEN", "NIK_KTP", "Nomor Induk Kependudukan", "403 NIK", "No NIK", "No KTP", "NIK Penduduk"),
    ),
    TemplateColumn(
        "sex",
        _R,
        "sex",
        (
            *("JK", "L/P", "P/L", "Kelamin", "JENIS KELAMIN", "JENIS_KLMIN", "JnsKel", "Jenkel", "Jns Kelamin", "LP"),
            *("Jenis Kelamin (L/P)", "Jenis Kel", "Gender"),
        ),
    ),
    TemplateColumn("tempatlahir", _R, "birth_place", ("TMPT LHR", "TEMPAT", "TmpLahir", "Kota Lahir", "Tempat Lhr")),
    TemplateColumn(
        "tanggallahir",
        _R,
        "birth_on",
        ("TGL LHR", "Tgl/Bln/Th", "TGL LAHIR", "Tgl/Bln/Thn Lahir", "Tgl/Bln/Thn", "Tanggal/Bulan/Tahun Lahir", "TGL"),
    ),
    TemplateColumn("agama_id", _R, "religion", ("AGAMA", "Agama/Kepercayaan")),
    TemplateColumn(
        "pendidikan_kk_id",
        _R,
        "education",
        (
            "PDDK_AKH",
            "Pendidikan Terakhir",
            "Pendidikan dalam KK",
            "Pendidikan KK",
            "Pendidikan_tertinggi",
            "Pddk Akhir",
        ),
    ),
    TemplateColumn("pendidikan_sedang_id", _R, "education_ongoing", ("Pendidikan Sedang Ditempuh", "Sedang Sekolah")),
    TemplateColumn(
        "pekerjaan_id",
        _R,
        "occupation",
        ("PEKERJAAN", "JENIS_PKRJN", "PENCAHARIAN", "Mata Pencaharian", "Jenis Pekerjaan", "Profesi", "Pkrjn"),
    ),
    TemplateColumn(
        "status_kawin",
        _R,
        "marital_status",
        (
            *(
                "STATNIKAH",
                "STAT_KWN",
                "Status Perkawinan",
                "statusNikah",
                "STS KAWIN",
                "Sta_kawin",
                "Status Pernikahan",
            ),
            *("Perkawinan", "Status Marital"),
        ),
    ),
    TemplateColumn(
        "kk_level",
        _R,
        "relation",
        (
            *("SHDK", "HUB. KEL", "STAT_HBKEL", "Status Hubungan", "Status Keluarga", "KEDUDUKAN DLM KELUARGA"),
            *("Hub. Keluarga", "Status Hubungan Keluarga", "Hubungan Keluarga", "Hubungan", "Hubungan dengan KK"),
            *("Status Hubungan Dalam Keluarga", "Hub KK", "Hubungan Dalam Keluarga", "Kedudukan Dalam Keluarga"),
            *("SDHK", "Hub. dg KK", "Hubungan dgn Kepala Keluarga", "Hubungan dengan Kepala Keluarga"),
        ),
    ),
    TemplateColumn("warganegara_id", _R, "citizenship", ("Kewarganegaraan", "Warganegara", "Warga Negara", "WN")),
    TemplateColumn("ayah_nik", _R, "father_nik", ("NIK Ayah",)),
    TemplateColumn(
        "nama_ayah", _R, "father_name", ("Ayah", "NAMA_LGKP_AYAH", "Ayah Kandung", "Nama Ayah Kandung", "Nama Bapak")
    ),
    TemplateColumn("ibu_nik", _R, "mother_nik", ("NIK Ibu",)),
    TemplateColumn("nama_ibu", _R, "mother_name", ("Ibu", "NAMA_LGKP_IBU", "Ibu Kandung", "Nama Ibu Kandung")),
    TemplateColumn(
        "golongan_darah_id",
        _R,
        "blood_type",
        ("Golongan Darah", "Gol. Darah", "G.DRH", "GOL_DRH", "golonganDarah", "Goldar", "Darah"),
    ),
    TemplateColumn(
        "akta_lahir",
        _R,
        "birth_number",
        ("NO.AKTE LAHIR", "No Akta Lahir", "NO_AKTA_LHR", "Nomor Akta Lahir", "Akta Kelahiran", "No Akta Kelahiran"),
    ),
    TemplateColumn("dokumen_pasport", _R, "passport_number", ("Nomor Paspor", "NO_PASPOR", "Paspor", "No Passport")),
    TemplateColumn(
        "tanggal_akhir_paspor", _R, "passport_until", ("TGL_AKH_PASPOR", "Tgl Akhir Paspor", "Paspor Berlaku Sampai")
    ),
    TemplateColumn("dokumen_kitas", _R, "stay_number", ("No KITAS", "No KITAS/KITAP", "KITAS", "No ITAS/ITAP")),
    TemplateColumn(
        "akta_perkawinan",
        _R,
        "marriage_number",
        ("Nomor Akta Kawin", "NO_AKTA_KWN", "No Akta Perkawinan", "No Akta Nikah", "No Buku Nikah", "Akta Nikah"),
    ),
    TemplateColumn(
        "tanggalperkawinan", _R, "married_on", ("Tanggal Kwn", "TGL_KWN", "Tgl Perkawinan", "Tgl Nikah", "Tgl Kawin")
    ),
    TemplateColumn(
        "akta_perceraian",
        _R,
        "divorce_number",
        ("Nomor Akta Cerai", "NO_AKTA_CRAI", "No Akta Perceraian", "Akta Cerai"),
    ),
    TemplateColumn("tanggalperceraian", _R, "divorced_on", ("Tgl Cerai", "TGL_CRAI", "Tgl Perceraian")),
    TemplateColumn(
        "cacat_id", _R, "disability", ("Cacat", "PNYDNG_CCT", "Disabilitas", "Penyandang Cacat", "Jenis_cacat")
    ),
    TemplateColumn("cara_kb_id", _R, "family_planning", ("Cara KB", "Akseptor KB", "KB")),
    TemplateColumn("hamil", _R, "pregnancy", ("Sta_hamil", "Status Hamil", "Kehamilan")),
    TemplateColumn("ktp_el", _R, "ktp_kind", ("KTP-eL", "e-KTP", "KTPEL", "Identitas Elektronik")),
    TemplateColumn("status_rekam", _R, "ktp_record_status", ("Stat Rkm", "EKTP_STATUS", "Status Rekam KTP")),
    TemplateColumn("alamat_sekarang", _R, "current_address", ("Alamat Domisili", "Domisili")),
    TemplateColumn("status_dasar", _R, "life_status", ("Status Hidup", "STAT_HIDUP", "Status Dasar Penduduk")),
    TemplateColumn("suku", _R, "ethnicity", ("sukuBangsa", "Suku/Etnis", "Etnis")),
    TemplateColumn("tag_id_card", _R, "card_tag"),
    TemplateColumn("id_asuransi", _R, "insurance", ("Asuransi", "Jenis Asuransi")),
    TemplateColumn("no_asuransi", _R, "insurance_number", ("Nomor Asuransi", "No BPJS")),
    TemplateColumn("lat", _R, "latitude", ("Lintang", "Latitude")),
    TemplateColumn("lng", _R, "longitude", ("Bujur", "Longitude", "Long", "Lon")),
)
"""The template, in its order."""

MORE_COLUMNS = (
    TemplateColumn("kode_pos", _H, "postal_code", ("KODE POS", "Kodepos")),
    TemplateColumn("telepon", _R, "phone", ("No HP", "No Telepon", "No Telp", "Telp", "HP", "No WA", "Nomor HP")),
    TemplateColumn("email", _R, "email", ("Surel", "E-mail")),
    TemplateColumn("status_tinggal", _R, "resident_status", ("Status Domisili",)),
    TemplateColumn("tanggal_meninggal", _R, "died_on", ("Tgl Meninggal", "Tgl Mati", "Tanggal Kematian")),
    TemplateColumn("akta_kematian", _R, "death_number", ("No Akta Mati", "No Akta Kematian")),
)
"""Not in the template, and kept all the same."""

RT_RW = TemplateColumn("rt_rw", _H, "", ("RT/RW", "NO.RT/RW", "RT-RW"))
"""One column "001/002" that some lists have instead of two."""

BIRTH = TemplateColumn(
    "tempat_tanggal_lahir",
    _R,
    "",
    (
        *("Tempat/Tgl Lahir", "Tempat, Tanggal Lahir", "TTL", "Tempat Tgl. Lahir", "Tempat dan Tanggal Lahir"),
        *("Tempat & Tgl Lahir", "Tmp/Tgl Lahir", "TTGL Lahir", "Kelahiran"),
    ),
)
"""One column "BANYUWANGI, 17-08-1985" that some lists have instead of two."""

PLACES = (
    TemplateColumn("provinsi", _H, "", ("PROPINSI", "PROP_NAME", "NMPROP", "Nama Provinsi")),
    TemplateColumn("kabupaten", _H, "", ("KAB_NAME", "NMKAB", "Kota/Kabupaten", "Kabupaten/Kota", "Kab/Kota")),
    TemplateColumn("kecamatan", _H, "", ("KEC", "KEC_NAME", "NMKEC", "Nama Kecamatan")),
    TemplateColumn(
        "desa", _H, "", ("Desa/Kel", "Kel/Desa", "Kelurahan/Desa", "Desa/Kelurahan", "Kelurahan", "KEL_NAME", "NMKEL")
    ),
    TemplateColumn("no_prop", _H, "", ("KDPROP", "Kode Provinsi")),
    TemplateColumn("no_kab", _H, "", ("KDKAB", "Kode Kabupaten")),
    TemplateColumn("no_kec", _H, "", ("KDKEC", "NO_KECAMATAN", "Kode Kecamatan")),
    TemplateColumn("no_kel", _H, "", ("KDDESA", "NO_KELURAHAN")),
    TemplateColumn("kode_desa", _H, "", ("kd_wilayah", "Kode Wilayah", "Kode Desa/Kelurahan")),
)
"""Columns that say which village a row belongs to (``villages``); a person's record does not repeat it."""

_STATUS = ("status_kawin", "status_dasar", "kk_level", "status_rekam", "ktp_el", "status_tinggal")

MANY_MEANINGS: dict[str, tuple[str, ...]] = {
    "STATUS": _STATUS,
    "Stat": _STATUS,
    "STS": _STATUS,
    "Status Penduduk": ("status_dasar", "status_tinggal"),
    "Status Warga": ("status_dasar", "status_tinggal", "kk_level"),
    "KK": ("no_kk", "kk_level"),
    "KTP": ("nik", "ktp_el", "status_rekam"),
    "PENDIDIKAN": ("pendidikan_kk_id", "pendidikan_sedang_id"),
}
"""Headers that mean different things in different lists, with the columns they can mean, the likeliest first."""

USUAL_IF_UNDECIDED = frozenset({"pendidikan_kk_id"})
"""Of those meanings, the ones that hold when they come first and the cells do not tell."""

NOT_KEPT = (
    *("NO", "NO.", "NO URUT", "NOMOR URUT", "NOMOR", "URUT", "ID", "KOLOM", "KET", "KETERANGAN", "UMUR", "USIA"),
    *("NAMA KK", "NAMA KEPALA KELUARGA", "KEPALA KELUARGA", "NAMA KEP. KELUARGA", "Deskripsi Pekerjaan"),
    *("Cetak KTP", "Ganti KTP", "KTP Berakhir", "Berlaku Hingga", "Wjb KTP", "Wajib KTP", "Status KTP"),
    *("Petugas Registrasi", "Tgl Ubah", "Petugas Entri", "Tgl Entri", "No. Blangko KK", "Tgl Cetak KK"),
)
"""Headers that are known and not kept: running numbers, what follows from other columns, who typed it."""

CARD_DELIVERY = frozenset({"sdh dpt", "blm dpt", "sudah dapat", "belum dapat"})
"""What "Status" holds in the e-KTP list: whether the card was handed over, which is not kept."""


def _own(kind: Kind, prefix: str, fields: tuple[Field, ...]) -> tuple[TemplateColumn, ...]:
    known = (one for one in fields if one.policy not in {Policy.SYSTEM, Policy.SET})
    return tuple(TemplateColumn(f"{prefix}.{one.name}", kind, one.name, is_own=True) for one in known)


OWN_RECORD_ID = TemplateColumn("resident.record_id", _R, "", is_own=True)

OWN_COLUMNS = (OWN_RECORD_ID, *_own(_H, "household", HOUSEHOLD), *_own(_R, "resident", RESIDENT))
"""The columns of our complete export that are read back: every field under its own name, and the id of the person.

What only the hub writes (certification) is not among them.
"""
