"""After a restore the hub speaks when told and does the diary again; waits end when a person says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from district_hub.backup import restore_backup, take_backup
from district_hub.case_pages import show_case
from district_hub.corrections import Corrected, correct
from district_hub.ledger import append_diary
from district_hub.recovery import (
    META_RECOVERING,
    go_on_recovering,
    list_gaps,
    note_loss,
    notice_loss,
    read_diary,
    release_gaps,
    resume,
    write_village_off,
)
from district_hub.registrar import Registrar, looking
from district_hub.review import decide
from district_hub.store import MUTE, HubStore
from register.database import writing
from schemas.errors import HubBusyError, RefusedError
from schemas.fields import Kind
from sync_protocol.answer import HubView, answer
from sync_protocol.hub_side import Sender
from sync_protocol.messages import JournalRun
from tests.hub_office import NOW, A, Office, person, record_id, updated
from tests.memory import KEYS

DAY_MS = 86_400_000


@pytest.fixture
def written(office: Office, tmp_path: Path) -> tuple[Office, Registrar, Path]:
    """An office whose diary is a file."""
    diary = tmp_path / "diary.jsonl"
    return office, Registrar("Bu Ratna", lambda line: append_diary(diary, line)), diary


def put_back(office: Office, backup: Path) -> None:
    office.store.close()
    restore_backup(office.directory, office.config, backup, NOW + 1)
    office.store = HubStore.open(office.directory, office.config)


def name_correction(wanted: str, shown: str = "SITI AMINAH") -> list[Corrected]:
    return [Corrected("name", shown, wanted)]


@pytest.mark.sqlite
def test_a_restored_hub_answers_nobody_until_it_is_resumed(office: Office, tmp_path: Path) -> None:
    put_back(office, take_backup(office.store, office.directory, NOW).path)
    with pytest.raises(HubBusyError) as mute:
        office.store.need_voice()
    assert mute.value.code == "hub-mute"
    assert resume(office.store, tmp_path / "diary.jsonl", NOW + 2) == 0
    office.store.need_voice()


def test_only_a_mute_hub_is_resumed(office: Office, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        resume(office.store, tmp_path / "diary.jsonl", NOW)
    assert refused.value.code == "not-mute"


@pytest.mark.sqlite
def test_a_decision_that_the_backup_had_lost_is_done_again_once(written: tuple[Office, Registrar, Path]) -> None:
    office, registrar, diary = written
    office.save(A, person(1))
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITI AMENAH", "SITI AMINAH DEWI"))
    office.sync(A)
    with office.store.reading() as reader:
        (case,) = reader.open_cases()
        page = show_case(looking(reader), case.case_id, {})
    backup = take_backup(office.store, office.directory, NOW).path
    decide(
        office.store,
        case.case_id,
        frozenset(page.shown.proposals),
        shown=page.shown,
        reason="akta",
        registrar=registrar,
        now_ms=NOW,
    )
    correct(
        office.store,
        record_id(1),
        [Corrected("birth_place", None, "BANYUWANGI")],
        reason="KTP",
        registrar=registrar,
        now_ms=NOW,
    )
    put_back(office, backup)
    assert office.value(1, "name") == "SITI AMINAH"
    assert resume(office.store, diary, NOW + 2) == 2
    assert office.value(1, "name") == "SITI AMINAH DEWI"
    assert office.value(1, "birth_place") == "BANYUWANGI"
    with office.store.reading() as reader:
        assert reader.history(record_id(1))[-1].registrar == "Bu Ratna"
        assert reader.open_cases() == []
    assert go_on_recovering(office.store, diary, NOW + 3, days_max=35) == 0


@pytest.mark.sqlite
def test_a_loss_that_only_a_village_noticed_brings_the_diary_back_too(written: tuple[Office, Registrar, Path]) -> None:
    office, registrar, diary = written
    office.save(A, person(1))
    office.sync(A)
    backup = take_backup(office.store, office.directory, NOW).path
    edits = [Corrected("birth_place", None, "BANYUWANGI")]
    correct(office.store, record_id(1), edits, reason="KTP", registrar=registrar, now_ms=NOW)
    put_back(office, backup)
    office.store.set_meta(MUTE, None)  # a machine rolled back by others has no such mark
    assert go_on_recovering(office.store, diary, NOW + 2, days_max=35) == 0
    for now_ms in (NOW + 3, NOW + 4):
        with writing(office.store.engine) as connection:
            note_loss(connection, office.store.district_code, now_ms)
    with office.store.reading() as reader:
        assert reader.meta(META_RECOVERING) == str(NOW + 3)
    assert go_on_recovering(office.store, diary, NOW + 5, days_max=35) == 1
    assert office.value(1, "birth_place") == "BANYUWANGI"


@pytest.mark.sqlite
def test_a_diary_that_knows_more_than_the_database_tells_of_a_loss(written: tuple[Office, Registrar, Path]) -> None:
    office, registrar, diary = written
    assert not notice_loss(office.store, diary, NOW)
    office.save(A, person(1))
    office.sync(A)
    backup = take_backup(office.store, office.directory, NOW).path
    edits = [Corrected("birth_place", None, "BANYUWANGI")]
    correct(office.store, record_id(1), edits, reason="KTP", registrar=registrar, now_ms=NOW)
    later_ms = NOW + 2 * 60_000
    assert not notice_loss(office.store, diary, later_ms)
    put_back(office, backup)
    assert not notice_loss(office.store, diary, later_ms), "a person resumes a mute hub"
    office.store.set_meta(MUTE, None)
    assert not notice_loss(office.store, diary, NOW + 1), "it may be committed this very moment"
    with diary.open("ab") as file:
        file.write(b'{"kind": "edit", "at_')
    assert notice_loss(office.store, diary, later_ms)
    assert not notice_loss(office.store, diary, later_ms), "it is known"
    assert go_on_recovering(office.store, diary, later_ms, days_max=35) == 1
    with diary.open("ab") as file:
        file.write(b"\n" + b'{"kind": "other", "at_ms": 1}\n' * 4000)
    office.store.set_meta(META_RECOVERING, None)
    assert not notice_loss(office.store, diary, later_ms)


@pytest.mark.sqlite
def test_an_edit_that_no_longer_holds_becomes_a_case_when_nothing_more_can_come_back(
    written: tuple[Office, Registrar, Path],
) -> None:
    office, registrar, diary = written
    office.save(A, person(1))
    office.sync(A)
    backup = take_backup(office.store, office.directory, NOW).path
    correct(office.store, record_id(1), name_correction("DEWI"), reason="akta", registrar=registrar, now_ms=NOW)
    put_back(office, backup)
    correct(office.store, record_id(1), name_correction("RATNA"), reason="KTP", registrar=office.registrar, now_ms=NOW)
    assert resume(office.store, diary, NOW + 2) == 0
    office.enrol(A, last_seen_ms=NOW + 1)
    go_on_recovering(office.store, diary, NOW + 3, days_max=35)
    with office.store.reading() as reader:
        assert reader.open_cases() == []  # the laptop may still bring something back
        assert reader.meta(META_RECOVERING) is not None
    office.enrol(A, last_seen_ms=NOW + 2)
    go_on_recovering(office.store, diary, NOW + 4, days_max=35)
    with office.store.reading() as reader:
        (case,) = reader.open_cases()
        (row,) = show_case(looking(reader), case.case_id, {}).rows
        assert reader.meta(META_RECOVERING) is None
    assert (row.seen, row.current, row.proposed) == ("SITI AMINAH", "RATNA", "DEWI")


def test_a_laptop_that_never_comes_back_does_not_hold_recovery_up_for_ever(
    written: tuple[Office, Registrar, Path],
) -> None:
    office, _, diary = written
    office.enrol(A, last_seen_ms=NOW - DAY_MS)
    office.store.set_meta(MUTE, "restored")
    resume(office.store, diary, NOW)
    for days, is_recovering in ((34, True), (36, False)):
        go_on_recovering(office.store, diary, NOW + days * DAY_MS, days_max=35)
        with office.store.reading() as reader:
            assert (reader.meta(META_RECOVERING) is not None) is is_recovering


def test_a_hub_that_was_never_restored_replays_nothing(written: tuple[Office, Registrar, Path]) -> None:
    office, registrar, diary = written
    registrar.write_diary({"kind": "edit", "decision": "00", "payload": "", "registrar": "", "verb": "", "reason": ""})
    assert go_on_recovering(office.store, diary, NOW, days_max=35) == 0


def test_damaged_lines_of_a_diary_are_counted_and_the_rest_is_read(written: tuple[Office, Registrar, Path]) -> None:
    office, registrar, diary = written
    office.save(A, person(1))
    office.sync(A)
    correct(office.store, record_id(1), name_correction("DEWI"), reason="akta", registrar=registrar, now_ms=NOW)
    append_diary(diary, {"kind": "writeoff", "village": "35.10.01.2001"})
    line = json.loads(diary.read_bytes().splitlines()[0])
    with diary.open("a") as file:
        file.write(json.dumps({**line, "payload": "////"}) + "\n")
        file.write('{"kind": "edit", "deci')
    items, damaged = read_diary(diary)
    assert [(one.registrar, one.verb, one.reason) for one in items] == [("Bu Ratna", "correct", "akta")]
    assert damaged == 2
    assert read_diary(diary.with_name("none")) == ([], 0)


def test_writing_a_village_off_decides_what_was_waiting(office: Office) -> None:
    office.save(A, person(1))
    with office.store.village_transaction(A, NOW) as registry:
        state = registry.tables.villages.need(A)
        registry.tables.villages[A] = replace(state, suspended=frozenset({b"device-9"}))
    office.sync(A)
    with office.store.reading() as reader:
        assert reader.record(record_id(1)) is None
    assert write_village_off(office.store, A, NOW) == 1
    assert office.value(1, "name") == "SITI AMINAH"
    assert write_village_off(office.store, A, NOW) == 0


def test_a_gap_is_listed_and_released_when_a_person_says_so(office: Office) -> None:
    for number in (1, 2, 3):
        office.save(A, person(number))
    node = office.nodes[A]
    message = node.message()
    assert message.journal is not None
    first = node.database["journal"][node.state.replica_id, 1]
    cut = replace(message, journal=JournalRun(1, first.head, message.journal.entries[1:]))
    with office.store.village_transaction(A, NOW) as registry:
        answer(HubView(registry.tables, Sender(node.device_id, A), KEYS, NOW), cut)
    with office.store.reading() as reader:
        gaps = list_gaps(reader)
        assert [(gap.village_id, gap.held_to, gap.waiting) for gap in gaps] == [(A, 0, (2, 3))]
        assert list_gaps(reader, 2) == []
    assert release_gaps(office.store, gaps, NOW) == 2
    assert office.value(2, "name") == "SITI AMINAH"
    with office.store.reading() as reader:
        assert list_gaps(reader) == []
    office.sync(A)  # what was missing comes after all
    assert office.value(1, "name") == "SITI AMINAH"
    assert office.fingerprints_agree()
