"""Damage to what only finds own entries again costs none of them: what is sent is the journal itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from tests.journal_damage import PHONE, Ground, person
from village_node.proof import prove
from village_node.tables import OWN_CHANGE, OWN_ENTRY, OWN_TOUCH


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path)
    yield made
    made.close()


def phone_at_hub(ground: Ground) -> object:
    return (ground.at_hub(1) or {}).get(PHONE)


INDEX_DAMAGES = {
    "row gone": delete(OWN_CHANGE).where(OWN_CHANGE.c.ordinal > 3),
    "another change": update(OWN_CHANGE).where(OWN_CHANGE.c.ordinal > 3).values(change_id=bytes(16)),
    "another place": update(OWN_CHANGE).where(OWN_CHANGE.c.ordinal > 3).values(seq=99),
    "another replica": update(OWN_CHANGE).where(OWN_CHANGE.c.ordinal > 3).values(replica_id=bytes(8)),
    "another order": update(OWN_CHANGE).where(OWN_CHANGE.c.ordinal > 3).values(ordinal=1),
    "another order of the entry": update(OWN_ENTRY).where(OWN_ENTRY.c.ordinal > 3).values(ordinal=1),
    "final without an outcome": update(OWN_CHANGE).where(OWN_CHANGE.c.ordinal > 3).values(is_final=True),
    "touches gone": delete(OWN_TOUCH),
}


@pytest.mark.parametrize("harm", INDEX_DAMAGES)
def test_damage_to_what_finds_own_entries_loses_none_of_them(ground: Ground, harm: str) -> None:
    ground.call(1, None, "0812")
    with ground.laptop.transaction() as working:
        assert working.connection.execute(INDEX_DAMAGES[harm]).rowcount
    ground.sync()
    assert phone_at_hub(ground) == "0812"
    assert ground.desk.values(person(1))["phone"] == "0812"
    ground.call(1, "0812", "0813")
    ground.sync()
    assert phone_at_hub(ground) == "0813"
    assert prove(ground.laptop).is_consistent
