"""Encrypt a stream of any length under one key, and read it back: for archives that leave this machine.

Chunks of 1 MiB, each sealed with ChaCha20-Poly1305 under a key of this file only; the nonce is the chunk's number and
whether it is the last, so chunks can be neither changed, moved, left out nor cut off.  What is in a file is
``archive``'s.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from schemas.errors import DatabaseCorruptError, DataError

_MAGIC = b"KMPA0"
_SALT_BYTES, _TAG_BYTES = 16, 16
CHUNK_BYTES = 1024 * 1024


def _cipher(key: bytes, salt: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(hashlib.blake2b(salt, key=key, digest_size=32).digest())


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class SealingWriter(io.RawIOBase):
    """Takes plain bytes and writes sealed chunks; ``close`` writes the last one and leaves the target open."""

    def __init__(self, target: BinaryIO, key: bytes) -> None:
        super().__init__()
        salt = os.urandom(_SALT_BYTES)
        self._target, self._cipher = target, _cipher(key, salt)
        self._pending, self._number = bytearray(), 0
        target.write(_MAGIC + salt)

    def writable(self) -> bool:
        """Tell that this is written to."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # any bytes-like; ours are bytes
        """Take bytes in."""
        self._pending += data
        while len(self._pending) > CHUNK_BYTES:
            self._put(bytes(self._pending[:CHUNK_BYTES]), is_last=False)
            del self._pending[:CHUNK_BYTES]
        return len(data)

    def close(self) -> None:
        """Write what is left as the last chunk."""
        if not self.closed:
            self._put(bytes(self._pending), is_last=True)
        super().close()

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), chunk, None))
        self._number += 1


class OpeningReader(io.RawIOBase):
    """Gives the plain bytes of a sealed stream.

    Raises DataError "recovery-code" if the first chunk does not open, DatabaseCorruptError "archive-bad" further on.
    """

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        super().__init__()
        head = source.read(len(_MAGIC) + _SALT_BYTES)
        if not head.startswith(_MAGIC):
            raise DataError("this file is no archive of a hub", code="archive-other", hint="Archives end in .kmpa.")
        self._cipher = _cipher(key, head[len(_MAGIC) :])
        self._chunks = self._opened(source)
        self._rest = b""

    def readable(self) -> bool:
        """Tell that this is read from."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # any buffer
        """Give bytes; 0 at the end."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _opened(self, source: BinaryIO) -> Iterator[bytes]:
        sealed, number = source.read(CHUNK_BYTES + _TAG_BYTES), 0
        while sealed:
            following = source.read(CHUNK_BYTES + _TAG_BYTES)
            try:
                yield self._cipher.decrypt(_nonce(number, is_last=not following), sealed, None)
            except InvalidTag as error:
                raise _unopened(number) from error
            sealed, number = following, number + 1


def _unopened(number: int) -> DataError | DatabaseCorruptError:
    if number == 0:
        return DataError(
            "the recovery code does not open this archive, or the file is damaged",
            code="recovery-code",
            hint="Compare every word with the paper; another archive may have another code.",
        )
    return DatabaseCorruptError(
        f"the archive is damaged after {number} MiB", code="archive-bad", hint="Take another archive."
    )
