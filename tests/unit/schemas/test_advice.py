"""A command that a message advises can be run as it is printed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from district_hub.commands import hub_app
from schemas.advice import with_directory
from village_node.commands import sync_app, village_app

ROOT = Path(__file__).resolve().parents[3]
_ADVISED = re.compile(r"(?<!`)`(kampung (?:village|sync|hub) [a-z -]+)")
_APPS = {"village": village_app, "sync": sync_app, "hub": hub_app}


def test_the_named_directory_comes_along_quoted() -> None:
    said = "Lihat `kampung village import --batches`, lalu `kampung sync run`."
    words = ["village", "import", "a.xlsx", "--dir", "Desa Setail"]
    assert with_directory(said, words) == (
        "Lihat `kampung village import --batches --dir 'Desa Setail'`, lalu `kampung sync run --dir 'Desa Setail'`."
    )
    assert with_directory(said, [*words[:3], "--dir=desa"]).count("--dir desa`") == 2


@pytest.mark.parametrize("words", [["village", "import", "a.xlsx"], [], ["hub", "status", "--dir", "hub"], ["--dir"]])
def test_without_a_directory_of_its_kind_nothing_is_added(words: list[str]) -> None:
    assert with_directory("`kampung sync run`", words) == "`kampung sync run`"


def test_a_directory_that_stands_there_already_stays() -> None:
    said = "`kampung sync run --dir lain` dan `kampung service list`"
    assert with_directory(said, ["sync", "status", "--dir", "desa"]) == said


def advised() -> list[str]:
    """Return every command that a message of ours names."""
    sources = (path for package in ("village_node", "district_hub") for path in (ROOT / package).rglob("*.py"))
    texts = (path.read_text(encoding="utf-8") for path in sources)
    return sorted({found.strip() for text in texts for found in _ADVISED.findall(text)})


@pytest.mark.parametrize("command", advised())
def test_every_command_that_is_advised_exists_and_takes_a_directory(command: str) -> None:
    _, group, *words = command.split()
    found: Any = typer.main.get_command(_APPS[group])
    for word in words:
        inner = getattr(found, "commands", {}).get(word)
        if inner is None:
            break
        found = inner
    assert "--dir" in {option for param in found.params for option in param.opts}, command
