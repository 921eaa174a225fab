"""Know again what an undone import left behind, and bring it back as the new file says.

Undoing annuls records with a reason that begins with fixed words; they travel, so every laptop of the village knows
them.  Such a record is nobody's word any more: a later import takes it back under its old id, with the file's values
only.  A record annulled for another reason is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from register.importing.plan import PlannedUpdate
from schemas.bodies import Body
from schemas.fields import (
    TAG_CERTIFIED_AT,
    TAG_MERGED_INTO,
    TAG_NOTES,
    TAG_OWNER,
    TAG_VOID,
)

_REASON = "Impor dibatalkan"
_FILE_NAME_MAX = 80
_TAG_ATTACHMENTS = 6
_KEPT = frozenset({TAG_OWNER, TAG_MERGED_INTO, TAG_CERTIFIED_AT, TAG_NOTES, _TAG_ATTACHMENTS})


def undone_reason(file_name: str) -> str:
    """Return why a record of an undone import is void."""
    return f"{_REASON}: {file_name[:_FILE_NAME_MAX]}"


def is_undone(body: Body | None) -> bool:
    """Tell whether a record is void only because its import was undone."""
    if body is None or TAG_MERGED_INTO in body:
        return False
    return str(body.get(TAG_VOID, "")).startswith(_REASON)


def revived(
    record_id: bytes, kind: int, undone: Body, wanted: Body, implied_event: int | None = None
) -> Iterator[PlannedUpdate]:
    """Yield what makes an undone record the wanted one; the event hangs on the update that takes the reason away."""
    for tag in sorted(undone.keys() | wanted.keys()):
        old, new = undone.get(tag), wanted.get(tag)
        if tag not in _KEPT and old != new:
            yield PlannedUpdate(record_id, kind, tag, old, new, implied_event if tag == TAG_VOID else None)
