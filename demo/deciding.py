"""The registrar's day: register or refuse events, decide cases, and let the night check everything.

Decides what this registrar decides, and with which reason; what may be decided at all is the hub's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from demo.console import at_once
from demo.stage import HUB_DIRECTORY, REGISTRAR, Stage
from demo.week import MISTAKEN_PLACE


def decide_all(stage: Stage) -> None:
    """Look at the queue and the cases; register, refuse and decide, each on the page that was shown."""
    queue, review = at_once([partial(stage.hub, "register", "list"), partial(stage.hub, "review", "list")])
    stage.measures.review_cases_opened = len(review["cases"])
    jobs = _registrations(stage, queue["events"])
    jobs += [partial(_decide, stage, case, is_for_village=at != 0) for at, case in enumerate(review["cases"])]
    at_once(jobs)


def _registrations(stage: Stage, waiting: list[dict[str, Any]]) -> list[Callable[[], None]]:
    """Register what the villages declared; refuse the death that turned out to be a mistake."""
    refused = [one for one in waiting if one["place"] == MISTAKEN_PLACE]
    accepted = [one for one in waiting if one not in refused]
    stage.measures.events_registered, stage.measures.events_refused = len(accepted), len(refused)
    kinds = ", ".join(one["kind_words"].lower() for one in accepted)
    stage.say(f"The queue: {len(accepted)} events are registered ({kinds}), {len(refused)} refused.")
    numbers = (f"3510-{stage.today.year}-{number}" for number in range(9001, 9999))
    jobs: list[Callable[[], None]] = [
        partial(_register, stage, one, "accept", "--number", number)
        for one, number in zip(accepted, numbers, strict=False)
    ]
    reason = ("--reason", "Yang bersangkutan datang sendiri ke kantor")
    jobs += [partial(_register, stage, one, "refuse", *reason) for one in refused]
    return jobs


def _register(stage: Stage, event: dict[str, Any], verb: str, *how: str) -> None:
    stage.hub("register", verb, event["id"], "--page", event["page"], *how, *REGISTRAR)


def _decide(stage: Stage, case: dict[str, Any], *, is_for_village: bool) -> None:
    page = stage.hub("review", "show", case["id"])
    choice = ("--accept-all", "--reason", "Sesuai akta asli yang dibawa warga")
    if not is_for_village:
        choice = ("--refuse-all", "--reason", "Akta di kabupaten lebih baru")
    done = stage.hub("review", "decide", case["id"], "--page", page["page"], *choice, *REGISTRAR)
    with stage.lock:
        stage.measures.review_cases_decided += done["decided"]
    for row in page["rows"]:
        stage.say(
            f"{case['village']}, {row['name']}, {row['field']}: the officer saw {row['seen']}, the registry has"
            f" {row['current']}, proposed is {row['proposed']}: {'accepted' if is_for_village else 'refused'}."
        )


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
