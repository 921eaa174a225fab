"""Open the hub's database and run its transactions: one village, or several in ascending order (protocol 2.8).

A transaction locks, gives a ``Registry`` over fresh shelves, writes back what changed and commits; an exception leaves
nothing behind.  Decides no rule; how values are kept is in ``loading`` and ``flushing``, questions are in ``reading``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update

from district_hub.config import HubConfig
from district_hub.flushing import F_BYTES, DecisionNote, flush
from district_hub.loading import HubLoader
from district_hub.migrations import HEAD
from district_hub.reading import HubReader
from district_hub.tables import META, METADATA, SAFE_POINT, VILLAGE
from register.by_key import one_of
from register.database import History, migrate, open_engine, reading, upsert, writing
from schemas.errors import HubBusyError, RefusedError
from sync_protocol.feed import feed_start
from sync_protocol.registry import Registry

HUB_HISTORY = History("hub", METADATA, Path(__file__).parent / "migrations", HEAD)

MUTE = "mute"
"""Name of the meta value that keeps a restored hub from answering anyone until a person resumes it (protocol 11)."""


@dataclass
class HubRegistry(Registry):
    """The registry of one transaction, its connection, and who decided what in it (``note``)."""

    connection: Connection = field(kw_only=True)
    locked: frozenset[int] = field(default=frozenset(), kw_only=True)
    notes: dict[bytes, DecisionNote] = field(default_factory=dict, kw_only=True)

    def note(self, decision_id: bytes, registrar: str, action: str, reason: str) -> None:
        """Keep who decided, what and why, for the history; written with the decision itself."""
        self.notes[decision_id] = DecisionNote(registrar, action, reason)


class HubStore:
    """The hub's one database; use it from any thread, close it at the end."""

    def __init__(self, engine: Engine, district_code: str) -> None:
        self.engine = engine
        self.district_code = district_code

    @classmethod
    def open(cls, directory: Path, config: HubConfig) -> Self:
        """Open, and bring to this program's schema, the database that the configuration names.

        Raises FutureSchemaError for a database of a newer version, DatabaseCorruptError, StorageError.
        """
        engine = open_engine(config.database_url_in(directory))
        try:
            migrate(engine, HUB_HISTORY)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, config.district_code)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[HubReader]:
        """Give answers about one state of the database; nothing is written."""
        with reading(self.engine) as connection:
            yield HubReader(connection, self.district_code)

    @contextmanager
    def village_transaction(self, village_id: int, now_ms: int) -> Iterator[HubRegistry]:
        """Lock one village and give its registry; committed at the end.

        Raises RefusedError "village-unknown".
        """
        with self.registry_transaction((village_id,), now_ms) as registry:
            yield registry

    @contextmanager
    def registry_transaction(self, village_ids: Collection[int] | None, now_ms: int) -> Iterator[HubRegistry]:
        """Lock villages in ascending order, all of them for None, and give the registry; committed at the end.

        Raises RefusedError "village-unknown"; LocalProtocolError if another village's feed was written.
        """
        with writing(self.engine) as connection:
            locked = self._lock(connection, village_ids)
            tables = HubLoader(connection, self.district_code).tables()
            registry = HubRegistry(tables, now_ms, connection=connection, locked=locked)
            yield registry
            flush(connection, tables, locked, now_ms, registry.notes)

    def _lock(self, connection: Connection, village_ids: Collection[int] | None) -> frozenset[int]:
        asked = {"of_district": self.district_code}
        if village_ids is None:
            locked = frozenset(connection.scalars(_LOCK_ALL, asked))
        else:
            locked = frozenset(connection.scalars(_LOCK_SOME, {**asked, "asked_for": sorted(village_ids)}))
        if unknown := set(village_ids or ()) - locked:
            raise RefusedError(f"village {min(unknown)} is not known at this hub", code="village-unknown")
        return locked

    def add_village(self, village_id: int, code: str, name: str, key: bytes) -> None:
        """Make a village known, with its feed at position 0; one that is known already stays as it is.

        Args:
            key: the village key, 32 bytes: F and imported ids are keyed with it.
        """
        values = {
            "district_code": self.district_code,
            "village_id": village_id,
            "code": code,
            "name": name,
            "key": key,
            "seq": 0,
            "head": feed_start(self.district_code, village_id),
            "fingerprint": bytes(F_BYTES),
            "eff_max": 0,
            "hub_time_ms": 0,
            "suspended": b"",
            "waiting": b"",
            "dispatched_seq": 0,
        }
        with writing(self.engine) as connection:
            mine = (VILLAGE.c.district_code == self.district_code, VILLAGE.c.village_id == village_id)
            if connection.scalar(select(VILLAGE.c.village_id).where(*mine)) is None:
                connection.execute(insert(VILLAGE), values)

    def mark_dispatched(self, positions: Mapping[int, int]) -> None:
        """Note up to which feed position of each village the dispatcher has looked; never moves back."""
        with writing(self.engine) as connection:
            for village_id, seq in sorted(positions.items()):
                mine = (VILLAGE.c.district_code == self.district_code, VILLAGE.c.village_id == village_id)
                is_ahead = VILLAGE.c.dispatched_seq < seq
                connection.execute(update(VILLAGE).where(*mine, is_ahead).values(dispatched_seq=seq))

    def set_safe_points(self, points: Mapping[tuple[int, bytes], int], backed_up_ms: int) -> None:
        """Note what a verified backup holds: (village, empty) its feed, (village, replica id) a journal."""
        rows = [
            {
                "district_code": self.district_code,
                "village_id": village_id,
                "replica_id": replica_id,
                "seq": seq,
                "backed_up_ms": backed_up_ms,
            }
            for (village_id, replica_id), seq in sorted(points.items())
        ]
        with writing(self.engine) as connection:
            connection.execute(delete(SAFE_POINT).where(SAFE_POINT.c.district_code == self.district_code))
            if rows:
                connection.execute(insert(SAFE_POINT), rows)

    def need_voice(self) -> None:
        """Return if this hub may answer; raises HubBusyError "hub-mute" while a restored one waits for a person."""
        with self.reading() as reader:
            if reader.meta(MUTE) is not None:
                raise HubBusyError(
                    "this hub was restored and is mute until a person resumes it",
                    code="hub-mute",
                    hint="Resume it with `kampung hub restore --resume`.",
                )

    def set_meta(self, name: str, value: str | None) -> None:
        """Keep a named value of the whole hub; None takes it out."""
        with writing(self.engine) as connection:
            if value is None:
                mine = (META.c.district_code == self.district_code, META.c.name == name)
                connection.execute(delete(META).where(*mine))
            else:
                upsert(connection, META, [{"district_code": self.district_code, "name": name, "value": value}])


# On SQLite the transaction holds the one write lock from its start.
_LOCK_ALL = (
    select(VILLAGE.c.village_id)
    .where(VILLAGE.c.district_code == bindparam("of_district"))
    .order_by(VILLAGE.c.village_id)
    .with_for_update()
)
_LOCK_SOME = _LOCK_ALL.where(one_of(VILLAGE.c.village_id))
