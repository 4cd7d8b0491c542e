"""A process of writers that all want room below one ceiling: `python -m tests.store.reserver URL WRITERS LIMIT`."""

import asyncio
import sys

from bot.model.outbox import Charge
from bot.model.outcomes import Done, Held
from bot.store import outbox, reservations
from bot.store.database import Database
from tests.store.given import LATER, NOW, receipt


async def reserve_until_nothing_is_left(db: Database, limit: int) -> None:
    while claim := await db.write(outbox.claim, worker="w", lease=30):
        full = await db.write(reservations.reserve, claim, (Charge(7, "labels", limit), Charge(0, "", limit)), NOW)
        await db.write(outbox.settle, claim, Held(LATER, "full") if full else Done(receipt()), NOW)


async def main(url: str, writers: int, limit: int) -> None:
    async with await Database.open(url) as db, asyncio.TaskGroup() as group:
        for _ in range(writers):
            group.create_task(reserve_until_nothing_is_left(db, limit))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
