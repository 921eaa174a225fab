"""Hash and check officers' passwords with Argon2id: the only place that knows argon2.

Decides the cost (bounded for an old laptop) and which passwords are too weak to be one.  One at a time is
computed, so that a burst of sign-ins costs time and not memory.
"""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from schemas.errors import DataError

CHARACTERS_MIN, CHARACTERS_MAX = 8, 128

MEMORY_KIB, PASSES = 32 * 1024, 3
"""About 60 ms on a present laptop and 200 ms on one of 2012; above the least that OWASP names (19 MiB, 2 passes)."""

_KNOWN_WEAK = frozenset(
    {"12345678", "123456789", "1234567890", "87654321", "password", "password1", "qwertyui", "qwerty123", "admin123"}
    | {"admin1234", "adminadmin", "kampung1", "kampung123", "rahasia1", "rahasia123", "sandi123", "katasandi"}
    | {"indonesia", "indonesia1", "bismillah", "bismillah1", "desa1234", "desaku123", "banyuwangi", "merdeka45"}
)

_one_at_a_time = threading.Lock()


def check_strength(password: str, username: str) -> None:
    """Raise DataError "password-weak" for what would be guessed first."""
    plain = _normal(password)
    if not CHARACTERS_MIN <= len(plain) <= CHARACTERS_MAX:
        raise DataError(
            f"Kata sandi harus {CHARACTERS_MIN} sampai {CHARACTERS_MAX} huruf",
            code="password-weak",
            hint="Beberapa kata biasa berturut-turut mudah diingat dan sulit ditebak.",
            field="password",
        )
    folded = plain.casefold()
    if folded in _KNOWN_WEAK or len(set(folded)) < 4 or folded == username.casefold():
        raise DataError(
            "Kata sandi ini terlalu mudah ditebak",
            code="password-weak",
            hint="Beberapa kata biasa berturut-turut mudah diingat dan sulit ditebak.",
            field="password",
        )


class Passwords:
    """How passwords are hashed; a lower cost than the standard is for tests."""

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        # Checked when there is no such officer, so that the answer takes as long; no password has this hash.
        self._nobodys = (
            f"$argon2id$v=19$m={memory_kib},t={passes},p=1$a2FtcHVuZ2thbXB1bmc$" + "A" * 43  # 32 zero bytes
        )

    def hash(self, password: str) -> str:
        """Return the hash to keep, with its parameters and salt in it."""
        with _one_at_a_time:
            return self._hasher.hash(_normal(password))

    def matches(self, password: str, kept_hash: str | None) -> bool:
        """Tell whether a password belongs to a hash; None takes as long and is never right."""
        if len(password) > CHARACTERS_MAX * 4:
            return False
        try:
            with _one_at_a_time:
                self._hasher.verify(kept_hash or self._nobodys, _normal(password))
        except (Argon2Error, InvalidHashError):
            return False
        return kept_hash is not None

    def is_outdated(self, kept_hash: str) -> bool:
        """Tell whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(kept_hash)


def _normal(password: str) -> str:
    # Two keyboards type one letter in two ways (RFC 8265).
    return unicodedata.normalize("NFC", password)
