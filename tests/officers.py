"""Sessions of officers as the accounts would give them, for tests of what a role may do and see."""

from __future__ import annotations

from village_node.accounts import Role, Scope, Session


def session_of(role: Role, scope: Scope | None = None) -> Session:
    """Return an unlocked session of somebody with a role; without a scope it is the whole village."""
    return Session(
        token="t",
        officer_id=bytes(16),
        username="u",
        display_name="U",
        role=role,
        scope=scope or Scope(),
        locked=False,
        must_change=False,
        csrf="c",
        seen_ms=0,
        ends_ms=1,
    )
