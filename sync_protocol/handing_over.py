"""Make one record of a person who moved: the registry's own, with what the new village wrote since (protocol 12.1).

The arrival may be years older than the report of the departure; meanwhile the new village's officers have gone on
working on the record that their arrival made.  Nothing of that may be lost when it becomes a redirect: a death least.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.bodies import Body
from schemas.codes import LifeStatus
from schemas.fields import (
    TAG_CERTIFIED_AT,
    TAG_MERGED_INTO,
    TAG_OWNER,
    TAG_VOID,
    Kind,
    Policy,
    policy_of,
    tag_of,
)
from sync_protocol.registry import united_sets, with_value
from sync_protocol.tables import REGISTRAR, Record, Stamp

_LIFE, _HOUSEHOLD, _RELATION, _ARRIVED, _LEFT, _DESTINATION = (
    tag_of(Kind.RESIDENT, name)
    for name in ("life_status", "household_id", "relation", "arrived_on", "left_on", "destination")
)
_OCCURRED, _FAMILY = (tag_of(Kind.VITAL_EVENT, name) for name in ("occurred_on", "household_id"))

_OF_THE_RECORD = frozenset({TAG_OWNER, TAG_VOID, TAG_MERGED_INTO, TAG_CERTIFIED_AT})
_OF_EVENTS = frozenset(
    tag_of(Kind.RESIDENT, name)
    for name in (
        *("life_status", "died_on", "left_on", "destination", "arrived_on", "household_id"),
        *("marital_status", "married_on", "marriage_number", "divorced_on", "divorce_number"),
    )
)
"""What vital events write: it applies to a certified person too (protocol 5.3)."""


def handed_over(person: Record, newcomer: Record, arrival: Record, stamp: Stamp) -> Record:
    """Return the person as the arrival's village has them: its own, living there, with what it wrote since."""
    body = _living_there(person, arrival, newcomer.body.get(_HOUSEHOLD))
    if newcomer.body.get(_RELATION) is not None:
        body[_RELATION] = newcomer.body[_RELATION]
    stamps = {**person.stamps, _RELATION: stamp}
    for tag in _written_since(newcomer):
        mine, theirs = body.get(tag), newcomer.body.get(tag)
        if policy_of(Kind.RESIDENT, tag) is Policy.SET:
            body[tag] = united_sets(mine, theirs)
        elif _wins(person, newcomer, tag):
            body = with_value(body, tag, theirs)
            stamps[tag] = newcomer.stamp_of(tag)
    return replace(person, body=body, stamps=stamps)


def come_back(person: Record, arrival: Record) -> Record:
    """Return a person as living again in a village that had them before, in the family that the arrival names."""
    return replace(person, body=_living_there(person, arrival, arrival.body.get(_FAMILY)))


def _living_there(person: Record, arrival: Record, household_id: object) -> Body:
    body: Body = {tag: value for tag, value in person.body.items() if tag not in (_DESTINATION, _LEFT)}
    body |= {TAG_OWNER: arrival.owner, _LIFE: int(LifeStatus.ALIVE)}
    body = with_value(body, _ARRIVED, arrival.body.get(_OCCURRED))
    return with_value(body, _HOUSEHOLD, household_id)


def not_taken(person: Record, newcomer: Record) -> list[tuple[int, bytes]]:
    """Return the fields that the new village wrote and the person keeps otherwise, each with the change that did."""
    return [
        (tag, newcomer.stamp_of(tag).change_id)
        for tag in _written_since(newcomer)
        if policy_of(Kind.RESIDENT, tag) is not Policy.SET
        and not _wins(person, newcomer, tag)
        and person.body.get(tag) != newcomer.body.get(tag)
    ]


def _written_since(newcomer: Record) -> list[int]:
    """Return the fields that were written after the arrival's own entry; sets whole, since they unite."""
    sets = (tag for tag in newcomer.body if policy_of(Kind.RESIDENT, tag) is Policy.SET)
    return sorted({*newcomer.stamps, *sets} - _OF_THE_RECORD)


def _wins(person: Record, newcomer: Record, tag: int) -> bool:
    """Tell whether the new village's value holds, by the rules for a village's write (protocol 5.3, 5.4)."""
    if tag in _OF_EVENTS:
        return True
    mine, theirs = person.stamp_of(tag), newcomer.stamp_of(tag)
    if mine.source == REGISTRAR:
        return False
    if policy_of(Kind.RESIDENT, tag) is Policy.LATEST:
        if not (theirs.timed and mine.timed):
            return tag not in person.body  # no clock decides; where nothing stands, nothing is overturned
        return (theirs.eff, theirs.change_id) > (mine.eff, mine.change_id)
    return not person.is_certified
