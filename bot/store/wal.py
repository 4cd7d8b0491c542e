"""The write-ahead log of SQLite: emptied beside the writer, and heard when another process writes to it."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

_log = logging.getLogger(__name__)

#: Above this the log is copied back beside the writer; inside it, that was what hurt the slowest answers.
LARGE = 8 * 2**20
#: Seconds without a commit after which the log is emptied and its file cut.
IDLE = 1.0


class Checkpointer(threading.Thread):
    """PASSIVE above 8 MB, at most once a second; TRUNCATE when idle. `commits` counts the writer's commits."""

    def __init__(self, path: Path, commits: Callable[[], int]) -> None:
        super().__init__(name="store-checkpoint", daemon=True)
        self._path = path
        self._log = path.with_name(path.name + "-wal")
        self._commits = commits
        self._stopping = threading.Event()

    def close(self) -> None:
        self._stopping.set()
        self.join()

    def run(self) -> None:
        conn = _connect(self._path)
        seen = self._commits()
        while not self._stopping.wait(IDLE):
            seen, before = self._commits(), seen
            size = self._size()
            if seen == before and size:
                _pragma(conn, "wal_checkpoint(TRUNCATE)")
            elif size > LARGE:
                _pragma(conn, "wal_checkpoint(PASSIVE)")
        conn.close()

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0


def _connect(path: Path) -> sqlite3.Connection:
    # No waiting for locks: a checkpoint that waits for a reader keeps the writer waiting, too.
    return sqlite3.connect(path, timeout=0, isolation_level=None)


def _pragma(conn: sqlite3.Connection, name: str) -> tuple[int, ...] | None:
    """The row `PRAGMA name` answers, None if it could not be run now: its next turn is soon."""
    try:
        row: tuple[int, ...] = conn.execute(f"PRAGMA {name}").fetchone()
    except sqlite3.OperationalError as error:
        _log.warning("PRAGMA %s: %s", name, error)
        return None
    return row


def data_version(conn: sqlite3.Connection) -> int | None:
    """A number that changes with every commit of another connection than `conn`; None while the file is locked.

    The only way to hear of other processes: SQLite tells them nothing.
    """
    row = _pragma(conn, "data_version")
    return int(row[0]) if row else None
