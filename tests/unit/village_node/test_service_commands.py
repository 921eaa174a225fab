"""The console's services, requests with their papers, letters and attachments: parse, call, print one stable shape."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from schemas.errors import EX_DATAERR, ConfigError, DataError, MalformedMessageError
from sync_protocol.letter_tokens import published_keys
from sync_protocol.sealing import SigningKey
from tests.fakes_desk import RealDesk
from tests.families import settle
from tests.node_ground import NOW_MS, seed
from tests.village_console import tree_of, village_command
from village_node.commands import letter_app, service_app, village_app
from village_node.store import NodeStore

MOTHER = "3510014304809001"
APPS: dict[str, typer.Typer] = {"village": village_app, "service": service_app, "letter": letter_app}

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, enrolled_folder: Path) -> Run:
    """Run a command on a node with one family; returns its JSON if asked for, else its text."""
    folder = Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))
    with NodeStore.open(folder) as store:
        settle(RealDesk(store))

    def run_one(app: str, *words: str, code: int = 0) -> Any:
        result = village_command(folder, *words, app=APPS[app], code=code)
        return tree_of(result) if "--json" in words else result.stdout

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


def test_a_letter_is_issued_once_listed_reprinted_and_revoked(run: Run, tmp_path: Path) -> None:
    words = ("--service", "SKD-03", "--answer", "purpose=sekolah", "--signer", "SUPARMAN", "--once", "klik")
    pdf = tmp_path / "surat.pdf"
    first = run("village", "letter", "issue", MOTHER, *words, "--pdf", str(pdf), "--json")
    assert first["number"].startswith("470/001.A/")
    assert run("village", "letter", "issue", MOTHER, *words, "--json")["again"] is True
    assert run("village", "letter", "issue", MOTHER, *words).strip() == first["id"]
    copy = tmp_path / "lagi.pdf"
    assert run("village", "letter", "reprint", first["id"], "--pdf", str(copy), "--json")["number"] == first["number"]
    run("village", "letter", "reprint", first["id"], "--pdf", str(copy))
    assert copy.read_bytes() == pdf.read_bytes()
    assert first["number"] in run("village", "letter", "list")
    run("village", "letter", "revoke", first["id"], "--reason", "salah nama")
    assert "DICABUT: salah nama" in run("village", "letter", "list")
    assert run("village", "letter", "list", "--year", "2001", "--json") == {"letters": []}
    trial = run("village", "letter", "issue", MOTHER, *words[:-1], "baru", "--dry-run", "--json")
    assert trial["dry_run"] is True
    run("village", "letter", "issue", MOTHER, *words[:-1], "baru", "--dry-run")


def test_a_letter_names_heirs_on_the_command_line(run: Run, tmp_path: Path) -> None:
    father, pdf = "3510010304789001", tmp_path / "waris.pdf"
    run("village", "event", "death", father, "--on", "10-11-2026")
    answers = ("first_witness=PARJO", "second_witness=SUMINAH", "purpose=waris")
    words = [word for one in answers for word in ("--answer", one)]
    heirs = ("--person", f"{MOTHER}=Istri", "--by-hand", "SUTINI=Anak;birth_on=17-8-1990;address=Jember")
    issue = ("village", "letter", "issue", father, "--service", "SKD-37", "--signer", "SUPARMAN", *words)
    letter = run(*issue, *heirs, "--pdf", str(pdf), "--json")
    assert letter["people"] == [
        {"name": "SITI AMINAH", "relation": "Istri"},
        {"name": "SUTINI", "relation": "Anak"},
    ]
    assert pdf.read_bytes().startswith(b"%PDF")
    for wrong in ("SUTINI", "SUTINI=Anak;warna=biru", "SUTINI=Anak;1990"):
        with pytest.raises(DataError) as error:
            run(*issue, "--by-hand", wrong)
        assert error.value.code == "listed-form"
    family = ("--service", "SKD-59", "--signer", "SUPARMAN", "--answer", "purpose=x", "--json")
    assert len(run("village", "letter", "issue", MOTHER, *family)["people"]) == 3
    tree = run("service", "list", "--json")
    assert {one["audience"] for one in tree["services"] if one["code"] in {"SKD-03", "SKD-37"}} == {"person", "heirs"}


def test_a_printed_code_is_checked_offline_and_shows_no_person(run: Run, tmp_path: Path) -> None:
    words = ("--service", "SKD-03", "--answer", "purpose=sekolah", "--signer", "SUPARMAN")
    letter = run("village", "letter", "issue", MOTHER, *words, "--json")
    keys = tmp_path / "keys.json"
    with NodeStore.open(tmp_path / "desa") as store:
        device, hub = store.keys, SigningKey.from_seed(seed("hub"))
        listed: list[tuple[bytes, int | None]] = [(device.certificate, None)]
        keys.write_text(published_keys(device.root_key, device.key_list, listed, NOW_MS, hub), encoding="utf-8")
    tree = run("letter", "verify", letter["token"], "--keys", str(keys), "--json")
    assert (tree["number"], tree["village"], tree["valid"]) == (letter["number"], "Sumberagung", True)
    assert tree["revoked"] is None
    said = json.dumps(tree) + run("letter", "verify", letter["token"], "--keys", str(keys))
    assert letter["name"] not in said
    assert MOTHER not in said
    with NodeStore.open(tmp_path / "desa") as store:
        listed = [(device.certificate, NOW_MS)]
        keys.write_text(published_keys(device.root_key, device.key_list, listed, NOW_MS, hub), encoding="utf-8")
    assert run("letter", "verify", letter["token"], "--keys", str(keys), "--json")["device_locked_on"] == "2026-11-18"
    with pytest.raises(ConfigError):
        run("letter", "verify", letter["token"], "--keys", str(tmp_path / "tidak-ada"))
    with pytest.raises(MalformedMessageError):
        run("letter", "verify", "3510014304809001", "--keys", str(keys))


def test_a_file_is_attached_listed_and_saved(run: Run, tmp_path: Path) -> None:
    opened = run("village", "request", "open", MOTHER, "--service", "ADM-08", "--case", "rusak", "--json")
    request = opened["created"][0]
    scan, copy = tmp_path / "kk.pdf", tmp_path / "salinan.pdf"
    scan.write_bytes(b"%PDF-1.7 rusak")
    added = run("village", "attach", "add", request, str(scan), "--json")["created"][0]
    (one,) = run("village", "attach", "list", request, "--json")["files"]
    assert (one["id"], one["complete"], one["held_bytes"], one["hub_bytes"]) == (added, False, 14, 0)
    assert "belum lengkap, 0 %" in run("village", "attach", "list")
    run("village", "attach", "save", added, str(copy))
    assert copy.read_bytes() == scan.read_bytes()
    with pytest.raises(DataError):
        run("village", "attach", "add", request, str(tmp_path / "tidak-ada.pdf"))
