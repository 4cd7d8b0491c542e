"""Serves an application: with deadlines for strangers, and an orderly end for the requests that are under way."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from bot.web.access_log import AccessLog
from bot.web.connection import Connection, Connections

_access_log = logging.getLogger("interlock.access")
_log = logging.getLogger(__name__)
Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_CANCEL = 1.0  # seconds that aiohttp waits, twice, for a handler that is cancelled in the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Deadlines in seconds, and the number of connections: below 1,024, the usual limit of open files."""

    head: float = 5.0
    keep_alive: float = 15.0
    connections: int = 800
    grace: float = 8.0  # for requests under way when the server is stopped; with _CANCEL 10 s in all
    linger: float = 2.0  # for reading on after an early refusal, so that the sender sees the answer


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


@contextlib.asynccontextmanager
async def serving(
    app: web.Application, host: str, port: int, *, limits: Limits | None = None
) -> AsyncIterator[Address]:
    """Serve `app` for as long as the block lasts; port 0 takes a free one, the address says which.

    At the end no connection is accepted any more, requests under way are answered, then the application is cleaned
    up; within 10 s. Raises OSError when the address cannot be had.
    """
    limits = limits or Limits()
    connections = Connections(limit=limits.connections, head_deadline=limits.head)
    runner = web.AppRunner(app, shutdown_timeout=_CANCEL)
    await runner.setup()
    try:
        listener = await asyncio.get_running_loop().create_server(_factory(runner, connections, limits), host, port)
        try:
            bound_host, bound_port = listener.sockets[0].getsockname()[:2]
            yield Address(bound_host, bound_port)
        finally:
            listener.close()
            if left := await connections.drain(within=limits.grace):
                _log.warning("%d requests were not finished within %g s and are cut off", left, limits.grace)
    finally:
        await runner.cleanup()


def _factory(runner: web.AppRunner, connections: Connections, limits: Limits) -> Callable[[], Connection]:
    server = cast("web.Server", runner.server)
    server.request_handler = _without_strange_expectations(server.request_handler)

    def connection() -> Connection:
        return Connection(
            server,
            connections,
            auto_decompress=False,  # a gzip bomb must not unpack before its signature is known (CVE-2026-54278)
            keepalive_timeout=limits.keep_alive,
            lingering_time=limits.linger,
            access_log_class=AccessLog,
            access_log=_access_log,
        )

    return connection


def _without_strange_expectations(handle: Answering) -> Answering:
    """aiohttp repeats an unknown `Expect` in its 417, and fails with 500 when it cannot be encoded."""

    async def checked(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Expect", "100-continue").lower() != "100-continue":
            raise web.HTTPExpectationFailed(text="the only expectation known here is 100-continue")
        return await handle(request)

    return checked
