"""Declare every field of every record kind: permanent wire tag, merge policy, value type, labels.

Tags never change meaning and are never reused (protocol 4.1).  Tags 1-15 mean the same in every kind.  Policies are
those of protocol 5: IDENTITY waits for a person, LATEST takes the greatest effective time, SET unites elements,
SYSTEM is written only by the hub (a village's write of it is a case).  This module knows no screen and no table.

Value types and their form in a body (protocol 4.2): ``text`` str, ``int``/``code`` int, ``date`` days since 1970-01-01,
``number16`` NIK or family number as unsigned integer, ``record`` a 16-byte record id, ``village`` an internal village
id, ``bool`` true or absent, ``set`` a sorted array of elements, ``tree`` nested arrays that only the hub writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache


class Policy(StrEnum):
    """What admission does with a changed value (protocol 5)."""

    IDENTITY = "identity"
    LATEST = "latest"
    SET = "set"
    SYSTEM = "system"


class Kind(IntEnum):
    """Kinds of record; unknown numbers from a newer peer are kept and shown as numbers."""

    HOUSEHOLD = 1
    RESIDENT = 2
    VITAL_EVENT = 3
    REQUEST = 4
    LETTER = 5
    ATTACHMENT = 6
    CASE = 7
    FLAG = 8
    INBOX = 9


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one kind: ``code_list`` names a list of ``schemas.codes`` when ``type`` is ``code``."""

    tag: int
    name: str
    policy: Policy
    type: str
    label_id: str
    label_en: str
    code_list: str = ""


_I, _L, _S, _X = Policy.IDENTITY, Policy.LATEST, Policy.SET, Policy.SYSTEM

TAG_OWNER, TAG_VOID, TAG_MERGED_INTO, TAG_CERTIFIED_AT, TAG_NOTES = 1, 2, 3, 4, 5

COMMON = (
    Field(1, "owner", _I, "village", "Desa pemilik", "Owner village"),
    Field(2, "void", _I, "text", "Dibatalkan karena", "Void because"),
    Field(3, "merged_into", _I, "record", "Digabung ke", "Merged into"),
    Field(4, "certified_at", _X, "date", "Disahkan kabupaten", "Certified by the district"),
    Field(5, "notes", _S, "set", "Catatan", "Notes"),
    Field(6, "attachments", _S, "set", "Lampiran", "Attachments"),
)

HOUSEHOLD = (
    Field(16, "family_number", _I, "number16", "No. KK", "Family card number"),
    Field(17, "head_id", _I, "record", "Kepala keluarga", "Head of household"),
    Field(18, "address", _L, "text", "Alamat", "Address"),
    Field(19, "hamlet", _L, "text", "Dusun", "Hamlet"),
    Field(20, "rw", _L, "text", "RW", "RW"),
    Field(21, "rt", _L, "text", "RT", "RT"),
    Field(22, "postal_code", _L, "text", "Kode pos", "Postal code"),
    Field(23, "temporary_family_number", _L, "text", "No. KK sementara", "Temporary family number"),
    Field(24, "origin_family_number", _L, "number16", "No. KK asal", "Family number before the split"),
)

RESIDENT = (
    Field(16, "nik", _I, "number16", "NIK", "NIK"),
    Field(17, "name", _I, "text", "Nama lengkap", "Full name"),
    Field(18, "sex", _I, "code", "Jenis kelamin", "Sex", "sex"),
    Field(19, "birth_place", _I, "text", "Tempat lahir", "Place of birth"),
    Field(20, "birth_on", _I, "date", "Tanggal lahir", "Date of birth"),
    Field(21, "household_id", _I, "record", "Keluarga", "Household"),
    Field(22, "relation", _L, "code", "Hubungan dalam keluarga", "Relation to head", "relation_to_head"),
    Field(23, "religion", _I, "code", "Agama", "Religion", "religion"),
    Field(24, "belief_organisation", _L, "text", "Organisasi kepercayaan", "Organisation of belief"),
    Field(25, "citizenship", _I, "code", "Kewarganegaraan", "Citizenship", "citizenship"),
    Field(26, "citizenship_decree", _I, "text", "No. SK penetapan WNI", "Citizenship decree number"),
    Field(27, "marital_status", _I, "code", "Status perkawinan", "Marital status", "marital_status"),
    Field(28, "marriage_number", _I, "text", "No. akta perkawinan", "Marriage certificate number"),
    Field(29, "married_on", _I, "date", "Tanggal perkawinan", "Date of marriage"),
    Field(30, "divorce_number", _I, "text", "No. akta perceraian", "Divorce certificate number"),
    Field(31, "divorced_on", _I, "date", "Tanggal perceraian", "Date of divorce"),
    Field(32, "birth_number", _I, "text", "No. akta lahir", "Birth certificate number"),
    Field(33, "life_status", _I, "code", "Status dasar", "Life status", "life_status"),
    Field(34, "mother_nik", _I, "number16", "NIK ibu", "Mother's NIK"),
    Field(35, "mother_name", _I, "text", "Nama ibu", "Mother's name"),
    Field(36, "father_nik", _I, "number16", "NIK ayah", "Father's NIK"),
    Field(37, "father_name", _I, "text", "Nama ayah", "Father's name"),
    Field(38, "passport_number", _I, "text", "No. paspor", "Passport number"),
    Field(39, "passport_until", _I, "date", "Paspor berlaku sampai", "Passport valid until"),
    Field(40, "stay_number", _I, "text", "No. ITAS/ITAP", "Stay permit number"),
    Field(41, "stay_issued_at", _I, "text", "Tempat terbit ITAS/ITAP", "Stay permit issued at"),
    Field(42, "stay_issued_on", _I, "date", "Tanggal terbit ITAS/ITAP", "Stay permit issued on"),
    Field(43, "stay_until", _I, "date", "ITAS/ITAP berlaku sampai", "Stay permit valid until"),
    Field(44, "first_arrival_place", _I, "text", "Tempat datang pertama", "Place of first arrival"),
    Field(45, "first_arrival_on", _I, "date", "Tanggal datang pertama", "Date of first arrival"),
    Field(46, "death_number", _I, "text", "No. akta kematian", "Death certificate number"),
    Field(47, "title_before", _L, "text", "Gelar depan", "Title before the name"),
    Field(48, "title_after", _L, "text", "Gelar belakang", "Title after the name"),
    Field(49, "sponsor_name", _L, "text", "Nama sponsor", "Sponsor's name"),
    Field(50, "sponsor_type", _L, "code", "Tipe sponsor", "Kind of sponsor", "sponsor_type"),
    Field(51, "sponsor_address", _L, "text", "Alamat sponsor", "Sponsor's address"),
    Field(52, "blood_type", _L, "code", "Golongan darah", "Blood group", "blood_type"),
    Field(53, "education", _L, "code", "Pendidikan terakhir", "Education completed", "education"),
    Field(54, "education_ongoing", _L, "code", "Pendidikan sedang ditempuh", "Studying now", "education_ongoing"),
    Field(55, "occupation", _L, "code", "Pekerjaan", "Occupation", "occupation"),
    Field(56, "disability", _L, "code", "Disabilitas", "Disability", "disability"),
    Field(57, "family_planning", _L, "code", "Cara KB", "Family planning", "family_planning"),
    Field(58, "pregnancy", _L, "code", "Hamil", "Pregnancy", "pregnancy"),
    Field(59, "ktp_kind", _L, "code", "KTP-el", "Identity card", "ktp_kind"),
    Field(60, "ktp_record_status", _L, "code", "Status rekam", "Identity card recording", "ktp_record_status"),
    Field(61, "current_address", _L, "text", "Alamat sekarang", "Current address"),
    Field(62, "ethnicity", _L, "text", "Suku", "Ethnicity"),
    Field(63, "card_tag", _L, "text", "Tag ID card", "Card tag"),
    Field(64, "insurance", _L, "code", "Asuransi", "Insurance", "insurance"),
    Field(65, "insurance_number", _L, "text", "No. asuransi", "Insurance number"),
    Field(66, "latitude", _L, "text", "Lintang", "Latitude"),
    Field(67, "longitude", _L, "text", "Bujur", "Longitude"),
    Field(68, "phone", _L, "text", "Telepon", "Phone"),
    Field(69, "email", _L, "text", "Surel", "E-mail"),
    Field(70, "temporary_number", _L, "text", "Nomor sementara", "Temporary number found in a file"),
    Field(71, "died_on", _I, "date", "Tanggal meninggal", "Date of death"),
    Field(72, "resident_status", _L, "code", "Status penduduk", "Resident status", "resident_status"),
    Field(73, "destination", _I, "text", "Tujuan pindah", "Destination of the move"),
    Field(74, "left_on", _I, "date", "Tanggal pergi", "Date of leaving"),
    Field(75, "arrived_on", _I, "date", "Tanggal datang", "Date of arrival"),
)

VITAL_EVENT = (
    Field(16, "event_kind", _I, "code", "Jenis peristiwa", "Kind of event", "event_kind"),
    Field(17, "state", _I, "code", "Keadaan", "State", "event_state"),
    Field(18, "subject_id", _I, "record", "Yang bersangkutan", "Subject"),
    Field(19, "occurred_on", _I, "date", "Tanggal peristiwa", "Date of occurrence"),
    Field(20, "entered_on", _I, "date", "Tanggal dicatat", "Date of entry"),
    Field(21, "place", _I, "text", "Tempat peristiwa", "Place of occurrence"),
    Field(22, "informant_name", _L, "text", "Nama pelapor", "Informant's name"),
    Field(23, "informant_nik", _L, "number16", "NIK pelapor", "Informant's NIK"),
    Field(24, "household_id", _I, "record", "Keluarga", "Household"),
    Field(25, "other_household_id", _I, "record", "Keluarga lain", "Other household"),
    Field(26, "second_subject_id", _I, "record", "Pihak kedua", "Second subject"),
    Field(27, "village_from", _I, "village", "Dari desa", "From village"),
    Field(28, "village_to", _I, "village", "Ke desa", "To village"),
    Field(29, "place_from", _I, "text", "Datang dari", "Arrived from"),
    Field(30, "place_to", _I, "text", "Pindah ke", "Moved to"),
    Field(31, "cause", _I, "code", "Sebab kematian", "Cause of death", "death_cause"),
    Field(32, "certifier", _I, "code", "Yang menerangkan", "Certified by", "death_certifier"),
    Field(33, "birth_place_kind", _I, "code", "Tempat dilahirkan", "Kind of birth place", "birth_place_kind"),
    Field(34, "birth_kind", _I, "code", "Jenis kelahiran", "Kind of birth", "birth_kind"),
    Field(35, "birth_order", _I, "int", "Anak ke", "Birth order"),
    Field(36, "birth_attendant", _I, "code", "Penolong kelahiran", "Birth attendant", "birth_attendant"),
    Field(37, "weight_g", _I, "int", "Berat (g)", "Weight (g)"),
    Field(38, "length_cm", _I, "int", "Panjang (cm)", "Length (cm)"),
    Field(39, "move_reason", _L, "code", "Alasan pindah", "Reason for the move", "move_reason"),
    Field(40, "move_kind", _L, "code", "Jenis kepindahan", "Kind of move", "move_kind"),
    Field(41, "registered_on", _X, "date", "Tanggal pendaftaran", "Date of registration"),
    Field(42, "registration_number", _X, "text", "Nomor pendaftaran", "Registration number"),
    Field(43, "refusal_reason", _X, "text", "Alasan penolakan", "Reason for refusal"),
    Field(44, "paired_with", _X, "record", "Pasangan peristiwa", "Other side of the move"),
    Field(45, "movers", _I, "set", "Yang pindah", "People who move"),
    Field(46, "papers", _S, "set", "Berkas yang ada", "Papers that are there"),
    Field(47, "papers_case", _L, "text", "Keadaan berkas", "Case of the papers"),
    Field(48, "court_name", _I, "text", "Pengadilan", "Court"),
    Field(49, "court_number", _I, "text", "No. putusan/penetapan", "Court ruling number"),
    Field(50, "court_on", _I, "date", "Tanggal putusan/penetapan", "Date of the court ruling"),
    Field(51, "certificate_number", _I, "text", "No. akta/buku nikah", "Number of the certificate it is about"),
    Field(52, "certificate_on", _I, "date", "Tanggal akta/buku nikah", "Date of the certificate it is about"),
    Field(53, "element", _I, "text", "Elemen", "Element that changes"),
    Field(54, "old_value", _I, "text", "Semula", "Before"),
    Field(55, "new_value", _I, "text", "Menjadi", "After"),
    Field(56, "partner_name", _I, "text", "Nama pasangan", "Partner's name"),
    Field(57, "partner_nik", _I, "number16", "NIK pasangan", "Partner's NIK"),
    Field(58, "mother_name", _I, "text", "Nama ibu", "Mother's name"),
    Field(59, "mother_nik", _I, "number16", "NIK ibu", "Mother's NIK"),
    Field(60, "father_name", _I, "text", "Nama ayah", "Father's name"),
    Field(61, "father_nik", _I, "number16", "NIK ayah", "Father's NIK"),
    Field(62, "stay_until", _I, "date", "Menetap sampai", "Stays until"),
    Field(63, "gestation_weeks", _I, "int", "Lama dalam kandungan (minggu)", "Gestation (weeks)"),
    Field(64, "sex", _I, "code", "Jenis kelamin", "Sex", "sex"),
    Field(65, "foetal_cause", _I, "text", "Sebab lahir mati", "Cause of foetal death"),
    Field(66, "foetal_certifier", _I, "code", "Yang menentukan lahir mati", "Certified by", "foetal_death_certifier"),
    Field(67, "officiant", _I, "text", "Pemuka agama/pencatat", "Officiant"),
    Field(68, "religion", _I, "code", "Agama", "Religion", "religion"),
    Field(69, "marriage_order", _I, "int", "Perkawinan ke", "Order of the marriage"),
    Field(70, "witnesses", _I, "set", "Saksi", "Witnesses"),
    Field(71, "decree_number", _I, "text", "No. keputusan", "Decree number"),
    Field(72, "decree_on", _I, "date", "Tanggal keputusan", "Date of the decree"),
    Field(73, "country", _I, "text", "Negara", "Country"),
)

REQUEST = (
    Field(16, "service", _I, "text", "Layanan", "Service"),
    Field(17, "applicant_id", _I, "record", "Pemohon", "Applicant"),
    Field(18, "state", _L, "code", "Keadaan", "State", "request_state"),
    Field(19, "opened_on", _I, "date", "Tanggal permohonan", "Opened on"),
    Field(20, "closed_on", _L, "date", "Tanggal selesai", "Closed on"),
    Field(21, "purpose", _L, "text", "Keperluan", "Purpose"),
    Field(22, "outcome_note", _L, "text", "Keterangan hasil", "Note on the outcome"),
    Field(23, "service_case", _L, "text", "Keadaan yang dilayani", "Case of the service"),
    Field(24, "documents", _S, "set", "Syarat yang sudah ada", "Documents that are there"),
    Field(25, "answers", _L, "text", "Isian permohonan", "Answers"),
)

LETTER = (
    Field(16, "template", _I, "text", "Jenis surat", "Kind of letter"),
    Field(17, "number", _I, "text", "Nomor surat", "Letter number"),
    Field(18, "issued_on", _I, "date", "Tanggal surat", "Issued on"),
    Field(19, "subject_id", _I, "record", "Untuk", "Issued to"),
    Field(20, "token", _I, "text", "Kode QR", "QR token"),
    Field(21, "request_id", _I, "record", "Permohonan", "Request"),
    Field(22, "content", _I, "text", "Isi", "Content"),
    Field(23, "officer", _I, "text", "Petugas", "Officer"),
    Field(24, "signed_file", _I, "record", "Berkas bertanda tangan elektronik", "Electronically signed file"),
)

ATTACHMENT = (
    Field(16, "blob_id", _I, "text", "Berkas", "Blob"),
    Field(17, "digest", _I, "text", "Sidik berkas", "Digest"),
    Field(18, "size_bytes", _I, "int", "Ukuran (bita)", "Size (bytes)"),
    Field(19, "media_type", _I, "text", "Jenis berkas", "Media type"),
    Field(20, "about_id", _I, "record", "Tentang", "About"),
)

CASE = (
    Field(16, "state", _X, "code", "Keadaan", "State", "case_state"),
    Field(17, "proposals", _X, "tree", "Usulan", "Proposals"),
    Field(18, "decided", _X, "tree", "Keputusan", "Decisions"),
    Field(19, "reason", _X, "text", "Alasan", "Reason"),
    Field(20, "about_id", _X, "record", "Tentang", "About"),
)

FLAG = (
    Field(16, "flag", _X, "text", "Tanda", "Flag"),
    Field(17, "about_id", _X, "record", "Tentang", "About"),
    Field(18, "is_open", _X, "bool", "Terbuka", "Open"),
    Field(19, "own_ids", _X, "set", "Di desa ini", "In this village"),
    Field(20, "elsewhere", _X, "bool", "Ada di desa lain", "Exists in another village"),
)

INBOX = (
    Field(16, "notice", _X, "text", "Pemberitahuan", "Notice"),
    Field(17, "about_id", _X, "record", "Tentang", "About"),
    Field(18, "change_id", _X, "record", "Perubahan", "Change"),
    Field(19, "field_tag", _X, "int", "Isian", "Field"),
)

_BY_KIND: dict[int, tuple[Field, ...]] = {
    Kind.HOUSEHOLD: COMMON + HOUSEHOLD,
    Kind.RESIDENT: COMMON + RESIDENT,
    Kind.VITAL_EVENT: COMMON + VITAL_EVENT,
    Kind.REQUEST: COMMON + REQUEST,
    Kind.LETTER: COMMON + LETTER,
    Kind.ATTACHMENT: COMMON + ATTACHMENT,
    Kind.CASE: COMMON + CASE,
    Kind.FLAG: COMMON + FLAG,
    Kind.INBOX: COMMON + INBOX,
}


def fields_of(kind: int) -> tuple[Field, ...]:
    """Return the fields of a kind in tag order; an unknown kind has only the common ones."""
    return _BY_KIND.get(kind, COMMON)


@cache
def fields_by_tag(kind: int) -> dict[int, Field]:
    """Return the fields of a kind by wire tag."""
    return {field.tag: field for field in fields_of(kind)}


@cache
def fields_by_name(kind: int) -> dict[str, Field]:
    """Return the fields of a kind by name."""
    return {field.name: field for field in fields_of(kind)}


def tag_of(kind: int, name: str) -> int:
    """Return the wire tag of a named field; KeyError is a bug of the caller."""
    return fields_by_name(kind)[name].tag


def policy_of(kind: int, tag: int) -> Policy:
    """Return the merge policy of a field; a tag this version does not know counts as IDENTITY, so it waits."""
    field = fields_by_tag(kind).get(tag)
    return field.policy if field is not None else Policy.IDENTITY
