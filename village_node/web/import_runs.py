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
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from register.importing import FileMapping, ImportPlan, mapping_from
from register.importing.file_mapping import plain_values
from schemas.errors import DataError, LimitExceededError, RefusedError, VillageSyncError
from village_node.desk import Desk
from village_node.importing import Preview, Pulled, apply_batch, preview_file

FOLDER = "imports"
FILE_BYTES_MAX = 64 * 1024 * 1024
ENDINGS = (".xlsx", ".xls", ".xlsm", ".ods", ".csv")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Brought:
    """One file that waits: how an officer wants it read, which rows are taken all the same.

    ``kept_as`` is the name of the kept mapping that it is read by, as long as nothing of it was changed.
    """

    token: str
    path: Path
    mapping: FileMapping = field(default_factory=FileMapping)
    accept: str = ""
    kept_as: str = ""

    def preview(self, desk: Desk) -> Preview:
        """Return what importing it would do; raises as ``preview_file``."""
        return preview_file(desk, self.path, self.mapping, self.accept)


Pull = Callable[[], Pulled]
"""Hears from the district, within seconds, and tells how far it went."""


class RunOutcome(StrEnum):
    """What came of the last import that was started."""

    NONE = "none"
    DONE = "done"
    NO_NEWS = "no-news"
    OTHER_PLAN = "other-plan"
    REFUSED = "refused"
    BUG = "bug"


@dataclass
class ImportRuns:
    """The imports of one desk; ``last`` is the file of the last one, ``outcome`` and ``error`` what came of it."""

    directory: Path
    running: str = ""
    last: str = ""
    outcome: RunOutcome = RunOutcome.NONE
    error: VillageSyncError | None = None
    pulled: Pulled | None = None
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

    def decide(self, brought: Brought) -> Brought:
        """Keep what an officer said about a file; raises OSError."""
        raw = json.dumps(
            {"mapping": plain_values(brought.mapping), "accept": brought.accept, "kept_as": brought.kept_as}
        )
        place = self._said_path(brought.token)
        # Written beside and moved, so that a power cut leaves the last word whole.
        draft = place.with_suffix(".part")
        try:
            draft.write_text(raw, encoding="utf-8")
            draft.replace(place)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        return brought

    def named(self, token: str) -> Brought:
        """Return a file that waits; raises RefusedError "import-unknown"."""
        place = self.folder / token
        if _TOKEN.fullmatch(token) and place.is_dir():
            for path in place.iterdir():
                return self._with_what_was_said(Brought(token, path))
        raise RefusedError("Berkas impor ini tidak ada lagi", code="import-unknown", hint="Unggah lagi berkasnya.")

    def _with_what_was_said(self, brought: Brought) -> Brought:
        try:
            said = json.loads(self._said_path(brought.token).read_text(encoding="utf-8"))
            return replace(
                brought,
                mapping=mapping_from(said.get("mapping", {})),
                accept=str(said.get("accept", "")),
                kept_as=str(said.get("kept_as", "")),
            )
        except (FileNotFoundError, ValueError, DataError):
            # Nothing was said, or by another version of this program: the file is read as it is found.
            return brought

    def _said_path(self, token: str) -> Path:
        return self.folder / f"{token}.json"

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
        self._said_path(token).unlink(missing_ok=True)

    def start(
        self, brought: Brought, new_desk: Callable[[], Desk], *, pull: Pull | None = None, seen: str = ""
    ) -> bool:
        """Import a file in a thread of its own; tells False if one is running already.

        Args:
            pull: hears from the district first; without an answer nothing comes in (``RunOutcome.NO_NEWS``).
            seen: the plan that the officer said yes to (``seen_of``); another one is shown first.
        """
        with self._lock:
            if self.running:
                return False
            self.running, self.outcome, self.error = brought.token, RunOutcome.NONE, None
        desk = new_desk()
        threading.Thread(target=self._run, args=(brought, desk, pull, seen), name="import", daemon=True).start()
        return True

    def _run(self, brought: Brought, desk: Desk, pull: Pull | None, seen: str) -> None:
        outcome, error = RunOutcome.BUG, None
        try:
            outcome = self._import(brought, desk, pull, seen)
        except VillageSyncError as raised:
            outcome, error = RunOutcome.REFUSED, raised
        finally:
            with self._lock:
                self.outcome, self.error, self.last, self.running = outcome, error, brought.token, ""

    def _import(self, brought: Brought, desk: Desk, pull: Pull | None, seen: str) -> RunOutcome:
        if pull is not None:
            self.pulled = pull()
            if not self.pulled.is_fresh:
                return RunOutcome.NO_NEWS
        preview = brought.preview(desk)
        if seen and seen != seen_of(preview.plan):
            return RunOutcome.OTHER_PLAN
        apply_batch(desk, preview)
        self.throw_away(brought.token)
        return RunOutcome.DONE


def seen_of(plan: ImportPlan) -> str:
    """Return what an officer sees of a plan as one word: if it is another one by now, it is shown again."""
    return f"{plan.new}-{plan.changed}-{plan.conflict}-{plan.rejected}"
