"""A tiny GitHub for what the sandbox never says: an API origin that answers whatever a test wrote down.

Token requests are answered by themselves; everything asked for is kept, headers too.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.github.connection import Connection, connect
from tests.github.conftest import MemoryLimits, MemoryNames

Handler = Callable[[web.Request], web.Response]
PEM = (
    generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)
TOKEN = "ghs_1_first-part.second"


@dataclass
class Scripted:
    session: aiohttp.ClientSession
    url: str = ""
    answer: Handler = lambda _: web.json_response({})
    token: Handler = lambda _: web.json_response({"token": TOKEN, "expires_at": "2999-01-01T00:00:00Z"}, status=201)
    requests: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    limits: MemoryLimits = field(default_factory=MemoryLimits)
    names: MemoryNames = field(default_factory=MemoryNames)

    def paths(self) -> list[str]:
        return [request.path_qs for request in self.requests]

    def connect(self, *, base: str = "", clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Connection:
        """`base`: a path below the origin, as GHES has one."""
        return connect(
            self.session,
            api_url=self.url + base,
            app_id=1,
            private_key=PEM,
            limits=self.limits,
            names=self.names,
            retry_base=0.001,
            clock=clock,
        )


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    async def answer(request: web.Request) -> web.Response:
        running.requests.append(request)
        running.bodies.append(await request.read())
        return (running.token if request.path.endswith("/access_tokens") else running.answer)(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as session:
            running = Scripted(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
            yield running
    finally:
        await runner.cleanup()
