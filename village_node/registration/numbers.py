"""Look at a NIK or family number that an officer typed: what it says, and who in this village has it.

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


def caution_family_number(draft: EntryDraft, number: str, *, own_id: bytes | None = None) -> None:
    """Note that another family of this village has a family number."""
    with draft.desk.book() as book:
        others = [key for _, key in book.register.families([number], book.village_id).get(number, []) if key != own_id]
    for other in others:
        head = draft.desk.values(other).get("head_id")
        name = draft.desk.values(head).get("name", "lain") if head is not None else "lain"
        draft.caution("family-number-in-use", "family_number", f"No. KK ini sudah dipakai keluarga {name} di desa ini.")
