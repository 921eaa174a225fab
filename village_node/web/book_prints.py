"""Print books beside the pages, one at a time: a whole village takes a minute, and a page does not wait that long.

Decides how long a finished file is kept: until it is sent, until another is asked for, or until the register changes.
It holds people, so it lies in a folder that the office deletes when it opens, should the power fail.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import DiskFullError, StorageError, VillageSyncError
from village_node.durable import storage_error
from village_node.printed_books import Progress
from village_node.web.sending import EXPORT_PREFIX

PATIENCE_S = 2.0
"""How long a page waits for a short book before it shows how far a long one is."""

Make = Callable[[Path, Progress], int]
"""Writes a PDF, tells how far it is, and returns its pages."""


@dataclass
class PrintJob:
    """One book being printed, or printed: ``pages`` is known when it is done."""

    key: Hashable
    folder: Path
    percent: int = 0
    pages: int = 0
    error: VillageSyncError | None = None
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def path(self) -> Path:
        """Return where the PDF is."""
        return self.folder / "book.pdf"


class BookPrints:
    """The printing of one desk; safe to share between threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._job: PrintJob | None = None
        self._lock = threading.Lock()

    def job(self, key: Hashable, make: Make) -> PrintJob | None:
        """Return the printing of this book, begun now if need be; None while another book is being printed.

        Raises what the printing raised, once; then it may be tried again.
        """
        with self._lock:
            job = self._job
            if job is not None and job.key != key:
                if not job.finished.is_set():
                    return None
                self._forget(job)
                job = None
            if job is None:
                job = self._job = PrintJob(key, Path(tempfile.mkdtemp(prefix=EXPORT_PREFIX, dir=self._directory)))
                threading.Thread(target=_run, args=(job, make), name="book-print", daemon=True).start()
        job.finished.wait(PATIENCE_S)
        if job.error is not None:
            self.take(job)
            raise job.error
        return job

    def take(self, job: PrintJob) -> Path:
        """Return a finished job's folder: it is the caller's now, who deletes it."""
        with self._lock:
            if self._job is job:
                self._job = None
        if job.error is not None:
            shutil.rmtree(job.folder, ignore_errors=True)
        return job.folder

    def _forget(self, job: PrintJob) -> None:
        shutil.rmtree(job.folder, ignore_errors=True)
        self._job = None


def _run(job: PrintJob, make: Make) -> None:
    def told(done: int, whole: int) -> None:
        job.percent = min(99, done * 100 // max(1, whole))

    # What is not foreseen below is a bug, and the page says so too.
    error: VillageSyncError | None = _not_printed("kesalahan program")
    try:
        job.pages = make(job.path, told)
        error = None
    except VillageSyncError as raised:
        error = raised
    except OSError as raised:
        failed = storage_error(raised, job.path)
        error = failed if isinstance(failed, DiskFullError) else _not_printed(raised.strerror or str(raised))
    finally:
        job.error = error
        job.finished.set()


def _not_printed(why: str) -> StorageError:
    return StorageError(f"Buku belum tercetak: {why}", code="book-not-printed", hint="Ulangi, atau unduh XLSX.")
