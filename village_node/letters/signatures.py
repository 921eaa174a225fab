"""Say what signs letters electronically must be able to do: one small interface, and the errors all of them share.

The village's own certificate (``local_certificate``) is the first that does it.  A national provider (BSrE or another
PSrE) is a second class with the same four members; nothing else of the desk has to know.  ``docs/operations.md`` says
what its integration must do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from schemas.errors import StorageError


@dataclass(frozen=True, slots=True)
class SignatureOrder:
    """One PDF to sign, now.

    ``secret`` is the signer's password or passphrase: asked for each letter, used once, kept and logged nowhere.
    ``moment_ms`` is the likely time, whatever this laptop's clock says.
    """

    pdf: bytes
    secret: str = field(repr=False)
    reason: str
    place: str
    moment_ms: int


class SignatureProvider(Protocol):
    """Somebody or something that signs PDFs in the name of one person or office."""

    @property
    def owner(self) -> str:
        """Return in whose name it signs."""
        ...

    @property
    def is_certified(self) -> bool:
        """Tell whether an Indonesian certification authority stands behind it (PP 71/2019 art. 60)."""
        ...

    @property
    def note(self) -> str:
        """Return the few words that stand in the place of the signature on paper."""
        ...

    def sign(self, order: SignatureOrder) -> bytes:
        """Return the same PDF with a signature appended: it begins with the bytes of the order.

        Raises DataError "signing-password" for a wrong secret; RefusedError "signing-expired", "signing-not-yet" or
        "signing-revoked"; StorageError "letter-not-signed" if it failed or took too long; TransportError where it needs
        a network.  Nothing is half-signed then.
        """
        ...


def not_signed(why: str) -> StorageError:
    """Return the error of a signature that did not come about."""
    return StorageError(
        f"Surat belum ditandatangani: {why}",
        code="letter-not-signed",
        hint="Suratnya tetap terbit tanpa tanda tangan elektronik; ulangi, atau tanda tangani di kertas.",
    )
