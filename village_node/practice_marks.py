"""Mark the data of practice itself, so that an exported list of invented people cannot be taken for a real one.

The mark is in the name of the hamlet: it stands on every page and every letter, and goes along into any spreadsheet.
"""

from __future__ import annotations

HAMLET_MARK = "LATIHAN"


def practice_hamlet(name: str) -> str:
    """Return a hamlet's name with the mark."""
    return f"{HAMLET_MARK} {name}"


def is_practice_hamlet(name: object) -> bool:
    """Tell whether a hamlet's name bears the mark."""
    return isinstance(name, str) and name.upper().removeprefix("DUSUN ").startswith(f"{HAMLET_MARK} ")
