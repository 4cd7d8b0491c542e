"""What every REST answer has in common: authentication, errors as JSON, version, limits, ETag, observation."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.rest.access import ACCEPTED, CALLER, WORLD, authenticate, who
from bot.sandbox.rest.errors import ApiError
from bot.sandbox.rest.meta import SERVED, VERSIONS
from bot.sandbox.state import Json
from bot.sandbox.world import World


class Observer(Protocol):
    """Looks at everything the sandbox says; the tests pass one that checks it against GitHub's schemas."""

    def rest(self, method: str, template: str, status: int, body: Any) -> None: ...

    def webhook(self, kind: str, payload: Json) -> None: ...


def rest_middleware(observer: Observer | None) -> Middleware:
    """Authentication, errors, headers and observation of every REST route; git traffic passes untouched."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _is_git(request):
            return await handler(request)
        world = request.app[WORLD]
        try:
            answer = await _answer(world, request, handler)
        except Exception:
            if observer is not None:  # a mistake of the sandbox must not pass for a fault of GitHub
                observer.rest(request.method, _template(request), 500, None)
            raise
        if observer is not None:
            _observe(observer, request, answer)
        answer = _not_modified(request, answer)
        _add_headers(world, request, answer)
        return answer

    return middleware


async def _answer(world: World, request: web.Request, handler: Handler) -> web.Response:
    request[CALLER] = None
    try:
        _check_version(request)
        request[CALLER] = authenticate(world, request.headers.get("Authorization"))
        _spend(world, request)
        answer = await handler(request)
    except ApiError as error:
        return _json(error.body(), error.status, error.headers)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _json(ApiError(404, "Not Found").body(), 404, {})
    if not isinstance(answer, web.Response):
        raise TypeError(f"{request.method} {request.path}: REST handlers answer with a plain response")
    return answer


def _spend(world: World, request: web.Request) -> None:
    caller = who(request)
    if request.path != "/rate_limit" and not world.limits.count(caller):
        raise ApiError(403, f"API rate limit exceeded for {caller}.")


def _check_version(request: web.Request) -> None:
    wanted = request.headers.get("X-GitHub-Api-Version", SERVED)
    if wanted not in VERSIONS:
        raise ApiError(410, f"{wanted!r} is not a supported version of the API. Supported: {', '.join(VERSIONS)}.")
    if wanted != SERVED:
        raise ApiError(410, f"The sandbox speaks {SERVED} only; {wanted} is not offered.")


def _add_headers(world: World, request: web.Request, answer: web.Response) -> None:
    if answer.status == 304:
        world.limits.give_back(who(request))
    answer.headers.update(
        {
            "x-github-media-type": "github.v3; format=json",
            "x-github-api-version-selected": SERVED,
            "x-ratelimit-resource": "core",
            **{f"x-ratelimit-{name}": str(number) for name, number in world.limits.state(who(request)).items()},
        }
    )
    if answer.status in (403, 404) and ACCEPTED in request:
        answer.headers["x-accepted-github-permissions"] = request[ACCEPTED]


def _not_modified(request: web.Request, answer: web.Response) -> web.Response:
    """304 for a conditional GET of what has not changed."""
    if request.method != "GET" or answer.status != 200 or not isinstance(answer.body, bytes):
        return answer
    etag = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
    answer.headers["ETag"] = etag
    if etag not in request.headers.get("If-None-Match", ""):
        return answer
    return web.Response(status=304, headers={"ETag": etag})


def _observe(observer: Observer, request: web.Request, answer: web.Response) -> None:
    template = _template(request)
    if template and isinstance(answer.body, bytes | None):
        observer.rest(request.method, template, answer.status, json.loads(answer.body) if answer.body else None)


def _template(request: web.Request) -> str:
    """The path as GitHub's description names it; empty when there is no such route."""
    resource = request.match_info.route.resource
    canonical = "" if resource is None else resource.canonical
    return canonical.replace("/repositories/{repository_id}", "/repos/{owner}/{repo}", 1)


def _json(body: Json, status: int, headers: dict[str, str]) -> web.Response:
    raw = json.dumps(body).encode()
    return web.Response(body=raw, status=status, headers=headers, content_type="application/json", charset="utf-8")


def _is_git(request: web.Request) -> bool:
    return ".git/" in request.path
