"""``kampung village officer``: at the laptop itself."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import DataError, RefusedError
from tests.node_ground import NOW_MS
from tests.village_console import village_command
from village_node.accounts import Accounts, Role
from village_node.store import NodeStore

SECRET, OTHER = "jalan mawar merah", "sawah di tepi kali"


class Console:
    """The officer commands on one node."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str, typed: str = "", code: int = 0) -> str:
        return village_command(self.folder, "officer", *words, typed=typed, code=code).stdout

    def listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.run("list", "--json"))["officers"]
        return found

    def sign_in(self, username: str, password: str) -> str:
        with NodeStore.open(self.folder) as store:
            return Accounts(store, lambda: NOW_MS).sign_in(username, password).display_name


@pytest.fixture
def console(tmp_path: Path, enrolled_folder: Path) -> Console:
    made = Console(Path(shutil.copytree(enrolled_folder, tmp_path / "desa")))
    made.run("add", "siti", "--name", "Siti Aminah", "--role", "head", "--password-stdin", typed=f"{SECRET}\n")
    return made


def test_an_officer_that_was_added_gets_in(console: Console) -> None:
    assert console.sign_in("siti", SECRET) == "Siti Aminah"
    console.run("add", "pakrt", "--role", "rt_head", "--rt", "1", "--rw", "2", "--password-stdin", typed=OTHER)
    assert [(one["username"], one["role"], one["scope"]["rt"]) for one in console.listed()] == [
        ("pakrt", "rt_head", "1"),
        ("siti", "head", ""),
    ]
    assert "Siti Aminah" in console.run("list")


def test_a_forgotten_password_is_reset_at_the_laptop(console: Console) -> None:
    console.run("reset", "siti", "--password-stdin", typed=OTHER)
    assert console.sign_in("siti", OTHER)
    with pytest.raises(RefusedError):
        console.sign_in("siti", SECRET)


def test_a_trial_run_changes_nothing(console: Console) -> None:
    before = console.listed()
    console.run("add", "budi", "--dry-run")
    console.run("reset", "siti", "--dry-run")
    console.run("disable", "siti", "--dry-run")
    console.run("enable", "siti", "--dry-run")
    console.run("role", "siti", "--role", "operator", "--dry-run")
    assert console.listed() == before
    assert console.sign_in("siti", SECRET)


def test_disabling_and_roles(console: Console) -> None:
    console.run("add", "budi", "--role", "secretary", "--password-stdin", typed=OTHER)
    console.run("disable", "siti")
    assert {one["username"]: one["is_active"] for one in console.listed()} == {"budi": True, "siti": False}
    console.run("enable", "siti")
    console.run("role", "budi", "--role", "operator")
    assert {one["username"]: one["role"] for one in console.listed()} == {"budi": "operator", "siti": "head"}


def test_without_a_terminal_nobody_is_asked(console: Console) -> None:
    console.run("add", "budi", typed=OTHER, code=2)
    console.run("add", "budi", "--role", "raja", "--password-stdin", typed=OTHER, code=2)
    assert len(console.listed()) == 1


def test_an_unknown_name_is_told_before_a_password_is_typed(console: Console) -> None:
    for words in (["reset", "siapa", "--password-stdin"], ["disable", "siapa", "--dry-run"]):
        with pytest.raises(DataError) as caught:
            console.run(*words)
        assert caught.value.code == "officer-unknown"


def test_looks_are_printed_as_a_table(console: Console) -> None:
    with NodeStore.open(console.folder) as store:
        accounts = Accounts(store, lambda: NOW_MS)
        accounts.create("budi", "Budi", Role.OPERATOR, OTHER)
        accounts.note_view(accounts.sign_in("budi", OTHER), bytes(16), "resident")
    assert [row[1] for row in csv.reader(console.run("views").splitlines())] == ["petugas", "Budi"]
    (view,) = json.loads(console.run("views", "--record", bytes(16).hex(), "--json"))["views"]
    assert (view["officer"], view["page"], view["is_refused"]) == ("Budi", "resident", False)
    console.run("views", "--record", "bukan id", code=2)
