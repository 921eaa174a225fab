"""Answer "what is waiting, what arrived" in a moment: read a node's database directly, without the layers above it.

Loading those takes longer than the answer.  Decides nothing and changes nothing; what the numbers mean in words is
``status``.  It reads few columns by name, so a database of another schema version is refused rather than guessed at.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from register.disk_room import is_full
from schemas.errors import ConfigError, DatabaseCorruptError, DiskFullError, FutureSchemaError, StorageError
from village_node.config import DATABASE_FILE, NodeConfig, load_config
from village_node.lock import SYNC_LOCK_FILE, is_held
from village_node.migrations import HEAD

_KEY_FILE = Path("keys") / "node.key"
_BUSY_TIMEOUT_S = 5.0

# The same reading of positions and outcomes as ``entry_states``; results are those of protocol 3.7.
_COUNTS = """
SELECT count(*),
       sum(c.replica_id = s.replica_id AND c.seq > s.acked_seq),
       sum((c.replica_id = s.replica_id AND c.seq <= s.safe_seq)
           OR (c.replica_id <> s.replica_id AND coalesce(c.decided_at_seq, s.safe_feed_seq + 1) <= s.safe_feed_seq)),
       sum(c.outcome IS NULL), sum(c.result = 0), sum(c.result = 1), sum(c.result = 2), sum(c.result = 3)
FROM own_change c, node_state s
WHERE c.outcome IS NOT NULL OR c.change_id NOT IN (SELECT change_id FROM damaged_entry)
"""
_UNREADABLE = """
SELECT count(*) FROM damaged_entry d JOIN own_change c ON c.change_id = d.change_id WHERE c.outcome IS NULL
"""
_STATE = """
SELECT village_id, journal_seq, acked_seq, safe_seq, feed_seq, feed_head, fingerprint, standing, needs_update,
       hub_time_ms, offset_ms FROM node_state
"""
_SYNC = "SELECT last_try_ms, last_contact_ms, last_finished_ms, last_reason FROM sync_state"


@dataclass(frozen=True, slots=True)
class QuickStatus:
    """Where a node stands.  Entries are counted twice: by delivery (the first three) and by the hub's word.

    ``unreadable`` are those that a disk has damaged before the hub said anything of them; no other count has them.
    """

    village_code: str
    village_name: str
    hub_url: str
    unsent: int
    received: int
    safe: int
    waiting: int
    accepted: int
    superseded: int
    refused: int
    in_review: int
    journal_seq: int
    acked_seq: int
    safe_seq: int
    feed_seq: int
    feed_head: bytes
    fingerprint: bytes
    standing: int
    needs_update: bool
    hub_time_ms: int
    offset_ms: int | None
    last_try_ms: int | None
    last_contact_ms: int | None
    last_finished_ms: int | None
    last_reason: str
    is_syncing: bool
    unreadable: int = 0

    @property
    def entries(self) -> int:
        """Return how many own entries there are."""
        return self.unsent + self.received + self.safe


def read_quick_status(directory: Path) -> QuickStatus:
    """Return where the node of a directory stands.

    Raises ConfigError "not-enrolled", DatabaseCorruptError, FutureSchemaError "database-newer", StorageError.
    """
    config = load_config(directory)
    with _open(directory) as connection:
        return quick_status_of(connection.execute, config, is_syncing=is_held(directory / SYNC_LOCK_FILE))


def quick_status_of(execute: Callable[[str], Any], config: NodeConfig, *, is_syncing: bool) -> QuickStatus:
    """Return where a node stands, asked of an open connection: one moment, four small questions."""
    everything, unsent, safe, waiting, accepted, superseded, refused, in_review = (
        int(value or 0) for value in execute(_COUNTS).fetchone()
    )
    state = execute(_STATE).fetchone()
    sync = execute(_SYNC).fetchone()
    return QuickStatus(
        village_code=config.village_code,
        village_name=config.village_name,
        hub_url=config.hub_url,
        unsent=unsent,
        received=everything - unsent - safe,
        safe=safe,
        waiting=waiting,
        accepted=accepted,
        superseded=superseded,
        refused=refused,
        in_review=in_review,
        journal_seq=state[1],
        acked_seq=state[2],
        safe_seq=state[3],
        feed_seq=state[4],
        feed_head=bytes(state[5]),
        fingerprint=bytes(state[6]),
        standing=state[7],
        needs_update=bool(state[8]),
        hub_time_ms=state[9],
        offset_ms=state[10],
        last_try_ms=sync[0],
        last_contact_ms=sync[1],
        last_finished_ms=sync[2],
        last_reason=sync[3],
        is_syncing=is_syncing,
        unreadable=execute(_UNREADABLE).fetchone()[0],
    )


@contextmanager
def _open(directory: Path) -> Iterator[Any]:
    path = directory / DATABASE_FILE
    if not path.is_file():
        raise ConfigError(
            f"Pendaftaran simpul desa belum selesai: {directory}",
            code="not-enrolled",
            hint="Selesaikan dengan `kampung village init --resume`.",
        )
    try:
        connection = dbapi2.connect(str(path), timeout=_BUSY_TIMEOUT_S)
        try:
            connection.execute(f"PRAGMA key = \"x'{_database_key(directory).hex()}'\"")
            connection.execute("PRAGMA query_only = ON")
            _check_schema(connection)
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()
    except dbapi2.Error as error:
        if is_full(str(error), directory):
            raise DiskFullError("Penyimpanan penuh; tidak ada yang hilang", hint="Kosongkan penyimpanan.") from error
        if "not a database" in str(error) or "malformed" in str(error):
            raise DatabaseCorruptError(
                "Basis data desa tidak dapat dibaca", hint="Kunci tidak cocok atau berkas rusak; pulihkan cadangan."
            ) from error
        raise StorageError(
            f"Basis data desa tidak dapat dibaca: {error}", hint="Tunggu sebentar, lalu ulangi."
        ) from error


def _check_schema(connection: Any) -> None:
    (revision,) = connection.execute("SELECT version_num FROM alembic_node").fetchone()
    if revision == HEAD:
        return
    if revision > HEAD:
        raise FutureSchemaError(
            f"Basis data dari versi yang lebih baru: {revision}, program ini mengenal {HEAD}",
            hint="Perbarui program ini.",
        )
    raise StorageError(
        f"Basis data masih versi {revision}", code="database-older", hint="Jalankan `kampung village status` sekali."
    )


def _database_key(directory: Path) -> bytes:
    try:
        tree = json.loads((directory / _KEY_FILE).read_text(encoding="utf-8"))
        return base64.b64decode(tree["database_key"], validate=True)
    except FileNotFoundError as error:
        raise ConfigError(
            f"Berkas kunci tidak ada: {directory / _KEY_FILE}", code="not-enrolled", hint="Pulihkan folder kunci."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            "Berkas kunci tidak dapat dibaca", code="key-file", hint="Periksa izin berkas, atau pulihkan cadangannya."
        ) from error
