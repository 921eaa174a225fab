"""Name a part of a village, as a search or a file is narrowed to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from register.tables import HOUSEHOLD


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the village; what is None or empty leaves a part open, ``address`` is words of the address."""

    hamlet: str | None = None
    rw: str | None = None
    rt: str | None = None
    address: str | None = None

    def places(self) -> list[ColumnElement[bool]]:
        """Return hamlet and neighbourhoods as conditions on families; words of the address are the search's."""
        found: list[ColumnElement[bool]] = []
        if self.hamlet:
            found.append(HOUSEHOLD.c.hamlet == self.hamlet.strip().upper())
        for name, value in (("rw", self.rw), ("rt", self.rt)):
            if value:
                # Neighbourhoods are stored in three digits; nobody types them so.
                found.append(HOUSEHOLD.c[name] == (value.zfill(3) if value.isdigit() else value))
        return found


EVERYWHERE = Area()
