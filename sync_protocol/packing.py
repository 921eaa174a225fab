"""Compress what travels and decompress it under a bound (protocol 7.4); the one place that knows zstd.

Decides how hard to try; nothing here is secret or trusted.
"""

from __future__ import annotations

import zstandard

from schemas.errors import LimitExceededError, MalformedMessageError

STORED, ZSTD = b"\x00", b"\x01"
"""First byte of packed bytes: the content as it is, or as one zstd frame that states its size."""


def pack(content: bytes) -> bytes:
    """Return one byte that tells the form, then the content, compressed if that helps (protocol 7.4)."""
    # A small message crosses a slow link: spend time.  A big one is made on an old laptop: above level 12 a tenth of a
    # second a megabyte becomes a whole one.
    level = 19 if len(content) <= 64 * 1024 else 12
    squeezed = zstandard.ZstdCompressor(level=level).compress(content)
    return ZSTD + squeezed if len(squeezed) < len(content) else STORED + content


def unpack(packed: bytes, bytes_max: int) -> bytes:
    """Return the content of packed bytes without ever holding more than ``bytes_max`` of it.

    Raises LimitExceededError beyond the bound, MalformedMessageError for damaged bytes or an unknown form.
    """
    form, content = packed[:1], packed[1:]
    if form == STORED:
        _bound(len(content), bytes_max)
        return content
    if form != ZSTD:
        raise MalformedMessageError("a payload is neither stored nor compressed in a known way")
    try:
        # The frame states its size; decompression fails if it holds more, so the bound is checked before any memory.
        size = zstandard.frame_content_size(content)
        if size < 0:
            raise MalformedMessageError("a compressed payload does not state its size")
        _bound(size, bytes_max)
        return zstandard.ZstdDecompressor().decompress(content, max_output_size=size, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise MalformedMessageError(f"a payload does not decompress: {error}") from error


def _bound(size: int, bytes_max: int) -> None:
    if size > bytes_max:
        raise LimitExceededError(f"a payload has {size} bytes, at most {bytes_max} are allowed")
