"""HTTP connections: aiohttp's own, with a deadline for the request head and a bound on their number.

Measured on aiohttp 3.14.5: a connection that sends nothing, or half a head, or a byte of it now and then, stays open
until `keepalive_timeout` has passed since it was made or since its last answer; there is no bound on their number.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Connections:
    """The open connections of one server, oldest first, at most `limit`.

    A full house does not shut out who comes next: the connection that has waited longest for a request makes room,
    so thousands of silent sockets (row I7) cost honest senders nothing.
    """

    limit: int
    head_deadline: float  # seconds
    is_draining: bool = False
    _open: dict["Connection", None] = field(default_factory=dict)
    _left: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, connection: "Connection") -> None:
        self._open[connection] = None
        if len(self._open) > self.limit:
            leaves = next((it for it in self._open if it.is_waiting), connection)
            self.remove(leaves)
            leaves.force_close()

    def remove(self, connection: "Connection") -> None:
        self._open.pop(connection, None)
        self._left.set()

    async def drain(self, *, within: float) -> int:
        """Ends every connection, those with a request under way after its answer; how many are left after `within` s.

        Call it when the server no longer accepts connections.
        """
        self.is_draining = True
        await asyncio.sleep(0)  # connections accepted just now begin to wait
        for it in [it for it in self._open if it.is_waiting]:
            it.force_close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while self._open:
                    self._left.clear()
                    await self._left.wait()
        return len(self._open)


class Connection(web.RequestHandler):
    """One connection; it is closed when `head_deadline` seconds were not enough for a whole request head.

    The time runs from the connection's first moment, and on a kept connection from the first byte of the next head.
    """

    __slots__ = ("_connections", "_head_timer", "_unanswered")

    def __init__(self, server: web.Server, connections: Connections, **options: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._connections = connections
        self._head_timer: asyncio.TimerHandle | None = None
        self._unanswered = 0  # requests whose head has come and whose answer is not finished

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being read, handled or answered here."""
        return self._waiter is not None and not self._waiter.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._expect_head()
        self._connections.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._connections.remove(self)
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        heads = self._request_count
        request = self._current_request
        # All that was asked is answered, or read to its end: then what comes now belongs to the next head.
        was_read = self._unanswered == 0 or (request is not None and request.content.is_eof())
        super().data_received(data)
        if self._request_count != heads:
            self._unanswered += self._request_count - heads
            self._stop_timer()
        elif self._head_timer is None and (self.is_waiting or was_read):
            self._expect_head()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if self._connections.is_draining:
            resp.force_close()
        if isinstance(resp, web.HTTPException):
            # aiohttp keeps the last answer of a kept connection; its traceback would keep the body: 25 MiB for each.
            resp.__traceback__ = resp.__cause__ = resp.__context__ = None
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._unanswered -= 1

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """As aiohttp's, but what is not HTTP gets a plain 400: neither log nor answer repeats a stranger's bytes."""
        if status != 400:
            return super().handle_error(request, status, exc, message)
        answer = web.Response(status=400, text="this is not a well-formed HTTP/1.1 request")
        answer.force_close()
        return answer

    def _expect_head(self) -> None:
        loop = asyncio.get_running_loop()
        self._head_timer = loop.call_later(self._connections.head_deadline, self._give_up)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if self.is_waiting:
            self.force_close()
