"""Photographs of officers: codes are read, pictures become light and forget their camera, odd files are named."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

import village_node
from schemas.errors import DataError, StorageError
from tests.photographs import drawing, photograph, photograph_of_code
from village_node.photographs import PHOTO_BYTES_MAX, codes_in, lightened

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
PDF = b"%PDF-1.7 " + bytes(40)


def size_of(picture: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(picture)).size


@pytest.mark.parametrize("degrees", [0.0, 8.0, 94.0])
def test_a_code_is_read_however_the_sheet_lies(degrees: float) -> None:
    token = "KMPS:" + "ABCDEFGHJKLMNPQRSTUVWXYZ" * 10
    assert codes_in(photograph_of_code(token, degrees=degrees)) == [token]


def test_a_picture_without_a_code_has_none() -> None:
    assert codes_in(photograph()) == []


def test_a_telephone_s_photograph_becomes_light_upright_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "Ponsel Rahasia"
    exif.get_ifd(0x8825)[1] = "S"
    heavy = photograph((4000, 3000), exif=exif.tobytes(), grain=True)
    light = lightened(heavy)
    assert len(light) < len(heavy) / 3
    assert size_of(light) == (1650, 2200)
    assert b"Ponsel" in heavy
    assert b"Exif" not in light
    assert b"Ponsel" not in light


def test_a_small_drawing_stays_a_png_and_a_pdf_stays_as_it_is() -> None:
    assert lightened(drawing()).startswith(b"\x89PNG")
    assert lightened(PDF) == PDF
    assert lightened(b"MZ") == b"MZ"  # whether it may be attached is not a photograph's matter
    assert lightened(b"") == b""


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (b"", "photo-none"),
        (HEIC, "photo-heic"),
        (PDF, "photo-kind"),
        (photograph()[:400], "photo-damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "photo-damaged"),
        (b"\xff\xd8\xff" + bytes(PHOTO_BYTES_MAX), "photo-large"),
    ],
)
def test_what_cannot_be_read_is_named_with_what_to_do(picture: bytes, code: str) -> None:
    with pytest.raises(DataError) as caught:
        codes_in(picture)
    assert caught.value.code == code
    assert caught.value.hint


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded() -> None:
    size = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    small = drawing()
    huge = small[:12] + size + zlib.crc32(size).to_bytes(4, "big") + small[33:]
    with pytest.raises(DataError) as caught:
        lightened(huge)
    assert caught.value.code == "photo-huge"


@pytest.mark.parametrize("text", ["raise SystemExit(3)", "print('hello')", "print('[]')"])
def test_a_process_that_fails_is_said_and_nothing_is_kept(tmp_path: Path, text: str) -> None:
    program = tmp_path / "broken.py"
    program.write_text(text)
    with pytest.raises(StorageError) as caught:
        codes_in(photograph(), program=program)
    assert caught.value.code == "photo-failed"


def test_the_decoders_are_loaded_by_a_process_of_their_own_only() -> None:
    """That no other file imports them is a contract; this one is run by its path and imported by nothing."""
    package = Path(str(village_node.__file__)).parent
    names = [path.name for path in package.rglob("*.py") if "photographs.looking" in path.read_text(encoding="utf-8")]
    assert names == []
