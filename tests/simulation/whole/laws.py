"""What must hold in a whole world after each step, and once everything is delivered and decided."""

from __future__ import annotations

from collections import Counter

from district_hub.proof import prove as prove_hub
from district_hub.recovery import read_diary
from register.books.month import Month
from register.books.recapitulation import recapitulate
from schemas.codes import LifeStatus
from schemas.fields import TAG_OWNER, Kind, tag_of
from sync_protocol import cases
from sync_protocol.codec import decode_body, digest16
from sync_protocol.dispatching import flag_id_of
from sync_protocol.entries import Create, Update
from sync_protocol.feed import F_MODULUS, FULL, Result, fingerprint_part
from sync_protocol.tables import Record
from tests.simulation.whole.district import open_cases
from tests.simulation.whole.world import FINAL, Laptop, World
from tests.simulation.world import BrokenLawError
from village_node.entry_states import entry_states
from village_node.month_books import chronicle_of
from village_node.proof import prove as prove_node

_NIK, _LIFE = tag_of(Kind.RESIDENT, "nik"), tag_of(Kind.RESIDENT, "life_status")
_LEFT, _ARRIVED = tag_of(Kind.RESIDENT, "left_on"), tag_of(Kind.RESIDENT, "arrived_on")
_PHONE = tag_of(Kind.RESIDENT, "phone")
_IS_OPEN = tag_of(Kind.FLAG, "is_open")


def check_step(world: World, number: int) -> None:
    """Check what must hold at any moment; the dear checks every few steps."""
    if number % 5 == 0:
        names = sorted(world.laptops)
        check_layer(world, world.laptops[names[number // 5 % len(names)]])
    if number % 10 == 0:
        with world.hub.store.reading() as reader:
            for village in reader.villages():
                if reader.fingerprint_from_tables(village.village_id) != village.state.fingerprint:
                    raise BrokenLawError("F at the hub differs from its tables")


def check_layer(world: World, laptop: Laptop) -> None:
    """F is the sum of the rows, and no body of another village is among them."""
    total = 0
    with laptop.store.reading() as working:
        state = working.tables.state
        for row in working.register.iter_records(working.village_id):
            body = decode_body(row.body)
            if row.level == FULL and body.get(TAG_OWNER) != state.village_id:
                raise BrokenLawError("leak: a whole body of another village")
            if row.kind == Kind.CASE:
                _check_case_side(world, row.record_id, body, state.village_id)
            total += fingerprint_part(state.village_key, row.record_id, row.version, digest16(row.body))
    if total % F_MODULUS != state.fingerprint:
        raise BrokenLawError("F at a node differs from its tables")


def _check_case_side(world: World, record_id: bytes, body: dict[int, object], village: int) -> None:
    case = Record(record_id, Kind.CASE, body, None)  # type: ignore[arg-type]  # a case needs no stamp here
    for proposal in cases.proposals_of(case):
        if world.promises.saved.get(proposal.change_id, village) != village:
            raise BrokenLawError("leak: a case shows another village's proposal")


# -- at rest


def check_end(world: World) -> None:
    """Check everything that convergence means."""
    for laptop in world.laptops.values():
        check_layer(world, laptop)
        _check_equal(world, laptop)
        _check_index(laptop)
        _check_outcomes(world, laptop)
    _check_promises(world)
    _check_values(world)
    if open_cases(world):
        raise BrokenLawError("law 5: a case stays open")
    check_niks(world, are_decided=True)


def _check_equal(world: World, laptop: Laptop) -> None:
    """Law 4: the node holds byte for byte the registry's view of its village."""
    own = prove_node(laptop.store)
    with world.hub.store.reading() as reader:
        village = next(one for one in reader.villages() if one.village_id == laptop.village_id)
        theirs = prove_hub(reader, village)
        wanted = {
            (row.record_id, row.level, row.version, row.body)
            for row in reader.register.iter_records(village.village_id)
        }
    with laptop.store.reading() as working:
        held = {
            (row.record_id, row.level, row.version, row.body)
            for row in working.register.iter_records(working.village_id)
        }
    if not own.is_consistent:
        raise BrokenLawError("law 4: a node's sums do not follow from its rows")
    if not theirs.is_consistent:
        raise BrokenLawError("law 4: the hub's sums do not follow from its rows")
    if (own.position, own.head, own.fingerprint) != (
        theirs.position,
        theirs.head,
        theirs.fingerprint,
    ) or held != wanted:
        raise BrokenLawError("law 4: a node's registry is not the hub's view of it")


def _check_index(laptop: Laptop) -> None:
    """What an officer searches is what is shown: every row of the index, built anew, is the same."""
    before = _index(laptop)
    laptop.desk.forget()
    with laptop.store.transaction() as working:
        working.show_again(list(laptop.desk.shown_records))
    if _index(laptop) != before:
        raise BrokenLawError("rule 2.6: the index is not what is shown")


def _index(laptop: Laptop) -> dict[str, list[tuple[object, ...]]]:
    tables = ("resident", "household", "vital_event", "request", "letter")
    with laptop.store.reading() as working:
        known = set(working.connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'").scalars())
        return {
            table: sorted(
                (tuple(row) for row in working.connection.exec_driver_sql(f"SELECT * FROM {table}")), key=repr
            )
            for table in tables
            if table in known
        }


def _check_outcomes(world: World, laptop: Laptop) -> None:
    """Laws 3 and 5: every own entry has its final outcome, the hub's."""
    own = entry_states(laptop.store, limit=1 << 20)
    with world.hub.store.reading() as reader:
        known = reader.loader.outcomes([one.change_id for one in own])
    for one in own:
        if one.verdict not in FINAL:
            raise BrokenLawError(f"laws 3 and 5: an entry never leaves the overlay ({one.verdict})")
        mine = known.get(one.change_id)
        if mine is None or one.outcome is None or mine.summary != one.outcome.summary:
            raise BrokenLawError("one outcome: node and hub disagree")


def _check_promises(world: World) -> None:
    promises = world.promises
    with world.hub.store.reading() as reader:
        outcomes = reader.loader.outcomes(list(promises.saved))
        notices = Counter(
            (record.owner, record.body.get(18))
            for village in reader.villages()
            for record in reader.records_of_kind(village.village_id, Kind.INBOX)
            if record.body.get(16) == "decided-otherwise"
        )
    words = {Result.ACCEPTED: "accepted", Result.SUPERSEDED: "superseded", Result.REFUSED: "refused"}
    for change_id, village in promises.saved.items():
        outcome = outcomes.get(change_id)
        if outcome is None:
            if change_id not in promises.maybe_lost:
                world.say("nowhere:", change_id, "of village", village)
                safe = " although it was safe" if change_id in promises.safe else ""
                raise BrokenLawError(f"law 3: a saved entry is nowhere{safe}")
            continue
        told = promises.final.get(change_id)
        if told is not None and told != words.get(Result(outcome.summary)) and not notices[village, change_id]:
            world.say("told", told, "of", change_id, "and now", outcome)
            raise BrokenLawError("one outcome: an officer was told another final outcome and nothing shows it")


def _check_values(world: World) -> None:
    """Law 5: what was accepted reached the registry; its value was never put back to one from before it.

    Seen on telephone numbers, since every one that officers type is another; where no registrar wrote or chose between
    what a loss had brought back.
    """
    written = {edit.record_id for one in read_diary(world.diary)[0] for edit in getattr(one.item, "edits", ())}
    written |= _chosen(world)
    updates = [
        (change_id, change)
        for change_id, changes in world.promises.changes.items()
        for change in changes
        if isinstance(change, Update) and change.tag == _PHONE and change.record_id not in written
    ]
    olds = {(one.record_id, one.new): one.old for _, one in updates if str(one.new).startswith("0812")}
    with world.hub.store.reading() as reader:
        outcomes = reader.loader.outcomes([change_id for change_id, _ in updates])
        records = reader.records([one.record_id for _, one in updates])
    decided = _decided_values(world)
    for change_id, one in updates:
        record, outcome = records.get(one.record_id), outcomes.get(change_id)
        if outcome is None or record is None or record.merged_into is not None:
            continue
        if {field[:2]: field[2] for field in outcome.fields}.get((one.record_id, _PHONE), Result.ACCEPTED) != 0:
            continue
        now, value, seen = record.body.get(_PHONE), one.new, set[object]()
        while (one.record_id, value) in olds and value not in seen:
            seen.add(value)
            value = olds[one.record_id, value]
            if now == value and (one.record_id, value) not in decided:
                world.say("lost:", change_id, one.record_id, "now", now, "of", outcome)
                raise BrokenLawError("law 5: an accepted value is not there, and one from before it is")


def _decided_values(world: World) -> set[tuple[bytes, object]]:
    """Return the telephone numbers of entries that a registrar decided, by record."""
    changes = world.promises.changes
    with world.hub.store.reading() as reader:
        outcomes = reader.loader.outcomes(list(changes))
    found = {change_id for change_id, outcome in outcomes.items() if outcome.reason == "decided"}
    told = [change for change_id in found for change in changes[change_id]]
    updates = {(one.record_id, one.new) for one in told if isinstance(one, Update) and one.tag == _PHONE}
    return updates | {(one.record_id, one.body.get(_PHONE)) for one in told if isinstance(one, Create)}


def _chosen(world: World) -> set[bytes]:
    """Return the records about which a case had lost or regretted values, of which a person chose one."""
    proposals = (one for case in _all_cases(world) for one in cases.proposals_of(case))
    return {change.record_id for one in proposals if one.origin != cases.FROM_ENTRY for change in one.changes}


def _all_cases(world: World) -> list[Record]:
    with world.hub.store.reading() as reader:
        return [record for one in reader.villages() for record in reader.records_of_kind(one.village_id, Kind.CASE)]


def doubled(world: World) -> dict[int, list[Record]]:
    """Return the living people who share a NIK, by NIK."""
    found: dict[int, list[Record]] = {}
    for record in residents(world):
        nik = record.body.get(_NIK)
        if isinstance(nik, int) and _lives(record):
            found.setdefault(nik, []).append(record)
    return {nik: people for nik, people in found.items() if len(people) > 1}


def residents(world: World) -> list[Record]:
    """Return all people of the registry, each once."""
    with world.hub.store.reading() as reader:
        found = {
            record.record_id: record
            for village in reader.villages()
            for record in reader.records_of_kind(village.village_id, Kind.RESIDENT)
        }
    return [record for _, record in sorted(found.items())]


def _lives(record: Record) -> bool:
    alive = record.body.get(_LIFE, int(LifeStatus.ALIVE)) == LifeStatus.ALIVE
    left, arrived = record.body.get(_LEFT), record.body.get(_ARRIVED)
    is_here = left is None or (arrived is not None and arrived >= left)
    return alive and is_here and record.merged_into is None and not record.is_void


def check_niks(world: World, *, are_decided: bool = False) -> None:
    """Every doubled NIK is flagged at each of its people, and nobody else is flagged."""
    twice = doubled(world)
    if twice and are_decided:
        raise BrokenLawError("a doubled NIK is left after all were decided")
    sharing = {record.record_id for people in twice.values() for record in people}
    people = residents(world)
    with world.hub.store.reading() as reader:
        flags = reader.records([flag_id_of(record.record_id, record.owner) for record in people])
    for record in people:
        flag = flags.get(flag_id_of(record.record_id, record.owner))
        is_open = flag is not None and flag.body.get(_IS_OPEN) is True
        if is_open != (record.record_id in sharing):
            raise BrokenLawError(f"a doubled NIK is {'wrongly' if is_open else 'not'} flagged")


def check_books(world: World, laptop: Laptop) -> None:
    """The month adds up: start, added and taken off make the end, for every hamlet, citizenship and sex.

    Where nobody corrects and one laptop writes; a registrar who decides that somebody is here or gone leaves a
    difference, told with the person and the event.
    """
    decided = _decided_about(world)
    for one in recapitulate(chronicle_of(laptop.desk), Month.of(laptop.desk.today())).differences:
        if not one.people or not decided.issuperset(one.people):
            raise BrokenLawError("demography: a month does not add up")


def _decided_about(world: World) -> set[bytes]:
    """Return the records about which a registrar has decided a case."""
    proposals = (
        one
        for case in _all_cases(world)
        if case.body.get(cases.TAG_STATE) != cases.OPEN
        for one in cases.proposals_of(case)
    )
    named = {change.record_id for one in proposals for change in one.changes}
    with world.hub.store.reading() as reader:
        merged = {one.merged_into for one in reader.records(sorted(named)).values()}
    return named | {survivor for survivor in merged if survivor is not None}
