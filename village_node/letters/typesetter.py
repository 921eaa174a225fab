"""Set one letter in type, as a process of its own: JSON on stdin, PDF on stdout.

Typst takes tens of megabytes that an office laptop should have back; so it is loaded here, never in the program that
asks.  Imports nothing of ours and is run by path.  The same letter gives the same bytes, whenever it is printed.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import segno
import typst

TEMPLATES = Path(__file__).with_name("templates")
# PDF wants a moment of creation; a fixed one keeps reprints equal.  The letter's own date is in its text.
_MOMENT = 946_684_800


def set_letter(template: str, content: str, token: str) -> bytes:
    """Return the PDF of a letter; ValueError for a template that this program does not have."""
    path = TEMPLATES / f"{template}.typ"
    if not path.is_file():
        raise ValueError(f"no template {template!r}")
    code = io.BytesIO()
    segno.make(token, error="m", micro=False).save(code, kind="svg", border=2, xmldecl=False)
    made = typst.compile(
        str(path),
        root=str(TEMPLATES),
        format="pdf",
        sys_inputs={"letter": content, "qr": code.getvalue().decode()},
        ignore_system_fonts=True,
        timestamp=_MOMENT,
    )
    assert isinstance(made, bytes)
    return made


def main() -> None:
    """Read the order, write the PDF."""
    order = json.load(sys.stdin)
    sys.stdout.buffer.write(set_letter(order["template"], order["content"], order["token"]))


if __name__ == "__main__":
    main()
