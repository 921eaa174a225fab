"""Laws of attached files: whatever order parts come in, what is put together is the file or nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync_protocol.blobs import PART_BYTES_MAX, cut_parts, new_bytes
from sync_protocol.parts import BlobPart

CONTENT = bytes(number * 7 % 256 for number in range(3_000))
ID = b"b" * 16


@st.composite
def cuts(draw: st.DrawFn) -> BlobPart:
    offset = draw(st.integers(0, len(CONTENT)))
    end = draw(st.integers(offset, len(CONTENT)))
    return BlobPart(ID, offset, len(CONTENT), CONTENT[offset:end])


@given(st.lists(cuts(), max_size=30))
def test_receiving_parts_twice_late_or_out_of_order_never_makes_another_file(parts: list[BlobPart]) -> None:
    """Receiving a message twice, late or out of order equals receiving it once."""
    held = b""
    for part in [*parts, *parts]:
        added = new_bytes(part, len(held), len(CONTENT))
        held += added
        assert new_bytes(part, len(held), len(CONTENT)) == b""
        assert held == CONTENT[: len(held)]


@given(st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=40))
def test_any_prefix_of_a_file_that_arrived_counts(rounds: list[tuple[int, bool]]) -> None:
    """Any prefix of a run that arrived counts; a sync resumes where it broke."""
    held, sent = b"", 0
    for budget, arrives in [*rounds, *[(len(CONTENT), True)] * 2]:
        before = len(held)
        parts = cut_parts([(ID, before, len(CONTENT))], budget, lambda _, at, size: CONTENT[at : at + size])
        sent += sum(len(part.content) for part in parts)
        assert sum(len(part.content) for part in parts) <= budget
        assert all(len(part.content) <= PART_BYTES_MAX for part in parts)
        for part in parts if arrives else ():
            held += new_bytes(part, len(held), len(CONTENT))
    assert held == CONTENT
    assert sent - len(CONTENT) == sum(
        budget_lost for budget_lost in _lost(rounds)
    )  # only what the line lost is sent again


def _lost(rounds: list[tuple[int, bool]]) -> list[int]:
    """Return the bytes of each message that did not arrive."""
    at, lost = 0, []
    for budget, arrives in rounds:
        size = min(budget, len(CONTENT) - at)
        if arrives:
            at += size
        else:
            lost.append(size)
    return lost
