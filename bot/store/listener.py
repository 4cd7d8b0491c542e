"""One connection that hears what other processes announce through PostgreSQL."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

from sqlalchemy import Engine

CHANNEL = "interlock"
#: Seconds: how soon a stop is noticed.
LOOK = 0.1
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
