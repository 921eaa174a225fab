"""``kampung village`` itself: init, status, inbox, proof."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    environment,
    open_desk,
    put_json,
    say,
)

if TYPE_CHECKING:
    from village_node.carriers.http import HttpCarrier
    from village_node.enrolment import PendingEnrolment

_POLL_S = 5.0


def add_office_commands(app: typer.Typer) -> None:
    """Put the commands of this module into the village's group."""
    app.command("init", epilog="Example: kampung village init --dir desa --invitation undangan.json --hub https://...")(
        init
    )
    app.command("status", epilog="Example: kampung village status --entries")(status)
    app.command("inbox", epilog="Example: kampung village inbox --dir desa")(inbox)
    app.command("proof", epilog="Example: kampung village proof --json")(proof)


def init(
    invitation: Annotated[
        Path | None, typer.Option("--invitation", help="The invitation file of the district.")
    ] = None,
    hub: Annotated[
        str, typer.Option("--hub", envvar="KAMPUNG_HUB_URL", help="The hub's address, if not the invitation's.")
    ] = "",
    request_file: Annotated[
        Path | None, typer.Option("--request-file", help="Without a network: write the request here, for the stick.")
    ] = None,
    answer: Annotated[
        Path | None, typer.Option("--answer", help="The answer file that came back on the stick.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Ask again whether the district has approved.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Keep asking until the district has decided.")] = False,
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Enrol this laptop: ask with an invitation, compare six words by telephone, take the papers in."""
    from village_node import enrolment

    if answer is not None:
        _tell_enrolment(enrolment.pending_enrolment(directory), _finish(directory, answer), as_json=as_json)
        return
    if invitation is not None:
        pending = enrolment.start_enrolment(directory, invitation, hub_url=hub or None)
    elif resume or wait:
        pending = enrolment.pending_enrolment(directory, hub_url=hub or None)
    else:
        raise typer.BadParameter("give --invitation FILE, --answer FILE or --resume")
    if request_file is not None:
        enrolment.write_request_file(directory, request_file)
        _tell_enrolment(pending, is_enrolled=False, as_json=as_json)
        return
    if not resume:
        say(f"Enam kata laptop ini: {' '.join(pending.words)}")
    carrier = _enrolment_carrier(pending.hub_url)
    try:
        if wait:
            is_enrolled = enrolment.wait_for_hub(directory, carrier, wait=_wait_a_little)
        else:
            is_enrolled = enrolment.ask_hub(directory, carrier)
    finally:
        carrier.close()
    _tell_enrolment(pending, is_enrolled, as_json=as_json)


def _finish(directory: Path, answer: Path) -> bool:
    from village_node.carriers.files import read_file
    from village_node.enrolment import finish_enrolment

    return finish_enrolment(directory, read_file(answer))


def _enrolment_carrier(hub_url: str) -> HttpCarrier:
    from village_node.carriers.http import HttpCarrier

    return HttpCarrier(hub_url)


def _wait_a_little() -> bool:
    time.sleep(_POLL_S)
    return True


def _tell_enrolment(pending: PendingEnrolment, is_enrolled: bool, *, as_json: bool) -> None:
    if as_json:
        put_json(
            {
                "enrolled": is_enrolled,
                "village_code": pending.village_code,
                "village_name": pending.village_name,
                "words": " ".join(pending.words),
            }
        )
    elif is_enrolled:
        say(f"{pending.village_name} terdaftar. Berikutnya: `kampung village import`, lalu `kampung sync run`.")
    else:
        say("Telepon kabupaten dan bacakan enam kata ini; sesudah disetujui: `kampung village init --resume`.")
        typer.echo(" ".join(pending.words))


def status(
    entries: Annotated[bool, typer.Option("--entries", help="List own entries with their ticks.")] = False,
    verdict: Annotated[
        str, typer.Option("--verdict", help="Only entries of this state: waiting, accepted, in-review, refused, ...")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many entries.")] = 50,
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Show what the office holds, what waits, what the district has received, and what is safe."""
    from village_node.clock import now_ms
    from village_node.entry_states import Verdict, entry_states
    from village_node.quick_status import read_quick_status
    from village_node.session_words import REASONS
    from village_node.status import (
        entries_to_lines,
        entry_to_tree,
        office_to_lines,
        office_to_tree,
        status_to_lines,
    )

    if verdict and verdict not in set(Verdict):
        raise typer.BadParameter(f"--verdict is one of {', '.join(Verdict)}")
    with open_desk(directory) as desk:  # opening brings an older database to the present schema
        quick = read_quick_status(directory)
        tree: dict[str, Any] = office_to_tree(desk, quick)
        wanted = Verdict(verdict) if verdict else None
        listed = entry_states(desk.store, verdict=wanted, limit=limit) if entries or verdict else []
        offset = desk.store.config.utc_offset_minutes
    if as_json:
        put_json(tree | ({"own_entries": [entry_to_tree(one) for one in listed]} if entries or verdict else {}))
        return
    for line in [*status_to_lines(quick, now_ms(), REASONS), *office_to_lines(tree), *entries_to_lines(listed, offset)]:
        typer.echo(line)


def inbox(directory: Directory = DEFAULT_DIRECTORY, as_json: AsJson = False) -> None:
    """List what to look at: under review, doubled NIKs, and what was not taken, each with its reason."""
    from village_node.inbox import inbox_to_lines, inbox_to_tree, read_inbox
    from village_node.store import NodeStore

    with NodeStore.open(directory, environment()) as store:
        matters, offset = read_inbox(store), store.config.utc_offset_minutes
    if as_json:
        put_json({"matters": inbox_to_tree(matters)})
        return
    for line in inbox_to_lines(matters, offset):
        typer.echo(line)
    if not matters:
        say("Kotak masuk kosong.")


def proof(
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Compute head and F anew from the tables, and list every own change id with what became of it."""
    from village_node.proof import prove
    from village_node.store import NodeStore

    with NodeStore.open(directory, environment()) as store:
        found = prove(store)
    if as_json:
        put_json(
            {
                "position": found.position,
                "head": found.head.hex(),
                "fingerprint": f"{found.fingerprint:032x}",
                "records": found.records,
                "is_consistent": found.is_consistent,
                "changes": [
                    {"id": one.change_id.hex(), "delivery": one.delivery, "verdict": one.verdict}
                    for one in found.changes
                ],
            }
        )
        return
    typer.echo(f"posisi {found.position}  kepala {found.head.hex()}")
    typer.echo(
        f"F {found.fingerprint:032x}  {found.records:,} data  {'cocok' if found.is_consistent else 'TIDAK COCOK'}"
    )
