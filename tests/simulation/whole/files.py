"""What offices do with files: attach scans, import lists on one laptop or on two, take imports back, back laptops up.

What must hold of files at rest is here too: what one side has whole, the other gets.
"""

from __future__ import annotations

import random
from pathlib import Path

from sqlalchemy import select

from district_hub.blob_tables import BLOB_REF
from sync_protocol.blobs import blob_digest
from tests.simulation.whole.desk import SimulatedDesk
from tests.simulation.whole.mishaps import lost, own_entries
from tests.simulation.whole.village import at_some_desk, people_of
from tests.simulation.whole.world import World
from tests.simulation.world import BrokenLawError
from tests.unit.importing.build import Row, child, grid, person, wife, write_csv
from village_node.attachments import attach_file, attached_files, remove_attachment
from village_node.backup import take_backup
from village_node.blobs import whole_file
from village_node.importing.batches import BatchState, apply_batch, list_batches
from village_node.importing.previewing import preview_file
from village_node.importing.undoing import undo_batch
from village_node.restoring import restore_backup
from village_node.tables import BLOB

_PNG = b"\x89PNG\r\n\x1a\n"
_SCAN_BYTES_MAX = 3000


def attach(world: World, rng: random.Random) -> None:
    """Attach a scan to somebody, or take one out of use."""
    content = _PNG + rng.randbytes(rng.randrange(_SCAN_BYTES_MAX))

    def record(desk: SimulatedDesk) -> None:
        files = [one for one in attached_files(desk) if one.void is None]
        if files and rng.random() < 0.2:
            remove_attachment(desk, rng.choice(files).record_id, "salah pindai")
        elif people := people_of(desk):
            attach_file(desk, rng.choice(people), content)

    at_some_desk(world, rng, "attaches", record)


def imports(world: World, rng: random.Random) -> None:
    """Import a list: a new one, or one that some laptop has imported already."""
    path = rng.choice(world.lists) if world.lists and rng.random() < 0.6 else _new_list(world, rng)

    def record(desk: SimulatedDesk) -> None:
        apply_batch(desk, preview_file(desk, path))

    at_some_desk(world, rng, f"imports {path.name}", record)


def _new_list(world: World, rng: random.Random) -> Path:
    """Write one or two families, some cells of which differ from list to list."""
    rows: list[Row] = []
    for family in sorted(rng.sample(range(3), rng.choice((1, 2)))):
        common = {"no_kk": f"351009120212{9001 + family}", "alamat": f"JL. MELATI {rng.randrange(1, 4)}"}
        serial = 9101 + 10 * family
        # Telephone numbers are left to officers: an old list would rightly bring an old one back (laws, law 5).
        rows.append(person(serial, suku=rng.choice(("JAWA", "OSING", "MADURA")), **common))
        rows += [make(serial + at, **common) for at, make in ((1, wife), (2, child)) if rng.random() < 0.7]
    path = world.folder / f"list-{len(world.lists)}.csv"
    world.lists.append(write_csv(path, grid(rows)))
    return path


def undo_import(world: World, rng: random.Random) -> None:
    """Take back an import of this laptop, if nothing was built on it."""

    def record(desk: SimulatedDesk) -> None:
        if done := [one for one in list_batches(desk.store) if one.state == BatchState.DONE]:
            undo_batch(desk, rng.choice(done))

    at_some_desk(world, rng, "takes an import back", record, dies=False)


def back_up(world: World, rng: random.Random) -> None:
    """Take a laptop's own backup, restored for a trial as always."""
    laptop = world.some_laptop(rng)
    world.now_ms += 1000  # two backups of one second would be one file
    taken = take_backup(laptop.store, laptop.now_ms())
    world.laptop_backups.append((laptop.name, taken.backup.path))
    world.say(laptop.name, "is backed up, entries", laptop.store.state().entry_count)


def put_back(world: World, rng: random.Random) -> None:
    """Put a laptop's backup back with the command for it: it becomes another replica."""
    found = [(name, path) for name, path in world.laptop_backups if name in world.laptops and path.exists()]
    if not found:
        return
    name, path = rng.choice(found)
    laptop = world.laptops[name]
    before, replica = own_entries(laptop), laptop.store.state().replica_id
    laptop.stop()
    restore_backup(path, None, laptop.folder, laptop.now_ms(), replaces=True)
    laptop.start()
    lost(world, before, before - own_entries(laptop))
    state = laptop.store.state()
    if state.replica_id == replica:
        raise BrokenLawError("rule 2.4: a restored laptop goes on as the replica that it was")
    world.say(
        name, "restored from its backup to entry", state.entry_count, "feed", state.feed_seq, "as", state.replica_id
    )


def check_files(world: World) -> None:
    """A file that one side has whole is whole at the other, where a record in force names it."""
    whole_at: set[tuple[int, bytes]] = set()
    lacking: list[tuple[str, int, bytes]] = []
    for name, laptop in world.laptops.items():
        with laptop.store.reading() as working:
            for blob in working.connection.execute(select(BLOB).where(BLOB.c.is_needed)):
                if blob.held_bytes < blob.size_bytes:
                    lacking.append((name, laptop.village_id, blob.blob_id))
                elif blob_digest(whole_file(working.connection, blob.blob_id)) != blob.digest:
                    raise BrokenLawError("files: what a laptop holds is not what its record names")
                else:
                    whole_at.add((laptop.village_id, blob.blob_id))
    with world.hub.store.reading() as reader:
        refs = reader.connection.execute(select(BLOB_REF).where(BLOB_REF.c.is_needed)).all()
    held = {(ref.village_id, ref.blob_id) for ref in refs if ref.is_held}
    if any((ref.village_id, ref.blob_id) in whole_at for ref in refs if not ref.is_held):
        raise BrokenLawError("files: a laptop has a file that never reached the hub")
    if any((village, blob_id) in held for _, village, blob_id in lacking):
        raise BrokenLawError("files: the hub has a file that a laptop never got")
