"""Publish what outsiders check letters with, and list the files that have not arrived."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from district_hub.commands.options import DEFAULT_DIR, AsJson, HubDir, VillageCode, now, opened, say, tell, village_of


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.command("keys", epilog="Example: kampung hub keys keys.json --dir hub")(keys)
    app.command("files", epilog="Example: kampung hub files --village 35.10.14.2006")(files)


def keys(
    path: Annotated[Path, typer.Argument(help="Where to write the key file that anybody may have.")],
    directory: HubDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Write the public keys that `kampung letter verify` checks printed letters with, offline."""
    from sync_protocol.letter_tokens import published_keys

    with opened(directory) as hub:
        with hub.store.reading() as reader:
            devices = [(one.certificate, one.revoked_ms) for one in reader.devices()]
        own = hub.keys
        text = published_keys(own.root_key.public_bytes, own.signed_key_list, devices, now(), own.signing_key)
    path.write_text(text, encoding="utf-8")
    tell({"path": str(path), "devices": len(devices)}, str(path), as_json=as_json)


def files(village: VillageCode = "", directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """List attachments whose file is not complete: the record names it, the bytes are still at the village."""
    from district_hub.blobs import incomplete_files

    with opened(directory) as hub, hub.store.reading() as reader:
        wanted = village_of(reader, village).village_id if village else None
        waiting = incomplete_files(reader.connection, hub.store.district_code, wanted)
        codes = {one.village_id: one.code for one in reader.villages()}
    rows = [
        {
            "village": codes.get(one.village_id, str(one.village_id)),
            "record": one.record_id.hex(),
            "size_bytes": one.size_bytes,
            "held_bytes": one.held_bytes,
        }
        for one in waiting
    ]
    lines = [f"{row['village']}  {row['record']}  {row['held_bytes']} of {row['size_bytes']} bytes" for row in rows]
    tell({"files": rows}, "\n".join(lines), as_json=as_json)
    if not rows:
        say("Every attached file is complete.")
