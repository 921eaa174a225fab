"""Effective times depend on what a writer had seen, never on the order of syncs (protocol 5.4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync_protocol.entries import JournalEntry
from sync_protocol.tables import HubTables
from sync_protocol.timing import hub_eff, is_in_past, time_entry
from tests.small import NAME, Small, ident


@pytest.fixture
def tables() -> HubTables:
    """A hub whose feed of village 1 stands at 1 (hub time 1001) and 2 (hub time 5000)."""
    world = Small()
    world.hub.now_ms = 5_000
    world.edit(NAME, "a", "b")
    return world.hub.tables()


def entry(
    tables: HubTables, wall_ms: int, *, seen: int = 1, after: bytes | None = None, offset: int | None = None
) -> JournalEntry:
    head8 = tables.feed.need((1, seen)).head[:8] if seen else bytes(8)
    return JournalEntry(1, critical=True, wall_ms=wall_ms, offset_ms=offset, seen_seq=seen, seen_head8=head8,
                        after=after, first=None, body=b"")  # fmt: skip


@pytest.mark.parametrize(
    ("wall_ms", "offset", "seen", "eff", "timed"),
    [
        (2_000, None, 1, 2_000_000, True),
        (6_000, None, 1, 6_000_000, True),
        (6_001, None, 1, 1_001_000, False),  # later than it arrived: hub time at the seen position
        (1_000, None, 1, 1_001_000, False),  # earlier than what it had seen
        (1_000, 1_000, 1, 2_000_000, True),
        (9_000, -8_000, 2, 5_000_001, False),
        (5_000, None, 2, 5_000_001, True),
        (0, None, 0, 1, True),
    ],
)
def test_a_clock_counts_between_what_it_had_seen_and_when_it_arrived(
    tables: HubTables, wall_ms: int, offset: int | None, seen: int, eff: int, timed: bool
) -> None:
    found = time_entry(tables, 1, entry(tables, wall_ms, seen=seen, offset=offset), ident("x"), 6_000)
    assert (found.eff, found.timed) == (eff, timed)


def test_an_entry_that_saw_a_position_that_is_gone_is_untimed(tables: HubTables) -> None:
    lost = entry(tables, 2_000)
    for one in (
        replace(lost, seen_seq=9),
        replace(lost, seen_head8=bytes(8)),
    ):
        found = time_entry(tables, 1, one, one.seen_head8 * 2 + bytes([one.seen_seq]), 6_000)
        assert (found.eff, found.timed) == (1, False)


def test_an_entry_is_timed_once(tables: HubTables) -> None:
    first = time_entry(tables, 1, entry(tables, 2_000), ident("x"), 6_000)
    assert time_entry(tables, 1, entry(tables, 3_000), ident("x"), 9_000) == first


def test_a_later_entry_of_a_chain_is_later_although_its_clock_went_back(tables: HubTables) -> None:
    first = time_entry(tables, 1, entry(tables, 4_000), ident("1"), 6_000)
    second = time_entry(tables, 1, entry(tables, 2_000, after=ident("1")), ident("2"), 6_000)
    assert second.eff == first.eff + 1


def test_the_past_of_an_entry_is_its_own_chain(tables: HubTables) -> None:
    #   1 - 2 - 3        and from 1 also: 4 - 5, and from 4: 6
    chain = {"1": None, "2": "1", "3": "2", "4": "1", "5": "4", "6": "4"}
    timings = {
        name: time_entry(tables, 1, entry(tables, 2_000, after=ident(after) if after else None), ident(name), 6_000)
        for name, after in chain.items()
    }
    pasts = {name: {other for other in chain if is_in_past(tables, ident(other), timings[name])} for name in chain}
    assert pasts == {
        "1": {"1"},
        "2": {"1", "2"},
        "3": {"1", "2", "3"},
        "4": {"1", "4"},
        "5": {"1", "4", "5"},
        "6": {"1", "4", "6"},
    }
    assert not is_in_past(tables, ident("unheard"), timings["3"])


def test_what_follows_an_unheard_entry_starts_a_chain(tables: HubTables) -> None:
    found = time_entry(tables, 1, entry(tables, 2_000, after=ident("unheard")), ident("x"), 6_000)
    assert (found.lineage, found.ordinal) == (ident("x"), 0)


def test_the_hubs_own_time_is_in_ticks() -> None:
    assert hub_eff(7) == 7_000
