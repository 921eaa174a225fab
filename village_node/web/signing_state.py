"""Say how electronic signing stands, for the pages that show it: which certificate, until when, what may be done.

Decides nothing about signing itself (``letters``); a certificate that has run out is shown before anybody types its
password.
"""

from __future__ import annotations

from dataclasses import dataclass

from village_node.accounts import Action
from village_node.letters import IssuedLetter, SigningSettings, signing_settings
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
        may_sign=visit.may(Action.SIGN_LETTER) and not visit.office.is_practice,
        may_set=visit.may(Action.SETTINGS) and not visit.office.is_practice,
    )


def signing_of(visit: Visit, letter: IssuedLetter) -> SigningState | None:
    """Return what a letter's page says of signing, None if there is nothing to say."""
    state = signing_state(visit)
    is_offered = state.held.is_set and state.may_sign
    return state if not letter.void and (letter.signed_file is not None or is_offered) else None
