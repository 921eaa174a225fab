"""The dispatcher at the hub: moves with two sides are paired, doubled NIKs flagged; running again changes nothing.

The module is long because people come and go in many orders, and each order that went wrong once stands here.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from district_hub.case_pages import show_case
from district_hub.dispatcher import Dispatched, dispatch, dispatch_after
from district_hub.registrar import Registrar, looking
from district_hub.registration_queue import refuse_event
from district_hub.review import decide
from schemas.codes import EventKind, EventState, LifeStatus
from schemas.fields import Kind, tag_of
from sync_protocol.dispatching import flag_id_of
from sync_protocol.entries import Create, EntryKind, Update
from tests.hub_office import NOW, TODAY_DAYS, A, B, Office, created, person, record_id, updated

NIK = "3510095205709001"
OUT, IN = 100, 101
FLAG_OPEN, FLAG_ELSEWHERE = (tag_of(Kind.FLAG, name) for name in ("is_open", "elsewhere"))


def declared(number: int, kind: EventKind, subject: int, **more: object) -> Create:
    """Return the create of a declared event about a person."""
    about: dict[str, object] = {"subject_id": record_id(subject), **more}
    return created(number, Kind.VITAL_EVENT, event_kind=int(kind), state=int(EventState.DECLARED), **about)


def becoming(subject: int, old: LifeStatus | None, new: LifeStatus) -> Update:
    """Return the update of a person's life status."""
    return updated(subject, Kind.RESIDENT, "life_status", None if old is None else int(old), int(new))


def depart(office: Office, **values: object) -> None:
    office.save(A, person(1, nik=NIK, birth_on=dt.date(1970, 5, 12)))
    event = created(
        OUT,
        Kind.VITAL_EVENT,
        event_kind=int(EventKind.MOVE_OUT),
        state=int(EventState.DECLARED),
        subject_id=record_id(1),
        **(values or {"place_to": "35.10.02.2001"}),
    )
    moved = becoming(1, None, LifeStatus.MOVED)
    left = updated(1, Kind.RESIDENT, "left_on", None, TODAY_DAYS)
    office.save(A, event, moved, left, kind=EntryKind.EVENT)
    office.sync(A)


def arrive(office: Office) -> None:
    newcomer = person(2, nik=NIK, birth_on=dt.date(1970, 5, 12), household_id=record_id(50), relation=1)
    event = created(
        IN,
        Kind.VITAL_EVENT,
        event_kind=int(EventKind.MOVE_IN),
        state=int(EventState.DECLARED),
        subject_id=record_id(2),
        occurred_on=dt.date(2026, 5, 29),
    )
    office.save(B, newcomer, event, kind=EntryKind.EVENT)
    office.sync(B)


def flag(office: Office, number: int, village: int) -> dict[int, object] | None:
    with office.store.reading() as reader:
        found = reader.record(flag_id_of(record_id(number), village))
    return None if found is None else found.body


def positions(office: Office) -> list[int]:
    with office.store.reading() as reader:
        return [village.state.seq for village in reader.villages()]


@pytest.mark.parametrize("order", ["departure first", "arrival first"])
@pytest.mark.parametrize("named", [{"place_to": "35.10.02.2001"}, {"village_to": B}], ids=["by code", "by id"])
def test_a_move_is_paired_whichever_side_comes_first(office: Office, order: str, named: dict[str, object]) -> None:
    villages = [A, B] if order == "departure first" else [B, A]
    paired = 0
    for village in villages:
        if village == A:
            depart(office, **named)
        else:
            arrive(office)
        paired += dispatch_after(office.store, village, NOW).paired
    assert paired == 1
    office.sync()
    assert office.record(1).owner == B
    assert office.value(1, "household_id") == record_id(50)
    assert office.value(2, "merged_into") == record_id(1)
    assert office.value(OUT, "paired_with") == record_id(IN)
    assert office.shown(B, 1).body[tag_of(Kind.RESIDENT, "nik")] == int(NIK)
    assert office.fingerprints_agree()


def test_an_arrival_alone_stays_and_is_flagged_in_both_villages_until_the_departure_comes(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.sync(A)
    dispatch_after(office.store, A, NOW)
    arrive(office)
    assert dispatch_after(office.store, B, NOW) == Dispatched(0, 2)
    for number, village in ((1, A), (2, B)):
        found = flag(office, number, village)
        assert found is not None
        assert found[FLAG_OPEN] is True
        assert found[FLAG_ELSEWHERE] is True


def go_there_and_back(office: Office) -> None:
    """Both villages report a departure and an arrival each, and nobody has met the other's news."""
    depart(office)
    arrive(office)
    back = {"state": int(EventState.DECLARED), "place_to": "35.10.01.2001"}
    event = created(102, Kind.VITAL_EVENT, event_kind=int(EventKind.MOVE_OUT), subject_id=record_id(2), **back)
    moved = becoming(2, None, LifeStatus.MOVED)
    office.save(B, event, moved, kind=EntryKind.EVENT)
    home = declared(103, EventKind.MOVE_IN, 1)
    alive = becoming(1, LifeStatus.MOVED, LifeStatus.ALIVE)
    office.save(A, home, alive, kind=EntryKind.EVENT)


def test_who_went_and_came_back_before_either_side_was_heard_stays_at_home(office: Office) -> None:
    go_there_and_back(office)
    office.sync()
    assert dispatch(office.store, NOW).paired == 0
    assert office.record(1).owner == A
    assert office.value(1, "life_status") == LifeStatus.ALIVE
    assert office.record(2).merged_into is None
    assert office.value(2, "life_status") == LifeStatus.MOVED


@pytest.mark.parametrize("fate", [LifeStatus.DEAD, LifeStatus.MISSING, LifeStatus.LEFT])
def test_what_became_at_home_of_who_had_come_back_is_not_undone(office: Office, fate: LifeStatus) -> None:
    go_there_and_back(office)
    event = created(104, Kind.VITAL_EVENT, event_kind=int(EventKind.DEATH), state=1, subject_id=record_id(1))
    told = updated(1, Kind.RESIDENT, "life_status", int(LifeStatus.ALIVE), int(fate))
    office.save(A, event, told, kind=EntryKind.EVENT)
    office.sync()
    assert dispatch(office.store, NOW).paired == 0
    assert (office.record(1).owner, office.value(1, "life_status")) == (A, fate)


@pytest.mark.parametrize(("place", "pairs"), [("35.10.02.2001", 1), ("Malaysia", 0)])
def test_who_left_again_after_coming_back_is_gone_by_the_last_departure(office: Office, place: str, pairs: int) -> None:
    go_there_and_back(office)
    event = declared(104, EventKind.MOVE_OUT, 1, place_to=place)
    moved = becoming(1, LifeStatus.ALIVE, LifeStatus.MOVED)
    office.save(A, event, moved, kind=EntryKind.EVENT)
    office.sync()
    assert dispatch(office.store, NOW).paired == pairs
    assert office.value(OUT, "paired_with") is None
    assert office.value(104, "paired_with") == (record_id(IN) if pairs else None)
    assert office.record(1).owner == (B if pairs else A)


def come_back_unknowing(office: Office) -> None:
    """Let A report somebody home of whom it does not know yet that B has them: what it writes waits for a person."""
    depart(office)
    arrive(office)
    dispatch(office.store, NOW)
    assert office.record(1).owner == B
    family = created(60, Kind.HOUSEHOLD, head_id=record_id(1))
    home = declared(103, EventKind.MOVE_IN, 1, household_id=record_id(60), occurred_on=dt.date(2026, 5, 30))
    alive = becoming(1, LifeStatus.MOVED, LifeStatus.ALIVE)
    office.save(A, family, home, alive, kind=EntryKind.EVENT)
    office.sync()


def leave_again(office: Office) -> None:
    event = declared(104, EventKind.MOVE_OUT, 1, place_to="35.10.01.2001")
    moved = becoming(1, LifeStatus.ALIVE, LifeStatus.MOVED)
    office.save(B, event, moved, kind=EntryKind.EVENT)
    office.sync()


def test_who_comes_back_to_a_village_that_did_not_know_they_had_gone_is_theirs_again(office: Office) -> None:
    come_back_unknowing(office)
    assert dispatch(office.store, NOW).paired == 0
    leave_again(office)
    assert dispatch(office.store, NOW).paired == 1
    assert office.record(1).owner == A
    assert office.value(1, "life_status") == LifeStatus.ALIVE
    assert office.value(1, "household_id") == record_id(60)
    assert (office.value(103, "paired_with"), office.value(104, "paired_with")) == (record_id(104), record_id(103))
    office.sync()
    assert office.fingerprints_agree()


def test_who_came_back_is_at_home_also_by_a_record_that_was_merged_since(office: Office) -> None:
    depart(office)
    arrive(office)
    assert dispatch(office.store, NOW).paired == 1
    # B goes on with the record that its arrival made, which stands for the other one now.
    gone = {"event_kind": int(EventKind.MOVE_OUT), "state": 1, "subject_id": record_id(2), "place_to": "35.10.01.2001"}
    home = {"event_kind": int(EventKind.MOVE_IN), "state": 1, "subject_id": record_id(2)}
    moved = becoming(2, None, LifeStatus.MOVED)
    alive = becoming(2, LifeStatus.MOVED, LifeStatus.ALIVE)
    office.save(B, created(110, Kind.VITAL_EVENT, **gone), moved, kind=EntryKind.EVENT)
    office.save(B, created(111, Kind.VITAL_EVENT, **home), alive, kind=EntryKind.EVENT)
    newcomer = person(3, nik=NIK, birth_on=dt.date(1970, 5, 12))
    event = created(112, Kind.VITAL_EVENT, event_kind=int(EventKind.MOVE_IN), state=1, subject_id=record_id(3))
    office.save(A, newcomer, event, kind=EntryKind.EVENT)
    office.sync()
    assert dispatch(office.store, NOW).paired == 0
    assert office.record(1).owner == B


def test_what_waited_of_an_arrival_that_is_paired_now_can_be_refused_and_the_move_stands(office: Office) -> None:
    come_back_unknowing(office)
    leave_again(office)
    assert dispatch(office.store, NOW).paired == 1
    with office.store.reading() as reader:
        (case,) = reader.open_cases(A)
        page = show_case(looking(reader), case.case_id, {}).shown
    words: dict[str, Any] = {"reason": "sudah berpasangan", "registrar": office.registrar, "now_ms": NOW}
    decide(office.store, case.case_id, frozenset(), shown=page, **words)
    assert (office.record(1).owner, office.value(1, "life_status")) == (A, LifeStatus.ALIVE)
    assert office.value(103, "paired_with") == record_id(104)


def test_an_arrival_that_was_taken_in_long_ago_does_not_bring_anybody_back_again(office: Office) -> None:
    go_there_and_back(office)
    again = declared(105, EventKind.MOVE_OUT, 1, place_to="35.10.02.2001")
    moved = becoming(1, LifeStatus.ALIVE, LifeStatus.MOVED)
    office.save(A, again, moved, kind=EntryKind.EVENT)
    office.sync()
    assert dispatch(office.store, NOW).paired == 1
    assert office.record(1).owner == B
    assert dispatch(office.store, NOW).paired == 0
    assert office.value(103, "paired_with") is None


def test_an_event_before_the_pairing_that_is_refused_after_it_leaves_the_person_as_they_had_arrived(
    office: Office,
) -> None:
    arrive(office)
    lost = created(
        104,
        Kind.VITAL_EVENT,
        event_kind=int(EventKind.MISSING),
        state=int(EventState.DECLARED),
        subject_id=record_id(2),
    )
    missing = updated(2, Kind.RESIDENT, "life_status", None, int(LifeStatus.MISSING))
    office.save(B, lost, missing, kind=EntryKind.EVENT)
    office.sync(B)
    depart(office)
    assert dispatch(office.store, NOW).paired == 1
    assert (office.record(1).owner, office.value(1, "life_status")) == (B, LifeStatus.MISSING)
    refuse_event(
        office.store, record_id(104), "surat kurang", registrar=Registrar("Bu Ratna", lambda _line: None), now_ms=NOW
    )
    assert office.value(1, "life_status") in (None, LifeStatus.ALIVE)  # not "moved", as the old village last had it


def test_a_destination_outside_the_district_is_never_paired(office: Office) -> None:
    depart(office, place_to="MALANG")
    arrive(office)
    dispatch_after(office.store, A, NOW)
    assert dispatch_after(office.store, B, NOW).paired == 0
    assert office.record(1).owner == A


def test_a_doubled_nik_is_flagged_and_the_flag_closes_when_one_side_corrects_it(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.save(B, person(2, nik=NIK))
    office.sync()
    dispatch_after(office.store, A, NOW)
    dispatch_after(office.store, B, NOW)
    assert (flag(office, 1, A) or {}).get(FLAG_OPEN) is True
    office.sync()
    office.save(B, updated(2, Kind.RESIDENT, "nik", int(NIK), 3510095205709002))
    office.sync(B)
    assert dispatch_after(office.store, B, NOW).flags == 2
    for number, village in ((1, A), (2, B)):
        found = flag(office, number, village)
        assert found is not None
        assert FLAG_OPEN not in found
    office.sync()
    assert office.fingerprints_agree()


def test_who_left_and_did_not_come_back_carries_no_number_whatever_the_life_status_says(office: Office) -> None:
    left: dict[str, Any] = {"life_status": int(LifeStatus.ALIVE), "left_on": dt.date(2026, 5, 2)}
    office.save(A, person(1, nik=NIK), person(2, nik=NIK, **left))
    office.sync()
    assert dispatch_after(office.store, A, NOW).flags == 0
    assert dispatch(office.store, NOW).flags == 0
    office.save(A, updated(2, Kind.RESIDENT, "arrived_on", None, TODAY_DAYS))
    office.sync()
    assert dispatch_after(office.store, A, NOW).flags == 2


def test_a_death_closes_the_flag_of_the_other(office: Office) -> None:
    office.save(A, person(1, nik=NIK), person(2, nik=NIK))
    office.sync(A)
    assert dispatch_after(office.store, A, NOW).flags == 2
    office.save(A, updated(2, Kind.RESIDENT, "life_status", None, int(LifeStatus.DEAD)))
    office.sync(A)
    assert dispatch_after(office.store, A, NOW).flags == 2
    assert FLAG_OPEN not in (flag(office, 1, A) or {FLAG_OPEN: True})


def test_dispatching_again_changes_nothing(office: Office) -> None:
    depart(office)
    arrive(office)
    dispatch_after(office.store, A, NOW)
    dispatch_after(office.store, B, NOW)
    before = positions(office)
    assert dispatch_after(office.store, A, NOW) == Dispatched()
    assert dispatch_after(office.store, B, NOW) == Dispatched()
    assert dispatch(office.store, NOW) == Dispatched()
    assert positions(office) == before


def test_the_nightly_run_finds_what_a_crash_after_the_receive_left_undone(office: Office) -> None:
    depart(office)
    arrive(office)
    office.save(A, person(3, nik="3510095205709003"))
    office.save(B, person(4, nik="3510095205709003"))
    office.sync()
    assert dispatch(office.store, NOW) == Dispatched(1, 2)
    assert dispatch(office.store, NOW) == Dispatched()


def test_a_village_without_news_is_not_looked_at(office: Office) -> None:
    assert dispatch_after(office.store, A, NOW) == Dispatched()
    assert dispatch_after(office.store, 99, NOW) == Dispatched()


def test_a_large_import_without_doubles_takes_no_lock_and_writes_nothing(office: Office) -> None:
    for start in (0, 50):
        office.save(A, *(person(n, nik=f"35100952057{90000 + n:05d}") for n in range(start + 1, start + 51)))
    office.sync(A)
    before = positions(office)
    assert dispatch_after(office.store, A, NOW) == Dispatched()
    assert positions(office) == before
