"""Set reconciliation without a log: any two sets, any key, damaged symbols."""

from __future__ import annotations

import hashlib
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import LimitExceededError, MalformedMessageError
from sync_protocol.reconciling import (
    CodedSymbol,
    Difference,
    Reconciler,
    coded_symbols,
    symbols_from_wire,
    symbols_max,
    symbols_to_wire,
)

digests = st.binary(min_size=8, max_size=8)
KEY = b"drawn by the hub for one session"


def found(theirs: set[bytes], ours: set[bytes], key: bytes = KEY, limit: int = 20_000) -> tuple[Difference, int]:
    reconciler = Reconciler(ours, key, limit)
    for count, symbol in enumerate(islice(coded_symbols(theirs, key), limit), start=1):
        difference = reconciler.take([symbol])
        if difference is not None:
            return difference, count
    raise AssertionError("did not decode")


def numbered(count: int, salt: str) -> set[bytes]:
    return {hashlib.blake2b(f"{salt}{n}".encode(), digest_size=8).digest() for n in range(count)}


@given(st.sets(digests, max_size=40), st.sets(digests, max_size=40), st.binary(min_size=1, max_size=32))
def test_any_two_sets_are_reconciled_exactly(theirs: set[bytes], ours: set[bytes], key: bytes) -> None:
    """For any two sets and any key the difference is found, exactly and in full."""
    difference, _ = found(theirs, ours, key)
    assert difference.only_theirs == theirs - ours
    assert difference.only_ours == ours - theirs


def test_equal_sets_need_one_symbol() -> None:
    both = numbered(500, "same")
    assert found(both, both) == (Difference(frozenset(), frozenset()), 1)


@pytest.mark.parametrize("changed", [25, 100, 200])
def test_a_difference_costs_at_most_one_and_a_half_symbols(changed: int) -> None:
    """At most 1.5 coded symbols per differing digest from 25 changed records (two digests each) up."""
    common = numbered(800, "common")
    spent = 0
    for salt in range(3):
        difference, count = found(common | numbered(changed, f"new{salt}"), common | numbered(changed, f"old{salt}"))
        assert len(difference.only_theirs) == len(difference.only_ours) == changed
        spent += count
    assert spent / 3 <= 1.25 * 2 * changed


def test_records_that_only_came_or_went_cost_little_more() -> None:
    common, spent = numbered(800, "common"), 0
    for salt in range(3):
        _, count = found(common | numbered(100, f"new{salt}"), common | numbered(100, f"new{salt}x"))
        spent += count + found(common | numbered(200, f"only{salt}"), common)[1]
    assert spent / 6 <= 1.6 * 200


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.integers(-9, 9)), max_size=50))
def test_hostile_symbols_cannot_make_it_loop(symbols: list[tuple[int, int, int]]) -> None:
    """Any symbols end in a difference, in nothing yet, or at the bound."""
    reconciler = Reconciler(numbered(20, "ours"), KEY, 50)
    for symbol in symbols:
        if reconciler.take([CodedSymbol(*symbol)]) is not None:
            return


def test_what_is_too_different_ends_at_the_bound() -> None:
    reconciler = Reconciler(numbered(20, "ours"), KEY, 10)
    with pytest.raises(LimitExceededError, match="after 10 symbols"):
        reconciler.take(islice(coded_symbols(numbered(20, "theirs"), KEY), 11))


def test_a_digest_of_another_size_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        next(coded_symbols({b"short"}, KEY))


@given(st.sets(digests, max_size=40), st.integers(0, 20))
def test_symbols_travel_and_come_back_the_same(items: set[bytes], start: int) -> None:
    """decode(encode(symbols)) = symbols, counts as the difference from what the set size lets expect."""
    symbols = list(islice(coded_symbols(items, KEY), start, start + 12))
    assert symbols_from_wire(symbols_to_wire(symbols, len(items), start)) == (start, symbols)


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        [0, 1, b"", [1]],
        [0, 1, bytes(12), ["x"]],
        [0, 1, bytes(12), [1 << 50]],
        [-1, 1, b"", []],
        ["0", 1, b"", []],
    ],
)
def test_damaged_symbols_are_refused(tree: object) -> None:
    with pytest.raises(MalformedMessageError):
        symbols_from_wire(tree)


def test_the_bound_never_exceeds_the_cost_of_a_snapshot() -> None:
    assert symbols_max(8000, 8000, 300_000) == 2064
    assert symbols_max(8000, 0, 300_000) == 13_064
    assert symbols_max(8000, 0, 30_000) == 30_000 // 13
    assert symbols_max(0, 0, 10) == 64
