"""Know the twelve words that open a village's backups on another machine.

Decides how they are drawn, typed again and turned into a key: 132 random bits, so nothing is gained by guessing.  They
are kept beside the keys as well, so that each backup can be tried out: whoever reads that file can read the database
itself, and a finder of the backup alone has neither.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from schemas.errors import DataError, StorageError
from sync_protocol.words import WORDS, words_of
from village_node.durable import replace_file
from village_node.keys import KEY_FOLDER

CODE_FILE = "recovery.code"
CODE_WORDS = 12
_BYTES = 17  # the least that holds 12 words of 11 bits
_PURPOSE = b"kampung/recovery/0"
_KNOWN = frozenset(WORDS)


def draw_code() -> str:
    """Return a new recovery code, drawn at random."""
    return " ".join(words_of(secrets.token_bytes(_BYTES), CODE_WORDS))


def code_typed(text: str) -> str:
    """Return a recovery code as typed from paper, in its one spelling; raises DataError "recovery-code"."""
    words = text.lower().replace("-", " ").replace(",", " ").split()
    for place, word in enumerate(words, start=1):
        if word not in _KNOWN:
            raise DataError(
                f"Kata ke-{place} bukan kata kode pemulihan: {word}",
                code="recovery-code",
                hint="Periksa ejaannya di kertas; setiap kata lima huruf.",
                value=word,
            )
    if len(words) != CODE_WORDS:
        raise DataError(
            f"Kode pemulihan terdiri dari {CODE_WORDS} kata, yang diketik {len(words)}",
            code="recovery-code",
            hint="Ketik semua kata, dipisahkan spasi.",
        )
    return " ".join(words)


def code_key(code: str) -> bytes:
    """Return the 32 bytes that a backup is encrypted with."""
    return hashlib.blake2b(_PURPOSE + code.encode(), digest_size=32).digest()


def kept_code(directory: Path) -> str | None:
    """Return the recovery code that this laptop keeps, None if it has none yet; raises StorageError, DataError."""
    try:
        text = (directory / KEY_FOLDER / CODE_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(
            "Berkas kode pemulihan tidak dapat dibaca",
            code="recovery-code-file",
            hint="Buat kode baru: `kampung village backup --new-code`.",
        ) from error
    return code_typed(text)


def keep_code(directory: Path, code: str) -> None:
    """Keep a recovery code beside the keys, for its owner only; raises StorageError."""
    replace_file(directory / KEY_FOLDER / CODE_FILE, f"{code}\n".encode(), mode=0o600)
