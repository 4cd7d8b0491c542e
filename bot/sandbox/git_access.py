"""Who may fetch and push over smart HTTP: installation tokens (`x-access-token`) and people's tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.sandbox.rest.access import actor_of, authenticate, may_see, may_write
from bot.sandbox.rest.errors import ApiError
from bot.sandbox.state import InstallationToken, User
from bot.sandbox.world import World

Authorize = Callable[[str, str, str | None, str | None, str], Awaitable[tuple[int, User] | None]]


def authorize_git(world: World) -> Authorize:
    """The token stands where git puts the password; the user name says nothing. Former names still lead here."""

    async def authorize(
        owner: str, name: str, _username: str | None, password: str | None, service: str
    ) -> tuple[int, User] | None:
        repo = world.find_repository(f"{owner}/{name}")
        moved = world.former_names.get(f"{owner}/{name}".lower())
        if repo is None and moved is not None:
            repo = world.repositories[moved]
        try:
            caller = authenticate(world, None if password is None else f"Bearer {password}")
        except ApiError:
            return None
        if repo is None or not may_see(world, caller, repo):
            return None
        if service == "git-receive-pack" and not may_write(world, caller, repo, "contents=write", "write"):
            if caller is None:
                return None
            raise web.HTTPForbidden(text=f"Permission to {repo.full_name}.git denied.\n")
        if isinstance(caller, InstallationToken) and repo.private and "contents" not in caller.permissions:
            return None
        return repo.id, actor_of(caller) or repo.owner

    return authorize
