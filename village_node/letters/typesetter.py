"""Set letters and pieces of books in type, as a process of its own: framed orders on stdin, answers on stdout.

Typst takes tens of megabytes that an office laptop should have back; so it is loaded here, never in the program that
asks.  Imports nothing of ours and is run by path.  The same letter gives the same bytes, whenever it is printed.
An order is a length (four bytes, big-endian) and JSON; an answer is a length, JSON, and the pages whose sizes it names.
"""

from __future__ import annotations

import io
import json
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import segno
import typst

TEMPLATES = Path(__file__).with_name("templates")
# PDF wants a moment of creation; a fixed one keeps reprints equal.  The letter's own date is in its text.
_MOMENT = 946_684_800
_LENGTH = struct.Struct(">I")
_PIXELS_PER_INCH = 110.0


def made_of(order: dict[str, str]) -> list[bytes]:
    """Return what an order asks for; its ``template``, ``content`` (JSON text) and ``format`` say what.

    The template "book" is set as "pdf" or counted as "measure"; any other is a letter's.
    """
    if order["template"] != "book":
        return set_letter(order)
    return [measure_book(order["content"]) if order["format"] == "measure" else set_book(order["content"])]


def set_letter(order: dict[str, str]) -> list[bytes]:
    """Return a letter as one PDF, or as one picture a page; ValueError for a template that this program does not have.

    Its order also holds ``token`` for the QR code (empty on a draft) and ``logo``, an SVG text or empty.
    """
    path = TEMPLATES / f"{order['template']}.typ"
    if not path.is_file():
        raise ValueError(f"no template {order['template']!r}")
    is_picture = order["format"] == "png"
    # One page comes as bytes, several pictures as a list; its stub knows the bytes only.
    made: Any = typst.compile(
        str(path),
        root=str(TEMPLATES),
        format="png" if is_picture else "pdf",
        ppi=_PIXELS_PER_INCH if is_picture else None,
        sys_inputs={"letter": order["content"], "qr": _code(order["token"]), "logo": order["logo"]},
        ignore_system_fonts=True,
        timestamp=_MOMENT,
    )
    return made if isinstance(made, list) else [made]


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


def _code(token: str) -> str:
    if not token:
        return ""
    code = io.BytesIO()
    segno.make(token, error="m", micro=False).save(code, kind="svg", border=2, xmldecl=False)
    return code.getvalue().decode()


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer orders until there are no more; one that cannot be set is answered with why."""
    while len(head := orders.read(_LENGTH.size)) == _LENGTH.size:
        raw = orders.read(_LENGTH.unpack(head)[0])
        pages: list[bytes] = []
        try:
            pages = made_of(json.loads(raw))
            said: dict[str, object] = {"sizes": [len(page) for page in pages]}
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one letter, the next one is set
            said = {"error": str(error).strip() or type(error).__name__}
        answer = json.dumps(said).encode()
        answers.write(_LENGTH.pack(len(answer)) + answer + b"".join(pages))
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
