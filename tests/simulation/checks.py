"""What must hold in a world after each step, and after healing: the laws of the protocol, in words and in code."""

from __future__ import annotations

from collections import Counter

from schemas.fields import TAG_MERGED_INTO, TAG_OWNER, Kind, Policy, policy_of
from sync_protocol import cases
from sync_protocol.causes import DISPATCHER
from sync_protocol.codec import decode_body, digest32
from sync_protocol.entries import Update
from sync_protocol.feed import F_MODULUS, FULL, Result, fingerprint_part
from sync_protocol.tables import Held, Record
from tests.simulation.world import BrokenLawError, World


def fingerprint_of(key: bytes, layer: dict[bytes, Held]) -> int:
    """Return F computed from all rows of a layer."""
    parts = (fingerprint_part(key, record_id, held.version, held.shown_digest) for record_id, held in layer.items())
    return sum(parts) % F_MODULUS


def layer_of(world: World, village: int) -> dict[bytes, Held]:
    """Return what the hub says a village holds."""
    return {r: held for (v, r), held in world.hub.database["held"].items() if v == village}


def check_step(world: World) -> None:
    """Check what must hold at any moment."""
    for village, state in world.hub.database["villages"].items():
        if fingerprint_of(state.key, layer_of(world, village)) != state.fingerprint:
            raise BrokenLawError("F at the hub differs from its tables")
    for node in world.nodes.values():
        layer: dict[bytes, Held] = node.database["layer"]
        if fingerprint_of(node.state.village_key, layer) != node.state.fingerprint:
            raise BrokenLawError("F at a node differs from its tables")
        for record_id, held in layer.items():
            body = decode_body(held.body)
            if held.level == FULL and body.get(TAG_OWNER) != node.state.village_id:
                raise BrokenLawError("leak: a whole body of another village")
            if held.kind == Kind.CASE:
                case = Record(record_id, held.kind, body, None)  # type: ignore[arg-type]  # a case needs no stamp here
                for proposal in cases.proposals_of(case):
                    if world.saved.get(proposal.change_id, node.state.village_id) != node.state.village_id:
                        raise BrokenLawError("leak: a case shows another village's proposal")


def check_applied_once(world: World) -> None:
    """No change is applied twice on the hub's surviving history."""
    found: Counter[tuple[bytes, bytes, int]] = Counter()
    versions = world.hub.database["versions"]
    for (village, _), row in world.hub.database["feed"].items():
        for put in row.entry.puts:
            if put.level != FULL or put.cause == DISPATCHER or put.kind in (Kind.CASE, Kind.INBOX):
                continue
            after = decode_body(put.body)
            if put.previous_digest is None:
                found[put.cause, put.record_id, 0] += 1
                continue
            before = decode_body(versions[put.record_id, put.previous_digest].body)
            if before.get(TAG_OWNER) != village:
                continue
            for tag in {*before, *after}:
                if before.get(tag) != after.get(tag) and policy_of(put.kind, tag) is not Policy.SET:
                    found[put.cause, put.record_id, tag] += 1
    twice = [key for key, count in found.items() if count > 1]
    if twice:
        raise BrokenLawError("applied twice: " + ("create" if twice[0][2] == 0 else f"field {twice[0][2]}"))


def check_end(world: World) -> None:
    """Check what must hold once everything is delivered and decided."""
    check_applied_once(world)
    at = world.hub.database
    if any(state.suspended for state in at["villages"].values()):
        raise BrokenLawError("a village stays suspended")
    for node in world.nodes.values():
        _check_node(world, node.state.village_id, node.database, (node.state.feed_seq, node.state.feed_head))
    _check_promises(world)
    _check_cases(world)
    _check_niks(world)
    _check_values(world)


def _check_node(world: World, village: int, database: dict[str, dict], position: tuple[int, bytes]) -> None:  # type: ignore[type-arg]
    state = world.hub.database["villages"][village]
    if position != (state.seq, state.head):
        raise BrokenLawError("law 4: a node's feed is not the hub's")
    if database["layer"] != layer_of(world, village):
        raise BrokenLawError("law 4: a node's registry layer differs from the hub's view")
    for change_id in database["own"]:
        outcome = database["outcomes"].get(change_id)
        if outcome is None or not outcome.is_final:
            what = "none" if outcome is None else "in review"
            raise BrokenLawError(f"laws 3 and 5: an entry never leaves the overlay ({what})")
        mine = world.hub.database["outcomes"].get(change_id)
        if mine is None or mine.summary != outcome.summary:
            raise BrokenLawError("one outcome: node and hub disagree")
    if any(database["pending"].values()):
        raise BrokenLawError("rule 2.6: a decided entry stays in the overlay")


def _check_promises(world: World) -> None:
    outcomes, records = world.hub.database["outcomes"], world.hub.database["records"]
    for change_id, village in world.saved.items():
        if change_id not in outcomes and change_id not in world.maybe_lost:
            raise BrokenLawError("law 3: a saved entry is nowhere")
        if change_id not in outcomes and change_id in world.told_safe:
            raise BrokenLawError("law 3: an entry reported safe is nowhere")
        told = world.first_final.get(change_id)
        differs = told is not None and change_id in outcomes and outcomes[change_id].summary != told
        if differs and not any(_tells(record, village, change_id) for record in records.values()):
            raise BrokenLawError("one outcome: an officer was told another final outcome and nothing shows it")
    for item in world.diary:
        done = item.decision_id in world.hub.database["decisions_done"]
        if not done and hasattr(item, "edits") and item.edits[0].record_id in records:
            raise BrokenLawError("a registrar's edit vanished")


def _tells(record: Record, village: int, change_id: bytes) -> bool:
    names = {16: "decided-otherwise", 18: change_id}
    right = record.kind == Kind.INBOX and record.owner == village
    return right and all(record.body.get(tag) == value for tag, value in names.items())


def _check_cases(world: World) -> None:
    for record in world.hub.database["records"].values():
        if record.kind != Kind.CASE:
            continue
        done = {change_id for change_id, _ in cases.decided_of(record)}
        if any(proposal.change_id not in done for proposal in cases.proposals_of(record)):
            raise BrokenLawError("law 5: a proposal in a closed case was never decided")


def _check_niks(world: World) -> None:
    """Every doubled NIK is flagged in each village that has one of its people, and no other."""
    records = world.hub.database["records"]
    living = {
        r: x
        for r, x in records.items()
        if x.kind == Kind.RESIDENT
        and x.merged_into is None
        and not x.is_void
        and isinstance(x.body.get(16), int)
        and x.body.get(33, 1) == 1
    }
    counts = Counter(x.body[16] for x in living.values())
    for record_id, record in records.items():
        if record.kind != Kind.RESIDENT:
            continue
        flag_id = digest32(b"kampung/flag/0" + record_id + record.owner.to_bytes(4, "big"))[:16]
        is_open = flag_id in records and records[flag_id].body.get(18) is True
        wanted = record_id in living and counts[record.body[16]] > 1
        if is_open != wanted:
            raise BrokenLawError(f"a doubled NIK is {'not ' if wanted else ''}flagged wrongly")


def _check_values(world: World) -> None:
    """What was accepted reached the registry: its value was never put back to one from before it."""
    at = world.hub.database
    exempt = {e.record_id for item in world.diary for e in getattr(item, "edits", ()) if e.tag == TAG_MERGED_INTO}
    updates = [(cid, c) for cid, changes in world.changes.items() for c in changes if isinstance(c, Update)]
    olds = {(c.record_id, c.tag, c.new): c.old for _, c in updates if str(c.new).startswith("only")}
    decided = {
        (c.record_id, c.tag, str(c.new))
        for cid, c in updates
        if getattr(at["outcomes"].get(cid), "reason", "") == "decided"
    }
    for case_id in world.records(Kind.CASE):
        for proposal in cases.proposals_of(at["records"][case_id]):
            if proposal.origin != cases.FROM_ENTRY:  # several lost or regretted values: a person chose one
                exempt |= {change.record_id for change in proposal.changes}
    for change_id, one in updates:
        record, outcome = at["records"].get(one.record_id), at["outcomes"].get(change_id)
        place = (one.record_id, one.tag)
        if outcome is None or record is None or record.merged_into is not None or one.record_id in exempt:
            continue
        if {field[:2]: field[2] for field in outcome.fields}.get(place, Result.ACCEPTED) != Result.ACCEPTED:
            continue
        now, value = str(record.body.get(one.tag)), one.new
        while isinstance(value, str) and (*place, value) in olds:
            value = olds[*place, value]
            by_decision = (*place, str(value)) in decided  # a person put the earlier value back
            if now == value and str(value).startswith("only") and not by_decision:
                raise BrokenLawError("law 5: an accepted value is not there, and one from before it is")
