"""Practice and the real register cannot be mixed up, neither way."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from register.exporting import FileFormat, export_template
from schemas.errors import ConfigError, RefusedError, UnknownKeyError, VillageSyncError
from sync_protocol.letter_tokens import PublishedKeys, check_letter_token
from tests.node_ground import NOW_MS, FakeDistrict, HubCarrier, enrolled
from village_node.accounts import Accounts, Role
from village_node.backup import take_backup
from village_node.carriers.files import export_messages, import_answers
from village_node.commands import sync_app, village_app
from village_node.config import DATABASE_FILE
from village_node.desk import Desk
from village_node.enrolment import pending_enrolment, start_enrolment
from village_node.importing import apply_batch, preview_file
from village_node.incoming import take_in
from village_node.letters import LetterForm, issue_letter, letter_pdf
from village_node.lock import SERVE_LOCK_FILE, held_lock
from village_node.outgoing import Budgets, make_message
from village_node.practice import open_practice, practice_directory, renew_practice
from village_node.schedule import run_forever
from village_node.store import NodeStore
from village_node.syncer import synchronise

PEOPLE = 30


@pytest.fixture(scope="session")
def practice_office(tmp_path_factory: pytest.TempPathFactory, enrolled_folder: Path) -> Path:
    """The folder of an office that has a practice office in it, to be copied."""
    folder = Path(shutil.copytree(enrolled_folder, tmp_path_factory.mktemp("practice") / "desa"))
    open_practice(folder, NOW_MS, residents=PEOPLE).close()
    return folder


@pytest.fixture
def office(tmp_path: Path, practice_office: Path) -> Path:
    """The folder of a real office with a practice office in it."""
    return Path(shutil.copytree(practice_office, tmp_path / "desa"))


def counted(store: NodeStore) -> int:
    with store.reading() as working:
        return working.register.counts(working.village_id).residents


# -- practice never meets the district


def test_practice_is_a_register_of_its_own_people(office: Path) -> None:
    with open_practice(office, NOW_MS) as practice, NodeStore.open(office) as real:
        assert practice.is_practice
        assert not real.is_practice
        assert (counted(practice), counted(real)) == (PEOPLE, 0)
        assert practice.keys.database_key != real.keys.database_key
        assert practice.keys.root_key != real.keys.root_key
        assert "LATIHAN" in practice.config.village_name
        assert practice.config.village_code == real.config.village_code
        assert not practice.config.hub_url


def ways_out(store: NodeStore, folder: Path, carrier: HubCarrier) -> dict[str, Callable[[], object]]:
    def message() -> object:
        with store.transaction() as working:
            return make_message(store, working, Budgets(4096, 4096), carrier="fake", now_ms=NOW_MS)

    return {
        "a session": lambda: synchronise(store, carrier),
        "the nights": lambda: run_forever(store, threading.Event(), draw=lambda: 0.0),
        "a message": message,
        "a stick out": lambda: export_messages(store, folder, now_ms=NOW_MS),
        "a stick in": lambda: import_answers(store, folder),
        "an answer": lambda: take_in(store, b"anything"),
        "a backup": lambda: take_backup(store, NOW_MS, folder=folder),
    }


@pytest.mark.parametrize(
    "way", ["a session", "the nights", "a message", "a stick out", "a stick in", "an answer", "a backup"]
)
@pytest.mark.parametrize("place", ["beside", "as the real one", "elsewhere"])
def test_practice_has_no_way_to_the_district(office: Path, tmp_path: Path, way: str, place: str) -> None:
    folder = practice_directory(office)
    if place == "as the real one":
        kept = Path(shutil.move(folder, tmp_path / "kept"))
        shutil.rmtree(office)
        folder = Path(shutil.move(kept, office))
    elif place == "elsewhere":
        folder = Path(shutil.move(folder, tmp_path / "desa-lain"))
    stick = tmp_path / "stick"
    stick.mkdir()
    carrier = HubCarrier(FakeDistrict())
    with NodeStore.open(folder) as store:
        with pytest.raises(RefusedError) as caught:
            ways_out(store, stick, carrier)[way]()
        assert caught.value.code == "practice"
        assert store.sync_state().message_number == 0
    assert not list(stick.iterdir())
    assert not carrier.district.received


def test_a_setting_does_not_bring_practice_to_the_hub(office: Path) -> None:
    folder = practice_directory(office)
    with NodeStore.open(folder, {"KAMPUNG_HUB_URL": "http://127.0.0.1:9"}) as store:
        assert store.config.hub_url
        with pytest.raises(RefusedError) as caught:
            synchronise(store, HubCarrier(FakeDistrict()))
    assert caught.value.code == "practice"


def test_practice_cannot_be_enrolled(office: Path, tmp_path: Path) -> None:
    folder = practice_directory(office)
    invitation = tmp_path / "undangan.json"
    invitation.write_text("{}")
    asks: list[Callable[[], object]] = [
        lambda: start_enrolment(folder, invitation),
        lambda: pending_enrolment(folder),
    ]
    for ask in asks:
        with pytest.raises(ConfigError):
            ask()
    with open_practice(office, NOW_MS) as practice:
        assert practice.is_practice


# -- and its people never come into the real register


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_a_list_from_practice_is_not_taken_for_the_villages(
    office: Path, tmp_path: Path, file_format: FileFormat
) -> None:
    path = tmp_path / f"penduduk.{file_format}"
    with open_practice(office, NOW_MS) as practice, practice.reading() as working:
        assert export_template(working.register, working.village_id, path, file_format) == PEOPLE
    with NodeStore.open(office) as real:
        desk = Desk(real, "SITI", lambda: NOW_MS)
        with pytest.raises(RefusedError) as caught:
            preview_file(desk, path)  # what a trial run shows, and where every import begins
        assert caught.value.code == "import-practice"
        assert counted(real) == 0
        assert real.state().journal_seq == 0
    with open_practice(office, NOW_MS) as practice:
        desk = Desk(practice, "SITI", lambda: NOW_MS)
        assert apply_batch(desk, preview_file(desk, path)) == 0


def test_a_practice_database_put_in_place_of_the_real_one_does_not_open(office: Path) -> None:
    shutil.copy(practice_directory(office) / DATABASE_FILE, office / DATABASE_FILE)
    with pytest.raises(VillageSyncError) as caught:
        NodeStore.open(office)
    assert caught.value.code == "database-corrupt"


# -- nor is the real one taken for practice


def test_a_real_folder_put_in_place_of_practice_is_neither_opened_nor_thrown_away(
    office: Path, enrolled_folder: Path
) -> None:
    folder = practice_directory(office)
    shutil.rmtree(folder)
    shutil.copytree(enrolled_folder, folder)
    before = sorted(path.name for path in folder.rglob("*"))
    uses: list[Callable[[], None]] = [
        lambda: open_practice(office, NOW_MS).close(),
        lambda: renew_practice(office, NOW_MS),
    ]
    for use in uses:
        with pytest.raises(ConfigError) as caught:
            use()
        assert caught.value.code == "practice-mixed"
    assert set(before) <= {path.name for path in folder.rglob("*")}
    with NodeStore.open(folder) as store:
        assert not store.is_practice


def test_a_real_database_put_into_the_practice_folder_is_not_thrown_away(office: Path) -> None:
    folder = practice_directory(office)
    real = (office / DATABASE_FILE).read_bytes()
    (folder / DATABASE_FILE).write_bytes(real)
    with pytest.raises(ConfigError) as caught:
        renew_practice(office, NOW_MS)
    assert caught.value.code == "practice-mixed"
    assert (folder / DATABASE_FILE).read_bytes() == real


def test_what_lies_in_the_practice_folder_without_a_key_is_left_alone(tmp_path: Path) -> None:
    folder = practice_directory(tmp_path / "desa")
    folder.mkdir(parents=True)
    (folder / "catatan.txt").write_text("penting")
    uses: list[Callable[[], None]] = [
        lambda: open_practice(tmp_path / "desa", NOW_MS).close(),
        lambda: renew_practice(tmp_path / "desa", NOW_MS),
    ]
    for use in uses:
        with pytest.raises(ConfigError):
            use()
    assert (folder / "catatan.txt").read_text() == "penting"


# -- making it anew


def test_officers_of_practice_are_its_own(office: Path) -> None:
    with NodeStore.open(office) as real:
        Accounts(real, lambda: NOW_MS).create("siti", "Siti", Role.HEAD, "jalan mawar merah")
    with open_practice(office, NOW_MS) as practice:
        assert Accounts(practice, lambda: NOW_MS).is_empty()


def test_practice_is_invented_anew_when_asked(office: Path) -> None:
    with open_practice(office, NOW_MS) as practice:
        old_key = practice.keys.database_key
    renew_practice(office, NOW_MS, residents=20)
    with open_practice(office, NOW_MS) as practice:
        assert counted(practice) == 20
        assert practice.keys.database_key != old_key
    assert {path.name for path in office.iterdir() if "latihan" in path.name} == {"latihan"}


def test_practice_is_not_thrown_away_while_somebody_works_in_it(office: Path) -> None:
    with held_lock(practice_directory(office) / SERVE_LOCK_FILE) as is_ours:
        assert is_ours
        with pytest.raises(RefusedError) as caught:
            renew_practice(office, NOW_MS)
    assert caught.value.code == "practice-open"
    with open_practice(office, NOW_MS) as practice:
        assert counted(practice) == PEOPLE


def test_practice_of_practice_is_practice(office: Path) -> None:
    with open_practice(practice_directory(office), NOW_MS) as practice:
        assert practice.directory == practice_directory(office)
    assert not practice_directory(practice_directory(office)).exists()


def test_every_family_of_practice_says_where_it_lives(office: Path) -> None:
    with open_practice(office, NOW_MS) as practice:
        desk = Desk(practice, "SITI", lambda: NOW_MS)
        with desk.book() as book:
            found = book.families("LATIHAN", limit=50)
            assert found
            hamlets = [desk.values(one.record_id)["hamlet"] for one in found]
    assert all(hamlet.startswith("LATIHAN ") for hamlet in hamlets)


def test_the_command_makes_it_and_says_where(tmp_path: Path) -> None:
    enrolled(tmp_path / "desa", FakeDistrict()).close()
    words = ["practice", "--dir", str(tmp_path / "desa"), "--residents", "25", "--json"]
    for more in ([], ["--reset"]):
        result = CliRunner().invoke(village_app, words + more)
        assert result.exit_code == 0, result.exception
        tree = json.loads(result.stdout.splitlines()[-1])
        assert tree["residents"] == 25
        assert tree["directory"] == str(practice_directory(tmp_path / "desa"))


def test_every_command_says_that_it_is_practice(office: Path) -> None:
    folder = str(practice_directory(office))
    result = CliRunner().invoke(village_app, ["status", "--dir", folder])
    assert result.exit_code == 0, result.exception
    assert "LATIHAN" in result.stderr
    result = CliRunner().invoke(village_app, ["status", "--dir", str(office)])
    assert "LATIHAN" not in result.stderr


def test_a_sync_by_hand_says_why_it_does_nothing(office: Path) -> None:
    result = CliRunner().invoke(sync_app, ["run", "--dir", str(practice_directory(office))])
    assert isinstance(result.exception, RefusedError)
    assert result.exception.code == "practice"


def test_an_office_that_is_not_enrolled_can_practise(tmp_path: Path) -> None:
    with open_practice(tmp_path / "desa", NOW_MS, residents=20) as practice:
        assert practice.is_practice
        assert practice.config.village_code == "35.10.09.2004"
    with pytest.raises(ConfigError):
        NodeStore.open(tmp_path / "desa")


def test_a_letter_of_practice_says_so_across_its_page_and_verifies_nowhere(office: Path) -> None:
    with open_practice(office, NOW_MS) as practice, NodeStore.open(office) as real:
        desk = Desk(practice, "SITI", lambda: NOW_MS)
        with desk.book() as book:
            family = book.families("LATIHAN", limit=1)[0]
            person = next(iter(book.members(family.record_id)))
        letter = issue_letter(
            desk,
            LetterForm(service="SKD-03", subject_id=person, answers={"purpose": "latihan"}, signer="SUPARMAN"),
        )
        with real.reading() as working:
            certificate = real.certificate(working.sync)
            key_list = real.key_list(working.sync)
        device = real.keys.signing.key_id
    assert letter.content["practice"] is True
    assert "LATIHAN" in letter.number
    plain = {name: value for name, value in letter.content.items() if name != "practice"}
    assert letter_pdf(letter) != letter_pdf(replace(letter, content=plain))
    with pytest.raises(UnknownKeyError):
        check_letter_token(letter.token, PublishedKeys(key_list, NOW_MS, {device: (certificate, None)}))
