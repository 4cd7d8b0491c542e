"""The App about itself: installations, tokens, deliveries (docs.github.com/rest/apps)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import web

from bot.sandbox import installations, wire
from bot.sandbox.rest import MAX_DIGITS, body_of, page_of, paginate, reply, whole_number
from bot.sandbox.rest.access import CALLER, WORLD, named_repository, path_number, require_app, world_of
from bot.sandbox.rest.errors import ApiError, invalid, not_found, unprocessable
from bot.sandbox.state import Installation, InstallationToken, Json
from bot.sandbox.webhooks import Delivery
from bot.sandbox.world import World

RETENTION = timedelta(days=3)  # how long github.com keeps deliveries
_DELIVERIES = "/app/hook/deliveries"
_INSTALLATION = r"/app/installations/{installation_id:\d+}"


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.get("/app", get_app),
        web.get("/app/installations", list_installations),
        web.get(_INSTALLATION, get_installation),
        web.post(_INSTALLATION + "/access_tokens", create_token),
        web.get("/repos/{owner}/{repo}/installation", get_repository_installation),
        web.get("/installation/repositories", list_repositories),
        web.get(_DELIVERIES, list_deliveries),
        web.get(_DELIVERIES + r"/{delivery_id:\d+}", get_delivery),
        web.post(_DELIVERIES + r"/{delivery_id:\d+}/attempts", redeliver),
    ]


async def get_app(request: web.Request) -> web.Response:
    return reply(wire.app(world_of(request), require_app(request).app))


async def list_installations(request: web.Request) -> web.Response:
    require_app(request)
    world = world_of(request)
    return paginate(request, list(world.installations.values()), lambda one: wire.installation(world, one))


async def get_installation(request: web.Request) -> web.Response:
    return reply(wire.installation(world_of(request), _installation_in(request)))


async def create_token(request: web.Request) -> web.Response:
    """Narrowed by `repositories` (names) or `repository_ids`, and by `permissions`; 422 for more than was granted."""
    world, installation, body = world_of(request), _installation_in(request), await body_of(request)
    permissions = body.get("permissions")
    if permissions is not None and not isinstance(permissions, dict):
        raise invalid("Installation", "permissions", "invalid")
    token = installations.create_token(
        world, installation, repository_ids=_chosen_ids(world, installation, body), permissions=permissions
    )
    return reply(wire.installation_token(world, token), 201)


async def get_repository_installation(request: web.Request) -> web.Response:
    require_app(request)
    world = world_of(request)
    repo = named_repository(request, world)
    found = next((one for one in world.installations.values() if one.covers(repo)), None)
    if found is None:
        raise not_found()
    return reply(wire.installation(world, found))


async def list_repositories(request: web.Request) -> web.Response:
    """What the installation token in use can reach."""
    token = request[CALLER]
    if not isinstance(token, InstallationToken):
        raise ApiError(403, "You must authenticate with an installation access token in order to list repositories.")
    world = world_of(request)
    reachable = [repo for repo in installations.covered(world, token.installation) if token.covers(repo)]
    page, headers = page_of(request, reachable)
    selection = "all" if token.installation.repository_ids is None else "selected"
    return reply(
        {
            "total_count": len(reachable),
            "repository_selection": selection,
            "repositories": [wire.repository(world, repo) for repo in page],
        },
        headers=headers,
    )


async def list_deliveries(request: web.Request) -> web.Response:
    """Newest first, three days back; `cursor` leads on, `status` is success or failure."""
    require_app(request)
    found = _logged(request.app[WORLD], request.query.get("status"))
    size = min(whole_number(request, "per_page", 30), 100) or 30
    cursor = request.query.get("cursor")
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < MAX_DIGITS):
            raise ApiError(400, "Invalid cursor")
        found = [one for one in found if one.id < int(cursor)]
    page = found[:size]
    headers = {}
    if len(found) > size:
        query = request.rel_url.update_query(cursor=page[-1].id).raw_query_string
        headers["Link"] = f'<{request.url.origin()}{request.rel_url.raw_path}?{query}>; rel="next"'
    return reply([wire.delivery_item(one) for one in page], headers=headers)


async def get_delivery(request: web.Request) -> web.Response:
    return reply(wire.delivery(_delivery_in(request)))


async def redeliver(request: web.Request) -> web.Response:
    """202: it will be sent again under the same GUID, with a new id."""
    world_of(request).webhooks.redeliver(_delivery_in(request))
    return reply({}, 202)


def _installation_in(request: web.Request) -> Installation:
    require_app(request)
    found = world_of(request).installations.get(path_number(request, "installation_id"))
    if found is None:
        raise not_found()
    return found


def _delivery_in(request: web.Request) -> Delivery:
    require_app(request)
    number = path_number(request, "delivery_id")
    found = next((one for one in _logged(world_of(request), None) if one.id == number), None)
    if found is None:
        raise not_found()
    return found


def _logged(world: World, status: str | None) -> list[Delivery]:
    if status not in (None, "success", "failure"):
        raise invalid("WebhookDelivery", "status", "invalid")
    oldest = world.now() - RETENTION
    kept = [one for one in world.webhooks.log if one.delivered_at is not None and one.delivered_at >= oldest]
    wanted = [one for one in kept if status is None or one.is_success == (status == "success")]
    return sorted(wanted, key=lambda one: one.id, reverse=True)


def _chosen_ids(world: World, installation: Installation, body: Json) -> list[int] | None:
    """Ids of the repositories a token request names, either way; None when it names none."""
    ids, names = body.get("repository_ids"), body.get("repositories")
    if names is not None:
        known = {repo.name.lower(): repo.id for repo in installations.covered(world, installation)}
        ids = [known.get(name.lower(), 0) for name in _list_of(str, names, "repositories")]
    elif ids is not None:
        ids = _list_of(int, ids, "repository_ids")
    return ids


def _list_of(kind: type, value: Any, field: str) -> list[Any]:
    if not isinstance(value, list) or not value or not all(isinstance(one, kind) for one in value):
        raise invalid("Installation", field, "invalid")
    if len(value) > 500:
        raise unprocessable(f"{field} may name at most 500 repositories")
    return value
