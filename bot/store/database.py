"""The store's front: runs store functions in database threads, so that the event loop never waits for a disk."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.store.calls import Call, Health
from bot.store.errors import CannotOpen, StoreUnavailable
from bot.store.work import Bell

T = TypeVar("T")

#: Seconds a worker waits for a store that is locked or restarting. The webhook waits less.
PATIENCE = 30.0


class Engine(Protocol):
    """SQLite or PostgreSQL, behind threads."""

    health: Health
    reading: Health

    def write(self, call: Call) -> None: ...
    def read(self, call: Call) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Stats:
    """What this process has done since the store was opened. `state` is "ok", or why not."""

    state: str
    commits: int
    functions: int
    largest_batch: int


class Database:
    """An open store. It belongs to the event loop it was opened in."""

    def __init__(self, engine: Engine, bell: Bell) -> None:
        self._engine = engine
        self._bell = bell

    @classmethod
    async def open(cls, url: str) -> Self:
        """Opens `sqlite:///file` or `postgresql://…`, whose schema `migrate` has made.

        Raises CannotOpen with what to change.
        """
        bell = Bell(asyncio.get_running_loop())
        return cls(await asyncio.to_thread(_open, parse_url(url), bell), bell)

    async def close(self) -> None:
        """Returns when everything that was asked for is done and every thread has ended."""
        await asyncio.to_thread(self._engine.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def write(
        self, function: Callable[..., T], *arguments: Any, patience: float = PATIENCE, **keywords: Any
    ) -> T:
        """What `function(conn, *arguments, **keywords)` returns, once it is committed and on the disk.

        `function` does nothing but SQL: it may be run twice. What it raises is raised here and nothing is stored.
        Raises StoreUnavailable after `patience` seconds, at once if the disk is full; only after a lost line is it
        unknown whether something was stored, and then the message says so. If the caller is cancelled, the function
        may be run all the same.
        """
        answer: asyncio.Future[T] = self._bell.loop.create_future()
        call = Call(function, arguments, keywords, time.monotonic() + patience, answer)
        self._engine.write(call)
        return await _answer_of(call, answer, patience, self._engine.health)

    async def read(self, function: Callable[..., T], *arguments: Any, patience: float = PATIENCE, **keywords: Any) -> T:
        """The same on one unchanging snapshot; a function that writes fails."""
        answer: asyncio.Future[T] = self._bell.loop.create_future()
        call = Call(function, arguments, keywords, time.monotonic() + patience, answer)
        self._engine.read(call)
        return await _answer_of(call, answer, patience, self._engine.reading)

    @property
    def announced(self) -> int:
        """How often work was announced. Taken before looking for work, it makes `wait_for_work` miss nothing."""
        return self._bell.rung

    async def wait_for_work(self, timeout: float, since: int | None = None) -> None:
        """Returns when work was announced by any process, at the latest after `timeout` seconds.

        With `since` (an earlier `announced`) it returns at once if some was announced meanwhile.
        """
        await self._bell.wait(timeout, self._bell.rung if since is None else since)

    def stats(self) -> Stats:
        health, reading = self._engine.health, self._engine.reading
        state = reading.state if health.state == "ok" else health.state
        return Stats(state, health.commits, health.calls, health.largest)


async def _answer_of(call: Call, answer: "asyncio.Future[T]", patience: float, health: Health) -> T:
    try:
        # not wait_for: on Python 3.11 it forgets a cancellation that comes together with the answer
        async with asyncio.timeout(patience):
            return await answer
    except TimeoutError as error:
        if not answer.cancelled():  # it came at the last moment, or is the function's own TimeoutError
            return answer.result()
        why = health.state if health.state != "ok" else f"no answer from the database within {patience:g} s"
        raise StoreUnavailable(why) from error
    finally:
        call.abandoned = True


def parse_url(url: str) -> URL:
    """`url` as SQLAlchemy reads it. Raises CannotOpen with an example if it is neither SQLite's nor PostgreSQL's."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("sqlite", "postgresql", "postgres"):
        raise CannotOpen("DATABASE_URL should look like sqlite:///interlock.db or postgresql://user@host/interlock")
    return parsed


def _open(url: URL, bell: Bell) -> Engine:
    # Each engine is imported only where it is used.
    if url.get_backend_name() == "sqlite":
        from bot.store.sqlite import SqliteStore  # noqa: PLC0415

        return SqliteStore(url, bell)
    from bot.store.postgres import PostgresStore  # noqa: PLC0415

    return PostgresStore(url, bell)
