"""Decide what may be a logo: a PNG or a JPEG by its content, small enough in bytes and in pixels, whole, and drawable.

The file's name says nothing.  What a camera or a program wrote into it (where, when, by whom) is left out, for a logo
is in every letter that is handed out.  SVG is refused: it is a program's language that can name other files and has no
size of its own; every office program saves a picture as PNG.  Reads bytes only; the typesetter has the last word on
whether a picture can be drawn.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from schemas.errors import DataError

LOGO_BYTES_MAX = 512 * 1024
SIDE_MIN, SIDE_MAX = 40, 2000

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # start of frame: where a JPEG says its size
_PICTURE_BEGINS = 0xDA
_JPEG_TALK = frozenset({0xE1, 0xED, 0xFE})  # where and when it was taken, captions, remarks
_PNG_TALK = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # marks without a length
_KIB = 1024


@dataclass(frozen=True, slots=True)
class LogoFile:
    """A picture that was checked."""

    media_type: str
    width: int
    height: int
    content: bytes


def read_logo(content: bytes) -> LogoFile:
    """Return a picture as checked.

    Raises DataError "logo-empty", "logo-large", "logo-kind", "logo-damaged" or "logo-size".
    """
    if not content:
        raise _wrong("logo-empty", "Berkas lambang kosong", "Pilih berkas gambarnya sekali lagi.")
    if len(content) > LOGO_BYTES_MAX:
        raise _wrong(
            "logo-large",
            f"Berkas lambang lebih dari {LOGO_BYTES_MAX // _KIB} KB",
            "Perkecil gambarnya menjadi sekitar 600 titik, lalu simpan sebagai PNG.",
        )
    if content.startswith(_PNG):
        media_type, (size, content) = "image/png", _plain_png(content)
    elif content.startswith(_JPEG):
        media_type, (size, content) = "image/jpeg", _plain_jpeg(content)
    else:
        raise _wrong("logo-kind", "Lambang bukan gambar PNG atau JPEG", "Simpan kembali gambarnya sebagai PNG.")
    if not all(SIDE_MIN <= side <= SIDE_MAX for side in size):
        raise _wrong(
            "logo-size",
            f"Gambar lambang {size[0]} x {size[1]} titik",
            f"Pakai gambar dengan sisi {SIDE_MIN} sampai {SIDE_MAX} titik.",
        )
    return LogoFile(media_type, *size, content)


def _plain_png(content: bytes) -> tuple[tuple[int, int], bytes]:
    """Return the size of a PNG and its parts without what tells of its making; each part has a check sum of its own."""
    at, size, kept = len(_PNG), (0, 0), [_PNG]
    while True:
        head = content[at : at + 8]
        if len(head) < 8:
            raise _damaged()
        length, kind = struct.unpack(">I4s", head)
        end = at + 12 + length
        body, stated = content[at + 8 : end - 4], content[end - 4 : end]
        if end > len(content) or zlib.crc32(kind + body) != int.from_bytes(stated, "big"):
            raise _damaged()
        if kind == b"IHDR" and length == 13:
            size = struct.unpack(">II", body[:8])
        if kind not in _PNG_TALK:
            kept.append(content[at:end])
        if kind == b"IEND":
            return size, b"".join(kept)
        at = end


def _plain_jpeg(content: bytes) -> tuple[tuple[int, int], bytes]:
    """Return the size that a JPEG states and the picture without what tells of its making; its end must be there."""
    at, size, kept = 2, (0, 0), [content[:2]]
    while content[at : at + 1] == b"\xff":
        mark = content[at + 1] if at + 1 < len(content) else 0
        if mark == 0xFF or mark in _ALONE:
            at += 1 if mark == 0xFF else 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        part, end = content[at : at + 2 + length], at + 2 + length
        if length < 2 or end > len(content):
            break
        if mark in _FRAMES and length >= 7:
            height, width = struct.unpack(">HH", part[5:9])
            size = (width, height)
        if mark == _PICTURE_BEGINS:
            if size == (0, 0) or b"\xff\xd9" not in content[end:]:
                break  # cut off in the middle of the picture
            return size, b"".join([*kept, content[at:]])
        if mark not in _JPEG_TALK:
            kept.append(part)
        at = end
    raise _damaged()


def _damaged() -> DataError:
    return _wrong("logo-damaged", "Berkas lambang rusak atau tidak utuh", "Simpan kembali gambarnya sebagai PNG.")


def _wrong(code: str, message: str, hint: str) -> DataError:
    return DataError(message, code=code, hint=hint, field="lambang")
