"""Invent a village's people and one ordinary night of changes on both sides, the same for each seed.

The night is the one that sync programs are usually measured by: 60 changes of the village (47 updates of one to three
fields, 10 new people, 3 annulled), 25 of the district, 4 of which touch what the village touched: two the same field,
two another one.  Record ids are random, the worst case for a wire; ours, made by the clock, compress better.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from register.generator import generate_village
from schemas.bodies import body_of
from schemas.fields import Kind, fields_by_name
from sync_protocol.entries import Change, Create, Update

TODAY = dt.date(2026, 11, 25)
_FIELDS = (
    *("nik", "name", "sex", "birth_place", "birth_on", "religion", "education", "occupation", "marital_status"),
    *("relation", "blood_type", "citizenship", "father_name", "mother_name"),
)
_HOME_FIELDS = ("family_number", "address", "hamlet", "rt", "rw")
_UPDATES, _NEW, _ANNULLED, _HUB_ONLY = 47, 10, 3, 21

Family = Sequence[Change]
"""The creates of one family: a journal entry of an import."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One record's changed fields, by name, in Python values: what the form showed and what is right."""

    record_id: bytes
    shown: Mapping[str, Any]
    wanted: Mapping[str, Any]


@dataclass(slots=True)
class Night:
    """What both sides did since they last met."""

    village: list[Family] = field(default_factory=list)
    hub: list[Correction] = field(default_factory=list)


def people(residents: int, village_code: str, *, seed: int = 35, first_serial: int = 9001) -> list[Family]:
    """Invent a village, family by family."""
    chance = random.Random(seed)
    village = generate_village(seed, village_code, residents, today=TODAY, first_serial=first_serial)
    families: list[Family] = []
    for household in village.households:
        home, ids = chance.randbytes(16), [chance.randbytes(16) for _ in household.members]
        at_home = {name: value for name in _HOME_FIELDS if (value := household.values.get(name)) is not None}
        creates = [Create(home, Kind.HOUSEHOLD, body_of(Kind.HOUSEHOLD, {**at_home, "head_id": ids[0]}))]
        for record_id, member in zip(ids, household.members, strict=True):
            values = {name: member[name] for name in _FIELDS if member.get(name) is not None}
            if chance.random() < 0.4:
                values["phone"] = _phone(chance)
            body = body_of(Kind.RESIDENT, {**values, "life_status": 1, "household_id": home})
            creates.append(Create(record_id, Kind.RESIDENT, body))
        families.append(creates)
    return families


def night(families: Sequence[Family], *, seed: int = 77) -> Night:
    """Invent one night for a village of these families, none of which has changed since."""
    chance = random.Random(seed)
    everybody = [one for family in families for one in family if isinstance(one, Create) and one.kind == Kind.RESIDENT]
    picked = chance.sample(everybody, _UPDATES + _ANNULLED + _HUB_ONLY)
    updated, annulled = picked[:_UPDATES], picked[_UPDATES : _UPDATES + _ANNULLED]
    tonight = Night()
    for number, one in enumerate(updated):
        if number < 2:
            wanted: dict[str, Any] = {"phone": _phone(chance)}
        else:
            wanted = {"name": f"{_name(one)} A"} if number < 4 else _edit(chance, one)
        tonight.village.append(_updates(one, wanted))
    homes = [one for family in families for one in family if isinstance(one, Create) and one.kind == Kind.HOUSEHOLD]
    # Another night has other people: a number that is given twice would be flagged, which is another workload.
    serials = range(9100 + seed * _NEW % 800, 9999)
    tonight.village += [[_newcomer(chance, serial, chance.choice(homes))] for serial in serials[:_NEW]]
    tonight.village += [_updates(one, {"void": "TERCATAT DUA KALI"}) for one in annulled]
    tonight.hub += [_correction(one, {"occupation": _other(one, "occupation", 84, 9)}) for one in updated[:2]]
    tonight.hub += [_correction(one, {"name": f"{_name(one)} B"}) for one in updated[2:4]]
    tonight.hub += [_correction(one, _edit(chance, one)) for one in picked[_UPDATES + _ANNULLED :]]
    return tonight


def columns(families: Sequence[Family]) -> list[list[Any]]:
    """Return the same people as typed columns, family by family: what a format made for nothing else would send."""
    creates = [one for family in families for one in family if isinstance(one, Create)]
    tags = sorted({(one.kind, tag) for one in creates for tag in one.body})
    ids: list[Any] = [one.record_id for one in creates]
    return [ids, *([one.body.get(tag) for one in creates if one.kind == kind] for kind, tag in tags)]


def _edit(chance: random.Random, one: Create) -> dict[str, Any]:
    """Change one to three fields, as often as offices do."""
    choices: dict[str, Any] = {
        "phone": _phone(chance),
        "marital_status": _other(one, "marital_status", 2, 4),
        "education": _other(one, "education", 5, 8),
        "occupation": _other(one, "occupation", *chance.sample((2, 9, 15, 20, 84, 88), 2)),
        "name": f"{_name(one)} {chance.choice(('H', 'SE', 'SPD'))}",
        "birth_place": chance.choice(("JEMBER", "SITUBONDO", "LUMAJANG")),
    }
    (name,) = chance.choices(list(choices), (5, 3, 3, 3, 2, 2))
    wanted = {name: choices[name]}
    if chance.random() < 0.3:
        wanted["blood_type"] = _other(one, "blood_type", 1, 3)
    if chance.random() < 0.2:
        wanted["phone"] = _phone(chance)
    return {name: value for name, value in wanted.items() if value != _shown(one, name)} or {"phone": _phone(chance)}


def _newcomer(chance: random.Random, serial: int, home: Create) -> Create:
    day = dt.date(2026, 1 + serial % 10, 1 + chance.randrange(28))
    father, mother = chance.choice(("SLAMET RIYADI", "JUMADI", "HOLILI")), chance.choice(("SITI AMINAH", "SUMIATI"))
    values = {
        "nik": f"351009{day:%d%m%y}{serial}",
        "name": chance.choice(("AHMAD FAUZAN", "DEWI LESTARI", "MOCH. ILHAM", "NUR AZIZAH")),
        "sex": 1,
        "birth_place": "BANYUWANGI",
        "birth_on": day,
        "religion": 1,
        "education": 1,
        "occupation": 1,
        "marital_status": 1,
        "relation": 4,
        "blood_type": 13,
        "citizenship": 1,
        "father_name": father,
        "mother_name": mother,
        "life_status": 1,
        "household_id": home.record_id,
    }
    return Create(chance.randbytes(16), Kind.RESIDENT, body_of(Kind.RESIDENT, values))


def _updates(one: Create, wanted: Mapping[str, Any]) -> Family:
    wired = body_of(Kind.RESIDENT, wanted)
    tags = [fields_by_name(Kind.RESIDENT)[name].tag for name in wanted]
    return [Update(one.record_id, tag, one.body.get(tag), wired[tag]) for tag in tags]


def _correction(one: Create, wanted: Mapping[str, Any]) -> Correction:
    return Correction(one.record_id, {name: _shown(one, name) for name in wanted}, wanted)


def _shown(one: Create, name: str) -> Any:
    """Return a value as shown; only fields whose wire form is their value are edited here."""
    return one.body.get(fields_by_name(Kind.RESIDENT)[name].tag)


def _name(one: Create) -> str:
    return str(_shown(one, "name"))


def _other(one: Create, name: str, first: int, second: int) -> int:
    return first if _shown(one, name) != first else second


def _phone(chance: random.Random) -> str:
    return f"081{chance.randrange(2, 9)}{chance.randrange(10_000_000, 100_000_000)}"
