"""Statements that are built once for each engine: building one with SQLAlchemy costs more than running it."""

from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection

S = TypeVar("S")


class PerEngine(Generic[S]):
    """`build(conn)`, called once for SQLite and once for PostgreSQL: where the two need different SQL."""

    def __init__(self, build: Callable[[Connection], S]) -> None:
        self._build = build
        self._built: dict[str, S] = {}

    def __call__(self, conn: Connection) -> S:
        name = conn.dialect.name
        if name not in self._built:
            self._built[name] = self._build(conn)
        return self._built[name]
