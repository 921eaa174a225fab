"""Bring sealed bytes to the hub and an answer back; a carrier knows nothing of what is in them (protocol 1.4).

Decides nothing about the protocol.  ``http`` is one round trip a message; ``files`` brings the same messages on a
stick, where question and answer are days apart, so it is no ``Carrier`` but two functions.
"""

from __future__ import annotations

from typing import Protocol

LINE_BROKEN = "line-broken"
"""Code of a connection that was made and broke: whether the hub has the message is unknown."""


class Carrier(Protocol):
    """One way to the hub that answers while one waits."""

    @property
    def name(self) -> str:
        """Return what the way is called in the list of sent messages."""
        ...

    def exchange(self, request: bytes, /) -> bytes:
        """Bring a sealed message to the hub and return its answer.

        Raises TransportError if it did not come through; whether the hub has it is unknown then.
        """
        ...
