"""The real bot beside a real GitHub: web server, store and worker in this process, the sandbox on loopback.

Verbs instead of mocks: people act in the sandbox, `await house.works()` lets everything come to rest, and then both
sides can be looked at: what GitHub shows, and what was *decided*.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import msgspec
from sqlalchemy import Connection, func, select, update

from bot import bootstrap
from bot.model.codec import decode, encode
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.writes import Receipt
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Comment, Issue
from bot.settings import Settings, read_settings
from bot.store.database import Database
from bot.store.schema import decisions, inbox, jobs, outbox, questions
from bot.web.server import Address, serving
from bot.worker.service import Worker

#: Production waits, shortened so that a test takes no minutes. What is shortened is said here and nowhere else.
QUICK = {
    "INTERLOCK_WRITE_INTERVAL": "0",
    "INTERLOCK_LOOK_AGAIN": "0.2",
    "INTERLOCK_RETRY_BASE": "0.05",
    "INTERLOCK_LEASE": "5",
    "INTERLOCK_CONFIG_AGE": "0",
    "PORT": "0",
}
#: What becomes due within this time is waited for by `works`; what is held longer is left as it is.
SOON = timedelta(seconds=5)
REPO = "acme/railway"


class Decided(msgspec.Struct, frozen=True):
    """One decision as it was stored: who decided, about which number, and what; `command` if one asked for it."""

    handler: str
    number: int
    decision: Decision
    command: str = ""

    @property
    def rule(self) -> str:
        return f"{self.handler}: {self.decision.rule}"


class House:
    """`sandbox` is GitHub; `settings` the bot's; `database`, `worker` and `address` are there while it runs."""

    def __init__(self, sandbox: Sandbox, database_url: str) -> None:
        self.sandbox = sandbox
        self._environment = {
            **QUICK,
            "DATABASE_URL": database_url,
            "GITHUB_APP_ID": str(sandbox.world.app.id),
            "GITHUB_PRIVATE_KEY": sandbox.world.app.private_key,
            "GITHUB_WEBHOOK_SECRET": sandbox.world.app.webhook_secret,
            "GITHUB_API_URL": sandbox.url,
        }
        self._running = AsyncExitStack()
        self.database: Database
        self.worker: Worker
        self.address: Address

    @classmethod
    @asynccontextmanager
    async def open(cls, sandbox: Sandbox, database_url: str, **environment: str) -> AsyncIterator[Self]:
        house = cls(sandbox, database_url)
        await house.start(**environment)
        try:
            yield house
        finally:
            await house.stop()

    @property
    def settings(self) -> Settings:
        return read_settings(self._environment)

    @property
    def environment(self) -> dict[str, str]:
        """The bot's environment, for processes of its own."""
        return dict(self._environment)

    async def start(self, **environment: str) -> None:
        """Starts server and worker; `environment` changes the bot's, and stays changed."""
        self._environment |= environment
        settings = self.settings
        self.database = await self._running.enter_async_context(bootstrap.open_database(settings.database_url))
        app = bootstrap.web_application(settings, self.database)
        self.address = await self._running.enter_async_context(serving(app, "127.0.0.1", settings.port))
        self.worker = await self._running.enter_async_context(bootstrap.open_worker(settings, self.database))
        self.sandbox.world.webhooks.url = f"{self.address.url}/webhook"

    async def stop(self) -> None:
        await self._running.aclose()

    async def restart(self, **environment: str) -> None:
        await self.stop()
        await self.start(**environment)

    async def works(self) -> None:
        """Until GitHub has nothing to deliver, and nothing is to be done now or within `SOON`."""
        while True:
            await self.sandbox.settle()
            await self.worker.drain()
            await self.sandbox.settle()
            due = await self.database.read(_next_due)
            if due is None:
                return
            if due > datetime.now(UTC):
                await asyncio.sleep((due - datetime.now(UTC)).total_seconds())

    async def ticks(self) -> None:
        """One tick of the timer, and what follows from it."""
        await self.worker.timer.tick(f"test/{datetime.now(UTC).timestamp()}")
        await self.works()

    async def looks_at_held(self) -> None:
        """What is held is looked at now, as it would be when its time has come."""
        await self.database.write(_release_held)
        await self.works()

    async def days_pass(self, days: int) -> None:
        """Every question that was asked was asked so many days earlier."""
        await self.database.write(_age_questions, timedelta(days=days))

    async def decided(self, handler: str = "", number: int | None = None) -> list[Decided]:
        """All decisions so far, in order; only those of `handler` or about `number` if given."""
        found = await self.database.read(_decisions)
        return [
            one for one in found if (not handler or one.handler == handler) and (number is None or one.number == number)
        ]

    async def rules(self, handler: str = "", number: int | None = None) -> list[str]:
        return [one.rule for one in await self.decided(handler, number)]

    async def states(self) -> dict[str, str]:
        """Every write of the outbox with its state."""
        return await self.database.read(_states)

    async def dead_letters(self) -> list[str]:
        return await self.database.read(_dead)

    def comments(self, issue: Issue, *, ours: bool = True) -> list[Comment]:
        """The comments of an issue; only the bot's own unless told otherwise."""
        bot = self.sandbox.world.app.bot
        return [comment for comment in issue.comments if not ours or comment.author is bot]

    def labels(self, issue: Issue) -> set[str]:
        return {label.name for label in issue.labels}


def _next_due(conn: Connection) -> datetime | None:
    """When the next thing can be done; None if nothing can be done soon."""
    waits = [
        conn.scalar(select(func.min(inbox.c.received_at)).where(inbox.c.state == "unread")),
        conn.scalar(select(func.min(jobs.c.not_before)).where(jobs.c.state == "waiting")),
        conn.scalar(select(func.min(outbox.c.not_before)).where(outbox.c.settled_at.is_(None), outbox.c.unmet == 0)),
    ]
    soon = datetime.now(UTC) + SOON
    return min((wait for wait in waits if wait is not None and wait < soon), default=None)


def _release_held(conn: Connection) -> None:
    conn.execute(update(outbox).where(outbox.c.state == "held").values(not_before=datetime.now(UTC)))


def _age_questions(conn: Connection, by: timedelta) -> None:
    for row in conn.execute(select(questions.c.id, questions.c.write_key, questions.c.stored_at)).all():
        conn.execute(update(questions).where(questions.c.id == row.id).values(stored_at=row.stored_at - by))
        said = conn.scalar(select(outbox.c.receipt).where(outbox.c.key == row.write_key))
        if said:
            receipt = decode(said, Receipt)
            at = (datetime.fromisoformat(receipt.at) - by).isoformat()
            aged = encode(msgspec.structs.replace(receipt, at=at))
            conn.execute(update(outbox).where(outbox.c.key == row.write_key).values(receipt=aged))


def _decisions(conn: Connection) -> list[Decided]:
    made = select(decisions.c.handler, decisions.c.number, decisions.c.body, jobs.c.event)
    rows = conn.execute(made.join(jobs, jobs.c.id == decisions.c.job).order_by(decisions.c.id))
    return [Decided(row.handler, row.number, decode(row.body, Decision), _command(row.event)) for row in rows]


def _command(event: str) -> str:
    call = decode(event, Event).command
    return call.name if call else ""


def _states(conn: Connection) -> dict[str, str]:
    rows: Any = conn.execute(select(outbox.c.key, outbox.c.state).order_by(outbox.c.seq))
    return {row.key: row.state for row in rows}


def _dead(conn: Connection) -> list[str]:
    letters = conn.scalars(select(inbox.c.why).where(inbox.c.state == "dead"))
    buried = conn.scalars(select(jobs.c.error).where(jobs.c.state == "dead"))
    return [*letters, *buried]
