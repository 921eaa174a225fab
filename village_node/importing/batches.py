"""Keep an import as a batch: what it was, how far it came, which own entries it wrote.

A batch is one file read in one way.  Its progress is written in the transaction of the entries it counts, so an import
that was killed goes on where it stopped, and an undo knows what to take back.  Undoing is ``undoing``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select

from register.database import upsert
from schemas.errors import RefusedError
from village_node.desk import Desk
from village_node.importing.applying import entries_of
from village_node.importing.previewing import Preview
from village_node.store import NodeStore, Working
from village_node.tables import IMPORT_BATCH, IMPORT_SPAN


class BatchState(StrEnum):
    """How far a batch is; the texts are kept in the database."""

    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Batch:
    """One import of a file; times are this machine's clock in UTC milliseconds."""

    batch_id: bytes
    file_name: str
    officer: str
    started_ms: int
    changed_ms: int
    state: str
    families_done: int
    families_total: int


def apply_batch(desk: Desk, preview: Preview, progress: Callable[[int], None] | None = None) -> int:
    """Write a preview's plan as the rest of its batch; return how many entries.

    ``progress`` is told after each transaction how many of the plan's families are durable.  A file that changes
    nothing leaves no trace.  Raises RefusedError "import-half-undone", StorageError; what was committed stays.
    """
    households = preview.plan.households
    with desk.store.transaction() as working:
        known = batch_of(working.connection, preview.batch_id)
        if known is not None and known.state == BatchState.UNDOING:
            raise RefusedError(
                f"Pembatalan impor {known.file_name} belum selesai",
                code="import-half-undone",
                hint=f"Selesaikan dahulu: `kampung village import --undo {known.batch_id.hex()[:8]}`.",
            )
        batch = _begun(desk, preview, known)
        # What another file or laptop has brought since is not waited for.
        if households or (known is not None and known.state == BatchState.RUNNING):
            write_batch(working.connection, batch)
    if not households:
        return 0

    def noted(working: Working, first_ordinal: int, count: int) -> None:
        nonlocal batch
        done = batch.families_done + count
        state = BatchState.DONE if done >= batch.families_total else BatchState.RUNNING
        batch = replace(batch, families_done=done, state=state, changed_ms=desk.now_ms())
        write_batch(working.connection, batch)
        span = {"first_ordinal": first_ordinal, "last_ordinal": first_ordinal + count - 1, "batch_id": batch.batch_id}
        working.connection.execute(insert(IMPORT_SPAN).values(span))

    return desk.save_many(entries_of(desk, households), progress, noted=noted)


def _begun(desk: Desk, preview: Preview, known: Batch | None) -> Batch:
    """Return the batch as it is before the plan's families are written."""
    now_ms = desk.now_ms()
    is_new = known is None or known.state == BatchState.UNDONE
    done = 0 if known is None or is_new else known.families_done
    started_ms = now_ms if known is None or is_new else known.started_ms
    total = done + len(preview.plan.households)
    state = BatchState.RUNNING if preview.plan.households else BatchState.DONE
    return Batch(preview.batch_id, preview.file_name, desk.officer, started_ms, now_ms, state, done, total)


def batch_of(connection: Connection, batch_id: bytes) -> Batch | None:
    """Return a batch, None if this file was never imported here."""
    row = connection.execute(select(*_COLUMNS).where(IMPORT_BATCH.c.batch_id == batch_id)).one_or_none()
    return None if row is None else Batch(*row)


def list_batches(store: NodeStore) -> list[Batch]:
    """Return the imports of this laptop, the newest first."""
    query = select(*_COLUMNS).order_by(IMPORT_BATCH.c.started_ms.desc(), IMPORT_BATCH.c.batch_id)
    with store.reading() as working:
        return [Batch(*row) for row in working.connection.execute(query)]


def batch_named(store: NodeStore, text: str) -> Batch:
    """Return the batch whose id begins so; raises RefusedError "import-unknown" or "import-several"."""
    wanted = text.strip().lower()
    found = [one for one in list_batches(store) if wanted and one.batch_id.hex().startswith(wanted)]
    if len(found) == 1:
        return found[0]
    code = "import-several" if found else "import-unknown"
    raise RefusedError(
        f"Impor {text!r} {'cocok dengan beberapa' if found else 'tidak ada di laptop ini'}",
        code=code,
        hint="Lihat daftarnya: `kampung village import --batches`.",
    )


def write_batch(connection: Connection, batch: Batch) -> None:
    """Write how far a batch is."""
    upsert(connection, IMPORT_BATCH, [asdict(batch)])


def batch_to_tree(batch: Batch) -> dict[str, Any]:
    """Return a batch as the JSON object that ``village import --batches --json`` lists."""
    return {**asdict(batch), "batch_id": batch.batch_id.hex(), "state": str(batch.state)}


_COLUMNS = tuple(IMPORT_BATCH.c[one.name] for one in fields(Batch))
