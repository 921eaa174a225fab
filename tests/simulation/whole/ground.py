"""The beginning of every whole world: a founded hub, enrolled laptops and a small imported village each.

Made once a process through the front doors (invitation, six words, approval), on a disk in memory where there is one;
each world begins with a copy.
"""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from register.generator import generate_village
from schemas.bodies import body_of
from schemas.codes import LifeStatus
from schemas.fields import Kind
from sync_protocol.entries import Change, Create, EntryKind
from tests.live_office import Wire, enrolled_laptop, founded_hub
from tests.node_ground import NOW_MS
from tests.simulation.whole.chance import Source, simulated_entropy
from village_node.desk import Desk

VILLAGES = {"A": "35.10.09.2004", "B": "35.10.22.2004"}
"""Two villages of one district, by the first letter of their laptops' names."""
LAPTOPS = ("A1", "A2", "B1")
RESIDENTS = 9
HUB = "hub"


@dataclass(frozen=True)
class Ground:
    """Where the beginning lies, and when it ends."""

    folder: Path
    now_ms: int


def disk() -> Path:
    """Return a new folder, in memory if this machine has such a disk; gone when the process ends."""
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="kampung-world-", dir=parent))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def ground() -> Ground:
    """Return the beginning, made at the first call."""
    folder = disk()
    with simulated_entropy(Source("ground")), founded_hub(folder / HUB) as hub:
        wire = Wire(hub)
        for name in LAPTOPS:
            with enrolled_laptop(wire, folder / name, VILLAGES[name[0]]) as store:
                if name.endswith("1"):
                    _settle(Desk(store, "SITI", lambda: NOW_MS), Source(name))
                wire.sync(store)
    return Ground(folder, wire.now_ms)


def _settle(desk: Desk, ids: Source) -> None:
    """Record an invented village, each family one entry, as an import does."""
    today = dt.datetime.fromtimestamp(NOW_MS / 1000, dt.UTC).date()
    village = generate_village(7, desk.village_code, RESIDENTS, today=today)
    batches: list[tuple[EntryKind, list[Change]]] = []
    for family in village.households:
        household = ids.take(16)
        people = [ids.take(16) for _ in family.members]
        changes: list[Change] = [
            Create(household, Kind.HOUSEHOLD, body_of(Kind.HOUSEHOLD, {**family.values, "head_id": people[0]}))
        ]
        for person, values in zip(people, family.members, strict=True):
            alive = {"household_id": household, "life_status": int(LifeStatus.ALIVE)}
            changes.append(Create(person, Kind.RESIDENT, body_of(Kind.RESIDENT, {**values, **alive})))
        batches.append((EntryKind.IMPORT, changes))
    desk.save_many(batches)
