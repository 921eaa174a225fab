"""Sign an issued letter electronically, and give every letter its paper: signed as it was signed, else as issued.

Decides that one letter is signed once, never after it was revoked, and that what was signed is kept byte for byte as an
attachment of the letter: it travels, and a backup holds it.  A revoked letter prints without its signature and says so.
Who signs is a ``SignatureProvider``.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.errors import RefusedError
from schemas.fields import TAG_VOID, Kind, tag_of
from sync_protocol.entries import EntryKind, Update
from village_node.attachments import file_content, new_attachment
from village_node.blobs import keep_file
from village_node.desk import Desk
from village_node.letters.issuing import IssuedLetter, letter_of
from village_node.letters.printing import letter_pdf
from village_node.letters.signatures import SignatureOrder, SignatureProvider, not_signed
from village_node.letters.typesetting import Typesetter

_SIGNED_FILE = tag_of(Kind.LETTER, "signed_file")


def sign_letter(
    desk: Desk, letter_id: bytes, secret: str, provider: SignatureProvider, typesetter: Typesetter | None = None
) -> IssuedLetter:
    """Sign a letter and keep the signed PDF; signed before, it is given as it is.  Durable when this returns.

    Raises RefusedError "practice", "letter-unknown" or "letter-revoked", as ``SignatureProvider.sign`` and
    ``letter_pdf``; StorageError.  Nothing of a signature is kept then.
    """
    letter = signable_letter(desk, letter_id)
    if letter.signed_file is not None:
        return replace(letter, is_again=True)
    pdf = letter_pdf(marked_letter(letter, provider), typesetter)
    order = SignatureOrder(
        pdf=pdf,
        secret=secret,
        reason=f"{letter.content.get('title') or 'Surat'} {letter.number}",
        place=desk.village_name,
        moment_ms=desk.likely_ms(),
    )
    signed = provider.sign(order)
    if len(signed) <= len(pdf) or not signed.startswith(pdf):
        raise not_signed("yang kembali bukan surat ini dengan tanda tangan")
    return _kept(desk, letter, signed)


def marked_letter(letter: IssuedLetter, provider: SignatureProvider) -> IssuedLetter:
    """Return a letter as it is given to be signed: where a pen would sign stands who signs, and what that is worth."""
    mark = {"owner": provider.owner, "note": provider.note}
    return replace(letter, content={**letter.content, "signature": mark})


def signable_letter(desk: Desk, letter_id: bytes) -> IssuedLetter:
    """Return a letter that may be signed, or was; raises RefusedError as ``sign_letter``."""
    desk.store.must_be_real()
    letter = letter_of(desk, letter_id)
    if letter.void:
        raise _revoked(letter)
    if not is_signed_by_village(letter):
        raise RefusedError(
            f"Surat {letter.number} adalah pernyataan warga sendiri; desa tidak menandatanganinya",
            code="letter-own-statement",
            hint="Cetak, lalu minta yang bersangkutan menandatanganinya.",
        )
    return letter


def is_signed_by_village(letter: IssuedLetter) -> bool:
    """Tell whether somebody of the village signs a letter; what citizens declare themselves has their signatures."""
    signer = letter.content.get("signer")
    return isinstance(signer, dict) and bool(signer.get("name"))


def _revoked(letter: IssuedLetter) -> RefusedError:
    return RefusedError(
        f"Surat {letter.number} sudah dicabut dan tidak dapat ditandatangani",
        code="letter-revoked",
        hint="Terbitkan surat baru.",
    )


def _kept(desk: Desk, letter: IssuedLetter, signed: bytes) -> IssuedLetter:
    """Keep the signed file in one transaction, unless another click signed or revoked the letter meanwhile."""
    attachment = new_attachment(desk, letter.record_id, signed)
    with desk.store.transaction() as working:
        shown = working.shown([letter.record_id])[letter.record_id]
        body = shown.body if shown is not None else {}
        if body.get(TAG_VOID) is not None:
            raise _revoked(letter)
        earlier = body.get(_SIGNED_FILE)
        if isinstance(earlier, bytes):
            return replace(letter, signed_file=earlier, is_again=True)
        names_it = Update(letter.record_id, _SIGNED_FILE, None, attachment.record_id)
        desk.append(working, EntryKind.LETTER, (*attachment.changes, names_it))
        keep_file(working.connection, attachment.record_id, attachment.ref, signed)
    return replace(letter, signed_file=attachment.record_id)


def letter_paper(desk: Desk, letter: IssuedLetter, typesetter: Typesetter | None = None) -> bytes:
    """Return the PDF to print or hand over: what was signed, the same bytes each time; else the letter as issued.

    Raises as ``file_content`` while a signed file of another laptop has not arrived, and as ``letter_pdf``.
    """
    if letter.signed_file is not None and not letter.void:
        return file_content(desk, letter.signed_file)
    return letter_pdf(letter, typesetter)
