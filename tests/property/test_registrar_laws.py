"""What must hold of a registrar's work whatever villages do meanwhile."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from district_hub.merging import confirm_merge, propose_merge
from district_hub.numbering import NumberKind, add_block, issue_number, list_blocks
from district_hub.registrar import Registrar
from district_hub.unmerging import unmerge
from schemas.errors import RefusedError
from schemas.fields import Kind, tag_of
from tests.hub_office import A, Office, person, record_id, updated

FIELDS = ("occupation", "education", "phone")
LOSER, SURVIVOR = 1, 2

edits = st.lists(st.tuples(st.sampled_from((LOSER, SURVIVOR)), st.sampled_from(FIELDS), st.integers(1, 8)), max_size=6)


def value_of(name: str, number: int) -> int | str:
    return f"081{number}" if name == "phone" else number


def open_office(directory: str) -> Office:
    office = Office.open(Path(directory))
    office.save(A, person(LOSER, "SITI", phone="0811", occupation=3), person(SURVIVOR, "SITI AMINAH"))
    office.sync(A)
    return office


@settings(max_examples=20, deadline=None)
@given(edits, st.sets(st.sampled_from(FIELDS)))
def test_unmerging_gives_each_record_what_was_written_to_it(
    meanwhile: list[tuple[int, str, int]], taken: set[str]
) -> None:
    """After a merge is taken back, each record holds what it had before and what was written to it by its own id."""
    with tempfile.TemporaryDirectory() as directory:
        office = open_office(directory)
        wanted = {number: dict(office.record(number).body) for number in (LOSER, SURVIVOR)}
        ids = (record_id(LOSER), record_id(SURVIVOR))
        made = propose_merge(
            office.store, *ids, take=sorted(taken), reason="sama", registrar=office.registrar, now_ms=office.now_ms
        )
        second = Registrar("Pak Hadi", office.diary.append)
        confirm_merge(office.store, made.proposal_id, registrar=second, now_ms=office.now_ms)
        office.sync(A)
        for number, name, value in meanwhile:
            office.now_ms += 60_000
            tag, new = tag_of(Kind.RESIDENT, name), value_of(name, value)
            held = office.value(SURVIVOR, name)
            if held != new:  # a form saves only what was changed
                office.save(A, updated(number, Kind.RESIDENT, name, held, new))
                office.sync(A)
                wanted[number][tag] = new
        office.now_ms += 60_000
        unmerge(office.store, ids[0], reason="beda", registrar=office.registrar, now_ms=office.now_ms)
        office.sync(A)
        assert {number: office.record(number).body for number in wanted} == wanted
        assert office.fingerprints_agree()
        office.store.close()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.integers(1, 3), st.booleans())
def test_no_number_is_issued_twice(people: list[int], size: int, takes_back: bool) -> None:
    """Numbers come from the blocks in order, and none of them is ever issued again."""
    first = 3510010101909001
    with tempfile.TemporaryDirectory() as directory:
        office = Office.open(Path(directory))
        office.save(A, *(person(n, f"WARGA {n}") for n in range(1, 5)))
        office.sync(A)
        for start in (first, first + size + 1):
            add_block(
                office.store,
                NumberKind.NIK,
                str(start),
                str(start + size - 1),
                source="470/1",
                registrar=office.registrar,
                now_ms=office.now_ms,
            )
        issued: list[int] = []
        refusals: set[str] = set()
        for number in people:
            try:
                found = issue_number(
                    office.store, record_id(number), reason="F-1.02", registrar=office.registrar, now_ms=office.now_ms
                )
            except RefusedError as error:
                refusals.add(error.code)
                continue
            issued.append(int(found.number))
            if takes_back:
                office.sync(A)
                office.save(A, updated(number, Kind.RESIDENT, "nik", issued[-1], None))
                office.sync(A)
        expected = [*range(first, first + size), *range(first + size + 1, first + 2 * size + 1)]
        assert refusals <= {"number-given", "numbers-used-up"}
        assert issued == expected[: len(issued)]
        assert sum(block.left for block in list_blocks(office.store)) == 2 * size - len(issued)
        office.store.close()
