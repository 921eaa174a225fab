"""Keep what was typed when the session is lost, and show it again in the same form once its officer is back.

Decides whose it is (the officer whose session the form came from, proved by the form's own mark), how much is kept and
what never is (passwords, files).  What is kept is a draft like others: its officer alone sees and finds it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile

from schemas.errors import RefusedError, StorageError
from village_node.web.guided.drafts import TYPED, Drafts
from village_node.web.refilling import FORM_ID, Pair

MARK = "_ketikan"
"""The field of a form that was filled again: what was kept goes when the form is saved."""

BYTES_MAX = 256 * 1024
"""What is read of a form whose sender is not signed in: texts, never a scan."""
KEPT_MAX = 8
"""Kept for one officer; the oldest goes first."""

_NOT_KEPT = ("/masuk", "/kunci", "/buka-kunci", "/keluar", "/draf", "/lainnya/sandi", "/lainnya/petugas")
"""Forms of the door and of passwords."""
_SECRET = ("sandi", "password")


@dataclass(frozen=True, slots=True)
class Typing:
    """What was typed: the draft that holds it, where it was to be sent, its fields in order."""

    draft_id: bytes
    action: str
    pairs: tuple[Pair, ...]
    is_partial: bool
    """Whether the form had a file or a password besides, which is not kept."""

    @property
    def texts(self) -> list[str]:
        """Return what a person has typed or chosen, for a page whose form is gone."""
        return [value for name, value in self.pairs if not name.startswith("_") and value.strip() and len(value) != 32]


def keep(drafts: Drafts, form: FormData, *, page: str, action: str, title: str, now_ms: int) -> bytes | None:
    """Keep a form that could not be saved, as a draft of the officer who filled it; None if there is nothing to keep.

    Args:
        page: the address of the page that the form stands on.
        action: the address it was sent to.
    """
    pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and _may_be_kept(name)]
    left = [
        value for name, value in form.multi_items() if value and not name.startswith("_") and not _may_be_kept(name)
    ]
    left += [value for value in form.values() if isinstance(value, UploadFile) and value.filename]
    is_empty = all(name.startswith("_") or not value.strip() for name, value in pairs)
    if is_empty or any(f"{action}/".startswith(f"{one}/") for one in _NOT_KEPT):
        return None
    try:
        draft = drafts.begin(
            TYPED, title, page, {"action": action, "fields": json.dumps(pairs), "partial": "ya" if left else ""}, now_ms
        )
        drafts.keep_newest(TYPED, KEPT_MAX)
    except StorageError:
        return None  # a full disk: the door is what can still be shown
    return draft.draft_id


def find(drafts: Drafts, text: str) -> Typing | None:
    """Return what an officer has typed, by the id in an address; None if it is saved, thrown away or another's."""
    try:
        draft = drafts.read(bytes.fromhex(text))
    except (ValueError, RefusedError):
        return None
    if draft.form != TYPED:
        return None
    fields = json.loads(draft.answers["fields"])
    return Typing(
        draft.draft_id,
        draft.answers["action"],
        tuple((name, value) for name, value in fields),
        bool(draft.answers.get("partial")),
    )


def forget(drafts: Drafts, form: FormData) -> None:
    """Forget what was kept of a form that is saved now."""
    try:
        draft_id = bytes.fromhex(str(form.get(MARK) or ""))
    except ValueError:
        return
    if draft_id:
        drafts.drop(draft_id)


def _may_be_kept(name: str) -> bool:
    return (not name.startswith("_") or name == FORM_ID) and not any(word in name for word in _SECRET)
