"""Attach files to records: a scan of a birth letter, a photograph of a form; see how far each has got.

Decides what may be attached: pictures and PDF by their content, never by their name, up to the size that the protocol
carries.  A record names its file by a random id, digest and size, in the same transaction as the content is kept; it is
incomplete until the hub holds all of it (protocol 15.4).  How content travels is ``blobs``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select

from schemas.bodies import body_of, values_of
from schemas.errors import DatabaseCorruptError, DataError, RefusedError
from schemas.fields import TAG_VOID, Kind, tag_of
from sync_protocol.blobs import BLOB_BYTES_MAX, BLOB_ID_BYTES, BlobRef, blob_digest, blob_ref
from sync_protocol.entries import Add, Change, Create, EntryKind
from sync_protocol.registry import shown_elements
from village_node.blobs import keep_file, whole_file
from village_node.desk import Desk
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.form_checks import required
from village_node.tables import BLOB

_SIGNS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"%PDF-", "application/pdf"))
_ATTACHMENTS = tag_of(Kind.RESIDENT, "attachments")
_KIB = 1024


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a record: ``held_bytes`` of it are on this laptop, ``hub_bytes`` at the hub as it last said."""

    record_id: bytes
    about_id: bytes | None
    media_type: str
    size_bytes: int
    held_bytes: int
    hub_bytes: int
    void: str | None = None

    @property
    def is_complete(self) -> bool:
        """Tell whether the hub holds all of it."""
        return self.hub_bytes == self.size_bytes

    @property
    def is_here(self) -> bool:
        """Tell whether it can be opened on this laptop."""
        return self.held_bytes == self.size_bytes


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """A file that is about to be attached: its record, what names it, and the changes that do both."""

    record_id: bytes
    ref: BlobRef
    changes: tuple[Change, ...]


def new_attachment(desk: Desk, about_id: bytes, content: bytes) -> NewAttachment:
    """Return what attaches a file to a record, for a caller with more to say in the same entry; saves nothing.

    Raises as ``attach_file``.
    """
    media_type = _media_type(content)
    about = desk.shown(about_id)
    if about is None or about.kind not in _HOLDERS:
        raise RefusedError(
            "Berkas hanya dilampirkan pada data desa ini", code="record-unknown", hint="Cari kembali datanya."
        )
    ref = BlobRef(secrets.token_bytes(BLOB_ID_BYTES), blob_digest(content), len(content))
    record_id = desk.new_id()
    values = {
        "blob_id": ref.blob_id.hex(),
        "digest": ref.digest.hex(),
        "size_bytes": ref.size,
        "media_type": media_type,
        "about_id": about_id,
    }
    changes: tuple[Change, ...] = (
        Create(record_id, Kind.ATTACHMENT, body_of(Kind.ATTACHMENT, values)),
        Add(about_id, _ATTACHMENTS, record_id),
    )
    return NewAttachment(record_id, ref, changes)


def attach_file(desk: Desk, about_id: bytes, content: bytes, *, dry_run: bool = False) -> Recorded:
    """Attach a file to a record, as one entry; durable with its content when this returns.

    Raises RefusedError "record-unknown" or "record-left"; DataError "file-empty", "file-too-large" or "file-kind".
    """
    new = new_attachment(desk, about_id, content)
    change_id = None
    if not dry_run:
        with desk.store.transaction() as working:
            change_id = desk.append(working, EntryKind.REQUEST, new.changes).change_id
            keep_file(working.connection, new.record_id, new.ref, content)
    return Recorded(change_id, None, (new.record_id,), new.changes, ())


_HOLDERS = frozenset({Kind.RESIDENT, Kind.HOUSEHOLD, Kind.VITAL_EVENT, Kind.REQUEST, Kind.LETTER})


def _media_type(content: bytes) -> str:
    if not content:
        raise DataError("Berkas kosong", code="file-empty", hint="Pindai atau foto sekali lagi.", field="content")
    if len(content) > BLOB_BYTES_MAX:
        raise DataError(
            f"Berkas {len(content) // _KIB} KB, paling besar {BLOB_BYTES_MAX // _KIB} KB",
            code="file-too-large",
            hint="Pindai dengan mutu lebih rendah, atau bagi menjadi beberapa berkas.",
            field="content",
        )
    for sign, media_type in _SIGNS:
        if content.startswith(sign):
            return media_type
    raise DataError(
        "Berkas bukan gambar JPEG atau PNG, dan bukan PDF",
        code="file-kind",
        hint="Simpan kembali sebagai JPEG, PNG atau PDF.",
        field="content",
    )


def attached_files(desk: Desk, about_id: bytes | None = None) -> list[AttachedFile]:
    """Return the files of a record, or those of all records that are not complete, the oldest first."""
    with desk.store.reading() as working:
        if about_id is not None:
            about = working.shown([about_id])[about_id]
            listed = shown_elements(about.body.get(_ATTACHMENTS)) if about is not None else []
            ids = sorted(one for one in listed if isinstance(one, bytes))
        else:
            query = select(BLOB.c.record_id).where(BLOB.c.is_needed, BLOB.c.hub_bytes < BLOB.c.size_bytes)
            ids = list(working.connection.scalars(query.order_by(BLOB.c.record_id)))
        shown = working.shown(ids)
        kept = {row.record_id: row for row in working.connection.execute(select(BLOB).where(BLOB.c.record_id.in_(ids)))}
    files = []
    for record_id in ids:
        record = shown[record_id]
        if record is None or record.kind != Kind.ATTACHMENT:
            continue
        values = values_of(record.kind, record.body)
        row = kept.get(record_id)
        files.append(
            AttachedFile(
                record_id=record_id,
                about_id=values.get("about_id"),
                media_type=str(values.get("media_type") or ""),
                size_bytes=int(values.get("size_bytes") or 0),
                held_bytes=row.held_bytes if row is not None else 0,
                hub_bytes=row.hub_bytes if row is not None else 0,
                void=record.body.get(TAG_VOID),
            )
        )
    return files


def file_content(desk: Desk, record_id: bytes) -> bytes:
    """Return the content of an attachment.

    Raises RefusedError "attachment-unknown", "attachment-not-here" while it has not arrived; DatabaseCorruptError.
    """
    with desk.store.reading() as working:
        record = working.shown([record_id])[record_id]
        ref = blob_ref(record.kind, record.level, record.body) if record is not None else None
        if ref is None:
            raise RefusedError("Lampiran tidak ditemukan", code="attachment-unknown", hint="Lihat daftar lampiran.")
        content = whole_file(working.connection, ref.blob_id)
    if len(content) < ref.size:
        raise RefusedError(
            f"Lampiran belum lengkap di laptop ini ({len(content) // _KIB} dari {ref.size // _KIB} KB)",
            code="attachment-not-here",
            hint="Sambungkan ke kabupaten; berkas menyusul dengan sendirinya.",
        )
    if blob_digest(content) != ref.digest:
        raise DatabaseCorruptError("Isi lampiran rusak", hint="Pindai ulang, atau pulihkan cadangan terbaru.")
    return content


def remove_attachment(desk: Desk, record_id: bytes, reason: str, *, dry_run: bool = False) -> Recorded:
    """Take an attachment out of use; its record stays and says why.  Raises RefusedError "attachment-unknown"."""
    record = desk.shown(record_id)
    if record is None or record.kind != Kind.ATTACHMENT:
        raise RefusedError("Lampiran tidak ditemukan", code="attachment-unknown", hint="Lihat daftar lampiran.")
    draft = EntryDraft(desk)
    draft.update(record_id, {"void": required(reason, "void", "Alasan")})
    return draft.save(EntryKind.CORRECTION, dry_run=dry_run)
