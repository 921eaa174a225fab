"""The console's services, requests with their papers, letters and attachments: parse, call, print one stable shape."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from schemas.errors import EX_DATAERR, ConfigError, DataError, VillageSyncError
from tests.fakes_desk import RealDesk
from tests.families import settle
from village_node.commands import service_app, village_app
from village_node.store import NodeStore

MOTHER = "3510014304809001"
APPS: dict[str, typer.Typer] = {"village": village_app, "service": service_app}

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, enrolled_folder: Path) -> Run:
    """Run a command on a node with one family; returns its JSON if asked for, else its text."""
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))
    with NodeStore.open(folder) as store:
        settle(RealDesk(store))

    def run_one(app: str, *words: str, code: int = 0) -> Any:
        environment = {"KAMPUNG_OFFICER": "SITI", "KAMPUNG_VILLAGE_DIR": str(folder)}
        result = CliRunner().invoke(APPS[app], list(words), env=environment)
        if isinstance(result.exception, VillageSyncError):
            raise result.exception
        assert result.exit_code == code, (result.output, result.exception)
        return json.loads(result.stdout.splitlines()[-1]) if "--json" in words else result.stdout

    return run_one


def test_checking_a_folder_of_definitions_reports_every_fault_and_exits_65(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "layanan"
    folder.mkdir()
    (folder / "a.toml").write_text('code = "SKD-03"\nfee = 9\n', encoding="utf-8")
    tree = run("service", "check", str(folder), "--json", code=EX_DATAERR)
    assert tree["checked"] == 1
    assert {"fee", "name", "issuer", "path"} <= {one["key"] for one in tree["faults"]}
    assert "a.toml: fee: " in run("service", "check", str(folder / "a.toml"), code=EX_DATAERR)
    with pytest.raises(ConfigError) as error:
        run("service", "check", str(tmp_path / "tidak-ada.toml"))
    assert error.value.code == "service-file-missing"


def test_services_are_listed_with_their_cases(run: Run) -> None:
    tree = run("service", "list", "--json")
    lost = next(one for one in tree["services"] if one["code"] == "ADM-08")
    assert lost["cases"] == ["hilang", "rusak"]
    assert "SKD-03" in run("service", "list")


def test_a_request_names_its_case_and_shows_what_is_missing(run: Run) -> None:
    words = ("--service", "ADM-08", "--case", "rusak", "--document", "ktp")
    opened = run("village", "request", "open", MOTHER, *words, "--json")
    assert [one["code"] for one in opened["cautions"]] == ["document-missing"]
    request = opened["created"][0]
    assert "BELUM  kk-rusak" in run("village", "request", "papers", request)
    tree = run("village", "request", "papers", request, "--document", "kk-rusak", "--json")
    assert [(one["code"], one["present"]) for one in tree["papers"]] == [("ktp", True), ("kk-rusak", True)]
    with pytest.raises(DataError) as error:
        run("village", "request", "open", MOTHER, "--service", "SKD-06", "--answer", "tanpa tanda")
    assert error.value.code == "answer-form"
