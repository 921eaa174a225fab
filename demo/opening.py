"""First scenes: a hub opens, three village offices enrol, and their lists are imported.

Decides the order and who compares the six words; enrolment and import are the console's commands.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from demo.console import at_once
from demo.offices import DISTRICT_NAME, write_spreadsheet
from demo.stage import Stage, Village

USB = "usb"
"""The folder that stands for a USB stick."""


def invite(stage: Stage) -> None:
    """Write one invitation for each village."""
    stage.hub_batch("invitations", [["invite", one.office.code, "--out", _invitation(one)] for one in stage.villages])
    names = ", ".join(f"{one.name} ({one.office.code})" for one in stage.villages)
    stage.say(f"{DISTRICT_NAME} has a hub and invites {names}.")


def _invitation(village: Village) -> str:
    return f"files/{village.office.directory}.invitation"


def write_lists(stage: Stage) -> None:
    """Write each office's list as that office keeps it."""
    for village in stage.villages:
        size = write_spreadsheet(village.office, village.generated, stage.folder)
        rows, wrong = len(village.generated.rows), len(village.generated.faults)
        stage.say(f"{village.office.spreadsheet}: {rows:,} rows, {wrong} of them wrong; {size / 1024:,.0f} KB.")


def enrol(stage: Stage) -> None:
    """Let the three offices ask, compare six words by telephone, approve, and finish."""
    (stage.folder / USB).mkdir(exist_ok=True)
    words = at_once([partial(_ask, stage, one) for one in stage.villages])
    waiting = stage.hub("requests")["requests"]
    asking = {one["village_code"]: one["id"] for one in waiting}
    ids = [asking.get(one.office.code) for one in stage.villages]
    at_once([partial(_approve, stage, request_id, said) for request_id, said in zip(ids, words, strict=True)])
    at_once([partial(_finish, stage, one) for one in stage.villages])
    stage.say(f"{stage.villages[0].name} reads its six words out by telephone: {words[0]}. The hub has the same.")
    stage.say("Two offices ask over HTTP, one by a file on a stick. Nothing moves before a person has approved.")


def _ask(stage: Stage, village: Village) -> str:
    """Ask to be let in, and return the six words that the officer reads out."""
    way = ("--request-file", f"{USB}/request.kmp") if village.office.is_on_stick else ("--hub", stage.hub_url)
    asked = stage.village(village, "village", "init", "--invitation", _invitation(village), *way)
    return str(asked["words"])


def _approve(stage: Stage, request_id: str | None, words: str) -> None:
    """Approve at the hub what an officer has read out; who did not ask over the network has sent a file."""
    if request_id is None:
        stage.hub("approve", f"{USB}/request.kmp", "--words", words, "--out", f"{USB}/answer.kmp")
    else:
        stage.hub("approve", request_id, "--words", words)


def _finish(stage: Stage, village: Village) -> None:
    way = ("--answer", f"{USB}/answer.kmp") if village.office.is_on_stick else ("--resume",)
    stage.village(village, "village", "init", *way)


def import_lists(stage: Stage) -> None:
    """Preview one list, import all three, and tell what was not imported."""
    first = stage.villages[0]
    jobs = [partial(_preview, stage, first), *(partial(_import, stage, one) for one in stage.villages[1:])]
    preview = at_once(jobs)[0]
    stage.say(f"{first.name} looks first: {preview['new']:,} new, {preview['rejected']} rejected, nothing saved yet.")
    _import(stage, first)
    stage.measures.residents_imported = sum(one.residents_imported for one in stage.villages)
    stage.measures.rows_rejected = sum(one.rows_rejected for one in stage.villages)


def _preview(stage: Stage, village: Village) -> dict[str, Any]:
    return stage.village(village, "village", "import", village.office.spreadsheet, "--dry-run")


def _import(stage: Stage, village: Village) -> dict[str, Any]:
    done = stage.village(village, "village", "import", village.office.spreadsheet)
    village.rows_rejected = done["rejected"]
    village.residents_imported = done["new"]
    village.saved |= set(done["changes"])
    stage.say(
        f"{village.name}, {village.office.form}: {done['new']:,} residents in {done['families']:,} families;"
        f" {done['rejected']} rows are not imported."
    )
    wrong = next(one for one in done["problems"] if one["severity"] == "error")
    stage.say(f"  Row {wrong['row']}, {wrong['field']} = {wrong['value']!r}: {wrong['message']}")
    return done
