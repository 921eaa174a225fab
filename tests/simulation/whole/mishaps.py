"""What goes wrong: messages, sticks, clocks, power, disks, backups, copies, thieves."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from district_hub.backup import restore_backup
from district_hub.recovery import resume
from district_hub.stick import answer_folder
from schemas.errors import HubBusyError, HubUnreachableError
from tests.simulation.whole.faults import DeathError
from tests.simulation.whole.ground import HUB
from tests.simulation.whole.world import UNTRUE, Laptop, Parcel, World
from tests.simulation.world import BrokenLawError
from village_node.carriers.files import export_messages, import_answers
from village_node.syncer import synchronise

DAY_MS = 86_400_000
LAPTOPS_MAX = 5


# -- the network


def send(world: World, rng: random.Random) -> None:
    """Send a message: everything, or as little as a bad link carries."""
    laptop = world.some_laptop(rng)
    size = rng.choice((1 << 20, 1 << 20, 200, 1))
    raw = world.compose(laptop.name, size=size, budget=rng.choice((1 << 20, 1 << 20, 0)))
    world.post(Parcel(laptop.name, raw, is_up=True))
    state = laptop.store.state()
    world.say(laptop.name, "sends", state.journal_seq - state.acked_seq, "unsent; feed", state.feed_seq)


def deliver(world: World, rng: random.Random) -> None:
    """Let one message arrive, out of order, maybe not at all, maybe twice, maybe again later."""
    if not world.net:
        return
    place = rng.randrange(len(world.net))
    parcel = world.net[place]
    if rng.random() < 0.85:
        world.net.pop(place)
    if rng.random() < 0.1:
        world.say("lost or kept:", parcel.laptop, "up" if parcel.is_up else "down")
        return
    if rng.random() < 0.06:
        _arrives_at_death(world, rng, parcel)
        return
    world.deliver(parcel)
    if rng.random() < 0.15:
        twice(world, parcel)


def _arrives_at_death(world: World, rng: random.Random, parcel: Parcel) -> None:
    """Let the receiver die at some moment of taking it in; before its commit nothing may have changed."""
    if parcel.is_up and rng.random() < 0.3:
        world.dies_at_dispatch = True
        world.deliver(parcel)
        world.dies_at_dispatch = False
        return
    world.deliver(parcel, (rng.choice(("commit", "statement")), rng.choice((1, 1, 2, 5, 20))))


def twice(world: World, parcel: Parcel) -> None:
    """Let the same message arrive once more at once: that equals once (law 2)."""
    if parcel.is_up:
        before = world.state()
        world.to_hub(parcel.laptop, parcel.raw)
        if world.state() != before:
            raise BrokenLawError("law 2: a message taken in twice changed the hub")
    elif parcel.laptop in world.laptops:
        laptop = world.laptops[parcel.laptop]
        before = _standing(laptop)
        world.to_laptop(parcel.laptop, parcel.raw)
        if _standing(laptop) != before:
            raise BrokenLawError("law 2: an answer taken in twice changed the node")


def _standing(laptop: Laptop) -> object:
    state = laptop.store.state()
    return state.feed_seq, state.feed_head, state.fingerprint, state.entry_count, state.journal_seq, state.replica_id


def replay(world: World, rng: random.Random) -> None:
    """Let a message of weeks ago arrive once more, maybe at a copy of the laptop."""
    if world.archive:
        parcel = rng.choice(world.archive)
        world.say("an old message again")
        world.deliver(parcel)


def damage(world: World, rng: random.Random) -> None:
    """Let a message arrive cut short or with a bit turned: it is refused and changes nothing (law 6)."""
    if not world.archive:
        return
    parcel = rng.choice(world.archive[-8:])
    raw = bytearray(parcel.raw)
    if rng.random() < 0.5:
        raw = raw[: rng.randrange(len(raw))]
    else:
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    world.say("damaged on the way")
    if parcel.is_up:
        before = world.state()
        world.to_hub(parcel.laptop, bytes(raw))
        if world.state() != before:
            raise BrokenLawError("law 6: damaged bytes changed the hub")
    elif parcel.laptop in world.laptops:
        before = world.laptops[parcel.laptop].store.state()
        world.to_laptop(parcel.laptop, bytes(raw))
        if world.laptops[parcel.laptop].store.state() != before:
            raise BrokenLawError("law 6: damaged bytes changed the node")


class Line:
    """A line to the hub that a syncer talks over; ``fate`` says what becomes of each exchange."""

    name = "http"
    measures_time = True

    def __init__(self, world: World, laptop: Laptop, fate: Callable[[], str]) -> None:
        self.world, self.laptop, self.fate = world, laptop, fate

    def exchange(self, request: bytes) -> bytes:
        fate = self.fate()
        if fate == "request lost":
            raise HubUnreachableError("lost on the way there")
        self.world.now_ms += 40
        try:
            reply = self.world.receiver.handle(request, self.world.now_ms)
        except DeathError as death:
            self.world.restart_hub()
            raise HubUnreachableError("the hub died") from death
        self.world.archive += (
            Parcel(self.laptop.name, request, is_up=True),
            Parcel(self.laptop.name, reply, is_up=False),
        )
        if fate == "answer lost":
            raise HubUnreachableError("lost on the way back")
        return reply[:-1] if fate == "answer cut" else reply


def session(world: World, rng: random.Random) -> None:
    """Run the real syncer over a line that breaks now and then; the laptop may die in the middle."""
    laptop = world.some_laptop(rng)
    fates = ("", "", "", "", "request lost", "answer lost", "answer cut") if rng.random() < 0.5 else ("",)
    line = Line(world, laptop, lambda: rng.choice(fates))
    with laptop.faults.armed(("commit", rng.randrange(1, 6)) if rng.random() < 0.05 else None):
        talk(world, laptop, line)


def talk(world: World, laptop: Laptop, line: Line) -> str:
    """Run one session; return how it ended."""
    try:
        result = synchronise(laptop.store, line, now_ms=laptop.now_ms, elapsed_ms=lambda: world.now_ms, rounds_max=12)
        code = result.code
    except DeathError as death:
        laptop.restart()
        code = f"dies at {death}"
    except (*UNTRUE, HubBusyError) as error:
        code = error.code
    world.say(laptop.name, "syncs:", code, "feed", laptop.store.state().feed_seq, "hub", world.feeds())
    world.heard(laptop)
    return code


# -- sticks


def stick_out(world: World, rng: random.Random) -> None:
    """Export to a stick and carry it to the district; it may lie in a drawer for weeks."""
    laptop = world.some_laptop(rng)
    world.counts["stick"] += 1
    folder = world.folder / f"stick-{world.counts['stick']}"
    folder.mkdir()
    files = export_messages(laptop.store, folder, now_ms=laptop.now_ms())
    world.sticks.append(folder)
    world.say(laptop.name, "writes", len(files), "files to", folder.name)


def stick_at_hub(world: World, rng: random.Random) -> None:
    """Put a stick into the hub."""
    if world.sticks:
        folder = rng.choice(world.sticks)
        reports = answer_folder(world.receiver, folder, world.now_ms)
        world.say("hub reads", folder.name, [report.code for report in reports])


def stick_home(world: World, rng: random.Random) -> None:
    """Put a stick into a laptop, most often the one that it came from."""
    if world.sticks:
        folder, laptop = rng.choice(world.sticks), world.some_laptop(rng)
        reports = import_answers(laptop.store, folder)
        world.say(laptop.name, "reads", folder.name, [report.code for report in reports])
        world.heard(laptop)


# -- clocks and power


def clock(world: World, rng: random.Random) -> None:
    """Set a laptop's clock years off, or right again."""
    laptop = world.some_laptop(rng)
    laptop.offset_ms = rng.choice((0, 0, 90_000, -26 * 365 * DAY_MS, 12 * 365 * DAY_MS, -DAY_MS))
    world.say(laptop.name, "clock off by days", laptop.offset_ms // DAY_MS)


def weeks(world: World, rng: random.Random) -> None:
    """Let weeks or months pass; certificates run out."""
    days = rng.choice((8, 30, 200))
    world.now_ms += days * DAY_MS
    world.say(days, "days pass")


def power(world: World, rng: random.Random) -> None:
    """Switch a machine off and on."""
    if rng.random() < 0.3:
        world.restart_hub()
    else:
        world.some_laptop(rng).restart()


# -- disks


def copy(world: World, rng: random.Random) -> None:
    """Somebody copies a laptop's disk."""
    laptop = world.some_laptop(rng)
    world.disks.append((laptop.name, laptop.image()))
    world.say(laptop.name, "disk copied")


def node_back(world: World, rng: random.Random) -> None:
    """A laptop's disk is put back to such a copy; it does not know it."""
    found = [(name, image) for name, image in world.disks if name in world.laptops]
    if not found:
        return
    name, image = rng.choice(found)
    laptop = world.laptops[name]
    before = own_entries(laptop)
    laptop.put_back(image)
    lost(world, before, before - own_entries(laptop))
    state = laptop.store.state()
    world.say(name, "restored to entry", state.entry_count, "feed", state.feed_seq)


def lost(world: World, told: set[bytes], gone: set[bytes]) -> None:
    """Remember what only a disk that is gone knew: entries that were not safe may be lost, all verdicts forgotten."""
    world.promises.maybe_lost |= gone - (world.promises.safe - _put_back(world))
    for change_id in told:
        world.promises.final.pop(change_id, None)


def _put_back(world: World) -> set[bytes]:
    """Return the entries that were safe, until the hub's machine was put back to an image from before them."""
    if not world.is_put_back:
        return set()
    with world.hub.store.reading() as reader:
        return world.promises.safe - set(reader.loader.outcomes(sorted(world.promises.safe)))


def own_entries(laptop: Laptop) -> set[bytes]:
    """Return the change ids of all entries in a laptop's journal."""
    with laptop.store.reading() as working:
        return set(working.connection.exec_driver_sql("SELECT change_id FROM own_change").scalars())


def clone(world: World, rng: random.Random) -> None:
    """A laptop's disk lives on, on two machines."""
    if len(world.laptops) < LAPTOPS_MAX:
        world.counts["clone"] += 1
        name = world.some_laptop(rng).name
        world.clone(name, f"{name}c{world.counts['clone']}")


def enrol(world: World, rng: random.Random) -> None:
    """A village gets one more laptop."""
    if len(world.laptops) < LAPTOPS_MAX:
        world.counts["enrolled"] += 1
        world.enrol(f"{rng.choice('AB')}n{world.counts['enrolled']}")


def revoke(world: World, rng: random.Random) -> None:
    """A laptop is reported stolen; later messages of its are taken in as cases.  It may be found again."""
    standings = world.hub.standings
    if world.stolen and rng.random() < 0.5:
        device = world.stolen.pop(rng.randrange(len(world.stolen)))
        standings.reinstate(device, "ditemukan", world.now_ms)
        world.say("reinstated", device)
        return
    if not world.stolen:
        laptop = world.some_laptop(rng)
        device = laptop.store.keys.signing.key_id
        standings.revoke(device, "hilang", world.now_ms)
        world.stolen.append(device)
        world.say("revoked", laptop.name, device)


def replaced(world: World, rng: random.Random) -> None:
    """A laptop is gone for good, with all that it had not sent; its village gets another."""
    names = [name for name in world.laptops if name not in {"A1", "B1"}]
    if not names:
        return
    laptop = world.laptops.pop(rng.choice(names))
    device = laptop.store.keys.signing.key_id
    own = own_entries(laptop)
    lost(world, own, own - set().union(*(own_entries(other) for other in world.laptops.values())))
    is_last = all(other.store.keys.signing.key_id != device for other in world.laptops.values())
    laptop.stop()
    if is_last:
        world.hub.standings.revoke(device, "rusak", world.now_ms)
    world.counts["enrolled"] += 1
    world.say(laptop.name, "is gone for good")
    world.enrol(f"{laptop.name[0]}n{world.counts['enrolled']}")


# -- the hub's past


def hub_restored(world: World, rng: random.Random) -> None:
    """Put the hub's newest backup back, and resume it: the office knows that it was restored."""
    if not world.backups:
        return
    directory, config = world.folder / HUB, world.hub.config
    _, path = world.backups[-1]
    if not path.exists():
        return
    world.hub.close()
    world.now_ms += 1000
    restore_backup(directory, config, path, world.now_ms)
    world.start_hub()
    done = resume(world.hub.store, world.diary, world.now_ms)
    world.say("HUB RESTORED", world.feeds(), "decisions done again:", done)


def hub_image(world: World, rng: random.Random) -> None:
    """The machine room takes an image of the hub's machine."""
    world.hub.close()
    world.images.append((world.folder / HUB / "hub.db").read_bytes())
    world.start_hub()
    # What counts as safe is in the newest backup: that one is not older than any image put back.
    world.say("hub image taken", world.feeds())


def hub_rolled_back(world: World, rng: random.Random) -> None:
    """The machine room puts the image back, and tells nobody."""
    if not world.images:
        return
    world.hub.close()
    image = world.images[-1]
    database = world.folder / HUB / "hub.db"
    _remove_log(database)
    database.write_bytes(image)
    world.start_hub()
    world.is_put_back = True
    own = set().union(*(own_entries(laptop) for laptop in world.laptops.values()))
    # An image may be older than the backup that made an entry safe: then only the laptops hold it.
    world.promises.maybe_lost |= set(world.promises.saved) - own
    _forget_verdicts_nobody_has(world)
    world.say("HUB ROLLED BACK", world.feeds())


def _forget_verdicts_nobody_has(world: World) -> None:
    """What a village had given back already, and the hub lost again in silence, no side can know any more."""
    with world.hub.store.reading() as reader:
        outcomes = reader.loader.outcomes(list(world.promises.final))
    known = {change_id for change_id, outcome in outcomes.items() if outcome.is_final}
    for laptop in world.laptops.values():
        with laptop.store.reading() as working:
            final = "SELECT change_id FROM own_change WHERE is_final"
            known |= set(working.connection.exec_driver_sql(final).scalars())
    for change_id in set(world.promises.final) - known:
        del world.promises.final[change_id]


def _remove_log(database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


def forget_sticks(world: World) -> None:
    """Throw every stick away."""
    for folder in world.sticks:
        shutil.rmtree(folder)
    world.sticks.clear()
