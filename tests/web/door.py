"""The web room in a process of its own: `python -m tests.web.door DATABASE_URL` prints where it listens.

It runs on the event loop that `interlock serve` takes.
"""

import asyncio
import signal
import sys

from bot.cli._running import run
from bot.store.database import Database
from bot.store.migrate import migrate
from bot.web.app import application
from bot.web.server import serving

SECRET = b"a webhook secret of 32 bytes or more"


async def main(url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    migrate(url)
    async with (
        await Database.open(url) as database,
        serving(application(database, [SECRET]), "127.0.0.1", 0) as address,
    ):
        print(f"listening on {address.host} {address.port}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    run(main(sys.argv[1]))
