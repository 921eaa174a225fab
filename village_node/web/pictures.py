"""Hold pictures that a page just made until its browser has fetched them: in memory, for minutes.

Decides that what is typed into a letter's form stands in no address and on no disk.  A few pictures are held, and the
oldest makes room.  A draft's are for the session that typed it; those of an issued letter are set in type once for its
page and its further pages alike.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from schemas.errors import RefusedError

LIFE_MS = 5 * 60_000
SETS_MAX = 12
LETTERS_MAX = 4


@dataclass(frozen=True, slots=True)
class _Held:
    owner: str
    pages: tuple[bytes, ...]
    until_ms: int


class PictureShelf:
    """Pictures by an address that cannot be guessed, for the session that made them."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def keep(self, owner: str, pages: Sequence[bytes]) -> str:
        """Keep the pages of one letter and return the word that finds them."""
        word, now_ms = secrets.token_hex(16), self._now_ms()
        with self._lock:
            fresh = {key: one for key, one in self._held.items() if one.until_ms > now_ms}
            while len(fresh) >= SETS_MAX:
                del fresh[next(iter(fresh))]
            self._held = {**fresh, word: _Held(owner, tuple(pages), now_ms + LIFE_MS)}
        return word

    def page(self, owner: str, word: str, number: int) -> bytes:
        """Return one page, counted from 1; raises RefusedError "picture-gone"."""
        with self._lock:
            held = self._held.get(word)
        if held is None or held.owner != owner or held.until_ms <= self._now_ms() or not 0 < number <= len(held.pages):
            raise RefusedError("Gambar ini sudah tidak ada", code="picture-gone", hint="Muat ulang halamannya.")
        return held.pages[number - 1]


class LetterPages:
    """The pages of the letters that were looked at last, each set once however many pictures its page fetches."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._held: dict[Hashable, tuple[int, tuple[bytes, ...]]] = {}
        self._lock = threading.Lock()

    def pages(self, key: Hashable, make: Callable[[], Sequence[bytes]]) -> tuple[bytes, ...]:
        """Return the pages of a letter as it stands (``key``); raises as ``make``, and keeps nothing then."""
        with self._lock:  # whoever asks for the rest of a letter waits for its first page
            now_ms = self._now_ms()
            held = {one: value for one, value in self._held.items() if value[0] > now_ms}
            found = held.pop(key, None) or (now_ms + LIFE_MS, tuple(make()))
            while len(held) >= LETTERS_MAX:
                del held[next(iter(held))]
            self._held = {**held, key: found}
            return found[1]
