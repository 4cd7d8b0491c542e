"""The REST routes, one file per topic.

A file in this package takes part by defining `routes(world) -> list[web.RouteDef]`; nothing lists the files. Paths
are written with the names of GitHub's own description (`/repos/{owner}/{repo}/issues/{issue_number}`). Each is also
served under `/repositories/{repository_id}/…`, where redirects of renamed repositories point.

A handler asks `access.require(request, "issues=write")` first. `request[access.CALLER]` is the caller (AppCaller,
InstallationToken, UserToken or None) and `access.actor(request)` the account a change is made by. It answers with
`reply(data)`, `paginate(request, items, render)` or by raising `errors.ApiError`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from aiohttp import web

from bot.sandbox.rest.errors import ApiError
from bot.sandbox.state import Json
from bot.sandbox.world import World

Item = TypeVar("Item")
MAX_DIGITS = 18  # what is longer is no id and no page of anything
_REPO = "/repos/{owner}/{repo}"


def routes_of(world: World) -> list[web.RouteDef]:
    """Every route of every file in this package."""
    found: list[web.RouteDef] = []
    for module in pkgutil.iter_modules(__path__):
        routes: Callable[[World], list[web.RouteDef]] | None = getattr(
            importlib.import_module(f"{__name__}.{module.name}"), "routes", None
        )
        if routes is not None:
            found += routes(world)
    by_id = [
        web.RouteDef(one.method, one.path.replace(_REPO, "/repositories/{repository_id}", 1), one.handler, one.kwargs)
        for one in found
        if one.path.startswith(_REPO)
    ]
    return found + by_id


def reply(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=json.dumps(data, ensure_ascii=False).encode(),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )


def no_content() -> web.Response:
    return web.Response(status=204)


async def json_of(request: web.Request) -> Any:
    """The JSON value in the request; nothing at all counts as an empty object. Raises ApiError 400."""
    raw = await request.read()
    if not raw:
        return {}
    try:
        value = json.loads(raw)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8 form
    except (ValueError, RecursionError):
        raise ApiError(400, "Problems parsing JSON") from None
    return value


async def body_of(request: web.Request) -> Json:
    """The JSON object in the request. Raises ApiError 400."""
    body = await json_of(request)
    if not isinstance(body, dict):
        raise ApiError(400, "Body should be a JSON object")
    return body


def page_of(request: web.Request, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
    """One page and its `Link` header (RFC 8288). `per_page` is 30 by default and at most 100; `page` counts from 1."""
    size = min(whole_number(request, "per_page", 30), 100) or 30
    page = whole_number(request, "page", 1) or 1
    last = max(1, -(-len(items) // size))
    links: dict[str, int] = {}
    if page < last:
        links |= {"next": page + 1, "last": last}
    if page > 1:
        links |= {"prev": page - 1, "first": 1}
    base = f"{request.url.origin()}{request.rel_url.raw_path}"
    header = ", ".join(
        f'<{base}?{request.rel_url.update_query(page=number).raw_query_string}>; rel="{relation}"'
        for relation, number in links.items()
    )
    return items[(page - 1) * size : page * size], {"Link": header} if header else {}


def paginate(request: web.Request, items: Sequence[Item], render: Callable[[Item], Json]) -> web.Response:
    """The page of `items` that was asked for, as JSON."""
    page, headers = page_of(request, items)
    return reply([render(item) for item in page], headers=headers)


def whole_number(request: web.Request, name: str, default: int) -> int:
    """A number in the query; GitHub takes the default for what is none."""
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < MAX_DIGITS else default
