"""The past comes back, as real processes: hubs and laptops restored or copied lose nothing that anybody had."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from demo import opening
from demo.cast import Cast, Person
from demo.console import Console
from demo.exchange import sync
from demo.offices import PAKISTAJI
from demo.stage import REGISTRAR, Stage, Village
from demo.story import found_hub, hub_serving, new_stage
from district_hub.ledger import DIARY_NAME, LEDGER_NAME
from tests.e2e.processes import assert_converged, correct
from village_node.store import NodeStore
from village_node.tables import FEED_ROW

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

RESIDENTS = 200


@dataclass
class Yesterday:
    """A district with one village that has sent its list, and a verified backup of its hub and one of its laptop."""

    stage: Stage
    hub_backup: str
    village_backup: str
    recovery_code: str


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Yesterday:
    stage = new_stage(tmp_path_factory.mktemp("yesterday") / "district", RESIDENTS)
    stage.said = lambda text: None
    found_hub(stage, (PAKISTAJI,))
    with hub_serving(stage):
        opening.enrol(stage)
        opening.import_lists(stage)
        sync(stage, stage.villages[0])
    stage.villages[0].relay = None
    hub_backup = stage.hub("backup")["file"]
    (stage.folder / "usb").mkdir(exist_ok=True)
    made = stage.village(stage.villages[0], "village", "backup", "--to", "usb")
    return Yesterday(stage, hub_backup, made["file"], made["recovery_code"])


@pytest.fixture
def yesterday(template: Yesterday, tmp_path: Path) -> Yesterday:
    """A copy of the template, to be spoiled."""
    folder = Path(shutil.copytree(template.stage.folder, tmp_path / "district"))
    stage = replace(
        template.stage,
        folder=folder,
        console=Console(folder),
        villages=[fresh(one, template.stage) for one in template.stage.villages],
    )
    return replace(template, stage=stage)


def fresh(village: Village, stage: Stage) -> Village:
    return replace(village, cast=Cast(village.generated, stage.today), saved=set(village.saved))


@contextmanager
def serving(stage: Stage) -> Iterator[Village]:
    with hub_serving(stage):
        yield stage.villages[0]
    stage.villages[0].relay = None


def edit(stage: Stage, person: Person, phone: str) -> None:
    stage.hub("correct", person["nik"], "--set", f"phone={phone}", "--reason", "surat", *REGISTRAR)


def shown(stage: Stage, village: Village, person: Person) -> dict[str, Any]:
    found: dict[str, Any] = stage.village(village, "village", "resident", "show", person["nik"])["values"]
    return found


def a_day_of_work(stage: Stage, village: Village) -> tuple[Person, Person]:
    """Let both sides work; return whom the registrar corrected: one that the village has heard of, one it has not."""
    heard, unheard = village.cast.adult(), village.cast.adult()
    correct(stage, village, [{"phone": "081200009001"}, {"name": "SITI AMINAH"}])
    edit(stage, heard, "081200009011")
    sync(stage, village)
    edit(stage, unheard, "081200009012")
    correct(stage, village, [{"phone": "081200009002"}])
    return heard, unheard


def assert_nothing_is_lost(stage: Stage, village: Village, heard: Person, unheard: Person) -> None:
    sync(stage, village)
    stage.hub("reconcile")
    sync(stage, village)
    assert shown(stage, village, heard)["phone"] == "081200009011"
    assert shown(stage, village, unheard)["phone"] == "081200009012"
    assert_converged(stage, village)


def test_a_hub_restored_from_yesterday_is_mute_and_then_loses_nothing(yesterday: Yesterday) -> None:
    stage = yesterday.stage
    with serving(stage) as village:
        heard, unheard = a_day_of_work(stage, village)
    stage.hub("restore", yesterday.hub_backup.replace(str(stage.folder), "."))
    with serving(stage) as village:
        assert stage.village(village, "sync", "run")["code"] == "busy"
        stage.hub("restore", "--resume")
        assert_nothing_is_lost(stage, village, heard, unheard)


def test_a_hub_rolled_back_without_anybody_knowing_loses_nothing(yesterday: Yesterday) -> None:
    stage = yesterday.stage
    hub = stage.folder / "hub"
    disk = Path(shutil.copytree(hub, stage.folder / "virtual-disk"))
    with serving(stage) as village:
        heard, unheard = a_day_of_work(stage, village)
    for name in ("hub.db", "hub.db-wal", "hub.db-shm"):
        (hub / name).unlink(missing_ok=True)
        if (disk / name).exists():
            shutil.copy2(disk / name, hub / name)
    with serving(stage) as village:
        assert_nothing_is_lost(stage, village, heard, unheard)


def test_a_hub_of_yesterday_and_a_village_meet_without_any_log(yesterday: Yesterday) -> None:
    """The hub's ledger and diary are gone with its newest database, and the laptop's log of the feed too."""
    stage = yesterday.stage
    hub = stage.folder / "hub"
    shutil.copy2(hub / "hub.db", stage.folder / "hub-of-yesterday.db")
    with serving(stage) as village:
        heard, _ = a_day_of_work(stage, village)
    for name in ("hub.db-wal", "hub.db-shm", LEDGER_NAME, DIARY_NAME):
        (hub / name).unlink(missing_ok=True)
    shutil.copy2(stage.folder / "hub-of-yesterday.db", hub / "hub.db")
    with NodeStore.open(stage.folder / village.office.directory) as store, store.local_writing() as connection:
        assert connection.execute(delete(FEED_ROW)).rowcount
    stage.hub("restore", "--rebuild-ledger")
    with serving(stage) as village:
        for _ in range(2):
            sync(stage, village)
            stage.hub("reconcile")
        sync(stage, village)
        # Without a log nothing proves the value that only the laptop has: a person decides, and sees which it is.
        (case,) = stage.hub("review", "list")["cases"]
        page = stage.hub("review", "show", case["id"])
        assert [(row["current"], row["proposed"]) for row in page["rows"]] == [("—", "081200009011")]
        choice = ("--accept-all", "--reason", "sesuai catatan desa", *REGISTRAR)
        stage.hub("review", "decide", page["id"], "--page", page["page"], *choice)
        sync(stage, village)
        assert shown(stage, village, heard)["phone"] == "081200009011"
        assert_converged(stage, village)


def another_laptop(village: Village, name: str) -> Village:
    """Return the same office on another machine; who saves there is the same officer."""
    return replace(village, office=replace(village.office, name=name), saved=set())


def test_a_restored_laptop_a_copied_one_and_their_original_all_deliver_what_they_hold(yesterday: Yesterday) -> None:
    stage = yesterday.stage
    with serving(stage) as village:
        restored, copied = another_laptop(village, "lain"), another_laptop(village, "salinan")
        correct(stage, village, [{"phone": "081200009001"}])
        sync(stage, village)
        correct(stage, village, [{"phone": "081200009002"}])
        shutil.copytree(stage.folder / village.office.directory, stage.folder / copied.office.directory)
        words = ("village", "restore", yesterday.village_backup, "--code", yesterday.recovery_code)
        done = stage.village(restored, *words)
        assert done["contents"]["residents"] == village.residents_imported
        # All three have work that the district has not seen; two of them believe to be the same laptop.
        for laptop, name in ((village, "SITI AMINAH"), (copied, "BUDI SANTOSO"), (restored, "DEWI LESTARI")):
            correct(stage, laptop, [{"name": name}])
        laptops = (village, copied, restored)
        for laptop in (*laptops, *laptops):
            sync(stage, laptop)
        hub = stage.hub("proof", village.office.code)
        sides = [stage.village(laptop, "village", "proof") for laptop in laptops]
        assert len({(side["position"], side["head"], side["fingerprint"]) for side in (*sides, hub)}) == 1
        assert all(side["is_consistent"] for side in (*sides, hub))
        assert all(hub["outcomes"].get(change) is not None for laptop in laptops for change in laptop.saved)
