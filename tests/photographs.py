"""Make pictures for tests: what a telephone's camera or a scanner might send."""

from __future__ import annotations

import io

import segno
from PIL import Image


def photograph(size: tuple[int, int] = (1600, 1200), *, exif: bytes = b"", grain: bool = False) -> bytes:
    """Return a JPEG; with grain it is as heavy as one from a telephone."""
    image = Image.effect_noise(size, 60).convert("RGB") if grain else Image.new("RGB", size, (200, 190, 170))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=92, exif=exif or b"")
    return made.getvalue()


def drawing(size: tuple[int, int] = (120, 90)) -> bytes:
    """Return a PNG."""
    made = io.BytesIO()
    Image.new("L", size, 240).save(made, "PNG")
    return made.getvalue()


def photograph_of_code(text: str, *, degrees: float = 8.0) -> bytes:
    """Return a JPEG of a table with a letter's code on it, a little askew."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=5, border=4)
    code = Image.open(drawn).convert("L").rotate(degrees, expand=True, fillcolor=255)
    table = Image.new("L", (2000, 1500), 170)
    table.paste(code, (500, 300))
    made = io.BytesIO()
    table.save(made, "JPEG", quality=70)
    return made.getvalue()
