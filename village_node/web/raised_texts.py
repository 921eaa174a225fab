"""Say in another language what the register and the use cases raise in Indonesian, values and all.

Whoever raises writes a plain sentence with its values in it, and knows of no language.  The catalogue holds the
sentence with ``%(1)s`` for its first value; here a raised sentence is recognised by what stands around the values.  A
value that is itself a word of ours (a field's label, a code's) is said in the language too; what was typed stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from village_node.web.labels import english_labels

_PLACE = re.compile(r"%\((\d+)\)s")
_DEPTH_MAX = 3


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence with places for values, and how it is said; ``own_length`` counts the letters around the values."""

    pattern: re.Pattern[str]
    own_length: int
    said: str


class RaisedTexts:
    """The sentences of one catalogue."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = {text.replace("%%", "%"): said for text, said in texts.items() if not _PLACE.search(text)}
        sentences = (_sentence(text, said) for text, said in texts.items() if _PLACE.search(text))
        # The one with most words of its own fits best: "%(1)s: %(2)s" would fit nearly everything.
        self._sentences = sorted(sentences, key=lambda one: -one.own_length)

    def say(self, text: str) -> str:
        """Return a raised text in the catalogue's language; as it is if nobody has said how."""
        return self._say(text, 0)

    def _say(self, text: str, depth: int) -> str:
        if text in self._texts:
            return self._texts[text]
        if text in english_labels():
            return english_labels()[text]
        for one in self._sentences if depth < _DEPTH_MAX else ():
            found = one.pattern.fullmatch(text)
            if found is not None:
                values = {name[1:]: self._say(value, depth + 1) for name, value in found.groupdict().items()}
                return one.said % values
        return text


def _sentence(text: str, said: str) -> _Sentence:
    pieces = _PLACE.split(text)
    parts = [f"(?P<_{piece}>.*?)" if at % 2 else re.escape(piece.replace("%%", "%")) for at, piece in enumerate(pieces)]
    own = sum(len(piece) for piece in pieces[::2])
    return _Sentence(re.compile("".join(parts), re.DOTALL), own, said)
