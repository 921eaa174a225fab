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


class DeathError(BaseException):
    """The process dies here; nothing of ours may catch it."""


class Faults:
    """The deaths of one process, by default none: ``armed`` counts commits or statements down."""

    def __init__(self, engine: Engine) -> None:
        self._left: dict[str, int] = {}
        event.listen(engine, "commit", self._commit)
        event.listen(engine, "before_cursor_execute", self._statement)

    @contextmanager
    def armed(self, death: Death | None) -> Iterator[None]:
        """Let the process die within the block: at the n-th "commit" or "statement", counted from 1."""
        self._left = {} if death is None else {death[0]: death[1]}
        try:
            yield
        finally:
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
