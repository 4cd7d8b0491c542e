"""Turns the clock into events, so that a sweep is a handler too."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.model.codec import encode
from bot.model.events import Event
from bot.model.ids import APP
from bot.store import inbox
from bot.store.database import Database

#: What happens at start and at every tick; a handler listens to (`timer`, name).
TIMERS = ("dependencies", "progress", "redelivery", "reminders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """`interval` in seconds. Several workers make one event a tick: its GUID is the tick."""

    database: Database
    worker: str
    interval: float
    now: Callable[[], datetime]

    async def run(self) -> None:
        """Ticks until it is cancelled."""
        await self.tick(f"start/{self.worker}")
        while True:
            now = self.now().timestamp()
            await asyncio.sleep(self.interval - now % self.interval)
            await self.tick(str(int(self.now().timestamp() // self.interval)))

    async def tick(self, tick: str) -> None:
        now = self.now()
        for name in TIMERS:
            guid = f"timer/{name}/{tick}"
            event = Event(delivery=guid, name="timer", action=name, repo=APP, number=0, received_at=now)
            await self.database.write(
                inbox.accept, guid=guid, source="timer", name=name, body=encode(event).encode(), received_at=now
            )
