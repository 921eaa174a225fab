"""Set one letter or one piece of a book in type, as a process of its own: JSON on stdin, PDF on stdout.

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


def set_book(content: str) -> bytes:
    """Return the PDF of a piece of a book, without marks for screen readers: they would be nine tenths of the file."""
    made = typst.compile(
        str(TEMPLATES / "book.typ"),
        root=str(TEMPLATES),
        format="pdf",
        sys_inputs={"book": content},
        ignore_system_fonts=True,
        timestamp=_MOMENT,
        pdf_tags=False,
    )
    assert isinstance(made, bytes)
    return made


def measure_book(content: str) -> bytes:
    """Return how many pages a piece takes, and how many of its rows stand before the last of them, as JSON."""
    found = typst.query(
        str(TEMPLATES / "book.typ"),
        "<measured>",
        field="value",
        one=True,
        root=str(TEMPLATES),
        sys_inputs={"book": content},
        ignore_system_fonts=True,
    )
    return found.encode()


def main() -> None:
    """Read the order, write the PDF."""
    order = json.load(sys.stdin)
    if order["template"] == "book":
        made = measure_book(order["content"]) if order["measure"] else set_book(order["content"])
    else:
        made = set_letter(order["template"], order["content"], order["token"])
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
