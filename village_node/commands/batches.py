"""Do one command for every line of a JSONL file, each line an entry of its own.

One wrong line never stops the next: what was saved and what was refused are told line by line, and the exit code says
that somebody must look.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from schemas.errors import EX_DATAERR, DataError, RefusedError
from village_node.commands.options import put_json, say

if TYPE_CHECKING:
    from village_node.registration import Recorded

LINES_MAX = 10_000


def run_batch(path: Path, act: Callable[[dict[str, Any]], Recorded], *, as_json: bool, dry_run: bool) -> None:
    """Do each line, print what became of it, and exit with 65 if a line was refused."""
    saved: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for number, line in enumerate(read_lines(path), start=1):
        try:
            done = act(parse_line(line))
        except (DataError, RefusedError) as error:
            failed.append({"line": number, "code": error.code, "message": error.message, "hint": error.hint})
            continue
        records = [record_id.hex() for record_id in done.created] or [c.record_id.hex() for c in done.changes[:1]]
        saved.append(
            {
                "line": number,
                "change": done.change_id.hex() if done.change_id is not None else None,
                "record": records[0] if records else None,
                "cautions": [caution.code for caution in done.cautions],
            }
        )
    if as_json:
        changes = [one["change"] for one in saved if one["change"] is not None]
        put_json({"dry_run": dry_run, "changes": changes, "saved": saved, "failed": failed})
    else:
        word = "dapat disimpan" if dry_run else "tersimpan"
        say(f"{len(saved)} baris {word}, {len(failed)} ditolak.")
        for one in failed:
            say(f"  baris {one['line']}: {one['message']} [{one['code']}] {one['hint']}")
    if failed:
        raise typer.Exit(EX_DATAERR)


def read_lines(path: Path) -> list[str]:
    """Return the lines that are not blank; raises DataError "batch-file" for a file that cannot be read."""
    try:
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"Berkas tidak dapat dibaca: {path}",
            code="batch-file",
            hint="Satu objek JSON per baris, UTF-8.",
            field="batch",
        ) from error
    if len(lines) > LINES_MAX:
        raise DataError(f"Lebih dari {LINES_MAX} baris", code="batch-file", hint="Bagi menjadi beberapa berkas.")
    return lines


def parse_line(line: str) -> dict[str, Any]:
    """Return the object of a line; raises DataError "batch-line"."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DataError(
            "Bukan objek JSON", code="batch-line", hint='Misalnya {"record": "3510...", "set": {"phone": "08"}}.'
        )
    return found


def text_of(line: dict[str, Any], name: str) -> str:
    """Return a text of a line; raises DataError "batch-line" if it is missing."""
    value = line.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{name} belum diisi", code="batch-line", hint=f"Isi {name} dengan teks.", field=name)
    return value


def unknown_keys(line: dict[str, Any], known: set[str]) -> None:
    """Refuse keys that would be ignored in silence; raises DataError "batch-line"."""
    for name in line.keys() - known:
        raise DataError(
            f"{name} tidak dikenal", code="batch-line", hint=f"Yang ada: {', '.join(sorted(known))}.", field=name
        )
