"""Review on the console: list the cases, show one in three columns, decide."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from district_hub.commands.options import (
    DEFAULT_DIR,
    AsJson,
    DryRun,
    HubDir,
    Language,
    Reason,
    RegistrarName,
    VillageCode,
    columns,
    go_on,
    local_time,
    now,
    opened,
    registrar_of,
    say,
    tell,
    the_one,
    village_id_of,
    village_names,
    working,
)
from schemas.errors import RefusedError

if TYPE_CHECKING:
    from district_hub.case_pages import CaseLine, CasePage
    from district_hub.hub import Hub

review_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="See every disagreement side by side, and decide it once.",
    epilog="Example: kampung hub review list --dir hub",
)

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="First digits of the case's id, from the list.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.add_typer(review_app, name="review")
    app.command("decide-many", epilog='Example: kampung hub decide-many 8c1f --accept-all --reason "decree 12/2026"')(
        decide_many
    )


@review_app.command("list", epilog="Example: kampung hub review list --village 35.10.14.2006")
def list_command(
    village: VillageCode = "", lang: Language = "en", directory: HubDir = DEFAULT_DIR, as_json: AsJson = False
) -> None:
    """List the open cases: village, people, fields, how many proposals."""
    from district_hub.case_pages import list_cases
    from district_hub.registrar import looking

    with opened(directory) as hub, hub.store.reading() as reader:
        ids = [case.case_id for case in reader.open_cases(village_id_of(reader, village))]
        records = reader.records(ids)
        found = [records[case_id] for case_id in ids if case_id in records]
        lines = list_cases(looking(reader), found, village_names(reader), language=lang)
    text = columns(
        (line.case_id.hex(), line.village_name, line.about, ", ".join(line.fields), line.proposals, line.why)
        for line in lines
    )
    tell({"cases": [_line_tree(line) for line in lines]}, text or "No case is open.", as_json=as_json)


def _line_tree(line: CaseLine) -> dict[str, Any]:
    return {
        "id": line.case_id.hex(),
        "village_id": line.village_id,
        "village": line.village_name,
        "about": line.about,
        "fields": list(line.fields),
        "proposals": line.proposals,
        "why": line.why,
        "is_open": line.is_open,
    }


@review_app.command("show", epilog="Example: kampung hub review show 8c1f")
def show(case: CaseId, lang: Language = "en", directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Show a case in three columns: what the officer saw, what is registered, what is proposed."""
    with opened(directory) as hub:
        page = _page(hub, case, lang)
        rows = [("change", "field", "seen", "registry", "proposed", "officer", "written")]
        rows += [
            (
                row.change_id.hex()[:8],
                row.field,
                row.seen,
                row.current,
                row.proposed,
                row.officer,
                local_time(hub.config, row.wall_ms),
            )
            for row in page.rows
        ]
    text = f"{page.line.village_name}: {page.line.about} ({page.line.why})\n{columns(rows)}\npage {page.token}"
    tell(_page_tree(page), text, as_json=as_json)


def _page_tree(page: CasePage) -> dict[str, Any]:
    return {
        **_line_tree(page.line),
        "reason": page.reason,
        "page": page.token,
        "rows": [
            {
                "change": row.change_id.hex(),
                "record": row.record_id.hex(),
                "name": row.record_name,
                "field": row.field,
                "seen": row.seen,
                "current": row.current,
                "proposed": row.proposed,
                "officer": row.officer,
                "wall_ms": row.wall_ms,
                "why": row.why,
            }
            for row in page.rows
        ],
    }


def _page(hub: Hub, typed: str, language: str = "en") -> CasePage:
    from district_hub.case_pages import show_case
    from district_hub.registrar import looking

    with hub.store.reading() as reader:
        # A decided case is shown by its whole id; the short ones are those of the list.
        is_whole = len(typed) == 32
        case_id = bytes.fromhex(typed) if is_whole else the_one(typed, (c.case_id for c in reader.open_cases()), "case")
        return show_case(looking(reader), case_id, village_names(reader), language=language)


@review_app.command(
    "decide", epilog='Example: kampung hub review decide 8c1f --accept 77ab --reason "birth certificate"'
)
def decide(
    case: CaseId,
    *,
    accept: Annotated[list[str] | None, typer.Option("--accept", help="First digits of a change to accept.")] = None,
    accept_all: Annotated[bool, typer.Option("--accept-all", help="Accept every proposal of the case.")] = False,
    refuse_all: Annotated[bool, typer.Option("--refuse-all", help="Accept none of them.")] = False,
    reason: Reason = "",
    page: Annotated[str, typer.Option("--page", help="The page that you looked at, as `show` names it.")] = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Accept the changes named, refuse the others, and close the case; the reason goes to the village."""
    from district_hub.registrar import page_changed
    from district_hub.review import decide as write_decision

    if sum([bool(accept), accept_all, refuse_all]) != 1:
        raise RefusedError(
            "a decision accepts some changes, all, or none",
            code="choice-missing",
            hint="Give --accept CHANGE, --accept-all or --refuse-all.",
        )
    with working(directory) as hub:
        shown = _page(hub, case)
        if page and page != shown.token:
            raise page_changed()
        proposals = shown.shown.proposals
        accepted = {the_one(typed, dict.fromkeys(proposals), "change of this case") for typed in accept or []}
        write_decision(
            hub.store,
            shown.line.case_id,
            frozenset(proposals if accept_all else accepted),
            shown=shown.shown,
            reason=reason,
            registrar=registrar_of(hub, registrar, dry_run=dry_run),
            now_ms=now(),
        )
        go_on(hub, dry_run=dry_run)
    done = "would be decided" if dry_run else "is decided"
    tree = {"id": shown.line.case_id.hex(), "decided": 1, "dry_run": dry_run}
    tell(tree, f"{shown.line.case_id.hex()} {done}.", as_json=as_json)


@review_app.command("groups", epilog="Example: kampung hub review groups --dir hub")
def groups(lang: Language = "en", directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """List open cases that ask exactly the same, which `decide-many` decides together."""
    from district_hub.bulk import equal_groups

    with opened(directory) as hub, hub.store.reading() as reader:
        found = equal_groups(reader, language=lang)
    trees = [
        {**_line_tree(one.first), "cases": [case_id.hex() for case_id in one.case_ids], "villages": one.villages}
        for one in found
    ]
    rows = (
        (one.first.case_id.hex(), f"{len(one.case_ids)} cases in {one.villages} village(s)", *_words(one.first))
        for one in found
    )
    tell({"groups": trees}, columns(rows) or "No two cases ask the same.", as_json=as_json)


def _words(line: CaseLine) -> tuple[str, str]:
    return ", ".join(line.fields), f"such as {line.about}"


def decide_many(
    case: CaseId,
    *,
    accept_all: Annotated[bool, typer.Option("--accept-all", help="Accept what they ask.")] = False,
    refuse_all: Annotated[bool, typer.Option("--refuse-all", help="Refuse it.")] = False,
    village: VillageCode = "",
    reason: Reason = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decide a case and every open case that asks exactly the same, village by village, with one reason."""
    from district_hub.bulk import choices_alike, decide_alike

    if accept_all == refuse_all:
        raise RefusedError(
            "equal cases are accepted or refused as a whole",
            code="choice-missing",
            hint="Give --accept-all or --refuse-all.",
        )
    with working(directory) as hub:
        with hub.store.reading() as reader:
            case_id = the_one(case, (one.case_id for one in reader.open_cases()), "case")
            choices = choices_alike(reader, case_id, accepts=accept_all, village_id=village_id_of(reader, village))
        with typer.progressbar(length=max(len(choices), 1), label="deciding", file=sys.stderr) as bar:
            left = decide_alike(
                hub.store,
                choices,
                reason=reason,
                registrar=registrar_of(hub, registrar, dry_run=dry_run),
                now_ms=now(),
                progress=lambda done, _all: bar.update(done - bar.pos),
            )
        go_on(hub, dry_run=dry_run)
    for one in left:
        say(f"{one.case_id.hex()} is left alone: {one.error.message}")
    decided = len(choices) - len(left)
    done = "would be decided" if dry_run else "decided"
    tree = {"decided": decided, "left": [one.case_id.hex() for one in left], "dry_run": dry_run}
    tell(tree, f"{decided} case(s) {done}.", as_json=as_json)
