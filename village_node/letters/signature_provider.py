"""Say where the national provider of electronic signatures (BSrE) is to be connected, once a village has a contract.

Decides the seam only: a provider is given a letter's finished PDF and who signs, and gives back the same PDF with the
signature in it.  Nothing is set up as shipped, and no letter waits for it: issuing and printing need no network, and a
letter that is to be signed electronically is set first and signed after.  A signature made on this laptop with a
certificate of its own is another matter (``signing``); it may take the same shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from schemas.errors import RefusedError
from village_node.letters.printing import Printable, letter_pdf
from village_node.letters.typesetting import Typesetter


class SignatureProvider(Protocol):
    """A service that signs for a person who proved to it who they are."""

    @property
    def name(self) -> str:
        """Return what officers call it."""
        ...

    def signed(self, pdf: bytes, signer: Mapping[str, Any]) -> bytes:
        """Return the PDF with the signature in it; raises TransportError without a network, RefusedError if it refuses.

        Args:
            signer: name, title and, if known, NIP, as the letter says them.
        """
        ...


def signed_letter(letter: Printable, provider: SignatureProvider | None, typesetter: Typesetter | None = None) -> bytes:
    """Return a letter's PDF signed by a provider.

    Raises RefusedError "signature-not-set-up", "letter-revoked", and whatever the provider raises.
    """
    if provider is None:
        raise RefusedError(
            "Tanda tangan elektronik nasional belum disiapkan",
            code="signature-not-set-up",
            hint="Cetak suratnya, lalu tanda tangani dengan pena.",
        )
    if letter.void or not letter.token:
        raise RefusedError(
            "Surat ini tidak berlaku, jadi tidak ditandatangani",
            code="letter-revoked",
            hint="Terbitkan surat yang baru.",
        )
    return provider.signed(letter_pdf(letter, typesetter), letter.content.get("signer") or {})
