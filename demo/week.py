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
from demo.certifying import certify_part
from demo.console import at_once
from demo.stage import REGISTRAR, Stage, Village
from schemas.codes import code_list

MISTAKEN_PLACE = "TIDAK DIKETAHUI"
"""Where a death is said to have happened that did not; the registrar knows it by that."""

CORRECTIONS = {"Pakistaji": 16, "Kabat": 14, "Tamansari": 10}
REQUESTS = {"Pakistaji": 5, "Kabat": 4, "Tamansari": 3}
_SERVICES = ("Surat pengantar SKCK", "Surat keterangan usaha", "Surat keterangan tidak mampu", "Surat domisili")
_OCCUPATIONS = ("PETANI/PEKEBUN", "PERDAGANGAN", "NELAYAN/PERIKANAN", "TRANSPORTASI", "PETERNAK")
_SCHOOLS = ("SLTP/SEDERAJAT", "TAMAT SD / SEDERAJAT")


@dataclass(frozen=True, slots=True)
class Meeting:
    """One record that a village edits, and the district too in the same week unless ``by_district`` is empty."""

    village: Village
    person: Person
    by_village: Mapping[str, str]
    by_district: Mapping[str, str]


def meetings(stage: Stage) -> list[Meeting]:
    """Choose four records that both sides edit, two of them on the same identity field, and a certified one."""
    first, second, third = stage.villages
    phone, blood, name, birth, certified = (one.cast.adult() for one in (first, third, first, second, first))
    return [
        Meeting(first, phone, {"phone": "081200009001"}, _other(phone, "occupation", _OCCUPATIONS)),
        Meeting(third, blood, _other(blood, "blood_type", ("A", "O")), _other(blood, "education", _SCHOOLS)),
        Meeting(first, name, {"name": f"{name['name']} WIJAYA"}, {"name": f"{name['name']} WIDJAJA"}),
        Meeting(second, birth, {"birth_place": "ROGOJAMPI"}, {"birth_place": "GLENMORE"}),
        Meeting(first, certified, {"birth_place": "SRONO"}, {}),
    ]


def _other(person: Person, name: str, choices: Sequence[str], start: int = 0) -> dict[str, str]:
    """Return the first choice, from ``start`` on, that is not the person's value already."""
    codes = code_list(name)
    for offset in range(len(choices)):
        choice = choices[(start + offset) % len(choices)]
        if codes.from_text(choice) != person.get(name):
            return {name: choice}
    raise AssertionError("two different choices cannot both be the person's")


def offline_week(stage: Stage, both: Sequence[Meeting]) -> None:
    """Let every office work through a week without the hub, and the district on its own papers meanwhile."""
    first, second, third = stage.villages
    mover = first.cast.grown_child()
    doubled = first.cast.adult()
    at_once(
        [
            partial(_first_office, stage, first, second, mover, both),
            partial(_second_office, stage, second, first, mover, both),
            partial(_third_office, stage, third, doubled, both),
            partial(_district_week, stage, both),
        ]
    )
    stage.say("All of this is on three laptops and at the hub; nobody has told the others yet.")


def _district_week(stage: Stage, both: Sequence[Meeting]) -> None:
    certify_part(stage)
    reason = ("--reason", "Sesuai akta di kabupaten")
    edits = [
        ["correct", str(one.person["nik"]), "--set", f"{name}={value}", *reason, *REGISTRAR]
        for one in both
        for name, value in one.by_district.items()
    ]
    stage.hub_batch("district-corrections", edits)
    stage.say(f"The district corrects {len(edits)} people, too, from its own papers.")


def _first_office(stage: Stage, here: Village, there: Village, mover: Person, both: Sequence[Meeting]) -> None:
    father, mother = here.cast.couple_with_room_for_a_child()
    child = f"PUTRI {str(mother['name']).split()[0]} LESTARI"
    parents = {"mother": mother["nik"], "father": father["nik"]}
    _save(stage, here, "event birth", **parents, name=child, sex="P", on=stage.day(5), place="BANYUWANGI")
    stage.say(f"{here.name}: {child} is born to {mother['name']}.")
    head, wife, heir = here.cast.parents_and_heir()
    leaving = {"member": [head["nik"], wife["nik"]], "head": head["nik"]}
    _save(stage, here, "household split", of=head["nik"], **leaving, old_head=heir["nik"], on=stage.day(3))
    stage.say(f"{here.name}: {head['name']} founds a new family; {heir['name']} becomes head of the old one.")
    _save(stage, here, "event move-out", mover=mover["nik"], to=there.office.code, on=stage.day(4))
    stage.say(f"{here.name}: {mover['name']} leaves for {there.name}, which writes down the arrival.")
    _daily_work(stage, here, both)


def _second_office(stage: Stage, here: Village, origin: Village, mover: Person, both: Sequence[Meeting]) -> None:
    gone = here.cast.old_relative()
    _save(stage, here, "event death", gone["nik"], on=stage.day(6), place="RUMAH")
    stage.say(f"{here.name}: {gone['name']} has died.")
    person = {"nik": mover["nik"], "name": mover["name"], "sex": mover["sex"], "relation": "KEPALA KELUARGA"}
    papers = {"birth_on": f"{mover['birth_on']:%d-%m-%Y}", "address": "JL. RAYA KABAT NO. 9"}
    _save(stage, here, "event move-in", **person, **papers, from_=origin.office.code, on=stage.day(2))
    stage.say(f"{here.name}: {mover['name']} has arrived from {origin.name}.")
    _daily_work(stage, here, both)


def _third_office(stage: Stage, here: Village, doubled: Person, both: Sequence[Meeting]) -> None:
    twin, absent = here.cast.adult(), here.cast.old_relative()
    _save(stage, here, "event death", absent["nik"], on=stage.day(1), place=MISTAKEN_PLACE)
    stage.say(f"{here.name}: {absent['name']} is written down as dead, by mistake.")
    bride, groom = here.cast.bride_and_groom()
    couple = {"husband": groom["nik"], "wife": bride["nik"], "home": "suami", "certificate": "9001/011/XI/2026"}
    _save(stage, here, "event marriage", **couple, on=stage.day(4))
    stage.say(f"{here.name}: {bride['name']} marries {groom['name']} and moves to his family.")
    _daily_work(stage, here, both, extra=[_line(twin, {"nik": doubled["nik"]})])
    stage.say(f"{here.name}: {twin['name']} gets the NIK of {doubled['name']} in {stage.villages[0].name}.")


def _daily_work(stage: Stage, here: Village, both: Sequence[Meeting], extra: Sequence[Mapping[str, Any]] = ()) -> None:
    """Correct people and serve citizens; many at once go in one batch, each still its own action."""
    lines = [_line(one.person, one.by_village) for one in both if one.village is here] + list(extra)
    while len(lines) < CORRECTIONS[here.name]:
        person, number = here.cast.adult(), len(lines)
        phone = {"phone": f"0813000090{number:02d}"}
        lines.append(_line(person, phone if number % 2 else _other(person, "occupation", _OCCUPATIONS, number)))
    _batch(stage, here, "resident correct", lines)
    requests = [
        {"applicant": here.cast.adult()["nik"], "service": _SERVICES[index % 4], "purpose": "Keperluan pribadi"}
        for index in range(REQUESTS[here.name])
    ]
    ids = [one["record"] for one in _batch(stage, here, "request open", requests)["saved"]]
    stage.say(f"{here.name}: {len(lines)} corrections and {len(ids)} service requests.")
    if here is stage.villages[0]:
        # One goes all the way to the citizen, two a step.
        states = [(ids[0], "SIAP DIAMBIL"), (ids[0], "DISERAHKAN"), (ids[1], "DIPROSES"), (ids[2], "DIPROSES")]
        steps = [{"request": request, "state": state} for request, state in states]
        _batch(stage, here, "request advance", steps)
        stage.say(f"{here.name}: one request is handed over, two are under way.")


def _line(person: Person, fields: Mapping[str, str]) -> dict[str, Any]:
    return {"record": person["nik"], "set": dict(fields)}


def _batch(stage: Stage, here: Village, command: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    path = f"files/{here.office.directory}-{command.replace(' ', '-')}.jsonl"
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (stage.folder / path).write_text(text, encoding="utf-8")
    return _save(stage, here, command, batch=path)


def _save(stage: Stage, here: Village, command: str, *arguments: str, **options: Any) -> dict[str, Any]:
    """Run a saving command of a village and note the change ids that it names; a list repeats its option."""
    words = [*command.split(), *arguments]
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            words += [f"--{name.strip('_').replace('_', '-')}", str(one)]
    done = stage.village(here, "village", *words)
    here.saved |= set(done["changes"])
    return done
