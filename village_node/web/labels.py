"""Say the labels of forms and codes as people write them, and in English.

The labels are facts of the official forms, all capitals and Indonesian there; each has its English beside it in
``schemas``.  Decides nothing else.
"""

from __future__ import annotations

import functools
import re

from schemas.codes import CODE_LISTS
from schemas.fields import Kind, fields_of
from schemas.papers import PAPERS

_SHORT_TEXT = """
WNI WNA RS RB SD SMP SLTP SLTA SMA SMK S1 S2 S3 S-1 S-2 S-3 D1 D2 D3 D4 D I II III IV I/II DI/II TK PNS TNI POLRI
KTP KTP-EL KB IUD BUMN BUMD DPR DPRD DPR-RI BPK DPD RI RT RW KK NIK ITAS ITAP BPJS PBI ASI
A B O AB A+ B+ O+ AB+ A- B- O- AB-
"""
_SHORT_NAMES = frozenset(_SHORT_TEXT.split())
"""Words of labels that stay capitals."""


def spoken(text: str) -> str:
    """Return a label of a form, which is all capitals, as one writes it: only its first letter and short names stay.

    >>> spoken("TAMAT SD / SEDERAJAT")
    'Tamat SD / sederajat'
    """
    pieces = re.split(r"([ /])", text)
    plain = "".join(one if one.strip("().,") in _SHORT_NAMES else one.lower() for one in pieces)
    return plain[:1].upper() + plain[1:]


@functools.cache
def english_labels() -> dict[str, str]:
    """Return the English of each label as the forms and as people write it, where it has one English only."""
    found: dict[str, set[str]] = {}
    pairs = [(one.label_id, one.label_en) for kind in Kind for one in fields_of(kind)]
    pairs += [(one.label_id, one.label_en) for codes in CODE_LISTS.values() for one in codes]
    pairs += [(one.label_id, one.label_en) for one in PAPERS.values()]
    for indonesian, english in pairs:
        for form in {indonesian, spoken(indonesian), indonesian.capitalize()}:
            found.setdefault(form, set()).add(english)
    return {label: english.pop() for label, english in found.items() if len(english) == 1}
