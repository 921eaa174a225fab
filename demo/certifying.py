"""The district vouches for a part of one village's list, so that a correction of it waits for a person."""

from __future__ import annotations

from demo.stage import REGISTRAR, Stage

_FAMILIES = 40


def certify_part(stage: Stage) -> None:
    """Certify the first families of the first village's list, with their people."""
    village = stage.villages[0]
    families = village.generated.households[:_FAMILIES]
    numbers = [str(family.values["family_number"]) for family in families]
    people = [str(person["nik"]) for family in families for person in family.members if person.get("nik")]
    done = stage.hub("certify", *numbers, *people, "--reason", "Diperiksa dengan akta", *REGISTRAR)
    stage.measures.records_certified = done["certified"]
    stage.say(f"The district certifies {done['certified']} records of {village.name}.")
