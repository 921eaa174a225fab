"""The five ways in which village offices reach the district: a night gets through each, and a cut costs little.

Both offices stand in network namespaces of their own with the kernel's token bucket on the wire between them; a proxy
of ours adds latency, loss and cuts.  Where no namespaces can be made both are on loopback and the proxy limits the
bandwidth too.  Where time runs faster than life, bandwidth, latency and cuts are scaled together, so that as many bytes
cross between two cuts as in life; the processors are not scaled, which is to our disadvantage.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bench.nights import Family, night, people
from bench.syncing import VILLAGE_CODE, spend
from district_hub.stick import answer_folder
from schemas.bodies import body_of
from schemas.fields import Kind
from sync_protocol.entries import Create, EntryKind
from tests.e2e.network.ground import Ground, opened_ground, sync_until_done
from tests.e2e.network.namespaces import entered, why_not
from tests.e2e.network.profiles import EDGE, FIBRE, LINES, Profile
from village_node.carriers.files import export_messages, import_answers
from village_node.clock import now_ms
from village_node.desk import Desk
from village_node.session_words import REASONS
from village_node.store import NodeStore

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
RESIDENTS = 8_000
OVERHEAD_BYTES = 2_500
"""Seal, signature, head and tips of one answer."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with opened_ground(tmp_path_factory.mktemp("networks")) as opened:
        yield opened


@pytest.fixture(scope="module")
def families() -> Sequence[Family]:
    return people(RESIDENTS, VILLAGE_CODE)


@pytest.fixture(scope="module")
def first(ground: Ground, families: Sequence[Family]) -> Iterator[NodeStore]:
    """The village's laptop; its whole list has reached the hub."""
    with ground.enrolled("first") as store:
        with ground.village(FIBRE):
            sync_until_done(store, ground.watched(store))
            Desk(store, "Bu Rini").save_many((EntryKind.IMPORT, family) for family in families)
            sync_until_done(store, ground.watched(store))
        yield store


def some_of(families: Sequence[Family], turn: int) -> Sequence[Family]:
    """Return families that no other turn changes."""
    return families[turn::8]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("line", LINES, ids=lambda one: one.name)
def test_a_night_gets_through_each_line(
    ground: Ground, first: NodeStore, families: Sequence[Family], line: Profile
) -> None:
    turn = LINES.index(line)
    spend(night(some_of(families, turn), seed=turn), Desk(first, "Bu Rini"), ground.hub)
    with ground.village(line):
        began = time.monotonic()
        carrier = ground.watched(first)
        results = sync_until_done(first, carrier)
        took_s = time.monotonic() - began
    print(f"{line.name}: {took_s:.1f} s, {carrier.sent} messages, {len(results)} sessions")
    ground.assert_agreed(first)
    assert sum(one.entries_sent for one in results) == 60
    assert carrier.sent <= 2, "a night is at most two round trips"
    assert took_s < 30


@pytest.mark.timeout(120)
def test_a_night_gets_through_without_any_line(
    ground: Ground, first: NodeStore, families: Sequence[Family], tmp_path: Path
) -> None:
    spend(night(some_of(families, 4), seed=4), Desk(first, "Bu Rini"), ground.hub)
    export_messages(first, tmp_path, now_ms=now_ms())
    answer_folder(ground.hub.receiver(), tmp_path)
    assert [one.code for one in import_answers(first, tmp_path)] == ["taken"]
    # The answer went before the hub could hear of it: a second stick acknowledges, and finds nothing new.
    ground.assert_agreed(first)


@pytest.mark.parametrize(
    "times", [pytest.param(10, marks=pytest.mark.timeout(240)), pytest.param(1, marks=[pytest.mark.slow])]
)
def test_8000_people_get_through_a_line_that_is_cut_every_ten_seconds_and_nothing_whole_crosses_twice(
    ground: Ground, first: NodeStore, times: int
) -> None:
    line = replace(EDGE, cut_every_s=10.0).faster(times)
    with ground.enrolled(f"second-{times}") as second, ground.village(line):
        carrier = ground.watched(second)
        results = sync_until_done(second, carrier, times=times)
        ground.assert_agreed(second)
        assert second.state().fingerprint == first.state().fingerprint
    snapshot = max((ground.folder / "hub" / "snapshots").iterdir(), key=lambda one: one.stat().st_mtime)
    size = snapshot.stat().st_size
    print(f"{line.name}: {size} bytes, {carrier.sent} messages, {carrier.broken} broken, {len(results)} sessions")
    assert carrier.broken > 0, "the line was never cut: the test proves nothing"
    whole = carrier.sent - carrier.broken
    assert carrier.bytes_down < size + whole * OVERHEAD_BYTES
    assert carrier.sent_again == []


@pytest.mark.timeout(240)
def test_what_an_import_sends_gets_through_a_line_that_is_cut_every_ten_seconds_and_nothing_whole_crosses_twice(
    ground: Ground, first: NodeStore
) -> None:
    line = replace(EDGE, cut_every_s=10.0).faster(10)
    with ground.enrolled("third") as third:
        with ground.village(FIBRE):
            sync_until_done(third, ground.watched(third))
        more = people(1_500, VILLAGE_CODE, seed=36, first_serial=9500)
        Desk(third, "Pak Budi").save_many((EntryKind.IMPORT, family) for family in more)
        with ground.village(line):
            carrier = ground.watched(third)
            results = sync_until_done(third, carrier, times=10)
        print(f"{line.name}: {carrier.sent} messages, {carrier.broken} broken, {len(results)} sessions")
        with ground.village(FIBRE):
            sync_until_done(third, ground.watched(third))
            sync_until_done(first, ground.watched(first))  # or the next night, in any order of tests, carries all this
        ground.assert_agreed(third)
        ground.assert_agreed(first)
    assert carrier.broken > 0, "the line was never cut: the test proves nothing"
    assert carrier.sent_again == []


@pytest.mark.timeout(120)
def test_a_way_out_that_appears_triggers_a_sync_within_seconds(ground: Ground, first: NodeStore) -> None:
    """The watch runs as a process of its own, in a village without a route to the district."""
    if ground.nets is None:
        pytest.skip(f"a route needs a network of its own: {why_not()}")
    Desk(first, "Bu Rini").save(EntryKind.CORRECTION, [person_of_the_road()])
    with first.transaction() as working:
        working.sync.last_finished_ms = now_ms() - 48 * 3_600_000  # a night was missed: the watch tries at once
    ground.nets.limit(FIBRE.bits_per_s)
    ground.nets.route(is_up=False)
    try:
        with watching(ground.nets.village, ground.line.url, first.directory) as told:
            assert told() == "offline"
            ground.nets.route(is_up=True)
            began = time.monotonic()
            assert told() == "done"
            took_s = time.monotonic() - began
    finally:
        with contextlib.suppress(Exception):  # it is there already unless the test failed before
            ground.nets.route(is_up=True)
    print(f"LinkUp: {took_s:.1f} s")
    assert took_s < 15
    ground.assert_agreed(first)


def person_of_the_road() -> Create:
    """Return somebody who waits to be sent."""
    return Create(b"road" * 4, Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": "SITI AMINAH"}))


@contextlib.contextmanager
def watching(namespace: str, hub_url: str, directory: Path) -> Iterator[Callable[[], str]]:
    """Run `kampung sync watch` in a namespace; yields what gives the code of the next try."""
    words = (sys.executable, "-m", "cli", "sync", "watch", "--dir", str(directory))
    environment = {**os.environ, "KAMPUNG_HUB_URL": hub_url}
    with entered(namespace):
        process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    assert process.stderr is not None
    lines, codes = process.stderr, {reason: code for code, reason in REASONS.items()}

    def told() -> str:
        for line in lines:
            if line.strip() in codes:
                return codes[line.strip()]
        raise AssertionError("the watch ended")

    try:
        yield told
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        lines.close()
