"""A process that takes deliveries in as fast as it can and prints each GUID once it is stored: `… URL NAME`."""

import asyncio
import sys

from bot.store import inbox
from bot.store.database import Database
from tests.store.given import NOW


async def main(url: str, name: str) -> None:
    async with await Database.open(url) as db:

        async def deliver(line: int) -> None:
            number = 0
            while True:
                guid = f"{name}/{line}/{number}"
                await db.write(inbox.accept, guid=guid, source="github", name="x", body=b"b" * 9000, received_at=NOW)
                sys.stdout.write(guid + "\n")
                sys.stdout.flush()
                number += 1

        await asyncio.gather(*(deliver(line) for line in range(16)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
