"""List the codes of vital events: the boxes of F-2.01, F-1.03 and F-1.08, and our own kinds beside them.

The numbers of ``event_kind`` 1-16 follow the boxes of F-2.01; those from 21 are ours, for changes that the village
records and the form does not have.  States and cases are in ``state_lists``.  The module is a table.
"""

from __future__ import annotations

from enum import IntEnum

from schemas.codes.code_list import Code, CodeList


class EventKind(IntEnum):
    """Codes of the list ``event_kind`` that rules look at."""

    BIRTH = 1
    FOETAL_DEATH = 2
    MARRIAGE = 3
    MARRIAGE_ANNULMENT = 4
    DIVORCE = 5
    DIVORCE_ANNULMENT = 6
    DEATH = 7
    ADOPTION = 8
    RECOGNITION = 9
    LEGITIMATION = 10
    NAME_CHANGE = 11
    CITIZENSHIP = 12
    OTHER = 13
    CERTIFICATE_CORRECTION = 14
    CERTIFICATE_ANNULMENT = 15
    FROM_ABROAD = 16
    MOVE_OUT = 21
    MOVE_IN = 22
    MOVE_INSIDE = 23
    NEW_HOUSEHOLD = 24
    SPLIT = 25
    CHANGE_OF_HEAD = 26
    MISSING = 27
    LEFT = 28
    RETURNED = 29
    TEMPORARY_IN = 30
    TEMPORARY_OUT = 31


EVENT_KIND = CodeList(
    "event_kind",
    "Jenis peristiwa",
    "Kind of event",
    (
        Code(1, "KELAHIRAN", "Birth", "LAHIR"),
        Code(2, "LAHIR MATI", "Foetal death"),
        Code(3, "PERKAWINAN", "Marriage"),
        Code(4, "PEMBATALAN PERKAWINAN", "Annulment of a marriage"),
        Code(5, "PERCERAIAN", "Divorce"),
        Code(6, "PEMBATALAN PERCERAIAN", "Annulment of a divorce"),
        Code(7, "KEMATIAN", "Death", "MATI"),
        Code(8, "PENGANGKATAN ANAK", "Adoption"),
        Code(9, "PENGAKUAN ANAK", "Recognition of a child"),
        Code(10, "PENGESAHAN ANAK", "Legitimation of a child"),
        Code(11, "PERUBAHAN NAMA", "Change of name"),
        Code(12, "PERUBAHAN STATUS KEWARGANEGARAAN", "Change of citizenship"),
        Code(13, "PERISTIWA PENTING LAINNYA", "Other vital event"),
        Code(14, "PEMBETULAN AKTA", "Correction of a certificate"),
        Code(15, "PEMBATALAN AKTA", "Annulment of a certificate"),
        Code(16, "PELAPORAN DARI LUAR NKRI", "Report from abroad"),
        Code(21, "PINDAH KELUAR", "Move out"),
        Code(22, "PINDAH DATANG", "Move in", "PINDAH MASUK", "DATANG"),
        Code(23, "PINDAH DALAM DESA", "Move inside the village"),
        Code(24, "KELUARGA BARU", "New household", "KK BARU"),
        Code(25, "PISAH KK", "Split of a household", "PECAH KK"),
        Code(26, "GANTI KEPALA KELUARGA", "Change of head"),
        Code(27, "HILANG", "Missing"),
        Code(28, "PERGI", "Left"),
        Code(29, "KEMBALI", "Returned"),
        Code(30, "PENDUDUK SEMENTARA DATANG", "Temporary resident in"),
        Code(31, "PENDUDUK SEMENTARA PERGI", "Temporary resident out"),
    ),
)

BIRTH_PLACE_KIND = CodeList(
    "birth_place_kind",
    "Tempat dilahirkan",
    "Kind of birth place",
    (
        Code(1, "RS/RB", "Hospital or maternity home", "RUMAH SAKIT", "RUMAH BERSALIN"),
        Code(2, "PUSKESMAS", "Health centre"),
        Code(3, "POLINDES", "Village birth post"),
        Code(4, "RUMAH", "Home"),
        Code(5, "LAINNYA", "Other"),
    ),
)

BIRTH_KIND = CodeList(
    "birth_kind",
    "Jenis kelahiran",
    "Kind of birth",
    (
        Code(1, "TUNGGAL", "Single"),
        Code(2, "KEMBAR 2", "Twins"),
        Code(3, "KEMBAR 3", "Triplets"),
        Code(4, "KEMBAR 4", "Quadruplets"),
        Code(5, "LAINNYA", "Other"),
    ),
)

BIRTH_ATTENDANT = CodeList(
    "birth_attendant",
    "Penolong kelahiran",
    "Birth attendant",
    (
        Code(1, "DOKTER", "Doctor"),
        Code(2, "BIDAN/PERAWAT", "Midwife or nurse", "BIDAN", "PERAWAT"),
        Code(3, "DUKUN", "Traditional birth attendant", "DUKUN BAYI"),
        Code(4, "LAINNYA", "Other"),
    ),
)

FOETAL_DEATH_CERTIFIER = CodeList(
    "foetal_death_certifier",
    "Yang menentukan lahir mati",
    "Foetal death certified by",
    (
        Code(1, "DOKTER", "Doctor"),
        Code(2, "BIDAN/PERAWAT", "Midwife or nurse", "BIDAN", "PERAWAT"),
        Code(3, "TENAGA KESEHATAN", "Health worker"),
        Code(4, "KEPOLISIAN", "Police"),
        Code(5, "LAINNYA", "Other"),
    ),
)

DEATH_CAUSE = CodeList(
    "death_cause",
    "Sebab kematian",
    "Cause of death",
    (
        Code(1, "SAKIT BIASA / TUA", "Illness or old age", "SAKIT BIASA", "SAKIT", "TUA"),
        Code(2, "WABAH PENYAKIT", "Epidemic", "WABAH"),
        Code(3, "KECELAKAAN", "Accident"),
        Code(4, "KRIMINALITAS", "Crime"),
        Code(5, "BUNUH DIRI", "Suicide"),
        Code(6, "LAINNYA", "Other"),
    ),
)

DEATH_CERTIFIER = CodeList(
    "death_certifier",
    "Yang menerangkan kematian",
    "Death certified by",
    (
        Code(1, "DOKTER", "Doctor"),
        Code(2, "TENAGA KESEHATAN", "Health worker"),
        Code(3, "KEPOLISIAN", "Police"),
        Code(4, "LAINNYA", "Other"),
    ),
)

MOVE_REASON = CodeList(
    "move_reason",
    "Alasan pindah",
    "Reason for the move",
    (
        Code(1, "PEKERJAAN", "Work"),
        Code(2, "PENDIDIKAN", "Education"),
        Code(3, "KEAMANAN", "Safety"),
        Code(4, "KESEHATAN", "Health"),
        Code(5, "PERUMAHAN", "Housing"),
        Code(6, "KELUARGA", "Family"),
        Code(7, "LAINNYA", "Other"),
    ),
)

MOVE_CLASSIFICATION = CodeList(
    "move_classification",
    "Klasifikasi pindah",
    "Reach of the move",
    (
        Code(1, "DALAM SATU DESA/KELURAHAN", "Within one village"),
        Code(2, "ANTAR DESA/KELURAHAN", "Between villages"),
        Code(3, "ANTAR KECAMATAN", "Between districts"),
        Code(4, "ANTAR KAB/KOTA", "Between regencies", "ANTAR KABUPATEN/KOTA"),
        Code(5, "ANTAR PROVINSI", "Between provinces"),
    ),
)

MOVE_KIND = CodeList(
    "move_kind",
    "Jenis kepindahan",
    "Kind of move",
    (
        Code(1, "KEPALA KELUARGA", "Head of household"),
        Code(2, "KEPALA KELUARGA DAN SELURUH ANGGOTA", "Head and all members"),
        Code(3, "KEPALA KELUARGA DAN SEBAGIAN ANGGOTA", "Head and some members"),
        Code(4, "ANGGOTA KELUARGA", "Members only"),
    ),
)

MOVERS_FAMILY_CARD = CodeList(
    "movers_family_card",
    "Status KK bagi yang pindah",
    "Family card of those who move",
    (
        Code(1, "NUMPANG KK", "Lodge in another card"),
        Code(2, "MEMBUAT KK BARU", "New card"),
        Code(3, "NAMA KEP. KELUARGA DAN NOMOR KK TETAP", "Head and number stay the same"),
    ),
)

STAYERS_FAMILY_CARD = CodeList(
    "stayers_family_card",
    "Status KK bagi yang tidak pindah",
    "Family card of those who stay",
    (
        Code(1, "NUMPANG KK", "Lodge in another card"),
        Code(2, "MEMBUAT KK BARU", "New card"),
        Code(3, "TIDAK ADA ANGG. KELUARGA YANG DITINGGAL", "Nobody stays behind"),
        Code(4, "NOMOR KK TETAP", "Number stays the same"),
    ),
)
