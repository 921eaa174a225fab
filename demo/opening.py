"""First scenes: a hub opens, three village offices enrol, and their lists are imported.

Decides the order and who compares the six words; enrolment and import are the console's commands.
"""

from __future__ import annotations

from functools import partial

from demo.console import at_once
from demo.offices import DISTRICT_CODE, DISTRICT_NAME, write_spreadsheet
from demo.stage import Stage, Village

USB = "usb"
"""The folder that stands for a USB stick."""


def open_hub(stage: Stage) -> None:
    """Make the hub and one invitation for each village."""
    stage.hub("init", "--district", DISTRICT_CODE, "--name", DISTRICT_NAME)
    at_once([partial(_invite, stage, one) for one in stage.villages])
    names = ", ".join(f"{one.name} ({one.office.code})" for one in stage.villages)
    stage.say(f"{DISTRICT_NAME} has a hub and invites {names}.")


def _invite(stage: Stage, village: Village) -> None:
    stage.hub("invite", village.office.code, "--out", _invitation(village))


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
    words = dict(zip(_names(stage), at_once([partial(_ask, stage, one) for one in stage.villages]), strict=True))
    for village in stage.villages:
        _approve(stage, village, words[village.name])
    at_once([partial(_finish, stage, one) for one in stage.villages])
    stage.say(f"Six words compared by telephone with each office, e.g. {words[stage.villages[0].name]}.")
    stage.say("Two offices enrolled over HTTP, one by files on a stick. No record moved before that.")


def _names(stage: Stage) -> list[str]:
    return [one.name for one in stage.villages]


def _ask(stage: Stage, village: Village) -> str:
    """Ask to be let in, and return the six words that the officer reads out."""
    way = ("--request-file", f"{USB}/request.kmp") if village.office.is_on_stick else ("--hub", stage.hub_url)
    asked = stage.village(village, "village", "init", "--invitation", _invitation(village), *way)
    return str(asked["words"])


def _approve(stage: Stage, village: Village, words: str) -> None:
    """Approve at the hub what the officer has read out by telephone."""
    if village.office.is_on_stick:
        stage.hub("approve", f"{USB}/request.kmp", "--words", words, "--out", f"{USB}/answer.kmp")
        return
    waiting = stage.hub("requests")["requests"]
    request = next(one for one in waiting if one["village_code"] == village.office.code)
    stage.hub("approve", request["id"], "--words", words)


def _finish(stage: Stage, village: Village) -> None:
    way = ("--answer", f"{USB}/answer.kmp") if village.office.is_on_stick else ("--resume",)
    stage.village(village, "village", "init", *way)


def import_lists(stage: Stage) -> None:
    """Preview and import the three lists."""
    at_once([partial(_import, stage, one) for one in stage.villages])
    measures = stage.measures
    measures.residents_imported = sum(one.residents_imported for one in stage.villages)
    measures.rows_rejected = sum(one.rows_rejected for one in stage.villages)
    stage.say(f"{measures.residents_imported:,} residents imported; {measures.rows_rejected} rows are not.")


def _import(stage: Stage, village: Village) -> None:
    preview = stage.village(village, "village", "import", village.office.spreadsheet, "--dry-run")
    done = stage.village(village, "village", "import", village.office.spreadsheet)
    village.rows_rejected = preview["rejected"]
    village.residents_imported = done["new"]
    village.saved |= set(done["changes"])
    first = next((one for one in preview["problems"] if one["row"]), None)
    stage.say(f"{village.name} ({village.office.form}): {preview['new']:,} new, {preview['rejected']} rejected.")
    if first is not None:
        stage.say(f"  e.g. row {first['row']}, {first['field']} = {first['value']!r}: {first['message']}")
