"""Make the commands that a message advises runnable as they are printed: in the directory that the person named.

Messages name commands in backticks and know no directory; whoever gave ``--dir`` would be sent to another one.  Pure:
the words of the command line are passed in.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_FAMILIES = {"village": "village", "sync": "village", "doctor": "village", "hub": "hub"}
"""By the first word of a command: whose directory its ``--dir`` names."""

_ADVISED = re.compile(r"`kampung (?P<group>\w+)(?P<rest>[^`]*)`")


def with_directory(text: str, words: Sequence[str]) -> str:
    """Return a message whose commands name the directory that this command was given.

    Args:
        words: the command line without the program's name.

    >>> with_directory("Berikutnya: `kampung sync run`.", ["village", "import", "a.xlsx", "--dir", "desa 1"])
    "Berikutnya: `kampung sync run --dir 'desa 1'`."
    """
    directory = _directory(words)
    family = next((_FAMILIES[word] for word in words if word in _FAMILIES), None)
    if directory is None or family is None:
        return text

    def named(found: re.Match[str]) -> str:
        if _FAMILIES.get(found["group"]) != family or "--dir" in found["rest"]:
            return found[0]
        return f"{found[0][:-1]} --dir {shlex.quote(directory)}`"

    return _ADVISED.sub(named, text)


def _directory(words: Sequence[str]) -> str | None:
    for at, word in enumerate(words):
        if word == "--dir" and at + 1 < len(words):
            return words[at + 1]
        if word.startswith("--dir="):
            return word.removeprefix("--dir=")
    return None
