"""Repositories and who may do what in them (docs.github.com/rest/repos, …/collaborators)."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox import wire
from bot.sandbox.rest import reply
from bot.sandbox.rest.access import require, world_of
from bot.sandbox.rest.errors import not_found
from bot.sandbox.state import ROLES, Role
from bot.sandbox.world import World

_PERMISSION = {"admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read"}


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.get("/repos/{owner}/{repo}", get),
        web.get("/repos/{owner}/{repo}/collaborators/{username}/permission", get_permission),
    ]


async def get(request: web.Request) -> web.Response:
    repo = require(request, "metadata=read")
    return reply(wire.full_repository(world_of(request), repo))


async def get_permission(request: web.Request) -> web.Response:
    """`permission` is one of four, `role_name` the exact role; everybody may read a public repository."""
    repo = require(request, "metadata=read")
    world = world_of(request)
    user = world.users.get(request.match_info["username"].lower())
    if user is None:
        raise not_found()
    role: Role | None = world.role(repo, user) or (None if repo.private else "read")
    described = wire.simple_user(world, user) | {
        "permissions": dict(zip(("pull", "triage", "push", "maintain", "admin"), _ladder(role), strict=True)),
        "role_name": role or "none",
    }
    answer = {"permission": "none" if role is None else _PERMISSION[role], "role_name": role or "none"}
    return reply(answer | {"user": described})


def _ladder(role: Role | None) -> list[bool]:
    """Which of the five roles this one includes, from the weakest to the strongest."""
    return [role is not None and ROLES.index(role) >= step for step in range(len(ROLES))]
