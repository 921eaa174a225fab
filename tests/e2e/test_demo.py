"""The demo does what it says: the whole story in a small district, and numbers that come from both sides' tables."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from demo.console import CommandFailedError, Console
from demo.offices import OFFICES, generate_office
from demo.stage import today_here

pytestmark = pytest.mark.e2e

RESIDENTS = 600
_SECONDS_MAX = 500  # a minute on a quiet machine


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("demo")
    words = ("demo", "--dir", "told", "--residents", str(RESIDENTS), "--json")
    done = Console(folder).run(*words, seconds_max=_SECONDS_MAX)
    lines = done.stdout.splitlines()
    assert len(lines) == 1, "stdout is data: one line"
    assert "== Proof" in done.stderr, "the story is talk"
    found: dict[str, Any] = json.loads(lines[0])
    return found


@pytest.mark.timeout(600)
def test_the_story_ends_equal_with_nothing_lost(told: dict[str, Any]) -> None:
    villages = [generate_office(office, RESIDENTS, today_here()) for office in OFFICES]
    assert told["villages"] == 3
    assert told["residents_imported"] == sum(one.importable_count for one in villages)
    assert told["rows_rejected"] == sum(len(one.faults) for one in villages)
    assert told["fingerprints_equal"] is True
    assert told["changes_lost"] == 0
    families = sum(len(one.households) for one in villages)
    # 5 events, one written down by mistake, 40 corrections, 12 requests and 4 steps of them
    assert told["changes_sent"] >= families + 5 + 1 + 40 + 12 + 4
    assert told["bytes_up"] > 10_000
    assert told["bytes_down"] > 10_000
    assert told["seconds"] > 0


@pytest.mark.timeout(600)
def test_every_kind_of_meeting_took_place(told: dict[str, Any]) -> None:
    assert told["sessions_killed"] == 2
    assert (told["events_registered"], told["events_refused"]) == (7, 1)
    assert told["moves_paired"] == 1
    assert told["nik_flags_open"] == 2, "one in each village that has a bearer of the NIK"
    # Both sides edited four people: two on different fields merge by themselves, two are cases.  A correction of a
    # certified person is the third.
    assert (told["review_cases_opened"], told["review_cases_decided"]) == (3, 3)
    assert told["outcomes"] == {"accepted": told["changes_sent"] - 1, "refused": 1}
    assert [one["carrier"] for one in told["by_village"]] == ["HTTP", "HTTP", "USB stick"]
    assert all(one["is_equal"] and one["bytes_up"] > 0 for one in told["by_village"])


@pytest.mark.timeout(600)
def test_the_folder_stays_and_answers(told: dict[str, Any]) -> None:
    console = Console(Path(told["folder"]), "after.log")
    status = console.json("hub", "status", "--dir", "hub")
    assert (status["open_cases"], status["queue"]) == (0, 0)
    found = console.json("village", "resident", "find", "siti", "--dir", "desa-kabat")
    assert found


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.txt").write_text("x")
    with pytest.raises(CommandFailedError) as caught:
        Console(tmp_path).run("demo", "--dir", "papers")
    assert "demo-folder-not-ours" in caught.value.hint


@pytest.mark.timeout(300)
def test_a_demo_that_is_stopped_leaves_no_hub_running(tmp_path: Path) -> None:
    console = Console(tmp_path)
    with console.running("demo", "--dir", "stopped", "--residents", "400") as story:
        story.wait_for("== Three lists are imported", seconds_max=200)
        assert story.stop(seconds_max=60).exit_code == 128 + signal.SIGTERM
    log = (tmp_path / "stopped" / "commands.log").read_text()
    assert "hub serve" in log, "a command is logged when it has ended"
