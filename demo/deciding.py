"""The registrar's day: certify, register or refuse events, decide cases, and let the night check everything.

Decides what this registrar decides, and with which reason; what may be decided at all is the hub's.
"""

from __future__ import annotations

from typing import Any

from demo.stage import Stage

_CERTIFIED_FAMILIES = 40
_REGISTRAR = ("--registrar", "Dewi Kartika")


def certify_part(stage: Stage) -> None:
    """Certify the first families of one village's list, with their people."""
    village = stage.villages[0]
    families = village.generated.households[:_CERTIFIED_FAMILIES]
    numbers = [str(family.values["family_number"]) for family in families]
    people = [str(person["nik"]) for family in families for person in family.members if person.get("nik")]
    done = stage.hub("certify", *numbers, *people, "--reason", "Diperiksa dengan akta", *_REGISTRAR)
    stage.measures.records_certified = done["certified"]
    stage.say(f"The district certifies {done['certified']} records of {village.name}.")


def register_events(stage: Stage) -> None:
    """Register the events that the villages declared; refuse those whose papers are missing."""
    waiting = stage.hub("register", "list")["events"]
    refused = [one for one in waiting if _is_without_papers(one)]
    accepted = [one for one in waiting if one not in refused]
    for number, event in enumerate(accepted, start=1):
        stage.hub("register", "accept", event["id"], "--number", f"3510-{stage.today.year}-9{number:03d}", *_REGISTRAR)
    for event in refused:
        stage.hub("register", "refuse", event["id"], "--reason", "Surat keterangan belum dilampirkan", *_REGISTRAR)
    stage.measures.events_registered, stage.measures.events_refused = len(accepted), len(refused)
    stage.say(f"Registration queue: {len(accepted)} events registered, {len(refused)} refused with a reason.")


def _is_without_papers(event: dict[str, Any]) -> bool:
    return bool(event["place"] == "TANPA SURAT")


def decide_cases(stage: Stage) -> None:
    """Look at each case in three columns and decide it: the village's papers are newer, so it mostly wins."""
    cases = stage.hub("review", "list")["cases"]
    stage.measures.review_cases_opened = len(cases)
    for number, case in enumerate(cases):
        page = stage.hub("review", "show", case["id"])
        row = page["rows"][0]
        is_accepted = number % 3 != 2
        choice = ("--accept", row["change"]) if is_accepted else ("--refuse-all",)
        stage.hub(
            "review", "decide", case["id"], *choice, "--page", page["page"], "--reason", "Sesuai akta asli", *_REGISTRAR
        )
        stage.measures.review_cases_decided += 1
        stage.say(f"{case['village']}, {row['name']}, {row['field']}:")
        stage.say(
            f"  seen {row['seen']!r}, registry {row['current']!r}, proposed {row['proposed']!r}:"
            f" {'accepted' if is_accepted else 'refused'}."
        )


def reconcile(stage: Stage) -> None:
    """Run the night now, and show its morning report."""
    stage.hub("reconcile")
    report = stage.console.run("hub", "report", "--dir", "hub", "--lang", "en").stdout
    for line in report.splitlines():
        stage.say(line)
