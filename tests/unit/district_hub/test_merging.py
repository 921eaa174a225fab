"""Two records of one person become one when two people say so, and two again without losing what came meanwhile."""

from __future__ import annotations

import pytest

from district_hub.merging import ProposalState, confirm_merge, decline_merge, list_proposals, propose_merge
from district_hub.registrar import Registrar
from district_hub.review import decide
from district_hub.unmerging import LateEdit, late_edits, unmerge
from schemas.errors import RefusedError
from schemas.fields import Kind, tag_of
from sync_protocol.decisions import page_of
from sync_protocol.entries import Add
from sync_protocol.feed import Result
from tests.hub_office import NOW, A, B, Office, created, person, record_id, updated

WHY = "orang yang sama menurut KTP-el"
NOTES = tag_of(Kind.RESIDENT, "notes")


def second(office: Office) -> Registrar:
    return Registrar("Pak Hadi", office.diary.append)


def propose(office: Office, loser: int, survivor: int, *take: str) -> bytes:
    ids = (record_id(loser), record_id(survivor))
    made = propose_merge(office.store, *ids, take=take, reason=WHY, registrar=office.registrar, now_ms=office.now_ms)
    return made.proposal_id


def confirm(office: Office, proposal_id: bytes) -> None:
    confirm_merge(office.store, proposal_id, registrar=second(office), now_ms=office.now_ms)


def join(office: Office, loser: int, survivor: int, *take: str) -> None:
    confirm(office, propose(office, loser, survivor, *take))
    office.now_ms += 60_000


def part(office: Office, loser: int, *, returns: bool = True) -> list[LateEdit]:
    return unmerge(
        office.store,
        record_id(loser),
        reason="dua orang",
        registrar=office.registrar,
        now_ms=office.now_ms,
        returns=returns,
    )


def pair(office: Office) -> None:
    office.save(A, person(1, "SITI", phone="0811"), person(2, "SITI AMINAH"))
    office.sync(A)


def test_a_merge_waits_for_a_second_person(office: Office) -> None:
    pair(office)
    proposal = propose(office, 1, 2, "phone")
    assert office.value(1, "merged_into") is None
    assert [one.proposal_id for one in list_proposals(office.store)] == [proposal]
    with pytest.raises(RefusedError) as refused:
        confirm_merge(
            office.store, proposal, registrar=Registrar(" bu  RATNA", office.diary.append), now_ms=office.now_ms
        )
    assert refused.value.code == "second-person-needed"
    confirm(office, proposal)
    assert office.value(1, "merged_into") == record_id(2)
    assert office.value(2, "phone") == "0811"
    assert list_proposals(office.store) == []
    (done,) = list_proposals(office.store, everything=True)
    assert (done.state, done.decided_by) == (ProposalState.CONFIRMED, "Pak Hadi")
    (line,) = office.diary
    assert (line["verb"], line["registrar"]) == ("merge", "Pak Hadi")
    assert "Bu Ratna" in line["reason"]


def test_a_proposal_is_confirmed_only_while_its_page_holds(office: Office) -> None:
    pair(office)
    proposal = propose(office, 1, 2)
    office.save(A, updated(2, Kind.RESIDENT, "phone", None, "0822"))
    office.sync(A)
    with pytest.raises(RefusedError) as refused:
        confirm(office, proposal)
    assert refused.value.code == "page-changed"
    assert [one.proposal_id for one in list_proposals(office.store)] == [proposal]
    decline_merge(office.store, proposal, registrar=office.registrar, now_ms=office.now_ms)
    confirm(office, propose(office, 1, 2))
    assert office.value(1, "merged_into") == record_id(2)


def test_a_proposal_is_decided_once(office: Office) -> None:
    pair(office)
    proposal = propose(office, 1, 2)
    with pytest.raises(RefusedError) as again:
        propose(office, 2, 1)
    assert again.value.code == "merge-proposed"
    confirm(office, proposal)
    for what, code in ((proposal, "proposal-decided"), (bytes(8), "proposal-unknown")):
        with pytest.raises(RefusedError) as refused:
            confirm(office, what)
        assert refused.value.code == code


def test_a_rehearsal_merges_and_proposes_nothing(office: Office) -> None:
    pair(office)
    ids = (record_id(1), record_id(2))
    propose_merge(office.store, *ids, reason=WHY, registrar=office.rehearsing, now_ms=NOW)
    assert list_proposals(office.store) == []
    proposal = propose(office, 1, 2)
    rehearsing = Registrar("Pak Hadi", office.diary.append, is_rehearsal=True)
    confirm_merge(office.store, proposal, registrar=rehearsing, now_ms=NOW)
    assert office.value(1, "merged_into") is None
    confirm(office, proposal)


def test_people_of_two_villages_are_merged_under_both_locks(office: Office) -> None:
    office.save(A, person(1))
    office.save(B, person(2))
    office.sync()
    join(office, 1, 2)
    office.sync()
    assert office.value(1, "merged_into") == record_id(2)
    assert office.fingerprints_agree()


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [((1, 2), (2, 1), "merge-cycle"), ((1, 2), (1, 3), "merge-done"), ((1, 2), (3, 1), "merge-done")],
)
def test_merges_in_a_circle_or_twice_are_refused(
    office: Office, first: tuple[int, int], then: tuple[int, int], code: str
) -> None:
    office.save(A, person(1), person(2), person(3))
    office.sync(A)
    join(office, *first)
    with pytest.raises(RefusedError) as refused:
        propose(office, *then)
    assert refused.value.code == code


def test_of_three_merges_that_make_a_circle_the_last_is_refused(office: Office) -> None:
    office.save(A, person(1), person(2), person(3))
    office.sync(A)
    waiting = [propose(office, 1, 2), propose(office, 2, 3), propose(office, 3, 1)]
    confirm(office, waiting[0])
    confirm(office, waiting[1])
    with pytest.raises(RefusedError) as refused:
        confirm(office, waiting[2])
    assert refused.value.code == "merge-cycle"
    assert office.value(3, "merged_into") is None


def test_a_person_is_not_merged_with_himself_or_with_a_family(office: Office) -> None:
    office.save(A, person(1), created(2, Kind.HOUSEHOLD, hamlet="KRAJAN"))
    office.sync(A)
    for survivor, code in ((1, "merge-cycle"), (2, "merge-kinds")):
        with pytest.raises(RefusedError) as refused:
            propose(office, 1, survivor)
        assert refused.value.code == code


def test_a_survivor_takes_no_owner_and_no_set(office: Office) -> None:
    pair(office)
    for name in ("owner", "notes", "certified_at", "shoe_size"):
        with pytest.raises(RefusedError) as refused:
            propose(office, 1, 2, name)
        assert refused.value.code == "field-unknown"


def test_only_a_merged_record_is_unmerged(office: Office) -> None:
    pair(office)
    with pytest.raises(RefusedError) as refused:
        part(office, 1)
    assert refused.value.code == "not-merged"


def test_references_keep_their_id_and_a_late_edit_goes_to_the_survivor(office: Office) -> None:
    office.save(A, person(1, "SITI"), person(2, "SITI AMINAH"), created(3, Kind.HOUSEHOLD, head_id=record_id(1)))
    office.sync(A)
    join(office, 1, 2)
    office.save(A, updated(1, Kind.RESIDENT, "occupation", None, 9))
    office.sync(A)
    assert office.value(3, "head_id") == record_id(1)
    assert (office.value(1, "occupation"), office.value(2, "occupation")) == (None, 9)


def test_unmerging_lists_and_returns_late_edits_and_what_the_survivor_took(office: Office) -> None:
    pair(office)
    join(office, 1, 2, "phone")
    for old, new in ((None, 9), (9, 11)):
        office.save(A, updated(1, Kind.RESIDENT, "occupation", old, new))
    office.save(A, updated(2, Kind.RESIDENT, "education", None, 5))
    office.sync(A)
    assert office.value(2, "occupation") == 11
    with office.store.reading() as reader:
        listed = late_edits(reader, record_id(1))
    assert part(office, 1) == listed
    assert [(one.old, one.new, one.is_returned) for one in listed] == [(None, 9, True), (9, 11, True)]
    assert (office.value(1, "merged_into"), office.value(1, "occupation"), office.value(1, "phone")) == (
        *(None, 11),
        "0811",
    )
    assert [office.value(2, name) for name in ("occupation", "phone", "education")] == [None, None, 5]
    office.sync(A)
    assert office.fingerprints_agree()


def test_what_somebody_has_written_on_top_stays_with_the_survivor(office: Office) -> None:
    pair(office)
    join(office, 1, 2)
    office.save(A, updated(1, Kind.RESIDENT, "occupation", None, 9))
    office.sync(A)
    office.save(A, updated(2, Kind.RESIDENT, "occupation", 9, 11))
    office.sync(A)
    part(office, 1)
    assert (office.value(1, "occupation"), office.value(2, "occupation")) == (9, 11)


def test_late_edits_may_stay_with_the_survivor(office: Office) -> None:
    pair(office)
    join(office, 1, 2)
    office.save(A, updated(1, Kind.RESIDENT, "occupation", None, 9))
    office.sync(A)
    part(office, 1, returns=False)
    assert (office.value(1, "occupation"), office.value(2, "occupation")) == (None, 9)


def test_a_late_edit_that_a_registrar_accepted_is_returned_too(office: Office) -> None:
    pair(office)
    join(office, 1, 2)
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITI", "SITI DEWI"))
    office.sync(A)
    with office.store.reading() as reader:
        (case,) = reader.open_cases(A)
        from district_hub.registrar import looking

        record = reader.record(case.case_id)
        assert record is not None
        page = page_of(looking(reader), record)
        (waiting,) = late_edits(reader, record_id(1))
        assert (waiting.result, waiting.is_returned) == (Result.IN_REVIEW, False)
    decide(
        office.store,
        case.case_id,
        frozenset(page.proposals),
        shown=page,
        reason="akta",
        registrar=office.registrar,
        now_ms=office.now_ms,
    )
    assert office.value(2, "name") == "SITI DEWI"
    part(office, 1)
    assert (office.value(1, "name"), office.value(2, "name")) == ("SITI DEWI", "SITI AMINAH")


def test_a_late_note_is_listed_and_left(office: Office) -> None:
    pair(office)
    join(office, 1, 2)
    office.save(A, Add(record_id(1), NOTES, "pindah rumah"))
    office.sync(A)
    (late,) = part(office, 1)
    assert (late.new, late.is_returned) == ("pindah rumah", False)
    assert office.value(2, "notes") == [["pindah rumah"], []]


def test_a_chain_of_merges_gives_back_from_where_the_edit_landed(office: Office) -> None:
    office.save(A, person(1), person(2), person(3))
    office.sync(A)
    join(office, 1, 2)
    join(office, 2, 3)
    office.save(A, updated(1, Kind.RESIDENT, "occupation", None, 9))
    office.sync(A)
    assert office.value(3, "occupation") == 9
    part(office, 1)
    assert [office.value(n, "occupation") for n in (1, 2, 3)] == [9, None, None]
    assert office.value(2, "merged_into") == record_id(3)


def test_a_late_note_beside_a_late_edit_stays_where_the_edit_is_returned(office: Office) -> None:
    pair(office)
    join(office, 1, 2)
    office.save(A, updated(1, Kind.RESIDENT, "occupation", None, 9), Add(record_id(1), NOTES, "pindah rumah"))
    office.sync(A)
    part(office, 1)
    assert (office.value(1, "occupation"), office.value(2, "occupation")) == (9, None)
    assert office.value(2, "notes") == [["pindah rumah"], []]
