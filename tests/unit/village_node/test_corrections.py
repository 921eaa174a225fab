"""Corrections, annulments, and cancelled events."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from schemas.codes import EventState, LifeStatus, Relation
from schemas.fields import Kind, tag_of
from sync_protocol.entries import Add, EntryKind, Update
from tests.fakes_desk import TODAY, Office
from tests.families import Home, event_of, person, refused, settle
from village_node.registration import (
    BirthForm,
    ChangeOfHeadForm,
    DeathForm,
    JoinForm,
    MoveOutForm,
    SplitForm,
    annul,
    cancel_event,
    correct,
    register_birth,
    register_change_of_head,
    register_death,
    register_join,
    register_move_out,
    register_split,
    undo_annulment,
    undo_correction,
)
from village_node.registration.corrections import UNDONE
from village_node.registration.typed_values import parse_day, parse_field


def edit(office: Office, record_id: bytes, **wanted: Any) -> Any:
    shown = office.values(record_id)
    return correct(office, record_id, shown, {**shown, **wanted})


def test_only_touched_fields_travel_each_with_what_was_shown(office: Office) -> None:
    home = settle(office)
    done = edit(office, home.son, occupation=3, phone=" 0812  345 ")
    assert office.entries[0].kind is EntryKind.CORRECTION
    assert done.changes == (
        Update(home.son, tag_of(Kind.RESIDENT, "occupation"), None, 3),
        Update(home.son, tag_of(Kind.RESIDENT, "phone"), None, "0812 345"),
    )


def test_old_is_what_the_form_showed_even_if_the_record_has_changed_since(office: Office) -> None:
    home = settle(office)
    shown = office.values(home.son)
    office.change(home.son, name="BUDI SANTOSA")
    office.checks_old = False
    done = correct(office, home.son, shown, {**shown, "name": "BUDI SUSANTO"})
    assert done.changes == (Update(home.son, tag_of(Kind.RESIDENT, "name"), "BUDI SANTOSO", "BUDI SUSANTO"),)


def test_a_value_put_back_and_a_form_left_alone_save_nothing(office: Office) -> None:
    home = settle(office)
    done = edit(office, home.son)
    assert (done.change_id, done.changes, office.entries) == (None, (), [])


def test_a_field_can_be_emptied(office: Office) -> None:
    home = settle(office)
    edit(office, home.mother, nik=None)
    assert "nik" not in office.values(home.mother)


@pytest.mark.parametrize(
    ("role", "name", "value", "code"),
    [
        ("son", "life_status", 2, "field-by-event"),
        ("son", "household_id", b"\x00" * 16, "field-by-event"),
        ("household", "head_id", b"\x00" * 16, "field-by-event"),
        ("son", "relation", 1, "field-by-event"),
        ("father", "relation", 2, "field-by-event"),
        ("son", "owner", 9, "field-reserved"),
        ("son", "merged_into", b"\x00" * 16, "field-reserved"),
        ("son", "certified_at", dt.date(2026, 1, 1), "field-reserved"),
        ("son", "void", "x", "field-reserved"),
        ("son", "name", "", "value-missing"),
        ("son", "nik", "3510", "nik-format"),
        ("son", "religion", 99, "code-unknown"),
        ("son", "relation", 3, "relation-sex"),
        ("son", "birth_on", dt.date(2030, 1, 1), "date-in-future"),
        ("son", "shoe_size", 42, "field-unknown"),
        ("son", "phone", 812, "shape"),
    ],
)
def test_what_a_correction_may_not_do(office: Office, role: str, name: str, value: object, code: str) -> None:
    home = settle(office)
    refused(code, lambda: edit(office, getattr(home, role), **{name: value}))
    assert office.entries == []


def test_a_record_that_has_left_is_not_corrected(office: Office) -> None:
    gone = office.put(Kind.RESIDENT, name="SUGENG", life_status=3, level=1)
    refused("record-left", lambda: edit(office, gone, name="SUGENG P"))
    refused("record-unknown", lambda: edit(office, b"\xee" * 16, name="X"))


def test_an_unusual_nik_is_noted(office: Office) -> None:
    home = settle(office)
    done = edit(office, home.son, nik="3510010304789001")
    assert {caution.code for caution in done.cautions} == {"nik-in-use", "nik-birth-date-mismatch"}


def test_annulling_and_taking_it_back(office: Office) -> None:
    home = settle(office)
    annul(office, home.son, "tercatat dua kali")
    assert office.values(home.son)["void"] == "tercatat dua kali"
    with office.book() as book:
        assert home.son not in book.members(home.household)
    refused("record-void", lambda: annul(office, home.son, "lagi"))
    undo_annulment(office, home.son)
    assert "void" not in office.values(home.son)
    refused("record-not-void", lambda: undo_annulment(office, home.son))


def test_annulling_needs_a_reason_and_an_empty_family(office: Office) -> None:
    home = settle(office)
    refused("value-missing", lambda: annul(office, home.son, " "))
    refused("household-in-use", lambda: annul(office, home.household, "salah"))
    event = register_death(office, DeathForm(person_id=home.son, died_on=TODAY)).event_id
    assert event is not None
    refused("field-by-event", lambda: annul(office, event, "salah"))


# -- cancelled events


def test_cancelling_a_death_brings_the_person_back(office: Office) -> None:
    home = settle(office)
    before = office.values(home.son)
    done = register_death(office, DeathForm(person_id=home.son, died_on=TODAY))
    cancelled = cancel_event(office, event_of(done), "orang lain")
    assert office.values(home.son) == before
    event = office.values(event_of(done))
    assert event["state"] == EventState.CANCELLED
    assert Add(event_of(done), tag_of(Kind.VITAL_EVENT, "notes"), "orang lain") in cancelled.changes
    assert cancelled.cautions == ()
    refused("event-decided", lambda: cancel_event(office, event_of(done), "lagi"))


def test_cancelling_a_birth_annuls_the_child(office: Office) -> None:
    home = settle(office)
    done = register_birth(
        office, BirthForm(name="Putri Ayu", sex=2, birth_on=TODAY, mother_id=home.mother, father_id=home.father)
    )
    cancel_event(office, event_of(done), "salah desa")
    assert office.values(done.created[0])["void"] == "salah desa"
    with office.book() as book:
        assert len(book.members(home.household)) == 4


def split_off_son(office: Office, home: Home) -> tuple[bytes, bytes]:
    done = register_split(
        office, SplitForm(household_id=home.household, members=(home.son,), head_id=home.son, split_on=TODAY)
    )
    assert done.event_id is not None
    return done.created[0], done.event_id


def test_cancelling_a_split_puts_everybody_back(office: Office) -> None:
    home = settle(office)
    before = {member: office.values(member) for member in home.members}
    new, event = split_off_son(office, home)
    cancel_event(office, event, "batal")
    assert {member: office.values(member) for member in home.members} == before
    assert office.values(new)["void"] == "batal"


def test_a_split_that_others_have_joined_is_not_cancelled(office: Office) -> None:
    home = settle(office)
    new, event = split_off_son(office, home)
    register_join(
        office, JoinForm(household_id=new, movers=(home.daughter,), moved_on=TODAY, relations={home.daughter: 9})
    )
    refused("event-built-upon", lambda: cancel_event(office, event, "batal"))


def test_an_effect_that_has_changed_since_is_left_and_named(office: Office) -> None:
    home = settle(office)
    done = register_change_of_head(
        office, ChangeOfHeadForm(household_id=home.household, head_id=home.mother, changed_on=TODAY)
    )
    edit(office, home.father, relation=int(Relation.OTHER))
    cancelled = cancel_event(office, event_of(done), "batal")
    assert [caution.code for caution in cancelled.cautions] == ["effect-changed"]
    assert office.values(home.father)["relation"] == Relation.OTHER
    assert office.values(home.household)["head_id"] == home.father


@pytest.mark.parametrize("kind", [2, 7, 22, 25])
def test_an_event_of_another_laptop_is_cancelled_as_far_as_it_explains_itself(office: Office, kind: int) -> None:
    home = settle(office)
    event = office.put(Kind.VITAL_EVENT, event_kind=kind, state=1, subject_id=home.son)
    if kind == 7:
        office.change(home.son, life_status=int(LifeStatus.DEAD), died_on=TODAY)
        cancel_event(office, event, "keliru")
        assert office.values(home.son)["life_status"] == LifeStatus.ALIVE
        assert "died_on" not in office.values(home.son)
    else:
        refused("event-entry-missing", lambda: cancel_event(office, event, "keliru"))


def test_a_departure_of_another_laptop_is_cancelled_for_each_mover_still_away(office: Office) -> None:
    home = settle(office)
    event = office.put(Kind.VITAL_EVENT, event_kind=21, state=1, movers=sorted([home.son, home.daughter]))
    office.change(home.son, life_status=int(LifeStatus.MOVED), left_on=TODAY, destination="X")
    done = cancel_event(office, event, "keliru")
    assert [caution.code for caution in done.cautions] == ["effect-changed"]
    assert not {"left_on", "destination"} & office.values(home.son).keys()


@pytest.mark.parametrize("more", [{"state": 3}, {"state": 4}, {"state": 1, "paired_with": b"\x01" * 16}])
def test_what_the_district_has_decided_is_not_cancelled(office: Office, more: dict[str, Any]) -> None:
    home = settle(office)
    event = office.put(Kind.VITAL_EVENT, event_kind=7, subject_id=home.son, **more)
    refused("event-decided", lambda: cancel_event(office, event, "keliru"))
    refused("event-unknown", lambda: cancel_event(office, home.son, "keliru"))


def test_cancelling_a_departure_keeps_an_arrival_out_of_the_books(office: Office) -> None:
    home = settle(office)
    out = register_move_out(
        office, MoveOutForm(left_on=TODAY, destination="35.10.09.2004", household_id=home.household)
    )
    cancel_event(office, event_of(out), "tidak jadi")
    with office.book() as book:
        assert len(book.members(home.household)) == 4
        assert book.counts().residents == 4


# -- typed values


def test_a_day_is_read_day_first(office: Office) -> None:
    assert parse_day("03-04-2010") == dt.date(2010, 4, 3)
    assert parse_day("3/4/2010") == parse_day("2010-04-03") == dt.date(2010, 4, 3)
    refused("date-impossible", lambda: parse_day("31-02-2001"))
    refused("date-format", lambda: parse_day("kemarin"))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("name", " MA'RUF HIDAYAT ", "MA'RUF HIDAYAT"),
        ("sex", "perempuan", 2),
        ("sex", "2", 2),
        ("nik", "3510 0103 0478 9001", "3510010304789001"),
        ("birth_on", "03-04-2010", dt.date(2010, 4, 3)),
        ("phone", "", None),
        ("household_id", "00" * 16, bytes(16)),
    ],
)
def test_a_typed_field_is_read_by_its_type(name: str, text: str, value: object) -> None:
    assert parse_field(Kind.RESIDENT, name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("sex", "mungkin", "code-unknown"),
        ("nik", "12", "nik-format"),
        ("household_id", "xyz", "shape"),
        ("notes", "x", "shape"),
        ("shoe_size", "4", "field-unknown"),
    ],
)
def test_a_typed_field_that_cannot_be_read_is_named(name: str, text: str, code: str) -> None:
    from schemas.errors import DataError

    with pytest.raises(DataError) as caught:
        parse_field(Kind.RESIDENT, name, text)
    assert (caught.value.code, caught.value.field) == (code, name)
    assert parse_field(Kind.VITAL_EVENT, "weight_g", "3100") == 3100


def test_a_person_outside_any_family_is_corrected(office: Office) -> None:
    alone = person(office, None, "SLAMET", 1, 1960, int(Relation.OTHER))
    edit(office, alone, relation=9)
    assert office.values(alone)["relation"] == 9


def test_nobody_comes_back_into_a_family_that_was_annulled(office: Office) -> None:
    home = settle(office)
    out = register_move_out(
        office, MoveOutForm(left_on=TODAY, destination="35.10.09.2004", household_id=home.household)
    )
    annul(office, home.household, "kosong")
    refused("household-void", lambda: cancel_event(office, event_of(out), "tidak jadi"))
    undo_annulment(office, home.household)
    cancel_event(office, event_of(out), "tidak jadi")
    with office.book() as book:
        assert len(book.members(home.household)) == 4


def test_nobody_is_taken_back_into_a_family_that_was_annulled(office: Office) -> None:
    home = settle(office)
    office.change(home.son, void="ganda")
    office.change(home.household, void="salah")
    refused("household-void", lambda: undo_annulment(office, home.son))


def test_a_split_that_the_old_familys_new_head_has_joined_is_not_cancelled(office: Office) -> None:
    home = settle(office)
    done = register_split(
        office,
        SplitForm(
            household_id=home.household,
            members=(home.father,),
            head_id=home.father,
            split_on=TODAY,
            old_head_id=home.mother,
        ),
    )
    register_join(
        office,
        JoinForm(household_id=done.created[0], movers=(home.mother,), moved_on=TODAY, relations={home.mother: 3}),
    )
    refused("event-built-upon", lambda: cancel_event(office, event_of(done), "batal"))


def test_undoing_a_correction_puts_back_each_value_and_says_so(office: Office) -> None:
    home = settle(office)
    shown = office.values(home.son)
    done = correct(office, home.son, shown, {**shown, "name": "MA'RUF", "phone": "0812"}, reason="sesuai akta")
    assert done.change_id is not None
    undo_correction(office, home.son, done.change_id)
    values = office.values(home.son)
    assert (values["name"], values.get("phone")) == ("BUDI SANTOSO", None)
    assert UNDONE in str(values["notes"])
    change_id = done.change_id
    refused("correction-built-on", lambda: undo_correction(office, home.son, change_id))
    refused("correction-unknown", lambda: undo_correction(office, home.daughter, change_id))


def test_a_family_number_of_two_families_is_a_caution(office: Office) -> None:
    home = settle(office)
    office.put(Kind.HOUSEHOLD, family_number="3510011202129002")
    shown = office.values(home.household)
    done = correct(office, home.household, shown, {**shown, "family_number": "3510011202129002"})
    assert [one.code for one in done.cautions] == ["family-number-in-use"]
    again = correct(office, home.household, office.values(home.household), {**shown, "hamlet": "Ma'ron"})
    assert "family-number-in-use" not in [one.code for one in again.cautions]
