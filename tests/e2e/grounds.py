"""A hub and a village on disk at the moments that matter, to be copied and ruined; and the proof that nothing is lost.

Built by the deeds themselves, so that what is killed later has been done to its end once.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from district_hub.hub import Hub
from district_hub.proof import prove as prove_hub
from register.exporting import write_xlsx
from register.generator import HEADERS, generate_village
from tests.e2e import deeds
from tests.live_office import VILLAGE_CODE, Wire, enrolled_laptop, founded_hub
from village_node.importing import list_batches
from village_node.proof import prove as prove_village
from village_node.store import NodeStore

PEOPLE = 180


@dataclass(frozen=True)
class Grounds:
    """Enrolled with a list to import; imported; synced; with work on both sides that has not met; after it has met."""

    enrolled: Path
    imported: Path
    synced: Path
    meeting: Path
    reviewing: Path

    def copy(self, moment: str, folder: Path) -> Path:
        """Copy a moment into a folder that is not there yet, and return that folder."""
        return shutil.copytree(getattr(self, moment), folder)


def quiet(**_: object) -> None:
    """Report to nobody."""


def build(folder: Path, people: int = PEOPLE) -> Grounds:
    """Build the moments, each from the one before."""
    names = ("enrolled", "imported", "synced", "meeting", "reviewing")
    grounds = Grounds(*(folder / name for name in names))
    grounds.enrolled.mkdir(parents=True)
    write_list(grounds.enrolled / deeds.LIST, people)
    with founded_hub(grounds.enrolled / deeds.HUB) as hub:
        enrolled_laptop(Wire(hub), grounds.enrolled / deeds.VILLAGE).close()
    shutil.copytree(grounds.enrolled, grounds.imported)
    deeds.import_list(grounds.imported, quiet)
    _send_in_small_pieces(grounds.imported)
    shutil.copytree(grounds.imported, grounds.synced)
    meet(grounds.synced)
    shutil.copytree(grounds.synced, grounds.meeting)
    deeds.correct_at_hub(grounds.meeting, quiet, count=6)
    deeds.register(grounds.meeting, quiet, count=24)
    deeds.correct_names(grounds.meeting, quiet, count=6)
    _send_in_small_pieces(grounds.meeting)
    shutil.copytree(grounds.meeting, grounds.reviewing)
    meet(grounds.reviewing)
    return grounds


def write_list(path: Path, people: int) -> None:
    """Write a list of generated people."""
    village = generate_village(7, VILLAGE_CODE, people, today=deeds.TODAY)
    write_xlsx(path, HEADERS, village.rows)


def _send_in_small_pieces(folder: Path) -> None:
    with NodeStore.open(folder / deeds.VILLAGE) as store, store.transaction() as working:
        working.sync.message_bytes = 4096


def meet(folder: Path) -> None:
    """Let village and hub talk until both are at the end."""
    with Hub.open(folder / deeds.HUB) as hub, NodeStore.open(folder / deeds.VILLAGE) as store:
        wire = Wire(hub)
        wire.now_ms = deeds.LATER_MS
        for _ in range(3):
            result = wire.sync(store)
            assert result.code == "done", result.reason


# -- proofs


def assert_village_whole(folder: Path, saved: Collection[str] = ()) -> int:
    """Check a village's database as it lies there: sound, consistent, with everything saved; return its entries."""
    with NodeStore.open(folder / deeds.VILLAGE) as store:
        assert store.pragma("integrity_check") == "ok"
    # Page seals are looked up in the file itself, which is whole once the log has been folded in: by closing.
    with NodeStore.open(folder / deeds.VILLAGE) as store:
        assert store.pragma("cipher_integrity_check") is None
        proof = prove_village(store)
        assert proof.is_consistent
        own = [one.change_id.hex() for one in proof.changes]
        assert len(own) == len(set(own))
        assert not set(saved) - set(own), "reported as saved, and gone"
        return store.state().entry_count


def assert_hub_whole(folder: Path) -> None:
    """Check a hub as it lies there: ledger and database sound, every village consistent."""
    with Hub.open(folder / deeds.HUB) as hub, hub.store.reading() as reader:
        assert reader.connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert list(hub.ledger)
        for village in reader.villages():
            assert prove_hub(reader, village).is_consistent


def assert_converges(folder: Path, saved: Collection[str] = ()) -> None:
    """Let both sides meet, and check that they are equal, that all work has an outcome, and that nothing is double."""
    meet(folder)
    with Hub.open(folder / deeds.HUB) as hub, NodeStore.open(folder / deeds.VILLAGE) as store:
        own = prove_village(store)
        with hub.store.reading() as reader:
            (village,) = reader.villages()
            theirs = prove_hub(reader, village)
            rows = reader.journal_rows(village.village_id)
        assert own.is_consistent
        assert theirs.is_consistent
        assert (own.position, own.head, own.fingerprint) == (theirs.position, theirs.head, theirs.fingerprint)
        changes = {one.change_id for one in own.changes}
        assert changes == set(theirs.outcomes), "journals differ"
        assert len(rows) == len(changes), "an entry twice"
        assert None not in theirs.outcomes.values()
        assert {bytes.fromhex(one) for one in saved} <= changes


def counts(folder: Path) -> dict[str, int]:
    """Return how many records of each kind the village shows."""
    with NodeStore.open(folder / deeds.VILLAGE) as store, store.reading() as working:
        found = working.register.counts(working.village_id)
    return {"residents": found.residents, "households": found.households}


def children(folder: Path) -> list[str]:
    """Return the names of the children that ``register`` recorded, sorted."""
    names = {deeds.child_name(number) for number in range(0, 999, 3)}
    with NodeStore.open(folder / deeds.VILLAGE) as store, store.reading() as working:
        found = working.connection.exec_driver_sql("SELECT name FROM resident").scalars()
        return sorted(name for name in found if name in names)


def assert_import_done(folder: Path, families: int) -> None:
    """Check that the import is done, each family once."""
    with NodeStore.open(folder / deeds.VILLAGE) as store:
        (batch,) = list_batches(store)
        assert (batch.state, batch.families_done, batch.families_total) == ("done", families, families)
        assert store.state().entry_count == families
