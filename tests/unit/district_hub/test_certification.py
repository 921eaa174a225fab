"""Certification: the district vouches for records, in entries that fit, any number of times."""

from __future__ import annotations

import pytest

from district_hub import certification
from district_hub.certification import certify, certify_village
from district_hub.corrections import Corrected, correct
from schemas.fields import Kind
from sync_protocol.feed import encode_feed_entry
from sync_protocol.limits import FEED_ENTRY_BYTES_MAX
from tests.hub_office import NOW, TODAY_DAYS, A, B, Office, created, person, record_id, updated


def populate(office: Office, count: int, **values: object) -> None:
    for start in range(0, count, 50):
        office.save(A, *(person(n, f"WARGA {n}", **values) for n in range(start + 1, min(start + 50, count) + 1)))
    office.sync(A)


def feed_seq(office: Office, village: int = A) -> int:
    with office.store.reading() as reader:
        found = reader.village(village)
    assert found is not None
    return found.state.seq


def test_a_certified_record_carries_the_day_and_reaches_the_village(office: Office) -> None:
    populate(office, 2)
    assert certify(office.store, [record_id(1)], registrar=office.registrar, now_ms=NOW) == 1
    office.sync(A)
    assert office.value(1, "certified_at") == TODAY_DAYS
    assert office.value(2, "certified_at") is None
    assert office.fingerprints_agree()


def test_a_whole_village_is_certified_in_entries_of_at_most_a_hundred_records(office: Office) -> None:
    populate(office, 230)
    office.save(A, created(900, Kind.HOUSEHOLD, hamlet="KRAJAN"))
    office.save(B, person(901))
    office.sync()
    before = feed_seq(office)
    told: list[tuple[int, int]] = []
    done = certify_village(
        office.store, A, registrar=office.registrar, now_ms=NOW, progress=lambda n, of: told.append((n, of))
    )
    assert done == 231
    assert feed_seq(office) - before == 3
    assert told == [(100, 231), (200, 231), (231, 231)]
    assert office.value(901, "certified_at") is None
    assert len(office.diary) == 3


def test_certifying_again_changes_nothing(office: Office) -> None:
    populate(office, 5)
    certify_village(office.store, A, registrar=office.registrar, now_ms=NOW)
    before = feed_seq(office)
    assert certify_village(office.store, A, registrar=office.registrar, now_ms=NOW + 86_400_000) == 0
    assert feed_seq(office) == before
    assert office.value(1, "certified_at") == TODAY_DAYS


def test_a_run_that_was_cut_continues_with_the_rest(office: Office) -> None:
    populate(office, 150)

    def cut(done: int, _of: int) -> None:
        if done == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        certify_village(office.store, A, registrar=office.registrar, now_ms=NOW, progress=cut)
    assert certify_village(office.store, A, registrar=office.registrar, now_ms=NOW) == 50


def test_a_record_that_moves_away_meanwhile_is_not_certified_here(office: Office) -> None:
    populate(office, 120)

    def move(done: int, _of: int) -> None:
        if done == 100:
            owner = Corrected("owner", A, B)
            correct(office.store, record_id(115), [owner], reason="pindah", registrar=office.registrar, now_ms=NOW)

    assert certify_village(office.store, A, registrar=office.registrar, now_ms=NOW, progress=move) == 119
    assert office.value(115, "certified_at") is None


def test_large_bodies_make_smaller_entries(office: Office) -> None:
    populate(office, 100, current_address="J" * 1000, sponsor_address="S" * 200)
    wide = "P" * 8_000
    for n in range(1, 61):
        office.save(A, updated(n, Kind.RESIDENT, "ethnicity", None, wide))
    office.sync(A)
    before = feed_seq(office)
    assert certify_village(office.store, A, registrar=office.registrar, now_ms=NOW) == 100
    after = feed_seq(office)
    assert after - before > 1
    with office.store.reading() as reader:
        for seq in range(before + 1, after + 1):
            row = reader.feed(A, seq)
            assert row is not None
            assert len(encode_feed_entry(row.entry)) < FEED_ENTRY_BYTES_MAX


def test_void_merged_and_unknown_records_are_left_alone(office: Office) -> None:
    office.save(A, person(1, void="dobel"), person(2))
    office.sync(A)
    ids = [record_id(n) for n in (1, 2, 3)]
    told: list[tuple[int, int]] = []
    done = certify(
        office.store,
        ids,
        registrar=office.registrar,
        now_ms=NOW,
        progress=lambda n, of: told.append((n, of)),
    )
    assert done == 1
    assert told[-1] == (3, 3)
    assert office.value(1, "certified_at") is None


def test_records_of_several_villages_are_certified_village_by_village(office: Office) -> None:
    office.save(A, person(1))
    office.save(B, person(2))
    office.sync()
    assert certify(office.store, [record_id(2), record_id(1)], registrar=office.registrar, now_ms=NOW) == 2
    office.sync()
    assert office.fingerprints_agree()


def test_a_rehearsal_certifies_nothing(office: Office) -> None:
    populate(office, 2)
    assert certify_village(office.store, A, registrar=office.rehearsing, now_ms=NOW) == 2
    assert office.value(1, "certified_at") is None


def test_after_certification_a_bare_correction_of_identity_waits(office: Office) -> None:
    populate(office, 1)
    certify_village(office.store, A, registrar=office.registrar, now_ms=NOW)
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "name", "WARGA 1", "WARGA SATU"))
    office.sync(A)
    assert office.value(1, "name") == "WARGA 1"
    with office.store.reading() as reader:
        assert len(reader.open_cases(A)) == 1


def test_the_limits_leave_room_in_a_feed_entry() -> None:
    assert certification.BYTES_PER_ENTRY_MAX < FEED_ENTRY_BYTES_MAX
