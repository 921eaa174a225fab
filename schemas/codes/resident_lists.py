"""List the codes of a resident's fields: numbers and labels as SIAK and village systems print them.

Numbers are those of the 43-column village template (F-1.01 of Permendagri 109/2019), except marital status, which has
a numbering of its own because three official ones contradict each other (``MARITAL_STATUS``).  Occupations have a
module of their own.  The module is a table; it decides nothing beyond the spellings that are safe to accept.  It is
longer than 300 lines because a resident has that many coded fields, and one place to look is worth more.
"""

from __future__ import annotations

from enum import IntEnum

from schemas.codes.code_list import Code, CodeList


class Sex(IntEnum):
    """Codes of the list ``sex``."""

    MALE = 1
    FEMALE = 2


class Relation(IntEnum):
    """Codes of the list ``relation_to_head`` that rules look at."""

    HEAD = 1
    HUSBAND = 2
    WIFE = 3
    CHILD = 4
    CHILD_IN_LAW = 5
    GRANDCHILD = 6
    PARENT = 7
    PARENT_IN_LAW = 8
    RELATIVE = 9
    SERVANT = 10
    OTHER = 11


class LifeStatus(IntEnum):
    """Codes of the list ``life_status``; 5, 7 and 8 were never given out."""

    ALIVE = 1
    DEAD = 2
    MOVED = 3
    MISSING = 4
    LEFT = 6
    INVALID = 9


class MaritalStatus(IntEnum):
    """Codes of the list ``marital_status``: 1-4 say nothing about registration, 5-8 do."""

    SINGLE = 1
    MARRIED = 2
    DIVORCED = 3
    WIDOWED = 4
    MARRIED_REGISTERED = 5
    MARRIED_UNREGISTERED = 6
    DIVORCED_REGISTERED = 7
    DIVORCED_UNREGISTERED = 8


class Citizenship(IntEnum):
    """Codes of the list ``citizenship``."""

    INDONESIAN = 1
    FOREIGN = 2
    DUAL = 3


class ResidentStatus(IntEnum):
    """Codes of the list ``resident_status``; temporary residents stay up to a year (Permendagri 74/2022)."""

    PERMANENT = 1
    TEMPORARY = 2


# "P" is Perempuan in every template we accept; lists where it means Pria exist and are caught by the NIK's sex hint.
SEX = CodeList(
    "sex",
    "Jenis kelamin",
    "Sex",
    (
        Code(1, "LAKI-LAKI", "Male", "L", "LK", "LAKI", "LAKI2", "PRIA", "M", "MALE"),
        Code(2, "PEREMPUAN", "Female", "P", "PR", "WANITA", "W", "F", "FEMALE"),
    ),
)

RELIGION = CodeList(
    "religion",
    "Agama",
    "Religion",
    (
        Code(1, "ISLAM", "Islam"),
        Code(2, "KRISTEN", "Protestant", "PROTESTAN", "KRISTEN PROTESTAN"),
        Code(3, "KATHOLIK", "Catholic", "KATOLIK", "KRISTEN KATOLIK", "KRISTEN KATHOLIK"),
        Code(4, "HINDU", "Hindu"),
        Code(5, "BUDHA", "Buddhist", "BUDDHA"),
        Code(6, "KHONGHUCU", "Confucian", "KONGHUCU", "KONGHUCHU", "KHONGHUCHU", "KONG HU CU"),
        Code(
            7,
            "KEPERCAYAAN TERHADAP TUHAN YME / LAINNYA",
            "Belief in the One God / other",
            "KEPERCAYAAN TERHADAP TUHAN YME",
            "KEPERCAYAAN TUHAN YME / LAINNYA",
            "KEPERCAYAAN",
            "PENGHAYAT KEPERCAYAAN",
            "LAINNYA",
        ),
    ),
)

# The traps: the village template numbers 1-4 as here; F-1.01 has six numbers (3 is "kawin belum tercatat" there), and
# the marriage block of F-2.01 swaps 1 and 2.  So a file may use 1-4 only, and 5-8 are written in words.
# Janda, duda and the voter list's P do not say whether by divorce or death: they are refused.
MARITAL_STATUS = CodeList(
    "marital_status",
    "Status perkawinan",
    "Marital status",
    (
        Code(1, "BELUM KAWIN", "Single", "BK", "B", "BELUM MENIKAH", "TIDAK KAWIN", "LAJANG"),
        Code(2, "KAWIN", "Married", "K", "S", "SUDAH KAWIN", "MENIKAH", "NIKAH", "SUDAH MENIKAH"),
        Code(3, "CERAI HIDUP", "Divorced", "CH"),
        Code(4, "CERAI MATI", "Widowed", "CM"),
        Code(5, "KAWIN TERCATAT", "Married, registered"),
        Code(6, "KAWIN BELUM TERCATAT", "Married, not registered", "KAWIN TIDAK TERCATAT"),
        Code(7, "CERAI HIDUP TERCATAT", "Divorced, registered"),
        Code(8, "CERAI HIDUP BELUM TERCATAT", "Divorced, not registered", "CERAI HIDUP TIDAK TERCATAT"),
    ),
    file_numbers={1: 1, 2: 2, 3: 3, 4: 4},
)

_LEGACY4 = {1: 1, 2: 2, 3: 3, 4: 4, 5: 2, 6: 2, 7: 3, 8: 3}
# Permendagri 118/2017, numbered as F-1.01 prints it.
_FROM_KK6 = {1: 1, 2: 5, 3: 6, 4: 7, 5: 8, 6: 4}
_KK6 = {ours: theirs for theirs, ours in _FROM_KK6.items()}


def marital_status_to_legacy4(number: int) -> int | None:
    """Return the four-value code of the village template; None for a number of a newer program."""
    return _LEGACY4.get(number)


def marital_status_from_kk6(number: int) -> int:
    """Return our code for the six-value code of F-1.01; raises CodeError."""
    return MARITAL_STATUS.from_int(_FROM_KK6.get(number, -number))


def marital_status_to_kk6(number: int) -> int | None:
    """Return the six-value code of F-1.01; None where it is not known whether the status is registered."""
    return _KK6.get(number)


RELATION_TO_HEAD = CodeList(
    "relation_to_head",
    "Hubungan dalam keluarga",
    "Relation to head",
    (
        Code(1, "KEPALA KELUARGA", "Head of household", "KEPALA", "KEP. KELUARGA"),
        Code(2, "SUAMI", "Husband"),
        Code(3, "ISTRI", "Wife", "ISTERI"),
        Code(4, "ANAK", "Child", "ANAK KANDUNG"),
        Code(5, "MENANTU", "Child-in-law"),
        Code(6, "CUCU", "Grandchild"),
        Code(7, "ORANGTUA", "Parent"),
        Code(8, "MERTUA", "Parent-in-law"),
        Code(9, "FAMILI LAIN", "Other relative", "FAMILI LAINNYA"),
        Code(10, "PEMBANTU", "Domestic worker"),
        Code(11, "LAINNYA", "Other"),
    ),
)

EDUCATION = CodeList(
    "education",
    "Pendidikan terakhir",
    "Education completed",
    (
        Code(
            1,
            "TIDAK / BELUM SEKOLAH",
            "None or not yet at school",
            "Tidak/Blm Sekolah",
            "BELUM SEKOLAH",
            "TIDAK SEKOLAH",
        ),
        Code(2, "BELUM TAMAT SD/SEDERAJAT", "Primary not completed", "Tidak Tamat SD/Sederajat", "BELUM TAMAT SD"),
        Code(3, "TAMAT SD / SEDERAJAT", "Primary", "SD", "SD/SEDERAJAT", "TAMAT SD"),
        Code(4, "SLTP/SEDERAJAT", "Lower secondary", "SLTP", "SMP", "SMP/SEDERAJAT"),
        Code(5, "SLTA / SEDERAJAT", "Upper secondary", "SLTA", "SMA", "SMK", "SMA/SEDERAJAT"),
        Code(6, "DIPLOMA I / II", "Diploma I or II", "D1", "D2", "D1/D2", "DIPLOMA I", "DIPLOMA II"),
        Code(
            7,
            "AKADEMI/ DIPLOMA III/S. MUDA",
            "Academy or diploma III",
            "Akademi/Diploma III/Sarjana Muda",
            "DIPLOMA III",
            "AKADEMI",
            "D3",
        ),
        Code(8, "DIPLOMA IV/ STRATA I", "Diploma IV or bachelor", "DIPLOMA IV", "STRATA-I", "STRATA 1", "S1", "D4"),
        Code(9, "STRATA II", "Master", "STRATA 2", "S2"),
        Code(10, "STRATA III", "Doctor", "STRATA 3", "S3"),
    ),
)

EDUCATION_ONGOING = CodeList(
    "education_ongoing",
    "Pendidikan sedang ditempuh",
    "Education under way",
    (
        Code(1, "BELUM MASUK TK/KELOMPOK BERMAIN", "Not yet in kindergarten"),
        Code(2, "SEDANG TK/KELOMPOK BERMAIN", "In kindergarten"),
        Code(3, "TIDAK PERNAH SEKOLAH", "Never at school"),
        Code(4, "SEDANG SD/SEDERAJAT", "In primary school"),
        Code(5, "TIDAK TAMAT SD/SEDERAJAT", "Left primary school"),
        Code(6, "SEDANG SLTP/SEDERAJAT", "In lower secondary school"),
        Code(7, "SEDANG SLTA/SEDERAJAT", "In upper secondary school"),
        Code(8, "SEDANG D-1/SEDERAJAT", "In diploma I"),
        Code(9, "SEDANG D-2/SEDERAJAT", "In diploma II"),
        Code(10, "SEDANG D-3/SEDERAJAT", "In diploma III"),
        Code(11, "SEDANG S-1/SEDERAJAT", "In bachelor studies"),
        Code(12, "SEDANG S-2/SEDERAJAT", "In master studies"),
        Code(13, "SEDANG S-3/SEDERAJAT", "In doctoral studies"),
        Code(14, "SEDANG SLB A/SEDERAJAT", "In special school A (blind)"),
        Code(15, "SEDANG SLB B/SEDERAJAT", "In special school B (deaf)"),
        Code(16, "SEDANG SLB C/SEDERAJAT", "In special school C (learning disability)"),
        Code(17, "TIDAK DAPAT MEMBACA DAN MENULIS HURUF LATIN/ARAB", "Cannot read or write Latin or Arabic script"),
        Code(18, "TIDAK SEDANG SEKOLAH", "Not at school"),
    ),
)

BLOOD_TYPE = CodeList(
    "blood_type",
    "Golongan darah",
    "Blood group",
    (
        Code(1, "A", "A"),
        Code(2, "B", "B"),
        Code(3, "AB", "AB"),
        Code(4, "O", "O"),
        Code(5, "A+", "A+", "A RH+", "A POSITIF"),
        Code(6, "A-", "A-", "A RH-", "A NEGATIF"),
        Code(7, "B+", "B+", "B RH+", "B POSITIF"),
        Code(8, "B-", "B-", "B RH-", "B NEGATIF"),
        Code(9, "AB+", "AB+", "AB RH+", "AB POSITIF"),
        Code(10, "AB-", "AB-", "AB RH-", "AB NEGATIF"),
        Code(11, "O+", "O+", "O RH+", "O POSITIF"),
        Code(12, "O-", "O-", "O RH-", "O NEGATIF"),
        Code(13, "TIDAK TAHU", "Unknown", "Tdk Th", "TDK TAHU", "TIDAK DIKETAHUI"),
    ),
)

CITIZENSHIP = CodeList(
    "citizenship",
    "Kewarganegaraan",
    "Citizenship",
    (
        Code(1, "WNI", "Indonesian", "INDONESIA", "WARGA NEGARA INDONESIA"),
        Code(2, "WNA", "Foreign", "ASING", "WARGA NEGARA ASING"),
        Code(3, "DUA KEWARGANEGARAAN", "Dual citizenship"),
    ),
)

DISABILITY = CodeList(
    "disability",
    "Disabilitas",
    "Disability",
    (
        Code(1, "CACAT FISIK", "Physical"),
        Code(2, "CACAT NETRA/BUTA", "Visual", "CACAT NETRA"),
        Code(3, "CACAT RUNGU/WICARA", "Hearing or speech", "CACAT RUNGU", "CACAT WICARA"),
        Code(4, "CACAT MENTAL/JIWA", "Mental", "CACAT MENTAL"),
        Code(5, "CACAT FISIK DAN MENTAL", "Physical and mental"),
        Code(6, "CACAT LAINNYA", "Other"),
        Code(7, "TIDAK CACAT", "None"),
    ),
)

# Newer editions of the source number "lainnya" 8 and "tidak menggunakan" 1002: 8 is read, and kept as 99.
FAMILY_PLANNING = CodeList(
    "family_planning",
    "Cara KB",
    "Family planning",
    (
        Code(1, "PIL", "Pill"),
        Code(2, "IUD", "Intrauterine device", "SPIRAL"),
        Code(3, "SUNTIK", "Injection"),
        Code(4, "KONDOM", "Condom"),
        Code(5, "SUSUK KB", "Implant", "SUSUK", "IMPLAN"),
        Code(6, "STERILISASI WANITA", "Female sterilisation", "MOW"),
        Code(7, "STERILISASI PRIA", "Male sterilisation", "MOP"),
        Code(99, "LAINNYA", "Other"),
        Code(1002, "TIDAK MENGGUNAKAN", "Not used"),
    ),
    file_numbers={**{number: number for number in (1, 2, 3, 4, 5, 6, 7, 99, 1002)}, 8: 99},
)

# From knowledge of the template, not from a list that was checked: pregnancy, ktp_kind, ktp_record_status, insurance 4.
PREGNANCY = CodeList(
    "pregnancy",
    "Hamil",
    "Pregnancy",
    (
        Code(1, "HAMIL", "Pregnant", "YA", "SEDANG HAMIL"),
        Code(2, "TIDAK HAMIL", "Not pregnant", "TIDAK"),
    ),
)

KTP_KIND = CodeList(
    "ktp_kind",
    "KTP-el",
    "Identity card",
    (
        Code(1, "BELUM", "None yet", "BELUM KTP-EL", "BELUM ADA"),
        Code(2, "KTP-EL", "Electronic card", "E-KTP", "KTP", "KTP ELEKTRONIK"),
        Code(3, "KIA", "Child card", "KARTU IDENTITAS ANAK"),
    ),
)

KTP_RECORD_STATUS = CodeList(
    "ktp_record_status",
    "Status rekam",
    "Identity card recording",
    (
        Code(1, "BELUM WAJIB", "Not yet due", "WAJIB/BELUM"),
        Code(2, "BELUM REKAM", "Not recorded"),
        Code(3, "SUDAH REKAM", "Recorded"),
        Code(4, "CARD PRINTED", "Card printed"),
        Code(5, "PRINT READY RECORD", "Ready to print"),
        Code(6, "CARD SHIPPED", "Card shipped"),
        Code(7, "SENT FOR CARD PRINTING", "Sent to be printed", "SENT FOR CARD PRINT"),
        Code(8, "CARD ISSUED", "Card issued"),
    ),
)

INSURANCE = CodeList(
    "insurance",
    "Asuransi",
    "Insurance",
    (
        Code(1, "TIDAK/BELUM PUNYA", "None", "BELUM PUNYA", "TIDAK PUNYA"),
        Code(2, "BPJS PENERIMA BANTUAN IURAN", "BPJS, contribution paid by the state", "BPJS PBI", "PBI"),
        Code(3, "BPJS NON PENERIMA BANTUAN IURAN", "BPJS, contribution paid by the member", "BPJS NON PBI", "NON PBI"),
        Code(4, "BPJS BANTUAN DAERAH", "BPJS, contribution paid by the regency"),
        Code(99, "ASURANSI LAINNYA", "Other insurance", "LAINNYA"),
    ),
)

LIFE_STATUS = CodeList(
    "life_status",
    "Status dasar",
    "Life status",
    (
        Code(1, "HIDUP", "Alive", "MASIH HIDUP"),
        Code(2, "MATI", "Dead", "MENINGGAL", "MENINGGAL DUNIA", "WAFAT"),
        Code(3, "PINDAH", "Moved away", "PINDAH DALAM NEGERI", "PINDAH LUAR NEGERI"),
        Code(4, "HILANG", "Missing"),
        Code(6, "PERGI", "Left"),
        Code(9, "TIDAK VALID", "Invalid"),
    ),
)

RESIDENT_STATUS = CodeList(
    "resident_status",
    "Status penduduk",
    "Resident status",
    (
        Code(1, "TETAP", "Permanent"),
        Code(2, "TIDAK TETAP", "Temporary", "SEMENTARA", "PENDUDUK SEMENTARA", "NONPERMANEN"),
    ),
)

LITERACY = CodeList(
    "literacy",
    "Dapat membaca huruf",
    "Can read",
    (
        Code(1, "LATIN", "Latin", "L"),
        Code(2, "DAERAH", "Regional", "D"),
        Code(3, "ARAB", "Arabic", "A"),
        Code(4, "ARAB DAN LATIN", "Arabic and Latin", "AL"),
        Code(5, "ARAB DAN DAERAH", "Arabic and regional", "AD"),
        Code(6, "ARAB, LATIN DAN DAERAH", "Arabic, Latin and regional", "ALD"),
    ),
)

SPONSOR_TYPE = CodeList(
    "sponsor_type",
    "Tipe sponsor",
    "Kind of sponsor",
    (
        Code(1, "ORGANISASI INTERNASIONAL", "International organisation"),
        Code(2, "PERORANGAN", "Private person"),
        Code(3, "PEMERINTAH", "Government"),
        Code(4, "TANPA SPONSOR", "No sponsor"),
        Code(5, "PERUSAHAAN", "Company"),
    ),
)
