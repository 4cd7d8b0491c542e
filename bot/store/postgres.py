"""The engine of several machines: a transaction per function in a pool of threads; deliveries share theirs."""

import os
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.store.calls import Batcher, Call, Health, Trouble, deliver, run_together
from bot.store.errors import CannotOpen
from bot.store.listener import Listener, Teller
from bot.store.work import Bell, take_announcement

THREADS = 8
#: Nothing waits for a lock, a dead server or a lost line for ever. Seconds, milliseconds where the name says so.
CONNECTION = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": "-c statement_timeout=30000 -c lock_timeout=20000 -c idle_in_transaction_session_timeout=60000",
}

#: Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html.
_PASSES = {
    "08": "connection to the database lost",
    "40": "interrupted by another transaction",
    "57": "database stopping or starting",
    "55P03": "database locked",
    "53300": "too many connections",
}
_STAYS = {"53": "disk full or out of memory", "25006": "database is read-only", "58": "input/output error"}


class CommitUnknown(Exception):
    """The line was lost while committing: it may have been stored, or not."""


def diagnose(error: Exception) -> Trouble | None:
    """What PostgreSQL's SQLSTATE means; None for an error that is not the store's."""
    if isinstance(error, CommitUnknown):
        return Trouble(f"it is not known whether this was stored: {error}", passes=False)
    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        lost = error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
        return Trouble(f"database not reachable: {error.orig}".strip(), passes=True) if lost else None
    if state == "57014":
        return Trouble("the database took too long", passes=False)
    for known, passes in ((_PASSES, True), (_STAYS, False)):
        if why := known.get(state) or known.get(state[:2]):
            return Trouble(why, passes)
    return None


def connect(url: URL, **pool: Any) -> Engine:
    """An engine over psycopg 3; `pool` as create_engine takes it. Raises CannotOpen if psycopg is not installed."""
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={name: value for name, value in CONNECTION.items() if name not in url.query},
            **pool,
        )
    except ModuleNotFoundError as error:
        raise CannotOpen("PostgreSQL needs the driver psycopg: pip install 'interlock[postgres]'") from error


class PostgresStore:
    """Runs calls on one server. Opened and closed in a thread: both use the network."""

    def __init__(self, url: URL, bell: Bell) -> None:
        self.health = Health(diagnose)
        self.reading = Health(diagnose)
        self._bell = bell
        self._me = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._engine = connect(url, pool_size=THREADS + 2, max_overflow=0)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._threads = ThreadPoolExecutor(THREADS, "store")
        self._batcher = Batcher("store-group", self._run_batch)
        self._listener = Listener(connect(url, poolclass=NullPool, pool_reset_on_return=None), bell.ring, self._me)
        self._teller = Teller(self._engine, self._me)
        for thread in (self._batcher, self._listener, self._teller):
            thread.start()

    def write(self, call: Call) -> None:
        if getattr(call.function, "shares_commits", False):
            self._batcher.submit(call)
        else:
            self._threads.submit(self._run_batch, [call])

    def read(self, call: Call) -> None:
        self._threads.submit(self._run_read, call)

    def close(self) -> None:
        self._batcher.close()
        self._threads.shutdown()
        self._teller.close()
        self._listener.close()
        self._engine.dispose()

    def _run_batch(self, calls: Sequence[Call]) -> None:
        run_together(calls, self._transaction, self.health)
        deliver(self._bell.loop, calls)

    def _run_read(self, call: Call) -> None:
        run_together([call], self._snapshot, self.reading)
        deliver(self._bell.loop, [call])

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._engine.connect() as conn:
            transaction = conn.begin()
            take_announcement(conn)  # one that was left behind by a transaction that failed
            try:
                yield conn
            except BaseException:
                transaction.rollback()
                raise
            announced = take_announcement(conn)
            try:
                transaction.commit()
            except DBAPIError as error:
                raise CommitUnknown(str(error.orig)) from error
        if announced:
            self._bell.ring()
            self._teller.tell()

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        with self._snapshots.connect() as conn, conn.begin():
            yield conn
