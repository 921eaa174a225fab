"""Say who may do what at the desk, and which records the head of an RT may see.

A table, nothing else: roles are the laptop's, and decide nothing of the register or the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from village_node.accounts.sessions import Session


class Role(StrEnum):
    """What an officer is at this desk."""

    OPERATOR = "operator"
    SECRETARY = "secretary"
    HEAD = "head"
    RT_HEAD = "rt_head"


class Action(StrEnum):
    """What a page may let an officer do."""

    VIEW = "view"
    REQUEST = "request"
    RECORD = "record"
    CORRECT = "correct"
    ATTACH = "attach"
    ISSUE_LETTER = "issue-letter"
    REVOKE_LETTER = "revoke-letter"
    SIGN_LETTER = "sign-letter"
    REPORT = "report"
    IMPORT = "import"
    EXPORT = "export"
    SYNC = "sync"
    BACKUP = "backup"
    RESTORE = "restore"
    SETTINGS = "settings"
    OFFICERS = "officers"
    VIEW_LOG = "view-log"


ROLE_NAMES: dict[Role, str] = {
    Role.OPERATOR: "Operator",
    Role.SECRETARY: "Sekretaris desa",
    Role.HEAD: "Kepala desa",
    Role.RT_HEAD: "Ketua RT",
}

_RT_HEAD = frozenset({Action.VIEW, Action.REQUEST})
_OPERATOR = _RT_HEAD | {
    Action.RECORD,
    Action.CORRECT,
    Action.ATTACH,
    Action.ISSUE_LETTER,
    Action.REPORT,
    Action.IMPORT,
    Action.SYNC,
    Action.BACKUP,
}
# What takes everybody's data out of the laptop, books as files too, is for those who answer for it.
_KEEPER = frozenset(Action)

ALLOWED: dict[Role, frozenset[Action]] = {
    Role.RT_HEAD: _RT_HEAD,
    Role.OPERATOR: _OPERATOR,
    # In a village office either of the two stands in for the other.
    Role.SECRETARY: _KEEPER,
    Role.HEAD: _KEEPER,
}

KEEPERS = frozenset(role for role, actions in ALLOWED.items() if Action.OFFICERS in actions)
"""Roles of which one officer must always be left: nobody else can let others in."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the head of an RT is at home; an empty part does not narrow."""

    rt: str = ""
    rw: str = ""
    hamlet: str = ""

    @property
    def is_narrow(self) -> bool:
        """Tell whether this is one RT at least."""
        return bool(_number(self.rt))


def may(session: Session, action: Action) -> bool:
    """Tell whether an officer's role allows an action; a locked session allows none."""
    return not session.locked and action in ALLOWED[session.role]


def in_scope(session: Session, rt: str | None, rw: str | None, hamlet: str | None) -> bool:
    """Tell whether an officer may see a record of this place; only the heads of RTs are narrowed."""
    if session.role is not Role.RT_HEAD:
        return True
    scope = session.scope
    if not scope.is_narrow:
        return False  # an RT head without an RT sees nobody, rather than everybody
    return (
        _number(scope.rt) == _number(rt)
        and (not scope.rw or _number(scope.rw) == _number(rw))
        and (not scope.hamlet or _word(scope.hamlet) == _word(hamlet))
    )


def _number(text: str | None) -> str:
    """Fold "01", "001" and " 1" into one."""
    return _word(text).lstrip("0")


def _word(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()
