"""Keep the letterhead: where the office is, how it is reached, and its logo, for ever under the digest of its content.

Decides what a letter's snapshot says of them: the words themselves, and of the logo its digest alone, so that no letter
carries a picture to the district.  A logo that was ever kept is never deleted: a reprint shows what was on the letter,
also from a restored backup.  A laptop without it prints the words, and shows it again once the same file is brought.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
from sqlalchemy import Connection, insert, select

from schemas.errors import DataError
from sync_protocol.codec import digest16
from village_node.laptop_tables import LETTER_LOGO
from village_node.letters.logo_files import LogoFile
from village_node.settings import Settings, read, write
from village_node.store import NodeStore

_LINE_MAX = 120
_Line = Annotated[str, msgspec.Meta(max_length=_LINE_MAX)]
LINES: dict[str, str] = {
    "address": "Alamat kantor",
    "postal_code": "Kode pos",
    "phone": "Telepon",
    "email": "Pos-el",
    "website": "Laman",
}
"""The lines of a letterhead under the village's name, as they are called."""
_POSTAL_DIGITS = 5


class LetterheadSettings(Settings, frozen=True, kw_only=True):
    """The lines that were set, empty if they were not, and the digest of the logo in hexadecimal."""

    key: ClassVar[str] = "letterhead"

    address: _Line = ""
    postal_code: _Line = ""
    phone: _Line = ""
    email: _Line = ""
    website: _Line = ""
    logo: str = ""


def letterhead_said(connection: Connection) -> dict[str, Any]:
    """Return the letterhead as a letter's snapshot holds it: nothing where nothing was set."""
    held = read(connection, LetterheadSettings)
    said = {name: value for name, value in msgspec.structs.asdict(held).items() if value}
    return {"letterhead": said} if said else {}


def keep_lines(connection: Connection, lines: dict[str, str]) -> None:
    """Keep the lines of the letterhead; raises DataError "letterhead-long" or "postal-code"."""
    kept = {name: " ".join(lines.get(name, "").split()) for name in LINES}
    for name, value in kept.items():
        if len(value) > _LINE_MAX:
            raise DataError(
                f"{LINES[name]} lebih dari {_LINE_MAX} huruf", code="letterhead-long", hint="Singkatkan.", field=name
            )
    code = kept["postal_code"]
    if code and not (code.isdecimal() and code.isascii() and len(code) == _POSTAL_DIGITS):
        raise DataError(
            f"Kode pos {code!r} tidak terdiri atas {_POSTAL_DIGITS} angka",
            code="postal-code",
            hint="Cocokkan dengan kode pos kantor desa.",
            field="postal_code",
            value=code,
        )
    write(connection, msgspec.structs.replace(read(connection, LetterheadSettings), **kept))


def keep_logo(connection: Connection, logo: LogoFile, now_ms: int) -> None:
    """Keep a logo that was checked, and print it on letters from now on."""
    digest = digest16(logo.content)
    if connection.scalar(select(LETTER_LOGO.c.digest).where(LETTER_LOGO.c.digest == digest)) is None:
        values = {"digest": digest, "media_type": logo.media_type, "width": logo.width, "height": logo.height}
        connection.execute(insert(LETTER_LOGO).values(**values, content=logo.content, kept_ms=now_ms))
    write(connection, msgspec.structs.replace(read(connection, LetterheadSettings), logo=digest.hex()))


def drop_logo(connection: Connection) -> None:
    """Print no logo on new letters; those that were issued with one keep it."""
    write(connection, msgspec.structs.replace(read(connection, LetterheadSettings), logo=""))


def logo_of(store: NodeStore, content: Mapping[str, Any]) -> str:
    """Return the logo that a letter names as SVG text for the typesetter; empty if it has none, or is not here."""
    letterhead = content.get("letterhead")
    digest = str(letterhead.get("logo") or "") if isinstance(letterhead, dict) else ""
    if not digest:
        return ""
    with store.local_reading() as connection:
        return logo_drawing(connection, digest)


def no_logo(content: Mapping[str, Any]) -> str:  # noqa: ARG001 - takes the place of one that looks
    """Return the logo of a letter that is printed without one."""
    return ""


def logo_drawing(connection: Connection, digest: str) -> str:
    """Return a logo as SVG text for the typesetter; empty if this laptop does not have it."""
    try:
        named = LETTER_LOGO.c.digest == bytes.fromhex(digest)
    except ValueError:
        return ""  # a snapshot of another program
    row = connection.execute(select(LETTER_LOGO).where(named)).first()
    return "" if row is None else drawing_of(LogoFile(row.media_type, row.width, row.height, row.content))


def drawing_of(logo: LogoFile) -> str:
    """Return a picture wrapped into an SVG text: the typesetter takes texts only."""
    size = f'width="{logo.width}" height="{logo.height}"'
    data = f"data:{logo.media_type};base64,{base64.b64encode(logo.content).decode()}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="{data}"/></svg>'
