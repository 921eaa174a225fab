"""Letters are facts: numbered and frozen in the issuing transaction, reprinted as issued, revoked with a reason.

Issuing never waits for the network; printing runs Typst in a child process, and signing runs pyHanko in another.  Which
letters exist and what they require is ``schemas.services``; the QR token is ``sync_protocol.letter_tokens``
(protocol 15).
"""

from __future__ import annotations

from village_node.letters.drafting import LetterDraft, draft_letter
from village_node.letters.issuing import (
    IssuedLetter,
    LetterForm,
    answers_asked,
    issue_letter,
    letter_of,
    letters_issued,
    letters_shown,
    revoke_letter,
)
from village_node.letters.local_certificate import (
    LocalCertificate,
    SigningSettings,
    bring_certificate,
    remove_certificate,
    signing_settings,
)
from village_node.letters.particulars import answers_known
from village_node.letters.printing import letter_pdf, letter_pictures
from village_node.letters.relatives import Listed, relatives
from village_node.letters.signatures import SignatureOrder, SignatureProvider
from village_node.letters.signers import Signer, SignerSettings
from village_node.letters.signing import is_signed_by_village, letter_paper, sign_letter, signable_letter
from village_node.letters.subjects import LetterSubject, letter_subject, letters_for
from village_node.letters.typesetting import Typesetter

__all__ = [
    "IssuedLetter",
    "LetterDraft",
    "LetterForm",
    "LetterSubject",
    "Listed",
    "LocalCertificate",
    "SignatureOrder",
    "SignatureProvider",
    "Signer",
    "SignerSettings",
    "SigningSettings",
    "Typesetter",
    "answers_asked",
    "answers_known",
    "bring_certificate",
    "draft_letter",
    "is_signed_by_village",
    "issue_letter",
    "letter_of",
    "letter_paper",
    "letter_pdf",
    "letter_pictures",
    "letter_subject",
    "letters_for",
    "letters_issued",
    "letters_shown",
    "relatives",
    "remove_certificate",
    "revoke_letter",
    "sign_letter",
    "signable_letter",
    "signing_settings",
]
