"""The registrar's day: register or refuse events, decide cases, and let the night check everything.

Decides what this registrar decides, and with which reason; what may be decided at all is the hub's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from demo.console import at_once
from demo.stage import HUB_DIRECTORY, REGISTRAR, Stage
from demo.week import MISTAKEN_PLACE


def decide_all(stage: Stage) -> None:
    """Look at the queue and at each case; register, refuse and decide, each on the page that was shown."""
    queue, review = at_once([partial(stage.hub, "register", "list"), partial(stage.hub, "review", "list")])
    cases = review["cases"]
    pages = stage.hub_batch("case-pages", [["review", "show", case["id"]] for case in cases])
    decisions = _decisions(stage, pages)
    done = stage.hub_batch("decisions", [*_registrations(stage, queue["events"]), *decisions])
    stage.measures.review_cases_opened = len(cases)
    stage.measures.review_cases_decided = sum(one["decided"] for one in done if "decided" in one)


def _registrations(stage: Stage, waiting: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Register what the villages declared; refuse the death that turned out to be a mistake."""
    refused = [one for one in waiting if one["place"] == MISTAKEN_PLACE]
    accepted = [one for one in waiting if one not in refused]
    stage.measures.events_registered, stage.measures.events_refused = len(accepted), len(refused)
    kinds = ", ".join(one["kind_words"].lower() for one in accepted)
    stage.say(f"The queue: {len(accepted)} events are registered ({kinds}), {len(refused)} refused.")
    numbers = [("accept", one, ["--number", f"3510-{stage.today.year}-{9001 + at}"]) for at, one in enumerate(accepted)]
    reasons = [("refuse", one, ["--reason", "Yang bersangkutan datang sendiri ke kantor"]) for one in refused]
    return [
        ["register", verb, event["id"], "--page", event["page"], *how, *REGISTRAR]
        for verb, event, how in numbers + reasons
    ]


def _decisions(stage: Stage, pages: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Decide each case: mostly for the village, whose papers are newer."""
    lines: list[list[str]] = []
    for page in pages:
        is_for_village = bool(lines)
        choice = ["--accept-all", "--reason", "Sesuai akta asli yang dibawa warga"]
        if not is_for_village:
            choice = ["--refuse-all", "--reason", "Akta di kabupaten lebih baru"]
        lines.append(["review", "decide", page["id"], "--page", page["page"], *choice, *REGISTRAR])
        for row in page["rows"]:
            stage.say(
                f"{page['village']}, {row['name']}, {row['field']}: the officer saw {row['seen']}, the registry has"
                f" {row['current']}, proposed is {row['proposed']}: {'accepted' if is_for_village else 'refused'}."
            )
    return lines


def reconcile(stage: Stage) -> None:
    """Run the night now, and show its morning report."""
    night = stage.hub("reconcile")
    report, status = at_once([partial(_report, stage), partial(stage.hub, "status")])
    for line in str(report["text"]).splitlines():
        stage.say(line)
    stage.measures.nik_flags_open = sum(one["flags"].get("nik-twice", 0) for one in night["villages"])
    stage.measures.moves_paired = sum(one["moves_paired"] for one in status["villages"])


def _report(stage: Stage) -> dict[str, Any]:
    return {"text": stage.console.run("hub", "report", "--dir", HUB_DIRECTORY, "--lang", "en").stdout}
