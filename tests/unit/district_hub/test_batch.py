"""A batch is a list of commands, each its own decision; one refused line never stops the next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from district_hub.commands import hub_app
from district_hub.config import HubConfig, load_config
from district_hub.hub import create_hub
from schemas.errors import EX_DATAERR, VillageSyncError
from tests.hub_office import NOW, A, Office, person

NIK = "3510095205709001"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    create_hub(tmp_path / "hub", HubConfig(district_code="35.10"), NOW - 1_000)
    opened = Office.within(tmp_path / "hub", load_config(tmp_path / "hub", {}))
    opened.save(A, person(1, nik=NIK))
    opened.sync(A)
    yield opened
    opened.store.close()


def batch(office: Office, *lines: Any, options: tuple[str, ...] = ()) -> tuple[int, Any]:
    path = office.directory / "batch.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n\n" for line in lines))
    words = ["batch", str(path), "--dir", str(office.directory), "--json", *options]
    result = CliRunner().invoke(hub_app, words)
    if isinstance(result.exception, VillageSyncError):
        raise result.exception
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


def test_each_line_is_a_command_of_its_own(office: Office) -> None:
    correction = ["correct", NIK, "--set", "phone=081200009001", "--reason", "kartu telepon"]
    exit_code, told = batch(office, correction, ["certify", NIK], ["proof", "35.10.01.2001"])
    assert exit_code == 0
    assert [one["line"] for one in told["done"]] == [1, 2, 3]
    assert told["done"][0]["result"]["fields"] == 1
    assert told["done"][1]["result"]["certified"] == 1
    assert told["done"][2]["result"]["is_consistent"] is True
    assert office.record(1).is_certified


def test_a_refused_or_mistyped_line_stops_nothing(office: Office) -> None:
    wrong = ["correct", "3510095205709999", "--set", "phone=0812", "--reason", "x"]
    right = ["correct", NIK, "--set", "phone=081200009001", "--reason", "x"]
    exit_code, told = batch(office, wrong, ["corect"], right)
    assert exit_code == EX_DATAERR
    assert [(one["line"], one["code"]) for one in told["failed"]] == [(1, "record-unknown"), (2, "usage")]
    assert told["done"][0]["line"] == 3
    assert office.value(1, "phone") == "081200009001"


@pytest.mark.parametrize("line", ["correct 35", "[]", "[1]", '{"a": 1}', '["batch", "x"]', '["serve"]', '["init"]'])
def test_a_line_that_is_no_command_is_refused_before_anything_is_done(office: Office, line: str) -> None:
    with pytest.raises(VillageSyncError) as error:
        batch(office, ["certify", NIK], line)
    assert error.value.code == "batch-line"
    assert not office.record(1).is_certified


def test_a_rehearsal_does_nothing_and_a_missing_file_is_told(office: Office) -> None:
    assert batch(office, ["certify", NIK], options=("--dry-run",)) == (0, {"lines": 1, "dry_run": True})
    assert not office.record(1).is_certified
    result = CliRunner().invoke(hub_app, ["batch", "nowhere.jsonl", "--dir", str(office.directory)])
    assert isinstance(result.exception, VillageSyncError)
    assert result.exception.code == "batch-file"
