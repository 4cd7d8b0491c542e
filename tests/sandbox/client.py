"""A plain HTTP client for the tests of the sandbox, and a receiver of its webhooks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
from aiohttp import web

from bot.sandbox.server import Sandbox

_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass
class Answer:
    status: int
    headers: Any
    body: Any

    def links(self) -> dict[str, str]:
        """`Link` header -> relation: address."""
        parts = [part.split(";") for part in self.headers.get("Link", "").split(",") if part]
        return {relation.split('"')[1]: url.strip(" <>") for url, relation in parts}


class Api:
    """Calls the sandbox as somebody (a token), or as nobody."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str | None = None) -> None:
        self._session, self._url, self._token = session, url, token

    def using(self, token: str | None) -> Api:
        return Api(self._session, self._url, token)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._token is not None:
            sent["Authorization"] = f"Bearer {self._token}"
        url = path if path.startswith("http") else self._url + path
        async with self._session.request(
            method, url, json=body, headers=sent, timeout=_TIMEOUT, allow_redirects=False
        ) as answer:
            parsed = await answer.json() if answer.content_type == "application/json" else None
            return Answer(answer.status, answer.headers, parsed)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.call("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.call("POST", path, body, **headers)

    async def patch(self, path: str, body: Any = None) -> Answer:
        return await self.call("PATCH", path, body)

    async def put(self, path: str, body: Any = None) -> Answer:
        return await self.call("PUT", path, body)

    async def delete(self, path: str, body: Any = None) -> Answer:
        return await self.call("DELETE", path, body)


def app_jwt(sandbox: Sandbox, **claims: object) -> str:
    """The App's JWT as a well-behaved App makes it; `claims` replace single claims."""
    app, now = sandbox.world.app, int(time.time())
    usual = {"iat": now - 60, "exp": now + 540, "iss": str(app.id)}
    return jwt.encode({**usual, **claims}, app.private_key, algorithm="RS256")


@dataclass
class Receiver:
    """An App server that keeps every delivery and answers `status`, after `delay` seconds."""

    url: str = ""
    status: int = 202
    delay: float = 0.0
    deliveries: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def events(self) -> list[str]:
        return [headers["X-GitHub-Event"] for headers, _ in self.deliveries]

    def guids(self) -> list[str]:
        return [headers["X-GitHub-Delivery"] for headers, _ in self.deliveries]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()

    async def webhook(request: web.Request) -> web.Response:
        receiver.deliveries.append((dict(request.headers), await request.read()))
        await asyncio.sleep(receiver.delay)
        return web.Response(status=receiver.status)

    app = web.Application()
    app.router.add_post("/webhook", webhook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
