"""The registration queue on the console: list, show, accept with numbers, refuse with a reason."""

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
    now,
    opened,
    registrar_of,
    tell,
    the_one,
    village_id_of,
    village_names,
    working,
)

if TYPE_CHECKING:
    from district_hub.event_pages import EventPage
    from district_hub.hub import Hub

register_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Register declared vital events, or refuse them with a reason.",
    epilog="Example: kampung hub register list --dir hub",
)

EventId = Annotated[str, typer.Argument(metavar="EVENT", help="First digits of the event's id, from the list.")]
PageToken = Annotated[
    str, typer.Option("--page", help="The page that you looked at, as `show` names it; another one is refused.")
]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.add_typer(register_app, name="register")


@register_app.command("list", epilog="Example: kampung hub register list --village 35.10.14.2006")
def list_events(village: VillageCode = "", directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """List the events that wait for the district, newest first."""
    from district_hub.event_pages import list_waiting
    from district_hub.registrar import looking

    with opened(directory) as hub, hub.store.reading() as reader:
        ids = [event.record_id for event in reader.waiting_events(village_id_of(reader, village))]
        pages = list_waiting(looking(reader), ids, village_names(reader))
    trees = [_tree(page) for page in pages]
    text = columns(
        (tree["id"], tree["village"], tree["kind_words"], tree["occurred_on"] or "-", _people_words(tree), _signs(tree))
        for tree in trees
    )
    tell({"events": trees}, text or "Nothing waits for registration.", as_json=as_json)


def _tree(page: EventPage) -> dict[str, Any]:
    from schemas.codes import code_list

    return {
        "id": page.event_id.hex(),
        "village_id": page.village_id,
        "village": page.village_name,
        "event_kind": page.event_kind,
        "kind_words": code_list("event_kind").label(page.event_kind),
        "occurred_on": page.occurred_on.isoformat() if page.occurred_on else None,
        "entered_on": page.entered_on.isoformat() if page.entered_on else None,
        "place": page.place,
        "informant": page.informant,
        "people": [
            {"id": one.record_id.hex(), "role": one.role, "name": one.name, "nik": one.nik or None}
            for one in page.people
        ],
        "papers": page.papers,
        "is_late": page.is_late,
        "page": page.token,
    }


def _people_words(tree: dict[str, Any]) -> str:
    return ", ".join(one["name"] for one in tree["people"]) or "-"


def _signs(tree: dict[str, Any]) -> str:
    papers = f"{tree['papers']} papers" if tree["papers"] else "no papers"
    return f"{papers}, late" if tree["is_late"] else papers


@register_app.command("show", epilog="Example: kampung hub register show 0199a1")
def show_event(event: EventId, directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Show one waiting event: what happened, to whom, who reported it."""
    with opened(directory) as hub:
        tree = _tree(_page(hub, event))
    lines = [(name, tree[name]) for name in ("id", "village", "kind_words", "occurred_on", "entered_on", "place")]
    lines += [("informant", tree["informant"]), ("papers", _signs(tree)), ("page", tree["page"])]
    lines += [(one["role"], f"{one['name']} {one['nik'] or ''} {one['id']}") for one in tree["people"]]
    tell(tree, columns((name, value or "-") for name, value in lines), as_json=as_json)


def _page(hub: Hub, typed: str) -> EventPage:
    from district_hub.event_pages import event_page
    from district_hub.registrar import looking

    with hub.store.reading() as reader:
        event_id = the_one(typed, (event.record_id for event in reader.waiting_events()), "waiting event")
        return event_page(looking(reader), event_id, village_names(reader))


def _checked_page(hub: Hub, typed: str, token: str) -> EventPage:
    from district_hub.registrar import page_changed

    page = _page(hub, typed)
    if token and token != page.token:
        raise page_changed()
    return page


@register_app.command("accept", epilog="Example: kampung hub register accept 0199a1 --number 3510-LU-2026-0001")
def accept(
    event: EventId,
    *,
    number: Annotated[str, typer.Option("--number", help="The number of the registration.")],
    certificate: Annotated[
        str, typer.Option("--certificate", help="Number of the certificate; goes to the people concerned.")
    ] = "",
    nik: Annotated[str, typer.Option("--nik", help="The first NIK of a newborn child.")] = "",
    page: PageToken = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Register an event with its number; the village sees it at its next sync."""
    from district_hub.registration_queue import IssuedNumbers, register_event
    from schemas.identifiers import NIK

    numbers = IssuedNumbers(number, certificate or None, NIK.from_text(nik) if nik else None)
    with working(directory) as hub:
        shown = _checked_page(hub, event, page)
        register_event(
            hub.store,
            shown.event_id,
            numbers=numbers,
            registrar=registrar_of(hub, registrar, dry_run=dry_run),
            now_ms=now(),
            shown=shown.shown,
            offset_minutes=hub.config.timezone_minutes,
        )
        go_on(hub, dry_run=dry_run)
    done = "would be registered" if dry_run else "is registered"
    tree = {"id": shown.event_id.hex(), "number": number, "dry_run": dry_run}
    tell(tree, f"{shown.event_id.hex()} {done} as {number}.", as_json=as_json)


@register_app.command("refuse", epilog='Example: kampung hub register refuse 0199a1 --reason "no birth letter"')
def refuse(
    event: EventId,
    reason: Reason = "",
    page: PageToken = "",
    registrar: RegistrarName = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Refuse an event with a reason; what it did is taken back."""
    from district_hub.registration_queue import refuse_event

    with working(directory) as hub:
        shown = _checked_page(hub, event, page)
        refuse_event(
            hub.store,
            shown.event_id,
            reason,
            registrar=registrar_of(hub, registrar, dry_run=dry_run),
            now_ms=now(),
            shown=shown.shown,
        )
        go_on(hub, dry_run=dry_run)
    done = "would be refused" if dry_run else "is refused"
    tell({"id": shown.event_id.hex(), "dry_run": dry_run}, f"{shown.event_id.hex()} {done}.", as_json=as_json)
