"""The night and the mornings: reconcile, report, backup, restore; and ending waits that will not end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from district_hub.commands.options import (
    DEFAULT_DIR,
    AsJson,
    DryRun,
    HubDir,
    Language,
    VillageCode,
    columns,
    go_on,
    local_time,
    now,
    opened,
    say,
    tell,
    village_id_of,
    village_names,
    village_of,
    working,
)
from schemas.errors import RefusedError

if TYPE_CHECKING:
    from district_hub.hub import Hub
    from district_hub.nightly import NightlyResult


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.command("reconcile", epilog="Example: kampung hub reconcile --dir hub")(reconcile)
    app.command("report", epilog="Example: kampung hub report --dir hub --lang en")(report)
    app.command("backup", epilog="Example: kampung hub backup --dir hub")(backup)
    app.command("restore", epilog="Example: kampung hub restore hub/backups/hub-20261125T183000Z.db --dir hub")(restore)
    app.command("writeoff", epilog="Example: kampung hub writeoff 35.10.14.2006 --dir hub")(writeoff)
    app.command("gaps", epilog="Example: kampung hub gaps --release --village 35.10.14.2006")(gaps)


def reconcile(
    lang: Language = "id", directory: HubDir = DEFAULT_DIR, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Do the nightly run now: prove every village, back up, and print the morning report."""
    from district_hub.nightly_job import reconcile as run_now

    with working(directory) as hub:
        if dry_run:
            tell({"dry_run": True}, "Every village would be proven, and the database backed up.", as_json=as_json)
            return
        _tell_report(hub, run_now(hub), lang, as_json=as_json)


def report(lang: Language = "id", directory: HubDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Print the morning report of the newest nightly run."""
    from district_hub.nightly import last_result

    with opened(directory) as hub:
        result = last_result(hub.store)
        if result is None:
            raise RefusedError(
                "there was no nightly run yet", code="report-missing", hint="Run `kampung hub reconcile`."
            )
        _tell_report(hub, result, lang, as_json=as_json)


def _tell_report(hub: Hub, result: NightlyResult, lang: str, *, as_json: bool) -> None:
    from district_hub.report import morning_report

    text = morning_report(result, language=lang, offset_minutes=hub.config.timezone_minutes)
    tell(result.to_json(), text.rstrip("\n"), as_json=as_json)


def backup(
    listed: Annotated[bool, typer.Option("--list", help="List the backups instead of making one.")] = False,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Also write an encrypted archive here that makes a hub of another machine."),
    ] = None,
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Back the database up, open the copy, prove it, and tell the villages what is safe."""
    from district_hub.backup import list_backups, take_backup, verify_backup

    with opened(directory) as hub:
        if listed or dry_run:
            found = list_backups(directory)
            trees: list[dict[str, Any]] = [
                {"file": str(one.path), "taken_ms": one.taken_ms, "size_bytes": one.size_bytes} for one in found
            ]
            rows = ((one.path, local_time(hub.config, one.taken_ms), one.size_bytes) for one in found)
            tell({"backups": trees, "dry_run": dry_run}, columns(rows) or "No backup yet.", as_json=as_json)
            return
        hub.store.need_voice()
        at_ms = now()
        verified = verify_backup(take_backup(hub.store, directory, at_ms), hub.config.district_code)
        hub.store.set_safe_points(verified.points, at_ms)
    made = verified.backup
    tree = {"file": str(made.path), "size_bytes": made.size_bytes, "villages": verified.villages, "dry_run": False}
    text = f"{made.path}: {made.size_bytes} bytes, {verified.villages} villages proven."
    if to is not None:
        from district_hub.archive import write_archive

        archive = write_archive(directory, made, to, at_ms)
        tree |= {"archive": str(archive.path), "recovery_code": archive.new_code}
        text += f"\n{archive.path}: {archive.size_bytes} bytes, unpacked for a trial."
        if archive.new_code is not None:
            say("The words that open archives of this hub. Write them down and keep them in a safe, not here:")
            say(f"    {archive.new_code}")
    tell(tree, text, as_json=as_json)


def restore(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The backup to put back.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Let a restored hub speak again.")] = False,
    is_rebuilding: Annotated[
        bool,
        typer.Option("--rebuild-ledger", help="Write a lost ledger anew from the database, when no copy is left."),
    ] = False,
    code: Annotated[
        str, typer.Option("--code", envvar="KAMPUNG_RECOVERY_CODE", help="The twelve words that open an archive.")
    ] = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the database, mute; or let a restored hub speak again."""
    if (file is not None) + resume + is_rebuilding != 1:
        raise RefusedError("name a backup, or say --resume", code="choice-missing", hint="One of the two.")
    if is_rebuilding:
        _rebuild(directory, dry_run=dry_run, as_json=as_json)
        return
    if file is not None and file.suffix == ".kmpa":
        _unpack(directory, file, code, dry_run=dry_run, as_json=as_json)
        return
    if file is not None:
        _put_back(directory, file, dry_run=dry_run, as_json=as_json)
        return
    from district_hub.ledger import DIARY_NAME
    from district_hub.recovery import resume as let_speak

    with opened(directory) as hub:
        if dry_run:
            tell({"dry_run": True}, "The hub would answer villages again.", as_json=as_json)
            return
        again = let_speak(hub.store, directory / DIARY_NAME, now())
        go_on(hub, dry_run=False)
    text = f"The hub answers again; {again} decision(s) of the diary were done again. Villages give back the rest."
    tell({"decisions_again": again, "dry_run": False}, text, as_json=as_json)


def _put_back(directory: Path, file: Path, *, dry_run: bool, as_json: bool) -> None:
    import os

    from district_hub.backup import Backup, list_backups, restore_backup, verify_backup
    from district_hub.config import load_config
    from district_hub.run_lock import only_run

    config = load_config(directory, os.environ)
    with only_run(directory / "serve.lock", "the hub of this directory"):
        if dry_run:
            size = file.stat().st_size if file.is_file() else 0
            verify_backup(Backup(file, now(), size), config.district_code)
            tell({"file": str(file), "dry_run": True}, f"{file} is sound and would be put back.", as_json=as_json)
            return
        kept = restore_backup(directory, config, file, now())
    taken_ms = next((one.taken_ms for one in list_backups(directory) if one.path.samefile(file)), None)
    say("The hub is mute now. Look at it, then let it speak with `kampung hub restore --resume`.")
    say(f"Work since {local_time(config, taken_ms)} comes back from the villages, decisions from the diary.")
    tree = {
        "file": str(file),
        "kept": str(kept) if kept is not None else None,
        "taken_ms": taken_ms,
        "dry_run": False,
    }
    tell(tree, f"{file} is in place; the database before is {kept}.", as_json=as_json)


def _unpack(directory: Path, file: Path, code: str, *, dry_run: bool, as_json: bool) -> None:
    import tempfile

    from district_hub.archive import restore_archive

    if dry_run:
        with tempfile.TemporaryDirectory(prefix="kampung-trial-") as name:
            verified = restore_archive(file, code, Path(name) / "hub", now())
    else:
        verified = restore_archive(file, code, directory, now())
        say("The hub is mute now. If newer copies of ledger and diary survive, put them in the place of these first.")
        say("Then look at it, and let it speak with `kampung hub restore --resume`.")
    tree = {"file": str(file), "directory": str(directory), "villages": verified.villages, "dry_run": dry_run}
    tell(tree, f"{file}: {verified.villages} villages proven.", as_json=as_json)


def _rebuild(directory: Path, *, dry_run: bool, as_json: bool) -> None:
    from district_hub.ledger_rebuilding import rebuild_ledger

    if dry_run:
        tell({"dry_run": True}, "The ledger would be written anew from the database.", as_json=as_json)
        return
    devices = rebuild_ledger(directory, now())
    say("Every invitation counts as used now. Look at each device: was it revoked since the database was backed up?")
    tree = {"devices": [device.device_id.hex() for device in devices], "dry_run": False}
    rows = ((device.device_id.hex(), device.replica_mark, device.village_id) for device in devices)
    tell(tree, columns(rows) or "No device.", as_json=as_json)


def writeoff(
    village: Annotated[str, typer.Argument(metavar="VILLAGE", help="Official code of the village.")],
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """End the wait for what a village's devices hold from before a restore; decide what has been waiting."""
    from district_hub.recovery import write_village_off

    with working(directory) as hub:
        with hub.store.reading() as reader:
            found = village_of(reader, village)
        devices = sorted(device.hex() for device in found.state.suspended)
        decided = found.waiting if dry_run else write_village_off(hub.store, found.village_id, now())
        if not dry_run:
            hub.write_diary({"kind": "writeoff", "at_ms": now(), "village": village, "devices": devices})
        go_on(hub, dry_run=dry_run)
    tree = {"village_code": found.code, "devices": devices, "decided": decided, "dry_run": dry_run}
    done = "would be" if dry_run else "are"
    tell(tree, f"{len(devices)} device(s) {done} written off, {decided} entries decided.", as_json=as_json)


def gaps(
    release: Annotated[
        bool, typer.Option("--release", help="Say that what is missing will never come: decide what waits behind it.")
    ] = False,
    village: VillageCode = "",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """List entries that wait for entries before them; with --release decide them as they stand."""
    from district_hub.recovery import list_gaps, release_gaps

    released = 0
    with working(directory) if release else opened(directory) as hub:
        with hub.store.reading() as reader:
            found = list_gaps(reader, village_id_of(reader, village))
            names = village_names(reader)
        if release and not dry_run:
            released = release_gaps(hub.store, found, now())
            go_on(hub, dry_run=False)
    trees = [
        {
            "replica": gap.replica_id.hex(),
            "village_id": gap.village_id,
            "held_to": gap.held_to,
            "waiting": list(gap.waiting),
        }
        for gap in found
    ]
    rows = ((gap.replica_id.hex(), names.get(gap.village_id, ""), gap.held_to, len(gap.waiting)) for gap in found)
    text = columns(rows) or "No gap."
    tell({"gaps": trees, "released": released, "dry_run": dry_run}, text, as_json=as_json)
