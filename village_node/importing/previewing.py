"""Show what importing a file would do at this village, and how the file was read; changes nothing.

Decides which register a file is compared with (what is shown: the registry with the village's unsent work on top) and
what an officer's choice of rows means.  Reading and planning are ``register.importing``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from register.importing import Detection, FileMapping, ImportPlan, RawTable, detection_of, plan_import, read_table
from register.importing.file_mapping import plain_values
from register.importing.matching import ACCEPTABLE
from register.importing.plan import PlannedHousehold, PlannedUpdate
from schemas.bodies import Body, from_wire
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind, fields_by_tag, tag_of
from sync_protocol.entries import Change, EntryKind
from sync_protocol.overlay import Shown
from sync_protocol.tables import NodeState
from village_node.practice_marks import is_practice_hamlet
from village_node.registration.desk_port import DeskPort

_BATCH_ID_BYTES = 16
_ROWS = re.compile(r"(?P<first>\d{1,7})(-(?P<last>\d{1,7}))?")
_IDS_AT_ONCE = 500


class ImportDesk(DeskPort, Protocol):
    """What an import needs of a desk beyond what a use case does."""

    @property
    def state(self) -> NodeState:
        """Return the replica's state; its village key makes the record ids."""
        ...

    @property
    def is_practice(self) -> bool:
        """Tell whether the people here are invented."""
        ...

    def shown_many(self, record_ids: Sequence[bytes], /) -> Mapping[bytes, Shown]:
        """Return those of the records that are known here, as shown."""
        ...

    def save_many(
        self, batches: Iterable[tuple[EntryKind, Sequence[Change]]], progress: Callable[[int], None] | None = None
    ) -> int:
        """Write many entries, each its own, some hundred in one transaction; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class ShownRegister:
    """One village's register as planning asks for it: the registry with the village's unsent work on top."""

    desk: ImportDesk

    def by_ids(self, ids: Collection[bytes], /) -> dict[bytes, tuple[int, Body]]:
        """Return kind and body of the records that are here in full."""
        found: dict[bytes, tuple[int, Body]] = {}
        remaining = iter(ids)
        while chunk := list(islice(remaining, _IDS_AT_ONCE)):
            shown = self.desk.shown_many(chunk)
            found |= {record_id: (one.kind, one.body) for record_id, one in shown.items() if one.level == 0}
        return found

    def by_niks(self, niks: Collection[int], /) -> dict[int, bytes]:
        """Return the resident with each of these NIKs."""
        with self.desk.book() as book:
            found = book.residents_by_nik([f"{nik:016d}" for nik in niks])
        return {int(nik): record_id for nik, record_id in found.items()}

    def household_by_number(self, numbers: Collection[int], /) -> dict[int, bytes]:
        """Return the household with each of these family numbers."""
        with self.desk.book() as book:
            found = book.households_by_number([f"{number:016d}" for number in numbers])
        return {int(number): record_id for number, record_id in found.items()}

    def members_of(self, household_ids: Collection[bytes], /) -> dict[bytes, list[bytes]]:
        """Return the residents of each of these households, departed ones too."""
        with self.desk.book() as book:
            return book.member_ids(household_ids)


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing a file would do; ``batch_id`` is the same for the same file read in the same way."""

    plan: ImportPlan
    detection: Detection
    batch_id: bytes
    file_name: str


def preview_file(desk: ImportDesk, path: Path, mapping: FileMapping | None = None, accept: str = "") -> Preview:
    """Return what importing a file would do, and change nothing.

    Args:
        mapping: what a person has decided about the file.
        accept: the rows in conflict whose values a person wants, such as "12,15-20" or "Lembar1!12".

    Raises ImportFileError for a file that is no table, DataError "accept-rows" for rows that are not in conflict,
    RefusedError "accept-other-person" for rows that an import never takes over, "import-practice" for invented people.
    """
    table = read_table(path, mapping)
    accepted = _rows_of(accept, table)
    plan = plan_import(
        table,
        village_key=desk.state.village_key,
        file_digest=table.file_digest,
        existing=ShownRegister(desk),
        accepted=accepted,
    )
    if not desk.is_practice:
        _refuse_invented(plan.households)
    _check_accepted(plan, accepted)
    return Preview(plan, detection_of(table), batch_id_of(table.file_digest, mapping), table.file)


def _refuse_invented(households: Sequence[PlannedHousehold]) -> None:
    """Raise RefusedError "import-practice" for a list that was exported from a practice register."""
    tag = tag_of(Kind.HOUSEHOLD, "hamlet")
    creates = (create for household in households for create in household.creates if create.kind == Kind.HOUSEHOLD)
    if any(is_practice_hamlet(create.body.get(tag)) for create in creates):
        raise RefusedError(
            "Daftar ini berasal dari mode latihan: orang-orangnya karangan",
            code="import-practice",
            hint="Pilih berkas penduduk yang sebenarnya.",
        )


def preview_import(desk: ImportDesk, path: Path) -> ImportPlan:
    """Return what importing a file as detected would do; raises ImportFileError for a file that is no table."""
    return preview_file(desk, path).plan


def batch_id_of(file_digest: bytes, mapping: FileMapping | None) -> bytes:
    """Return the name of an import: of the file's bytes and of how a person wants them read."""
    chosen = json.dumps(plain_values(mapping or FileMapping()), sort_keys=True).encode()
    return hashlib.blake2b(file_digest + chosen, digest_size=_BATCH_ID_BYTES, person=b"kampung-batch").digest()


def _rows_of(text: str, table: RawTable) -> set[tuple[str, int]]:
    """Return the rows that a person named, by sheet and number."""
    found: set[tuple[str, int]] = set()
    sheets = list(dict.fromkeys(sheet.name for sheet in table.sheets))
    for part in filter(None, (one.strip() for one in text.split(","))):
        sheet, mark, rows = part.rpartition("!")
        numbers = _ROWS.fullmatch(rows)
        if numbers is None or (mark and sheet not in sheets):
            raise _wrong_rows(f"{part!r} tidak terbaca", "Tulis misalnya 12,15-20, atau LEMBAR!12.")
        if not mark and len(sheets) > 1:
            raise _wrong_rows(f"{part!r}: lembarnya belum disebut", f"Tulis misalnya {sheets[0]}!{rows}.")
        first, last = numbers["first"], numbers["last"] or numbers["first"]
        span = range(int(first), min(int(last), _last_row(table)) + 1)
        found |= {(sheet if mark else sheets[0], row) for row in span}
        if not span:
            raise _wrong_rows(f"{part!r}: tidak ada baris itu", "Lihat nomor baris pada pratinjau.")
    return found


def _last_row(table: RawTable) -> int:
    """Return the highest row number of a table."""
    return max((sheet.rows[-1].number for sheet in table.sheets if sheet.rows), default=0)


def _check_accepted(plan: ImportPlan, accepted: Collection[tuple[str, int]]) -> None:
    landed = {(place.sheet, place.row) for place in plan.accepted}
    refused = {(one.place.sheet, one.place.row) for one in plan.conflicts} & set(accepted)
    if refused:
        raise RefusedError(
            f"Baris {_shown(refused)} berbicara tentang orang lain atau catatan yang dibatalkan",
            code="accept-other-person",
            hint="Betulkan NIK di berkas, atau betulkan catatannya di buku desa.",
        )
    if missing := set(accepted) - landed:
        raise _wrong_rows(f"Baris {_shown(missing)} tidak berbeda dengan buku desa", "Lihat baris pada pratinjau.")


def _shown(rows: Iterable[tuple[str, int]]) -> str:
    numbers = sorted(row for _, row in rows)
    more = f" dan {len(numbers) - 5} lainnya" if len(numbers) > 5 else ""
    return ", ".join(map(str, numbers[:5])) + more


def _wrong_rows(message: str, hint: str) -> DataError:
    return DataError(message, code="accept-rows", hint=hint, field="accept")


def preview_to_tree(preview: Preview) -> dict[str, Any]:
    """Return a preview as the JSON object that ``village import --json`` prints."""
    return {
        **plan_to_tree(preview.plan),
        "batch": preview.batch_id.hex(),
        "detection": detection_to_tree(preview.detection),
    }


def detection_to_tree(detection: Detection) -> dict[str, Any]:
    """Return how a file was read; ``mapping`` is what a mapping file would say."""
    return {
        "lines": list(detection.lines()),
        "encoding": detection.encoding,
        "separator": detection.separator,
        "sheets": [
            {
                "sheet": sheet.sheet,
                "layout": sheet.layout,
                "header_row": sheet.header_row,
                "people": sheet.people,
                "families": sheet.families,
                "columns": [
                    {"header": one.header, "meaning": one.meaning, "how": one.how, "reading": one.reading}
                    for one in sheet.columns
                ],
                "unknown": list(sheet.unknown),
                "not_kept": list(sheet.not_kept),
                "skipped": [{"row": row.number, "text": row.text} for row in sheet.skipped],
            }
            for sheet in detection.sheets
        ],
        "ignored_sheets": list(detection.ignored_sheets),
        "mapping": plain_values(detection.mapping),
    }


def plan_to_tree(plan: ImportPlan, *, problems_max: int | None = None) -> dict[str, Any]:
    """Return a plan as the JSON object that ``village import --json`` prints."""
    shown = plan.problems if problems_max is None else plan.problems[:problems_max]
    return {
        "rows": plan.rows,
        "new": plan.new,
        "changed": plan.changed,
        "unchanged": plan.unchanged,
        "conflict": plan.conflict,
        "rejected": plan.rejected,
        "families": len(plan.households),
        "accepted": [{"sheet": place.sheet, "row": place.row} for place in plan.accepted],
        "conflicts": [
            {
                "row": one.place.row,
                "sheet": one.place.sheet,
                "record": one.record_id.hex(),
                "codes": list(one.codes),
                "is_acceptable": ACCEPTABLE.issuperset(one.codes),
                "updates": [_difference(update) for update in one.updates],
            }
            for one in plan.conflicts
        ],
        "problems": [
            {
                "row": problem.row,
                "field": problem.field,
                "value": problem.value,
                "code": problem.code,
                "message": problem.message,
                "remedy": problem.remedy,
                "severity": problem.severity,
                "file": problem.file,
                "sheet": problem.sheet,
            }
            for problem in shown
        ],
    }


def _difference(update: PlannedUpdate) -> dict[str, Any]:
    named = fields_by_tag(update.kind).get(update.tag)
    if named is None:
        return {"field": str(update.tag), "old": update.old, "new": update.new}
    old, new = (None if value is None else from_wire(named, value) for value in (update.old, update.new))
    return {"field": named.name, "old": old, "new": new}
