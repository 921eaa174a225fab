"""Kill a simulated process at a named moment of its work with the database.

Two moments are inside a transaction: before the n-th statement, and when everything is written but not committed.  What
dies after a commit and before it speaks is the world's business: it drops the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

Death = tuple[str, int]
"""The moment, "commit" or "statement", and which one."""


_FIRST: dict[object, Engine] = {}


def _share_compiled(engine: Engine) -> None:
    """Let all processes of one kind of office share what SQLAlchemy compiled: a program compiles each statement once,
    and here its process is begun anew hundreds of times in one of ours.
    """
    shared: Any = engine
    first: Any = _FIRST.setdefault(shared.dialect.dbapi, engine)  # SQLCipher at a node, SQLite at the hub
    # The dialect is part of the key of what is compiled.
    shared.dialect = shared.pool._dialect = first.dialect
    shared._compiled_cache = first._compiled_cache


class DeathError(BaseException):
    """The process dies here; nothing of ours may catch it."""


class Faults:
    """The deaths of one process, by default none: ``armed`` counts commits or statements down."""

    def __init__(self, engine: Engine) -> None:
        _share_compiled(engine)
        self._engine = engine
        self._left: dict[str, int] = {}

    @contextmanager
    def armed(self, death: Death | None) -> Iterator[None]:
        """Let the process die within the block: at the n-th "commit" or "statement", counted from 1."""
        if death is None:
            yield
            return
        self._left = {death[0]: death[1]}
        # Only while somebody waits for it: every statement would pay.
        heard = ("commit", self._commit) if death[0] == "commit" else ("before_cursor_execute", self._statement)
        event.listen(self._engine, *heard)
        try:
            yield
        finally:
            event.remove(self._engine, *heard)
            self._left = {}

    def _commit(self, _connection: Any) -> None:
        self._pass("commit")

    def _statement(self, *_: Any) -> None:
        self._pass("statement")

    def _pass(self, moment: str) -> None:
        if moment not in self._left:
            return
        self._left[moment] -= 1
        if self._left[moment] == 0:
            self._left = {}
            raise DeathError(moment)
