"""Ask the process that decodes pictures, once a picture; say in an officer's words what is wrong with one.

Decides what is asked at all: a file that is no picture, or in the telephone's own format, is named before anything is
decoded.  A PDF passes as it is.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from schemas.errors import DataError, StorageError

PHOTO_BYTES_MAX = 40 * 1024 * 1024
"""What a telephone's best photograph may have, before it is made light."""
PATIENCE_S = 30.0

_LOOKING = Path(__file__).with_name("looking.py")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM")
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"})
_MIB = 1024 * 1024

_REFUSALS: dict[str, tuple[str, str, str]] = {
    "none": ("photo-none", "Berkas kosong", "Foto atau pindai sekali lagi."),
    "large": (
        "photo-large",
        f"Gambar lebih dari {PHOTO_BYTES_MAX // _MIB} MB",
        "Foto dengan ukuran lebih kecil, atau pindai 200 titik per inci.",
    ),
    "heic": (
        "photo-heic",
        "Gambar ini HEIC, format khusus ponsel yang tidak dapat dibuka di laptop",
        "Di iPhone: Pengaturan, Kamera, Format, pilih Paling Kompatibel, lalu foto lagi.",
    ),
    "kind": ("photo-kind", "Berkas ini bukan gambar", "Pilih foto JPEG atau PNG."),
    "damaged": ("photo-damaged", "Gambar ini rusak atau tidak utuh", "Foto atau pindai sekali lagi."),
    "huge": ("photo-huge", "Gambar ini terlalu besar untuk dibuka", "Foto dengan ukuran lebih kecil."),
}


def codes_in(picture: bytes, *, program: Path = _LOOKING) -> list[str]:
    """Return the texts of the QR codes of a photograph, those of letters first; empty if none is seen.

    Raises DataError "photo-none", "photo-large", "photo-heic", "photo-kind", "photo-damaged" or "photo-huge";
    StorageError "photo-failed".
    """
    _check(picture)
    found = _asked({"do": "codes"}, picture, program)["codes"]
    return sorted(map(str, found), key=lambda one: not one.upper().startswith("KMPS:"))


def lightened(content: bytes, *, program: Path = _LOOKING) -> bytes:
    """Return a file as it is attached: a photograph upright, light, without the camera's remarks; a PDF as it is.

    What is neither comes back as it came, for the rules of attachments to refuse.  Raises as ``codes_in``, but never
    "photo-kind" nor "photo-none": those are not a photograph's matter.
    """
    try:
        _check(content)
    except DataError as error:
        if error.code in {"photo-kind", "photo-none"}:
            return content
        raise
    return base64.b64decode(str(_asked({"do": "lighten"}, content, program)["picture"]))


def _check(picture: bytes) -> None:
    if not picture:
        raise _refused("none")
    if picture[4:8] == b"ftyp" and picture[8:12] in _HEIC_BRANDS:
        raise _refused("heic")
    is_webp = picture.startswith(b"RIFF") and picture[8:12] == b"WEBP"
    if not is_webp and not picture.startswith(_PICTURES):
        raise _refused("kind")
    if len(picture) > PHOTO_BYTES_MAX:
        raise _refused("large")


def _asked(order: dict[str, str], picture: bytes, program: Path) -> dict[str, Any]:
    whole = order | {"picture": base64.b64encode(picture).decode()}
    try:
        # -P: the folder of the script is no place to import from.
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own file
            [sys.executable, "-P", str(program)],
            input=json.dumps(whole).encode(),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise _failed() from error
    if done.returncode or not isinstance(answer, dict):
        raise _failed()
    if "refused" in answer:
        raise _refused(str(answer["refused"]))
    return answer


def _refused(word: str) -> DataError:
    code, message, hint = _REFUSALS[word]
    return DataError(message, code=code, hint=hint, field="foto")


def _failed() -> StorageError:
    return StorageError(
        "Gambar belum dapat dibuka di laptop ini",
        code="photo-failed",
        hint="Tutup program lain, lalu coba sekali lagi.",
    )
