"""Remember which forms of the screen were saved, beside the entry they made, so that each is saved once.

Decides nothing of the register.  A form's id is drawn when the form is shown; ids are kept for a month, longer than any
page stays open.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from schemas.errors import AlreadySavedError
from village_node.tables import SAVED_FORM

KEPT_MS = 31 * 24 * 3600 * 1000


def check_form(connection: Connection, form_id: bytes) -> None:
    """Raise AlreadySavedError if a form was saved before."""
    change_id = connection.scalar(select(SAVED_FORM.c.change_id).where(SAVED_FORM.c.form_id == form_id))
    if change_id is not None:
        raise AlreadySavedError("Formulir ini sudah tersimpan", change_id=change_id)


def note_form(connection: Connection, form_id: bytes, change_id: bytes, wall_ms: int) -> None:
    """Note in the transaction that saves it that a form made an entry; forget those of long ago."""
    connection.execute(delete(SAVED_FORM).where(SAVED_FORM.c.saved_ms < wall_ms - KEPT_MS))
    connection.execute(insert(SAVED_FORM).values(form_id=form_id, change_id=change_id, saved_ms=wall_ms))
