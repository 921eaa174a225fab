"""Decide from the first bytes what a file is, before any parser sees it, and refuse what no parser should see.

The ending of a name proves nothing: a web page named .xls is common.  Sizes are bounded here,
because a spreadsheet of a few kilobytes can unfold to gigabytes.  Reading rows is ``reading`` and ``csv_text``.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Literal

from schemas.errors import ImportFileError

FileForm = Literal["workbook", "text"]

ROWS_MAX = 200_000
"""Rows of one sheet: the largest district of the regency has 110,000 residents, a village 35,000 at most."""

UNPACKED_BYTES_MAX = 1 << 30
"""Unpacked size of a workbook: 200,000 rows of 43 columns unfold to about 400 MB."""

FILE_BYTES_MAX = 256 << 20
"""Size of the file itself: ten times a 200,000-row CSV."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF8_GLOBALS = b"\x09\x08\x10\x00\x00\x06\x05\x00"
_BIFF_FILEPASS = 0x002F
_WEB_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|meta|style|div)\b", re.IGNORECASE | re.DOTALL
)
_ROW_NUMBER = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d+)"')
_ROW_TAIL_BYTES = 256 << 10
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)>")
_FAR_CELL = re.compile(rb'r="[A-Z]{3}[0-9]')
_FAR_VALUE = re.compile(rb'<(?:\w+:)?c r="[A-Z]{3}\d+"(?:[^>]*[^/>])?><(?:\w+:)?(?:v|is|f)\b')

_SAVE_AS_XLSX = "Buka di Excel atau LibreOffice, simpan sebagai .xlsx, lalu impor lagi."
_ASK_AGAIN = "Salin ulang berkas dari asalnya, lalu impor lagi."


def damaged(name: str, detail: str = "") -> ImportFileError:
    """Return the error for a file that ends too early or is damaged."""
    note = f" ({detail})" if detail else ""
    return ImportFileError(f"{name}: berkas terpotong atau rusak{note}", code="file-truncated", hint=_ASK_AGAIN)


def too_large(name: str) -> ImportFileError:
    """Return the error for a file beyond our limits."""
    hint = f"Bagi berkas: paling banyak {ROWS_MAX} baris tiap berkas, tanpa isian jauh di kanan atau di bawah tabel."
    return ImportFileError(f"{name}: tabel terlalu besar", code="file-too-large", hint=hint)


def _not_a_table(name: str, what: str, hint: str = _SAVE_AS_XLSX) -> ImportFileError:
    return ImportFileError(f"{name}: ini {what}, bukan tabel", code="file-not-a-table", hint=hint)


def _protected(name: str) -> ImportFileError:
    return ImportFileError(
        f"{name}: berkas dikunci kata sandi",
        code="file-password",
        hint="Buka dengan kata sandinya, simpan salinan tanpa kata sandi, lalu impor salinan itu.",
    )


def form_of(content: bytes, name: str) -> FileForm:
    """Tell whether the content is a workbook (xlsx, xlsm, xlsb, xls, ods) or text.

    Raises ImportFileError: file-empty, file-too-large, file-password, file-truncated, file-not-a-table.
    """
    if not content.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise ImportFileError(f"{name}: berkas kosong", code="file-empty", hint=_ASK_AGAIN)
    if len(content) > FILE_BYTES_MAX:
        raise too_large(name)
    if content.startswith(_OLE):
        _refuse_protected_ole(content, name)
        return "workbook"
    if content.startswith(b"PK"):
        _refuse_unfit_zip(content, name)
        return "workbook"
    _refuse_other_forms(content, name)
    return "text"


def _refuse_other_forms(content: bytes, name: str) -> None:
    start = content[:4096].removeprefix(b"\xef\xbb\xbf")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", errors="replace").encode()
    if _WEB_PAGE.match(start):
        raise _not_a_table(name, "halaman web (HTML)")
    if start.startswith(b"%PDF"):
        raise _not_a_table(name, "PDF", "Minta berkas Excel atau CSV dari pembuatnya.")
    if start.lstrip().startswith(b"<?xml"):
        raise _not_a_table(name, "berkas XML")
    if b"\x00" in start:
        raise _not_a_table(name, "berkas biner")


def _refuse_protected_ole(content: bytes, name: str) -> None:
    # An encrypted .xlsx is an OLE container around a stream of this name (MS-OFFCRYPTO 2.3.4).
    if "EncryptedPackage".encode("utf-16le") in content:
        raise _protected(name)
    position = content.find(_BIFF8_GLOBALS)
    # MS-XLS 2.1.7.20.1: FilePass stands right behind BOF, at most a write-protection record stands between.
    for _ in range(4):
        if position < 0 or position + 4 > len(content):
            return
        record, length = struct.unpack_from("<HH", content, position)
        if record == _BIFF_FILEPASS:
            raise _protected(name)
        position += 4 + length


def _refuse_unfit_zip(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_unfit_members(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise damaged(name) from error


def _refuse_unfit_members(archive: zipfile.ZipFile, name: str) -> None:
    members = archive.infolist()
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise _protected(name)
    if sum(member.file_size for member in members) > UNPACKED_BYTES_MAX:
        raise too_large(name)
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise _protected(name)
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise _not_a_table(name, "arsip atau dokumen lain")
    for member in names:
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", member):
            _refuse_far_cells(archive, member, name)


def _refuse_far_cells(archive: zipfile.ZipFile, member: str, name: str) -> None:
    """Refuse a sheet whose values lie so far out that the dense grid of the parser would fill the memory.

    Formatted but empty rows down to 1,048,576 are common and harmless: only values count.
    """
    beyond = False
    for window in _windows(archive, member):
        if _FAR_CELL.search(window) and _FAR_VALUE.search(window):
            raise too_large(name)
        start = 0
        if not beyond:
            last = None
            for last in _ROW_NUMBER.finditer(window, max(0, len(window) - _ROW_TAIL_BYTES)):
                if int(last[1]) > ROWS_MAX + 1:
                    beyond, start = True, last.start()
                    break
        if beyond and _VALUE.search(window, start):
            raise too_large(name)


def _windows(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """Yield pieces of a member, each with the end of the one before, so that no tag is cut in all of them."""
    carried = b""
    with archive.open(member) as stream:
        while piece := stream.read(1 << 20):
            yield carried + piece
            carried = piece[-512:]
