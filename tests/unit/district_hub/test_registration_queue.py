"""The registration queue: declared events are registered with their numbers, or refused with a reason."""

from __future__ import annotations

import datetime as dt

import pytest

from district_hub.dispatcher import dispatch
from district_hub.event_pages import EventPage, event_page, list_waiting
from district_hub.flags import derived_flags
from district_hub.lookalikes import find_lookalikes
from district_hub.registrar import looking
from district_hub.registration_queue import IssuedNumbers, refuse_event, register_event
from schemas.codes import EventKind, EventState, LifeStatus
from schemas.errors import RefusedError
from schemas.fields import Kind, tag_of
from schemas.identifiers import NIK
from sync_protocol.entries import Add, EntryKind
from tests.hub_office import NOW, TODAY_DAYS, A, B, Office, created, person, record_id, updated

NAMES = {A: "Desa 1", B: "Desa 2"}
CHILD, EVENT = 10, 20
TODAY = dt.date(2026, 5, 29)


def declare_birth(office: Office, **event: object) -> None:
    values = {
        "event_kind": int(EventKind.BIRTH),
        "state": int(EventState.DECLARED),
        "subject_id": record_id(CHILD),
        "occurred_on": TODAY - dt.timedelta(days=10),
        "entered_on": TODAY,
        "place": "BANYUWANGI",
        "informant_name": "BUDI",
        **event,
    }
    child = person(CHILD, "DEWI LESTARI", birth_on=values["occurred_on"], life_status=int(LifeStatus.ALIVE))
    office.save(A, child, created(EVENT, Kind.VITAL_EVENT, **values), kind=EntryKind.EVENT)
    office.sync(A)


def declare_death(office: Office) -> None:
    office.save(A, person(CHILD, "PAK SALEH", life_status=int(LifeStatus.ALIVE)))
    office.sync(A)
    died = TODAY - dt.timedelta(days=2)
    office.save(
        A,
        created(
            EVENT,
            Kind.VITAL_EVENT,
            event_kind=int(EventKind.DEATH),
            state=int(EventState.DECLARED),
            subject_id=record_id(CHILD),
            occurred_on=died,
            entered_on=TODAY,
        ),
        updated(CHILD, Kind.RESIDENT, "life_status", int(LifeStatus.ALIVE), int(LifeStatus.DEAD)),
        updated(CHILD, Kind.RESIDENT, "died_on", None, TODAY_DAYS - 2),
        kind=EntryKind.EVENT,
    )
    office.sync(A)


def page(office: Office) -> EventPage:
    with office.store.reading() as reader:
        return event_page(looking(reader), record_id(EVENT), NAMES)


def queue(office: Office) -> list[EventPage]:
    with office.store.reading() as reader:
        ids = [event.record_id for event in reader.waiting_events()]
        return list_waiting(looking(reader), ids, NAMES)


def register(office: Office, **wanted: object) -> None:
    numbers = IssuedNumbers("3510-LU-29052026-0001", "3510-LU-29052026-0001")
    arguments = {"numbers": numbers, "registrar": office.registrar, "now_ms": NOW, **wanted}
    register_event(office.store, record_id(EVENT), **arguments)  # type: ignore[arg-type]


def test_a_declared_event_waits_with_its_people_and_papers(office: Office) -> None:
    declare_birth(office)
    office.save(A, Add(record_id(EVENT), tag_of(Kind.VITAL_EVENT, "attachments"), "surat-lahir"))
    office.sync(A)
    (waiting,) = queue(office)
    assert (waiting.village_name, waiting.event_kind, waiting.papers) == ("Desa 1", EventKind.BIRTH, 1)
    assert [(p.role, p.name, p.nik) for p in waiting.people] == [("subject", "DEWI LESTARI", "")]
    assert (waiting.place, waiting.informant, waiting.is_late) == ("BANYUWANGI", "BUDI", False)


@pytest.mark.parametrize(("days", "is_late"), [(60, False), (61, True)])
def test_a_birth_declared_after_sixty_days_is_marked_late_and_waits_all_the_same(
    office: Office, days: int, is_late: bool
) -> None:
    declare_birth(office, occurred_on=TODAY - dt.timedelta(days=days))
    assert [each.is_late for each in queue(office)] == [is_late]


def test_the_newest_entry_comes_first_and_other_states_do_not_wait(office: Office) -> None:
    for number, state, days in ((1, 1, 3), (2, 1, 1), (3, 2, 1), (4, 3, 1)):
        office.save(
            A,
            created(
                number,
                Kind.VITAL_EVENT,
                event_kind=int(EventKind.SPLIT),
                state=state,
                entered_on=TODAY - dt.timedelta(days=days),
            ),
            kind=EntryKind.EVENT,
        )
    office.save(A, created(5, Kind.VITAL_EVENT, state=1, void="dobel"), kind=EntryKind.EVENT)
    office.sync(A)
    assert [each.event_id for each in queue(office)] == [record_id(2), record_id(1)]


def test_a_registered_birth_has_its_numbers_date_and_seal_and_leaves_the_queue(office: Office) -> None:
    declare_birth(office)
    register(
        office,
        numbers=IssuedNumbers("R-1", "3510-LU-29052026-0001", NIK("3510096905269001")),
        shown=page(office).shown,
    )
    office.sync(A)
    assert office.value(EVENT, "state") == EventState.REGISTERED
    assert office.value(EVENT, "registered_on") == office.value(EVENT, "certified_at") == TODAY_DAYS
    assert office.value(EVENT, "registration_number") == "R-1"
    assert office.value(CHILD, "birth_number") == "3510-LU-29052026-0001"
    assert office.value(CHILD, "nik") == 3510096905269001
    assert office.shown(A, CHILD).body[tag_of(Kind.RESIDENT, "nik")] == 3510096905269001
    assert queue(office) == []
    assert office.fingerprints_agree()
    (line,) = office.diary
    assert (line["verb"], line["kind"]) == ("register", "edit")


@pytest.mark.parametrize(
    ("kind", "field"), [(EventKind.BIRTH, "birth_number"), (EventKind.MARRIAGE, "marriage_number")]
)
def test_a_marriage_is_on_the_certificate_of_both_and_a_birth_not_on_the_mothers(
    office: Office, kind: EventKind, field: str
) -> None:
    first, second = 71, 72
    office.save(A, person(first, "DEWI LESTARI"), person(second, "SITI AMINAH"))
    office.save(
        A,
        created(
            EVENT,
            Kind.VITAL_EVENT,
            event_kind=int(kind),
            state=int(EventState.DECLARED),
            subject_id=record_id(first),
            second_subject_id=record_id(second),
            entered_on=TODAY,
        ),
        kind=EntryKind.EVENT,
    )
    office.sync(A)
    register(office)
    assert office.value(first, field) == "3510-LU-29052026-0001"
    assert (office.value(second, field) is not None) == (kind is EventKind.MARRIAGE)


def test_a_registered_death_has_its_certificate_number_on_the_person(office: Office) -> None:
    declare_death(office)
    register(office)
    assert office.value(CHILD, "death_number") == "3510-LU-29052026-0001"
    assert office.value(CHILD, "life_status") == LifeStatus.DEAD


def test_a_refused_birth_annuls_the_child_and_says_why(office: Office) -> None:
    declare_birth(office)
    refuse_event(office.store, record_id(EVENT), "tanpa surat lahir", registrar=office.registrar, now_ms=NOW)
    office.sync(A)
    assert office.value(EVENT, "state") == EventState.REFUSED
    assert office.shown(A, EVENT).body[tag_of(Kind.VITAL_EVENT, "refusal_reason")] == "tanpa surat lahir"
    assert office.value(CHILD, "void") == "tanpa surat lahir"
    assert office.value(CHILD, "name") == "DEWI LESTARI", "nothing is deleted"
    assert queue(office) == []


def test_a_refused_death_makes_the_person_alive_again(office: Office) -> None:
    declare_death(office)
    refuse_event(
        office.store,
        record_id(EVENT),
        "orangnya datang sendiri",
        registrar=office.registrar,
        now_ms=NOW,
        shown=page(office).shown,
    )
    office.sync(A)
    assert office.value(CHILD, "life_status") == LifeStatus.ALIVE
    assert office.value(CHILD, "died_on") is None
    assert office.shown(A, CHILD).body[tag_of(Kind.RESIDENT, "life_status")] == LifeStatus.ALIVE
    assert office.fingerprints_agree()


def test_a_status_that_was_corrected_since_is_not_touched_by_a_refusal(office: Office) -> None:
    declare_death(office)
    office.save(A, updated(CHILD, Kind.RESIDENT, "life_status", int(LifeStatus.DEAD), int(LifeStatus.MISSING)))
    office.sync(A)
    refuse_event(office.store, record_id(EVENT), "salah orang", registrar=office.registrar, now_ms=NOW)
    assert office.value(CHILD, "life_status") == LifeStatus.MISSING


def test_a_refused_departure_brings_every_mover_back(office: Office) -> None:
    office.save(A, person(1, "IBU"), person(2, "ANAK"))
    office.sync(A)
    status = [updated(n, Kind.RESIDENT, "life_status", None, int(LifeStatus.MOVED)) for n in (1, 2)] + [
        updated(n, Kind.RESIDENT, "left_on", None, TODAY_DAYS) for n in (1, 2)
    ]
    event = created(
        EVENT,
        Kind.VITAL_EVENT,
        event_kind=int(EventKind.MOVE_OUT),
        state=1,
        subject_id=record_id(1),
        movers=[record_id(1), record_id(2)],
        place_to="MALANG",
    )
    office.save(A, event, *status, kind=EntryKind.EVENT)
    office.sync(A)
    refuse_event(office.store, record_id(EVENT), "batal pindah", registrar=office.registrar, now_ms=NOW)
    assert [office.value(n, "life_status") for n in (1, 2)] == [None, None], "as before: not known to be dead"
    assert [office.value(n, "left_on") for n in (1, 2)] == [None, None]


def test_a_paired_departure_is_not_refused(office: Office) -> None:
    nik = "3510095205709001"
    office.save(A, person(1, "IBU", nik=nik))
    event = created(
        EVENT, Kind.VITAL_EVENT, event_kind=int(EventKind.MOVE_OUT), state=1, subject_id=record_id(1), village_to=B
    )
    office.save(A, event, updated(1, Kind.RESIDENT, "life_status", None, 3), kind=EntryKind.EVENT)
    arrival = created(21, Kind.VITAL_EVENT, event_kind=int(EventKind.MOVE_IN), state=1, subject_id=record_id(2))
    office.save(B, person(2, "IBU", nik=nik), arrival, kind=EntryKind.EVENT)
    office.sync()
    assert dispatch(office.store, NOW).paired == 1
    with pytest.raises(RefusedError) as refused:
        refuse_event(office.store, record_id(EVENT), "batal", registrar=office.registrar, now_ms=NOW)
    assert refused.value.code == "event-paired"
    register(office, shown=page(office).shown)
    assert office.value(EVENT, "state") == EventState.REGISTERED
    assert office.record(1).owner == B


def test_a_page_that_no_longer_holds_registers_nothing(office: Office) -> None:
    declare_birth(office)
    old = page(office)
    office.save(A, updated(EVENT, Kind.VITAL_EVENT, "state", 1, int(EventState.CANCELLED)), kind=EntryKind.EVENT)
    office.sync(A)
    assert page(office).token != old.token
    with pytest.raises(RefusedError) as refused:
        register(office, shown=old.shown)
    assert refused.value.code == "page-changed"
    assert office.value(EVENT, "registration_number") is None
    assert office.diary == []


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"numbers": IssuedNumbers("  ")}, "number-missing"),
        ({"numbers": IssuedNumbers("R" * 101)}, "number-missing"),
    ],
)
def test_a_registration_needs_a_number(office: Office, wanted: dict[str, object], code: str) -> None:
    declare_birth(office)
    with pytest.raises(RefusedError) as refused:
        register(office, **wanted)
    assert refused.value.code == code


def test_a_first_nik_is_only_for_a_newborn_without_one(office: Office) -> None:
    declare_death(office)
    with pytest.raises(RefusedError) as refused:
        register(office, numbers=IssuedNumbers("R-1", None, NIK("3510096905269001")))
    assert refused.value.code == "nik-given"


def test_an_event_is_decided_once(office: Office) -> None:
    declare_birth(office)
    register(office)
    with pytest.raises(RefusedError) as again:
        register(office)
    assert again.value.code == "event-not-waiting"
    with pytest.raises(RefusedError) as late:
        refuse_event(office.store, record_id(EVENT), "terlambat", registrar=office.registrar, now_ms=NOW)
    assert late.value.code == "event-not-waiting"


def test_what_is_no_event_is_refused(office: Office) -> None:
    office.save(A, person(EVENT))
    office.sync(A)
    with pytest.raises(RefusedError) as refused:
        register(office)
    assert refused.value.code == "event-unknown"


def test_a_refusal_needs_a_reason(office: Office) -> None:
    declare_birth(office)
    with pytest.raises(RefusedError) as refused:
        refuse_event(office.store, record_id(EVENT), " ", registrar=office.registrar, now_ms=NOW)
    assert refused.value.code == "reason-missing"


def test_a_rehearsal_registers_nothing(office: Office) -> None:
    declare_birth(office)
    register(office, registrar=office.rehearsing)
    assert len(queue(office)) == 1
    assert office.diary == []


def test_an_incomplete_child_is_not_flagged_and_a_flagged_one_is_registered_all_the_same(office: Office) -> None:
    declare_birth(office, place=None, informant_name=None)
    office.save(A, person(31, "DEWI LESTARI"))  # as much as is known: no number, no date
    office.sync(A)
    with office.store.reading() as reader:
        assert list(derived_flags(reader.register, A, TODAY)) == []
        assert find_lookalikes(reader.register) == []
    office.save(A, person(32, "DEWI", nik="3510096905269001"), person(33, "DEVI", nik="3510096905269001"))
    office.save(A, updated(CHILD, Kind.RESIDENT, "nik", None, 3510096905269001))
    office.sync(A)
    dispatch(office.store, NOW)
    with office.store.reading() as reader:
        (flag,) = derived_flags(reader.register, A, TODAY)
    assert (flag.code, flag.record_ids) == ("nik-twice", (record_id(CHILD), record_id(32), record_id(33)))
    assert [one.event_id for one in queue(office)] == [record_id(EVENT)]
    register(office)
    assert office.value(EVENT, "state") == EventState.REGISTERED
    with office.store.reading() as reader:
        assert [one.code for one in derived_flags(reader.register, A, TODAY)] == ["nik-twice"]
