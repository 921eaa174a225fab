"""Join PDF files of our own typesetter into one, written as it comes: no more than one of them is in memory.

Knows what that typesetter writes (a plain table of objects, one page tree, no marks for screen readers) and no more;
anything else is refused.  Each file's objects move up by those before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

_REFERENCE = re.compile(rb"(?<![\d.])(\d+) 0 R\b")
_OBJECT = re.compile(rb"(\d+) 0 obj\s*")
_STREAM = re.compile(rb">>\s*stream\r?\n")
_TABLE = re.compile(rb"xref\s+0 (\d+)\s+")
_ENTRY_BYTES = 20
_UNKNOWN = b"0000000000"


class NotOursError(ValueError):
    """A file that is not as the typesetter writes it."""


def join_pdfs(parts: Iterable[bytes], target: BinaryIO) -> int:
    """Write one PDF with the pages of all; returns how many.  Raises NotOursError."""
    target.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets: list[int] = []
    roots: list[tuple[int, int]] = []
    catalog = information = b""
    for part in parts:
        shift = len(offsets)
        root, tree, info, objects = _read(part)
        for number, found in objects:
            body = _moved(found, shift)
            if number == root:
                catalog = catalog or _without_stream(body)
            elif number == info:
                information = information or body
            elif number == tree:
                count = re.search(rb"/Count (\d+)", body)
                if count is None:
                    raise NotOursError("no page count")
                roots.append((number + shift, int(count[1])))
                # The new root comes right after the last part; its number is written in when it is known.
                body = body.replace(b"<<", b"<</Parent %s 0 R" % _UNKNOWN, 1)
            offsets.append(target.tell())
            # One catalog and one information are enough, and they come last.
            target.write(b"%d 0 obj\n" % (number + shift) + (b"null\nendobj\n" if number in {root, info} else body))
    return _finish(target, offsets, roots, catalog, information)


def _finish(
    target: BinaryIO, offsets: list[int], roots: list[tuple[int, int]], catalog: bytes, information: bytes
) -> int:
    tree_number = len(offsets) + 1
    for number, _ in roots:
        start = offsets[number - 1]
        target.seek(start)
        held = target.read(64)
        target.seek(start + held.index(_UNKNOWN))
        target.write(b"%010d" % tree_number)
    target.seek(0, 2)
    pages = sum(count for _, count in roots)
    kids = b" ".join(b"%d 0 R" % number for number, _ in roots)
    tree = b"<</Type/Pages/Count %d/Kids[%s]>>\nendobj\n" % (pages, kids)
    catalog = re.sub(rb"/Pages \d+ 0 R", b"/Pages %d 0 R" % tree_number, catalog)
    for body in (tree, catalog, information or b"null\nendobj\n"):
        offsets.append(target.tell())
        target.write(b"%d 0 obj\n" % len(offsets) + body)
    table = target.tell()
    target.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
    target.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = (len(offsets) + 1, tree_number + 1, tree_number + 2, table)
    target.write(b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % trailer)
    return pages


def _read(part: bytes) -> tuple[int, int, int, Iterator[tuple[int, bytes]]]:
    """Return the numbers of catalog, page tree and information of a file, and its objects in order of number."""
    ends = part.rfind(b"startxref")
    try:
        table = int(part[ends:].split()[1])
        trailer = part[part.index(b"trailer", table) : ends]
        root, info = (int(re.search(rb"/" + name + rb" (\d+) 0 R", trailer)[1]) for name in (b"Root", b"Info"))  # type: ignore[index]
        size = _TABLE.match(part, table)
        if size is None:
            raise NotOursError("no table of objects")
        entries = [part[size.end() + _ENTRY_BYTES * number :][:_ENTRY_BYTES] for number in range(1, int(size[1]))]
        starts = [int(entry[:10]) for entry in entries if entry[17:18] == b"n"]
        if len(starts) != len(entries):
            raise NotOursError("free objects")
        after = dict(zip(sorted(starts), [*sorted(starts)[1:], table], strict=True))
        bodies = [part[start : after[start]] for start in starts]
        tree = int(re.search(rb"/Pages (\d+) 0 R", bodies[root - 1])[1])  # type: ignore[index]
    except (IndexError, TypeError, ValueError) as error:
        raise NotOursError(str(error)) from error
    return root, tree, info, _objects(bodies)


def _objects(bodies: list[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, body in enumerate(bodies, start=1):
        found = _OBJECT.match(body)
        if found is None or int(found[1]) != number:
            raise NotOursError(f"object {number} is elsewhere")
        yield number, body[found.end() :]


def _without_stream(body: bytes) -> bytes:
    if _STREAM.search(body):
        raise NotOursError("a catalog with a stream")
    return body


def _moved(body: bytes, shift: int) -> bytes:
    """Return an object with its references moved; what is in a stream is data and stays."""
    stream = _STREAM.search(body)
    words, data = (body, b"") if stream is None else (body[: stream.start()], body[stream.start() :])
    if not shift:
        return body
    return _REFERENCE.sub(lambda found: b"%d 0 R" % (int(found[1]) + shift), words) + data
