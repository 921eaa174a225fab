"""What a village holds is computed from its tables, so damage to any of them shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from register.tables import RECORD
from schemas.bodies import body_of
from schemas.fields import Kind
from sync_protocol.entries import Create, EntryKind
from tests.node_ground import NOW_MS, VILLAGE, FakeDistrict, HubCarrier, enrolled
from village_node.desk import Desk
from village_node.proof import OwnChange, prove
from village_node.store import NodeStore
from village_node.syncer import synchronise
from village_node.tables import FEED_ROW

PERSON = Create((1).to_bytes(16, "big"), Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": "SITI AMINAH"}))


@pytest.fixture
def district() -> FakeDistrict:
    return FakeDistrict()


@pytest.fixture
def store(tmp_path: Path, district: FakeDistrict) -> Iterator[NodeStore]:
    with enrolled(tmp_path / "node", district) as opened:
        yield opened


def test_what_was_saved_is_unsent_then_received_and_accepted(store: NodeStore, district: FakeDistrict) -> None:
    change_id = Desk(store, "Bu Wiwik", lambda: NOW_MS).save(EntryKind.EVENT, [PERSON]).change_id
    before = prove(store)
    assert before.changes == (OwnChange(change_id, "unsent", "waiting"),)
    assert (before.position, before.fingerprint, before.is_consistent) == (0, 0, True)

    assert synchronise(store, HubCarrier(district), now_ms=lambda: NOW_MS).finished

    after, hub = prove(store), district.hub.database["villages"][VILLAGE]
    assert after.changes == (OwnChange(change_id, "received", "accepted"),)
    assert (after.position, after.head, after.fingerprint) == (hub.seq, hub.head, hub.fingerprint)
    assert after.is_consistent


@pytest.mark.parametrize("table", [RECORD, FEED_ROW], ids=["record", "feed"])
def test_damage_shows(store: NodeStore, district: FakeDistrict, table: object) -> None:
    desk = Desk(store, "Bu Wiwik", lambda: NOW_MS)
    desk.save(EntryKind.EVENT, [PERSON])
    assert synchronise(store, HubCarrier(district), now_ms=lambda: NOW_MS).finished
    with store.transaction() as working:
        if table is RECORD:
            working.connection.execute(update(RECORD).values(body=b"\x80"))
        else:
            working.connection.execute(update(FEED_ROW).values(head=bytes(32)))
    assert not prove(store).is_consistent
