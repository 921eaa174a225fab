"""What the hub holds is computed from its tables, so damage to any of them shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from district_hub.proof import HubProof, prove
from district_hub.tables import FEED_ENTRY
from register.database import writing
from register.tables import RECORD
from schemas.fields import Kind
from tests.hub_office import A, B, Office, person, updated


def proof_of(office: Office, village: int) -> HubProof:
    with office.store.reading() as reader:
        summary = reader.village(village)
        assert summary is not None
        return prove(reader, summary)


def test_head_and_f_from_the_tables_equal_the_node_s(office: Office) -> None:
    office.save(A, person(1))
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITI AMINAH", "SITI AMINAH BINTI ALI"))
    office.sync(A, B)

    proof, node = proof_of(office, A), office.nodes[A].state

    assert proof.is_consistent
    assert (proof.position, proof.head, proof.fingerprint) == (node.feed_seq, node.feed_head, node.fingerprint)
    assert proof.records == 1
    assert proof_of(office, B) == replace(proof_of(office, B), position=0, fingerprint=0, records=0, outcomes={})


def test_every_change_id_that_came_has_its_outcome(office: Office) -> None:
    first, later = office.save(A, person(1)), office.save(A, updated(1, Kind.RESIDENT, "name", "BUDI", "ALI"))
    office.sync(A)
    assert proof_of(office, A).outcomes == {first: "accepted", later: "in-review"}


@pytest.mark.parametrize("table", [RECORD, FEED_ENTRY], ids=["record", "feed"])
def test_damage_shows(office: Office, table: object) -> None:
    office.save(A, person(1))
    office.sync(A)
    with writing(office.store.engine) as connection:
        if table is RECORD:
            connection.execute(update(RECORD).values(body=b"\x80"))
        else:
            connection.execute(update(FEED_ENTRY).values(seq=FEED_ENTRY.c.seq + 5))
    assert not proof_of(office, A).is_consistent
