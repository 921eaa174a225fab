"""``kampung village import`` and ``export``: population spreadsheets in and out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.errors import EX_DATAERR
from village_node.commands.import_batches import show_batches, undo
from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    Officer,
    open_desk,
    progress_bar,
    put_json,
    say,
)

if TYPE_CHECKING:
    from register.importing import FileMapping, ImportPlan
    from village_node.desk import Desk
    from village_node.importing import Preview, Pulled
    from village_node.store import NodeStore

_PROBLEMS_SHOWN_MAX = 20


def add_spreadsheet_commands(app: typer.Typer) -> None:
    """Put the commands of this module into the village's group."""
    app.command("import", epilog="Example: kampung village import penduduk.xlsx --set date-order=dmy --dry-run")(
        import_file
    )
    app.command("export", epilog="Example: kampung village export penduduk.xlsx --format siak")(export)


def import_file(
    file: Annotated[
        Path | None, typer.Argument(help="An .xlsx, .xls, .ods or .csv: template, SIAK, BIP or any list.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="Read the file as this mapping file says.")] = None,
    save_mapping: Annotated[
        Path | None, typer.Option("--save-mapping", help="Keep how the file was read, for the next one.")
    ] = None,
    sheet: Annotated[list[str] | None, typer.Option("--sheet", help="Read only this sheet; may be repeated.")] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="Overrule what was detected: date-order=dmy, p=pria, column.STATUS=status_dasar."),
    ] = None,
    accept: Annotated[
        str, typer.Option("--accept-conflicts", help="Take these rows over although they differ: 12,15-20.")
    ] = "",
    batches: Annotated[bool, typer.Option("--batches", help="List the imports of this laptop instead.")] = False,
    undo_batch: Annotated[
        str, typer.Option("--undo", help="Take this import back, if nothing was built on it; ids are in --batches.")
    ] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the district for news first.")] = False,
    directory: Directory = DEFAULT_DIRECTORY,
    officer: Officer = "",
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Import a population spreadsheet; --dry-run shows it first, and a wrong row never stops the others."""
    from village_node.importing import preview_file, preview_to_tree

    if batches:
        show_batches(directory, as_json=as_json)
        return
    if undo_batch:
        undo(directory, officer, undo_batch, as_json=as_json, dry_run=dry_run)
        return
    if file is None:
        raise typer.BadParameter("give a file, --batches or --undo BATCH")
    with open_desk(directory, officer, to_write=not dry_run) as desk:
        chosen = _chosen(desk.store, file, mapping, setting or [], sheet or [])
        pulled = None if dry_run or offline else _pull(desk.store)
        preview = preview_file(desk, file, chosen, accept)
        if save_mapping is not None:
            _keep_mapping(save_mapping, preview, chosen)
        if not as_json:
            _tell_preview(preview)
        before = desk.state.entry_count
        written = 0 if dry_run else _apply(desk, preview, quiet=as_json)
        changes = [] if dry_run else _change_ids_after(desk, before)
    plan = preview.plan
    if as_json:
        done = {"dry_run": dry_run, "entries": written, "changes": changes, "pull": asdict(pulled) if pulled else None}
        put_json({**preview_to_tree(preview), **done})
    else:
        _tell_done(written, dry_run=dry_run)
    if plan.rows and plan.rejected == plan.rows:
        raise typer.Exit(EX_DATAERR)  # nothing came in: never report that as success


def _pull(store: NodeStore) -> Pulled | None:
    """Ask the district for news, and say so if there is no answer."""
    from village_node.importing import pull_from_hub

    pulled = pull_from_hub(store)
    if pulled is None:
        return None
    if pulled.is_fresh:
        say(f"Kabar kabupaten diambil lebih dahulu: {pulled.entries_applied:,} catatan.")
    else:
        say(f"Impor berjalan tanpa kabar terbaru dari kabupaten: {pulled.reason}")
    return pulled


def _chosen(store: NodeStore, file: Path, mapping: Path | None, words: list[str], sheets: list[str]) -> FileMapping:
    """Return how the file is to be read: as a mapping file says, else as this office has kept it for such files."""
    from register.importing import load_mapping
    from village_node.importing import overridden, recognise_file

    found = load_mapping(mapping) if mapping is not None else None
    if found is None and (kept := recognise_file(store, file)) is not None:
        name, found = kept
        say(f"Dibaca dengan cara yang tersimpan di kantor ini: {name}.")
    return overridden(found, words, sheets)


def _keep_mapping(path: Path, preview: Preview, chosen: FileMapping) -> None:
    from register.importing import save_mapping
    from village_node.importing import mapping_to_keep

    save_mapping(path, mapping_to_keep(preview.detection, chosen))
    say(f"Cara membaca berkas disimpan di {path}.")


def _apply(desk: Desk, preview: Preview, *, quiet: bool) -> int:
    from village_node.importing import apply_batch

    with progress_bar("Keluarga", len(preview.plan.households), quiet=quiet) as progress:
        return apply_batch(desk, preview, progress)


def _change_ids_after(desk: Desk, entry_count: int) -> list[str]:
    from sqlalchemy import select

    from village_node.tables import OWN_CHANGE

    with desk.store.reading() as working:
        query = select(OWN_CHANGE.c.change_id).where(OWN_CHANGE.c.ordinal > entry_count).order_by(OWN_CHANGE.c.ordinal)
        return [change_id.hex() for change_id in working.connection.scalars(query)]


def _tell_preview(preview: Preview) -> None:
    plan = preview.plan
    for line in preview.detection.lines():
        typer.echo(line)
    for label, count in (
        ("Baris", plan.rows),
        ("Baru", plan.new),
        ("Berubah", plan.changed),
        ("Tetap", plan.unchanged),
        ("Berbeda, perlu diputuskan", plan.conflict),
        ("Ditolak", plan.rejected),
    ):
        typer.echo(f"{label:<28} {count:>8,}")
    for problem in plan.problems[:_PROBLEMS_SHOWN_MAX]:
        where = f"{problem.sheet}, baris {problem.row}" if problem.sheet else f"baris {problem.row}"
        typer.echo(f"  {where}, {problem.field} = {problem.value!r}: {problem.message} [{problem.code}]")
        typer.echo(f"    {problem.remedy}")
    left = len(plan.problems) - _PROBLEMS_SHOWN_MAX
    if left > 0:
        say(f"  ... dan {left:,} masalah lain; semuanya dengan --json.")
    _tell_conflicts(plan)


def _tell_conflicts(plan: ImportPlan) -> None:
    from register.importing.matching import ACCEPTABLE

    open_rows = [one.place.row for one in plan.conflicts if ACCEPTABLE.issuperset(one.codes)]
    if open_rows:
        shown = ",".join(map(str, open_rows[:_PROBLEMS_SHOWN_MAX]))
        more = len(open_rows) - _PROBLEMS_SHOWN_MAX
        say(f"Bila berkas yang benar: --accept-conflicts {shown}{f' (dan {more:,} lagi)' if more > 0 else ''}")


def _tell_done(written: int, *, dry_run: bool) -> None:
    if dry_run:
        say("Ini baru pratinjau; tidak ada yang disimpan.")
    elif written:
        say(f"Tersimpan: {written:,} keluarga. Berikutnya: `kampung sync run`.")
    else:
        say("Tidak ada yang berubah: isi berkas ini sudah ada di buku desa.")


def export(
    file: Annotated[Path, typer.Argument(help="Where to write; the ending says the form, .xlsx or .csv.")],
    form: Annotated[
        str, typer.Option("--format", help="xlsx or csv: the template's columns; siak: the 37 columns of SIAK.")
    ] = "",
    column: Annotated[
        list[str] | None, typer.Option("--column", help="Only this column of the template; repeat it.")
    ] = None,
    presence: Annotated[
        str, typer.Option("--who", help="semua, penduduk, sementara or tidak-lagi (died or moved away).")
    ] = "semua",
    hamlet: Annotated[str, typer.Option("--hamlet", help="Only this hamlet.")] = "",
    rw: Annotated[str, typer.Option("--rw", help="Only this RW.")] = "",
    rt: Annotated[str, typer.Option("--rt", help="Only this RT.")] = "",
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Export the village's people; the file imports again without a change."""
    from register.areas import Area
    from register.exporting import FileFormat, export_columns, export_siak, export_template
    from register.people_rows import Presence, Selection, count_people

    endings: dict[str, FileFormat] = {".xlsx": "xlsx", ".csv": "csv"}
    ending = endings.get(file.suffix.lower())
    if form not in {"", "xlsx", "csv", "siak"}:
        raise typer.BadParameter("--format is xlsx, csv or siak")
    if presence not in list(Presence):
        raise typer.BadParameter(f"--who is {', '.join(Presence)}")
    if column and form == "siak":
        raise typer.BadParameter("--column chooses columns of the template, not of SIAK")
    selection = Selection(Area(hamlet.strip(), rw.strip(), rt.strip()), Presence(presence))
    if ending is None or form not in {"", "siak", ending}:
        raise typer.BadParameter(f"the file ends in {f'.{form}' if form in {'xlsx', 'csv'} else '.xlsx or .csv'}")
    with open_desk(directory) as desk, desk.book() as book:
        register, village = book.register, book.village_id
        if dry_run:
            rows = count_people(register, village, selection)
        elif form == "siak":
            rows = export_siak(register, village, file, ending, village_name=desk.village_name, selection=selection)
        elif column:
            rows = export_columns(register, village, file, ending, column, selection=selection)
        else:
            rows = export_template(register, village, file, ending, selection)
    if as_json:
        put_json({"file": str(file), "format": form or ending, "rows": rows, "dry_run": dry_run})
    else:
        say(f"{rows:,} orang {'akan ditulis' if dry_run else 'ditulis'} ke {file}.")
