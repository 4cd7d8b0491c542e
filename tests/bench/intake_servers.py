"""One server of the intake benchmark: `python -m tests.bench.intake_servers KIND DATABASE_URL`.

`durable` is the intake as `interlock serve` runs it; `each` is the same with one transaction for each delivery; `bare`
is an aiohttp handler that verifies the HMAC and stores nothing. Prints its port, and after SIGTERM one JSON object:
`commits` and `deliveries` of its store, `mib` of memory at most, `cpu` seconds of work.
"""

import asyncio
import json
import resource
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop
from aiohttp import web

from bot.store.database import Database
from bot.store.migrate import migrate
from bot.web import signature
from bot.web.app import application
from bot.web.server import serving
from tests.bench.intake_load import SECRET


async def _verify_only(request: web.Request) -> web.Response:
    body = await request.read()
    digest = signature.stated(request.headers.getall(signature.HEADER, ()))
    if digest is None or not signature.is_signed(body, digest, [SECRET]):
        return web.Response(status=401)
    return web.Response(status=202, body=b'{"stored": true}', content_type="application/json")


@asynccontextmanager
async def _bare() -> AsyncIterator[tuple[int, dict[str, int]]]:
    app = web.Application()
    app.router.add_post("/webhook", _verify_only)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.port, {}
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _durable(url: str, *, most: int | None) -> AsyncIterator[tuple[int, dict[str, int]]]:
    migrate(url)
    counts: dict[str, int] = {}
    async with await Database.open(url) as database:
        if most is not None:
            database._engine._batcher._most = most  # type: ignore[attr-defined]  # calls in one transaction
        async with serving(application(database, [SECRET]), "127.0.0.1", 0) as address:
            yield address.port, counts
        stats = database.stats()
        counts |= {"commits": stats.commits, "deliveries": stats.functions, "largest_batch": stats.largest_batch}


async def main(kind: str, url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = _bare() if kind == "bare" else _durable(url, most=1 if kind == "each" else None)
    async with server as (port, counts):
        print(port, flush=True)
        begun = time.process_time()
        await stop.wait()
        cpu = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({**counts, "mib": memory, "cpu": cpu}))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2]))
