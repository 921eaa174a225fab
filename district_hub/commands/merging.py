"""Merge two records of one person with two registrars, and take a merge back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from district_hub.commands.options import (
    DEFAULT_DIR,
    AsJson,
    DryRun,
    HubDir,
    Reason,
    RegistrarName,
    VillageCode,
    columns,
    go_on,
    local_time,
    now,
    opened,
    record_of,
    registrar_of,
    tell,
    the_one,
    village_id_of,
    village_names,
    working,
)

if TYPE_CHECKING:
    from district_hub.hub import Hub
    from district_hub.merging import MergeProposal
    from district_hub.reading import HubReader
    from district_hub.unmerging import LateEdit

merge_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Two records of one person become one: one registrar proposes, a second one confirms.",
    epilog="Example: kampung hub merge list --dir hub",
)

ProposalId = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="First digits of the proposal's id, from the list.")
]
RecordName = Annotated[str, typer.Argument(metavar="RECORD", help="A record id, a NIK, or a family number.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.add_typer(merge_app, name="merge")
    app.command("unmerge", epilog='Example: kampung hub unmerge 0199a1... --reason "two sisters"')(unmerge)


@merge_app.command("candidates", epilog="Example: kampung hub merge candidates --village 35.10.14.2006")
def candidates(village: VillageCode = "", directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """List living people of equal name and birth date, who may be one person twice; nothing is decided by it."""
    from district_hub.lookalikes import find_lookalikes

    with opened(directory) as hub, hub.store.reading() as reader:
        names = village_names(reader)
        groups = find_lookalikes(reader.register, village_id_of(reader, village))
    trees = [
        {
            "name": group.name,
            "birth_on": group.birth_on.isoformat(),
            "people": [
                {"id": one.record_id.hex(), "village": names.get(one.village_id, ""), "nik": one.nik}
                for one in group.people
            ],
        }
        for group in groups
    ]
    rows = [
        (group.name, f"{group.birth_on:%d-%m-%Y}", one.record_id.hex(), one.nik or "-", names.get(one.village_id, ""))
        for group in groups
        for one in group.people
    ]
    tell({"groups": trees}, columns(rows) or "Nobody looks like somebody else.", as_json=as_json)


@merge_app.command("propose", epilog='Example: kampung hub merge propose RECORD RECORD --reason "one KTP-el"')
def propose(
    record: RecordName,
    survivor: Annotated[str, typer.Argument(metavar="SURVIVOR", help="The record that stands for both from then on.")],
    take: Annotated[list[str] | None, typer.Option("--take", help="A field that the survivor takes over.")] = None,
    reason: Reason = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Propose that two records are one person or one family; nothing is merged yet."""
    from district_hub.merging import propose_merge

    with working(directory) as hub:
        with hub.store.reading() as reader:
            ids = (record_of(reader, record), record_of(reader, survivor))
        who = registrar_of(hub, registrar, dry_run=dry_run)
        made = propose_merge(hub.store, *ids, take=take or (), reason=reason, registrar=who, now_ms=now())
    done = "would wait" if dry_run else f"waits as {made.proposal_id.hex()}"
    tell({**_tree(made), "dry_run": dry_run}, f"The merge {done} for a second person.", as_json=as_json)


@merge_app.command("list", epilog="Example: kampung hub merge list --all")
def list_command(
    everything: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """List the merges that wait for a second person."""
    from district_hub.merging import list_proposals

    with opened(directory) as hub:
        found = list_proposals(hub.store, everything=everything)
        with hub.store.reading() as reader:
            rows = [_row(hub, reader, one) for one in found]
    tell({"proposals": [_tree(one) for one in found]}, columns(rows) or "No merge waits.", as_json=as_json)


def _tree(one: MergeProposal) -> dict[str, Any]:
    return {
        "id": one.proposal_id.hex(),
        "record": one.loser_id.hex(),
        "survivor": one.survivor_id.hex(),
        "take": list(one.take),
        "reason": one.reason,
        "proposed_by": one.proposed_by,
        "proposed_ms": one.proposed_ms,
        "state": one.state.name.lower(),
        "decided_by": one.decided_by or None,
    }


def _row(hub: Hub, reader: HubReader, one: MergeProposal) -> tuple[object, ...]:
    from district_hub.registrar import looking
    from district_hub.showing import record_name

    looked = looking(reader)
    found = (looked.record(record_id) for record_id in (one.loser_id, one.survivor_id))
    names = [record_name(each, looked.record, language="en") if each is not None else "?" for each in found]
    when = local_time(hub.config, one.proposed_ms)
    return (one.proposal_id.hex(), " -> ".join(names), one.reason, one.proposed_by, when, one.state.name.lower())


@merge_app.command("confirm", epilog='Example: kampung hub merge confirm 4f2a --registrar "Pak Hadi"')
def confirm(
    proposal: ProposalId,
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Merge as a second person, if both records are still as they were when it was proposed."""
    from district_hub.merging import confirm_merge

    with working(directory) as hub:
        who = registrar_of(hub, registrar, dry_run=dry_run)
        merged = confirm_merge(hub.store, _proposal_id(hub, proposal), registrar=who, now_ms=now())
        go_on(hub, dry_run=dry_run)
    done = "would be merged" if dry_run else "is merged"
    tree = {"record": merged.loser_id.hex(), "survivor": merged.survivor_id.hex(), "dry_run": dry_run}
    tell(tree, f"{merged.loser_id.hex()} {done} into {merged.survivor_id.hex()}.", as_json=as_json)


@merge_app.command("decline", epilog="Example: kampung hub merge decline 4f2a")
def decline(
    proposal: ProposalId,
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Drop a proposed merge."""
    from district_hub.merging import decline_merge

    with working(directory) as hub:
        proposal_id = _proposal_id(hub, proposal)
        who = registrar_of(hub, registrar, dry_run=dry_run)
        decline_merge(hub.store, proposal_id, registrar=who, now_ms=now())
    done = "would be dropped" if dry_run else "is dropped"
    tell({"id": proposal_id.hex(), "dry_run": dry_run}, f"{proposal_id.hex()} {done}.", as_json=as_json)


def _proposal_id(hub: Hub, typed: str) -> bytes:
    from district_hub.merging import list_proposals

    return the_one(typed, (one.proposal_id for one in list_proposals(hub.store)), "proposed merge")


def unmerge(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="The id of the merged record.")],
    keep: Annotated[bool, typer.Option("--keep", help="Leave late edits with the survivor.")] = False,
    reason: Reason = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a merge back; what villages wrote to the merged record meanwhile is listed and given back to it."""
    from district_hub.registrar import need_record
    from district_hub.unmerging import unmerge as take_back

    with working(directory) as hub:
        with hub.store.reading() as reader:
            record_id = record_of(reader, record)
            kind = need_record(reader.record(record_id), record_id).kind
        who = registrar_of(hub, registrar, dry_run=dry_run)
        late = take_back(hub.store, record_id, reason=reason, registrar=who, now_ms=now(), returns=not keep)
        go_on(hub, dry_run=dry_run)
    trees = [_late_tree(one, kind, keep=keep) for one in late]
    done = "would stand" if dry_run else "stands"
    lines = [f"{record_id.hex()} {done} for itself again; {len(late)} late edit(s)."]
    lines += [f"  {one['field']}: {one['new']} by {one['officer']}: {_fate(one)}" for one in trees]
    tell({"id": record_id.hex(), "late": trees, "dry_run": dry_run}, "\n".join(lines), as_json=as_json)


def _fate(tree: dict[str, Any]) -> str:
    return "given back" if tree["is_returned"] else "stays as it is"


def _late_tree(one: LateEdit, kind: int, *, keep: bool) -> dict[str, Any]:
    from district_hub.showing import field_label, value_words

    return {
        "change": one.change_id.hex(),
        "officer": one.officer,
        "field": field_label(kind, one.tag, "en"),
        "old": value_words(kind, one.tag, one.old, language="en"),
        "new": value_words(kind, one.tag, one.new, language="en"),
        "is_returned": one.is_returned and not keep,
    }
