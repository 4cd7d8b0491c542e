"""git's smart HTTP protocol: each request is one run of `git http-backend` as CGI (git-http-backend(1), RFC 3875)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING, Literal, TypeAlias

from aiohttp import web

from bot.process import git_env, run
from bot.sandbox.git_host.repository import TIMEOUT
from bot.sandbox.git_host.values import NO_COMMIT, RefUpdate
from bot.sandbox.state import User

if TYPE_CHECKING:
    from bot.sandbox.git_host.host import GitHost

Service: TypeAlias = Literal["git-upload-pack", "git-receive-pack"]
Authorize: TypeAlias = Callable[[str, str, str | None, str | None, Service], Awaitable[tuple[int, User] | None]]
"""(owner, name, user name, password, service) -> repository id and who it is; None asks for other credentials.

It may raise `aiohttp.web.HTTPException` itself, for a 403.
"""
OnPush: TypeAlias = Callable[[int, User, list[RefUpdate]], Awaitable[None]]
_MAX_BODY = 64 * 1024 * 1024  # bytes of one request, as sent


class SmartHttp:
    def __init__(self, host: GitHost, authorize: Authorize, on_push: OnPush) -> None:
        self._host, self._authorize, self._on_push = host, authorize, on_push

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/{owner}/{name}.git/info/refs", self._advertise),
            web.post("/{owner}/{name}.git/git-upload-pack", self._fetch),
            web.post("/{owner}/{name}.git/git-receive-pack", self._push),
        ]

    async def _advertise(self, request: web.Request) -> web.Response:
        service = request.query.get("service")
        if service not in ("git-upload-pack", "git-receive-pack"):
            raise web.HTTPForbidden(text="Please upgrade your git client.\n")  # the dumb protocol
        repository_id, _ = await self._admit(request, service)  # type: ignore[arg-type]
        return await self._backend(request, repository_id, "info/refs", b"")

    async def _fetch(self, request: web.Request) -> web.Response:
        repository_id, _ = await self._admit(request, "git-upload-pack")
        return await self._backend(request, repository_id, "git-upload-pack", await _body(request))

    async def _push(self, request: web.Request) -> web.Response:
        repository_id, actor = await self._admit(request, "git-receive-pack")
        body = await _body(request)
        async with self._host.writing(repository_id) as repository:
            before = await repository.refs()
            answer = await self._backend(request, repository_id, "git-receive-pack", body)
            after = await repository.refs()
        moved = [
            RefUpdate(ref, before.get(ref, NO_COMMIT), after.get(ref, NO_COMMIT))
            for ref in sorted(before.keys() | after.keys())
            if before.get(ref) != after.get(ref)
        ]
        if moved:
            await self._on_push(repository_id, actor, moved)
        return answer

    async def _admit(self, request: web.Request, service: Service) -> tuple[int, User]:
        user, password = _credentials(request)
        owner, name = request.match_info["owner"], request.match_info["name"]
        admitted = await self._authorize(owner, name, user, password, service)
        if admitted is not None:
            return admitted
        if password is not None:
            raise web.HTTPNotFound(text="Repository not found.\n")
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="GitHub"'})

    async def _backend(self, request: web.Request, repository_id: int, service: str, body: bytes) -> web.Response:
        path = self._host.repository(repository_id).path
        meta = {
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(path.parent),
            "PATH_INFO": f"/{path.name}/{service}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.rel_url.raw_query_string,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "sandbox",  # makes http-backend allow receive-pack; who may push is decided above
            "REMOTE_ADDR": request.remote or "",
        }
        if _is_gzip(request.headers, body):
            meta["HTTP_CONTENT_ENCODING"] = "gzip"
        done = await run(["git", "http-backend"], env=git_env(protocols=[], **meta), stdin=body, timeout=TIMEOUT)
        if done.returncode:
            raise web.HTTPInternalServerError(text=done.stderr.decode(errors="replace"))
        return _answer(done.stdout)


def _credentials(request: web.Request) -> tuple[str | None, str | None]:
    """User name and password of HTTP Basic (RFC 7617); a bearer token counts as the password."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return None, value
    if scheme.lower() != "basic":
        return None, None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise web.HTTPBadRequest(text="Malformed Authorization header.\n") from None
    return user, password


async def _body(request: web.Request) -> bytes:
    """The whole body, past the application's limit for REST bodies: packs are larger."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        body += chunk
        if len(body) > _MAX_BODY:
            raise web.HTTPRequestEntityTooLarge(max_size=_MAX_BODY, actual_size=len(body))
    return bytes(body)


def _is_gzip(headers: Mapping[str, str], body: bytes) -> bool:
    """The HTTP server may have unpacked the body and left the header; a pkt-line never starts with gzip's magic."""
    return headers.get("Content-Encoding") in ("gzip", "x-gzip") and body[:2] == b"\x1f\x8b"


def _answer(output: bytes) -> web.Response:
    """A CGI response: headers, an empty line, the body. `Status` is 200 when absent."""
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(BytesHeaderParser().parsebytes(head).items())
    status = int(headers.pop("Status", "200").split()[0])
    return web.Response(status=status, headers=headers, body=body)
