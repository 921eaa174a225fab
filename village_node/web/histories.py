"""Tell what an officer's own entries did to a record, newest first: who, when, what was and is, why, where it is now.

Decides the words; what the registry changed by itself is seen in the inbox and in the values.  Imports are named as one
line, since an import writes a whole family at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.codes import code_list
from schemas.fields import Kind, fields_by_tag, tag_of
from sync_protocol.entries import Add, Create, Update
from village_node.entry_states import EntryState, Verdict, entry_states
from village_node.registration.corrections import REASON_PREFIX
from village_node.status import entry_word
from village_node.store import NodeStore
from village_node.web.values import wire_in_words
from village_node.web.words import Words


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One field that an entry wrote."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One own entry as it touched one record."""

    change_id: str
    wall_ms: int
    officer: str
    what: str
    changes: tuple[ChangeLine, ...]
    reason: str
    sign: str
    event_id: str


def history_of(store: NodeStore, record_id: bytes, kind: int, words: Words, *, limit: int = 20) -> list[HistoryLine]:
    """Return the newest own entries that touched a record."""
    return [_line(state, record_id, kind, words) for state in entry_states(store, record_id=record_id, limit=limit)]


def sign_of_entry(state: EntryState) -> str:
    """Return the sign of an entry: what was decided hides where it is."""
    if state.verdict is Verdict.IN_REVIEW:
        return "review"
    if state.verdict in {Verdict.REFUSED, Verdict.SUPERSEDED}:
        return "refused"
    if state.verdict is Verdict.UNREADABLE:
        return "damaged"
    return {"unsent": "waiting", "received": "received", "safe": "safe"}[str(state.delivery)]


def _line(state: EntryState, record_id: bytes, kind: int, words: Words) -> HistoryLine:
    lines: list[ChangeLine] = []
    what, event_id, reason = entry_word(state.kind).capitalize(), "", ""
    for change in state.changes:
        if isinstance(change, Create) and change.kind == Kind.VITAL_EVENT:
            event_id = change.record_id.hex()
            found = change.body.get(tag_of(Kind.VITAL_EVENT, "event_kind"))
            what = words.label(code_list("event_kind").label(found).capitalize()) if isinstance(found, int) else what
        if change.record_id != record_id:
            continue
        if isinstance(change, Create):
            what = words("%(what)s: dicatat", what=what) if event_id else words("Dicatat pertama kali")
        elif isinstance(change, Update):
            lines.append(_change_line(change, kind, words))
        elif isinstance(change, Add) and isinstance(change.element, str) and change.element.startswith(REASON_PREFIX):
            reason = change.element.removeprefix(REASON_PREFIX)
    return HistoryLine(
        state.change_id.hex(),
        state.wall_ms,
        state.officer,
        what,
        tuple(line for line in lines if line.label),
        reason,
        sign_of_entry(state),
        event_id,
    )


def _change_line(change: Update, kind: int, words: Words) -> ChangeLine:
    field = fields_by_tag(kind).get(change.tag)
    if field is None or field.type == "record":
        return ChangeLine("", "", "")
    return ChangeLine(
        words.label(field.label_id),
        wire_in_words(kind, change.tag, change.old, words),
        wire_in_words(kind, change.tag, change.new, words),
    )
