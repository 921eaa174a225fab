"""The form of a deliberate breakage: a rule, one exact change of the text, and the test that is to notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One breakage: ``breaks`` is the rule in words, ``old`` and ``new`` the change of ``file``, ``test`` a node id."""

    name: str
    breaks: str
    file: str
    old: str
    new: str
    test: str
