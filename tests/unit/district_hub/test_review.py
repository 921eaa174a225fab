"""Review: three columns, a page that must still hold, a reason that the village reads."""

from __future__ import annotations

import pytest

from district_hub.case_pages import CasePage, list_cases, show_case
from district_hub.registrar import looking
from district_hub.review import Choice, decide, decide_many, equal_cases
from schemas.errors import RefusedError
from schemas.fields import Kind, tag_of
from sync_protocol.entries import Add, Create, EntryKind, Update
from sync_protocol.feed import Result
from tests.hub_office import NOW, A, B, Office, created, person, record_id, updated

NAMES = {A: "Desa 1", B: "Desa 2"}


def open_ids(office: Office, village: int | None = None) -> list[bytes]:
    with office.store.reading() as reader:
        return [case.case_id for case in reader.open_cases(village)]


def page(office: Office, case_id: bytes, language: str = "en") -> CasePage:
    with office.store.reading() as reader:
        return show_case(looking(reader), case_id, NAMES, language=language)


def dispute(office: Office, number: int = 1, name: str = "SITI AMINAH", wanted: str = "SITI AMINAH DEWI") -> bytes:
    """Make a case: the district corrected a name that the village corrects too, unseen."""
    office.save(A, person(number, name))
    office.sync(A)
    change_id = office.save(A, updated(number, Kind.RESIDENT, "name", "SITI AMENAH", wanted))
    office.sync(A)
    return change_id


def only_case(office: Office) -> bytes:
    (case_id,) = open_ids(office)
    return case_id


def test_a_case_shows_what_was_seen_what_is_registered_and_what_is_proposed(office: Office) -> None:
    change_id = dispute(office)
    shown = page(office, only_case(office))
    (row,) = shown.rows
    assert (row.seen, row.current, row.proposed) == ("SITI AMENAH", "SITI AMINAH", "SITI AMINAH DEWI")
    assert (row.change_id, row.record_name, row.field) == (change_id, "SITI AMINAH", "Full name")
    assert (row.officer, row.wall_ms, row.why) == ("officer", NOW - 5_000, "values differ")
    assert (shown.line.village_name, shown.line.about, shown.line.is_open) == ("Desa 1", "SITI AMINAH", True)


def test_the_list_names_village_people_and_fields(office: Office) -> None:
    dispute(office)
    with office.store.reading() as reader:
        looked = looking(reader)
        found = [record for case in reader.open_cases() if (record := looked.record(case.case_id)) is not None]
        (line,) = list_cases(looked, found, NAMES)
    assert (line.village_name, line.about, line.fields) == ("Desa 1", "SITI AMINAH", ("Nama lengkap",))
    assert (line.proposals, line.why) == (1, "nilai berbeda")


def test_an_accepted_proposal_becomes_the_registrys_value_and_reaches_the_village(office: Office) -> None:
    change_id = dispute(office)
    case_id = only_case(office)
    decide(
        office.store,
        case_id,
        frozenset({change_id}),
        shown=page(office, case_id).shown,
        reason="akta lahir no. 12",
        registrar=office.registrar,
        now_ms=NOW + 1,
    )
    office.sync(A)
    assert office.value(1, "name") == "SITI AMINAH DEWI"
    assert office.shown(A, 1).body[tag_of(Kind.RESIDENT, "name")] == "SITI AMINAH DEWI"
    assert office.nodes[A].database["outcomes"][change_id].summary == Result.ACCEPTED
    assert open_ids(office) == []
    assert page(office, case_id).reason == "akta lahir no. 12"
    assert office.fingerprints_agree()


def test_a_refused_proposal_leaves_the_registry_and_the_village_reads_why(office: Office) -> None:
    change_id = dispute(office)
    case_id = only_case(office)
    shown = page(office, case_id).shown
    decide(
        office.store, case_id, frozenset(), shown=shown, reason="tanpa bukti", registrar=office.registrar, now_ms=NOW
    )
    office.sync(A)
    assert office.value(1, "name") == "SITI AMINAH"
    assert office.nodes[A].database["outcomes"][change_id].summary == Result.REFUSED
    assert office.shown(A, 1).body[tag_of(Kind.RESIDENT, "name")] == "SITI AMINAH"


def test_a_decision_is_in_the_diary_and_in_the_history(office: Office) -> None:
    change_id = dispute(office)
    case_id = only_case(office)
    shown = page(office, case_id).shown
    decide(
        office.store,
        case_id,
        frozenset({change_id}),
        shown=shown,
        reason="akta",
        registrar=office.registrar,
        now_ms=NOW,
    )
    (line,) = office.diary
    assert (line["kind"], line["registrar"], line["reason"], line["at_ms"]) == ("decide", "Bu Ratna", "akta", NOW)
    with office.store.reading() as reader:
        last = reader.history(case_id)[-1]
    assert (last.registrar, last.action, last.reason) == ("Bu Ratna", "review", "akta")
    assert last.cause.hex() == line["decision"]


def test_a_page_that_no_longer_holds_is_refused_and_nothing_is_written(office: Office) -> None:
    change_id = dispute(office)
    case_id = only_case(office)
    old = page(office, case_id)
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITI AMINAH", "SITI AMINAH PUTRI"))
    office.sync(A)
    now = page(office, case_id)
    assert now.token != old.token
    with pytest.raises(RefusedError) as refused:
        decide(
            office.store,
            case_id,
            frozenset({change_id}),
            shown=old.shown,
            reason="akta",
            registrar=office.registrar,
            now_ms=NOW,
        )
    assert refused.value.code == "page-changed"
    assert office.diary == []
    assert page(office, case_id).shown == now.shown


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_decision_without_a_reason_is_refused(office: Office, reason: str) -> None:
    dispute(office)
    case_id = only_case(office)
    shown = page(office, case_id).shown
    with pytest.raises(RefusedError) as refused:
        decide(office.store, case_id, frozenset(), shown=shown, reason=reason, registrar=office.registrar, now_ms=NOW)
    assert refused.value.code == "reason-missing"


def test_a_decided_case_is_not_decided_again(office: Office) -> None:
    dispute(office)
    case_id = only_case(office)
    shown = page(office, case_id).shown
    decide(office.store, case_id, frozenset(), shown=shown, reason="x", registrar=office.registrar, now_ms=NOW)
    with pytest.raises(RefusedError) as refused:
        decide(office.store, case_id, frozenset(), shown=shown, reason="x", registrar=office.registrar, now_ms=NOW)
    assert refused.value.code == "case-closed"


def test_an_unknown_case_or_proposal_is_refused(office: Office) -> None:
    dispute(office)
    case_id = only_case(office)
    shown = page(office, case_id).shown
    for wanted, accepted, code in (
        (record_id(99), frozenset[bytes](), "case-unknown"),
        (case_id, frozenset({bytes(16)}), "proposal-unknown"),
    ):
        with pytest.raises(RefusedError) as refused:
            decide(office.store, wanted, accepted, shown=shown, reason="x", registrar=office.registrar, now_ms=NOW)
        assert refused.value.code == code


def test_a_rehearsal_changes_nothing(office: Office) -> None:
    change_id = dispute(office)
    case_id = only_case(office)
    before = page(office, case_id)
    decide(
        office.store,
        case_id,
        frozenset({change_id}),
        shown=before.shown,
        reason="akta",
        registrar=office.rehearsing,
        now_ms=NOW,
    )
    assert page(office, case_id) == before
    assert office.diary == []


def test_equal_cases_are_decided_together_and_a_changed_one_is_left_alone(office: Office) -> None:
    families = [created(n, Kind.HOUSEHOLD, hamlet="KRAJAN", family_number=f"351001010109900{n}") for n in (1, 2, 3)]
    office.save(A, *families)
    office.sync(A)
    for n in (1, 2, 3):
        office.save(A, updated(n, Kind.HOUSEHOLD, "family_number", 7, 3510010101099555))
    office.sync(A)
    ids = open_ids(office)
    assert len(ids) == 3
    with office.store.reading() as reader:
        looked = looking(reader)
        found = [record for each in ids if (record := looked.record(each)) is not None]
        alone = equal_cases(looked, ids[0], found)
    assert alone == [ids[0]]  # the registry's number differs in each family: not the same question
    choices = [Choice(each, page(office, each).shown, frozenset(page(office, each).shown.proposals)) for each in ids]
    office.save(A, updated(2, Kind.HOUSEHOLD, "family_number", 8, 3510010101099666))
    office.sync(A)
    left = decide_many(office.store, choices, reason="satu SK", registrar=office.registrar, now_ms=NOW)
    assert [one.error.code for one in left] == ["page-changed"]
    assert len(office.diary) == 2
    assert open_ids(office) == [left[0].case_id]


def test_the_same_question_in_many_families_is_found(office: Office) -> None:
    office.save(A, *(created(n, Kind.HOUSEHOLD, head_id=record_id(50)) for n in (1, 2)))
    office.save(B, created(3, Kind.HOUSEHOLD, head_id=record_id(50)))
    office.sync()
    for n in (1, 2):
        office.save(A, updated(n, Kind.HOUSEHOLD, "head_id", record_id(51), record_id(52)))
    office.save(B, updated(3, Kind.HOUSEHOLD, "head_id", record_id(51), record_id(52)))
    office.sync()
    ids = open_ids(office)
    with office.store.reading() as reader:
        looked = looking(reader)
        found = [record for each in ids if (record := looked.record(each)) is not None]
        alike = equal_cases(looked, ids[0], found)
    assert alike[0] == ids[0]
    assert set(alike) == set(ids)
    choices = [Choice(each, page(office, each).shown, frozenset()) for each in alike]
    assert decide_many(office.store, choices, reason="salah", registrar=office.registrar, now_ms=NOW) == []
    assert open_ids(office) == []


def test_a_write_to_another_villages_record_is_a_case_that_can_be_accepted_into_both_feeds(office: Office) -> None:
    office.save(A, person(1, phone="0811"))
    office.sync(A)
    change_id = office.save(B, updated(1, Kind.RESIDENT, "phone", None, "0822"))
    office.sync(B)
    case_id = only_case(office)
    shown = page(office, case_id)
    assert shown.line.village_id == B
    decide(
        office.store,
        case_id,
        frozenset({change_id}),
        shown=shown.shown,
        reason="pindah",
        registrar=office.registrar,
        now_ms=NOW,
    )
    office.sync()
    assert office.shown(A, 1).body[tag_of(Kind.RESIDENT, "phone")] == "0822"
    assert office.fingerprints_agree()


def test_every_form_of_proposal_has_words(office: Office) -> None:
    office.save(A, person(1), person(3, "IBU"))
    office.sync(A)
    note = tag_of(Kind.RESIDENT, "notes")
    office.save(B, Add(record_id(1), note, "surat"), kind=EntryKind.CORRECTION)
    office.save(B, Create(record_id(1), Kind.RESIDENT, {tag_of(Kind.RESIDENT, "name"): "ORANG LAIN"}))
    office.save(B, Update(record_id(1), tag_of(Kind.RESIDENT, "household_id"), None, record_id(3)))
    office.sync(B)
    proposed = {row.proposed for each in open_ids(office) for row in page(office, each).rows}
    assert proposed == {"+ surat", "Full name: ORANG LAIN", "IBU"}
