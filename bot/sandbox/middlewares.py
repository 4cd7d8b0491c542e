"""What every REST answer has in common: authentication, errors as JSON, version, limits, ETag, observation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from bot.sandbox.rest.access import WORLD, actor_of, authenticate, who
from bot.sandbox.rest.errors import ApiError
from bot.sandbox.state import Json
from bot.sandbox.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

VERSIONS = ("2022-11-28", "2026-03-10")
SERVED = VERSIONS[0]  # what a request without the header gets, and the only wire form this sandbox speaks
_LIMIT = 5000  # requests per hour of one installation or user


class Observer(Protocol):
    """Looks at everything the sandbox says; the tests pass one that checks it against GitHub's schemas."""

    def rest(self, method: str, template: str, status: int, body: Any) -> None: ...

    def webhook(self, kind: str, payload: Json) -> None: ...


def rest_middleware(observer: Observer | None) -> Any:
    """Authentication, errors, headers and observation of every REST route; git traffic passes untouched."""
    used: dict[str, int] = {}

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _is_git(request):
            return await handler(request)
        world = request.app[WORLD]
        answer = await _answer(world, request, handler)
        _add_headers(world, request, answer, used)
        if observer is not None:
            _observe(observer, request, answer)
        return _not_modified(request, answer)

    return middleware


async def _answer(world: World, request: web.Request, handler: Handler) -> web.Response:
    request["auth"] = None
    try:
        _check_version(request)
        request["auth"] = authenticate(world, request.headers.get("Authorization"))
        request["actor"] = actor_of(request["auth"])
        answer = await handler(request)
    except ApiError as error:
        return _json(error.body(), error.status, error.headers)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _json(ApiError(404, "Not Found").body(), 404, {})
    if not isinstance(answer, web.Response):
        raise TypeError(f"{request.method} {request.path}: REST handlers answer with a plain response")
    return answer


def _check_version(request: web.Request) -> None:
    wanted = request.headers.get("X-GitHub-Api-Version", SERVED)
    if wanted not in VERSIONS:
        raise ApiError(410, f"{wanted!r} is not a supported version of the API. Supported: {', '.join(VERSIONS)}.")
    if wanted != SERVED:
        raise ApiError(410, f"The sandbox speaks {SERVED} only; {wanted} is not offered.")


def _add_headers(world: World, request: web.Request, answer: web.Response, used: dict[str, int]) -> None:
    caller = who(request) or "anonymous"
    used[caller] = used.get(caller, 0) + 1
    reset = (int(world.clock().timestamp()) // 3600 + 1) * 3600
    answer.headers.update(
        {
            "x-github-media-type": "github.v3; format=json",
            "x-github-api-version-selected": SERVED,
            "x-ratelimit-limit": str(_LIMIT),
            "x-ratelimit-remaining": str(max(0, _LIMIT - used[caller])),
            "x-ratelimit-used": str(used[caller]),
            "x-ratelimit-reset": str(reset),
            "x-ratelimit-resource": "core",
        }
    )
    if answer.status in (403, 404) and "accepted" in request:
        answer.headers["x-accepted-github-permissions"] = request["accepted"]


def _not_modified(request: web.Request, answer: web.Response) -> web.Response:
    """304 for a conditional GET of what has not changed."""
    if request.method != "GET" or answer.status != 200 or not isinstance(answer.body, bytes):
        return answer
    etag = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
    answer.headers["ETag"] = etag
    if etag not in request.headers.get("If-None-Match", ""):
        return answer
    kept = {name: value for name, value in answer.headers.items() if name.lower() not in ("content-type",)}
    return web.Response(status=304, headers=kept)


def _observe(observer: Observer, request: web.Request, answer: web.Response) -> None:
    resource = request.match_info.route.resource
    if resource is None or not isinstance(answer.body, bytes | None):
        return  # no such route: nothing describes the answer
    template = resource.canonical.replace("/repositories/{repository_id}", "/repos/{owner}/{repo}", 1)
    observer.rest(request.method, template, answer.status, json.loads(answer.body) if answer.body else None)


def _json(body: Json, status: int, headers: dict[str, str]) -> web.Response:
    raw = json.dumps(body).encode()
    return web.Response(body=raw, status=status, headers=headers, content_type="application/json", charset="utf-8")


def _is_git(request: web.Request) -> bool:
    return ".git/" in request.path
