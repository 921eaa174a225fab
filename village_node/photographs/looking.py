"""Decode one picture, as a process of its own: an order as JSON on stdin, the answer as JSON on stdout.

The only file that loads Pillow and zxing-cpp.  Imports nothing of ours and is run by path.  Orders: "codes" reads the
QR codes that are seen, "lighten" gives the picture as it lies on a table: turned the right way up, no larger than a
sheet needs, without what a camera wrote into it (where, when, with which telephone).
"""

from __future__ import annotations

import base64
import io
import json
import sys
from typing import Any

from PIL import Image, ImageOps

PIXELS_MAX = 120_000_000
"""Telephones make up to 108 million; more is no photograph but a trap for memory."""
SIDE_MAX = 2200
"""A sheet of A4 at about 190 points an inch: small print is legible, and a photograph has some 500 KB."""
CODE_SIDE_MAX = 3000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_QUALITY = 78
_PNG_BYTES_MAX = 1_500_000


class RefusedPictureError(Exception):
    """The picture cannot be used; the text is a word that the asker knows."""


def opened(raw: bytes, side: int) -> Image.Image:
    """Return a picture, decoded no larger than needed where its format allows that."""
    try:
        image = Image.open(io.BytesIO(raw), formats=_FORMATS)
        if image.width * image.height > PIXELS_MAX:
            raise RefusedPictureError("huge")
        image.draft(None, (side, side))
        image.load()
    except Image.DecompressionBombError as error:
        raise RefusedPictureError("huge") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise RefusedPictureError("damaged") from error
    return image


def codes_of(raw: bytes) -> list[str]:
    """Return the texts of the QR codes that are seen."""
    import zxingcpp  # noqa: PLC0415 - whoever only attaches a photograph needs no reader

    image = opened(raw, CODE_SIDE_MAX).convert("RGBA")
    sheet = Image.new("RGBA", image.size, "white")
    sheet.alpha_composite(image)
    sheet.thumbnail((CODE_SIDE_MAX, CODE_SIDE_MAX))
    found = zxingcpp.read_barcodes(sheet.convert("L"), formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return [one.text for one in found if one.valid]


def light_of(raw: bytes) -> bytes:
    """Return a picture that is light enough to travel, as PNG if it is drawn, as JPEG if it was photographed."""
    image = opened(raw, SIDE_MAX)
    is_drawn = image.format in {"PNG", "GIF", "BMP"}
    image = ImageOps.exif_transpose(image)
    image.thumbnail((SIDE_MAX, SIDE_MAX), Image.Resampling.LANCZOS)
    if image.mode not in {"1", "L", "RGB"}:
        with_alpha = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(with_alpha, mask=with_alpha.getchannel("A"))
    made = io.BytesIO()
    if is_drawn:
        image.save(made, "PNG", optimize=True)
    if not is_drawn or made.tell() > _PNG_BYTES_MAX:
        made = io.BytesIO()
        image.convert("L" if image.mode in {"1", "L"} else "RGB").save(made, "JPEG", quality=_QUALITY, optimize=True)
    return made.getvalue()


def answer_to(order: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to an order."""
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    raw = base64.b64decode(order["picture"])
    try:
        if order["do"] == "codes":
            return {"codes": codes_of(raw)}
        return {"picture": base64.b64encode(light_of(raw)).decode()}
    except RefusedPictureError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "huge"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer_to(json.load(sys.stdin))))
