"""Letters are facts: numbered and frozen in the issuing transaction, reprinted as issued, revoked with a reason.

Issuing never waits for the network; printing runs Typst in a child process.  Which letters exist and what they require
is ``schemas.services``; the QR token is ``sync_protocol.letter_tokens`` (protocol 15).
"""

from __future__ import annotations

from village_node.letters.drafting import LetterDraft, draft_letter
from village_node.letters.issuing import (
    IssuedLetter,
    LetterForm,
    issue_letter,
    letter_of,
    letters_issued,
    revoke_letter,
)
from village_node.letters.printing import letter_pdf, letter_pictures
from village_node.letters.signers import Signer, SignerSettings
from village_node.letters.typesetting import Typesetter

__all__ = [
    "IssuedLetter",
    "LetterDraft",
    "LetterForm",
    "Signer",
    "SignerSettings",
    "Typesetter",
    "draft_letter",
    "issue_letter",
    "letter_of",
    "letter_pdf",
    "letter_pictures",
    "letters_issued",
    "revoke_letter",
]
