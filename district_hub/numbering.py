"""Issue NIKs and family numbers out of the blocks that the ministry granted: in order, never twice, never computed.

A block is a range as the ministry's letter states it.  A number goes to the first block whose next number fits the
record: of its district, and for a NIK of its birth date and sex, since that is how ranges are granted (PP 37/2007 art.
37); a person may name another block.  It is set as an ordinary edit of an IDENTITY field (protocol 5.5).  A number
that was issued, or that anybody has in any village's register, is passed over; a restored hub learns from the diary
what it had issued.  Temporary numbers are neither issued nor made here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import Row, Table, and_, func, insert, select, update

from district_hub.reading import HubReader
from district_hub.registrar import Registrar, need_reason, need_record, registry_of, write_edits
from district_hub.store import HubRegistry, HubStore
from district_hub.tables import NUMBER_BLOCK, NUMBER_ISSUED
from register.database import upsert, writing
from register.tables import HOUSEHOLD, RESIDENT
from schemas.bodies import from_wire
from schemas.errors import RefusedError
from schemas.fields import Kind, fields_by_name, tag_of
from schemas.identifiers import NIK, FamilyNumber, RegionCode, nik_warnings
from sync_protocol.decisions import Edit
from sync_protocol.tables import Record

NUMBERS_PER_BLOCK_MAX = 1_000_000  # above it the last number is a slip of the pen


class NumberKind(IntEnum):
    """What a block is of, by the kind of record that carries it."""

    FAMILY_NUMBER = Kind.HOUSEHOLD
    NIK = Kind.RESIDENT


# What diary and history call issuing a number.
ISSUE_VERBS = {"issue-nik": NumberKind.NIK, "issue-family-number": NumberKind.FAMILY_NUMBER}
_VERB = {kind: verb for verb, kind in ISSUE_VERBS.items()}
_FIELD = {NumberKind.NIK: "nik", NumberKind.FAMILY_NUMBER: "family_number"}
_INDEX: dict[NumberKind, Table] = {NumberKind.NIK: RESIDENT, NumberKind.FAMILY_NUMBER: HOUSEHOLD}


@dataclass(frozen=True, slots=True)
class NumberBlock:
    """A granted range, both ends included; ``source`` is the letter that grants it."""

    block_id: int
    kind: NumberKind
    first_number: int
    last_number: int
    next_number: int
    source: str
    entered_by: str
    entered_ms: int

    @property
    def left(self) -> int:
        """How many numbers are not yet passed."""
        return max(self.last_number - self.next_number + 1, 0)


@dataclass(frozen=True, slots=True)
class IssuedNumber:
    """A number and the record that it was given to; ``warnings`` are codes of what its digits say otherwise."""

    number: str
    record_id: bytes
    block_id: int
    warnings: tuple[str, ...]


def add_block(
    store: HubStore, kind: NumberKind, first: str, last: str, *, source: str, registrar: Registrar, now_ms: int
) -> NumberBlock:
    """Enter a granted range; return it with its number.

    Raises IdentifierError for an end that is no number of sixteen digits, RefusedError "block-malformed",
    "block-foreign", "block-overlaps", "reason-missing" if no letter is named.
    """
    source = need_reason(source)
    form = NIK if kind is NumberKind.NIK else FamilyNumber
    start, end = form.from_text(first.strip()), form.from_text(last.strip())
    _check_range(store.district_code, start, end)
    with writing(store.engine) as connection:
        mine = NUMBER_BLOCK.c.district_code == store.district_code
        overlap = and_(NUMBER_BLOCK.c.first_number <= int(end), NUMBER_BLOCK.c.last_number >= int(start))
        known = connection.scalar(select(NUMBER_BLOCK.c.block_id).where(mine, NUMBER_BLOCK.c.kind == kind, overlap))
        if known is not None:
            raise RefusedError(
                f"block {known} has some of these numbers already",
                code="block-overlaps",
                hint="List the blocks with `kampung hub number list`.",
            )
        newest = connection.scalar(select(func.max(NUMBER_BLOCK.c.block_id)).where(mine)) or 0
        made = NumberBlock(newest + 1, kind, int(start), int(end), int(start), source, registrar.name, now_ms)
        values = {name: getattr(made, name) for name in NumberBlock.__slots__}
        if not registrar.is_rehearsal:
            connection.execute(insert(NUMBER_BLOCK), {"district_code": store.district_code, **values})
    return made


def _check_range(district_code: str, start: NIK | FamilyNumber, end: NIK | FamilyNumber) -> None:
    count = int(end) - int(start) + 1
    if not 1 <= count <= NUMBERS_PER_BLOCK_MAX or start.region != end.region:
        raise RefusedError(
            f"{start} to {end} is no range of one district",
            code="block-malformed",
            hint="Enter first and last number as the ministry's letter states them, one block a district.",
        )
    if not start.region.is_within(RegionCode(district_code)):
        raise RefusedError(
            f"{start.region} is not in {district_code}", code="block-foreign", hint="Check the first six digits."
        )


def list_blocks(store: HubStore) -> list[NumberBlock]:
    """Return the blocks in the order entered."""
    with store.reading() as reader:
        return _blocks(reader)


def issue_number(
    store: HubStore,
    record_id: bytes,
    *,
    reason: str,
    registrar: Registrar,
    now_ms: int,
    block_id: int | None = None,
) -> IssuedNumber:
    """Give a person the next NIK, or a family the next family number.

    Args:
        block_id: take it from this block, whatever the digits say; None: from the first block that fits.

    Raises RefusedError: "record-unknown", "number-kind", "number-given", "record-not-standing", "block-unknown",
    "numbers-used-up", "reason-missing".
    """
    reason = need_reason(reason)
    with registry_of(store, registrar, [record_id], now_ms) as registry:
        reader = HubReader(registry.connection, store.district_code)
        record = need_record(registry.record(record_id), record_id)
        kind = _kind_of(record)
        number, block, warnings = _next_number(reader, kind, record, block_id)
        tag = tag_of(record.kind, _FIELD[kind])
        edit = Edit(record_id, tag, None, number)
        decision = write_edits(registry, registrar, [edit], reason=reason, verb=_VERB[kind])
        _mark_issued(registry, store.district_code, block, number, record_id, decision, registrar.name)
    return IssuedNumber(f"{number:016d}", record_id, block.block_id, warnings)


def _kind_of(record: Record) -> NumberKind:
    if record.kind not in (Kind.RESIDENT, Kind.HOUSEHOLD):
        raise RefusedError(
            "only people and families have numbers of their own", code="number-kind", hint="Check the record id."
        )
    kind = NumberKind(record.kind)
    if record.is_void or record.merged_into is not None:
        raise RefusedError(
            "a record that is annulled or merged gets no number",
            code="record-not-standing",
            hint="Use the record that stands for it.",
        )
    if record.body.get(tag_of(record.kind, _FIELD[kind])) is not None:
        raise RefusedError(
            "there is a number already, and it is for life",
            code="number-given",
            hint="Correct a wrong number with `kampung hub correct`.",
        )
    return kind


def _next_number(
    reader: HubReader, kind: NumberKind, record: Record, block_id: int | None
) -> tuple[int, NumberBlock, tuple[str, ...]]:
    region = _region_of(reader, record.owner)
    # locked, so that two registrars of different villages never take the same number
    blocks = [one for one in _blocks(reader, to_issue=True) if one.kind is kind]
    if block_id is not None:
        blocks = [one for one in blocks if one.block_id == block_id]
        if not blocks:
            raise RefusedError(
                f"there is no block {block_id} of this kind",
                code="block-unknown",
                hint="List the blocks with `kampung hub number list`.",
            )
    for block in blocks:
        number = _first_free(reader, block)
        if number is None:
            continue
        warnings = _warnings(kind, number, record, region)
        if block_id is not None or not warnings:
            return number, block, warnings
    raise RefusedError(
        "no block has a number left for this record",
        code="numbers-used-up",
        hint="Enter a new block with `kampung hub number add`, or name one with --block.",
    )


def _region_of(reader: HubReader, village_id: int) -> str:
    village = reader.village(village_id)
    return str(RegionCode(village.code).parent) if village is not None else ""


def _warnings(kind: NumberKind, number: int, record: Record, region: str) -> tuple[str, ...]:
    """Return what a number's digits say otherwise than its record."""
    if kind is NumberKind.FAMILY_NUMBER:
        return () if FamilyNumber.from_int(number).region == region else ("number-other-district",)
    nik = NIK.from_int(number)
    found = [] if nik.region == region else ["number-other-district"]
    fields = fields_by_name(Kind.RESIDENT)
    birth_on, sex = (from_wire(fields[name], record.body.get(fields[name].tag)) for name in ("birth_on", "sex"))
    return (*found, *(one.code for one in nik_warnings(nik, birth_on=birth_on, sex=sex)))


def _first_free(reader: HubReader, block: NumberBlock) -> int | None:
    """Return the block's next number that nobody has or had; None if it is used up."""
    step = 200
    for start in range(block.next_number, block.last_number + 1, step):
        numbers = range(start, min(start + step, block.last_number + 1))
        taken = _taken(reader, block.kind, numbers)
        free = next((number for number in numbers if number not in taken), None)
        if free is not None:
            return free
    return None


def _taken(reader: HubReader, kind: NumberKind, numbers: Iterable[int]) -> set[int]:
    """Return which numbers were issued, or stand in any village's register: the dead's and the departed's too."""
    wanted = list(numbers)
    table, column = _INDEX[kind], _INDEX[kind].c[_FIELD[kind]]
    held = select(column).where(table.c.district_code == reader.district_code)
    texts = reader.connection.scalars(held.where(column.in_([f"{number:016d}" for number in wanted])))
    mine = (NUMBER_ISSUED.c.district_code == reader.district_code, NUMBER_ISSUED.c.kind == kind)
    issued = select(NUMBER_ISSUED.c.number).where(*mine, NUMBER_ISSUED.c.number.in_(wanted))
    return {*map(int, texts), *reader.connection.scalars(issued)}


def _mark_issued(
    registry: HubRegistry,
    district_code: str,
    block: NumberBlock,
    number: int,
    record_id: bytes,
    decision: bytes,
    name: str,
) -> None:
    mine = (NUMBER_BLOCK.c.district_code == district_code, NUMBER_BLOCK.c.block_id == block.block_id)
    registry.connection.execute(update(NUMBER_BLOCK).where(*mine).values(next_number=number + 1))
    values = _issued_values(district_code, block.kind, number, record_id, decision, name, registry.now_ms)
    registry.connection.execute(insert(NUMBER_ISSUED), values)


def _issued_values(
    district_code: str, kind: int, number: int, record_id: bytes, decision: bytes, name: str, at_ms: int
) -> dict[str, Any]:
    return {
        "district_code": district_code,
        "kind": int(kind),
        "number": number,
        "record_id": record_id,
        "decision_id": decision,
        "issued_by": name,
        "issued_ms": at_ms,
    }


def remember_issued(store: HubStore, issued: Iterable[tuple[str, bytes, Edit, str]], now_ms: int) -> None:
    """Enter numbers that the registrars' diary says were issued: a restored backup may not know of them.

    Args:
        issued: verb, decision id, edit and registrar of the diary's lines; other verbs are left out.
    """
    rows = [
        _issued_values(store.district_code, ISSUE_VERBS[verb], edit.new, edit.record_id, decision, name, now_ms)
        for verb, decision, edit, name in issued
        if verb in ISSUE_VERBS and isinstance(edit.new, int)
    ]
    if rows:
        with writing(store.engine) as connection:
            upsert(connection, NUMBER_ISSUED, rows)


def _blocks(reader: HubReader, *, to_issue: bool = False) -> list[NumberBlock]:
    query = select(NUMBER_BLOCK).where(NUMBER_BLOCK.c.district_code == reader.district_code)
    query = query.order_by(NUMBER_BLOCK.c.block_id)
    return [_block_of(row) for row in reader.connection.execute(query.with_for_update() if to_issue else query)]


def _block_of(row: Row[Any]) -> NumberBlock:
    values = {name: getattr(row, name) for name in NumberBlock.__slots__}
    return NumberBlock(**{**values, "kind": NumberKind(row.kind)})
