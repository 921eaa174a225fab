"""The console commands of the village: they parse, call one use case, and print one stable shape."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from register.exporting import write_csv
from register.generator import HEADERS, generate_village
from schemas.codes import EventState, LifeStatus, RequestState
from schemas.errors import EX_DATAERR, ConfigError, DataError, RefusedError
from schemas.fields import Kind
from tests.fakes_desk import TODAY, RealDesk
from tests.families import FAMILY_NUMBER, Home, settle
from tests.node_ground import VILLAGE_CODE, FakeDistrict, HubCarrier
from tests.village_console import village_command
from village_node.commands import sync_app, village_app
from village_node.store import NodeStore
from village_node.syncer import synchronise

FATHER, MOTHER = "3510010304789001", "3510014304809001"


class Office:
    """A node in a folder with one family, and the commands to run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with NodeStore.open(folder) as store:
            self.home: Home = settle(RealDesk(store))

    def run(self, *words: str, code: int = 0) -> str:
        app = sync_app if words[0] == "sync" else village_app
        return village_command(self.folder, *(words[1:] if words[0] == "sync" else words), app=app, code=code).stdout

    def json(self, *words: str, code: int = 0) -> dict[str, Any]:
        tree: dict[str, Any] = json.loads(self.run(*words, "--json", code=code).splitlines()[-1])
        return tree

    def values(self, record_id: bytes | str) -> dict[str, Any]:
        key = bytes.fromhex(record_id) if isinstance(record_id, str) else record_id
        with NodeStore.open(self.folder) as store:
            return RealDesk(store).values(key)


@pytest.fixture
def office(tmp_path: Path, enrolled_folder: Path) -> Office:
    return Office(Path(shutil.copytree(enrolled_folder, tmp_path / "desa")))


def day(text: str = "") -> str:
    return text or f"{TODAY:%d-%m-%Y}"


def test_a_birth_names_its_change_event_and_child(office: Office) -> None:
    words = ("event", "birth", "--mother", MOTHER, "--father", FATHER, "--name", "Putri Ayu", "--sex", "P")
    more = ("--on", day(), "--place", "BANYUWANGI", "--set", "weight_g=3100", "--set", "birth_attendant=BIDAN")
    trial = office.json(*words, *more, "--dry-run")
    assert (trial["dry_run"], trial["changes"]) == (True, [])
    done = office.json(*words, *more)
    assert len(done["changes"]) == 1
    child, event = office.values(done["created"][0]), office.values(done["event"])
    assert (child["name"], child["household_id"]) == ("Putri Ayu", office.home.household)
    assert (event["weight_g"], event["birth_attendant"]) == (3100, 2)


def test_a_death_and_its_cancellation(office: Office) -> None:
    done = office.json("event", "death", "budi santoso", "--on", day(), "--cause", "1", "--place", "RUMAH")
    assert office.values(office.home.son)["life_status"] == LifeStatus.DEAD
    listed = office.json("event", "list", "--open")["events"]
    assert [(one["id"], one["name"]) for one in listed] == [(done["event"], "BUDI SANTOSO")]
    office.json("event", "cancel", done["event"], "--reason", "orang lain")
    assert office.values(done["event"])["state"] == EventState.CANCELLED
    assert office.values(office.home.son)["life_status"] == LifeStatus.ALIVE


def test_moves_out_in_and_inside(office: Office) -> None:
    out = office.json(
        "event", "move-out", "--mover", str(office.home.son.hex()), "--to", "35.10.09.2004", "--on", day()
    )
    assert office.values(out["event"])["place_to"] == "35.10.09.2004"
    back = office.json(
        "event", "move-in", "--from", "35.10.09.2004", "--name", "JOKO", "--sex", "L", "--nik", "3510091708909001",
        "--birth-on", "17-08-1990", "--on", day(), "--address", "JL. RAYA 9", "--set", "religion=ISLAM",
    )  # fmt: skip
    household, person, _ = back["created"]
    assert office.values(household)["address"] == "JL. RAYA 9"
    assert (office.values(person)["religion"], office.values(person)["relation"]) == (1, 1)
    office.json("event", "move-inside", "--household", FAMILY_NUMBER, "--hamlet", "sawahan", "--on", day())
    assert office.values(office.home.household)["hamlet"] == "SAWAHAN"
    joined = office.json(
        "event", "move-inside", "--household", "3510091708909001", "--mover", office.home.daughter.hex(),
        "--relation-of", f"{office.home.daughter.hex()}=FAMILI LAIN", "--on", day(),
    )  # fmt: skip
    assert len(joined["changes"]) == 1
    assert office.values(office.home.daughter)["household_id"].hex() == household


def test_a_family_arrives_from_a_file(office: Office, tmp_path: Path) -> None:
    people = tmp_path / "keluarga.jsonl"
    lines = [
        {"name": "JOKO", "sex": "L", "relation": "KEPALA KELUARGA", "birth_on": "17-08-1990"},
        {"name": "ANI", "sex": "P", "relation": "ISTRI"},
    ]
    people.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    done = office.json("event", "move-in", "--from", "Malang", "--people", str(people), "--on", day())
    assert len(done["created"]) == 4
    people.write_text('{"name": "JOKO", "umur": 3}', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        office.run("event", "move-in", "--from", "Malang", "--people", str(people))
    assert caught.value.code == "field-unknown"


def test_households_are_shown_split_formed_and_headed(office: Office) -> None:
    shown = office.json("household", "show", FATHER)
    assert [one["name"] for one in shown["members"]] == ["AHMAD FAUZI", "SITI AMINAH", "BUDI SANTOSO", "DEWI LESTARI"]
    split = office.json("household", "split", "--of", FATHER, "--member", FATHER, "--member", MOTHER, "--head", FATHER,
                        "--old-head", office.home.son.hex(), "--on", day())  # fmt: skip
    new = split["created"][0]
    assert office.values(new)["head_id"] == office.home.father
    assert office.values(office.home.mother)["relation"] == 3
    office.json("household", "head", "--of", new, "--head", MOTHER, "--on", day())
    assert office.values(new)["head_id"] == office.home.mother
    formed = office.json("household", "new", "--member", "budi", "--head", "budi", "--on", day())
    assert office.values(formed["created"][0])["head_id"] == office.home.son
    assert "perlu kepala" in office.run("household", "show", office.home.household.hex())
    needing = office.json("household", "list", "--without-head")["households"]
    assert [(one["id"], one["head"]) for one in needing] == [(office.home.household.hex(), None)]
    assert FAMILY_NUMBER in office.run("household", "list", FAMILY_NUMBER)
    assert office.json("inbox") == {"matters": []}


def test_residents_are_found_shown_corrected_annulled_and_restored(office: Office) -> None:
    found = office.json("resident", "find", "aminah siti")["people"]
    assert [one["nik"] for one in found] == [MOTHER]
    assert "SITI AMINAH" in office.run("resident", "find", "siti", "--hamlet", "krajan")
    done = office.json("resident", "correct", MOTHER, "--set", "occupation=PEDAGANG", "--set", "phone=0812")
    assert len(done["changes"]) == 1
    shown = office.json("resident", "show", MOTHER)
    assert shown["values"]["phone"] == "0812"
    assert shown["waiting"] == ["occupation", "phone"]
    assert "PEDAGANG" in office.run("resident", "show", MOTHER)
    office.json("resident", "annul", office.home.son.hex(), "--reason", "ganda")
    assert office.values(office.home.son)["void"] == "ganda"
    office.json("resident", "restore", office.home.son.hex())
    assert "void" not in office.values(office.home.son)
    office.json("resident", "correct", FAMILY_NUMBER, "--set", "address=JL. KENANGA 2")
    assert office.values(office.home.household)["address"] == "JL. KENANGA 2"


def test_a_batch_does_every_line_it_can_and_says_which_it_could_not(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "perbaikan.jsonl"
    lines = [
        {"record": MOTHER, "set": {"phone": "0811"}},
        {"record": "TIDAK ADA", "set": {"phone": "0812"}},
        {"record": FATHER, "set": {"birth_on": "31-02-2001"}},
        {"record": FATHER, "set": {"phone": "0813"}},
        {"record": FATHER, "sets": {}},
    ]
    path.write_text("\n".join([*(json.dumps(line) for line in lines), "bukan json", ""]), encoding="utf-8")
    done = office.json("resident", "correct", "--batch", str(path), code=EX_DATAERR)
    assert [one["line"] for one in done["saved"]] == [1, 4]
    assert [(one["line"], one["code"]) for one in done["failed"]] == [
        (2, "person-unknown"),
        (3, "date-impossible"),
        (5, "batch-line"),
        (6, "batch-line"),
    ]
    assert len(set(done["changes"])) == 2
    assert (office.values(office.home.mother)["phone"], office.values(office.home.father)["phone"]) == ("0811", "0813")


def test_requests_are_opened_advanced_closed_and_listed(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "permohonan.jsonl"
    wanted = [{"applicant": MOTHER, "service": "SKTM", "purpose": "beasiswa"}, {"applicant": FATHER, "service": "SKU"}]
    path.write_text("\n".join(json.dumps(line) for line in wanted), encoding="utf-8")
    opened = office.json("request", "open", "--batch", str(path))
    first, second = (one["record"] for one in opened["saved"])
    steps = tmp_path / "langkah.jsonl"
    lines = [{"request": first, "state": "SIAP DIAMBIL"}, {"request": second}]
    steps.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    office.json("request", "advance", "--batch", str(steps))
    assert office.values(second)["state"] == RequestState.IN_PROGRESS
    office.json("request", "close", first)
    listed = office.json("request", "list")["requests"]
    assert [(one["id"], one["name"]) for one in listed] == [(second, "AHMAD FAUZI")]
    assert len(office.json("request", "list", "--all")["requests"]) == 2
    assert "SKU" in office.run("request", "list")
    assert office.run("request", "open", MOTHER, "--service", "SKCK").strip()
    office.json("request", "advance", second, "--state", "DITOLAK", "--note", "bukan warga")


def test_import_previews_imports_and_reports(office: Office, tmp_path: Path) -> None:
    village = generate_village(3, VILLAGE_CODE, 40, today=TODAY, dirty=0.1, has_number_cells=False)
    path = tmp_path / "penduduk.csv"
    write_csv(path, HEADERS, village.rows)
    preview = office.json("import", str(path), "--dry-run")
    assert {"rows", "new", "changed", "unchanged", "conflict", "rejected", "problems"} <= preview.keys()
    assert {"row", "field", "value", "code", "message"} <= preview["problems"][0].keys()
    assert (preview["new"], preview["entries"], preview["changes"]) == (village.importable_count, 0, [])
    done = office.json("import", str(path))
    assert (done["new"], len(done["changes"])) == (village.importable_count, done["entries"])
    assert f"Ditolak{len(village.faults):>30}" in office.run("import", str(path), "--dry-run")
    target = tmp_path / "ekspor.csv"
    assert office.json("export", str(target))["rows"] == village.importable_count + 4
    assert target.exists()


def test_an_import_in_which_every_row_is_wrong_is_no_success(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "salah.csv"
    path.write_text("nama,nik,no_kk\n,123,\n", encoding="utf-8")
    assert office.json("import", str(path), code=EX_DATAERR)["rejected"] == 1


def test_status_and_proof_after_a_sync(office: Office) -> None:
    office.json("resident", "correct", MOTHER, "--set", "phone=0812")
    before = office.json("sync", "status")
    assert (before["entries"], before["unsent"], before["last_contact_ms"]) == (1, 1, None)
    assert "Belum dikirim" in office.run("sync", "status")
    whole = office.json("status", "--entries")
    assert (whole["residents"], whole["households"], whole["households_without_head"]) == (4, 1, [])
    assert [one["delivery"] for one in whole["own_entries"]] == ["unsent"]
    assert "perbaikan" in office.run("status", "--entries")
    proof = office.json("proof")
    assert [one["delivery"] for one in proof["changes"]] == ["unsent"]
    assert "posisi 0" in office.run("proof")


def test_syncing_without_a_network_is_a_state_and_no_error(office: Office) -> None:
    done = office.json("sync", "run")
    assert (done["finished"], done["code"]) == (False, "offline")
    assert office.json("sync", "run", "--dry-run")["unsent"] == 0


def test_a_stick_goes_out_and_comes_back_empty(office: Office, tmp_path: Path) -> None:
    stick = tmp_path / "usb"
    stick.mkdir()
    office.json("resident", "correct", MOTHER, "--set", "phone=0812")
    done = office.json("sync", "export", "--to", str(stick))
    assert (done["entries_sent"], len(done["files"])) == (1, 1)
    assert office.json("sync", "import", "--from", str(stick)) == {"entries_applied": 0, "files": []}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("resident", "show", "TIDAK ADA"), "person-unknown"),
        (("resident", "show", "a"), "person-ambiguous"),
        (("household", "show", "TIDAK ADA"), "household-unknown"),
        (("event", "cancel", "xyz", "--reason", "x"), "record-format"),
        (("event", "death", MOTHER, "--on", "besok"), "date-format"),
        (("resident", "correct", MOTHER, "--set", "phone"), "set-form"),
        (("resident", "correct", MOTHER), "value-missing"),
        (
            ("household", "split", "--of", FATHER, "--member", FATHER, "--head", FATHER, "--relation-of", "x"),
            "relation-form",
        ),
        (("event", "birth", "--name", "Putri Ayu", "--sex", "P", "--mother", MOTHER, "--set", "x=1"), "field-unknown"),
    ],
)
def test_a_wrong_word_is_named_with_the_next_step(office: Office, words: tuple[str, ...], code: str) -> None:
    with pytest.raises((DataError, RefusedError)) as caught:
        office.run(*words)
    assert caught.value.code in {code, code.replace("record-format", "record-id-format")}
    assert caught.value.hint


def test_nothing_is_saved_in_nobodys_name(office: Office) -> None:
    result = CliRunner().invoke(
        village_app, ["event", "death", MOTHER, "--dir", str(office.folder)], env={"KAMPUNG_OFFICER": ""}
    )
    assert isinstance(result.exception, ConfigError)
    assert result.exception.code == "officer-missing"


def test_the_quick_status_agrees_with_the_own_entries_after_a_sync(tmp_path: Path) -> None:
    from tests.node_ground import enrolled
    from village_node.entry_states import entry_counts
    from village_node.quick_status import read_quick_status
    from village_node.registration import correct

    district = FakeDistrict()
    with enrolled(tmp_path / "desa", district) as store:
        desk = RealDesk(store)
        from sync_protocol.entries import Create, EntryKind

        person = desk.new_id()
        desk.save(EntryKind.IMPORT, [Create(person, Kind.RESIDENT, {17: "SITI"})])
        synchronise(store, HubCarrier(district))
        shown = desk.values(person)
        correct(desk, person, shown, {**shown, "name": "SITI AMINAH"})
        counts = entry_counts(store)
        started = time.perf_counter()
        quick = read_quick_status(store.directory)
        took = time.perf_counter() - started
        state = store.state()
    assert (quick.unsent, quick.received, quick.safe) == (counts.unsent, counts.received, counts.safe) == (1, 1, 0)
    assert (quick.waiting, quick.accepted, quick.in_review) == (counts.waiting, counts.accepted, counts.in_review)
    assert (quick.feed_head, quick.fingerprint) == (state.feed_head, state.fingerprint.to_bytes(16, "big"))
    assert quick.last_finished_ms is not None
    assert took < 0.3
