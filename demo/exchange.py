"""Scenes in which villages and the hub meet: over HTTP, killed in the middle, and by a USB stick.

Decides when a session is killed; that nothing is lost by it is read from the tables afterwards.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from demo.console import CommandFailedError, at_once
from demo.opening import USB
from demo.relay import Direction
from demo.stage import Stage, Village, environment_of

Moment = tuple[Direction, int]
"""When a session is killed: so many bytes after its start, in this direction."""

KILL_IN_ANSWER: Moment = ("down", 1)
"""The hub has taken everything in and decided; the village never hears of it."""

_SESSIONS_MAX = 3
_LIST_BYTES_PER_RESIDENT = 12
"""Of a list on the wire: at this point of the first sync a part of it is at the hub, the rest is not."""


def kill_in_request(stage: Stage) -> Moment:
    """Return a moment in the first sync at which the hub has a part of the list."""
    return "up", stage.residents * _LIST_BYTES_PER_RESIDENT


def exchange_all(stage: Stage, *, killed: Village | None = None, moment: Moment = KILL_IN_ANSWER) -> None:
    """Let every village meet the hub once; one of them may be killed in the middle, and starts again."""
    at_once([partial(_exchange, stage, one, moment if one is killed else None) for one in stage.villages])


def _exchange(stage: Stage, village: Village, moment: Moment | None) -> None:
    if village.office.is_on_stick:
        carry_stick(stage, village)
        return
    if moment is not None:
        kill_mid_sync(stage, village, moment)
    done = sync(stage, village)
    stage.say(
        f"{village.name} over HTTP: {done['entries_sent']} actions sent, {done['entries_applied']} entries applied"
        f" in {done['rounds']} rounds."
    )


def sync(stage: Stage, village: Village) -> dict[str, Any]:
    """Run sessions over HTTP until one reaches its end: a busy hub is asked again, as the schedule would.

    Raises CommandFailedError if none does.
    """
    done = stage.village(village, "sync", "run")
    for _ in range(_SESSIONS_MAX - 1):
        if done["finished"]:
            break
        done = stage.village(village, "sync", "run")
    if not done["finished"]:
        raise CommandFailedError(f"{village.name} cannot finish a sync: {done['code']}", hint=done["reason"])
    return done


def kill_mid_sync(stage: Stage, village: Village, moment: Moment) -> None:
    """Start a session and kill it with SIGKILL while its bytes are on the wire."""
    assert village.relay is not None
    words = ("sync", "run", "--dir", village.office.directory, "--json")
    with stage.console.running(*words, environment=environment_of(village)) as running:
        village.relay.when(*moment, running.kill)
        done = running.wait()
    if done.exit_code != 0:
        with stage.lock:
            stage.measures.sessions_killed += 1
        stage.say(f"{village.name} is cut off in mid-sync (SIGKILL) and starts again.")


def carry_stick(stage: Stage, village: Village) -> None:
    """Carry a stick to the hub and back."""
    usb = stage.folder / USB
    exported = stage.village(village, "sync", "export", "--to", USB)
    before = set(usb.iterdir())
    village.stick_bytes_up += _size(before)
    stage.hub("stick", "--folder", USB)
    village.stick_bytes_down += _size(set(usb.iterdir()) - before)
    imported = stage.village(village, "sync", "import", "--from", USB)
    for path in usb.iterdir():
        path.unlink()
    stage.say(f"{village.name} by stick: {exported['entries_sent']} actions out, {imported['entries_applied']} in.")


def _size(paths: set[Path]) -> int:
    return sum(path.stat().st_size for path in paths)
