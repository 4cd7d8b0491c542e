"""The worker as a whole: intake, jobs, outbox and timer, side by side, until it is told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.store.database import Database
from bot.store.errors import StoreUnavailable
from bot.worker.intake import Intake
from bot.worker.loop import Loop
from bot.worker.outbox import Outbox
from bot.worker.timer import Timer

log = logging.getLogger(__name__)

#: Lanes worked on at the same time by one worker; most of the time goes into waiting for GitHub.
JOBS_AT_ONCE = 4
WRITES_AT_ONCE = 4
#: What is due by the clock (back-off, leases) is looked for this often. Seconds.
LOOK_EVERY = 0.5
#: A stop is over by then: what is claimed is finished, or left to its lease. Seconds.
STOP_WITHIN = 8.0
STORE_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    database: Database
    intake: Intake
    loop: Loop
    outbox: Outbox
    timer: Timer

    async def run(self, stopping: asyncio.Event) -> None:
        """Works until `stopping` is set, then finishes what it has claimed, within `STOP_WITHIN` seconds."""
        steps = [self.intake.step, *[self.loop.step] * JOBS_AT_ONCE, *[self.outbox.step] * WRITES_AT_ONCE]
        timer = asyncio.create_task(self._patiently(self.timer.run))
        workers = [asyncio.create_task(self._repeat(step, stopping)) for step in steps]
        stopped = asyncio.create_task(_until(stopping))
        done, _ = await asyncio.wait([stopped, timer, *workers], return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        timer.cancel()
        late = (await asyncio.wait(workers, timeout=STOP_WITHIN))[1]
        for task in late:
            log.warning("a step is still running; its lease brings it back")
            task.cancel()
        await asyncio.wait([timer, stopped, *workers])
        for task in done - {stopped}:
            task.result()  # a task that ended by itself has failed: say so

    async def drain(self) -> None:
        """Works until nothing can be done now, in one task: for tests and for trying things out."""
        while True:
            moved = await self.intake.step()
            while await self.loop.step():
                moved = True
            while await self.outbox.step():
                moved = True
            if not moved:
                return

    async def _repeat(self, step: Callable[[], Awaitable[bool]], stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            looked_at = self.database.announced
            try:
                worked = await step()
            except StoreUnavailable as unavailable:
                log.warning("the store is not available: %s", unavailable.why)
                await asyncio.sleep(STORE_PAUSE)
                continue
            if not worked and not stopping.is_set():
                await self.database.wait_for_work(LOOK_EVERY, looked_at)

    async def _patiently(self, run: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await run()
            except StoreUnavailable as unavailable:
                log.warning("the store is not available: %s", unavailable.why)
                await asyncio.sleep(STORE_PAUSE)


async def _until(stopping: asyncio.Event) -> None:
    await stopping.wait()
