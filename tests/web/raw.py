"""A client that speaks bytes: for what no HTTP library would send."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.web.server import Address

PATIENCE = 20.0  # seconds; no single step of a test takes longer


@dataclass
class Wire:
    """One TCP connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    opened: float

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE):
            await self.writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
            )
            return int(head.split(b" ", 2)[1]), await self.reader.readexactly(length)

    async def until_closed(self) -> tuple[float, bytes]:
        """Seconds from the connection's start until the server closes it, and what it sent before."""
        rest = b""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                while data := await self.reader.read(65536):
                    rest += data
        return time.monotonic() - self.opened, rest


@contextlib.asynccontextmanager
async def wire(to: Address) -> AsyncIterator[Wire]:
    """A fresh connection to the server, closed at the end."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(to.host, to.port)
    try:
        yield Wire(reader, writer, time.monotonic())
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def head(method: str, path: str, **headers: str) -> bytes:
    """A request head; `content_length="3"` becomes the header Content-Length."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bot.test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
