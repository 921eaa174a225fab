"""List the district's decisions, and undo one."""

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
    columns,
    go_on,
    local_time,
    now,
    opened,
    registrar_of,
    tell,
    the_one,
    working,
)
from schemas.errors import RefusedError

if TYPE_CHECKING:
    from district_hub.hub import Hub
    from district_hub.undoing import Undone

_ID_DIGITS = 34


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.command("decisions", epilog="Example: kampung hub decisions --limit 20")(decisions)
    app.command("undo", epilog='Example: kampung hub undo 44a1f0 --reason "wrong person"')(undo)


def decisions(
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="At most so many, newest first.")] = 20,
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """List what registrars have decided lately: who, what, why, when."""
    from district_hub.undoing import list_decisions

    with opened(directory) as hub:
        with hub.store.reading() as reader:
            found = list_decisions(reader, limit=limit)
        rows = [
            (one.decision_id.hex(), local_time(hub.config, one.decided_ms), one.registrar, one.action, one.reason)
            for one in found
        ]
    trees = [
        {
            "id": one.decision_id.hex(),
            "registrar": one.registrar,
            "action": one.action,
            "reason": one.reason,
            "decided_ms": one.decided_ms,
        }
        for one in found
    ]
    tell({"decisions": trees}, columns(rows) or "Nothing is decided yet.", as_json=as_json)


def undo(
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="Its id, or its first digits if it is recent.")],
    reason: Reason = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Undo a decision by an edit back that quotes it; what somebody has changed since is left alone and listed."""
    from district_hub.undoing import undo_decision

    with working(directory) as hub:
        found = undo_decision(
            hub.store,
            _decision_id(hub, decision),
            reason=reason,
            registrar=registrar_of(hub, registrar, dry_run=dry_run),
            now_ms=now(),
        )
        go_on(hub, dry_run=dry_run)
    left = _left_trees(found)
    done = "would be taken back" if dry_run else "taken back"
    lines = [f"{len(found.edits)} field(s) {done}."]
    lines += [f"  {one['record']} {one['field']} is left alone: {one['why']}" for one in left]
    tree = {"id": found.decision.decision_id.hex(), "fields": len(found.edits), "left": left, "dry_run": dry_run}
    tell(tree, "\n".join(lines), as_json=as_json)


def _decision_id(hub: Hub, typed: str) -> bytes:
    from district_hub.undoing import list_decisions

    text = typed.strip().lower()
    if len(text) == _ID_DIGITS:
        try:
            return bytes.fromhex(text)
        except ValueError as error:
            raise RefusedError(
                f"{typed} is no id", code="id-unknown", hint="Take the id from `kampung hub decisions`."
            ) from error
    with hub.store.reading() as reader:
        return the_one(text, (one.decision_id for one in list_decisions(reader, limit=500)), "recent decision")


def _left_trees(found: Undone) -> list[dict[str, Any]]:
    from district_hub.showing import field_label

    return [
        {"record": one.record_id.hex(), "field": field_label(one.kind, one.tag, "en"), "why": one.why}
        for one in found.left
    ]
