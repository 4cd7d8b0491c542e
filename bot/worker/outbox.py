"""Takes the next write of a lane to the guard and writes down what became of it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.effects.guard import Guard
from bot.model.outbox import Claim
from bot.model.outcomes import Outcome, Unknown
from bot.ports import LeaseLost
from bot.store import outbox
from bot.store.database import Database
from bot.store.errors import StoreUnavailable
from bot.worker.lease import renewed

log = logging.getLogger(__name__)

#: An error nobody foresaw says nothing about what was sent: its trace is looked for after this many seconds.
AFTER_A_BUG = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    database: Database
    guard: Guard
    worker: str
    lease: float
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Takes one write through the door; False if none is due."""
        claim = await self.database.write(outbox.claim, worker=self.worker, lease=self.lease)
        if claim is None:
            return False
        try:
            async with renewed(lambda: self._renew(claim), self.lease):
                outcome = await self._perform(claim)
                await self.database.write(outbox.settle, claim, outcome, self.now())
        except LeaseLost:
            log.warning("write %s was taken over by another worker", claim.write.key)
        return True

    async def _renew(self, claim: Claim) -> None:
        claim.deadline.at = await self.database.write(outbox.renew, claim)

    async def _perform(self, claim: Claim) -> Outcome:
        try:
            return await self.guard.perform(claim)
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as error:
            log.exception("the guard failed on %s", claim.write.key)
            retry_at = self.now() + timedelta(seconds=AFTER_A_BUG)
            return Unknown(retry_at, f"{type(error).__name__}: {error}")
