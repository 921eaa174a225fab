"""Print a letter as it was issued, and show it as pictures: hand its snapshot to the typesetter's process.

Decides what goes there, how long a picture may keep a page waiting, and what a failure means: nothing is lost, a letter
that was issued is issued already.  The books are set by the same program, each piece in a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from schemas.errors import DataError, StorageError
from village_node.letters.letterhead import drawing_of
from village_node.letters.logo_files import LogoFile
from village_node.letters.typesetting import Typesetter

PICTURE_PATIENCE_S = 10.0
"""A page that shows a letter may wait so long for its picture, and then does without."""


TYPESETTER_CODES = frozenset({"typesetter-failed", "typesetter-slow"})
"""What setting anything in type may fail with."""


class Printable(Protocol):
    """What can be set in type: an issued letter or a draft of one; ``logo`` is an SVG text or empty."""

    @property
    def template(self) -> str:
        """Return the name of the template."""
        ...

    @property
    def content(self) -> Mapping[str, Any]:
        """Return what the letter says."""
        ...

    @property
    def token(self) -> str:
        """Return the text of the QR code; empty on a draft."""
        ...

    @property
    def void(self) -> str | None:
        """Return why the letter was revoked."""
        ...

    @property
    def logo(self) -> str:
        """Return the picture of the letterhead."""
        ...


def letter_pdf(letter: Printable, typesetter: Typesetter | None = None) -> bytes:
    """Return the PDF of a letter, the same bytes each time; a revoked one says so on its face.

    Args:
        typesetter: one that stands ready; without, one is started for this letter alone.

    Raises StorageError "letter-not-printed".
    """
    try:
        if typesetter is not None:
            return typesetter.set_pages(_order(letter, "pdf"))[0]
        return typeset(_order(letter, "pdf"))
    except StorageError as error:
        raise StorageError(
            f"Surat {letter.content.get('number') or '-'} belum tercetak: {error.message}",
            code="letter-not-printed",
            hint="Surat sudah terbit dengan nomornya; cetak ulang dengan `kampung village letter reprint`.",
        ) from error


def typeset(order: Mapping[str, str]) -> bytes:
    """Return what a process, begun and ended for this order alone, makes of it; raises StorageError as it does."""
    with Typesetter() as own:
        return own.set_pages(order)[0]


def letter_pictures(letter: Printable, typesetter: Typesetter) -> list[bytes]:
    """Return a letter as PNG, one picture a page; raises StorageError "typesetter-failed" or "typesetter-slow"."""
    return typesetter.set_pages(_order(letter, "png"), patience_s=PICTURE_PATIENCE_S)


def check_drawable(logo: LogoFile, typesetter: Typesetter) -> None:
    """Draw a logo once; raises DataError "logo-damaged" if nothing of it is seen, StorageError as pictures do."""
    order = {"template": "logo", "content": "{}", "token": "", "format": "png"}
    drawn, empty = (
        typesetter.set_pages({**order, "logo": drawing}, patience_s=PICTURE_PATIENCE_S)
        for drawing in (drawing_of(logo), "")
    )
    if drawn == empty:
        raise DataError(
            "Gambar lambang tidak dapat dibaca, atau kosong",
            code="logo-damaged",
            hint="Buka gambarnya, lalu simpan kembali sebagai PNG.",
            field="lambang",
        )


def _order(letter: Printable, form: str) -> dict[str, str]:
    content = {**letter.content, "void": letter.void or ""}
    return {
        "template": letter.template,
        "content": json.dumps(content, ensure_ascii=False),
        "token": letter.token,
        "logo": letter.logo,
        "format": form,
    }
