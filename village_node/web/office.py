"""Hold what every page of one village's desk needs: the store, the officers' accounts, the clock, the sync in sight.

Decides the sync line and who may run a sync from a page (one at a time).  One office is one process; pages get it from
the application's state.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from schemas.errors import VillageSyncError
from village_node.accounts import Accounts
from village_node.clock import now_ms as clock_now_ms
from village_node.inbox_answers import answers_of, answers_version, open_count
from village_node.inbox_marks import inbox_marks
from village_node.letters import Typesetter
from village_node.lock import SYNC_LOCK_FILE, is_held
from village_node.quick_status import QuickStatus, quick_status_of
from village_node.schedule import SyncPlan, night_minute
from village_node.session_words import REASONS
from village_node.store import NodeStore
from village_node.web.book_prints import BookPrints
from village_node.web.import_runs import ImportRuns, Pull
from village_node.web.pictures import LetterPages, PictureShelf
from village_node.web.reckoning import Reckoning
from village_node.web.senders import Senders
from village_node.web.sending import EXPORT_PREFIX

T = TypeVar("T")

SyncRun = Callable[[], str]
"""Runs one session with the hub and returns the code of its result; raises as ``synchronise`` does."""


@dataclass
class SyncInSight:
    """A sync that an officer started from a page; ``said`` or ``error`` is what came of the last one."""

    is_running: bool = False
    said: str = ""
    error: VillageSyncError | None = None
    went_well: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, run: SyncRun) -> bool:
        """Run a session in a thread of its own; tells False if one is running already."""
        with self._lock:
            if self.is_running:
                return False
            self.is_running = True
        threading.Thread(target=self._run, args=(run,), name="sync-from-a-page", daemon=True).start()
        return True

    def _run(self, run: SyncRun) -> None:
        said, went_well = "Sinkronisasi berhenti karena kesalahan program.", False
        failed: VillageSyncError | None = None
        try:
            code = run()
            said, went_well = REASONS.get(code, code), code == "done"
        except VillageSyncError as error:
            said, failed = "", error
        finally:
            with self._lock:
                self.said, self.error, self.went_well, self.is_running = said, failed, went_well, False


class Office:
    """One village's desk as the pages see it.

    Args:
        run_sync: one session with the hub; None where there is no hub to speak to (practice, no address).
        pull_news: the quick session before an import; None likewise.
    """

    def __init__(
        self,
        store: NodeStore,
        accounts: Accounts,
        *,
        run_sync: SyncRun | None = None,
        pull_news: Pull | None = None,
        now_ms: Callable[[], int] = clock_now_ms,
    ) -> None:
        self.store = store
        self.accounts = accounts
        self.run_sync = run_sync
        self.pull_news = pull_news
        self.now_ms = now_ms
        self.is_practice = store.is_practice
        self.sync = SyncInSight()
        self.senders = Senders()
        self.imports = ImportRuns(store.directory)
        self.prints = BookPrints(store.directory)
        for left in store.directory.glob(f"{EXPORT_PREFIX}*"):
            # A power cut in the middle of a download must not leave everybody's data lying about.
            shutil.rmtree(left, ignore_errors=True)
        self.reckoning = Reckoning()
        self.typesetter = Typesetter()
        self.pictures = PictureShelf(now_ms)
        self.letter_pages = LetterPages(now_ms)
        self._remembered: dict[str, tuple[Hashable, Any]] = {}

    def close(self) -> None:
        """Give back what runs beside the pages."""
        self.typesetter.close()

    @property
    def directory(self) -> Path:
        """Return the node's directory."""
        return self.store.directory

    def remembered(self, name: str, version: Hashable, count: Callable[[], T]) -> T:
        """Return what was counted for this state of the register, counting it once."""
        held = self._remembered.get(name)
        if held is None or held[0] != version:
            held = self._remembered[name] = (version, count())
        found: T = held[1]
        return found

    def standing(self) -> QuickStatus:
        """Return where this village stands with the district."""
        with self.store.reading() as working:
            return quick_status_of(
                working.connection.exec_driver_sql,
                self.store.config,
                is_syncing=self.sync.is_running or is_held(self.directory / SYNC_LOCK_FILE),
            )

    def inbox_count(self, standing: QuickStatus) -> int:
        """Return how many matters wait for this village's answer; counted anew after each contact and each answer."""
        with self.store.reading() as working:
            answered = answers_version(working.connection)
        version = (standing.feed_seq, standing.refused, standing.superseded, standing.unreadable, *answered)
        return self.remembered("inbox", version, lambda: open_count(inbox_marks(self.store), answers_of(self.store)))

    def next_try_ms(self, standing: QuickStatus) -> int | None:
        """Return when the next nightly sync is due, None without a hub."""
        if self.run_sync is None:
            return None
        config = self.store.config
        plan = SyncPlan(
            minute=night_minute(config.village_code, config),
            utc_offset_minutes=config.utc_offset_minutes,
            draw=lambda: 0.0,
            last_finished_ms=standing.last_finished_ms,
        )
        now_ms = self.now_ms()
        return max(now_ms, plan.last_night_ms(now_ms) + 24 * 3_600_000)
