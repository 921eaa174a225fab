"""Law 3 with a bad disk: of any set of damaged journal rows the readable arrive once and a person is told the rest."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.bodies import body_of
from schemas.fields import Kind
from sync_protocol.entries import Create, EntryKind
from tests.journal_damage import DAMAGES, PROVED_ELSEWHERE, damage
from tests.node_ground import NOW_MS, FakeDistrict, HubCarrier, enrolled
from village_node.carriers.files import export_messages
from village_node.desk import Desk
from village_node.entry_states import entry_counts
from village_node.inbox import read_inbox
from village_node.journal_mending import mend_journal
from village_node.proof import prove
from village_node.store import NodeStore
from village_node.syncer import synchronise


@pytest.fixture(scope="module")
def ground() -> Iterator[tuple[Path, FakeDistrict]]:
    with tempfile.TemporaryDirectory() as name:
        district = FakeDistrict()
        enrolled(Path(name) / "new", district).close()
        yield Path(name), district


def save(store: NodeStore, number: int) -> bytes:
    body = body_of(Kind.RESIDENT, {"name": f"WARGA {number}"})
    changes = [Create(number.to_bytes(16, "big"), Kind.RESIDENT, body)]
    return Desk(store, "Bu Rini", lambda: NOW_MS).save(EntryKind.EVENT, changes).change_id


def run(store: NodeStore, carrier: HubCarrier) -> None:
    synchronise(store, carrier, now_ms=lambda: NOW_MS, elapsed_ms=lambda: 0, wait_s=lambda _: None)


@given(
    known=st.integers(0, 3),
    unheard=st.integers(0, 3),
    fresh=st.integers(0, 5),
    damages=st.dictionaries(st.integers(1, 11), st.sampled_from(DAMAGES), max_size=8),
    by_stick=st.booleans(),
)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_readable_arrive_once_and_the_rest_is_listed(
    ground: tuple[Path, FakeDistrict], known: int, unheard: int, fresh: int, damages: dict[int, str], by_stick: bool
) -> None:
    """The first entries are decided, the next are at the hub whose answer was lost, the last are here only."""
    folder, district = ground
    district.hub = type(district.hub)((7,))
    with (
        tempfile.TemporaryDirectory(dir=folder) as name,
        NodeStore.open(Path(shutil.copytree(folder / "new", Path(name) / "desa"))) as store,
    ):
        carrier = HubCarrier(district)
        ids = [save(store, number) for number in range(1, known + 1)]
        run(store, carrier)
        ids += [save(store, number) for number in range(known + 1, known + unheard + 1)]
        carrier.lose_answers = 9
        run(store, carrier)
        carrier.lose_answers = 0
        at_hub = known + unheard
        ids += [save(store, number) for number in range(at_hub + 1, at_hub + fresh + 1)]
        damages = {number: column for number, column in damages.items() if number <= len(ids)}
        for number, column in damages.items():
            damage(store, ids[number - 1], column)
        if by_stick:
            export_messages(store, Path(name), now_ms=NOW_MS)
        run(store, carrier)
        lost = [one for one, column in damages.items() if one > at_hub and column not in PROVED_ELSEWHERE]
        records = district.hub.database["records"]
        arrived = sorted(int.from_bytes(record_id, "big") for record_id in records)
        assert arrived == [number for number in range(1, len(ids) + 1) if number not in lost]
        assert {record.version for record in records.values()} <= {1}
        assert {record.body[17] for record in records.values()} == {f"WARGA {number}" for number in arrived}
        assert set(district.hub.database["outcomes"]) == {ids[number - 1] for number in arrived}
        listed = [one.number for one in read_inbox(store)]
        # A row that is gone whole may stay listed though the hub has it: nothing is left to match its outcome with.
        gone = {one for one, column in damages.items() if one <= at_hub and column == "row"}
        assert set(lost) <= set(listed) <= set(lost) | gone
        counts = entry_counts(store)
        unreadable = len(listed)
        assert (counts.accepted, counts.unsent, counts.unreadable) == (len(ids) - unreadable, 0, unreadable)
        assert prove(store).is_consistent
        assert not mend_journal(store, everything=True).undecided
        again = save(store, 99)
        run(store, carrier)
        assert again in district.hub.database["outcomes"]
