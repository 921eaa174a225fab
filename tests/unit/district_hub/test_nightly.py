"""The nightly run: it proves every village or says which one does not hold, and a fault in one never stops the rest."""

from __future__ import annotations

import datetime as dt

import pytest

from district_hub.head_proofs import broken_head
from district_hub.nightly import NightlyResult, VillageCheck, last_result, run_nightly
from district_hub.run_lock import only_run
from schemas.errors import RefusedError
from schemas.fields import Kind
from tests.hub_office import NOW, A, B, Office, created, person, updated
from tests.memory import KEYS

DAY_MS = 86_400_000


def night(office: Office, now_ms: int = NOW) -> NightlyResult:
    return run_nightly(office.store, office.directory, office.config, KEYS, lambda: now_ms)


def check(result: NightlyResult, village: int) -> VillageCheck:
    return next(one for one in result.villages if one.village_id == village)


def populate(office: Office) -> None:
    for village in (A, B):
        office.save(village, created(village * 100, Kind.HOUSEHOLD, hamlet="KRAJAN"), person(village, f"IBU {village}"))
    office.sync()
    for village in (A, B):
        office.file_head(village, office.enrol(village))


def test_a_village_is_reconciled_when_its_rows_chain_and_countersigned_head_agree(office: Office) -> None:
    populate(office)
    result = night(office)
    assert result.reconciled == 2
    found = check(result, A)
    assert (found.feed_seq, found.filed_seq, found.fault) == (1, 1, "")
    assert (found.residents, found.households, found.devices) == (1, 1, 1)
    assert len(found.fingerprint) == 32


def test_what_came_after_the_last_meeting_is_on_its_way_and_does_not_unprove_it(office: Office) -> None:
    populate(office)
    office.save(A, updated(1, Kind.RESIDENT, "phone", None, "0811"))
    office.sync(A)
    found = check(night(office), A)
    assert (found.filed_seq, found.feed_seq, found.is_reconciled) == (1, 2, True)


def test_a_village_that_stands_where_it_has_not_countersigned_is_not_proven(office: Office) -> None:
    populate(office)
    office.save(A, updated(1, Kind.RESIDENT, "phone", None, "0811"))
    office.sync(A)
    office.enrol(A, stands_at=2)
    result = night(office)
    assert not check(result, A).is_reconciled
    assert check(result, B).is_reconciled


def test_a_village_that_is_silent_or_has_signed_nothing_is_not_reconciled(office: Office) -> None:
    populate(office)
    office.enrol(A, last_seen_ms=NOW - 8 * DAY_MS)
    office.damage("DELETE FROM filed_head WHERE village_id = 2")
    assert night(office).reconciled == 0


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE record SET version = version + 1 WHERE village_id = 1", "fingerprint-differs"),
        ("UPDATE village SET head = x'00' WHERE village_id = 1", "head-differs"),
        ("UPDATE feed_entry SET head = x'00' WHERE village_id = 1", "head-differs"),
        ("DELETE FROM feed_entry WHERE village_id = 1", "feed-gap"),
        ("UPDATE feed_entry SET entry = x'c1' WHERE village_id = 1", "message-malformed"),
    ],
)
def test_what_does_not_hold_is_named_and_the_other_village_is_still_proven(
    office: Office, statement: str, fault: str
) -> None:
    populate(office)
    office.damage(statement)
    result = night(office)
    assert check(result, A).fault.startswith(fault)
    assert not check(result, A).is_reconciled
    assert check(result, B).is_reconciled


def test_a_countersignature_of_a_revoked_or_unknown_device_proves_nothing(office: Office) -> None:
    populate(office)
    office.damage("UPDATE device SET revoked_ms = 1 WHERE village_id = 1")
    found = check(night(office), A)
    assert (found.filed_seq, found.devices, found.is_reconciled) == (0, 0, False)


@pytest.mark.sqlite
def test_a_damaged_filed_head_falls_back_to_the_one_before(office: Office) -> None:
    populate(office)
    office.save(A, updated(1, Kind.RESIDENT, "phone", None, "0811"))
    office.sync(A)
    office.file_head(A, office.enrol(A))
    assert check(night(office), A).filed_seq == 2
    office.damage("UPDATE filed_head SET countersignature = x'00' WHERE village_id = 1 AND seq = 2")
    assert check(night(office), A).filed_seq == 1


def test_a_village_that_has_not_been_seen_for_a_week_is_silent(office: Office) -> None:
    office.enrol(A, NOW - 8 * DAY_MS)
    office.enrol(B, NOW - 7 * DAY_MS)
    result = night(office)
    assert [check(result, village).is_silent for village in (A, B)] == [True, False]


def test_the_night_dispatches_and_counts_what_waits(office: Office) -> None:
    populate(office)
    office.save(A, person(10, nik="3510095205709001"))
    office.save(B, person(11, nik="3510095205709001"))
    office.save(A, created(20, Kind.VITAL_EVENT, event_kind=1, state=1))
    office.save(A, updated(1, Kind.RESIDENT, "name", "IBU LAIN", "IBU"))
    office.sync()
    result = night(office)
    assert result.changed_flags == 2
    found = check(result, A)
    assert (found.open_cases, found.queue, found.flags) == (1, 1, {"nik-twice": 1})


@pytest.mark.sqlite
def test_the_backup_of_the_night_is_verified_and_makes_work_safe(office: Office) -> None:
    populate(office)
    result = night(office)
    assert result.backup.fault == ""
    assert (office.directory / "backups" / result.backup.file).stat().st_size == result.backup.size_bytes
    with office.store.reading() as reader:
        assert reader.safe_point(A, office.nodes[A].state.replica_id) == (1, 1)


@pytest.mark.sqlite
def test_a_backup_that_does_not_hold_moves_no_safe_point(office: Office) -> None:
    populate(office)
    office.damage("UPDATE record SET version = version + 1 WHERE village_id = 1")
    result = night(office)
    assert result.backup.fault.startswith("backup-bad")
    with office.store.reading() as reader:
        assert reader.safe_point(A, office.nodes[A].state.replica_id) is None


def test_people_alike_in_name_birth_date_and_mother_are_reported(office: Office) -> None:
    alike = {"birth_on": dt.date(1990, 1, 2), "mother_name": "SULASTRI"}
    office.save(A, person(1, "BUDI", **alike), person(2, "BUDI", birth_on=dt.date(1990, 1, 2)))
    office.save(B, person(3, "BUDI", **alike))
    office.sync()
    (group,) = night(office).duplicates
    assert (group.name, group.birth_on, group.village_ids) == ("BUDI", "1990-01-02", (A, B))
    assert len(group.record_ids) == 2


def test_the_result_is_kept_and_reads_back_the_same(office: Office) -> None:
    populate(office)
    assert last_result(office.store) is None
    result = night(office)
    assert last_result(office.store) == result


def test_running_twice_changes_no_feed(office: Office) -> None:
    populate(office)
    first, second = night(office), night(office, NOW + 1000)
    assert [one.fingerprint for one in first.villages] == [one.fingerprint for one in second.villages]
    assert [one.feed_seq for one in first.villages] == [one.feed_seq for one in second.villages]


def test_two_runs_at_once_are_refused(office: Office) -> None:
    with only_run(office.directory / "nightly.lock", "x"), pytest.raises(RefusedError) as refused:
        night(office)
    assert refused.value.code == "already-running"


@pytest.mark.sqlite
def test_a_chain_longer_than_one_night_checks_is_checked_from_its_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("district_hub.head_proofs.CHAIN_ENTRIES_MAX", 2)
    for number in range(1, 6):
        office.save(A, person(number))
    office.sync(A)
    with office.store.reading() as reader:
        village = reader.villages()[0]
        assert broken_head(reader, village, KEYS) == ""
    office.damage("UPDATE feed_entry SET head = x'00' WHERE village_id = 1 AND seq = 4")
    with office.store.reading() as reader:
        assert broken_head(reader, village, KEYS).startswith("head-differs: entry 4")
    office.damage("DELETE FROM feed_entry WHERE village_id = 1 AND seq = 3")
    with office.store.reading() as reader:
        assert broken_head(reader, village, KEYS).startswith("feed-gap: entry 3")
