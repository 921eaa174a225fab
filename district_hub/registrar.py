"""Let a registrar write: lock the owner villages, keep the diary, refuse what the page no longer shows (protocol 5.5).

Decides who is asked for locks, and that the diary is on the disk before the commit, so that a decision outlives a
restored database.  Deliberately not here: what is written (``review``, ``corrections``, ...).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from district_hub.reading import HubReader
from district_hub.store import HubRegistry, HubStore
from schemas.errors import RefusedError
from sync_protocol.causes import decision_id
from sync_protocol.codec import encode
from sync_protocol.decisions import Edit, edit
from sync_protocol.registry import Registry
from sync_protocol.tables import Record

DIARY_EDIT: Final = "edit"
DIARY_DECIDE: Final = "decide"

DiaryLine = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Registrar:
    """Who writes, where the diary goes, and whether it is only a rehearsal (``--dry-run``): then nothing is kept."""

    name: str
    write_diary: Callable[[DiaryLine], None]
    is_rehearsal: bool = False


def looking(reader: HubReader) -> Registry:
    """Return a registry to look at, over one state of the database; it is never committed."""
    return Registry(reader.loader.tables(), 0)


class _RehearsedError(Exception):
    """Ends a rehearsal: leaves the transaction so that it is rolled back."""


@contextmanager
def registry_of(
    store: HubStore, registrar: Registrar, record_ids: Iterable[bytes], now_ms: int, *, also: Iterable[int] = ()
) -> Iterator[HubRegistry]:
    """Give a registry that holds the locks of the records' owner villages (and of ``also``), committed at the end.

    Raises RefusedError "record-unknown" for an id that the hub does not know.
    """
    ids = list(dict.fromkeys(record_ids))
    with store.reading() as reader:
        locked = {need_record(reader.record(record_id), record_id).owner for record_id in ids} | set(also)
    try:
        with store.registry_transaction(sorted(locked), now_ms) as registry:
            registry.tables.records.prefetch(ids)
            yield registry
            if registrar.is_rehearsal:
                raise _RehearsedError
    except _RehearsedError:
        pass


def need_record(record: Record | None, record_id: bytes) -> Record:
    """Return a record that must exist; raises RefusedError "record-unknown"."""
    if record is None:
        raise RefusedError(
            f"record {record_id.hex()} is not known at this hub",
            code="record-unknown",
            hint="Check the id with `kampung hub review list` or `kampung hub register list`.",
        )
    return record


def page_changed() -> RefusedError:
    """Return the refusal of a decision whose page no longer holds (protocol 5.5)."""
    return RefusedError(
        "the registry has changed since this page was shown; nothing was written",
        code="page-changed",
        hint="Look at the page again and decide on what it shows now.",
    )


def need_reason(reason: str) -> str:
    """Return a reason that says something; raises RefusedError "reason-missing"."""
    if not reason.strip():
        raise RefusedError(
            "a reason is required: the village and the audit read it",
            code="reason-missing",
            hint="Say why in a few words with --reason.",
        )
    return reason.strip()


def write_edits(registry: HubRegistry, registrar: Registrar, edits: Sequence[Edit], *, reason: str, verb: str) -> bytes:
    """Write edits as one decision, all or none; return its id.  The diary is durable before the caller commits.

    Raises RefusedError "page-changed" if an ``old`` no longer holds.
    """
    decision = decision_id(os.urandom(16))
    if not edit(registry, edits, decision):
        raise page_changed()
    note(
        registry,
        registrar,
        kind=DIARY_EDIT,
        decision=decision,
        verb=verb,
        reason=reason,
        payload=[[one.record_id, one.tag, one.old, one.new] for one in edits],
    )
    return decision


def note(
    registry: HubRegistry,
    registrar: Registrar,
    *,
    kind: str,
    decision: bytes,
    verb: str,
    reason: str,
    payload: list[Any],
) -> None:
    """Note who decided, for the history, and append one line to the diary; a rehearsal leaves none.

    Raises RefusedError "page-changed" before that if a village was written that is not locked: a record has changed its
    owner since the locks were chosen.  ``payload`` is what a replay needs, in the protocol's own encoding, because
    JSON has no bytes.
    """
    if not registry.locked.issuperset(registry.tables.villages.changed):
        raise page_changed()
    registry.note(decision, registrar.name, verb, reason)
    if registrar.is_rehearsal:
        return
    registrar.write_diary(
        {
            "at_ms": registry.now_ms,
            "kind": kind,
            "decision": decision.hex(),
            "verb": verb,
            "registrar": registrar.name,
            "reason": reason,
            "payload": base64.b64encode(encode(payload)).decode(),
        }
    )


def today_days(now_ms: int, offset_minutes: int) -> int:
    """Return the local day of an instant as a body holds it: days since 1970-01-01 (protocol 4.2)."""
    return (now_ms + offset_minutes * 60_000) // 86_400_000
