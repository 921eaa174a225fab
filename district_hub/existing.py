"""Answer what planning an import asks of one village's register, out of the hub's database.

Reads only; what a village holds in full counts, a stub of somebody who left does not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, select

from district_hub.reading import HubReader
from register.by_key import chunks
from register.tables import LEVEL_FULL, RESIDENT
from schemas.bodies import Body
from sync_protocol.codec import decode_body


@dataclass(frozen=True, slots=True)
class VillageRegister:
    """One village's register as planning asks for it."""

    reader: HubReader
    village_id: int

    def by_ids(self, ids: Collection[bytes], /) -> dict[bytes, tuple[int, Body]]:
        """Return kind and body of the records that the village holds in full."""
        found = self.reader.register.records(self.village_id, ids)
        return {
            record_id: (stored.kind, decode_body(stored.body))
            for record_id, stored in found.items()
            if stored.level == LEVEL_FULL
        }

    def by_niks(self, niks: Collection[int], /) -> dict[int, bytes]:
        """Return the resident with each of these NIKs: the living one if there is one."""
        found: dict[int, bytes] = {}
        for some in chunks([f"{nik:016d}" for nik in niks]):
            mine = self._of(RESIDENT, RESIDENT.c.nik.in_(some), RESIDENT.c.merged_into.is_(None))
            query = select(RESIDENT.c.nik, RESIDENT.c.record_id).where(mine)
            # Living people last, so that they win.
            rows = self.reader.connection.execute(query.order_by(RESIDENT.c.is_living, RESIDENT.c.record_id))
            found |= {int(row[0]): row[1] for row in rows}
        return found

    def household_by_number(self, numbers: Collection[int], /) -> dict[int, bytes]:
        """Return the family in force with each of these numbers; the first by id if there are several."""
        found = self.reader.register.families([f"{number:016d}" for number in numbers], self.village_id)
        return {int(number): keys[0][1] for number, keys in found.items()}

    def members_of(self, household_ids: Collection[bytes], /) -> dict[bytes, list[bytes]]:
        """Return the residents of each of these families, departed ones too."""
        found: dict[bytes, list[bytes]] = {}
        for some in chunks(household_ids):
            mine = self._of(RESIDENT, RESIDENT.c.household_id.in_(some))
            query = select(RESIDENT.c.household_id, RESIDENT.c.record_id).where(mine).order_by(RESIDENT.c.record_id)
            for household_id, record_id in self.reader.connection.execute(query):
                found.setdefault(household_id, []).append(record_id)
        return found

    def _of(self, table: Table, *conditions: ColumnElement[Any]) -> ColumnElement[bool]:
        mine = (table.c.district_code == self.reader.district_code, table.c.village_id == self.village_id)
        return and_(*mine, table.c.level == LEVEL_FULL, *conditions)
