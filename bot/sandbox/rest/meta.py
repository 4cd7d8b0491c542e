"""The API about itself: rate limit and versions."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox.rest import reply
from bot.sandbox.rest.access import who, world_of
from bot.sandbox.world import World

VERSIONS = ("2022-11-28", "2026-03-10")
SERVED = VERSIONS[0]  # what a request without the header gets; the only wire form this sandbox speaks


def routes(_world: World) -> list[web.RouteDef]:
    return [web.get("/rate_limit", rate_limit), web.get("/versions", versions)]


async def rate_limit(request: web.Request) -> web.Response:
    """Free of charge."""
    core = world_of(request).limits.state(who(request))
    search = core | {"limit": 30, "used": 0, "remaining": 30}
    return reply({"rate": core, "resources": {"core": core, "search": search}})


async def versions(_request: web.Request) -> web.Response:
    return reply(list(VERSIONS))
