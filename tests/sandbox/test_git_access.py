"""Who may fetch and push: the first request of git's smart HTTP decides it, so that is what is asked here."""

from __future__ import annotations

import aiohttp
import pytest

from bot.sandbox import installations
from bot.sandbox.server import Sandbox

FETCH, PUSH = "git-upload-pack", "git-receive-pack"


async def status(sandbox: Sandbox, service: str, token: str | None, name: str = "acme/railway") -> int:
    headers = {} if token is None else {"Authorization": aiohttp.encode_basic_auth("x-access-token", token)}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.get(f"{sandbox.url}/{name}.git/info/refs?service={service}", headers=headers) as answer,
    ):
        return answer.status


def token_with(sandbox: Sandbox, **permissions: str) -> str:
    (installation,) = sandbox.world.installations.values()
    installation.permissions["contents"] = "write"
    return installations.create_token(sandbox.world, installation, permissions=permissions).token


@pytest.mark.parametrize(("login", "fetched", "pushed"), [("will", 200, 200), ("tria", 200, 403), ("nora", 200, 403)])
async def test_a_role_decides_about_people(sandbox: Sandbox, login: str, fetched: int, pushed: int) -> None:
    token = sandbox.actor(login).token
    assert await status(sandbox, FETCH, token) == fetched
    assert await status(sandbox, PUSH, token) == pushed


async def test_the_public_may_fetch_and_is_asked_who_it_is_before_it_pushes(sandbox: Sandbox) -> None:
    assert await status(sandbox, FETCH, None) == 200
    assert await status(sandbox, PUSH, None) == 401
    assert await status(sandbox, FETCH, "nonsense") == 404


async def test_contents_decides_about_installations(sandbox: Sandbox) -> None:
    reader, writer = token_with(sandbox, contents="read"), token_with(sandbox, contents="write")
    assert (await status(sandbox, FETCH, reader), await status(sandbox, PUSH, reader)) == (200, 403)
    assert (await status(sandbox, FETCH, writer), await status(sandbox, PUSH, writer)) == (200, 200)


async def test_a_private_repository_shows_itself_to_those_with_a_right_only(sandbox: Sandbox) -> None:
    sandbox.world.repository("acme/railway").private = True
    assert await status(sandbox, FETCH, None) == 401
    assert await status(sandbox, FETCH, sandbox.actor("nora").token) == 404
    assert await status(sandbox, FETCH, sandbox.actor("rene").token) == 200
    assert await status(sandbox, FETCH, token_with(sandbox, issues="write")) == 404
    assert await status(sandbox, FETCH, token_with(sandbox, contents="read")) == 200


async def test_a_suspended_installation_and_an_archived_repository_take_no_push(sandbox: Sandbox) -> None:
    writer, ada = token_with(sandbox, contents="write"), sandbox.actor("ada")
    (installation,) = sandbox.world.installations.values()
    installations.suspend(sandbox.world, installation, ada.user)
    assert await status(sandbox, PUSH, writer) == 403
    installations.unsuspend(sandbox.world, installation, ada.user)
    sandbox.world.repository("acme/railway").archived = True
    assert await status(sandbox, PUSH, writer) == 403
    assert await status(sandbox, PUSH, ada.token) == 403
    assert await status(sandbox, FETCH, writer) == 200


async def test_the_former_name_still_leads_to_the_repository(sandbox: Sandbox) -> None:
    sandbox.actor("ada").rename_repository("acme/railway", "rail")
    assert await status(sandbox, FETCH, None) == 200
    assert await status(sandbox, FETCH, None, "acme/nowhere") == 401
