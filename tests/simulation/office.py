"""What the district office does in the simulation: it decides, edits, certifies, merges and dispatches."""

from __future__ import annotations

import random

from schemas.fields import TAG_MERGED_INTO, Kind
from sync_protocol.decisions import Edit
from tests.simulation.officers import CERTIFIED, LIFE, NAME, NIK, PHONE, value
from tests.simulation.world import World


def decide(world: World, rng: random.Random) -> None:
    """Decide one of the cases that wait."""
    waiting = world.open_cases()
    if waiting:
        world.decide(rng, rng.choice(waiting))


def edit(world: World, rng: random.Random) -> None:
    """Set one value of a person, or certify him."""
    records = world.hub.database["records"]
    people = [r for r in world.records(Kind.RESIDENT) if records[r].merged_into is None]
    if people:
        record_id, tag = rng.choice(people), rng.choice([NAME, PHONE, NIK, LIFE, CERTIFIED])
        new = 20_000 if tag == CERTIFIED else value(world, rng, tag, "R")
        world.edit(Edit(record_id, tag, records[record_id].body.get(tag), new))


def merge(world: World, rng: random.Random) -> None:
    """Say that two people are one, or that they are two after all."""
    records, people = world.hub.database["records"], world.records(Kind.RESIDENT)
    merged = [r for r in people if records[r].merged_into is not None]
    if merged and rng.random() < 0.4:
        record_id = rng.choice(merged)
        world.edit(Edit(record_id, TAG_MERGED_INTO, records[record_id].merged_into, None))
    elif len(people) > 1:
        loser, survivor = rng.sample(people, 2)
        if loser not in merged:
            world.edit(Edit(loser, TAG_MERGED_INTO, None, survivor))


def dispatch(world: World, rng: random.Random) -> None:
    """Let the dispatcher run."""
    world.dispatch()


def write_off(world: World, rng: random.Random) -> None:
    """A person gives up on what suspended devices hold and on what is missing from journals, maybe too early."""
    world.write_off()
    world.release_gaps()
    world.say("somebody writes off what is missing")
