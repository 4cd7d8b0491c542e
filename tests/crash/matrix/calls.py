"""A GitHub at which callers die: it kills whoever makes a certain call, at a certain moment of it."""

import asyncio
import re
from collections import Counter
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.server import Sandbox
from tests.crash.matrix.points import Moment
from tests.harness.house import REPO

#: The User-Agent of a worker ends with its process id: only so is it known which of two has to die.
AGENT = "interlock/"


class Victim(Protocol):
    @property
    def pid(self) -> int: ...

    def freeze(self) -> None: ...

    async def kill(self) -> None: ...


class DeadlyGitHub(Sandbox):
    """Counts the calls of every worker by name, `POST R/issues#3` for the third creation (R is the repository).

    Ids and numbers in paths are N: which ones there are depends on what came first.
    """

    calls: list[str]

    async def has(self, worker: Victim) -> None:
        """From now on it can be killed."""
        async with self._news:
            self._workers[worker.pid] = worker
            self._news.notify_all()

    def strike(self, call: str, moment: Moment) -> asyncio.Event:
        """Kill whoever makes this call; the event is set once it is dead."""
        self._call, self._moment, self._dead = call, moment, asyncio.Event()
        return self._dead

    def _application(self) -> web.Application:
        self.calls = []
        self._workers: dict[int, Victim] = {}
        self._news = asyncio.Condition()
        self._counts: Counter[str] = Counter()
        self._call = ""
        app = super()._application()
        app.middlewares.insert(1, self._as_middleware())  # below the faults: a fault may spoil what is carried out here
        return app

    def _as_middleware(self) -> Middleware:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            name = f"{request.method} {re.sub(r'[0-9]+', 'N', request.path.replace(f'/repos/{REPO}/', 'R/', 1))}"
            self._counts[name] += 1
            self.calls.append(f"{name}#{self._counts[name]}")
            is_its_turn = self.calls[-1] == self._call
            return await (self._deadly(request, handler) if is_its_turn else handler(request))

        return middleware

    async def _deadly(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        caller = await self._arrived(int(request.headers["User-Agent"].removeprefix(AGENT)))
        if self._moment == "received":
            await self._kill(caller)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # has no connection left to go out on
        answer = await handler(request)
        if self._moment == "replied":
            caller.freeze()  # so that it certainly does not get to storing what it is told
            await answer.prepare(request)
            await answer.write_eof()
        await self._kill(caller)
        return answer

    async def _arrived(self, process: int) -> Victim:
        async with self._news:
            await self._news.wait_for(lambda: process in self._workers)  # it may be faster than the news of its start
        return self._workers[process]

    async def _kill(self, caller: Victim) -> None:
        await caller.kill()
        self._dead.set()
