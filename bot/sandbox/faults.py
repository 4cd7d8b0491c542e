"""Faults on demand: the outermost middleware, so that a fault strikes whatever the server would have said."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.sandbox.fault_kinds import Fault, HideCreated, Limit, refusal

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Point: TypeAlias = Literal["received", "committed", "replied"]
_TOKEN = re.compile(r"/app/installations/\d+/access_tokens")
_READING_GIT = ".git/git-upload-pack"
_UNLIMITED = "/rate_limit"  # GitHub: asking for the limits does not count against them


@dataclass(eq=False)
class Seen:
    """One request. `index` counts the mutating ones from 1 and is 0 for the others."""

    method: str
    path: str
    query: str
    caller: str
    index: int
    at: float  # time.monotonic()
    status: int | None = None  # None: no reply was sent (yet)
    fault: str | None = None  # the kind that struck

    @property
    def is_mutating(self) -> bool:
        return self.index > 0


@dataclass(eq=False)
class Rule:
    """One fault and when it strikes; `struck` counts how often it did."""

    fault: Fault
    method: str | None
    path: re.Pattern[str]
    caller: str | None
    after: int
    times: int | None
    chance: float
    struck: int = 0

    def match(self, seen: Seen) -> re.Match[str] | None:
        if self.method not in (None, seen.method) or self.caller not in (None, seen.caller):
            return None
        return self.path.fullmatch(seen.path)


@dataclass(frozen=True)
class _Ban:
    limit: Limit
    until: float  # time.monotonic()


class Faults:
    """Rules, the log of requests, and ban mode.

    Rules are tried in the order in which they were added; the first that matches strikes. A request inside its
    caller's limit window is refused again and noted in `violations`: a test ends with `assert not
    faults.violations`. `seed` decides what happens to rules with a chance below 1.
    """

    def __init__(self, who: Callable[[web.Request], str | None], *, seed: int = 0) -> None:
        self.requests: list[Seen] = []
        self.violations: list[Seen] = []
        self.rules: list[Rule] = []
        self.middleware = self._as_middleware()
        self._who = who
        self._random = random.Random(seed)
        self._callbacks: list[Callable[[Point, Seen], Awaitable[None]]] = []
        self._mutations = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._bans: dict[str, _Ban] = {}  # caller -> ban
        self._hidden: dict[str, float] = {}  # path -> time.monotonic() at which it appears
        self._stale: list[tuple[re.Pattern[str], float]] = []  # path, until
        self._last_read: dict[str, web.Response] = {}  # path and query -> the last 200

    def add(
        self,
        fault: Fault,
        method: str | None = None,
        path: str = ".*",
        *,
        caller: str | None = None,
        after: int = 0,
        times: int | None = 1,
        chance: float = 1.0,
    ) -> Rule:
        """Let `fault` strike requests of this method (None: any) whose whole path matches the regular expression.

        The first `after` matches are spared; then it strikes `times` times (None: always), each with `chance`.
        """
        rule = Rule(fault, method, re.compile(path), caller, after, times, chance)
        self.rules.append(rule)
        return rule

    def stale(self, path: str, seconds: float) -> None:
        """For `seconds`, GETs of matching paths answer as they did the last time they were asked (per path and query).

        What was never asked before is answered truthfully once and is frozen from then on.
        """
        self._stale.append((re.compile(path), time.monotonic() + seconds))

    def on_request(self, callback: Callable[[Point, Seen], Awaitable[None]]) -> None:
        """Await `callback` for each mutating request when it is received, committed (or refused) and replied to.

        This is where a test kills a worker. A sender that is gone after `received` has nothing committed; and while
        the callback of a `replied` runs, no other write is taken (so the callback must not write here itself).
        """
        self._callbacks.append(callback)

    def mutations(self) -> list[Seen]:
        """All mutating requests, in order of arrival; token requests and git fetches are none."""
        return [seen for seen in self.requests if seen.is_mutating]

    def clear(self) -> None:
        """Forget rules, bans and staleness, but not what was seen."""
        self.rules.clear()
        self._bans.clear()
        self._hidden.clear()
        self._stale.clear()

    def _as_middleware(self) -> Middleware:
        @web.middleware
        async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._handle(request, handler)

        return middleware

    async def _handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._callbacks and _is_mutating(request):
            await self._calm.wait()
            if await _has_left(request):
                return _hang_up(request)
        seen = self._note(request)
        await self._tell("received", seen)
        if self._callbacks and await _has_left(request):
            return _hang_up(request)

        async def proceed() -> web.StreamResponse:
            try:
                answer = await handler(request)
            except web.HTTPException as refused:  # only git routes do that
                seen.status = refused.status
                raise
            await self._tell("committed", seen)
            return answer

        answer = await self._answer(request, seen, proceed)
        if answer is None:
            return _hang_up(request)
        seen.status = answer.status
        return await self._send(request, seen, answer)

    def _note(self, request: web.Request) -> Seen:
        is_mutating = _is_mutating(request)
        self._mutations += is_mutating
        seen = Seen(
            request.method,
            request.path,
            request.query_string,
            self._who(request) or "anonymous",
            self._mutations if is_mutating else 0,
            time.monotonic(),
        )
        self.requests.append(seen)
        return seen

    async def _answer(
        self, request: web.Request, seen: Seen, proceed: Callable[[], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse | None:
        if refused := self._banned(seen):
            return refused
        if seen.method == "GET" and (instead := self._out_of_date(request, seen)):
            return instead
        found = self._striking(seen)
        if found is None:
            answer: web.StreamResponse | None = await proceed()
        else:
            rule, match = found
            seen.fault = type(rule.fault).__name__
            answer = await rule.fault.strike(request, match, proceed)
            self._follow_up(rule.fault, seen, answer)
        if seen.method == "GET" and isinstance(answer, web.Response) and answer.status == 200:
            self._last_read[request.path_qs] = _copy(answer)
        return answer

    def _striking(self, seen: Seen) -> tuple[Rule, re.Match[str]] | None:
        for rule in self.rules:
            match = rule.match(seen)
            if match is None or rule.times == rule.struck:
                continue
            if rule.after > 0:
                rule.after -= 1
                continue
            if rule.chance < 1 and self._random.random() >= rule.chance:
                continue
            rule.struck += 1
            return rule, match
        return None

    def _follow_up(self, fault: Fault, seen: Seen, answer: web.StreamResponse | None) -> None:
        """What outlasts the request: a ban, or an address that is not there yet."""
        if isinstance(fault, Limit):
            self._bans[seen.caller] = _Ban(fault, time.monotonic() + fault.window())
        if isinstance(fault, HideCreated) and isinstance(answer, web.Response) and answer.status == 201:
            if not isinstance(answer.body, bytes):
                raise TypeError(f"{seen.method} {seen.path} created something without an address")
            path = urlsplit(json.loads(answer.body)["url"]).path
            self._hidden[path] = time.monotonic() + fault.seconds

    def _banned(self, seen: Seen) -> web.Response | None:
        ban = self._bans.get(seen.caller)
        if ban is None or seen.path == _UNLIMITED or seen.at >= ban.until:
            return None
        self.violations.append(seen)
        return ban.limit.answer(ban.until - seen.at)

    def _out_of_date(self, request: web.Request, seen: Seen) -> web.Response | None:
        if self._hidden.get(seen.path, 0.0) > seen.at:
            seen.fault = HideCreated.__name__
            return refusal(404, "Not Found")
        if not any(path.fullmatch(seen.path) and until > seen.at for path, until in self._stale):
            return None
        before = self._last_read.get(request.path_qs)
        if before is None:
            return None
        seen.fault = "Stale"
        etag = before.headers.get("ETag")
        if etag is not None and etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers={"ETag": etag})
        return _copy(before)

    async def _tell(self, point: Point, seen: Seen) -> None:
        if seen.is_mutating:
            for callback in self._callbacks:
                await callback(point, seen)

    async def _send(self, request: web.Request, seen: Seen, answer: web.StreamResponse) -> web.StreamResponse:
        """Write the answer here and not after the middleware, so that `replied` means replied."""
        try:
            await answer.prepare(request)
            await answer.write_eof()
        except ConnectionError:
            seen.status = None  # the client has gone (a crash test killed it): nobody got this reply
            return answer
        self._calm.clear()
        try:
            await self._tell("replied", seen)
        finally:
            self._calm.set()
        return answer


def _is_mutating(request: web.Request) -> bool:
    return request.method not in ("GET", "HEAD", "OPTIONS") and not (
        _TOKEN.fullmatch(request.path) or request.path.endswith(_READING_GIT)
    )


async def _has_left(request: web.Request) -> bool:
    """Whether the sender has closed the connection; a few turns of the loop let news of that come in."""
    for _ in range(3):
        await asyncio.sleep(0)
    return request.transport is None or request.transport.is_closing()


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # has no connection left to go out on


def _copy(answer: web.Response) -> web.Response:
    """A response can be sent only once."""
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
