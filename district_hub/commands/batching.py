"""Do many hub commands with one start: a line of a file is a command, and stays one decision of its own.

One refused line never stops the next; what each line printed is told in order, and the exit code says that somebody
must look.  Decides nothing else: every line goes through the very command that a person would type.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from district_hub.commands.options import DEFAULT_DIR, AsJson, DryRun, HubDir, say, tell
from schemas.errors import EX_DATAERR, DataError, VillageSyncError

LINES_MAX = 10_000

_NOT_HERE = frozenset({"batch", "init", "serve"})
# Usage errors have no public name in typer; this is the class of all of them.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def add_to(app: typer.Typer) -> None:
    """Add this command to the hub's group."""

    def batch(
        file: Annotated[
            Path, typer.Argument(help='A JSON list a line, e.g. ["register", "accept", "0199a1", "--number", "R-1"].')
        ],
        directory: HubDir = DEFAULT_DIR,
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        """Do every line of a file as a hub command of its own; a refused line never stops the next."""
        lines = read_lines(file)
        if dry_run:
            tell({"lines": len(lines), "dry_run": True}, f"{len(lines)} command(s) would be done.", as_json=as_json)
            return
        command = typer.main.get_command(app)
        done: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for number, words in enumerate(lines, start=1):
            try:
                done.append({"line": number, "result": _run(command, [*words, "--dir", str(directory), "--json"])})
            except VillageSyncError as error:
                failed.append({"line": number, "code": error.code, "message": error.message, "hint": error.hint})
            except _UsageError as error:
                failed.append({"line": number, "code": "usage", "message": str(error), "hint": "See --help."})
        for one in failed:
            say(f"line {one['line']}: {one['message']} [{one['code']}] {one['hint']}")
        tree = {"done": done, "failed": failed, "dry_run": False}
        tell(tree, f"{len(done)} command(s) done, {len(failed)} refused.", as_json=as_json)
        if failed:
            raise typer.Exit(EX_DATAERR)

    app.command("batch", epilog="Example: kampung hub batch decisions.jsonl --dir hub")(batch)


def read_lines(path: Path) -> list[list[str]]:
    """Return the commands of a file; raises DataError "batch-file" or "batch-line", and nothing is done then."""
    try:
        texts = [text for text in path.read_text(encoding="utf-8-sig").splitlines() if text.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read", code="batch-file", hint="One JSON list a line, in UTF-8.") from error
    if len(texts) > LINES_MAX:
        raise DataError(f"more than {LINES_MAX} lines", code="batch-file", hint="Divide the file.")
    return [_words(number, text) for number, text in enumerate(texts, start=1)]


def _words(number: int, text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(word, str) for word in found):
        raise DataError(f"line {number} is no list of words", code="batch-line", hint='Such as ["status"].', value=text)
    if found[0] in _NOT_HERE:
        raise DataError(f"line {number}: {found[0]} is not done in a batch", code="batch-line", value=text)
    return found


def _run(command: Any, words: Sequence[str]) -> Any:
    """Run one command in this process and return the JSON that it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        command.main(args=list(words), prog_name="kampung hub", standalone_mode=False)
    lines = printed.getvalue().strip().splitlines()
    return json.loads(lines[-1]) if lines else None
