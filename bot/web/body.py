"""Reads a request body: never longer than allowed, never slower than allowed, never too many large ones at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

DEADLINE = 10.0  # seconds from the head of the request to the last byte of its body (faults-and-threats.md 1.1)
SMALL = 64 * 1024  # bytes; what every connection may hold in memory at the same time
LARGE_AT_ONCE = 2  # larger bodies in memory at the same time: 25 MiB each, and as much again while they are stored
LARGE_WAIT = 2.0  # seconds; an answer after that is 503 (goal R1), and GitHub's failed delivery is asked for again


class Bodies:
    """The one reader of bodies in a server: it bounds the bytes that all requests together keep in memory.

    A body counts as large once more than `SMALL` bytes of it have *arrived*: what a stranger merely announces in
    Content-Length takes no place (threat T3), and a flood of large bodies leaves the small ones untouched.
    """

    def __init__(self, *, deadline: float = DEADLINE, large_wait: float = LARGE_WAIT) -> None:
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._deadline, self._large_wait = deadline, large_wait

    @contextlib.asynccontextmanager
    async def of(self, request: web.Request, *, limit: int) -> AsyncIterator[bytearray]:
        """The raw body of at most `limit` bytes; keep the block open for as long as the bytes are needed.

        Raises the answer: 413 too large, 408 too slow, 400 broken off or malformed, 503 no room for a large one.
        """
        if (request.content_length or 0) > limit:
            raise _too_large(limit)
        async with contextlib.AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self._deadline):
                    body = await self._read(request, limit, held)
            except TimeoutError:
                raise web.HTTPRequestTimeout(text=f"the body did not arrive within {self._deadline:g} s") from None
            except (web.RequestPayloadError, ConnectionError) as error:
                raise web.HTTPBadRequest(text="the body is broken off or badly framed") from error
            yield body

    async def _read(self, request: web.Request, limit: int, held: contextlib.AsyncExitStack) -> bytearray:
        body = bytearray()  # grows in place; a list of pieces would be in memory twice when it is joined
        is_large = False
        while chunk := await request.content.readany():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
            if len(body) > SMALL and not is_large:
                is_large = True
                await self._take_place(held)
        return body

    async def _take_place(self, held: contextlib.AsyncExitStack) -> None:
        try:
            async with asyncio.timeout(self._large_wait):
                await held.enter_async_context(self._large)
        except TimeoutError:
            raise web.HTTPServiceUnavailable(text="too many large bodies at once; send it again later") from None


def _too_large(limit: int) -> web.HTTPRequestEntityTooLarge:
    return web.HTTPRequestEntityTooLarge(limit, text=f"the body is larger than {limit} bytes")
