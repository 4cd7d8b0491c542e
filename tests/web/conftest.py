"""The web room as it is built, over a real store in a file, and verbs for talking to it."""

import hashlib
import hmac
import io
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.store import inbox
from bot.store.database import Database
from bot.store.inbox import Delivery
from bot.store.migrate import migrate
from bot.web.app import application
from bot.web.server import Address, serving
from tests.web.door import SECRET

ANSWER_WITHIN = aiohttp.ClientTimeout(total=20)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Sender:
    """Somebody who posts to one server, with GitHub's headers unless told otherwise."""

    session: aiohttp.ClientSession
    address: Address

    async def deliver(
        self,
        body: bytes = b"{}",
        *,
        secret: bytes = SECRET,
        guid: str | None = None,
        event: str = "issues",
        without: tuple[str, ...] = (),
        **headers: str,
    ) -> Answer:
        """POST /webhook; `headers` (with _ for -) are added to, or stand instead of, those that GitHub sends."""
        sent = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid or str(uuid.uuid4()),
            "X-Hub-Signature-256": sign(body, secret),
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in sent.items() if name not in without}
        return await self.ask("POST", "/webhook", data=io.BytesIO(body), headers=kept, skip_auto_headers=without)

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        url = self.address.url + path
        async with self.session.request(method, url, timeout=ANSWER_WITHIN, **options) as answer:
            return Answer(answer.status, await answer.read())


def sign(body: bytes, secret: bytes = SECRET) -> str:
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


async def stored(database: Database) -> tuple[Delivery, ...]:
    """Everything in the inbox, oldest first; nobody reads it in these tests."""
    return await database.write(inbox.unread, 10_000)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Of the database."""
    return f"sqlite:///{tmp_path / 'interlock.db'}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    migrate(url)
    async with await Database.open(url) as opened:
        yield opened


@pytest.fixture
async def address(database: Database) -> AsyncIterator[Address]:
    async with serving(application(database, [SECRET]), "127.0.0.1", 0) as it:
        yield it


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as it:
        yield it


@pytest.fixture
async def github(session: aiohttp.ClientSession, address: Address) -> Sender:
    return Sender(session, address)
