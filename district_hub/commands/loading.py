"""Load a regency's population list from the console."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from district_hub.commands.options import (
    DEFAULT_DIR,
    AsJson,
    DryRun,
    HubDir,
    Reason,
    RegistrarName,
    columns,
    go_on,
    now,
    registrar_of,
    say,
    tell,
    working,
)
from schemas.errors import EX_DATAERR

if TYPE_CHECKING:
    from district_hub.importing import Difference, RegencyImport, VillageImport

_SHOWN_MAX = 20


def add_to(app: typer.Typer) -> None:
    """Add this command to the hub's group."""
    app.command("import", epilog="Example: kampung hub import siak.xlsx --dir hub --dry-run")(import_file)


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list with the columns Kecamatan and Desa/Kel.")],
    add_villages: Annotated[
        bool, typer.Option("--add-villages", help="Take in villages of the official list that are not here yet.")
    ] = False,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="A saved mapping that says how to read the file.")
    ] = None,
    reason: Reason = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Load a regency's population list, village by village; what a village says otherwise is listed, never replaced."""
    from district_hub.importing import import_regency
    from register.importing import load_mapping

    with working(directory) as hub:
        with typer.progressbar(length=1, label="importing", file=sys.stderr) as bar:

            def progress(name: str, done: int, every: int) -> None:
                bar.label, bar.length = name, max(every, 1)
                bar.update(done - bar.pos)

            found = import_regency(
                hub.store,
                file,
                registrar=registrar_of(hub, registrar, dry_run=dry_run),
                now_ms=now(),
                mapping=load_mapping(mapping) if mapping is not None else None,
                reason=reason or f"import of {file.name}",
                know_village=hub.enrolment.know_village if add_villages else None,
                progress=progress,
            )
        go_on(hub, dry_run=dry_run)
    tree = {**_tree(found), "dry_run": dry_run}
    tell(tree, _words(found, dry_run=dry_run), as_json=as_json)
    if not as_json:
        _talk(found)
    if all(one.plan.rows == one.plan.rejected for one in found.villages):
        raise typer.Exit(EX_DATAERR)  # nothing came in: never report that as success


def _tree(found: RegencyImport) -> dict[str, Any]:
    return {
        "villages": [_village_tree(one) for one in found.villages],
        "unknown": [
            {"code": one.code, "district": one.district_name, "village": one.village_name, "rows": one.rows}
            | {"why": one.why}
            for one in found.unknown
        ],
    }


def _village_tree(one: VillageImport) -> dict[str, Any]:
    counts = {name: getattr(one.plan, name) for name in ("rows", "new", "changed", "unchanged", "conflict", "rejected")}
    return {
        "code": one.code,
        "name": one.name,
        **counts,
        "families": one.families,
        "created": one.created,
        "written": one.written,
        "differences": [_difference_tree(each) for each in one.differences],
        "problems": [
            {"row": each.row, "field": each.field, "value": each.value, "code": each.code, "message": each.message_en}
            for each in one.plan.problems
        ],
    }


def _difference_tree(one: Difference) -> dict[str, Any]:
    from district_hub.showing import field_label, value_words

    return {
        "record": one.record_id.hex(),
        "field": field_label(one.kind, one.tag, "en"),
        "held": value_words(one.kind, one.tag, one.held, language="en"),
        "wanted": value_words(one.kind, one.tag, one.wanted, language="en"),
        "why": one.why,
    }


def _words(found: RegencyImport, *, dry_run: bool) -> str:
    rows: list[tuple[object, ...]] = [
        ("village", "", "rows", "new", "changed", "same", "differ", "rejected", "written")
    ]
    for one in found.villages:
        plan = one.plan
        counts = (plan.rows, plan.new, plan.changed, plan.unchanged, len(one.differences), plan.rejected, one.families)
        rows.append((one.code, one.name, *counts))
    return columns(rows) + ("\nNothing was written: this is a rehearsal." if dry_run else "")


def _talk(found: RegencyImport) -> None:
    """Say on stderr what was left alone; --json has all of it."""
    for place in found.unknown:
        say(f"{place.rows} row(s) of {place.district_name}/{place.village_name} {place.code} left alone: {place.why}")
    for village in found.villages:
        for tree in map(_difference_tree, village.differences[:_SHOWN_MAX]):
            say(f"{village.name}: {tree['record']} {tree['field']}: {tree['held']} / {tree['wanted']}: {tree['why']}")
        for problem in village.plan.problems[:_SHOWN_MAX]:
            say(f"{village.name}: row {problem.row}, {problem.field}: {problem.message_en}")
        left = max(len(village.differences), len(village.plan.problems)) - _SHOWN_MAX
        if left > 0:
            say(f"{village.name}: more of them with --json.")
