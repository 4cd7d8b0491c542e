"""Deliveries to the App: signed, logged, never retried by themselves (GitHub's rule), re-sent on request.

Addresses and headers: docs.github.com, "Webhook events and payloads" and "Best practices for using webhooks".
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import aiohttp

from bot.sandbox.kinds import ALWAYS_SENT, OFFERED
from bot.sandbox.state import Installation, Json, Repository

if TYPE_CHECKING:
    from bot.sandbox.world import World

ANSWER_WITHIN = 10.0  # seconds; GitHub counts a slower answer as a failed delivery


@dataclass(eq=False)
class Delivery:
    """One attempt. A redelivery has the same `guid` and a new `id`."""

    id: int
    guid: str
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    body: bytes = field(repr=False)
    redelivery: bool = False
    url: str = ""
    delivered_at: datetime | None = None
    duration: float = 0.0  # seconds
    status: str = "pending"  # "OK" or what went wrong
    status_code: int = 0
    request_headers: dict[str, str] = field(default_factory=dict, repr=False)
    response_headers: dict[str, str] = field(default_factory=dict, repr=False)
    response_body: str = field(default="", repr=False)

    @property
    def is_success(self) -> bool:
        return self.status == "OK"


class Webhooks:
    """The dispatcher. Deliveries go out one after the other, in the order of the changes, unless told otherwise.

    `url` may be set at any time; while it is None the App has no webhook and nothing is sent or logged.
    `copies` > 1 sends each delivery that many times under one GUID. `drop` decides which deliveries get lost
    without a trace in the log (GitHub does lose some: nothing but a look at the state finds those).
    """

    def __init__(self, world: World) -> None:
        self.url: str | None = None
        self.answer_within = ANSWER_WITHIN
        self.copies = 1
        self.drop: Callable[[Delivery], bool] = lambda _: False
        self.observer: Callable[[str, Json], None] = lambda _kind, _payload: None
        self.log: list[Delivery] = []
        self._world = world
        self._waiting: list[Delivery] = []
        self._is_held = False
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def offer(
        self,
        event: str,
        action: str | None,
        payload: Json,
        installation: Installation | None,
        repository: Repository | None,
    ) -> None:
        """Queue one event for the App, if it subscribed to it and a hook is set.

        Raises LookupError for a kind without a published schema: what has no schema is not offered.
        """
        kind = event if action is None else f"{event}-{action}"
        kind = kind.replace("_", "-")
        if kind not in OFFERED:
            raise LookupError(f"the sandbox offers no webhook {kind!r}: no published schema describes it")
        if event not in ALWAYS_SENT and not _listens(installation, event):
            return
        self.observer(kind, payload)
        if self.url is None:
            return
        body = json.dumps(payload, ensure_ascii=False).encode()
        installation_id = None if installation is None else installation.id
        repository_id = None if repository is None else repository.id
        number = self._world.new_id()
        self._queue(Delivery(number, str(uuid.uuid4()), event, action, installation_id, repository_id, body))

    def redeliver(self, delivery: Delivery) -> None:
        """Send a logged delivery again: same GUID and bytes, new id."""
        again = Delivery(
            self._world.new_id(),
            delivery.guid,
            delivery.event,
            delivery.action,
            delivery.installation_id,
            delivery.repository_id,
            delivery.body,
            redelivery=True,
        )
        self._queue(again)

    def hold(self) -> None:
        """Keep what comes from now on, until `release`."""
        self._is_held = True

    def release(self, shuffle: int | None = None) -> None:
        """Send what was held, in order, or in an order drawn from the seed `shuffle`."""
        if shuffle is not None:
            random.Random(shuffle).shuffle(self._waiting)
        self._is_held = False
        self._start()

    async def settle(self) -> None:
        """Wait until everything that is not held has been delivered or refused, and logged."""
        await self._idle.wait()

    def _queue(self, delivery: Delivery) -> None:
        if self.drop(delivery):
            return
        self._waiting.append(delivery)
        self._waiting += [replace(delivery, id=self._world.new_id()) for _ in range(self.copies - 1)]
        if not self._is_held:
            self._start()

    def _start(self) -> None:
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled; the server starts this as its one background task."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN)) as session:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting and not self._is_held:
                    await self._send(session, self._waiting.pop(0))
                self._idle.set()

    async def _send(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        delivery.url = self.url or ""
        delivery.request_headers = self._headers(delivery)
        delivery.delivered_at = self._world.now()
        timeout = aiohttp.ClientTimeout(total=self.answer_within)
        begun = time.monotonic()
        try:
            async with session.post(
                delivery.url,
                data=delivery.body,
                headers=delivery.request_headers,
                allow_redirects=False,
                timeout=timeout,
            ) as answer:
                delivery.response_body = (await answer.read()).decode(errors="replace")[:65536]
                delivery.response_headers = dict(answer.headers)
                delivery.status_code = answer.status
                delivery.status = "OK" if 200 <= answer.status < 300 else f"Invalid HTTP Response: {answer.status}"
        except TimeoutError:
            delivery.status_code, delivery.status = 504, "timed out"
        except (aiohttp.ClientError, ValueError):
            delivery.status_code, delivery.status = 502, "failed to connect to host"
        delivery.duration = round(time.monotonic() - begun, 3)
        self.log.append(delivery)

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        app = self._world.app
        signature = hmac.new(app.webhook_secret.encode(), delivery.body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/sandbox",
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.guid,
            "X-GitHub-Hook-ID": str(app.id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-GitHub-Hook-Installation-Target-ID": str(app.id),
            "X-Hub-Signature-256": f"sha256={signature}",
        }


def _listens(installation: Installation | None, event: str) -> bool:
    return installation is not None and installation.suspended_at is None and event in installation.events
