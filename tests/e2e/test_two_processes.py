"""Two processes at one node: they take turns or are told so, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import StorageError
from tests.e2e import deeds, grounds
from tests.e2e.grounds import Grounds
from tests.e2e.mortals import Mortals, warm_process
from village_node.desk import Desk
from village_node.registration import corrections
from village_node.store import NodeStore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return grounds.build(tmp_path_factory.mktemp("grounds"), people=90)


@pytest.fixture(scope="module")
def warm() -> Iterator[Mortals]:
    with warm_process() as mortals:
        yield mortals


def test_two_syncs_of_one_node_at_once_are_one_sync(warm: Mortals, ground: Grounds, tmp_path: Path) -> None:
    folder = ground.copy("imported", tmp_path / "work")
    hub = warm.begin("serve", folder)
    url = hub.wait_for("url")
    entries = grounds.assert_village_whole(folder)
    both = [warm.begin("sync", folder, url=url) for _ in range(4)]
    ends = [one.finish()["end"] for one in both]
    sessions = sorted(one.heard("session")[0] for one in both)
    hub.kill()
    assert ends == ["done"] * 4
    assert set(sessions) <= {"done", "already-running"}
    assert "done" in sessions
    assert sum(one.heard("sent")[0] for one in both) == entries, "each entry was sent by one of them"
    grounds.assert_converges(folder)


def test_two_officers_and_a_sync_write_at_once_and_nothing_is_lost(
    warm: Mortals, ground: Grounds, tmp_path: Path
) -> None:
    folder = ground.copy("imported", tmp_path / "work")
    entries = grounds.assert_village_whole(folder)
    hub = warm.begin("serve", folder)
    url = hub.wait_for("url")
    officers = [warm.begin("register", folder, count=15, first=first) for first in (0, 15)]
    syncs = [warm.do("sync", folder, url=url) for _ in range(3)]
    saved: list[str] = []
    for one in officers:
        assert one.finish()["end"] == "done"
        saved += one.heard("saved")
    hub.kill()
    assert {one.heard("session")[0] for one in syncs} == {"done"}
    assert len(saved) == len(set(saved)) == 30
    assert grounds.assert_village_whole(folder, saved) == entries + 30
    assert grounds.children(folder) == sorted(deeds.child_name(number) for number in range(0, 30, 3))
    grounds.assert_converges(folder, saved)


def test_an_officer_is_told_that_another_program_holds_the_database(ground: Grounds, tmp_path: Path) -> None:
    folder = ground.copy("synced", tmp_path / "work") / deeds.VILLAGE
    with NodeStore.open(folder) as store, NodeStore.open(folder) as other:
        before = store.state().entry_count
        desk = Desk(store, "SITI", deeds.clock)
        person_id = deeds.people(store)[0]
        with other.transaction():
            store.pragma("busy_timeout=10")  # of this connection: nobody waits ten seconds in a test
            with pytest.raises(StorageError) as caught:
                corrections.correct(desk, person_id, {"phone": None}, {"phone": "081200090001"})
        assert caught.value.code == "database-busy"
        assert caught.value.hint
        assert store.state().entry_count == before
        corrections.correct(desk, person_id, {"phone": None}, {"phone": "081200090001"})
        assert store.state().entry_count == before + 1


def test_two_registrars_at_once_decide_each_event_once(warm: Mortals, ground: Grounds, tmp_path: Path) -> None:
    folder = ground.copy("reviewing", tmp_path / "work")
    both = [warm.begin("review", folder) for _ in range(2)]
    ends = [one.finish() for one in both]
    codes = {end.get("code") for end in ends if end["end"] == "refused"}
    assert codes <= {"event-not-waiting", "page-changed", "case-closed"}, ends
    told = [event for one in both for event in one.heard("event")]
    assert len(told) == len(set(told)), "both were told that they had decided it"
    grounds.assert_hub_whole(folder)
    warm.do("review", folder)
    grounds.assert_converges(folder)


def test_two_nights_at_once_are_one_night(warm: Mortals, ground: Grounds, tmp_path: Path) -> None:
    folder = ground.copy("reviewing", tmp_path / "work")
    both = [warm.begin("nightly", folder) for _ in range(2)]
    ends = [one.finish() for one in both]
    done = [end for end in ends if end["end"] == "done"]
    assert done
    assert {end["code"] for end in ends if end["end"] == "refused"} <= {"already-running"}
    grounds.assert_converges(folder)
