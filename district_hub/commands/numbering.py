"""Enter blocks of granted numbers and issue NIKs and family numbers out of them."""

from __future__ import annotations

from enum import StrEnum
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
    opened,
    registrar_of,
    say,
    tell,
    working,
)

if TYPE_CHECKING:
    from district_hub.numbering import NumberBlock

number_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Issue NIKs and family numbers from the blocks that the ministry granted.",
    epilog="Example: kampung hub number list --dir hub",
)


class KindName(StrEnum):
    """What a block is of, as typed."""

    NIK = "nik"
    KK = "kk"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.add_typer(number_app, name="number")


@number_app.command(
    "add", epilog='Example: kampung hub number add nik 3510145004269001 3510145004269050 --source "470/12/2026"'
)
def add(
    kind: Annotated[KindName, typer.Argument(metavar="KIND", help="nik or kk.")],
    first: Annotated[str, typer.Argument(metavar="FIRST", help="First number of the range.")],
    last: Annotated[str, typer.Argument(metavar="LAST", help="Last number of the range.")],
    source: Annotated[str, typer.Option("--source", help="The ministry's letter that grants the range.")] = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Enter a block of numbers as the ministry's letter states it."""
    from district_hub.numbering import NumberKind, add_block

    number_kind = NumberKind.NIK if kind is KindName.NIK else NumberKind.FAMILY_NUMBER
    with working(directory) as hub:
        who = registrar_of(hub, registrar, dry_run=dry_run)
        made = add_block(hub.store, number_kind, first, last, source=source, registrar=who, now_ms=now())
    done = "would be entered" if dry_run else "is entered"
    text = f"Block {made.block_id} {done}: {made.left} numbers."
    tell({**_tree(made), "dry_run": dry_run}, text, as_json=as_json)


@number_app.command("list", epilog="Example: kampung hub number list --dir hub")
def list_command(directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """List the blocks with how many numbers are left."""
    from district_hub.numbering import list_blocks

    with opened(directory) as hub:
        trees = [_tree(block) for block in list_blocks(hub.store)]
    rows = [
        (one["block"], one["kind"], one["first"], one["last"], f"{one['left']} left", one["source"]) for one in trees
    ]
    tell({"blocks": trees}, columns(rows) or "No block is entered.", as_json=as_json)


def _tree(block: NumberBlock) -> dict[str, Any]:
    from district_hub.numbering import NumberKind

    return {
        "block": block.block_id,
        "kind": str(KindName.NIK if block.kind is NumberKind.NIK else KindName.KK),
        "first": str(block.first_number),
        "last": str(block.last_number),
        "left": block.left,
        "source": block.source,
    }


@number_app.command("issue", epilog='Example: kampung hub number issue RECORD-ID --reason "F-1.02, birth"')
def issue(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Record id of the person, or of the family.")],
    block: Annotated[
        int, typer.Option("--block", min=0, help="Take it from this block; 0 for the first that fits.")
    ] = 0,
    reason: Reason = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give a person the next NIK, or a family the next family number; the village sees it at its next sync."""
    from district_hub.commands.options import record_of
    from district_hub.numbering import issue_number

    with working(directory) as hub:
        with hub.store.reading() as reader:
            record_id = record_of(reader, record)
        found = issue_number(
            hub.store,
            record_id,
            reason=reason,
            registrar=registrar_of(hub, registrar, dry_run=dry_run),
            now_ms=now(),
            block_id=block or None,
        )
        go_on(hub, dry_run=dry_run)
    for warning in found.warnings:
        say(f"The digits say otherwise than the record: {warning}.")
    done = "would get" if dry_run else "has"
    tree = {"id": record_id.hex(), "number": found.number, "block": found.block_id, "dry_run": dry_run}
    tell({**tree, "warnings": list(found.warnings)}, f"{record_id.hex()} {done} {found.number}.", as_json=as_json)
