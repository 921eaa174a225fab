"""The week: what three offices write down without a network, and what the district changes meanwhile.

Decides who does what to whom, so that every kind of meeting happens: both sides on different fields, both on the same
identity field, one NIK on two living people, a move entered at both ends, a certified record corrected.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from demo.cast import Person
from demo.console import at_once
from demo.stage import Stage, Village

CORRECTIONS = {"Pakistaji": 16, "Kabat": 14, "Tamansari": 10}
REQUESTS = {"Pakistaji": 5, "Kabat": 4, "Tamansari": 3}
_SERVICES = ("Surat pengantar SKCK", "Surat keterangan usaha", "Surat keterangan tidak mampu", "Surat domisili")
_OCCUPATIONS = ("PETANI/PEKEBUN", "PEDAGANG", "WIRASWASTA", "NELAYAN/PERIKANAN", "GURU")


@dataclass(frozen=True, slots=True)
class BothSides:
    """One record that village and district edit in the same week; a dispute is about one identity field."""

    village: Village
    person: Person
    by_village: Mapping[str, str]
    by_district: Mapping[str, str]

    @property
    def is_dispute(self) -> bool:
        """Tell whether both touch the same field."""
        return bool(self.by_village.keys() & self.by_district.keys())


def meetings(stage: Stage) -> list[BothSides]:
    """Choose the four records that both sides edit: two that merge by themselves, two that a registrar decides."""
    first, second, third = stage.villages
    one, other, named, born = first.cast.adult(), third.cast.adult(), first.cast.adult(), second.cast.adult()
    return [
        BothSides(first, one, {"phone": "081200009001"}, {"occupation": "PEDAGANG"}),
        BothSides(third, other, {"blood_type": "O"}, {"education": "SLTA / SEDERAJAT"}),
        BothSides(first, named, {"name": f"{named['name']} WIJAYA"}, {"name": f"{named['name']} WIDJAJA"}),
        BothSides(second, born, {"birth_place": "JEMBER"}, {"birth_place": "BONDOWOSO"}),
    ]


def district_edits(stage: Stage, both: Sequence[BothSides]) -> None:
    """Let the district correct its side of the four records."""
    at_once([partial(_district_edit, stage, one) for one in both])
    stage.say(f"The district corrects {len(both)} people from its own papers.")


def _district_edit(stage: Stage, one: BothSides) -> None:
    fields = [part for name, value in one.by_district.items() for part in ("--set", f"{name}={value}")]
    stage.hub("correct", one.person["nik"], *fields, "--reason", "Sesuai akta di kabupaten")


def offline_week(stage: Stage, both: Sequence[BothSides]) -> None:
    """Let every office work through a week without the hub."""
    first, second, third = stage.villages
    mover = first.cast.grown_child()
    doubled = first.cast.adult()["nik"]
    at_once(
        [
            lambda: _first_office(stage, first, second, mover, both),
            lambda: _second_office(stage, second, first, mover, both),
            lambda: _third_office(stage, third, doubled, both),
        ]
    )
    saved = sum(len(one.saved) for one in stage.villages)
    stage.say(f"{saved:,} officers' actions are saved so far; those of this week are on the laptops only.")


def _first_office(stage: Stage, here: Village, there: Village, mover: Person, both: Sequence[BothSides]) -> None:
    father, mother = here.cast.couple_with_room_for_a_child()
    child = f"PUTRI {str(mother['name']).split()[0]} LESTARI"
    _save(
        stage,
        here,
        "event",
        "birth",
        "--mother",
        mother["nik"],
        "--father",
        father["nik"],
        "--name",
        child,
        "--sex",
        "2",
        "--on",
        stage.day(5),
        "--place",
        "BANYUWANGI",
    )
    stage.say(f"{here.name}: {child} is born to {mother['name']}.")
    head, wife, heir = here.cast.parents_and_heir()
    _save(
        stage,
        here,
        "household",
        "split",
        "--of",
        head["nik"],
        "--member",
        head["nik"],
        "--member",
        wife["nik"],
        "--head",
        head["nik"],
        "--old-head",
        heir["nik"],
        "--on",
        stage.day(3),
    )
    stage.say(f"{here.name}: {head['name']} founds a new family; {heir['name']} takes over the old one.")
    _save(stage, here, "event", "move-out", "--mover", mover["nik"], "--to", there.office.code, "--on", stage.day(4))
    stage.say(f"{here.name}: {mover['name']} moves to {there.name}, which writes down the arrival too.")
    _daily_work(stage, here, both)


def _second_office(stage: Stage, here: Village, origin: Village, mover: Person, both: Sequence[BothSides]) -> None:
    gone = here.cast.old_relative()
    _save(stage, here, "event", "death", gone["nik"], "--on", stage.day(6), "--place", "RUMAH")
    stage.say(f"{here.name}: {gone['name']} has died.")
    _save(
        stage,
        here,
        "event",
        "move-in",
        "--from",
        origin.office.code,
        "--on",
        stage.day(2),
        "--nik",
        mover["nik"],
        "--name",
        mover["name"],
        "--sex",
        str(mover["sex"]),
        "--birth-on",
        f"{mover['birth_on']:%d-%m-%Y}",
        "--relation",
        "1",
        "--address",
        "JL. RAYA KABAT NO. 9",
    )
    _daily_work(stage, here, both)


def _third_office(stage: Stage, here: Village, doubled: str, both: Sequence[BothSides]) -> None:
    twin = here.cast.adult()
    _daily_work(stage, here, both, extra=[_line(twin, {"nik": doubled})])
    stage.say(f"{here.name}: {twin['name']} gets a NIK that somebody in {stage.villages[0].name} has, too.")


def _daily_work(
    stage: Stage, here: Village, both: Sequence[BothSides], extra: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Correct people and serve citizens; many at once go in one batch, each still its own action."""
    lines = [_line(one.person, one.by_village) for one in both if one.village is here] + list(extra)
    while len(lines) < CORRECTIONS[here.name]:
        person, number = here.cast.adult(), len(lines)
        fields = {"phone": f"0813000090{number:02d}"} if number % 2 else {"occupation": _OCCUPATIONS[number % 5]}
        lines.append(_line(person, fields))
    _batch(stage, here, "corrections", lines, "resident", "correct")
    applicants = [here.cast.adult() for _ in range(REQUESTS[here.name])]
    opened = _batch(
        stage,
        here,
        "requests",
        [
            {"applicant": person["nik"], "service": _SERVICES[index % 4], "purpose": "Keperluan pribadi"}
            for index, person in enumerate(applicants)
        ],
        "request",
        "open",
    )
    ids = [one["record"] for one in opened["saved"]]
    _batch(
        stage, here, "steps", [{"request": ids[0], "state": "SIAP DIAMBIL"}, {"request": ids[1]}], "request", "advance"
    )
    stage.say(f"{here.name}: {len(lines)} corrections and {len(ids)} service requests, some of them advanced.")


def _line(person: Person, fields: Mapping[str, str]) -> dict[str, Any]:
    return {"record": person["nik"], "set": dict(fields)}


def _batch(stage: Stage, here: Village, name: str, lines: Sequence[Mapping[str, Any]], *words: str) -> dict[str, Any]:
    path = f"files/{here.office.directory}-{name}.jsonl"
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (stage.folder / path).write_text(text, encoding="utf-8")
    return _save(stage, here, *words, "--batch", path)


def _save(stage: Stage, here: Village, *words: str) -> dict[str, Any]:
    """Run a saving command of a village and note the change ids that it names."""
    done = stage.village(here, "village", *words)
    here.saved |= set(done["changes"])
    return done
