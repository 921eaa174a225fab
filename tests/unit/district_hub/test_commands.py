"""The hub's commands: parse, call one function, print; JSON is the last line, a rehearsal changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from district_hub.commands import hub_app
from district_hub.config import CONFIG_NAME, load_config
from district_hub.hub import Hub, create_hub
from district_hub.keys import add_village_key
from district_hub.nightly_job import nightly_schedule
from schemas.errors import VillageSyncError
from schemas.fields import Kind
from sync_protocol.entries import EntryKind
from tests.hub_office import NOW, A, B, Office, created, person, record_id, updated
from tests.unit.importing.build import Row, grid, write_csv
from tests.unit.importing.build import person as row

NIK = "3510095205709001"
BORN = dt.date(1970, 5, 12)
RUNNER = CliRunner()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A founded hub with two villages, in which commands and the test work side by side."""
    directory = tmp_path / "hub"
    from district_hub.config import HubConfig

    create_hub(directory, HubConfig(district_code="35.10"), NOW - 1_000)
    opened = Office.within(directory, load_config(directory, {}))
    yield opened
    opened.store.close()


def run(office: Office, *words: str) -> Any:
    """Run a command with --json and return what it printed last."""
    result = RUNNER.invoke(hub_app, [*words, "--dir", str(office.directory), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


def words_of(office: Office, *words: str) -> str:
    """Run a command for people and return its words."""
    result = RUNNER.invoke(hub_app, [*words, "--dir", str(office.directory)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(office: Office, *words: str) -> str:
    """Run a command that is refused and return the code."""
    with pytest.raises(VillageSyncError) as error:
        run(office, *words)
    return error.value.code


def make_case(office: Office) -> str:
    office.save(A, person(1, nik=NIK))
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITI AMENAH", "SITI AMINAH DEWI"))
    office.sync(A)
    case_id: str = run(office, "review", "list")["cases"][0]["id"]
    return case_id


def declare(office: Office) -> None:
    event = created(20, Kind.VITAL_EVENT, event_kind=1, state=1, subject_id=record_id(10))
    office.save(A, person(10, "DEWI LESTARI"), event, kind=EntryKind.EVENT)
    office.sync(A)


# -- founding and enrolment


def test_a_hub_is_founded_once(tmp_path: Path) -> None:
    words = ["init", "--district", "3510", "--dir", str(tmp_path / "hub"), "--json"]
    dry = RUNNER.invoke(hub_app, [*words, "--dry-run"], catch_exceptions=False)
    assert json.loads(dry.stdout)["dry_run"] is True
    assert not (tmp_path / "hub").exists()
    done = RUNNER.invoke(hub_app, words, catch_exceptions=False)
    assert json.loads(done.stdout) == {"directory": str(tmp_path / "hub"), "district_code": "35.10", "dry_run": False}
    assert "root.key" in done.stderr
    assert (tmp_path / "hub" / CONFIG_NAME).exists()
    with pytest.raises(VillageSyncError) as again:
        RUNNER.invoke(hub_app, words, catch_exceptions=False)
    assert again.value.code == "hub-exists"


def test_an_invitation_is_written_where_it_is_wanted(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "genteng.invitation"
    assert run(office, "invite", "35.10.14.2006", "--dry-run")["dry_run"] is True
    made = run(office, "invite", "3510142006", "--out", str(out))
    assert (made["village_code"], made["village_name"], made["file"]) == ("35.10.14.2006", "Pakistaji", str(out))
    assert out.stat().st_mode & 0o777 == 0o600
    assert "usable once" in words_of(office, "invite", "35.10.14.2012")
    assert refused(office, "invite", "35.09.14.2006") == "village-outside-district"


def test_requests_devices_and_unknown_ids(office: Office) -> None:
    office.enrol(A)
    assert run(office, "requests") == {"requests": []}
    assert words_of(office, "requests", "--all") == "Nobody asks.\n"
    (device,) = run(office, "devices", "--village", "35.10.01.2001")["devices"]
    assert (device["village_code"], device["mark"], device["revoked_reason"]) == ("35.10.01.2001", "1", "")
    assert device["id"] in words_of(office, "devices")
    assert refused(office, "approve", "4f2a", "--words", "x") == "id-unknown"
    assert refused(office, "refuse-device", "4f2a") == "id-unknown"
    assert refused(office, "revoke", "zz") == "id-unknown"
    assert refused(office, "devices", "--village", "35.10.99.2001") == "village-unknown"


def test_a_device_is_locked_out_and_let_in_again(office: Office) -> None:
    office.enrol(A)
    (device,) = run(office, "devices")["devices"]
    assert run(office, "revoke", device["id"][:6], "--dry-run")["dry_run"] is True
    run(office, "revoke", device["id"][:6], "--reason", "dicuri")
    (locked,) = run(office, "devices")["devices"]
    assert (locked["standing"], locked["revoked_reason"]) == ("revoked", "dicuri")
    run(office, "reinstate", device["id"], "--reason", "ditemukan")
    assert run(office, "devices")["devices"][0]["standing"] != "revoked"


# -- registrars


def test_a_case_is_listed_shown_and_decided(office: Office) -> None:
    case_id = make_case(office)
    page = run(office, "review", "show", case_id[:6])
    (row,) = page["rows"]
    assert (row["seen"], row["current"], row["proposed"]) == ("SITI AMENAH", "SITI AMINAH", "SITI AMINAH DEWI")
    shown = words_of(office, "review", "show", case_id[:6])
    assert "SITI AMENAH" in shown
    assert f"page {page['page']}" in shown
    decision = ("review", "decide", case_id, "--accept", row["change"][:8], "--reason", "akta", "--page", page["page"])
    assert run(office, *decision, "--dry-run") == {"id": case_id, "decided": 1, "dry_run": True}
    assert office.value(1, "name") == "SITI AMINAH"
    assert run(office, *decision, "--registrar", "Bu Ratna")["decided"] == 1
    assert office.value(1, "name") == "SITI AMINAH DEWI"
    assert words_of(office, "review", "list") == "No case is open.\n"
    assert run(office, "review", "show", case_id)["reason"] == "akta"
    (line,) = (office.directory / "diary.jsonl").read_text().splitlines()
    assert json.loads(line)["registrar"] == "Bu Ratna"


def test_a_decision_needs_one_choice_a_reason_and_the_page_that_was_seen(office: Office) -> None:
    case_id = make_case(office)
    decide = ("review", "decide", case_id)
    assert refused(office, *decide, "--reason", "x") == "choice-missing"
    assert refused(office, *decide, "--accept-all", "--refuse-all", "--reason", "x") == "choice-missing"
    assert refused(office, *decide, "--refuse-all") == "reason-missing"
    assert refused(office, *decide, "--refuse-all", "--reason", "x", "--page", "00000000") == "page-changed"
    assert refused(office, *decide, "--accept", "ffff", "--reason", "x") == "id-unknown"
    assert run(office, "review", "list")["cases"][0]["id"] == case_id


def test_equal_cases_are_decided_with_one_command(office: Office) -> None:
    office.save(A, *(created(n, Kind.HOUSEHOLD, head_id=record_id(50)) for n in (1, 2)))
    office.sync(A)
    for n in (1, 2):
        office.save(A, updated(n, Kind.HOUSEHOLD, "head_id", record_id(51), record_id(52)))
    office.sync(A)
    (first, _) = run(office, "review", "list", "--village", "35.10.01.2001")["cases"]
    (group,) = run(office, "review", "groups")["groups"]
    assert (first["id"] in group["cases"], len(group["cases"]), group["villages"]) == (True, 2, 1)
    assert "2 cases in 1 village" in words_of(office, "review", "groups")
    many = ("decide-many", first["id"], "--accept-all")
    assert refused(office, "decide-many", first["id"]) == "choice-missing"
    assert refused(office, *many) == "reason-missing"
    assert run(office, *many, "--reason", "satu SK", "--dry-run")["decided"] == 2
    assert run(office, *many, "--reason", "satu SK")["decided"] == 2
    assert office.value(2, "head_id") == record_id(52)
    assert words_of(office, "review", "groups") == "No two cases ask the same.\n"


def test_a_decision_is_listed_and_undone(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.sync(A)
    assert words_of(office, "decisions") == "Nothing is decided yet.\n"
    run(office, "correct", NIK, "--set", "name=DEWI", "--set", "phone=0811", "--reason", "KTP")
    (decision,) = run(office, "decisions")["decisions"]
    assert (decision["action"], decision["reason"]) == ("correct", "KTP")
    assert "KTP" in words_of(office, "decisions", "--limit", "5")
    office.save(A, updated(1, Kind.RESIDENT, "phone", "0811", "0822"))
    office.sync(A)
    undoing = ("undo", decision["id"], "--reason", "keliru")
    assert run(office, *undoing, "--dry-run")["fields"] == 1
    assert "is left alone: changed-since" in words_of(office, "undo", decision["id"][:12], "--reason", "keliru")
    assert (office.value(1, "name"), office.value(1, "phone")) == ("SITI AMINAH", "0822")
    assert refused(office, *undoing) == "nothing-to-undo"
    assert refused(office, "undo", "44" + "0" * 32, "--reason", "x") == "decision-unknown"
    assert refused(office, "undo", "zz" * 17, "--reason", "x") == "id-unknown"


def test_an_event_is_registered_or_refused(office: Office) -> None:
    declare(office)
    (event,) = run(office, "register", "list")["events"]
    assert (event["kind_words"], event["people"][0]["name"]) == ("KELAHIRAN", "DEWI LESTARI")
    assert "DEWI LESTARI" in words_of(office, "register", "list")
    short = event["id"]
    assert event["page"] in words_of(office, "register", "show", short)
    assert run(office, "register", "refuse", short, "--reason", "x", "--dry-run")["dry_run"] is True
    assert refused(office, "register", "accept", short, "--number", "R-1", "--page", "00000000") == "page-changed"
    accepted = run(office, "register", "accept", short, "--number", "R-1", "--certificate", "AL-1", "--nik", NIK)
    assert accepted["number"] == "R-1"
    assert (office.value(10, "birth_number"), office.value(10, "nik")) == ("AL-1", int(NIK))
    assert refused(office, "register", "refuse", short, "--reason", "x") == "id-unknown"
    assert words_of(office, "register", "list") == "Nothing waits for registration.\n"


def test_an_event_is_refused_with_a_reason(office: Office) -> None:
    declare(office)
    run(office, "register", "refuse", record_id(20).hex(), "--reason", "tanpa surat")
    assert office.value(20, "refusal_reason") == "tanpa surat"


def test_fields_are_corrected_as_they_are_typed(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.sync(A)
    sets = ("name=SITI", "birth_on=12-05-1970", "sex=P", "household_id=", "blood_type=O")
    words = [part for one in sets for part in ("--set", one)]
    assert run(office, "correct", NIK, *words, "--reason", "KTP", "--dry-run")["fields"] == 4
    assert run(office, "correct", NIK, *words, "--reason", "KTP") == {
        "id": record_id(1).hex(),
        "fields": 4,
        "dry_run": False,
    }
    assert (office.value(1, "name"), office.value(1, "birth_on"), office.value(1, "sex")) == ("SITI", 131, 2)
    history = run(office, "history", NIK)["versions"]
    assert history[-1]["changed"]["Full name"] == "SITI"
    assert history[-1]["reason"] == "KTP"
    assert "12-05-1970" in words_of(office, "history", NIK)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("birth_on=31-02-2001", "data"),
        ("sex=X", "code-unknown"),
        ("nik=12", "nik-format"),
        ("shoe=1", "field-unknown"),
        ("owner=35.10.99.2001", "village-unknown"),
        ("household_id=9999", "record-unknown"),
    ],
)
def test_a_wrong_value_is_refused(office: Office, wanted: str, code: str) -> None:
    office.save(A, person(1, nik=NIK))
    office.sync(A)
    assert refused(office, "correct", NIK, "--set", wanted, "--reason", "x") == code


def test_people_are_merged_by_two_registrars_and_unmerged(office: Office) -> None:
    office.save(A, person(1, nik=NIK, birth_on=BORN), person(2, "SITI AMINAH", birth_on=BORN, phone="0811"))
    office.sync(A)
    two = record_id(2).hex()
    (group,) = run(office, "merge", "candidates", "--village", "35.10.01.2001")["groups"]
    assert [one["nik"] for one in group["people"]] == [NIK, None]
    assert two in words_of(office, "merge", "candidates")
    proposing = ("merge", "propose", two, NIK, "--take", "phone", "--reason", "satu orang", "--registrar", "Bu Ratna")
    assert run(office, *proposing, "--dry-run")["dry_run"] is True
    proposal = run(office, *proposing)["id"]
    assert "SITI AMINAH" in words_of(office, "merge", "list")
    assert refused(office, "merge", "confirm", proposal, "--registrar", "bu ratna") == "second-person-needed"
    run(office, "merge", "confirm", proposal[:6], "--registrar", "Pak Hadi")
    assert (office.value(2, "merged_into"), office.value(1, "phone")) == (record_id(1), "0811")
    office.save(A, updated(2, Kind.RESIDENT, "occupation", None, 9))
    office.sync(A)
    parting = ("unmerge", two, "--reason", "dua orang")
    assert run(office, *parting, "--dry-run")["dry_run"] is True
    assert "stands for itself" in words_of(office, *parting)
    assert (office.value(2, "merged_into"), office.value(1, "phone")) == (None, None)
    assert [one["state"] for one in run(office, "merge", "list", "--all")["proposals"]] == ["confirmed"]
    assert words_of(office, "merge", "list") == "No merge waits.\n"
    again = run(office, *proposing)["id"]
    run(office, "merge", "decline", again)
    assert refused(office, "merge", "confirm", again) == "id-unknown"


def test_numbers_are_entered_as_blocks_and_issued(office: Office) -> None:
    office.save(A, person(1, birth_on=BORN, sex=2), created(2, Kind.HOUSEHOLD, hamlet="KRAJAN"))
    office.sync(A)
    assert words_of(office, "number", "list") == "No block is entered.\n"
    adding = ("number", "add", "nik", "3510015205709001", "3510015205709009", "--source", "470/12/2026")
    assert run(office, *adding, "--dry-run")["dry_run"] is True
    assert run(office, *adding)["left"] == 9
    run(office, "number", "add", "kk", "3510012805269001", "3510012805269001", "--source", "470/13/2026")
    one = record_id(1).hex()
    assert run(office, "number", "issue", one, "--reason", "F-1.02", "--dry-run")["number"] == "3510015205709001"
    assert run(office, "number", "issue", one, "--reason", "F-1.02")["number"] == "3510015205709001"
    assert "3510012805269001" in words_of(office, "number", "issue", record_id(2).hex(), "--reason", "F-1.02")
    assert [block["left"] for block in run(office, "number", "list")["blocks"]] == [8, 0]
    assert "8 left" in words_of(office, "number", "list")
    assert refused(office, "number", "issue", one, "--reason", "x") == "number-given"
    assert refused(office, "number", "issue", one) == "reason-missing"


def test_what_a_search_finds_is_certified(office: Office) -> None:
    office.save(A, created(9, Kind.HOUSEHOLD, hamlet="KRAJAN"), person(1, "SITI", household_id=record_id(9)))
    office.save(A, person(2, "BUDI"))
    office.sync(A)
    village = ("--village", "35.10.01.2001")
    assert run(office, "certify", *village, "--search", "siti", "--dry-run")["certified"] == 2
    assert run(office, "certify", *village, "--hamlet", "KRAJAN")["certified"] == 2
    assert office.value(9, "certified_at") is not None
    assert run(office, "certify", "--search", "budi")["certified"] == 1
    assert run(office, "certify", *village)["certified"] == 0
    assert refused(office, "certify", "--hamlet", "KRAJAN") == "choice-missing"


def test_a_number_that_two_people_have_names_neither(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.save(B, person(2, nik=NIK))
    office.sync()
    assert refused(office, "correct", NIK, "--set", "name=X", "--reason", "x") == "record-ambiguous"


def test_records_and_villages_are_certified(office: Office) -> None:
    office.save(A, person(1, nik=NIK), person(2), person(3))
    office.sync(A)
    assert run(office, "certify", NIK)["certified"] == 1
    assert run(office, "certify", "--village", "35.10.01.2001", "--limit", "1")["certified"] == 1
    assert run(office, "certify", "--village", "35.10.01.2001", "--dry-run")["certified"] == 1
    assert run(office, "certify", "--village", "35.10.01.2001")["certified"] == 1
    assert run(office, "certify", "--village", "35.10.01.2001")["certified"] == 0
    assert refused(office, "certify") == "choice-missing"


def test_a_correction_that_doubles_a_nik_opens_its_flags_at_once(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.save(B, person(2))
    office.sync()
    run(office, "correct", record_id(2).hex(), "--set", f"nik={NIK}", "--reason", "KTP")
    flags = run(office, "flags")["flags"]
    assert [(one["code"], one["village"], one["detail"]) for one in flags] == [
        ("nik-twice", "Desa 1", "elsewhere"),
        ("nik-twice", "Desa 2", "elsewhere"),
    ]
    assert "One NIK on two living people" in words_of(office, "flags", "--village", "35.10.01.2001")


def test_a_regencys_list_is_loaded_village_by_village(office: Office, tmp_path: Path) -> None:
    place: Row = {"Kecamatan": "GENTENG", "Desa/Kel": "KEMBIRITAN"}
    nowhere: Row = {"Kecamatan": "GENTENG", "Desa/Kel": "ATLANTIS"}
    rows = [row(9001) | place, row(9002, kk_level="4") | place, row(9003) | nowhere]
    path = write_csv(tmp_path / "siak.csv", grid(rows))
    for village in (A, B):  # the office's villages came without keys of their own
        add_village_key(office.directory, f"35.10.0{village}.2001", f"Desa {village}")
    assert refused(office, "import", str(path)) == "no-village-here"
    assert refused(office, "import", str(path), "--add-villages", "--dry-run") == "no-village-here"
    done = run(office, "import", str(path), "--add-villages")
    assert [(one["code"], one["new"], one["families"]) for one in done["villages"]] == [("35.10.09.2001", 2, 1)]
    assert [(one["village"], one["why"]) for one in done["unknown"]] == [("ATLANTIS", "village-unknown")]
    again = words_of(office, "import", str(path))
    assert "Kembiritan" in again
    mapping = tmp_path / "siak.toml"
    mapping.write_text("colums = 3\n", encoding="utf-8")
    assert refused(office, "import", str(path), "--mapping", str(mapping)) == "mapping-format"
    (version,) = run(office, "history", "3510091708859001")["versions"]
    assert (version["action"], version["reason"]) == ("import", "import of siak.csv")


# -- nights and mornings


@pytest.mark.sqlite
def test_the_night_is_run_and_reported(office: Office) -> None:
    assert refused(office, "report") == "report-missing"
    assert run(office, "reconcile", "--dry-run") == {"dry_run": True}
    done = run(office, "reconcile")
    assert [village["code"] for village in done["villages"]] == ["35.10.01.2001", "35.10.02.2001"]
    assert run(office, "report") == done
    assert words_of(office, "report").startswith("LAPORAN PAGI")
    assert words_of(office, "report", "--lang", "en").startswith("MORNING REPORT")
    assert "last nightly run" in words_of(office, "status")
    (backup,) = run(office, "backup", "--list")["backups"]
    assert Path(backup["file"]).name == done["backup"]["file"]


@pytest.mark.sqlite
def test_a_backup_is_put_back_and_the_hub_resumed(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.sync(A)
    made = run(office, "backup")["file"]
    run(office, "correct", NIK, "--set", "name=DEWI", "--reason", "KTP")
    office.store.close()
    assert run(office, "restore", made, "--dry-run")["dry_run"] is True
    assert Path(run(office, "restore", made)["kept"]).exists()
    assert run(office, "status")["is_mute"] is True
    assert refused(office, "correct", NIK, "--set", "name=X", "--reason", "x") == "hub-mute"
    assert refused(office, "reconcile") == "hub-mute"
    assert run(office, "restore", "--resume", "--dry-run") == {"dry_run": True}
    assert run(office, "restore", "--resume")["decisions_again"] == 1
    assert run(office, "find", "dewi")["residents"][0]["nik"] == NIK
    assert refused(office, "restore") == "choice-missing"


@pytest.mark.sqlite
def test_a_number_issued_since_the_backup_is_not_issued_again(office: Office) -> None:
    office.save(A, *(person(n, birth_on=BORN, sex=2) for n in (1, 2)))
    office.sync(A)
    run(office, "number", "add", "nik", "3510015205709001", "3510015205709009", "--source", "470/12/2026")
    made = run(office, "backup")["file"]
    first = run(office, "number", "issue", record_id(1).hex(), "--reason", "F-1.02")["number"]
    run(office, "correct", record_id(1).hex(), "--set", "nik=", "--reason", "salah orang")
    office.store.close()
    run(office, "restore", made)
    run(office, "restore", "--resume")
    again = run(office, "number", "issue", record_id(2).hex(), "--reason", "F-1.02")["number"]
    assert (first, again) == ("3510015205709001", "3510015205709002")


def test_waits_are_ended_by_name(office: Office) -> None:
    assert run(office, "writeoff", "35.10.01.2001", "--dry-run")["devices"] == []
    assert run(office, "writeoff", "35.10.01.2001") == {
        "village_code": "35.10.01.2001",
        "devices": [],
        "decided": 0,
        "dry_run": False,
    }
    assert run(office, "gaps") == {"gaps": [], "released": 0, "dry_run": False}
    assert run(office, "gaps", "--release")["released"] == 0
    assert words_of(office, "gaps") == "No gap.\n"


def test_status_and_proof_agree(office: Office) -> None:
    change_id = office.save(A, person(1, nik=NIK))
    office.sync(A)
    status = run(office, "status")["villages"][0]
    proof = run(office, "proof", "35.10.01.2001")
    assert (proof["position"], proof["head"], proof["fingerprint"]) == (1, status["head"], status["fingerprint"])
    assert proof["outcomes"] == {change_id.hex(): "accepted"}
    assert proof["is_consistent"] is True
    assert "accepted" in words_of(office, "proof", "35.10.01.2001")
    assert run(office, "find", "siti", "--village", "35.10.01.2001")["residents"][0]["name"] == "SITI AMINAH"
    assert words_of(office, "find", "siti", "--village", "35.10.02.2001") == "Nobody.\n"


def test_a_stick_is_answered_file_by_file(office: Office, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    assert run(office, "stick", "--folder", str(usb)) == {"answered": 0, "files": [], "dry_run": False}
    assert run(office, "stick", "--folder", str(usb), "--dry-run") == {"files": [], "dry_run": True}
    assert refused(office, "stick", "--folder", str(tmp_path / "none")) == "folder-missing"


def test_a_serving_hub_plans_its_night_and_a_new_one_has_missed_none(office: Office) -> None:
    with Hub.open(office.directory) as hub:
        founded_ms = next(record.at_ms for record in hub.ledger)
        with nightly_schedule(hub, lambda: founded_ms + 60_000):
            pass
        assert not (office.directory / "nightly.lock").exists()


# -- every command


def commands() -> Iterator[tuple[str, Any]]:
    def walk(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            path = f"{prefix} {name}".strip()
            if hasattr(command, "commands"):
                yield from walk(path, command)
            else:
                yield path, command

    yield from walk("", typer.main.get_command(hub_app))


READS = {"requests", "devices", "register list", "register show", "review list", "review show", "report"}
READS |= {"status", "proof", "history", "find", "flags", "merge list", "merge candidates", "number list"}
READS |= {"decisions", "review groups", "keys", "files"}


@pytest.mark.parametrize(("path", "command"), [pytest.param(*each, id=each[0]) for each in commands()])
def test_every_command_has_help_an_example_and_its_options(path: str, command: Any) -> None:
    assert command.help
    assert re.match(r"Example: kampung hub ", command.epilog or "")
    options = {option for parameter in command.params for option in parameter.opts}
    assert "--dir" in options
    if path != "serve":
        assert "--json" in options
        assert ("--dry-run" in options) is (path not in READS)
    assert all(parameter.help for parameter in command.params if parameter.name != "help")
