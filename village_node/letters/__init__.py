"""Letters are facts: numbered and frozen in the issuing transaction, reprinted as issued, revoked with a reason.

Issuing never waits for the network; printing runs Typst in a child process.  Which letters exist and what they require
is ``schemas.services``; the QR token is ``sync_protocol.letter_tokens`` (protocol 15).
"""

from __future__ import annotations

from village_node.letters.issuing import (
    IssuedLetter,
    LetterForm,
    issue_letter,
    letter_of,
    letters_issued,
    revoke_letter,
)
from village_node.letters.particulars import answers_known
from village_node.letters.printing import letter_pdf
from village_node.letters.relatives import Listed, relatives
from village_node.letters.subjects import LetterSubject, letter_subject, letters_for

__all__ = [
    "IssuedLetter",
    "LetterForm",
    "LetterSubject",
    "Listed",
    "answers_known",
    "issue_letter",
    "letter_of",
    "letter_pdf",
    "letter_subject",
    "letters_for",
    "letters_issued",
    "relatives",
    "revoke_letter",
]
