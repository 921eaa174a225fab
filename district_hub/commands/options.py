"""The options and small habits that all hub commands share.

Decides how a command opens the hub, says its result (stdout is data, stderr is talk) and finds what a person names.
"""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.advice import with_directory
from schemas.errors import RefusedError

if TYPE_CHECKING:
    from district_hub.config import HubConfig
    from district_hub.hub import Hub
    from district_hub.reading import HubReader, VillageSummary
    from district_hub.registrar import Registrar

HubDir = Annotated[Path, typer.Option("--dir", envvar="KAMPUNG_HUB_DIR", help="The hub's directory.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON as the last line.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]
RegistrarName = Annotated[
    str,
    typer.Option(
        "--registrar",
        envvar="KAMPUNG_REGISTRAR",
        help="Who decides: stands in the history. Without it, the name of the computer's user.",
    ),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; the village and the audit read it.")]
VillageCode = Annotated[str, typer.Option("--village", help="Only this village: its official code.")]
Language = Annotated[str, typer.Option("--lang", help="Language of the words: id or en.")]

DEFAULT_DIR = Path("hub")


def say(text: str) -> None:
    """Talk to the person: stderr.  Commands in backticks get the directory that was named."""
    print(with_directory(text, sys.argv[1:]), file=sys.stderr)


def tell(tree: Mapping[str, Any], text: str, *, as_json: bool) -> None:
    """Give the result: one line of JSON, or words."""
    if as_json:
        print(json.dumps(tree, ensure_ascii=False))
    elif text:
        print(text)


@contextmanager
def opened(directory: Path) -> Iterator[Hub]:
    """Open the hub for reading, or for what a mute hub may do too."""
    from district_hub.hub import Hub

    with Hub.open(directory, os.environ) as hub:
        yield hub


@contextmanager
def working(directory: Path) -> Iterator[Hub]:
    """Open the hub to change something; a restored hub that is still mute changes nothing."""
    with opened(directory) as hub:
        hub.store.need_voice()
        yield hub


def registrar_of(hub: Hub, name: str, *, dry_run: bool) -> Registrar:
    """Return who decides; with ``--dry-run`` it is a rehearsal."""
    from district_hub.registrar import Registrar

    return Registrar(name or getpass.getuser(), hub.write_diary, is_rehearsal=dry_run)


def now() -> int:
    """Return the hub's time in UTC milliseconds."""
    from district_hub.clock import now_ms

    return now_ms()


def go_on(hub: Hub, *, dry_run: bool) -> None:
    """Let the dispatcher follow a registrar's commit."""
    from district_hub.dispatcher import dispatch_pending

    if not dry_run:
        dispatch_pending(hub.store, now())


def village_names(reader: HubReader) -> dict[int, str]:
    """Return the villages' names by internal id."""
    return {village.village_id: village.name for village in reader.villages()}


def village_of(reader: HubReader, code: str) -> VillageSummary:
    """Return the village of a code; raises IdentifierError or RefusedError "village-unknown"."""
    from schemas.identifiers import RegionCode

    found = reader.village_by_code(str(RegionCode.from_text(code)))
    if found is None:
        raise RefusedError(
            f"village {code} is not known at this hub",
            code="village-unknown",
            hint="List the villages with `kampung hub status`.",
        )
    return found


def village_id_of(reader: HubReader, code: str) -> int | None:
    """Return the internal id of an optional code: None for every village."""
    return village_of(reader, code).village_id if code else None


def the_one(typed: str, ids: Iterable[bytes], what: str) -> bytes:
    """Return the id that a person means by its first digits.

    Raises RefusedError "id-unknown" or "id-ambiguous".
    """
    wanted = typed.strip().lower()
    found = [each for each in ids if wanted and each.hex().startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise RefusedError(f"there is no {what} {typed}", code="id-unknown", hint="Take the id from the list.")
    raise RefusedError(f"{len(found)} are meant by {typed}", code="id-ambiguous", hint="Type more digits of the id.")


def record_of(reader: HubReader, typed: str) -> bytes:
    """Return the record that a person means: its id, a NIK of a living person, or a family number.

    Raises RefusedError "record-unknown" or "record-ambiguous".
    """
    text = typed.strip()
    if len(text) == 32:
        try:
            return bytes.fromhex(text)
        except ValueError:
            pass
    holders = reader.register.holders([text]).get(text, []) or reader.register.families([text]).get(text, [])
    if len(holders) == 1:
        return holders[0][1]
    if not holders:
        raise RefusedError(
            f"nobody has {text!r} as record id, NIK or family number",
            code="record-unknown",
            hint="Search with `kampung hub find NAME`.",
        )
    raise RefusedError(
        f"{len(holders)} records have {text}: {', '.join(record_id.hex() for _, record_id in holders)}",
        code="record-ambiguous",
        hint="Name one of them by its id.",
    )


def local_time(config: HubConfig, at_ms: int | None) -> str:
    """Return an instant in the hub's own time zone, for people."""
    if not at_ms:
        return "-"
    zone = dt.timezone(dt.timedelta(minutes=config.timezone_minutes))
    return dt.datetime.fromtimestamp(at_ms / 1000, zone).strftime("%d-%m-%Y %H:%M")


def columns(rows: Iterable[Iterable[object]]) -> str:
    """Lay rows out under each other."""
    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        return ""
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
