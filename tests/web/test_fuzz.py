"""Goal S1 in small: 2,000 requests of strangers give no 5xx, no parse of what they sent, no row."""

import asyncio
import contextlib
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from bot.model import codec
from bot.model.events import Evidence
from bot.store.database import Database
from bot.web.server import Address
from tests.web.conftest import sign, stored
from tests.web.raw import wire

REQUESTS = 2000
SEED = 1
AT_ONCE = 32
SILENCE = 1.0  # seconds without an answer after which a request is given up: it announced more than it sent

METHODS = [*["POST"] * 15, "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO", "", "\x00"]
PATHS = [
    *["/webhook"] * 20,
    *["/runner/attestations"] * 8,
    *["/", "/healthz", "/runner/plans/1", "/runner/plans/" + "9" * 400, "/runner/plans/-1", "/runner/plans?branch=%ff"],
    *["/webhook/", "//webhook", "/webhook?a=%00", "/%77ebhook", "/../webhook", "*", "", "http://[::1"],
    *["http://else.where.test/webhook", "/webhook#x", "/%", "/\u2028", "/healthz/%2e%2e/webhook", "/" + "a" * 9000],
]
VERSIONS = [*["HTTP/1.1"] * 40, "HTTP/1.0", "HTTP/2", ""]
MORE_HEADERS = ["Transfer-Encoding", "Content-Encoding", "Expect", "Upgrade", "Connection", "X-" * 50]
VALUES = [
    *["", "x", "sha256=" + "0" * 64, "ä", "\udcff", "\x00", "\x7f", "'", "a" * 8000, "-1", "1e9", "\t"],
    *["chunked", "gzip", "100-continue", "websocket", "close", "27262976", "application/x-www-form-urlencoded"],
]
BODIES = [b"", b"{}", b"[" * 5000, b'{"plan": 1}', b"a=b", bytes(range(256)), b"x" * 70_000, b"0\r\n\r\n", b"\xff" * 10]


def _request(chance: random.Random) -> bytes:
    if chance.random() < 0.05:
        return chance.randbytes(chance.randint(1, 300)) + b"\r\n\r\n"
    body = chance.choice(BODIES)
    headers = {
        "Host": "bot.test",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-GitHub-Event": "issues",
        "X-GitHub-Delivery": f"{chance.getrandbits(64):x}",
        "X-Hub-Signature-256": sign(body, b"not the secret of this server, as it happens"),
        "X-Interlock-Delivery": "00000000-0000-4000-8000-000000000000",
        "Authorization": f"Bearer {chance.getrandbits(128):x}",
    }
    for _ in range(chance.choice([0, 1, 1, 1, 2, 4])):
        _spoil(chance, headers)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if chance.random() < 0.1:
        lines.append(chance.choice(lines) if lines else "x")
    first = f"{chance.choice(METHODS)} {chance.choice(PATHS)} {chance.choice(VERSIONS)}"
    return "\r\n".join([first, *lines, "", ""]).encode("utf-8", "surrogateescape") + body


def _spoil(chance: random.Random, headers: dict[str, str]) -> None:
    name = chance.choice([*headers, *MORE_HEADERS])
    if name in headers and chance.random() < 0.4:
        del headers[name]
    else:
        headers[name] = chance.choice(VALUES)


async def _status(address: Address, request: bytes) -> int | None:
    async with wire(address) as it:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(SILENCE):
                await it.send(request)
                line = await it.reader.readuntil(b"\r\n")
                while line == b"HTTP/1.1 100 Continue\r\n":
                    await it.reader.readuntil(b"\r\n")
                    line = await it.reader.readuntil(b"\r\n")
                return int(line.split(b" ")[1])
    return None


@contextlib.contextmanager
def _counting_parses() -> Iterator[Callable[[], int]]:
    """Counts every call of a JSON decoder in this thread, Python's and msgspec's."""
    parses = 0

    def watch(frame: FrameType, event: str, called: Any) -> None:
        nonlocal parses
        if event == "c_call":
            parses += called.__name__ == "json_decode"
        elif event == "call":
            parses += frame.f_code.co_filename.endswith("json/decoder.py")

    sys.setprofile(watch)
    try:
        yield lambda: parses
    finally:
        sys.setprofile(None)


async def test_goal_s1_2000_requests_of_strangers(
    address: Address, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(SEED)
    requests = [_request(chance) for _ in range(REQUESTS)]
    seen: Counter[int | None] = Counter()
    free = asyncio.Semaphore(AT_ONCE)

    async def send(request: bytes) -> None:
        async with free:
            status = await _status(address, request)
            assert status is None or status < 500, request[:2000]
            seen[status] += 1

    with _counting_parses() as parses:
        await asyncio.gather(*(send(request) for request in requests))
        assert parses() == 0
        with pytest.raises(ValueError, match="required field"):
            codec.decode(b"{}", Evidence)
        assert parses() == 1  # the counter counts
    assert await stored(database) == ()
    assert "Traceback" not in caplog.text
    for status in (200, 400, 401, 404, 405, 413, 415, 417):
        assert seen[status], f"none of the requests came as far as {status}: {seen}"
    assert seen[None] < REQUESTS / 10
