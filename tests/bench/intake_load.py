"""The load generator of the intake benchmark: signed deliveries over kept connections, from a process of its own.

    python -m tests.bench.intake_load PORT --connections 32 --seconds 2 [--rate 200]

It speaks HTTP over bare sockets, so that the one core it has is not the limit. Without `--rate` every connection
sends the next delivery as soon as it has an answer; with it deliveries start on a fixed schedule and are timed from
the moment they were due. Prints one JSON object: `sent`, `seconds` and the latencies in ms.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import random
import time
import uuid
from typing import Any

import uvloop

SECRET = b"the secret of a benchmark, 32 bytes and more"
GIVE_UP = 30.0  # seconds that one answer may take
WORDS = ["".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=3 + seed % 8)) for seed in range(2000)]


def payloads(count: int = 48) -> list[bytes]:
    """Issue events of 12 to 24 kB that look like GitHub's: many URLs, some prose. The same ones in every run."""
    return [_payload(random.Random(seed), 12_000 + seed * 12_000 // (count - 1)) for seed in range(count)]


def _payload(chance: random.Random, size: int) -> bytes:
    """An issue with as many labels and assignees as it needs to reach `size` bytes."""
    owner = chance.choice(WORDS)
    repository = f"https://api.github.test/repos/{owner}/{chance.choice(WORDS)}"
    event: dict[str, Any] = {
        "action": "opened",
        "issue": {
            "url": f"{repository}/issues/{chance.randint(1, 9999)}",
            "id": chance.getrandbits(32),
            "title": _prose(chance, 8),
            "user": _account(chance),
            "labels": [],
            "body": _prose(chance, 200),
        },
        "repository": {
            "id": chance.getrandbits(30),
            "owner": _account(chance),
            **{f"{word}_url": f"{repository}/{word}{{/{word}}}" for word in WORDS[:60]},
        },
        "sender": _account(chance),
        "assignees": [],
    }
    while len(made := json.dumps(event).encode()) < size:
        label = {"id": chance.getrandbits(32), "url": f"{repository}/labels/{chance.choice(WORDS)}", "color": "ededed"}
        event["issue"]["labels"].append(label)
        event["assignees"].append(_account(chance))
    return made


def _account(chance: random.Random) -> dict[str, Any]:
    name = chance.choice(WORDS)
    links = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
    account = {"login": name, "id": chance.getrandbits(27), "type": "User", "site_admin": False}
    return account | {f"{link}_url": f"https://api.github.test/users/{name}/{link}" for link in links}


def _prose(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words))


def requests() -> list[tuple[bytes, bytes]]:
    """For each payload what stands before and after the GUID."""
    made = []
    for body in payloads():
        signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        before = (
            "POST /webhook HTTP/1.1\r\nHost: bot.test\r\nUser-Agent: GitHub-Hookshot\r\n"
            "Content-Type: application/json\r\n"
            f"X-GitHub-Event: issues\r\nX-Hub-Signature-256: sha256={signature}\r\n"
            f"Content-Length: {len(body)}\r\nX-GitHub-Delivery: "
        )
        made.append((before.encode(), b"\r\n\r\n" + body))
    return made


class Sender(asyncio.Protocol):
    """One kept connection; one delivery at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._got = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed by the server"))

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
            self._got = b""
            assert self._answer is not None
            self._answer.set_result(int(head[9:12]))

    async def send(self, data: bytes) -> int:
        """The status of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(data)  # type: ignore[attr-defined]
        async with asyncio.timeout(GIVE_UP):
            return await self._answer


async def _one(sender: Sender, request: tuple[bytes, bytes], due: float) -> float:
    status = await sender.send(request[0] + str(uuid.uuid4()).encode() + request[1])
    if status != 202:
        raise SystemExit(f"answered {status}, not 202")
    return (time.perf_counter() - due) * 1000


async def _flat_out(sender: Sender, made: list[tuple[bytes, bytes]], end: float) -> list[float]:
    chance = random.Random(id(sender))
    taken = []
    while (now := time.perf_counter()) < end:
        taken.append(await _one(sender, chance.choice(made), now))
    return taken


async def _steady(senders: list[Sender], made: list[tuple[bytes, bytes]], seconds: float, rate: float) -> list[float]:
    free: asyncio.Queue[Sender] = asyncio.Queue()
    for sender in senders:
        free.put_nowait(sender)
    begin = time.perf_counter()

    async def deliver(number: int) -> float:
        due = begin + number / rate
        await asyncio.sleep(due - time.perf_counter())
        sender = await free.get()
        taken = await _one(sender, made[number % len(made)], due)
        free.put_nowait(sender)
        return taken

    return list(await asyncio.gather(*(deliver(number) for number in range(int(seconds * rate)))))


async def load(port: int, connections: int, seconds: float, rate: float) -> dict[str, object]:
    """Deliveries sent, seconds taken, latencies in ms."""
    loop = asyncio.get_running_loop()
    made = requests()
    opened = [await loop.create_connection(Sender, "127.0.0.1", port) for _ in range(connections)]
    senders = [sender for _, sender in opened]
    begin = time.perf_counter()
    if rate:
        taken = await _steady(senders, made, seconds, rate)
    else:
        each = await asyncio.gather(*(_flat_out(sender, made, begin + seconds) for sender in senders))
        taken = [ms for some in each for ms in some]
    lasted = time.perf_counter() - begin
    for transport, _ in opened:
        transport.close()
    return {"sent": len(taken), "seconds": lasted, "ms": taken}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rate", type=float, default=0.0)
    given = parser.parse_args()
    print(json.dumps(uvloop.run(load(given.port, given.connections, given.seconds, given.rate))))
