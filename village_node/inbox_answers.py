"""Answer what is in the inbox: send the village's value again, take the district's, or ask; and take an answer back.

Decides what counts as answered on this laptop.  An answer that writes is an ordinary correction or note and travels as
one; the mark that a matter is answered is the laptop's alone, so nothing is ever dropped, only put aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import msgspec
from sqlalchemy import Connection, func, select, true

from schemas.bodies import from_wire, values_of
from schemas.errors import DataError, RefusedError
from schemas.fields import fields_by_tag
from sync_protocol.entries import EntryKind
from village_node import settings
from village_node.desk import Desk
from village_node.inbox import Matter
from village_node.inbox_marks import IN_REVIEW, Named, key_of
from village_node.laptop_tables import SETTING
from village_node.registration import Recorded, correct
from village_node.registration.draft import EntryDraft
from village_node.settings import Settings
from village_node.store import NodeStore

ANSWERS_KEPT_MAX = 5_000
"""Far above what a village answers in years; the oldest go first, and then come back as open."""

QUESTION_PREFIX = "Pertanyaan kepada kabupaten: "
"""Begins the note that asks the district about a record."""

RESENT, TAKEN, ASKED = "resent", "taken", "asked"


class Answer(msgspec.Struct, frozen=True):
    """What was answered, by whom, when."""

    code: str
    officer: str
    answered_ms: int


class InboxAnswers(Settings, frozen=True, kw_only=True):
    """The answers of this laptop by the matter's key."""

    key: ClassVar[str] = "inbox-answers"

    answers: Annotated[dict[str, Answer], msgspec.Meta(max_length=ANSWERS_KEPT_MAX)] = msgspec.field(
        default_factory=dict
    )


def answers_of(store: NodeStore) -> dict[str, Answer]:
    """Return what was answered here, by the matter's key."""
    with store.reading() as working:
        return settings.read(working.connection, InboxAnswers).answers


def answers_version(connection: Connection) -> tuple[int, int]:
    """Return how many answers there are and when the newest was given, without reading them: pages ask each time."""
    given = func.json_each(SETTING.c.value_json, "$.answers").table_valued("value")
    newest = func.max(func.json_extract(given.c.value, "$.answered_ms"))
    query = select(func.count(given.c.value), newest).select_from(SETTING).join(given, true())
    count, newest_ms = connection.execute(query.where(SETTING.c.key == InboxAnswers.key)).one()
    return count, newest_ms or 0


def open_count(matters: Sequence[Named], answers: dict[str, Answer]) -> int:
    """Return how many matters wait for an answer of the village; what is under review waits for the district."""
    return sum(1 for one in matters if one.code != IN_REVIEW and key_of(one) not in answers)


def take_district(desk: Desk, matter: Matter) -> None:
    """Put a matter aside: the district's value stands, the village's own stays in the history."""
    _note(desk, matter, TAKEN)


def take_back(desk: Desk, key: str) -> None:
    """Make a matter open again; what an answer wrote stays written."""
    with desk.store.transaction() as working:
        held = dict(settings.read(working.connection, InboxAnswers).answers)
        held.pop(key, None)
        settings.write(working.connection, InboxAnswers(answers=held))


def can_resend(matter: Matter) -> bool:
    """Tell whether a matter has a value of the village that could be sent again."""
    return matter.about_id is not None and matter.tag != 0 and matter.wire is not None


def send_again(desk: Desk, matter: Matter, reason: str) -> Recorded:
    """Send the village's value again, as a correction with a reason.

    Raises DataError "reason-missing", RefusedError "matter-without-value" and what ``correct`` raises.
    """
    if not reason.strip():
        raise DataError("Tulis alasannya, misalnya surat yang menjadi dasar", code="reason-missing", field="alasan")
    shown = desk.shown(matter.about_id) if matter.about_id is not None else None
    if shown is None or not can_resend(matter):
        raise RefusedError(
            "Kiriman ini tidak punya nilai untuk dikirim lagi", code="matter-without-value", hint="Buka catatannya."
        )
    assert matter.about_id is not None
    field = fields_by_tag(shown.kind)[matter.tag]
    before: dict[str, Any] = {field.name: values_of(shown.kind, shown.body).get(field.name)}
    done = correct(desk, matter.about_id, before, {field.name: from_wire(field, matter.wire)}, reason=reason)
    _note(desk, matter, RESENT)
    return done


def ask_district(desk: Desk, matter: Matter, question: str) -> Recorded:
    """Ask about a record: the question travels as a note of it.

    Raises DataError "question-missing", RefusedError "record-unknown" and what saving raises.
    """
    if not question.strip():
        raise DataError("Tulis pertanyaannya", code="question-missing", field="pertanyaan")
    if matter.about_id is None:
        raise RefusedError("Data tidak ditemukan", code="record-unknown", hint="Hubungi kabupaten.")
    draft = EntryDraft(desk)
    draft.note(matter.about_id, "notes", QUESTION_PREFIX + question.strip())
    done = draft.save(EntryKind.CORRECTION)
    _note(desk, matter, ASKED)
    return done


def _note(desk: Desk, matter: Matter, code: str) -> None:
    with desk.store.transaction() as working:
        held = dict(settings.read(working.connection, InboxAnswers).answers)
        held[key_of(matter)] = Answer(code, desk.officer, max(0, desk.now_ms()))
        kept = sorted(held.items(), key=lambda one: one[1].answered_ms)[-ANSWERS_KEPT_MAX:]
        settings.write(working.connection, InboxAnswers(answers=dict(kept)))
