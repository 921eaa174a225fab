"""Look at a NIK that an officer typed: what it says about its owner, and who in this village has it.

Everything here is a caution; two people with one NIK are a flag of the district, never a closed door.
"""

from __future__ import annotations

import datetime as dt

from schemas.identifiers import NIK, nik_warnings
from schemas.regions import is_known_region
from village_node.registration.draft import EntryDraft


def caution_nik(
    draft: EntryDraft, nik: str | None, *, birth_on: dt.date | None, sex: int | None, own_id: bytes | None = None
) -> None:
    """Note what is unusual about a NIK; raises IdentifierError "nik-format" if it is none."""
    if nik is None:
        return
    number = NIK.from_text(nik)
    for warning in nik_warnings(number, birth_on=birth_on, sex=sex, known_region=is_known_region):
        draft.caution(warning.code, "nik", warning.message)
    with draft.desk.book() as book:
        holders = [record_id for record_id in book.holders(nik) if record_id != own_id]
    for record_id in holders:
        name = draft.desk.values(record_id).get("name", "orang lain")
        draft.caution("nik-in-use", "nik", f"NIK ini sudah dipakai {name} di desa ini.")
