"""Correct a record, annul it, take an annulment back: only what the officer touched travels, with what the form showed.

What a vital event decides (status, family, headship) is changed by events alone, so that nobody appears, leaves or
dies in silence.  Nothing is ever deleted: annulling is a reason in a field, and taking it back empties the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from register.tables import LEVEL_FULL
from schemas.bodies import from_wire, values_of
from schemas.errors import RefusedError
from schemas.fields import Kind, fields_by_name
from sync_protocol.entries import EntryKind, Update
from sync_protocol.overlay import Shown, is_reserved
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.form_checks import check_not_future, required
from village_node.registration.numbers import caution_family_number, caution_nik
from village_node.registration.relations import check_homes
from village_node.registration.subjects import check_relation

_BY_EVENT: dict[int, dict[str, str]] = {
    Kind.RESIDENT: {
        "life_status": "kematian, pindah atau datang",
        "household_id": "pindah dalam desa, keluarga baru atau pisah KK",
    },
    Kind.HOUSEHOLD: {"head_id": "ganti kepala keluarga"},
    Kind.VITAL_EVENT: dict.fromkeys(("event_kind", "state", "subject_id", "movers"), "pembatalan dan pencatatan ulang"),
    Kind.REQUEST: dict.fromkeys(("state", "closed_on"), "proses permohonan"),
}
"""Fields that a correction never touches, and what does."""

_CORRECTABLE = frozenset(_BY_EVENT)


UNDONE = "Diurungkan sesudah disimpan"
"""The reason of a correction that takes another one back."""

REASON_PREFIX = "Alasan perbaikan: "
"""Begins the note that keeps why a record was corrected; it travels beside the new values."""


def correct(
    desk: DeskPort,
    record_id: bytes,
    shown: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    reason: str = "",
    dry_run: bool = False,
) -> Recorded:
    """Correct fields of one record as one entry.

    Args:
        shown: what the form showed when it was opened, by field name.
        wanted: the values now; what equals ``shown`` does not travel.
        reason: why, kept as a note of the record if anything is corrected.

    Raises RefusedError record-unknown, record-left, record-void, field-by-event, field-reserved; DataError for values.
    """
    draft = EntryDraft(desk)
    record = _editable(desk, record_id)
    touched = {name: value for name, value in wanted.items() if shown.get(name) != value}
    for name, value in touched.items():
        _check_field(record.kind, name)
        if name.endswith("_on") and value is not None:
            check_not_future(value, desk.today(), name, fields_by_name(record.kind)[name].label_id)
    if record.kind == Kind.RESIDENT:
        _check_person(draft, record_id, {**values_of(record.kind, record.body), **touched}, touched)
    elif (number := touched.get("family_number")) is not None:
        caution_family_number(draft, number, own_id=record_id)
    draft.update(record_id, touched, shown)
    if touched and reason.strip():
        draft.note(record_id, "notes", REASON_PREFIX + reason.strip())
    return draft.save(EntryKind.CORRECTION, dry_run=dry_run)


def undo_correction(desk: DeskPort, record_id: bytes, change_id: bytes) -> Recorded:
    """Put back what stood before a correction from this laptop, as a correction of its own with that reason.

    Raises RefusedError "correction-unknown" for an entry that corrected no field of the record, "correction-built-on"
    if a value was changed again since, and what ``correct`` raises.
    """
    written = [one for one in desk.entry_changes(change_id) if isinstance(one, Update) and one.record_id == record_id]
    record = _editable(desk, record_id)
    if not written:
        raise RefusedError("Perbaikan ini tidak ditemukan", code="correction-unknown", hint="Lihat riwayatnya.")
    if any(record.body.get(one.tag) != one.new for one in written):
        raise RefusedError(
            "Nilainya sudah diubah lagi sesudah perbaikan ini",
            code="correction-built-on",
            hint="Perbaiki dengan nilai yang benar.",
        )
    names = {field.tag: field for field in fields_by_name(record.kind).values()}
    shown = values_of(record.kind, record.body)
    before = {names[one.tag].name: None if one.old is None else from_wire(names[one.tag], one.old) for one in written}
    return correct(desk, record_id, {name: shown.get(name) for name in before}, before, reason=UNDONE)


def _editable(desk: DeskPort, record_id: bytes) -> Shown:
    record = desk.shown(record_id)
    if record is None or record.kind not in _CORRECTABLE:
        raise RefusedError("Data tidak ditemukan", code="record-unknown", hint="Cari kembali orang atau keluarga.")
    if record.level != LEVEL_FULL:
        raise RefusedError(
            "Data ini sudah pindah ke desa lain",
            code="record-left",
            hint="Perbaikan dilakukan di desa tujuan.",
        )
    return record


def _check_field(kind: int, name: str) -> None:
    found = fields_by_name(kind).get(name)
    if found is None:
        return  # the draft refuses it with the list of names
    by_event = _BY_EVENT.get(kind, {}).get(name)
    if by_event is not None:
        raise RefusedError(
            f"{found.label_id} tidak diubah lewat perbaikan",
            code="field-by-event",
            hint=f"Catat {by_event}.",
        )
    if is_reserved(kind, found.tag):
        raise RefusedError(
            f"{found.label_id} hanya diisi kabupaten",
            code="field-reserved",
            hint="Hubungi petugas kabupaten bila keliru.",
        )
    if name == "void" or found.type == "set":
        raise RefusedError(
            f"{found.label_id} tidak diubah lewat perbaikan", code="field-reserved", hint="Pakai perintah pembatalan."
        )


def _check_person(draft: EntryDraft, record_id: bytes, after: Mapping[str, Any], touched: Mapping[str, Any]) -> None:
    if "name" in touched:
        required(touched["name"], "name", "Nama")
    if "relation" in touched:
        _check_relation_to_head(draft, record_id, after)
    if touched.keys() & {"relation", "sex"}:
        check_relation(after.get("relation"), after.get("sex"))
    if touched.get("nik") is not None:
        caution_nik(draft, touched["nik"], birth_on=after.get("birth_on"), sex=after.get("sex"), own_id=record_id)


def _check_relation_to_head(draft: EntryDraft, record_id: bytes, after: Mapping[str, Any]) -> None:
    """Keep the word "head" with the head of the family, both ways."""
    household_id = after.get("household_id")
    head_id = draft.desk.values(household_id).get("head_id") if household_id is not None else None
    if (after.get("relation") == 1) != (head_id == record_id):
        raise RefusedError(
            "Kepala keluarga tidak diganti lewat hubungan keluarga",
            code="field-by-event",
            hint="Catat ganti kepala keluarga.",
        )


def annul(desk: DeskPort, record_id: bytes, reason: str, *, dry_run: bool = False) -> Recorded:
    """Annul a record that should never have been made, with a reason, as one entry; it stays readable.

    Raises RefusedError "record-void" if it is annulled already, "household-in-use" for a family in which people live.
    """
    draft = EntryDraft(desk)
    record = _editable(desk, record_id)
    if record.kind == Kind.VITAL_EVENT:
        raise RefusedError(
            "Peristiwa dibatalkan, bukan dihapus", code="field-by-event", hint="Pakai pembatalan peristiwa."
        )
    if values_of(record.kind, record.body).get("void") is not None:
        raise RefusedError("Data ini sudah dibatalkan", code="record-void", hint="Tidak ada yang perlu dilakukan.")
    if record.kind == Kind.HOUSEHOLD:
        with desk.book() as book:
            if book.members(record_id):
                raise RefusedError(
                    "Masih ada anggota dalam keluarga ini",
                    code="household-in-use",
                    hint="Pindahkan anggotanya lebih dahulu.",
                )
    draft.update(record_id, {"void": required(reason, "void", "Alasan")})
    return draft.save(EntryKind.CORRECTION, dry_run=dry_run)


def undo_annulment(desk: DeskPort, record_id: bytes, *, dry_run: bool = False) -> Recorded:
    """Put an annulled record back in force as one entry; raises RefusedError record-not-void, household-void."""
    draft = EntryDraft(desk)
    record = _editable(desk, record_id)
    if values_of(record.kind, record.body).get("void") is None:
        raise RefusedError("Data ini tidak dibatalkan", code="record-not-void", hint="Tidak ada yang perlu dilakukan.")
    draft.update(record_id, {"void": None})
    check_homes(draft)
    return draft.save(EntryKind.CORRECTION, dry_run=dry_run)
