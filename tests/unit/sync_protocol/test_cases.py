"""Cases as records: their ids, their forms of other versions, what they are about."""

from __future__ import annotations

from typing import Any

from schemas.fields import TAG_OWNER, Kind
from sync_protocol import cases
from sync_protocol.entries import Update
from sync_protocol.tables import Record, Stamp
from tests.small import NAME, PERSON, Small, ident

CHANGE = ident("change")


def case_with(proposals: list[object]) -> Record:
    body: dict[int, Any] = {TAG_OWNER: 1, cases.TAG_STATE: cases.OPEN, cases.TAG_PROPOSALS: proposals}
    return Record(ident("case"), Kind.CASE, body, Stamp(0, b""))


def test_ids_follow_from_what_opened_the_case() -> None:
    ids = {
        cases.case_id_of(CHANGE),
        cases.case_id_of(CHANGE, PERSON, NAME),
        cases.case_id_of(CHANGE, PERSON, NAME + 1),
        cases.case_id_of(ident("other")),
    }
    assert len(ids) == 4
    assert cases.case_id_of(CHANGE) == cases.case_id_of(CHANGE)


def test_a_proposal_reads_back_as_it_was_written() -> None:
    proposal = cases.Proposal(CHANGE, cases.FROM_ENTRY, (Update(PERSON, NAME, "a", "b"),), "rule", "Siti", 5)
    assert cases.proposals_of(case_with([proposal.to_tree()])) == (proposal,)


def test_proposals_of_a_newer_form_are_left_out_and_block_nobody() -> None:
    known = cases.Proposal(CHANGE, cases.FROM_ENTRY, (Update(PERSON, NAME, "a", "b"),), "rule")
    newer = [CHANGE, 0, [[77, PERSON, NAME]], "rule", "", 0]
    assert cases.proposals_of(case_with([newer, "what", known.to_tree()])) == (known,)


def test_a_case_without_proposals_or_decisions_reads_as_empty() -> None:
    case = Record(ident("case"), Kind.CASE, {TAG_OWNER: 1}, Stamp(0, b""))
    assert (cases.proposals_of(case), cases.decided_of(case), cases.is_open(case)) == ((), (), False)


def test_an_entry_without_changes_makes_a_case_about_nobody() -> None:
    world = Small()
    world.a1.save_raw(1, b"\xc1", world.hub.now_ms)
    world.sync(world.a1)
    (case_id,) = world.open_cases()
    assert cases.TAG_ABOUT not in world.hub.database["records"][case_id].body


def test_a_case_that_came_back_is_not_opened_again() -> None:
    world = Small()
    proposal = cases.Proposal(CHANGE, cases.FROM_ENTRY, (Update(PERSON, NAME, "x", "b"),), "rule")
    with world.hub.transaction() as registry:
        first = cases.open_or_join(registry, 1, proposal, as_one=False)
        case_id = first[PERSON, NAME]
        closed = (proposal,)
        cases.put_case(registry, case_id, 1, state=cases.CLOSED, proposals=closed, reason="seen", cause=CHANGE)
        assert cases.open_or_join(registry, 1, proposal, as_one=False) == first
        assert not cases.is_open(registry.tables.records.need(case_id))
