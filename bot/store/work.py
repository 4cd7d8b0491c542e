"""How "there is something to do" travels: to waiting workers of this process, and to those of others."""

import asyncio

from sqlalchemy import Connection


def announce(conn: Connection) -> None:
    """Called by a store function that makes work: when its transaction is committed, waiting workers look again."""
    conn.info["announced"] = True


def take_announcement(conn: Connection) -> bool:
    """Whether this transaction announced work; forgets it."""
    return bool(conn.info.pop("announced", False))


class Bell:
    """Counts announcements of work. `ring` may be called by any thread, all else in the loop's."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.rung = 0
        self.loop = loop
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._ring)

    async def wait(self, timeout: float, since: int) -> None:
        """Returns at once if it rang after `since`, else when it rings, at the latest after `timeout` seconds."""
        if self.rung != since:
            return
        heard = self.loop.create_future()
        self._waiting.add(heard)
        try:
            await asyncio.wait([heard], timeout=timeout)
        finally:
            self._waiting.discard(heard)

    def _ring(self) -> None:
        self.rung += 1
        for heard in self._waiting:
            if not heard.done():
                heard.set_result(None)
