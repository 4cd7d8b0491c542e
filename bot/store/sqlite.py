"""The embedded engine: one writer thread in each process, group commit, readers beside it."""

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from bot.store.calls import Batcher, Call, Health, Trouble, deliver, run_together
from bot.store.errors import CannotOpen
from bot.store.mounts import refuse_shared_folder
from bot.store.wal import Checkpointer, data_version
from bot.store.work import Bell, take_announcement

READERS = 3
#: Milliseconds SQLite itself waits for a lock before the writer looks whether anybody still waits for it.
_BUSY_MS = 50
_READER_BUSY_MS = 2000
OPEN_BUSY_MS = 10_000

#: https://www.sqlite.org/rescode.html: what waiting may cure, and what it will not.
_PASSES = {sqlite3.SQLITE_BUSY: "database locked", sqlite3.SQLITE_LOCKED: "database locked"}
_STAYS = {
    sqlite3.SQLITE_FULL: "disk full",
    sqlite3.SQLITE_READONLY: "read-only file or file system",
    sqlite3.SQLITE_IOERR: "input/output error",
    sqlite3.SQLITE_CANTOPEN: "cannot open the database file",
    sqlite3.SQLITE_CORRUPT: "database damaged",
    sqlite3.SQLITE_NOTADB: "database damaged",
}


def diagnose(error: Exception) -> Trouble | None:
    """What SQLite's result code means; None for an error that is not the store's."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF if isinstance(error, DBAPIError) else 0
    if why := _PASSES.get(code):
        return Trouble(why, passes=True)
    if why := _STAYS.get(code):
        return Trouble(why, passes=False)
    return None


def path_of(url: URL) -> Path:
    """The file that `sqlite:///file` names. Raises CannotOpen for a database that only one connection would see."""
    if not url.database or url.database == ":memory:":
        raise CannotOpen("DATABASE_URL names no file; a store in memory is lost, try sqlite:///interlock.db")
    return Path(url.database)


def connect(url: URL, *, busy_ms: int = _BUSY_MS, readers: int = 0) -> Engine:
    """An engine whose transactions begin with the write lock; with `readers`, as many connections that only read.

    A transaction that starts reading and then writes fails at once when somebody else wrote between.
    """
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path_of(url))),
        poolclass=QueuePool,
        pool_size=readers or 1,
        max_overflow=0,
        connect_args={"check_same_thread": False},
    )

    def set_up(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN itself, below
        pragmas = [
            f"busy_timeout={OPEN_BUSY_MS}",
            "foreign_keys=ON",
            "synchronous=FULL",  # NORMAL may lose acknowledged commits on a power cut
            "wal_autocheckpoint=0",  # wal.Checkpointer does it beside the writer
            *(["query_only=ON"] if readers else ["journal_mode=WAL"]),
            f"busy_timeout={busy_ms}",
        ]
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", set_up)
    begin = "BEGIN" if readers else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin))
    return engine


def check_file(url: URL) -> None:
    """Raises CannotOpen if the file is on another machine's disk, not to be opened, or damaged (fault S3)."""
    path = path_of(url)
    refuse_shared_folder(path.parent)
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise CannotOpen(f"{path}: {error}") from error
    if found != "ok":
        raise CannotOpen(f"{path} is damaged ({found}); restore a backup, or recover it with sqlite3 {path} .recover")


class SqliteStore:
    """Runs calls on one file. Opened and closed in a thread: both touch the disk."""

    def __init__(self, url: URL, bell: Bell) -> None:
        check_file(url)
        self.health = Health(diagnose)
        self.reading = Health(diagnose)
        self._bell = bell
        self._writer = connect(url)
        self._readers = connect(url, busy_ms=_READER_BUSY_MS, readers=READERS)
        self._version = self._data_version()  # and makes the file a WAL database before anybody else opens it
        self._threads = ThreadPoolExecutor(READERS, "store-read")
        self._batcher = Batcher("store-write", self._run_batch, self._hear_other_processes)
        self._checkpointer = Checkpointer(path_of(url), lambda: self.health.commits)
        self._batcher.start()
        self._checkpointer.start()

    def write(self, call: Call) -> None:
        self._batcher.submit(call)

    def read(self, call: Call) -> None:
        self._threads.submit(self._run_read, call)

    def close(self) -> None:
        self._batcher.close()
        self._threads.shutdown()
        self._checkpointer.close()
        self._readers.dispose()
        self._writer.dispose()

    def _run_batch(self, calls: Sequence[Call]) -> None:
        run_together(calls, self._transaction, self.health)
        deliver(self._bell.loop, calls)

    def _run_read(self, call: Call) -> None:
        run_together([call], self._snapshot, self.reading)
        deliver(self._bell.loop, [call])

    def _hear_other_processes(self) -> None:
        version = self._data_version()
        if version not in (None, self._version):
            self._version = version
            self._bell.ring()

    def _data_version(self) -> int | None:
        """Asked through the writer, which does not hear itself."""
        with closing(self._writer.raw_connection()) as connection:
            driver: Any = connection.dbapi_connection  # sqlite3.Connection
            return data_version(driver)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._writer.connect() as conn:
            take_announcement(conn)  # one that was left behind by a transaction that failed
            with conn.begin():
                yield conn
            announced = take_announcement(conn)
        if announced:
            self._bell.ring()

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        with self._readers.connect() as conn, conn.begin():
            yield conn
