"""The kinds of fault: each is a value that answers in place of, before or after the real handler.

Shapes of refusals: docs.github.com, "Rate limits for the REST API" and "Troubleshooting the REST API"; the
header-less 403 is recorded in devops-thiago/ThrillhouseBot#723.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from aiohttp import web

Proceed: TypeAlias = Callable[[], Awaitable[web.StreamResponse]]
LimitShape: TypeAlias = Literal["403 retry-after", "403 reset", "403 bare", "429 retry-after", "429 reset"]
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
_PRIMARY = "API rate limit exceeded for installation."
_HTML = "<html><head><title>Unicorn! &middot; GitHub</title></head><body>This page is taking too long.</body></html>"


class Fault(Protocol):
    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse | None:
        """The answer; None closes the connection without one. `match` is the rule's path; `proceed` commits."""


@dataclass(frozen=True)
class Delay:
    """Waits `seconds` before the handler runs, or after it has committed."""

    seconds: float
    after_commit: bool = False

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        if self.after_commit:
            answer = await proceed()
            await asyncio.sleep(self.seconds)
            return answer
        if request.content_type == "application/json":  # git's bodies are streams, and read only once
            await request.read()  # whole: a client that gives up meanwhile takes nothing back
        await asyncio.sleep(self.seconds)
        return await proceed()


@dataclass(frozen=True)
class DropBefore:
    """Closes the connection; nothing is committed."""

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> None:
        await request.read()  # the client has sent everything: it cannot know that nothing happened


@dataclass(frozen=True)
class DropAfter:
    """Commits, then closes the connection without a reply."""

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> None:
        await proceed()


@dataclass(frozen=True)
class Status:
    """A 5xx. 502 and 504 come from GitHub's proxy: HTML under the label application/json."""

    status: int
    after_commit: bool = False

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        if self.after_commit:
            await proceed()
        if self.status in (502, 504):
            return web.Response(status=self.status, text=_HTML, content_type="application/json")
        return refusal(self.status, "Server Error")


@dataclass(frozen=True)
class Unauthorized:
    """401, as for a token that has expired or was revoked."""

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        return refusal(401, "Bad credentials")


@dataclass(frozen=True)
class Redirect:
    """301, 302, 307 or 308 to `to`: a path in which \\1, \\2 … stand for the groups of the rule's path."""

    status: int
    to: str

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        location = f"{request.url.origin()}{match.expand(self.to)}"
        query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
        return refusal(self.status, "Moved Permanently", Location=location + query)


@dataclass(frozen=True)
class WrongBody:
    """Commits and keeps the status, but the body is HTML, empty or cut in the middle of its JSON."""

    kind: Literal["html", "empty", "cut"]

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        answer = await proceed()
        body = answer.body if isinstance(answer, web.Response) else None
        if not isinstance(body, bytes):
            raise TypeError(f"{request.method} {request.path} has no body that could be wrong")
        wrong = {"html": _HTML.encode(), "empty": b"", "cut": body[: len(body) // 2]}[self.kind]
        return web.Response(status=answer.status, body=wrong, content_type="application/json")


@dataclass(frozen=True)
class HideCreated:
    """What a 201 has created is answered 404 at its own address for `seconds`: a replica that lags behind."""

    seconds: float

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        return await proceed()  # what is hidden, and until when, is kept by `Faults`


@dataclass(frozen=True)
class Limit:
    """A rate limit in one of the shapes GitHub uses; nothing is committed, and the caller's ban begins.

    The ban lasts `seconds` (for the reset shapes: until the full second after that). A bare 403 names no time:
    GitHub says to wait at least a minute, so `seconds` below 60 there is only for tests that shorten the bot's wait.
    """

    shape: LimitShape
    seconds: float = 60.0

    async def strike(self, request: web.Request, match: re.Match[str], proceed: Proceed) -> web.StreamResponse:
        return self.answer(self.window())

    def window(self) -> float:
        """Seconds from now until the caller may ask again."""
        return self._reset() - time.time() if self.shape.endswith("reset") else self.seconds

    def answer(self, remaining: float) -> web.Response:
        """The refusal, with `remaining` seconds to wait."""
        status = int(self.shape[:3])
        if self.shape.endswith("retry-after"):
            left = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4771"}
            return refusal(status, _SECONDARY, **left, **{"Retry-After": str(max(1, math.ceil(remaining)))})
        if self.shape.endswith("reset"):
            spent = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-used": "5000"}
            return refusal(status, _PRIMARY, **spent, **{"x-ratelimit-reset": str(round(time.time() + remaining))})
        return refusal(status, _SECONDARY)

    def _reset(self) -> int:
        return math.ceil(time.time() + self.seconds)


def refusal(status: int, message: str, **headers: str) -> web.Response:
    """GitHub's JSON for a request that was not done."""
    body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json", headers=headers)
