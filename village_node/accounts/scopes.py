"""Say which records an officer may open, and where a search of his may look: only heads of RTs are narrowed.

A record belongs to the place of its family; an event, a request or a letter to that of the person it is about.  What
belongs to no family in force is nobody's but the office's.
"""

from __future__ import annotations

from dataclasses import replace

from register.areas import EVERYWHERE, Area
from schemas.bodies import values_of
from schemas.fields import Kind
from village_node.accounts.roles import Role, in_scope
from village_node.accounts.sessions import Session
from village_node.registration.desk_port import DeskPort

_ABOUT: dict[int, str] = {
    Kind.VITAL_EVENT: "subject_id",
    Kind.REQUEST: "applicant_id",
    Kind.LETTER: "subject_id",
    Kind.ATTACHMENT: "about_id",
}
_PEOPLE = frozenset({Kind.RESIDENT})
_HOLDERS = frozenset({Kind.RESIDENT, Kind.HOUSEHOLD, Kind.VITAL_EVENT, Kind.REQUEST, Kind.LETTER})


def may_see(session: Session, desk: DeskPort, record_id: bytes) -> bool:
    """Tell whether an officer may open a record's page; of an unknown record, only whether he is narrowed at all."""
    if session.role is not Role.RT_HEAD:
        return True
    home = _home_of(desk, record_id)
    return bool(home) and in_scope(session, home.get("rt"), home.get("rw"), home.get("hamlet"))


def search_area(session: Session, asked: Area = EVERYWHERE) -> Area:
    """Return where a search of this officer looks: where he asks, but never beyond his scope."""
    if session.role is not Role.RT_HEAD:
        return asked
    scope = session.scope
    return replace(asked, rt=scope.rt, rw=scope.rw or asked.rw, hamlet=scope.hamlet or asked.hamlet)


def _home_of(desk: DeskPort, record_id: bytes) -> dict[str, str | None]:
    """Return the values of the family that a record belongs to, empty if there is none."""
    shown = desk.shown(record_id)
    if shown is None:
        return {}
    values = values_of(shown.kind, shown.body)
    if shown.kind == Kind.HOUSEHOLD:
        return values
    if shown.kind == Kind.RESIDENT:
        home_id = values.get("household_id")
        return desk.values(home_id) if isinstance(home_id, bytes) else {}
    about = values.get(_ABOUT.get(shown.kind, ""))
    if not isinstance(about, bytes):
        return {}
    # The person of an event, never an event of an event; a file belongs to whatever it is attached to.
    holder = desk.shown(about)
    leads = holder is not None and holder.kind in (_HOLDERS if shown.kind == Kind.ATTACHMENT else _PEOPLE)
    return _home_of(desk, about) if leads else {}
