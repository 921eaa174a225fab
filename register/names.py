"""Normalise names for search: one rule for what is stored and for what an officer types.

Decides that case, accents, apostrophes and punctuation never hide a person: MA'RUF is found by maruf and by ma'ruf.
Deliberately not here: similarity of names (the duplicate finder) and the name as shown, which stays as it was typed.
"""

from __future__ import annotations

import re
import unicodedata

# Apostrophes sit inside a word and are written in many ways; all else that is no letter or digit ends a word.
_INSIDE = re.compile(r"['`´‘’ʼʻ]")
_WORD = re.compile(r"[^\W_]+")

WORD_LETTERS_MAX = 60  # the longest name the law allows; a longer "word" is no word
LETTERS_MAX = 400  # of all words together; a longer address is found by its first words


def words_of(*texts: str | None) -> tuple[str, ...]:
    """Return the normalised words of texts in their order, each once.

    >>> words_of("MA'RUF Nurul-Huda", None)
    ('maruf', 'nurul', 'huda')
    """
    words: dict[str, None] = {}
    room = LETTERS_MAX
    for text in texts:
        if text:
            plain = unicodedata.normalize("NFKD", _INSIDE.sub("", text)).casefold()
            bare = plain if plain.isascii() else "".join(c for c in plain if not unicodedata.combining(c))
            for word in _WORD.findall(bare):
                room -= len(word)
                if room >= 0:
                    words[word[:WORD_LETTERS_MAX]] = None
    return tuple(words)


def prefix_end(prefix: str) -> str:
    """Return the first text, by code points, after all texts that start with a prefix.

    >>> prefix_end("sit")
    'siu'
    """
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
