"""Found a hub, serve it, answer a stick."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from district_hub.commands.options import DEFAULT_DIR, AsJson, DryRun, HubDir, now, opened, say, tell, working

if TYPE_CHECKING:
    from district_hub.hub import Hub
    from district_hub.store import HubStore


def add_to(app: typer.Typer) -> None:
    """Add these commands to the hub's group."""
    app.command("init", epilog="Example: kampung hub init --dir hub --district 35.10")(init)
    app.command("serve", epilog="Example: kampung hub serve --dir hub --port 8350")(serve)
    app.command("stick", epilog="Example: kampung hub stick --dir hub --folder /media/usb")(stick)


def init(
    district: Annotated[str, typer.Option("--district", help="Official code of the regency or city, such as 35.10.")],
    name: Annotated[str, typer.Option("--name", help="Name of the district; the official one if left out.")] = "",
    url: Annotated[
        str, typer.Option("--url", help="Where villages reach this hub; stands in invitations.")
    ] = "http://127.0.0.1:8350",
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Found a hub: keys, ledger, configuration and an empty database in one directory."""
    from district_hub.config import CONFIG_NAME, HubConfig
    from district_hub.hub import create_hub
    from schemas.errors import ConfigError
    from schemas.identifiers import RegionCode

    config = HubConfig(district_code=str(RegionCode.from_text(district)), district_name=name, public_url=url)
    if dry_run:
        if (directory / CONFIG_NAME).exists():
            raise ConfigError(f"there is a hub in {directory} already", code="hub-exists")
        text = f"A hub for {config.district_code} would be founded in {directory}."
    else:
        create_hub(directory, config, now())
        say(f"Move {directory / 'keys' / 'root.key'} and root-next.key to a safe place away from this machine.")
        text = f"A hub for {config.district_code} is in {directory}."
    tell(
        {"directory": str(directory), "district_code": config.district_code, "dry_run": dry_run}, text, as_json=as_json
    )


def serve(
    directory: HubDir = DEFAULT_DIR,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; the configured one if left out.")] = "",
    port: Annotated[
        int, typer.Option("--port", min=-1, max=65535, help="Port; -1 the configured one, 0 any free one.")
    ] = -1,
    nightly: Annotated[bool, typer.Option(help="Reconcile every night at the configured hour.")] = True,
) -> None:
    """Answer villages over HTTP until stopped; says "siap: URL" when it listens."""
    import logging

    from district_hub.dispatcher import dispatch_after
    from district_hub.run_lock import only_run
    from district_hub.web import create_app
    from district_hub.web import serve as serve_app

    logging.basicConfig(level=logging.INFO, format="%(asctime)s level=%(levelname)s %(message)s")
    for chatty in ("apscheduler", "asyncio", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

    def after_commit(store: HubStore, village_id: int, at_ms: int) -> None:
        dispatch_after(store, village_id, at_ms)

    # Stopping is the normal end: leave through the blocks below, not by the signal's default.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.ExitStack() as stack:
        hub = stack.enter_context(opened(directory))
        if hub.store.engine.dialect.name == "sqlite":
            stack.enter_context(only_run(directory / "serve.lock", "a hub of this directory"))
        if nightly:
            stack.enter_context(_nights(hub))
        app = create_app(hub.receiver(after_commit), hub.enrolment)
        listen_port = hub.config.port if port < 0 else port
        with contextlib.suppress(KeyboardInterrupt):
            serve_app(
                app,
                host=host or hub.config.host,
                port=listen_port,
                ready=lambda url: print(f"siap: {url}", flush=True),
            )


def _nights(hub: Hub) -> contextlib.AbstractContextManager[None]:
    """Return a context in which the nightly run happens at its hour; a missed night is caught up."""
    from district_hub.nightly_job import nightly_schedule

    return nightly_schedule(hub)


def stick(
    folder: Annotated[Path, typer.Option("--folder", help="The folder or USB stick with villages' files.")],
    directory: HubDir = DEFAULT_DIR,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take in the villages' files of a stick and write the answers beside them."""
    from district_hub.dispatcher import dispatch_after
    from district_hub.stick import answer_folder
    from schemas.stick import Direction, parse_stick_name

    if dry_run:
        named = [(parse_stick_name(path.name), path.name) for path in sorted(folder.iterdir())]
        names = [name for parsed, name in named if parsed is not None and parsed.direction is Direction.UP]
        tell({"files": [{"file": name} for name in names], "dry_run": True}, "\n".join(names), as_json=as_json)
        return

    def after_commit(store: HubStore, village_id: int, at_ms: int) -> None:
        dispatch_after(store, village_id, at_ms)

    with working(directory) as hub:
        reports = answer_folder(hub.receiver(after_commit), folder, now())
    files = [
        {
            "file": report.path.name,
            "village_code": report.village_code,
            "answer": report.answer.name if report.answer is not None else None,
            "code": report.code,
            "message": report.message,
        }
        for report in reports
    ]
    lines = [f"{one['file']}: {one['code']} {one['answer'] or one['message']}" for one in files]
    answered = sum(one["answer"] is not None for one in files)
    tell({"answered": answered, "files": files, "dry_run": False}, "\n".join(lines), as_json=as_json)
