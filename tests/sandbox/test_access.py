"""Who may do what: JWT, tokens and their narrowing, roles, and the statuses GitHub refuses with."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from bot.sandbox import installations, repositories
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Installation, InstallationToken
from tests.sandbox.client import Api, app_jwt
from tests.sandbox.oracle import Oracle

R = "/repos/acme/railway"


def installation_of(sandbox: Sandbox) -> Installation:
    (installation,) = sandbox.world.installations.values()
    return installation


async def test_the_app_is_known_by_its_jwt(sandbox: Sandbox, app_api: Api) -> None:
    app = await app_api.get("/app")
    assert (app.body["id"], app.body["slug"]) == (sandbox.world.app.id, "interlock")
    (listed,) = (await app_api.get("/app/installations")).body
    assert listed["account"]["login"] == "acme"
    assert (await app_api.get(f"/app/installations/{listed['id']}")).body == listed
    assert (await app_api.get(f"{R}/installation")).body == listed
    assert (await app_api.get("/app/installations/1")).status == 404
    client = app_api.using(app_jwt(sandbox, iss=sandbox.world.app.client_id))
    assert (await client.get("/app")).status == 200


@pytest.mark.parametrize(
    "claims",
    [{"iss": "1"}, {"exp": 1}, {"exp": int(time.time()) + 7200}, {"iat": int(time.time()) + 50_000}],
    ids=["foreign issuer", "expired", "too long", "issued in the future"],
)
async def test_a_wrong_jwt_is_401(sandbox: Sandbox, app_api: Api, claims: dict[str, object]) -> None:
    assert (await app_api.using(app_jwt(sandbox, **claims)).get("/app")).status == 401


async def test_neither_a_forged_jwt_nor_a_token_opens_the_apps_own_routes(
    sandbox: Sandbox, app_api: Api, bot: Api
) -> None:
    forged = app_jwt(sandbox)[:-8] + "AAAAAAAA"
    for caller in (app_api.using(forged), app_api.using("nonsense"), app_api.using(None), bot):
        assert (await caller.get("/app")).status == 401


async def test_a_token_is_narrowed_to_what_was_asked_and_lives_an_hour(sandbox: Sandbox, app_api: Api) -> None:
    installation, repo = installation_of(sandbox), sandbox.world.repository("acme/railway")
    path = f"/app/installations/{installation.id}/access_tokens"
    narrow = {"repository_ids": [repo.id], "permissions": {"issues": "read"}}
    made = await app_api.post(path, narrow)
    assert made.status == 201
    assert made.body["permissions"] == {"metadata": "read", "issues": "read"}
    assert [one["id"] for one in made.body["repositories"]] == [repo.id]
    assert len(made.body["token"]) > 500, "opaque, and longer than a fixed column"
    reader = app_api.using(made.body["token"])
    assert (await reader.get(f"{R}/issues")).status == 200
    refused = await reader.post(f"{R}/issues", {"title": "t"})
    assert (refused.status, refused.body["message"]) == (403, "Resource not accessible by integration")
    assert refused.headers["x-accepted-github-permissions"] == "issues=write"
    assert (await reader.get("/installation/repositories")).body["total_count"] == 1
    expiring = sandbox.world.tokens[made.body["token"]]
    assert isinstance(expiring, InstallationToken)
    assert expiring.expires_at - sandbox.world.now() > timedelta(minutes=59)
    expiring.expires_at = sandbox.world.now()
    assert (await reader.get(f"{R}/issues")).status == 401


@pytest.mark.parametrize(
    "wish",
    [
        {"permissions": {"contents": "write"}},
        {"permissions": {"administration": "read"}},
        {"permissions": {"issues": "everything"}},
        {"repository_ids": [1]},
        {"repositories": ["nowhere"]},
        {"repositories": []},
        {"permissions": []},
    ],
)
async def test_more_than_was_granted_is_422(sandbox: Sandbox, app_api: Api, wish: dict[str, object]) -> None:
    before = len(sandbox.world.tokens)
    answer = await app_api.post(f"/app/installations/{installation_of(sandbox).id}/access_tokens", wish)
    assert answer.status == 422
    assert len(sandbox.world.tokens) == before


async def test_revoked_suspended_and_uninstalled_all_end_a_token(sandbox: Sandbox, app_api: Api, bot: Api) -> None:
    installation, ada = installation_of(sandbox), sandbox.actor("ada").user
    path = f"/app/installations/{installation.id}/access_tokens"
    installations.revoke_tokens(sandbox.world, installation)
    assert (await bot.get(R)).status == 401
    fresh = app_api.using((await app_api.post(path)).body["token"])
    assert (await fresh.get(R)).status == 200
    installations.suspend(sandbox.world, installation, ada)
    assert (await fresh.get(R)).status == 403
    assert (await app_api.post(path)).status == 403
    installations.unsuspend(sandbox.world, installation, ada)
    assert (await fresh.get(R)).status == 200
    installations.uninstall(sandbox.world, installation, ada)
    assert (await fresh.get(R)).status == 401
    assert (await app_api.post(path)).status == 404


async def test_a_token_reaches_no_other_repository(sandbox: Sandbox, app_api: Api) -> None:
    world = sandbox.world
    other = await repositories.create_repository(world, world.user("acme"), "harbour")
    secret = await repositories.create_repository(world, world.user("acme"), "vault", private=True)
    railway = world.repository("acme/railway")
    token = installations.create_token(world, installation_of(sandbox), repository_ids=[railway.id])
    narrow = app_api.using(token.token)
    assert (await narrow.get("/repos/acme/harbour/issues")).status == 200, "it is public"
    assert (await narrow.post("/repos/acme/harbour/issues", {"title": "t"})).status == 403
    assert (await narrow.get("/repos/acme/vault")).status == 404, "what may not be seen is not there"
    assert (await narrow.post("/repos/acme/vault/issues", {"title": "t"})).status == 404
    whole = app_api.using(installations.create_token(world, installation_of(sandbox)).token)
    assert (await whole.get("/repos/acme/vault")).body["private"] is True
    assert [other.issues, secret.issues] == [{}, {}]


@pytest.mark.parametrize(
    ("login", "permission", "role"),
    [
        ("ada", "admin", "admin"),
        ("mia", "write", "maintain"),
        ("will", "write", "write"),
        ("tria", "read", "triage"),
        ("rene", "read", "read"),
        ("nora", "read", "read"),
        ("acme", "admin", "admin"),
    ],
)
async def test_a_permission_has_four_names_and_a_role_more(bot: Api, login: str, permission: str, role: str) -> None:
    answer = await bot.get(f"{R}/collaborators/{login}/permission")
    assert (answer.body["permission"], answer.body["role_name"]) == (permission, role)
    assert answer.body["user"]["permissions"]["push"] is (permission in ("admin", "write"))


async def test_nobody_has_a_permission_in_a_private_repository_by_default(sandbox: Sandbox, bot: Api) -> None:
    sandbox.world.repository("acme/railway").private = True
    assert (await bot.get(f"{R}/collaborators/nora/permission")).body["permission"] == "none"
    assert (await bot.get(f"{R}/collaborators/stranger/permission")).status == 404
    nora, rene = sandbox.actor("nora"), sandbox.actor("rene")
    assert (await bot.using(nora.token).get(R)).status == 404
    assert (await bot.using(rene.token).get(R)).status == 200


async def test_roles_decide_what_a_person_may_write(sandbox: Sandbox, anonymous: Api) -> None:
    issue = sandbox.actor("ada").open_issue("acme/railway", "t")
    one = f"{R}/issues/{issue.number}"
    statuses = {}
    for login in ("nora", "rene", "tria", "will"):
        api = anonymous.using(sandbox.actor(login).token)
        comment = await api.post(f"{one}/comments", {"body": "hello"})
        label = await api.post(f"{one}/labels", {"labels": ["known"]})
        made = await api.post(f"{R}/labels", {"name": f"label of {login}"})
        title = await api.patch(one, {"title": f"by {login}"})
        statuses[login] = (comment.status, label.status, made.status, title.status)
        if login == "rene":
            sandbox.actor("ada").label(issue, "known")
    assert statuses == {
        "nora": (201, 403, 403, 403),
        "rene": (201, 403, 403, 403),
        "tria": (201, 200, 403, 200),
        "will": (201, 200, 201, 200),
    }
    assert (await anonymous.get(one)).status == 200
    assert (await anonymous.post(f"{one}/comments", {"body": "hello"})).status == 401


async def test_a_former_name_is_301_to_the_id_and_the_id_works(sandbox: Sandbox, bot: Api) -> None:
    repo = sandbox.world.repository("acme/railway")
    issue = sandbox.actor("ada").open_issue("acme/railway", "t")
    sandbox.actor("ada").rename_repository("acme/railway", "rail")
    moved = await bot.get(f"{R}/issues/{issue.number}?x=1")
    assert moved.status == 301
    assert moved.headers["Location"] == f"{sandbox.url}/repositories/{repo.id}/issues/{issue.number}?x=1"
    assert (await bot.get(moved.headers["Location"])).body["number"] == issue.number
    assert (await bot.get(f"/repositories/{repo.id}")).body["full_name"] == "acme/rail"
    assert (await bot.get("/repositories/1")).status == 404
    assert (await bot.post(f"{R}/issues", {"title": "redirected writes do nothing"})).status == 301
    assert len(repo.issues) == 1


async def test_versions_limits_and_conditional_requests(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    assert (await bot.get("/versions")).body == ["2022-11-28", "2026-03-10"]
    assert (await bot.get(R, X_GitHub_Api_Version="1999-01-01")).status == 410
    chosen = await bot.get(R, X_GitHub_Api_Version="2022-11-28")
    assert chosen.headers["x-github-api-version-selected"] == "2022-11-28"
    same = await bot.get(R, If_None_Match=chosen.headers["ETag"])
    assert (same.status, same.body) == (304, None)
    left = int(chosen.headers["x-ratelimit-remaining"])
    assert int(same.headers["x-ratelimit-remaining"]) == left, "a 304 costs nothing"
    sandbox.actor("ada").open_issue("acme/railway", "something new")
    assert (await bot.get(R, If_None_Match=chosen.headers["ETag"])).status == 200
    core = (await bot.get("/rate_limit")).body["resources"]["core"]
    assert (core["limit"], core["remaining"]) == (5000, left - 1)
    assert (await bot.get("/no/such/route")).status == 404


async def test_the_hourly_limit_bites(sandbox: Sandbox, bot: Api) -> None:
    used = int((await bot.get(R)).headers["x-ratelimit-used"])
    for _ in range(5000 - used):
        sandbox.world.limits.count(f"installation:{installation_of(sandbox).id}")
    refused = await bot.get(R)
    assert (refused.status, refused.headers["x-ratelimit-remaining"]) == (403, "0")
    assert (await bot.get("/rate_limit")).status == 200
