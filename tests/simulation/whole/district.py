"""What the district does: decide, register, correct, certify, merge, un-merge, undo, number, dispatch, back up."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

from district_hub.backup import take_backup, verify_backup
from district_hub.case_pages import show_case
from district_hub.certification import certify
from district_hub.corrections import Corrected, correct
from district_hub.dispatcher import dispatch
from district_hub.merging import confirm_merge, propose_merge
from district_hub.nightly_job import reconcile
from district_hub.numbering import NumberKind, add_block, issue_number, list_blocks
from district_hub.registrar import looking
from district_hub.registration_queue import IssuedNumbers, refuse_event, register_event
from district_hub.review import decide
from district_hub.undoing import list_decisions, undo_decision
from district_hub.unmerging import unmerge
from schemas.bodies import values_of
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from sync_protocol.tables import Record
from tests.simulation.whole.world import World

ALLOWED = (RefusedError, DataError)


def _records(world: World, kind: Kind) -> list[Record]:
    with world.hub.store.reading() as reader:
        found = itertools.chain.from_iterable(
            list(reader.records_of_kind(village.village_id, kind)) for village in reader.villages()
        )
        return sorted(found, key=lambda record: record.record_id)


def _do(world: World, rng: random.Random, what: str, action: Callable[[], Any]) -> bool:
    """Let a registrar do something; tell whether it was done."""

    def done() -> bool:
        result = action()
        world.say("registrar", what, "" if result is None else str(result)[:80])
        return True

    death = (rng.choice(("commit", "statement")), rng.choice((1, 1, 2, 9))) if rng.random() < 0.03 else None
    with world.hub_faults.armed(death):
        return bool(world.tried(done, *ALLOWED))


def open_cases(world: World) -> list[bytes]:
    """Return the cases that wait for a registrar."""
    with world.hub.store.reading() as reader:
        return sorted(case.case_id for case in reader.open_cases())


def decide_case(world: World, rng: random.Random, case_id: bytes) -> None:
    """Decide a case on the page as it is now."""
    with world.hub.store.reading() as reader:
        page = show_case(looking(reader), case_id, {}).shown
    accepted = frozenset(one for one in sorted(page.proposals) if rng.random() < 0.5)
    words: dict[str, Any] = {"reason": "berkas dilihat", "registrar": world.registrar(), "now_ms": world.now_ms}
    store = world.hub.store

    def deciding() -> str:
        try:
            decide(store, case_id, accepted, shown=page, **words)
        except RefusedError as error:
            if error.code != "second-person-needed":
                raise
            decide(store, case_id, frozenset(), shown=page, **words)
            return f"refuses a merge, {case_id.hex()[:8]}"
        return f"{case_id.hex()[:8]} accepts {[one.hex()[:8] for one in sorted(accepted)]}"

    _do(world, rng, "decides", deciding)


def review(world: World, rng: random.Random) -> None:
    """Decide any open case."""
    if found := open_cases(world):
        decide_case(world, rng, rng.choice(found))


def queue(world: World, rng: random.Random) -> None:
    """Register a declared event, or refuse it."""
    with world.hub.store.reading() as reader:
        waiting = sorted(event.record_id for event in reader.waiting_events())
    if not waiting:
        return
    event_id = rng.choice(waiting)
    words: dict[str, Any] = {"registrar": world.registrar(), "now_ms": world.now_ms}
    store = world.hub.store
    if rng.random() < 0.7:
        numbers = IssuedNumbers(f"AL-{event_id.hex()[:8]}")
        _do(
            world,
            rng,
            f"registers {event_id.hex()[:8]}",
            lambda: register_event(store, event_id, numbers=numbers, **words),
        )
    else:
        _do(world, rng, f"refuses {event_id.hex()[:8]}", lambda: refuse_event(store, event_id, "surat kurang", **words))


def correct_person(world: World, rng: random.Random) -> None:
    """Correct one field of a person that villages are likely to touch too."""
    people = _records(world, Kind.RESIDENT)
    if not people:
        return
    person = rng.choice(people[:6])
    name, wanted = rng.choice(
        (
            ("name", rng.choice(("SITI AMINAH", "NUR HALIMAH"))),
            ("phone", f"0813{rng.randrange(10**8):08d}"),
            ("nik", rng.choice(("3510010304789001", None))),
            ("void", rng.choice((None, "ganda"))),
        )
    )
    shown = values_of(Kind.RESIDENT, person.body).get(name)
    fix(world, rng, person.record_id, Corrected(name, shown, wanted))


def fix(world: World, rng: random.Random, record_id: bytes, *fields: Corrected) -> None:
    """Write a district's correction."""
    told = f"corrects {record_id.hex()[:8]} {[(one.name, one.shown, one.wanted) for one in fields]}"
    words: dict[str, Any] = {"reason": "akta", "registrar": world.registrar(), "now_ms": world.now_ms}
    _do(world, rng, told, lambda: correct(world.hub.store, record_id, fields, **words))


def seal(world: World, rng: random.Random) -> None:
    """Certify some people and families."""
    found = [one.record_id for kind in (Kind.RESIDENT, Kind.HOUSEHOLD) for one in _records(world, kind)]
    chosen = rng.sample(found, min(len(found), 3))
    words: dict[str, Any] = {"registrar": world.registrar(), "now_ms": world.now_ms}
    _do(world, rng, "certifies", lambda: certify(world.hub.store, chosen, **words))


def merge(world: World, rng: random.Random) -> None:
    """Merge two people, by two registrars; or take a merge back."""
    people = _records(world, Kind.RESIDENT)
    merged = [one for one in people if one.merged_into is not None]
    store, words = world.hub.store, {"reason": "satu orang", "now_ms": world.now_ms}
    if merged and rng.random() < 0.5:
        loser = rng.choice(merged).record_id
        returns = rng.random() < 0.7
        told = f"unmerges {loser.hex()[:8]}"
        _do(world, rng, told, lambda: unmerge(store, loser, registrar=world.registrar(), returns=returns, **words))  # type: ignore[arg-type]
        return
    if len(people) < 2:
        return
    loser, survivor = (one.record_id for one in rng.sample(people, 2))
    take = rng.choice(((), ("name",), ("phone", "nik")))

    def merging() -> None:
        made = propose_merge(store, loser, survivor, take=take, registrar=world.registrar(), **words)  # type: ignore[arg-type]
        confirm_merge(store, made.proposal_id, registrar=world.registrar("Pak Made"), now_ms=world.now_ms)

    _do(world, rng, f"merges {loser.hex()[:8]} into {survivor.hex()[:8]}", merging)


def undo(world: World, rng: random.Random) -> None:
    """Take a decision of any registrar back."""
    with world.hub.store.reading() as reader:
        found = [one.decision_id for one in list_decisions(reader)]
    if found:
        chosen = rng.choice(sorted(found))
        words: dict[str, Any] = {"reason": "keliru", "registrar": world.registrar(), "now_ms": world.now_ms}
        _do(world, rng, f"undoes {chosen.hex()[:8]}", lambda: undo_decision(world.hub.store, chosen, **words))


def number(world: World, rng: random.Random) -> None:
    """Give a person without a NIK the next one of a block."""
    store, registrar = world.hub.store, world.registrar()
    if not list_blocks(store):
        first, last = "3510090101909000", "3510090101909999"
        words: dict[str, Any] = {"source": "surat 7/2026", "registrar": registrar, "now_ms": world.now_ms}
        _do(world, rng, "enters a block", lambda: add_block(store, NumberKind.NIK, first, last, **words))
        return
    without = [one.record_id for one in _records(world, Kind.RESIDENT) if one.body.get(16) is None]
    if without:
        chosen = rng.choice(without)
        words = {"reason": "perekaman", "registrar": registrar, "now_ms": world.now_ms, "block_id": 1}
        _do(world, rng, f"numbers {chosen.hex()[:8]}", lambda: issue_number(store, chosen, **words).number)


def dispatch_all(world: World, rng: random.Random) -> None:
    """Pair moves and flag doubled NIKs for the whole district."""
    _do(world, rng, "dispatches", lambda: dispatch(world.hub.store, world.now_ms))


def night(world: World, rng: random.Random) -> None:
    """Do the night's work: recovery, proofs of every village, a verified backup and the safe points."""

    def working() -> str:
        result = reconcile(world.hub, lambda: world.now_ms)
        faults = [one.fault for one in result.villages if one.fault]
        assert not faults, f"the night finds {faults}"
        return result.backup.file

    world.now_ms += 1000  # two backups of one second would be one file
    if _do(world, rng, "night", working):
        world.backups.append((world.now_ms, newest_backup(world)))


def newest_backup(world: World) -> Any:
    """Return the newest backup's file."""
    return max((world.hub.directory / "backups").glob("hub-*.db"))


def backup(world: World, rng: random.Random) -> None:
    """Take a backup, verify it, and move the safe points to it."""
    world.now_ms += 1000

    def working() -> None:
        store = world.hub.store
        taken = take_backup(store, world.hub.directory, world.now_ms)
        verified = verify_backup(taken, store.district_code)
        store.set_safe_points(verified.points, world.now_ms)

    if _do(world, rng, "backs up", working):
        world.backups.append((world.now_ms, newest_backup(world)))
