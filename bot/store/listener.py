"""How processes that share a PostgreSQL server tell each other that there is work: one thread hears, one tells."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

CHANNEL = "interlock"
#: Seconds: how soon a stop is noticed.
LOOK = 0.1
#: Seconds in which announcements are gathered into one notification.
GATHER = 0.005
#: Seconds a lost server is left alone.
PAUSE = 0.5

_log = logging.getLogger(__name__)


class Listener(threading.Thread):
    """Rings for every announcement but our own, and after each reconnection: something may have been missed."""

    def __init__(self, engine: Engine, ring: Callable[[], None], me: str) -> None:
        super().__init__(name="store-listen", daemon=True)
        self._engine = engine
        self._ring = ring
        self._me = me
        self._stopping = threading.Event()

    def close(self) -> None:
        self._stopping.set()
        self.join()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - any lost line: said, and tried again until we are stopped
                _log.warning("not hearing other processes until the database is back: %s", error)
                self._stopping.wait(PAUSE)

    def _listen(self) -> None:
        with closing(self._engine.raw_connection()) as connection:
            driver: Any = connection.dbapi_connection  # psycopg.Connection, which is an optional extra
            driver.autocommit = True
            driver.execute(f"LISTEN {CHANNEL}")
            self._ring()
            while not self._stopping.is_set():
                self._hear(driver)

    def _hear(self, driver: Any) -> None:
        for notification in driver.notifies(timeout=LOOK):
            if notification.payload != self._me:
                self._ring()


class Teller(threading.Thread):
    """Notifies the others after commits, once for many: transactions that notify commit one after the other.

    A notification that is lost with the line costs the others their next look at the store, no more.
    """

    def __init__(self, engine: Engine, me: str) -> None:
        super().__init__(name="store-tell", daemon=True)
        self._engine = engine
        self._me = me
        self._news = threading.Event()
        self._stopping = False

    def tell(self) -> None:
        self._news.set()

    def close(self) -> None:
        """Returns when the last news is told."""
        self._stopping = True
        self._news.set()
        self.join()

    def run(self) -> None:
        is_last = False
        while not is_last:
            self._news.wait()
            time.sleep(GATHER)
            self._news.clear()
            is_last = self._stopping  # looked at after `clear`: a stop that comes later sets the news again
            try:
                with self._engine.begin() as conn:
                    conn.execute(select(func.pg_notify(CHANNEL, self._me)))
            except DBAPIError as error:
                _log.warning("other processes were not told of new work: %s", error.orig)
