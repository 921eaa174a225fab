"""Read and delete rows by many keys at a time, with statements that are built once.

Building a statement costs SQLAlchemy more than SQLite takes to answer it, and both offices ask for a few keys all day
long.  Decides how many keys one statement names.  Knows no table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Delete, Select, Table, bindparam, delete, select

CHUNK_ROWS = 500
"""One statement's worth of rows: bounds memory, and stays far below every database's limit of parameters."""

_T = TypeVar("_T")
Equal = Mapping[Column[Any], Any]
"""Columns and the one value that each must have."""


def chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    """Give items in lists of one statement each."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK_ROWS)):
        yield chunk


def rows_by_key(
    connection: Connection,
    columns: tuple[Column[Any], ...],
    key: Column[Any],
    keys: Iterable[Any],
    equal: Equal | None = None,
    *,
    order: tuple[Column[Any], ...] = (),
) -> Iterator[Any]:
    """Give the rows whose key is one of many; in order within each statement's worth of keys."""
    same = equal or {}
    return rows_asked(connection, _selecting(columns, key, tuple(same), order), keys, _places(same))


def rows_asked(
    connection: Connection, statement: Select[Any], keys: Iterable[Any], also: Mapping[str, Any] | None = None
) -> Iterator[Any]:
    """Give the rows of a statement of the caller's, built once, that asks for ``one_of`` many keys."""
    for chunk in chunks(keys):
        yield from connection.execute(statement, {"asked_for": chunk, **(also or {})})


def delete_by_key(
    connection: Connection, table: Table, key: Column[Any], keys: Iterable[Any], equal: Equal | None = None
) -> None:
    """Delete the rows whose key is one of many."""
    same = equal or {}
    statement = _deleting(table, key, tuple(same))
    for chunk in chunks(keys):
        connection.execute(statement, {"asked_for": chunk, **_places(same)})


def one_of(key: Column[Any]) -> Any:
    """Return the condition that a column is one of ``asked_for``, a parameter that holds a list."""
    return key.in_(bindparam("asked_for", expanding=True))


def _places(equal: Equal) -> dict[str, Any]:
    return {f"same_{place}": value for place, value in enumerate(equal.values())}


@cache
def _selecting(
    columns: tuple[Column[Any], ...], key: Column[Any], same: tuple[Column[Any], ...], order: tuple[Column[Any], ...]
) -> Select[Any]:
    return select(*columns).where(*_conditions(key, same)).order_by(*order)


@cache
def _deleting(table: Table, key: Column[Any], same: tuple[Column[Any], ...]) -> Delete:
    return delete(table).where(*_conditions(key, same))


def _conditions(key: Column[Any], same: tuple[Column[Any], ...]) -> list[Any]:
    return [*(column == bindparam(f"same_{place}") for place, column in enumerate(same)), one_of(key)]
