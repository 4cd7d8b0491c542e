"""The sandbox as a server on 127.0.0.1: world, REST, git and webhooks under one address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web

from bot.sandbox.actors import Actor
from bot.sandbox.faults import Faults
from bot.sandbox.git_access import authorize_git
from bot.sandbox.git_host import GitHost
from bot.sandbox.middlewares import Observer, rest_middleware
from bot.sandbox.pushes import on_push
from bot.sandbox.rest import routes_of
from bot.sandbox.rest.access import WORLD, who
from bot.sandbox.seed import Seed, default_seed, plant
from bot.sandbox.world import World

_MAX_BODY = 8 * 1024 * 1024  # bytes of one REST request


class Sandbox:
    """A running sandbox. `url` is the base URL for any GitHub client, `actor(login)` gives the people in it."""

    def __init__(self, root: Path, observer: Observer | None) -> None:
        self.git = GitHost(root / "repositories")
        self.world = World(self.git)
        self.faults = Faults(who)
        self._observer = observer
        self._actors: dict[str, Actor] = {}

    @property
    def url(self) -> str:
        return self.world.url

    def actor(self, login: str) -> Actor:
        """The actor with this login; KeyError when the world has no such account."""
        user = self.world.user(login)
        if user.login not in self._actors:
            self._actors[user.login] = Actor(self.world, user)
        return self._actors[user.login]

    async def settle(self) -> None:
        """Wait until all webhooks are delivered or refused, and logged."""
        await self.world.webhooks.settle()

    @classmethod
    @asynccontextmanager
    async def start(
        cls, root: Path, port: int = 0, *, seed: Seed | None = None, observer: Observer | None = None
    ) -> AsyncIterator[Sandbox]:
        """Serve a new world on 127.0.0.1 (port 0: any free one); git repositories live below `root`."""
        sandbox = cls(root, observer)
        runner = web.AppRunner(sandbox._application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        deliveries = asyncio.create_task(sandbox.world.webhooks.run())
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            sandbox.world.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            await plant(sandbox.world, seed or default_seed())
            yield sandbox
        finally:
            deliveries.cancel()
            with suppress(asyncio.CancelledError):
                await deliveries
            await runner.cleanup()

    def _application(self) -> web.Application:
        app = web.Application(
            middlewares=[self.faults.middleware, rest_middleware(self._observer)], client_max_size=_MAX_BODY
        )
        app[WORLD] = self.world
        app.add_routes(routes_of(self.world))
        app.add_routes(self.git.routes(authorize_git(self.world), on_push(self.world)))
        if self._observer is not None:
            self.world.webhooks.observer = self._observer.webhook
        return app
