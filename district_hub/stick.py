"""Answer a stick: take every village's file in a folder in, and write the answers beside them (protocol 13).

Decides order and names; opening, judging and sealing are the receiver's.  One bad file never stops the next, and a
folder may be answered again: every message is taken in once.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from district_hub.durable_files import write_private
from schemas.errors import StorageError, VillageSyncError
from schemas.stick import Direction, StickName, parse_stick_name
from sync_protocol.limits import SEALED_BYTES_MAX


class Answering(Protocol):
    """What answers a sealed message: the hub's receiver."""

    def handle(self, raw: bytes, now_ms: int | None = None, /) -> bytes:
        """Return the sealed answer."""
        ...


@dataclass(frozen=True, slots=True)
class StickReport:
    """What became of one village file: ``answer`` is the file to take back, None with an error's ``code``."""

    path: Path
    village_code: str
    answer: Path | None
    code: str = "answered"
    message: str = ""


def answer_folder(receiver: Answering, folder: Path, now_ms: int | None = None) -> list[StickReport]:
    """Answer every village file of a folder, each village's oldest first.

    Raises StorageError "folder-missing", or if an answer cannot be written: the stick is full or gone.
    """
    if not folder.is_dir():
        raise StorageError(f"there is no folder {folder}", code="folder-missing", hint="Plug the stick in first.")
    named = [(name, path) for path in folder.iterdir() if (name := parse_stick_name(path.name)) and path.is_file()]
    up = sorted((name, path) for name, path in named if name.direction is Direction.UP)
    return [_answer_file(receiver, name, path, now_ms) for name, path in up]


def _answer_file(receiver: Answering, name: StickName, path: Path, now_ms: int | None) -> StickReport:
    try:
        with path.open("rb") as file:
            raw = file.read(SEALED_BYTES_MAX + 1)
        answer = receiver.handle(raw, now_ms)
    except OSError as error:
        return StickReport(path, name.village_code, None, "file-not-read", error.strerror or str(error))
    except VillageSyncError as error:
        return StickReport(path, name.village_code, None, error.code, error.message)
    target = path.with_name(str(StickName(name.village_code, name.device, name.number, Direction.DOWN)))
    write_private(target, answer)
    # Sealed anyway, and at the village another user reads it; sticks with FAT have no such bits and may refuse.
    with contextlib.suppress(OSError):
        target.chmod(0o644)
    return StickReport(path, name.village_code, target)
