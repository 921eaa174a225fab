"""What goes wrong in the simulation: messages, clocks, disks, backups, thieves."""

from __future__ import annotations

import random
from dataclasses import replace

from sync_protocol import hub_side
from sync_protocol.answer import HubView, answer
from tests.memory import KEYS
from tests.simulation.world import BrokenLawError, World


def send(world: World, rng: random.Random) -> None:
    """Send a message: everything, or as little as a bad link carries."""
    name = rng.choice(list(world.nodes))
    message = world.nodes[name].message(rng.choice([1 << 20, 1, 200]))
    world.post("hub", name, replace(message, budget=rng.choice([1 << 20, 1 << 20, 0])))
    count = len(message.journal.entries) if message.journal else 0
    world.say(name, "sends", count, "entries at feed", world.nodes[name].state.feed_seq)


def deliver(world: World, rng: random.Random) -> None:
    """Let one message arrive, out of order, maybe not at all, maybe again later."""
    if not world.net:
        return
    place = rng.randrange(len(world.net))
    to, sender, message = world.net[place]
    if rng.random() < 0.8:
        world.net.pop(place)
    if rng.random() < 0.1:
        world.say("lost or kept: to", to, "from", sender)
        return
    world.deliver(to, sender, message, twice=rng.random() < 0.2)


def replay(world: World, rng: random.Random) -> None:
    """Let a message of weeks ago arrive once more."""
    if world.archive:
        to, sender, message = rng.choice(world.archive)
        world.say("an old message again: to", to, "from", sender)
        world.deliver(to, sender, message)


def cut(world: World, rng: random.Random) -> None:
    """Let only the beginning of a message's runs arrive, or only their end."""
    if not world.net:
        return
    to, sender, message = rng.choice(world.net)
    if message.journal is not None and len(message.journal.entries) > 1:
        entries, keep = message.journal.entries, rng.randrange(1, len(message.journal.entries))
        if rng.random() < 0.5:
            journal = replace(message.journal, entries=entries[:keep])
        else:
            head = message.journal.base_head
            for entry in entries[:keep]:
                head = entry.head(head)
            journal = replace(
                message.journal, base_seq=message.journal.base_seq + keep, base_head=head, entries=entries[keep:]
            )
        message = replace(message, journal=journal)
    if message.feed is not None and message.feed.entries:
        message = replace(message, feed=replace(message.feed, entries=message.feed.entries[:-1]))
    world.say("cut: to", to, "from", sender)
    world.deliver(to, sender, message)


def crash(world: World, rng: random.Random) -> None:
    """Kill the receiver before its commit: nothing may have changed, not even in memory."""
    if not world.net:
        return
    to, sender, message = rng.choice(world.net)
    if to == "hub":
        before = world.state(), _bodies(world)
        device = world.nodes[sender].device_id if sender in world.nodes else b"gone-dev"
        view = HubView(world.hub.tables(), hub_side.Sender(device, message.village_id), KEYS, world.hub.now_ms)
        answer(view, message)
        if before != (world.state(), _bodies(world)):
            raise BrokenLawError("law 1: a transaction that was dropped left something behind")
    world.say("killed before its commit:", to, "with a message of", sender)


def _bodies(world: World) -> dict[bytes, str]:
    return {r: repr(x.body) for r, x in world.hub.database["records"].items()}


def clock(world: World, rng: random.Random) -> None:
    """The hub's clock stands still, or goes on."""
    world.clock_stands = not world.clock_stands


def enrol(world: World, rng: random.Random) -> None:
    """A village gets one more laptop, with an empty database."""
    if len(world.nodes) < 5:
        village = rng.choice([1, 2])
        world.counts["enrolled"] += 1
        name = f"{'AB'[village - 1]}n{world.counts['enrolled']}"
        world.enrol(name, village)
        world.say(name, "is enrolled")


def copy(world: World, rng: random.Random) -> None:
    """Somebody copies a laptop's disk."""
    name = rng.choice(list(world.nodes))
    world.copies.append((name, world.nodes[name].copy()))


def node_back(world: World, rng: random.Random) -> None:
    """A laptop is restored from such a copy."""
    copies = [(name, disk) for name, disk in world.copies if name in world.nodes]
    if not copies:
        return
    name, disk = rng.choice(copies)
    gone = set(world.nodes[name].database["own"]) - set(disk.database["own"])
    world.maybe_lost |= gone - world.told_safe
    for change_id in world.nodes[name].database["own"]:  # what only this disk knew is gone with it
        world.first_final.pop(change_id, None)
    device = world.nodes[name].device_id
    world.nodes[name] = disk.copy()
    world.nodes[name].device_id = device
    world.say(name, "restored to", disk.state.entry_count, "entries, feed", disk.state.feed_seq)


def clone(world: World, rng: random.Random) -> None:
    """A laptop's database lives on, on two laptops."""
    if len(world.nodes) < 5:
        name = rng.choice(list(world.nodes))
        world.counts["clone"] += 1
        twin = f"{name}c{world.counts['clone']}"
        world.nodes[twin] = world.nodes[name].copy()
        world.say(twin, "is a clone of", name)


def backup(world: World, rng: random.Random) -> None:
    """The hub makes a backup and verifies it."""
    world.backups.append(world.hub.snapshot())
    at = world.hub.database
    world.safe = {row.change_id for row in at["journal"].values()} | set(at["outcomes"])
    world.say("hub backup", len(world.backups))


def hub_back(world: World, rng: random.Random) -> None:
    """Restored from the last verified backup; known or (virtual machine) unknown is the same to the protocol."""
    if world.backups:
        world.hub.database = {name: dict(table) for name, table in world.backups[-1].items()}
        world.maybe_lost |= set(world.saved) - world.told_safe
        world.rolled_back = True
        world.say("HUB RESTORED", {v: s.seq for v, s in world.hub.database["villages"].items()})


def revoke(world: World, rng: random.Random) -> None:
    """A laptop is reported stolen."""
    if not world.hub.revoked and len(world.nodes) > 3:
        name = rng.choice(list(world.nodes))
        old = world.nodes[name].device_id
        for village, state in list(world.hub.database["villages"].items()):
            world.hub.database["villages"][village] = hub_side.without_device(state, old)
        world.nodes[name].device_id = world.identity("stolen", 8)
        world.hub.revoked.add(world.nodes[name].device_id)
        world.say("revoked", name)
