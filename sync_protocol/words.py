"""The 2048 words in which two people compare keys by telephone (protocol 8.6).

Decides the words and their order, which is as permanent as any wire form.  Each is five letters, an open and a closed
syllable as in Indonesian, so that it is read and spelled in one way only and needs no dictionary.
"""

from __future__ import annotations

_CONSONANTS = "bcdghjklmnprstwy"
_VOWELS = "aiuo"
# Chosen so that no pair makes a word one would not say to an officer; the tests list what was looked for.
_CLOSED = (
    *("bar", "dir", "dan", "dur", "gas", "gol", "jan", "kal", "kan", "lor", "lum", "mar", "min", "mus", "nas", "nir"),
    *("pak", "pil", "ran", "ros", "rus", "sal", "sin", "sam", "tar", "tem", "tun", "yan", "wan", "war", "yur", "zam"),
)

WORDS: tuple[str, ...] = tuple(
    consonant + vowel + closed for consonant in _CONSONANTS for vowel in _VOWELS for closed in _CLOSED
)
"""The word of each number of 11 bits."""


def words_of(digest: bytes, count: int) -> tuple[str, ...]:
    """Return the words of the first ``11 * count`` bits of a digest that has at least so many."""
    bits = int.from_bytes(digest, "big")
    width = len(digest) * 8
    return tuple(WORDS[(bits >> (width - 11 * (i + 1))) & 0x7FF] for i in range(count))
