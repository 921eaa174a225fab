"""Keep a guided form that was begun: saved with each step and while one types, found again after a power cut.

Decides who sees a draft (the officer who began it) and how long it is kept.  A draft's id is the form's id when it is
saved for good, so that a second click saves nothing.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from schemas.errors import RefusedError
from village_node.store import NodeStore
from village_node.tables import FORM_DRAFT, SAVED_FORM

KEPT_MS = 60 * 24 * 3600 * 1000

CORRECTION = "perbaiki-"
"""Begins the name of a form that corrects a record; where the record's page is follows."""

TYPED = "ketikan"
"""Any other form, as it was typed when the session was lost; its step is the page that it stands on."""


def again_address(page: str, draft_id: bytes) -> str:
    """Return the address of a page that shows once more what was typed there."""
    return f"{page}{'&' if '?' in page else '?'}{TYPED}={draft_id.hex()}"


@dataclass(frozen=True, slots=True)
class Draft:
    """One form begun; ``answers`` are texts as typed."""

    draft_id: bytes
    form: str
    title: str
    step: str
    answers: dict[str, str]
    changed_ms: int

    @property
    def address(self) -> str:
        """Return where it goes on; a correction's step is the record that it is about."""
        if self.form == TYPED:
            return again_address(self.step, self.draft_id)
        if self.form.startswith(CORRECTION):
            return f"/{self.form.removeprefix(CORRECTION)}/{self.step}/perbaiki"
        return f"/lapor/{self.form}/{self.draft_id.hex()}/{self.step}"


class Drafts:
    """The drafts of one officer."""

    def __init__(self, store: NodeStore, officer: str) -> None:
        self.store = store
        self.officer = officer

    def begin(self, form: str, title: str, step: str, answers: dict[str, str], now_ms: int) -> Draft:
        """Begin a form, or go on with one that was begun just so and left; drafts untouched for two months go."""
        same = self.about(form, step)
        if same is not None and same.answers == answers:
            return same
        draft = Draft(uuid.uuid4().bytes, form, title, step, answers, now_ms)
        row = {"officer": self.officer, "form": form, "title": title, "step": step, "answers": json.dumps(answers)}
        with self.store.transaction() as working:
            working.connection.execute(delete(FORM_DRAFT).where(FORM_DRAFT.c.changed_ms < now_ms - KEPT_MS))
            working.connection.execute(
                insert(FORM_DRAFT).values(draft_id=draft.draft_id, begun_ms=now_ms, changed_ms=now_ms, **row)
            )
        return draft

    def read(self, draft_id: bytes) -> Draft:
        """Return a draft; raises RefusedError "draft-unknown" for one that is saved, thrown away or somebody else's."""
        with self.store.reading() as working:
            found = self._rows(working.connection, FORM_DRAFT.c.draft_id == draft_id)
        if not found:
            raise RefusedError(
                "Draf ini sudah disimpan atau dibuang", code="draft-unknown", hint="Lihat draf Anda di meja."
            )
        return found[0]

    def write(self, draft_id: bytes, step: str, title: str, answers: dict[str, str], now_ms: int) -> None:
        """Keep what was typed so far."""
        change = update(FORM_DRAFT).where(FORM_DRAFT.c.draft_id == draft_id, FORM_DRAFT.c.officer == self.officer)
        with self.store.transaction() as working:
            working.connection.execute(
                change.values(step=step, title=title, answers=json.dumps(answers), changed_ms=now_ms)
            )

    def keep(
        self, form: str, step: str, title: str, answers: dict[str, str], draft_id: bytes | None, now_ms: int
    ) -> bool:
        """Keep the one draft there is of a form and a step; tells False once that form is saved for good."""
        row = {"title": title, "answers": json.dumps(answers), "changed_ms": now_ms}
        with self.store.transaction() as working:
            connection = working.connection
            if draft_id is None or connection.scalar(
                select(SAVED_FORM.c.form_id).where(SAVED_FORM.c.form_id == draft_id)
            ):
                return False
            changed = connection.execute(update(FORM_DRAFT).where(self._about(form, step)).values(**row))
            if not changed.rowcount:
                row |= {"officer": self.officer, "form": form, "step": step, "begun_ms": now_ms}
                connection.execute(insert(FORM_DRAFT).values(draft_id=draft_id, **row))
        return True

    def about(self, form: str, step: str) -> Draft | None:
        """Return the draft of a form and a step, None if there is none."""
        with self.store.reading() as working:
            return next(iter(self._rows(working.connection, self._about(form, step))), None)

    def drop_about(self, form: str, step: str) -> None:
        """Forget the draft of a form and a step."""
        with self.store.transaction() as working:
            working.connection.execute(delete(FORM_DRAFT).where(self._about(form, step)))

    def _about(self, form: str, step: str) -> ColumnElement[bool]:
        return and_(FORM_DRAFT.c.officer == self.officer, FORM_DRAFT.c.form == form, FORM_DRAFT.c.step == step)

    def drop(self, draft_id: bytes) -> None:
        """Throw a draft away, or forget one that is saved for good."""
        with self.store.transaction() as working:
            working.connection.execute(
                delete(FORM_DRAFT).where(FORM_DRAFT.c.draft_id == draft_id, FORM_DRAFT.c.officer == self.officer)
            )

    def keep_newest(self, form: str, count: int) -> None:
        """Forget all but the newest drafts of a form."""
        own = and_(FORM_DRAFT.c.officer == self.officer, FORM_DRAFT.c.form == form)
        newest = select(FORM_DRAFT.c.draft_id).where(own).order_by(FORM_DRAFT.c.changed_ms.desc()).limit(count)
        with self.store.transaction() as working:
            working.connection.execute(delete(FORM_DRAFT).where(own, FORM_DRAFT.c.draft_id.not_in(newest)))

    def mine(self, limit: int = 20) -> list[Draft]:
        """Return this officer's drafts, the newest first."""
        with self.store.reading() as working:
            return self._rows(working.connection, limit=limit)

    def _rows(self, connection: Connection, *conditions: object, limit: int = 1) -> list[Draft]:
        query = select(FORM_DRAFT).where(FORM_DRAFT.c.officer == self.officer, *conditions)  # type: ignore[arg-type]
        rows = connection.execute(query.order_by(FORM_DRAFT.c.changed_ms.desc()).limit(limit)).mappings()
        return [
            Draft(
                row["draft_id"], row["form"], row["title"], row["step"], json.loads(row["answers"]), row["changed_ms"]
            )
            for row in rows
        ]
