"""``kampung village attach``: add, list, save."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    Officer,
    bytes_of,
    new_app,
    open_desk,
    put_json,
    say,
    tell_saved,
)

attach_app = new_app("Attached files: add, list, save.", "kampung village attach list")

RecordId = Annotated[str, typer.Argument(help="Id of the record: person, family, event, request or letter.")]


@attach_app.command("add", epilog="Example: kampung village attach add 0190c0de... surat-lahir.jpg")
def add(
    about: RecordId,
    path: Annotated[Path, typer.Argument(help="A photograph, a scan (JPEG, PNG) or a PDF.")],
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Attach a file to a record; it travels after everything else."""
    from village_node.attachments import attach_file
    from village_node.commands.record_names import id_typed
    from village_node.photographs import lightened

    content = lightened(bytes_of(path))
    with open_desk(directory, officer, to_write=not dry_run) as desk:
        done = attach_file(desk, id_typed(about, "Data"), content, dry_run=dry_run)
    tell_saved(done, f"lampiran {path.name}", as_json=as_json, dry_run=dry_run)


@attach_app.command("list", epilog="Example: kampung village attach list 0190c0de... --json")
def list_files(
    about: Annotated[str, typer.Argument(help="Id of a record; without it, all files that are not complete.")] = "",
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """List a record's files, or all that the district does not have completely."""
    from village_node.attachments import attached_files
    from village_node.commands.record_names import id_typed

    with open_desk(directory) as desk:
        files = attached_files(desk, id_typed(about, "Data") if about else None)
    if as_json:
        put_json(
            {
                "files": [
                    {
                        "id": one.record_id,
                        "about": one.about_id,
                        "media_type": one.media_type,
                        "size_bytes": one.size_bytes,
                        "held_bytes": one.held_bytes,
                        "hub_bytes": one.hub_bytes,
                        "complete": one.is_complete,
                        "void": one.void,
                    }
                    for one in files
                ]
            }
        )
        return
    for one in files:
        state = "lengkap" if one.is_complete else f"belum lengkap, {one.hub_bytes * 100 // max(1, one.size_bytes)} %"
        here = "" if one.is_here else "  (belum di laptop ini)"
        typer.echo(f"{one.record_id.hex()}  {one.media_type:<16} {one.size_bytes // 1024:>6} KB  {state}{here}")
    if not files:
        say("Tidak ada lampiran.")


@attach_app.command("save", epilog="Example: kampung village attach save 0190c0de... salinan.jpg")
def save(
    attachment: Annotated[str, typer.Argument(help="Id of the attachment, from the list.")],
    path: Annotated[Path, typer.Argument(help="Where to write it.")],
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Write an attached file to a folder; it is not protected there."""
    from village_node.attachments import file_content
    from village_node.commands.record_names import id_typed
    from village_node.durable import replace_file

    with open_desk(directory) as desk:
        content = file_content(desk, id_typed(attachment, "Lampiran"))
    replace_file(path, content)
    say(f"{len(content) // 1024} KB tersimpan.")
    typer.echo(str(path))
