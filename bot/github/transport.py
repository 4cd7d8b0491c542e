"""One HTTP exchange with GitHub, and what holds for each: origin, permit, limits, version, timeouts, no redirects."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
from gidgethub import sansio
from yarl import URL

from bot.github.answers import Answer
from bot.github.limits import Windows
from bot.github.urls import Origin
from bot.model.outbox import Deadline
from bot.ports import Ambiguous, NotSent

API_VERSION = "2022-11-28"  # served until 10 March 2028; the next one removes fields, so nothing reads those
CONNECT_TIMEOUT = READ_TIMEOUT = 10.0  # seconds
TOTAL_TIMEOUT = 30.0
_CONCURRENT = 20  # requests at a time; GitHub allows 100 for all of an App's processes together
_USER_AGENT = "interlock"
_TOKEN_REQUEST = re.compile(r"/app/installations/\d+/access_tokens")


class UnguardedWrite(RuntimeError):
    """Something that is no read was about to be sent without a permit: a bug, never a condition to handle."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What the guard's door hands out for one write: it may leave until the lease ends, however often renewed."""

    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Secret:
    """A token or the App's JWT; never shows in a log or a traceback."""

    text: str = field(repr=False)
    is_jwt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`installation` is whose limits it counts against, 0 the App's own."""

    method: str
    url: str
    installation: int
    secret: Secret = Secret("")
    etag: str = ""
    body: bytes = b""
    permit: Permit | None = None


class Transport:
    """The only sender. Redirects are never followed: aiohttp turns a redirected POST into a GET (measured)."""

    def __init__(self, session: aiohttp.ClientSession, origin: Origin, windows: Windows) -> None:
        self._session = session
        self._origin = origin
        self._windows = windows
        self._places = asyncio.Semaphore(_CONCURRENT)

    async def exchange(self, request: Request) -> Answer:
        """The answer, whatever its status, unless the status is a limit.

        Raises UnguardedWrite and ForeignUrl; NotSent when no byte left (no connection, the permit has expired);
        Limited when the installation's window is closed or this answer closes it; Ambiguous when the request left and
        no whole answer came back.
        """
        url = self._origin.checked(request.url)
        if not is_read(request.method, url) and request.permit is None:
            raise UnguardedWrite(f"{request.method} {url}")
        async with self._places:
            await self._windows.check(request.installation)
            answer = await self._send(request)
        await self._windows.note(request.installation, answer)
        return answer

    async def _send(self, request: Request) -> Answer:
        connect = _time_to_connect(request.permit)
        timeout = aiohttp.ClientTimeout(
            total=TOTAL_TIMEOUT, connect=connect, sock_connect=connect, sock_read=READ_TIMEOUT
        )
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers=_headers(request),
                data=request.body or None,
                allow_redirects=False,
                timeout=timeout,
            ) as response:
                body = await response.read()
                following = str(response.links["next"]["url"]) if "next" in response.links else ""
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"no connection to GitHub: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Ambiguous(f"no whole answer from GitHub: {type(error).__name__} {error}".rstrip()) from error
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, body, following)


def is_read(method: str, url: str) -> bool:
    """GET and HEAD, and the request for a token, which changes nothing. GraphQL is a POST, hence none."""
    if method in ("GET", "HEAD"):
        return True
    return method == "POST" and bool(re.search(rf"{_TOKEN_REQUEST.pattern}$", urlsplit(url).path))


def _time_to_connect(permit: Permit | None) -> float:
    """Seconds. With a permit, no longer than it lasts, so that its last byte leaves under it."""
    if permit is None:
        return CONNECT_TIMEOUT
    left = permit.deadline.at - time.monotonic()
    if left <= 0:
        raise NotSent("the permit to write has expired: this worker was away for longer than its lease")
    return min(left, CONNECT_TIMEOUT)


def _headers(request: Request) -> dict[str, str]:
    secret = request.secret
    if secret.is_jwt:
        headers = sansio.create_headers(_USER_AGENT, jwt=secret.text)
    else:
        headers = sansio.create_headers(_USER_AGENT, oauth_token=secret.text)
    headers["x-github-api-version"] = API_VERSION
    if request.etag:
        headers["if-none-match"] = request.etag
    if request.body:
        headers["content-type"] = "application/json; charset=utf-8"
    return headers
