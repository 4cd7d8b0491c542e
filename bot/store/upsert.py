"""INSERT … ON CONFLICT, which both engines spell alike and SQLAlchemy keeps apart."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
Insert = sqlite.Insert | postgresql.Insert

#: SQLAlchemy counts rows of an INSERT only when told to.
_COUNTED = {"preserve_rowcount": True}


def insert_or_ignore(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Whether the row was stored; False if any unique key of it was there."""
    return conn.execute(_ignoring(conn.dialect.name, table), values, execution_options=_COUNTED).rowcount == 1


def insert_new(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], key: Column[T]) -> set[T]:
    """Stores those rows of which no unique key is there, in one statement; `key` of each that was stored."""
    return set(conn.scalars(_insert(conn.dialect.name, table).on_conflict_do_nothing().returning(key), rows))


def insert_or_replace(conn: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Stores the row, over the one with the same primary key if there is one."""
    insert = _insert(conn.dialect.name, table)
    keys = [column.name for column in table.primary_key]
    rest = {name: insert.excluded[name] for name in values if name not in keys}
    conn.execute(insert.on_conflict_do_update(index_elements=keys, set_=rest), values)


@cache
def _ignoring(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing().inline()


def _insert(dialect: str, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
