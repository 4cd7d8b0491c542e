"""`POST /webhook`: verify, write down, answer. No JSON is parsed here; that is the worker's work.

GitHub counts anything but a 2xx within 10 s as failed and never sends a delivery again by itself, so a delivery is
answered 202 only when it is on disk, and 503 at once when it cannot be (github-api.md section 17).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.web import signature
from bot.web.body import Bodies

LARGEST = 25 * 1024 * 1024  # bytes; GitHub sends no larger payload
_HASHED_INLINE = 256 * 1024  # bytes; more would hold the event loop for more than about 1 ms
_EVENT = re.compile(r"[a-z_]{1,50}")
_GUID = re.compile(r"[!-~]{1,100}")

#: Stores (guid, event name, raw body) durably: True when it is new. Raises StoreUnavailable within 2 s.
Accept = Callable[[str, str, bytes | bytearray], Awaitable[bool]]


@dataclass
class Refusals:
    """Deliveries refused since the start because of their signature: all that is kept of them."""

    signature: int = 0


class Webhook:
    """The intake. `secrets` are the one or two that are valid now."""

    def __init__(self, accept: Accept, secrets: Sequence[bytes], bodies: Bodies, refusals: Refusals) -> None:
        self._accept, self._secrets, self._bodies, self._refusals = accept, secrets, bodies, refusals

    async def receive(self, request: web.Request) -> web.Response:
        """202 stored, 200 known already; 400, 401, 408, 413, 415 refused. Raises StoreUnavailable: answered 503."""
        _check_encoding(request)
        digest = signature.stated(request.headers.getall(signature.HEADER, ()))
        if digest is None:
            raise self._unsigned(f"exactly one {signature.HEADER}: sha256=<64 hex digits> is needed")
        guid, event = _identity(request)
        async with self._bodies.of(request, limit=LARGEST) as body:
            if not await self._is_signed(body, digest):
                raise self._unsigned("the signature does not fit the body and the webhook secret")
            is_new = await self._accept(guid, event, body)
        if is_new:
            return web.Response(status=202, body=b'{"stored": true}', content_type="application/json")
        return web.Response(body=b'{"stored": true, "again": true}', content_type="application/json")

    async def _is_signed(self, body: bytearray, digest: bytes) -> bool:
        if len(body) <= _HASHED_INLINE:
            return signature.is_signed(body, digest, self._secrets)
        return await asyncio.to_thread(signature.is_signed, body, digest, self._secrets)

    def _unsigned(self, why: str) -> web.HTTPUnauthorized:
        self._refusals.signature += 1
        return web.HTTPUnauthorized(text=why)


def _check_encoding(request: web.Request) -> None:
    if "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType(text="a Content-Encoding is not accepted; send the body as it is")
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(
            text="the webhook's content type must be application/json, not form-encoded: set it in the App's settings"
        )


def _identity(request: web.Request) -> tuple[str, str]:
    guids = request.headers.getall("X-GitHub-Delivery", ())
    events = request.headers.getall("X-GitHub-Event", ())
    if len(guids) != 1 or not _GUID.fullmatch(guids[0]):
        raise web.HTTPBadRequest(text="exactly one X-GitHub-Delivery of 1 to 100 printable ASCII characters is needed")
    if len(events) != 1 or not _EVENT.fullmatch(events[0]):
        raise web.HTTPBadRequest(text="exactly one X-GitHub-Event of 1 to 50 characters a-z and _ is needed")
    return guids[0], events[0]
