"""The commands of the event table: each row fills the form it names, with help, JSON and trial run."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.errors import VillageSyncError
from schemas.fields import fields_by_name
from tests.fakes_desk import TODAY, RealDesk
from tests.families import settle
from tests.village_console import tree_of, village_command
from village_node.commands import village_app
from village_node.commands.event_table import COMMON_ASKS, EVENT_COMMANDS, EventCommand, Reading
from village_node.registration.event_uses import EVENT_USES
from village_node.store import NodeStore

EVENT, RESIDENT = 3, 2
DAY = f"{TODAY:%d-%m-%Y}"


class Office:
    """A node in a folder with one family, and the commands to run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with NodeStore.open(folder) as store:
            desk = RealDesk(store)
            self.home = settle(desk)
            desk.change(self.home.son, birth_on=TODAY.replace(year=TODAY.year - 26))

    def json(self, *words: str) -> dict[str, Any]:
        tree: dict[str, Any] = tree_of(village_command(self.folder, "event", *words, "--json"))
        return tree

    def values(self, record_id: bytes | str) -> dict[str, Any]:
        key = bytes.fromhex(record_id) if isinstance(record_id, str) else record_id
        with NodeStore.open(self.folder) as store:
            return RealDesk(store).values(key)


@pytest.fixture
def office(tmp_path: Path, enrolled_folder: Path) -> Office:
    return Office(Path(shutil.copytree(enrolled_folder, tmp_path / "desa")))


def test_every_row_has_a_use_case_and_every_use_case_a_row() -> None:
    assert {one.name for one in EVENT_COMMANDS} == set(EVENT_USES)


@pytest.mark.parametrize("command", EVENT_COMMANDS, ids=lambda one: one.name)
def test_a_row_fills_fields_that_its_form_has(command: EventCommand) -> None:
    form = {field.name: field for field in dataclasses.fields(EVENT_USES[command.name].form)}
    asks = (*command.asks, *COMMON_ASKS)
    assert {ask.field for ask in asks} | {command.day} <= set(form)
    assert ("address" in form) == command.has_address
    asked = {ask.field for ask in asks if ask.is_required}
    needed = {name for name, one in form.items() if one.default is one.default_factory is dataclasses.MISSING}
    assert needed - {command.day} <= asked, "what a form must have is asked for"
    for ask in asks:
        if ask.reading in {Reading.EVENT_FIELD, Reading.RESIDENT_FIELD}:
            kind = EVENT if ask.reading is Reading.EVENT_FIELD else RESIDENT
            assert (ask.of or ask.field) in fields_by_name(kind)


@pytest.mark.parametrize("command", EVENT_COMMANDS, ids=lambda one: one.name)
def test_every_event_explains_itself(command: EventCommand) -> None:
    result = CliRunner().invoke(village_app, ["event", command.name, "--help"])
    assert result.exit_code == 0
    for word in ("--dry-run", "--json", "--on", "--paper", "Example: kampung village event"):
        assert word in result.output


def test_a_marriage_names_its_papers_and_is_saved_by_one_command(office: Office) -> None:
    words = ("marriage", "--husband", "budi", "--partner-name", "Rina Dewi", "--on", DAY, "--paper", "kk")
    trial = office.json(*words, "--dry-run")
    assert trial["changes"] == []
    assert [one["code"] for one in trial["papers"] if one["is_present"]] == ["kk"]
    done = office.json(*words)
    assert office.values(office.home.son)["marital_status"] == 5
    shown = office.json("papers", done["event"], "--paper", "ktp")["papers"]
    assert [one["code"] for one in shown if not one["is_present"]] == ["akta-kawin"]
    assert office.json("papers", done["event"])["papers"] == shown


def test_a_divorce_with_who_leaves_and_an_address(office: Office) -> None:
    done = office.json(
        "divorce", "--person", "siti aminah", "--ruling", "77/Pdt.G/2026", "--leaver", "siti aminah", "--on", DAY,
        "--mover", "dewi lestari", "--relation-of", "dewi lestari=ANAK", "--hamlet", "sawahan", "--unregistered",
    )  # fmt: skip
    assert office.values(office.home.mother)["marital_status"] == 8
    new = office.values(office.values(office.home.mother)["household_id"])
    assert (new["hamlet"], new["head_id"]) == ("SAWAHAN", office.home.mother)
    assert len(done["created"]) == 3


def test_what_is_missing_is_named_by_its_option(office: Office) -> None:
    with pytest.raises(VillageSyncError) as caught:
        office.json("divorce", "--on", DAY)
    assert (caught.value.code, caught.value.message) == ("value-missing", "--person belum diisi")


def test_a_birth_lists_the_papers_of_its_case(office: Office) -> None:
    words = ("birth", "--mother", "siti aminah", "--name", "Putri Ayu", "--sex", "P", "--on", DAY)
    done = office.json(*words, "--case", "tanpa-surat", "--paper", "sptjm-lahir", "--witness", "WAGIMAN")
    assert {one["code"]: one["is_present"] for one in done["papers"]} == {
        "sptjm-lahir": True,
        "akta-kawin": False,
        "kk": False,
        "ktp": False,
    }
    assert office.values(done["event"])["witnesses"] == ["WAGIMAN"]


def test_events_of_one_person_take_the_person_as_argument(office: Office) -> None:
    done = office.json("missing", "budi", "--on", DAY, "--certificate", "LP/12")
    office.json("found", "--person", "budi", "--on", DAY)
    assert office.values(office.home.son)["life_status"] == 1
    assert office.values(done["event"])["certificate_number"] == "LP/12"
    office.json("correct-certificate", "budi", "--element", "birth_on", "--to", "03-04-2000", "--on", DAY)
    assert office.values(office.home.son)["birth_on"].isoformat() == "2000-04-03"
    office.json("citizenship", "budi", "--to", "WNA", "--on", DAY)
    assert office.values(office.home.son)["citizenship"] == 2


def test_a_guest_comes_and_goes(office: Office) -> None:
    words = ("--name", "JOKO", "--sex", "L", "--with", "siti aminah", "--from", "Malang", "--until", "01-06-2027")
    done = office.json("temporary-in", *words, "--on", DAY)
    assert office.values(done["created"][0])["household_id"] == office.home.household
    office.json("temporary-out", "joko", "--on", DAY, "--to", "Malang")
    assert office.values(done["created"][0])["life_status"] == 6
