"""Real server processes, to be killed and stopped."""

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bot.process import Running, clean_env, running
from bot.web.server import Address

ROOT = Path(__file__).parents[2]
START = 30.0  # seconds that a server process may need to start


@contextlib.asynccontextmanager
async def server_process(url: str) -> AsyncIterator[tuple[Running, Address]]:
    argv = [sys.executable, "-m", "tests.web.door", url]
    async with running(argv, env=clean_env(), stop_timeout=15, cwd=ROOT) as child:
        _, _, host, port = (await child.line("listening on", timeout=START)).split()
        yield child, Address(host, int(port))
