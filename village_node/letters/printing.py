"""Print a letter as it was issued: hand its snapshot to the typesetter's process and give back the PDF.

Decides how long that may take and what a failure means: nothing is lost, the letter is issued already.  The books are
set by the same process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.errors import StorageError
from village_node.letters.issuing import IssuedLetter

_TYPESETTER = Path(__file__).with_name("typesetter.py")
_PATIENCE_S = 60.0


def letter_pdf(letter: IssuedLetter) -> bytes:
    """Return the PDF of a letter, the same bytes each time; a revoked one says so on its face.

    Raises StorageError "letter-not-printed".
    """
    content = {**letter.content, "void": letter.void or ""}
    order = {"template": letter.template, "content": json.dumps(content, ensure_ascii=False), "token": letter.token}
    try:
        return typeset(order)
    except NotSetError as error:
        raise StorageError(
            f"Surat {letter.number} belum tercetak: {error}",
            code="letter-not-printed",
            hint="Surat sudah terbit dengan nomornya; cetak ulang dengan `kampung village letter reprint`.",
        ) from error


class NotSetError(Exception):
    """The typesetter gave nothing; the text says why."""


def typeset(order: Mapping[str, Any], begins: bytes = b"%PDF") -> bytes:
    """Return what the typesetter's process makes of an order; raises NotSetError."""
    try:
        # -P: the folder of the script is no place to import from.
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own file
            [sys.executable, "-P", str(_TYPESETTER)],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotSetError(type(error).__name__) from error
    if done.returncode or not done.stdout.startswith(begins):
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise NotSetError(lines[-1] if lines else f"kode {done.returncode}")
    return done.stdout
