"""Say how electronic signing stands, for the pages that show it: which certificate, until when, what may be done.

Decides nothing about signing itself (``letters``); a certificate that has run out is shown before anybody types its
password.
"""

from __future__ import annotations

from dataclasses import dataclass

from village_node.accounts import Action
from village_node.letters import IssuedLetter, SigningSettings, is_signed_by_village, signing_settings
from village_node.web.visits import Visit


@dataclass(frozen=True, slots=True)
class SigningState:
    """The office's certificate as a page shows it."""

    held: SigningSettings
    until: str
    fingerprint: str
    is_expired: bool
    may_sign: bool
    may_set: bool


def signing_state(visit: Visit) -> SigningState:
    """Return how electronic signing stands for this officer."""
    held = signing_settings(visit.office.store)
    return SigningState(
        held=held,
        until=visit.words.day(visit.words.local(held.valid_until_ms).date()) if held.is_set else "",
        # As people read it aloud, and so that it breaks on a phone.
        fingerprint=" ".join(held.fingerprint[start : start + 4] for start in range(0, 32, 4)),
        is_expired=held.is_set and visit.desk.likely_ms() > held.valid_until_ms,
        may_sign=_may_sign(visit),
        may_set=visit.may(Action.SETTINGS) and not visit.office.is_practice,
    )


def signing_of(visit: Visit, letter: IssuedLetter) -> SigningState | None:
    """Return what a letter's page says of signing, None if there is nothing to say."""
    is_signed, may_sign = letter.signed_file is not None, _may_sign(visit)
    if letter.void or not is_signed_by_village(letter) or not (is_signed or may_sign):
        return None  # before the certificate is read: it comes with its issuer's list
    state = signing_state(visit)
    return state if is_signed or state.held.is_set else None


def _may_sign(visit: Visit) -> bool:
    return visit.may(Action.SIGN_LETTER) and not visit.office.is_practice
