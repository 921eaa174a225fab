"""A district of two villages on real stores: one hub, its laptops, what travels between them, and what was promised.

Every message is real sealed bytes, every database a real one.  What may happen is in ``village``, ``district`` and
``mishaps``; what must hold is in ``laws``; how it comes to rest is in ``healing``.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from district_hub.dispatcher import dispatch_after
from district_hub.hub import Hub
from district_hub.ledger import DIARY_NAME
from district_hub.registrar import Registrar
from district_hub.store import HubStore
from schemas.errors import HubBusyError, RemoteProtocolError, TrustError, VillageSyncError
from sync_protocol.entries import Change
from tests.live_office import Wire, enrolled_laptop
from tests.simulation.whole.chance import Source
from tests.simulation.whole.desk import SimulatedDesk
from tests.simulation.whole.faults import Death, DeathError, Faults
from tests.simulation.whole.ground import HUB, LAPTOPS, VILLAGES, disk, ground
from tests.simulation.world import BrokenLawError
from village_node.config import DATABASE_FILE, load_config
from village_node.database import open_database
from village_node.entry_states import Delivery, Verdict, entry_states
from village_node.incoming import take_in
from village_node.keys import key_path, read_keys
from village_node.outgoing import Budgets, make_message
from village_node.store import NodeStore

UNTRUE = (RemoteProtocolError, TrustError)
"""What bytes from outside may cause, and nothing else (law 6)."""
FINAL = frozenset({Verdict.ACCEPTED, Verdict.SUPERSEDED, Verdict.REFUSED})


class Laptop:
    """One machine: its disk, its clock, its officer; it can die and start again."""

    def __init__(self, name: str, folder: Path, world: World) -> None:
        self.name, self.folder, self._world = name, folder, world
        self.offset_ms = 0
        self._ids = Source(f"ids of {name} of {world.seed}")
        self.start()

    def start(self) -> None:
        """Open the database, as after switching on."""
        config, keys = load_config(self.folder, {}), read_keys(self.folder)
        engine = open_database(self.folder / DATABASE_FILE, keys.database_key)
        self.faults = Faults(engine)
        self.store = NodeStore(self.folder, config, keys, engine)
        self.desk = SimulatedDesk(self.store, f"petugas {self.name}", self.now_ms, self._ids)

    def stop(self) -> None:
        """Close the database; what was not committed is gone."""
        self.store.close()

    def restart(self) -> None:
        """Die and start again."""
        self.stop()
        self.start()

    def now_ms(self) -> int:
        """Return this machine's clock, which may be years off."""
        return max(0, self._world.now_ms + self.offset_ms)

    @cached_property
    def village_id(self) -> int:
        """Return the village's internal id."""
        return self.store.state().village_id

    def image(self) -> dict[Path, bytes]:
        """Return the database and its keys as they lie on the disk: a backup put back in between has others."""
        self.stop()
        image = {path: path.read_bytes() for path in (self.folder / DATABASE_FILE, key_path(self.folder))}
        self.start()
        return image

    def put_back(self, image: dict[Path, bytes]) -> None:
        """Put an older disk in."""
        self.stop()
        for path, content in image.items():
            path.write_bytes(content)
        self.start()


@dataclass
class Promises:
    """What officers were told of their entries, by change id."""

    saved: dict[bytes, int] = field(default_factory=dict)
    changes: dict[bytes, tuple[Change, ...]] = field(default_factory=dict)
    safe: set[bytes] = field(default_factory=set)
    final: dict[bytes, str] = field(default_factory=dict)
    maybe_lost: set[bytes] = field(default_factory=set)


@dataclass(frozen=True)
class Parcel:
    """Sealed bytes on their way; ``laptop`` is the one end that is not the hub."""

    laptop: str
    raw: bytes
    is_up: bool


class World:
    """Everything that exists."""

    def __init__(self, seed: int = 0, laptops: Collection[str] = LAPTOPS) -> None:
        beginning = ground()
        self.seed = seed
        self.folder = disk()
        shutil.copytree(beginning.folder, self.folder, dirs_exist_ok=True)
        self.now_ms = beginning.now_ms + 1000
        self.counts: Counter[str] = Counter()
        self.log: list[str] = []
        self.promises = Promises()
        self.net: list[Parcel] = []
        self.archive: list[Parcel] = []
        self.sticks: list[Path] = []
        self.disks: list[tuple[str, dict[Path, bytes]]] = []
        self.backups: list[tuple[int, Path]] = []
        self.images: list[bytes] = []
        self.lists: list[Path] = []
        self.laptop_backups: list[tuple[str, Path]] = []
        self.stolen: list[bytes] = []
        self.is_put_back = False
        self.dies_at_dispatch = False
        self.start_hub()
        self.laptops = {name: Laptop(name, self.folder / name, self) for name in laptops}

    def close(self) -> None:
        """Close everything and take the disk away."""
        self.hub.close()
        for laptop in self.laptops.values():
            laptop.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def say(self, *words: object) -> None:
        """Keep one line of the story."""
        self.log.append(" ".join(w.hex()[:8] if isinstance(w, bytes) else str(w) for w in words))

    # -- the hub

    def start_hub(self) -> None:
        """Open the hub, as after switching on."""
        self.hub = Hub.open(self.folder / HUB)
        self.hub_faults = Faults(self.hub.store.engine)
        self.receiver = self.hub.receiver(self._after_commit, clock=lambda: self.now_ms)

    def restart_hub(self) -> None:
        """Let the hub die and start again."""
        self.hub.close()
        self.start_hub()

    def _after_commit(self, store: HubStore, village_id: int, at_ms: int) -> None:
        if self.dies_at_dispatch:
            self.dies_at_dispatch = False
            raise DeathError("after the commit")
        dispatch_after(store, village_id, at_ms)

    @property
    def diary(self) -> Path:
        """Return the registrars' diary, on another disk than the database."""
        return self.folder / HUB / DIARY_NAME

    def registrar(self, name: str = "Bu Ratna") -> Registrar:
        """Return somebody who decides; the diary is on the disk before the commit."""
        return Registrar(name, self.hub.write_diary)

    def state(self) -> object:
        """Return what must not change when nothing new arrives."""
        with self.hub.store.reading() as reader:
            feeds = [(one.village_id, one.state.seq, one.state.head, one.state.suspended) for one in reader.villages()]
            count = reader.connection.exec_driver_sql("SELECT count(*), sum(state) FROM journal_entry").one()
        return feeds, tuple(count)

    # -- officers

    def act(self, name: str, what: str, action: Callable[[SimulatedDesk], object], death: Death | None = None) -> None:
        """Let an officer do something; what is saved when this returns was promised to him."""
        laptop = self.laptops[name]
        laptop.desk.fresh.clear()
        before = laptop.store.state().entry_count
        try:
            with laptop.faults.armed(death):
                action(laptop.desk)
        except DeathError as end:
            laptop.restart()
            self.say(name, "dies at", end, "of", what)
            if laptop.store.state().entry_count != before:
                raise BrokenLawError("law 1: what was never committed is there after a death") from end
            return
        for own, changes in laptop.desk.fresh:
            self.promises.saved[own.change_id] = laptop.village_id
            self.promises.changes[own.change_id] = changes
            self.say(name, what, own.change_id, "entry", own.seq, [_told(change) for change in changes])
        laptop.desk.fresh.clear()

    # -- the network

    def compose(self, name: str, *, size: int, budget: int, by_file: bool = False) -> bytes:
        """Make a message, commit that it exists, and only then return it."""
        laptop = self.laptops[name]
        with laptop.store.transaction() as working:
            made = make_message(
                laptop.store,
                working,
                Budgets(size, budget),
                carrier="file" if by_file else "http",
                now_ms=laptop.now_ms(),
                by_file=by_file,
            )
        return made.raw

    def post(self, parcel: Parcel) -> None:
        """Put sealed bytes on their way."""
        self.net.append(parcel)
        self.archive.append(parcel)

    def deliver(self, parcel: Parcel, death: Death | None = None) -> None:
        """Hand a parcel over; damaged, late or foreign ones are refused and change nothing."""
        if parcel.is_up:
            reply = self.to_hub(parcel.laptop, parcel.raw, death)
            if reply is not None:
                self.post(Parcel(parcel.laptop, reply, is_up=False))
        elif parcel.laptop in self.laptops:
            self.to_laptop(parcel.laptop, parcel.raw, death)

    def to_hub(self, name: str, raw: bytes, death: Death | None = None) -> bytes | None:
        """Let the hub take a message in; None if it refused or died."""
        before = self.state()
        try:
            with self.hub_faults.armed(death):
                reply = self.receiver.handle(raw, self.now_ms)
        except DeathError as end:
            self.restart_hub()
            self.say("hub dies at", end, "with a message of", name)
            return None
        except (*UNTRUE, HubBusyError) as error:
            self.say("hub refuses a message of", name, error.code)
            if self.state() != before:
                raise BrokenLawError("law 6: refused bytes changed the hub") from error
            return None
        self.say("hub takes", name, self.feeds())
        return reply

    def to_laptop(self, name: str, raw: bytes, death: Death | None = None) -> None:
        """Let a laptop take an answer in."""
        laptop = self.laptops[name]
        before = laptop.store.state()
        try:
            with laptop.faults.armed(death):
                take_in(laptop.store, raw)
        except DeathError as end:
            laptop.restart()
            self.say(name, "dies at", end, "of an answer")
            if laptop.store.state() != before:
                raise BrokenLawError("law 1: an answer was half taken in") from end
        except UNTRUE as error:
            self.say(name, "refuses an answer", error.code)
            if laptop.store.state() != before:
                raise BrokenLawError("law 6: refused bytes changed the node") from error
        else:
            state = laptop.store.state()
            self.say(name, "takes an answer; feed", state.feed_seq, "acked", state.acked_seq, "as", state.replica_id)
            self.heard(laptop)

    def heard(self, laptop: Laptop) -> None:
        """Remember what an officer reads in his list of entries now."""
        laptop.desk.forget()
        for one in entry_states(laptop.store, limit=1 << 20):
            if one.change_id in self.promises.saved:
                if one.delivery is Delivery.SAFE:
                    self.promises.safe.add(one.change_id)
                if one.verdict in FINAL:
                    self.promises.final.setdefault(one.change_id, str(one.verdict))

    def feeds(self) -> dict[int, int]:
        """Return how long each village's feed is."""
        with self.hub.store.reading() as reader:
            return {one.village_id: one.state.seq for one in reader.villages()}

    # -- laptops come

    def enrol(self, name: str) -> None:
        """Give a village one more laptop, through the front door."""
        wire = Wire(self.hub)
        wire.now_ms = self.now_ms
        enrolled_laptop(wire, self.folder / name, VILLAGES[name[0]], self.now_ms).close()
        self.laptops[name] = Laptop(name, self.folder / name, self)
        self.say(name, "is enrolled")

    def clone(self, name: str, twin: str) -> None:
        """Copy a laptop's disk, keys and all, to another machine."""
        laptop = self.laptops[name]
        laptop.stop()
        shutil.copytree(laptop.folder, self.folder / twin)
        laptop.start()
        self.laptops[twin] = Laptop(twin, self.folder / twin, self)
        self.say(twin, "is a clone of", name)

    def some_laptop(self, rng: random.Random) -> Laptop:
        """Return any laptop."""
        return self.laptops[rng.choice(sorted(self.laptops))]

    def tried(self, action: Callable[[], Any], *allowed: type[VillageSyncError]) -> Any:
        """Do something at the hub that may be refused or die there; return its result or None."""
        try:
            return action()
        except DeathError as death:
            self.restart_hub()
            self.say("hub dies at", death, "of a registrar's work")
        except allowed as error:
            self.say("refused:", error.code)
        return None


def _told(change: Change) -> str:
    words = str(change).replace("record_id=", "")
    return words.replace(str(change.record_id), change.record_id.hex()[:8])[:160]
