"""A disk that fills stops the work with words that help, leaves nothing half-done, and once there is room all goes on.

The disk is a small file system in memory, filled to a few kilobytes; making one takes root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from district_hub.backup import list_backups, take_backup, verify_backup
from district_hub.hub import Hub
from district_hub.ledger import DIARY_NAME
from district_hub.recovery import read_diary
from schemas.errors import EX_IOERR, DiskFullError
from tests.e2e import deeds, grounds
from tests.e2e.full_disks import Disk, disk
from tests.e2e.grounds import Grounds
from tests.e2e.mortals import warm_process

__all__ = ["disk"]  # a fixture

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

_ROOT = Path(__file__).parents[2]
FILLS_KIB = (0, 4, 12, 40, 96, 160)
"""Room that is left when the work begins: none, less than one page of anything, part of the work."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return grounds.build(tmp_path_factory.mktemp("grounds"))


@pytest.fixture(params=FILLS_KIB, ids=lambda kib: f"{kib}-KiB-left")
def kib(request: pytest.FixtureRequest) -> int:
    left: int = request.param
    return left


def copied(disk: Disk, ground: Grounds, moment: str) -> Path:
    disk.clear()
    return ground.copy(moment, disk.place / "work")


class Heard:
    """Listens to what a deed reports."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def __call__(self, **words: Any) -> None:
        self.said.append(words)

    def of(self, name: str) -> list[Any]:
        """Return everything that was reported under a name."""
        return [one[name] for one in self.said if name in one]


def until_full(work: Callable[[], None]) -> DiskFullError | None:
    """Do work; return the error that a full disk made of it, None if there was room enough."""
    caught: DiskFullError | None = None
    try:
        work()
    except DiskFullError as error:
        caught = error
    if caught is not None:
        assert (caught.code, caught.exit_code) == ("disk-full", EX_IOERR)
        assert caught.hint
    return caught


def test_an_import_onto_a_full_disk_stops_whole_and_goes_on(disk: Disk, ground: Grounds, kib: int) -> None:
    folder = copied(disk, ground, "enrolled")
    families = grounds.assert_village_whole(ground.imported)
    heard = Heard()
    disk.leave(kib)
    error = until_full(lambda: deeds.import_list(folder, heard))
    assert error is not None
    assert "tidak ada yang hilang" in error.message.lower() + error.hint.lower()
    disk.free()
    assert grounds.assert_village_whole(folder) == max(heard.of("durable"), default=0)
    deeds.import_list(folder, grounds.quiet)
    grounds.assert_import_done(folder, families)
    grounds.assert_converges(folder)


def test_registration_on_a_full_disk_keeps_what_was_reported(disk: Disk, ground: Grounds, kib: int) -> None:
    folder = copied(disk, ground, "synced")
    before = grounds.assert_village_whole(folder)
    heard = Heard()
    disk.leave(kib)
    assert until_full(lambda: deeds.register(folder, heard, count=60)) is not None
    saved = heard.of("saved")
    disk.free()
    assert grounds.assert_village_whole(folder, saved) == before + len(saved)
    deeds.register(folder, grounds.quiet, count=60)
    assert grounds.assert_village_whole(folder, saved) == before + 60
    grounds.assert_converges(folder, saved)


def test_a_sync_onto_a_full_disk_of_the_village_loses_nothing(disk: Disk, ground: Grounds, kib: int) -> None:
    folder = copied(disk, ground, "imported")
    hub = shutil.move(folder / deeds.HUB, disk.place.parent / f"hub-{kib}")
    (folder / deeds.HUB).symlink_to(hub)
    entries = grounds.assert_village_whole(folder)
    disk.leave(kib)
    until_full(lambda: grounds.meet(folder))
    disk.free()
    assert grounds.assert_village_whole(folder) == entries
    grounds.assert_hub_whole(folder)
    grounds.assert_converges(folder)


def test_a_hub_whose_disk_is_full_takes_nothing_by_halves(disk: Disk, ground: Grounds, kib: int) -> None:
    folder = copied(disk, ground, "imported")
    village = shutil.move(folder / deeds.VILLAGE, disk.place.parent / f"desa-{kib}")
    (folder / deeds.VILLAGE).symlink_to(village)
    entries = grounds.assert_village_whole(folder)
    disk.leave(kib)
    until_full(lambda: grounds.meet(folder))
    disk.free()
    assert grounds.assert_village_whole(folder) == entries
    grounds.assert_hub_whole(folder)
    grounds.assert_converges(folder)


def test_a_full_disk_at_the_hub_is_a_try_later_for_the_village(disk: Disk, ground: Grounds) -> None:
    folder = copied(disk, ground, "imported")
    village = shutil.move(folder / deeds.VILLAGE, disk.place.parent / "desa-http")
    (folder / deeds.VILLAGE).symlink_to(village)
    with warm_process() as warm:
        hub = warm.begin("serve", folder)
        url = hub.wait_for("url")
        disk.leave(0)
        assert warm.do("sync", folder, url=url).heard("session") == ["busy"]
        disk.free()
        assert warm.do("sync", folder, url=url).heard("session") == ["done"]
        hub.kill()
    grounds.assert_converges(folder)


def test_review_on_a_full_disk_keeps_what_was_decided(disk: Disk, ground: Grounds, kib: int) -> None:
    folder = copied(disk, ground, "reviewing")
    heard = Heard()
    disk.leave(kib)
    assert until_full(lambda: deeds.review(folder, heard)) is not None
    disk.free()
    grounds.assert_hub_whole(folder)
    with Hub.open(folder / deeds.HUB) as hub, hub.store.reading() as reader:
        assert not {one.record_id.hex() for one in reader.waiting_events()} & set(heard.of("event"))
    deeds.review(folder, grounds.quiet)
    assert read_diary(folder / deeds.HUB / DIARY_NAME)[1] == 0
    grounds.assert_converges(folder)


def test_a_night_on_a_full_disk_says_so_and_calls_nothing_safe(disk: Disk, ground: Grounds) -> None:
    for kib in (*FILLS_KIB, 500):
        folder = copied(disk, ground, "reviewing")
        heard = Heard()
        disk.leave(kib)
        error = until_full(lambda folder=folder, heard=heard: deeds.nightly(folder, heard))  # type: ignore[misc]
        assert error is not None or heard.of("fault")[0].startswith("disk-full"), (kib, heard.said)
        disk.free()
        grounds.assert_hub_whole(folder)
        with Hub.open(folder / deeds.HUB) as hub:
            assert list_backups(hub.directory) == []
            assert list((hub.directory / "backups").iterdir()) == []
            with hub.store.reading() as reader:
                assert all(reader.safe_point(one.village_id, one.replica_id) is None for one in reader.replicas())
            verify_backup(take_backup(hub.store, hub.directory, deeds.LATER_MS), hub.config.district_code)
        grounds.assert_converges(folder)


def test_commands_end_with_the_exit_code_of_a_full_disk(disk: Disk, ground: Grounds) -> None:
    folder = copied(disk, ground, "enrolled")
    disk.leave(4)
    at = ("--dir", str(folder / deeds.VILLAGE))
    for words in (("village", "import", str(folder / deeds.LIST), "--offline", *at), ("sync", "status", *at)):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "cli", *words],
            capture_output=True,
            text=True,
            cwd=_ROOT,
            env={**os.environ, "KAMPUNG_OFFICER": "SITI", "PYTHONPATH": str(_ROOT)},
            check=False,
        )
        assert done.returncode == EX_IOERR, done.stderr
        assert "Penyimpanan penuh" in done.stderr
        assert "Traceback" not in done.stderr
