"""Attached files reach the hub and other laptops completely, over a bad line and by stick, after everything else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from district_hub.blobs import Blobs, incomplete_files
from district_hub.commands import hub_app
from district_hub.hub import Hub
from district_hub.stick import answer_folder
from register.database import writing
from schemas.bodies import body_of
from schemas.errors import DatabaseCorruptError
from schemas.fields import Kind
from sync_protocol import node_side
from sync_protocol.blobs import BLOB_BYTES_MAX
from sync_protocol.entries import Create, EntryKind
from sync_protocol.letter_tokens import check_letter_token, read_published_keys
from sync_protocol.parts import BlobPart
from tests.families import refused
from tests.live_office import VILLAGE_CODE, Wire, enrolled_laptop, founded_hub
from tests.node_ground import NOW_MS
from village_node import replica_marks
from village_node.attachments import (
    AttachedFile,
    attach_file,
    attached_files,
    file_content,
    remove_attachment,
)
from village_node.carriers import files
from village_node.carriers.files import export_messages, import_answers
from village_node.desk import Desk
from village_node.letters import LetterForm, issue_letter
from village_node.store import NodeStore
from village_node.tables import BLOB, BLOB_CHUNK


class Office:
    """A hub, a laptop with one resident, and a way to open more."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.hub: Hub = stack.enter_context(founded_hub(folder / "hub"))
        self.wire = Wire(self.hub)
        self._stack = stack
        self.store = self.laptop("one")
        self.desk = self.at(self.store)
        self.resident = self.desk.new_id()
        made = Create(self.resident, Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": "SITI"}))
        self.desk.save(EntryKind.EVENT, [made])

    def laptop(self, name: str, village_code: str = VILLAGE_CODE) -> NodeStore:
        return self._stack.enter_context(enrolled_laptop(self.wire, self.folder / name, village_code))

    def at(self, store: NodeStore) -> Desk:
        return Desk(store, "SITI", lambda: NOW_MS)

    def attach(self, content: bytes) -> bytes:
        return attach_file(self.desk, self.resident, content).created[0]

    def waiting(self) -> list[tuple[bytes, int, int]]:
        with self.hub.store.reading() as reader:
            found = incomplete_files(reader.connection, self.hub.store.district_code)
        return [(one.record_id, one.held_bytes, one.size_bytes) for one in found]

    def file(self, store: NodeStore | None = None) -> AttachedFile:
        (one,) = attached_files(self.at(store or self.store), self.resident)
        return one


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with ExitStack() as stack:
        yield Office(tmp_path, stack)


def scan(size: int, seed: int = 1) -> bytes:
    """Return a picture that does not compress."""
    return b"\xff\xd8\xff" + random.Random(seed).randbytes(size - 3)


def test_a_file_is_incomplete_until_the_hub_holds_it(office: Office) -> None:
    content = scan(300_000)
    record = office.attach(content)
    assert not office.file().is_complete
    assert file_content(office.desk, record) == content
    assert [one.record_id for one in attached_files(office.desk)] == [record]
    result = office.wire.sync(office.store)
    assert result.finished
    assert office.file() == AttachedFile(record, office.resident, "image/jpeg", 300_000, 300_000, 300_000)
    assert office.waiting() == []
    assert attached_files(office.desk) == []


def test_a_quiet_night_with_complete_files_is_one_round_trip(office: Office) -> None:
    office.attach(scan(100_000))
    office.wire.sync(office.store)
    before = office.wire.count
    assert office.wire.sync(office.store).finished
    assert office.wire.count == before + 1


def test_files_come_after_all_entries_and_the_oldest_first(office: Office) -> None:
    # The office's clock stands still, so ids of one moment have no order but their own.
    records = sorted(office.attach(scan(90_000, seed)) for seed in range(3))
    office.wire.loses = lambda number: "request" if number > 3 + start else ""
    start = office.wire.count
    office.wire.sync(office.store)
    waiting = office.waiting()
    assert [record for record, _, _ in waiting] == sorted(records)[3 - len(waiting) :]
    with office.store.reading() as working:
        assert working.tables.state.acked_seq == working.tables.state.journal_seq


def test_a_line_that_drops_costs_at_most_a_fifth_more_than_the_files(office: Office) -> None:
    office.wire.sync(office.store)
    size = 2_000_000
    for seed in range(2):
        office.attach(scan(size // 2, seed))
    office.wire.bytes_up = office.wire.bytes_down = 0
    start = office.wire.count
    fates = {8: "request", 0: "answer"}
    office.wire.loses = lambda number: fates.get((number - start) % 16, "")
    for _ in range(60):
        office.wire.sync(office.store)
        if not office.waiting():
            break
    assert office.waiting() == []
    assert office.wire.bytes_up + office.wire.bytes_down <= 1.2 * size
    assert all(one.is_complete for one in attached_files(office.desk, office.resident))


def test_a_second_laptop_gets_the_file_and_the_village_next_door_does_not(office: Office) -> None:
    content = scan(200_000)
    record = office.attach(content)
    second, other = office.laptop("two"), office.laptop("next-door", village_code="35.10.01.2002")
    office.wire.sync(office.store)
    office.wire.sync(second)
    assert file_content(office.at(second), record) == content
    assert office.file(second).is_complete
    with office.store.reading() as working:
        row = working.connection.execute(BLOB.select()).one()
    with writing(office.hub.store.engine) as connection:
        village = other.state().village_id
        next_door = Blobs(connection, office.hub.store.district_code, village)
        told, served = next_door.exchange([], [(row.blob_id, 0)], 1 << 20, NOW_MS)
        assert (told, served) == ((), ())
        poison = BlobPart(row.blob_id, 0, 5, b"wrong")
        assert next_door.exchange([poison], [], 0, NOW_MS) == (((row.blob_id, 0),), ())
        own = Blobs(connection, office.hub.store.district_code, office.store.state().village_id)
        assert b"".join(part.content for part in own.exchange([], [(row.blob_id, 0)], 1 << 20, NOW_MS)[1]) == content


def by_stick(office: Office, folder: Path, store: NodeStore | None = None) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = export_messages(store or office.store, folder, now_ms=NOW_MS)
    answer_folder(office.wire.receiver, folder, NOW_MS + 1)
    import_answers(store or office.store, folder)
    return paths


def test_a_stick_carries_files_and_brings_them_to_another_laptop(office: Office, tmp_path: Path) -> None:
    content = scan(3_000_000)
    record = office.attach(content)
    paths = by_stick(office, tmp_path / "stick")
    assert len(paths) == 3  # the journal, then two files of parts
    assert office.file().is_complete
    assert office.waiting() == []
    second = office.laptop("two")
    for number in range(4):
        by_stick(office, tmp_path / f"down{number}", second)
    assert file_content(office.at(second), record) == content


def test_a_lost_stick_file_is_sent_again_from_where_the_hub_stands(office: Office, tmp_path: Path) -> None:
    record = office.attach(scan(5_000_000))
    folder = tmp_path / "stick"
    folder.mkdir()
    paths = export_messages(office.store, folder, now_ms=NOW_MS)
    paths[2].unlink()
    answer_folder(office.wire.receiver, folder, NOW_MS + 1)
    import_answers(office.store, folder)
    assert office.waiting() == [(record, 2 * 1024 * 1024, 5_000_000)]
    by_stick(office, tmp_path / "again")
    assert office.file().is_complete


def test_parts_that_come_before_their_record_are_kept(office: Office, tmp_path: Path) -> None:
    office.attach(scan(150_000))
    folder, late = tmp_path / "stick", tmp_path / "late"
    folder.mkdir()
    late.mkdir()
    journal, *parts = export_messages(office.store, folder, now_ms=NOW_MS)
    journal.rename(late / journal.name)
    answer_folder(office.wire.receiver, folder, NOW_MS + 1)
    answer_folder(office.wire.receiver, late, NOW_MS + 2)
    assert parts
    office.wire.sync(office.store)
    assert office.waiting() == []
    assert office.file().is_complete


@pytest.mark.parametrize("is_record_first", [True, False])
def test_a_record_with_three_files_is_complete_whichever_comes_first(
    office: Office, tmp_path: Path, *, is_record_first: bool
) -> None:
    contents = [scan(60_000, seed) for seed in range(3)]
    records = [office.attach(content) for content in contents]
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    journal, *parts = export_messages(office.store, first, now_ms=NOW_MS)
    assert parts
    for path in parts if is_record_first else [journal]:
        path.rename(second / path.name)
    answer_folder(office.wire.receiver, first, NOW_MS + 1)
    assert (len(office.waiting()) == 3) == is_record_first
    answer_folder(office.wire.receiver, second, NOW_MS + 2)
    office.wire.sync(office.store)
    assert office.waiting() == []
    other = office.laptop("two")
    while office.wire.sync(other).code != "done":
        pass
    assert [file_content(office.at(other), record) for record in records] == contents


def test_early_parts_are_bounded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("district_hub.blobs.EARLY_BYTES_MAX", 100)
    with writing(office.hub.store.engine) as connection:
        blobs = Blobs(connection, office.hub.store.district_code, office.store.state().village_id)
        first, second = BlobPart(b"a" * 16, 0, 90, b"x" * 90), BlobPart(b"b" * 16, 0, 90, b"y" * 90)
        assert dict(blobs.exchange([first, second], [], 0, NOW_MS)[0]) == {b"a" * 16: 90, b"b" * 16: 0}
        huge = BlobPart(b"c" * 16, 0, BLOB_BYTES_MAX + 1, b"z")
        assert dict(blobs.exchange([huge], [], 0, NOW_MS)[0]) == {b"c" * 16: 0}
        assert dict(blobs.exchange([replace(first, total=91)], [], 0, NOW_MS)[0]) == {b"a" * 16: 0}


def test_a_file_whose_digest_is_wrong_is_dropped_and_asked_again(office: Office) -> None:
    content = scan(150_000)
    office.attach(content)
    spoiled = b"\xff" * 65_536
    with office.store.transaction() as working:
        first = BLOB_CHUNK.c.offset == 0
        working.connection.execute(update(BLOB_CHUNK).where(first).values(content=spoiled))
    refused_content(office)
    office.wire.sync(office.store)
    assert [held for _, held, _ in office.waiting()] == [0]
    with office.store.transaction() as working:
        working.connection.execute(update(BLOB_CHUNK).where(first).values(content=content[:65_536]))
    office.wire.sync(office.store)
    assert office.waiting() == []


def refused_content(office: Office) -> None:
    with pytest.raises(DatabaseCorruptError):
        file_content(office.desk, office.file().record_id)


def test_a_restored_hub_gets_the_file_again(office: Office) -> None:
    office.attach(scan(100_000))
    office.wire.sync(office.store)
    with writing(office.hub.store.engine) as connection:
        for table in ("blob", "blob_chunk"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql("UPDATE blob_ref SET is_held = 0")
    office.wire.sync(office.store)
    office.wire.sync(office.store)
    assert office.waiting() == []


def test_what_is_taken_out_of_use_is_sent_no_more(office: Office) -> None:
    record = office.attach(scan(100_000))
    remove_attachment(office.desk, record, "salah foto")
    before = office.wire.bytes_up
    assert office.wire.sync(office.store).finished
    assert office.wire.bytes_up - before < 20_000
    assert office.waiting() == []
    assert office.file().void == "salah foto"
    refused("attachment-unknown", lambda: file_content(office.desk, record))
    refused("attachment-unknown", lambda: remove_attachment(office.desk, office.resident, "x"))


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file-empty"), (b"MZ virus", "file-kind"), (b"%PDF-" + bytes(BLOB_BYTES_MAX), "file-too-large")],
)
def test_only_pictures_and_pdf_of_a_bounded_size_are_attached(office: Office, content: bytes, code: str) -> None:
    refused(code, lambda: attach_file(office.desk, office.resident, content))


def test_an_attachment_needs_a_record_and_a_trial_run_keeps_nothing(office: Office) -> None:
    refused("record-unknown", lambda: attach_file(office.desk, bytes(16), scan(10)))
    attach_file(office.desk, office.resident, scan(10), dry_run=True)
    assert attached_files(office.desk, office.resident) == []
    assert attached_files(office.desk, bytes(16)) == []


def test_a_file_that_has_not_arrived_is_said_to_be_on_its_way(office: Office) -> None:
    record = office.attach(scan(300_000))
    second = office.laptop("two")
    office.wire.loses = lambda number: "request" if number > start + 2 else ""
    start = office.wire.count
    office.wire.sync(office.store)
    start = office.wire.count
    office.wire.sync(second)
    refused("attachment-not-here", lambda: file_content(office.at(second), record))
    assert not office.file(second).is_here


def test_the_mark_of_a_restored_laptop_is_replaced_by_a_new_one(office: Office) -> None:
    def mark(store: NodeStore) -> tuple[str, bool]:
        with store.reading() as working:
            return replica_marks.replica_mark(store, working)

    office.laptop("two")
    office.wire.sync(office.store)
    assert mark(office.store) == ("1", False)
    with office.store.transaction() as working:
        node_side.take_replica_id(working.tables, b"restored")
    assert mark(office.store)[1]
    office.wire.loses = lambda number: "answer" if number == start + 1 else ""
    start = office.wire.count
    office.wire.sync(office.store)
    assert mark(office.store)[1]
    office.wire.sync(office.store)
    assert mark(office.store) == ("4", False)  # "2" is the other laptop's, "3" was lost with its answer
    assert office.laptop("three").keys.certificate
    with office.hub.store.reading() as reader:
        assert sorted(one.replica_mark for one in reader.devices()) == ["2", "4", "5"]


def test_marks_survive_a_hub_that_forgot_them(office: Office) -> None:
    with office.store.transaction() as working:
        node_side.take_replica_id(working.tables, b"restored")
    office.wire.sync(office.store)
    with writing(office.hub.store.engine) as connection:
        connection.exec_driver_sql("UPDATE device SET replica_mark = '1', serial = 1")
    office.hub.standings.replay(office.hub.directory)
    with office.hub.store.reading() as reader:
        (device,) = reader.devices()
    assert device.replica_mark == "2"


def test_an_export_holds_a_bounded_amount_of_files(office: Office, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "BLOB_FILES_MAX", 1)
    office.attach(scan(3_000_000))
    assert len(by_stick(office, tmp_path / "stick")) == 2
    assert not office.file().is_complete
    by_stick(office, tmp_path / "second")
    assert office.file().is_complete


def test_the_hub_lists_what_is_incomplete_and_publishes_the_keys_of_letters(office: Office, tmp_path: Path) -> None:
    record = office.attach(scan(200_000))
    office.wire.loses = lambda number: "request" if number > start + 2 else ""  # asking for a snapshot, the journal
    start = office.wire.count
    office.wire.sync(office.store)

    def told(*words: str) -> Any:
        done = CliRunner().invoke(hub_app, [*words, "--dir", str(office.folder / "hub"), "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout.splitlines()[-1])

    (waiting,) = told("files", "--village", office.desk.village_code)["files"]
    assert (waiting["record"], waiting["held_bytes"], waiting["size_bytes"]) == (record.hex(), 0, 200_000)
    office.wire.loses = lambda _: ""
    office.wire.sync(office.store)
    assert told("files") == {"files": []}
    assert told("keys", str(tmp_path / "keys.json"))["devices"] == 1
    form = LetterForm(service="SKD-03", subject_id=office.resident, answers={"purpose": "x"}, signer="SRI")
    letter = issue_letter(office.desk, form)
    keys = read_published_keys((tmp_path / "keys.json").read_text())
    assert check_letter_token(letter.token, keys).seal.number == letter.number
