"""Hold the files that officers brought for an import, and run imports beside the pages.

Decides where a file waits (the node's own directory, never memory) and that one import runs at a time.  How far it is
stands in the register's batches, so that neither leaving the page nor a killed server loses the place: the file stays
until its batch is done, and starting it again does the rest.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from register.importing import FileMapping
from schemas.errors import DataError, LimitExceededError, RefusedError, VillageSyncError
from village_node.desk import Desk
from village_node.importing import Preview, apply_batch, overridden, preview_file

FOLDER = "imports"
FILE_BYTES_MAX = 64 * 1024 * 1024
ENDINGS = (".xlsx", ".xls", ".xlsm", ".ods", ".csv")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Brought:
    """One file that waits; ``words`` and ``accept`` are what an officer said about reading it."""

    token: str
    path: Path
    words: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    accept: str = ""

    def mapping(self) -> FileMapping:
        """Return what the officer decided; raises DataError "mapping-word"."""
        return overridden(None, self.words, self.sheets)

    def preview(self, desk: Desk) -> Preview:
        """Return what importing it would do; raises as ``preview_file``."""
        return preview_file(desk, self.path, self.mapping(), self.accept)


@dataclass
class ImportRuns:
    """The imports of one desk; ``said`` is what came of the last one."""

    directory: Path
    running: str = ""
    said: str = ""
    went_well: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def folder(self) -> Path:
        """Return where files wait."""
        return self.directory / FOLDER

    def bring(self, name: str, source: BinaryIO) -> Brought:
        """Keep a file; raises DataError "import-ending", LimitExceededError "import-size", OSError."""
        plain = re.sub(r"[\x00-\x1f/\\:]", "_", name.replace("\\", "/").rpartition("/")[2]).strip(". ")[-100:]
        if Path(plain).suffix.lower() not in ENDINGS:
            raise DataError(
                "Berkas ini bukan daftar", code="import-ending", field="berkas", hint="Pilih XLSX, XLS, ODS atau CSV."
            )
        token = uuid.uuid4().hex
        place = self.folder / token
        place.mkdir(parents=True)
        try:
            with (place / plain).open("wb") as target:
                written = 0
                while chunk := source.read(_CHUNK):
                    written += len(chunk)
                    if written > FILE_BYTES_MAX:
                        raise LimitExceededError(
                            "Berkas ini lebih dari 64 MB", code="import-size", hint="Bagi berkasnya per dusun."
                        )
                    target.write(chunk)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        return Brought(token, place / plain)

    def decide(self, brought: Brought, words: list[str], sheets: list[str], accept: str) -> Brought:
        """Keep what an officer said about a file."""
        said = Brought(brought.token, brought.path, tuple(words), tuple(sheets), accept)
        said.mapping()
        raw = json.dumps({"words": words, "sheets": sheets, "accept": accept})
        (self.folder / f"{brought.token}.json").write_text(raw, encoding="utf-8")
        return said

    def named(self, token: str) -> Brought:
        """Return a file that waits; raises RefusedError "import-unknown"."""
        place = self.folder / token
        if _TOKEN.fullmatch(token) and place.is_dir():
            for path in place.iterdir():
                said_path = self.folder / f"{token}.json"
                if not said_path.exists():
                    return Brought(token, path)
                said = json.loads(said_path.read_text(encoding="utf-8"))
                return Brought(token, path, tuple(said["words"]), tuple(said["sheets"]), said["accept"])
        raise RefusedError("Berkas impor ini tidak ada lagi", code="import-unknown", hint="Unggah lagi berkasnya.")

    def waiting(self) -> list[Brought]:
        """Return the files that wait to be imported or were broken off."""
        found = []
        for place in sorted(self.folder.glob("*/")):
            # One that is done may go at this very moment.
            with suppress(RefusedError, FileNotFoundError):
                found.append(self.named(place.name))
        return found

    def throw_away(self, token: str) -> None:
        """Forget a file; what was imported of it stays."""
        found = self.named(token)
        shutil.rmtree(found.path.parent)
        (self.folder / f"{token}.json").unlink(missing_ok=True)

    def start(self, brought: Brought, new_desk: Callable[[], Desk]) -> bool:
        """Import a file in a thread of its own; tells False if one is running already."""
        with self._lock:
            if self.running:
                return False
            self.running, self.said = brought.token, ""
        threading.Thread(target=self._run, args=(brought, new_desk()), name="import", daemon=True).start()
        return True

    def _run(self, brought: Brought, desk: Desk) -> None:
        said, went_well = "Impor berhenti karena kesalahan program.", False
        try:
            apply_batch(desk, brought.preview(desk))
            self.throw_away(brought.token)
            said, went_well = "Impor selesai.", True
        except VillageSyncError as error:
            said = error.in_full
        finally:
            with self._lock:
                self.said, self.went_well, self.running = said, went_well, ""
