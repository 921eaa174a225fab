"""Shelves load once and remember what must be written back; causes and answers in a few lines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from sync_protocol import causes
from sync_protocol.answer import HubView, answer, changes_of
from sync_protocol.entries import JournalEntry
from sync_protocol.hub_side import Sender
from sync_protocol.tables import Evidence, OwnEntry, Shelf
from tests.memory import KEYS
from tests.small import NAME, Small, ident


class Table:
    """A table that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def load(self, keys: Collection[int]) -> dict[int, str]:
        self.asked.append(tuple(keys))
        return {key: str(key) for key in keys if key < 10}


def test_a_shelf_asks_once_for_each_key() -> None:
    table = Table()
    shelf = Shelf(table.load)
    shelf.prefetch((1, 2, 11, 1))
    shelf.prefetch((1, 2))
    assert (shelf.get(1), shelf.get(11), 2 in shelf, 11 in shelf) == ("1", None, True, False)
    assert table.asked == [(1, 2, 11)]


def test_a_shelf_remembers_what_must_be_written_back() -> None:
    shelf = Shelf(Table().load)
    shelf[1] = "new"
    shelf.discard(2)
    assert shelf.changed == {1: "new", 2: None}
    assert shelf.need(1) == "new"
    with pytest.raises(KeyError):
        shelf.need(2)


def test_causes_are_told_apart() -> None:
    change, decision, loss = ident("c"), causes.decision_id(ident("d")), causes.loss_id(ident("l"))
    assert [causes.is_change_id(one) for one in (change, decision, loss, causes.DISPATCHER)] == [
        True,
        False,
        False,
        False,
    ]
    assert [causes.is_decision(one) for one in (change, decision, loss, causes.DISPATCHER)] == [
        False,
        True,
        False,
        False,
    ]
    assert loss == b"loss" + ident("l")


def test_an_answer_hands_over_what_must_be_committed_first() -> None:
    world = Small()
    world.put(world.a1, NAME, "a", "b")
    view = HubView(world.hub.tables(), Sender(world.a1.device_id, 1), KEYS, world.hub.now_ms)
    changes, reply = answer(view, world.a1.message())
    assert {"records", "feed", "journal", "villages", "outcomes"} <= set(changes)
    assert reply.feed is not None
    assert world.value(NAME) == "a"  # nothing is written before the shell commits


def test_an_untouched_working_set_has_nothing_to_write() -> None:
    assert changes_of(Small().hub.tables()) == {}


def test_the_end_of_an_empty_run_is_its_base() -> None:
    assert Evidence(3, ident("x", 32), (), ()).end_head == ident("x", 32)


def test_a_row_of_values_of_another_type_proves_nothing() -> None:
    entry = JournalEntry(1, True, 0, None, 0, bytes(8), None, None, b"")
    head = entry.head(bytes(32))
    whole = OwnEntry(1, bytes(8), 1, bytes(32), head, head[:16], entry)
    assert whole.is_whole
    torn: Any = "text where bytes were"
    assert not replace(whole, previous=torn).proves(head[:16])
