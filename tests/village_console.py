"""Run the village's commands in this process, as an officer at the console."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer import Typer
from typer.testing import CliRunner, Result

from schemas.errors import VillageSyncError
from village_node.commands import village_app


def village_command(
    folder: Path,
    *words: str,
    app: Typer = village_app,
    officer: str = "SITI",
    typed: str | None = None,
    code: int | None = 0,
) -> Result:
    """Run a command on the node of a folder; our errors are raised, and the exit code is checked unless it is None.

    Args:
        typed: what comes on stdin.
    """
    environment: Mapping[str, str] = {"KAMPUNG_OFFICER": officer, "KAMPUNG_VILLAGE_DIR": str(folder)}
    result = CliRunner().invoke(app, list(words), env=environment, input=typed)
    if isinstance(result.exception, VillageSyncError):
        raise result.exception
    assert code is None or result.exit_code == code, (result.output, result.exception)
    return result


def tree_of(result: Result) -> Any:
    """Return what a command with ``--json`` said: the last line of stdout."""
    return json.loads(result.stdout.splitlines()[-1])
