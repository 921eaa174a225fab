"""What officers do: every use case of the village office, letters and requests, and what a test build would write."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from schemas.codes import LifeStatus
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind, tag_of
from schemas.services import all_services
from sync_protocol import node_side
from sync_protocol.entries import Change, Create, EntryKind, Update
from tests.property.officer import ACTIONS, Officer
from tests.simulation.whole.desk import SimulatedDesk
from tests.simulation.whole.world import World
from tests.simulation.world import BrokenLawError
from village_node.letters.issuing import LetterForm, issue_letter, letters_issued, revoke_letter
from village_node.registration import (
    MoveInForm,
    MoveOutForm,
    Newcomer,
    RequestForm,
    advance_request,
    correct,
    open_request,
    register_move_in,
    register_move_out,
)

_T = TypeVar("_T")
_PHONE, _NAME = tag_of(Kind.RESIDENT, "phone"), tag_of(Kind.RESIDENT, "name")
_NEW_TAG, _NEW_CODE, _NEW_KIND, _NEW_ENTRY = 999, 250, 99, 77
"""What a newer program knows and this one does not (protocol 2.9)."""


class Drawing:
    """Chance of the officer's, from the step's own source."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def pick(self, choices: Sequence[_T]) -> _T:
        return self._rng.choice(choices)

    def some(self, choices: Sequence[_T], at_most: int) -> list[_T]:
        return self._rng.sample(list(choices), self._rng.randint(1, min(at_most, len(choices))))


def people_of(desk: SimulatedDesk) -> list[bytes]:
    return [record_id for record_id, shown in desk.shown_records.items() if shown.kind == Kind.RESIDENT]


def at_some_desk(
    world: World, rng: random.Random, what: str, action: Callable[[SimulatedDesk], object], *, dies: bool = True
) -> None:
    """Do something at some laptop; a refusal of the register's rules is an answer, and leaves no trace."""
    laptop = world.some_laptop(rng)

    def allowed(desk: SimulatedDesk) -> None:
        try:
            action(desk)
        except (RefusedError, DataError) as error:
            if desk.fresh:
                raise BrokenLawError(f"refused ({error.code}) and yet saved") from error

    death = (rng.choice(("commit", "statement")), rng.choice((1, 1, 2, 9))) if rng.random() < 0.03 else None
    world.act(laptop.name, what, allowed, death if dies else None)


def event(world: World, rng: random.Random) -> None:
    """Register any vital event, or cancel one."""
    action = rng.choice(ACTIONS)

    def record(desk: SimulatedDesk) -> None:
        if people_of(desk):
            # The officer's eyes and hands are the same at every desk.
            action(Officer(Drawing(rng), cast("Any", desk), prefers_apt=True))

    at_some_desk(world, rng, action.__name__, record)


def edit(world: World, rng: random.Random) -> None:
    """Correct one or two plain fields of a person: the same few people, so that offices meet."""

    def record(desk: SimulatedDesk) -> None:
        people = people_of(desk)
        person = people[rng.randrange(min(4, len(people)))] if people else None
        if person is None:
            return
        shown = desk.values(person)
        wanted: dict[str, Any] = {"phone": f"0812{rng.randrange(10**8):08d}"}
        if rng.random() < 0.4:
            wanted["name"] = rng.choice(("SITI AMINAH", "BUDI SANTOSO", "DEWI LESTARI", "AHMAD FAUZI"))
        if rng.random() < 0.3:
            wanted["nik"] = rng.choice(("3510010304789001", "3510014304809001", None))
        correct(desk, person, {name: shown.get(name) for name in wanted}, wanted)

    at_some_desk(world, rng, "corrects", record)


def form(world: World, rng: random.Random) -> None:
    """Save a form that was open while an answer came in: its ``old`` is what was shown then."""
    laptop = world.some_laptop(rng)
    people = people_of(laptop.desk)
    if not people:
        return
    person = rng.choice(people)
    before = dict(laptop.desk.shown_records[person].body)
    for parcel in [one for one in world.net if not one.is_up and one.laptop == laptop.name][:1]:
        world.net.remove(parcel)
        world.deliver(parcel)
    tag = rng.choice((_PHONE, _NAME))
    change = Update(person, tag, before.get(tag), f"FORM {rng.randrange(1000)}")

    def record(desk: SimulatedDesk) -> None:
        try:
            desk.save(EntryKind.CORRECTION, (change,))
        except RefusedError as error:
            if error.code not in {"record-left", "record-unknown"}:
                raise

    world.act(laptop.name, "saves an old form", record)


def move(world: World, rng: random.Random) -> None:
    """Report a person out of one village and into the other; either side may be forgotten."""
    here, there = rng.sample(("A", "B"), 2)
    source = world.laptops[rng.choice([name for name in sorted(world.laptops) if name[0] == here])]
    target = world.laptops[rng.choice([name for name in sorted(world.laptops) if name[0] == there])]
    people = [(one, source.desk.values(one)) for one in people_of(source.desk)]
    movable = [
        (one, values)
        for one, values in people
        if values.get("nik") and values.get("household_id") and values.get("life_status") == LifeStatus.ALIVE
    ]
    if not movable:
        return
    person, values = rng.choice(movable)
    codes = source.store.config.village_code, target.store.config.village_code

    def leave(desk: SimulatedDesk) -> None:
        register_move_out(
            desk,
            MoveOutForm(
                left_on=desk.today(), destination=codes[1], household_id=values["household_id"], movers=(person,)
            ),
        )

    def arrive(desk: SimulatedDesk) -> None:
        new = Newcomer(
            name=values["name"],
            sex=values.get("sex", 1),
            relation=1,
            birth_on=values.get("birth_on"),
            nik=values["nik"],
        )
        register_move_in(desk, MoveInForm(arrived_on=desk.today(), origin=codes[0], newcomers=(new,)))

    for laptop, what, deed in rng.sample(((source, "reports out", leave), (target, "reports in", arrive)), 2):
        if rng.random() < 0.85:
            world.act(laptop.name, what, lambda desk, deed=deed: _allowing(deed, desk))  # type: ignore[misc]


def _allowing(deed: Callable[[SimulatedDesk], object], desk: SimulatedDesk) -> None:
    try:
        deed(desk)
    except (RefusedError, DataError) as error:
        if desk.fresh:
            raise BrokenLawError(f"refused ({error.code}) and yet saved") from error


def service(world: World, rng: random.Random) -> None:
    """Open a citizen's request, move one on, issue a letter, or revoke one."""

    def record(desk: SimulatedDesk) -> None:
        people = people_of(desk)
        if not people:
            return
        requests = [one for one, shown in desk.shown_records.items() if shown.kind == Kind.REQUEST]
        printed = [one for one in all_services().values() if one.template]
        what = rng.random()
        if requests and what < 0.3:
            advance_request(desk, rng.choice(requests))
        elif requests and what < 0.5:
            issue_letter(desk, LetterForm(request_id=rng.choice(requests), signer="KEPALA DESA"))
        elif what < 0.75:
            open_request(desk, RequestForm(applicant_id=rng.choice(people), service=rng.choice(printed).code))
        elif what < 0.95:
            issue_letter(
                desk,
                LetterForm(service=rng.choice(printed).code, subject_id=rng.choice(people), signer="KEPALA DESA"),
            )
        elif letters := letters_issued(desk):
            revoke_letter(desk, rng.choice(letters).record_id, "salah cetak")

    at_some_desk(world, rng, "serves", record)


def newer(world: World, rng: random.Random) -> None:
    """Write what a test build would: a tag, a code, a kind of record and a kind of entry that nobody here knows."""

    def record(desk: SimulatedDesk) -> None:
        people = people_of(desk)
        if not people:
            return
        person = rng.choice(people)
        body = desk.shown_records[person].body
        kind, changes = rng.choice(
            (
                (int(EntryKind.CORRECTION), [Update(person, _NEW_TAG, body.get(_NEW_TAG), rng.randrange(9))]),
                (int(EntryKind.CORRECTION), [Update(person, tag_of(Kind.RESIDENT, "religion"), None, _NEW_CODE)]),
                (int(EntryKind.CORRECTION), [Create(desk.new_id(), _NEW_KIND, {16: "baru", _NEW_TAG: 1})]),
                (_NEW_ENTRY, [Update(person, _PHONE, body.get(_PHONE), "0899")]),
            )
        )
        written = cast("tuple[Change, ...]", tuple(changes))
        with desk.store.transaction() as working:
            own = node_side.save(working.tables, kind, desk.officer, written, wall_ms=max(0, desk.now_ms()))
        desk.forget()
        desk.fresh.append((own, written))

    at_some_desk(world, rng, "writes with a test build", record)
