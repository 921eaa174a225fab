"""The measurement of sync counts what crosses, on a village small enough for a unit test."""

from __future__ import annotations

from bench.nights import night, people
from bench.syncing import VILLAGE_CODE, measure_sync, to_lines, to_tree
from sync_protocol.entries import Create, Update


def test_a_night_is_the_same_for_each_seed_and_has_the_usual_shape() -> None:
    families = people(150, VILLAGE_CODE)
    tonight = night(families)
    assert tonight == night(families)
    assert (len(tonight.village), len(tonight.hub)) == (60, 25)
    assert sum(isinstance(changes[0], Create) for changes in tonight.village) == 10
    touched = {change.record_id for changes in tonight.village for change in changes if isinstance(change, Update)}
    assert len(touched & {one.record_id for one in tonight.hub}) == 4


def test_each_meeting_is_counted_with_its_headers() -> None:
    figures = measure_sync(120)
    tree = to_tree(figures)
    assert figures.w3.requests == 1
    assert 0 < tree["w3"]["bytes_total"] < tree["w2"]["bytes_total"] < tree["w1_up"]["bytes_total"]
    assert len(to_lines(figures)) == 8
