"""The composition root: the only place that knows which adapter stands behind which port."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import aiohttp
from aiohttp import web

from bot.effects.ceilings import Ceilings
from bot.effects.guard import Guard
from bot.github.budget import Budget
from bot.github.connection import connect
from bot.github.reader import Reader
from bot.github.writer import Writer
from bot.model.config import Config
from bot.model.events import Event
from bot.policy.freshness import age
from bot.ports import Advisors, Configs, GitHubReader, StoreReader
from bot.programs.advisors import Programs
from bot.registry import discover
from bot.settings import Settings
from bot.store import outbox
from bot.store.database import Database
from bot.store.errors import CannotOpen
from bot.store.ledger import StoreLedger
from bot.store.limits import StoreLimits
from bot.store.migrate import migrate
from bot.store.reader import StoreFacts
from bot.store.repositories import StoreNames
from bot.web.app import application
from bot.worker.configs import RepositoryConfigs
from bot.worker.intake import Intake
from bot.worker.loop import Loop
from bot.worker.outbox import Outbox
from bot.worker.service import Worker
from bot.worker.timer import Timer

T = TypeVar("T")

#: Of one call to GitHub, in seconds: aiohttp's own default is five minutes (faults 1.1).
CALL_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10, sock_read=10)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Facts:
    """`ports.Read`: what handlers may read."""

    github: GitHubReader
    store: StoreReader
    advisors: Advisors
    configs: Configs
    lag: float

    def now(self) -> datetime:
        return now()

    def may_lag(self, event: Event) -> bool:
        return age(event, now()) < self.lag

    async def compute(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """The store, with its schema brought up to date. Raises CannotOpen."""
    await asyncio.to_thread(migrate, url)
    async with await Database.open(url) as database:
        yield database


def web_application(settings: Settings, database: Database) -> web.Application:
    return application(database, settings.webhook_secrets)


@dataclass(frozen=True, slots=True)
class GitHub:
    """The adapter's three faces."""

    reader: Reader
    writer: Writer
    budget: Budget


@asynccontextmanager
async def open_github(settings: Settings, database: Database) -> AsyncIterator[GitHub]:
    """Nothing is called before somebody asks."""
    async with aiohttp.ClientSession(timeout=CALL_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()) as session:
        connection = connect(
            session,
            api_url=settings.api_url,
            app_id=settings.app_id,
            private_key=settings.private_key,
            limits=StoreLimits(database),
            names=StoreNames(database),
            retry_base=settings.retry_base,
        )
        reader = Reader(connection.client)
        yield GitHub(
            reader=reader,
            writer=Writer(connection.client, reader, marker_key=settings.signing_key),
            budget=Budget(connection.windows, write_interval=settings.write_interval),
        )


@asynccontextmanager
async def open_worker(settings: Settings, database: Database) -> AsyncIterator[Worker]:
    """A worker that knows who it is on GitHub. Raises what `GET /app` raises if GitHub cannot be asked.

    Raises CannotOpen if the store belongs to a dry run and this is none, or the other way round.
    """
    await _belongs(settings, database)
    async with open_github(settings, database) as github:
        us = await github.reader.identity()
        handlers = discover()
        configs = RepositoryConfigs(
            defaults=Config(us=us, commands=handlers.all_commands),
            github=github.reader,
            database=database,
            age=settings.config_age,
            now=now,
        )
        name = f"{socket.gethostname()}/{os.getpid()}/{os.urandom(4).hex()}"
        yield Worker(
            database=database,
            intake=Intake(database=database, handlers=handlers, us=us),
            loop=Loop(
                database=database,
                handlers=handlers,
                read=Facts(
                    github.reader, StoreFacts(database), _programs(settings, database), configs, settings.look_again
                ),
                configs=configs,
                worker=name,
                lease=settings.lease,
                retry_base=settings.retry_base,
                lag=settings.look_again,
                now=now,
            ),
            outbox=Outbox(
                database=database,
                guard=_guard(settings, database, github),
                worker=name,
                lease=settings.lease,
                now=now,
            ),
            timer=Timer(database=database, worker=name, interval=settings.timer_interval, now=now),
        )


async def _belongs(settings: Settings, database: Database) -> None:
    """A dry run stores as decided what nobody has written: children, questions, links. Live work cannot go on from it.

    Nor may a dry run take the keys of writes that are meant to go out some day.
    """
    was_dry = await database.read(outbox.is_of_dry_run)
    if was_dry is None or was_dry == settings.dry_run:
        return
    if was_dry:
        raise CannotOpen(
            "this store holds what a dry run decided, and nothing of that was written: start live with an empty store "
            "(DATABASE_URL), or set INTERLOCK_DRY_RUN=1 to go on with the dry run"
        )
    raise CannotOpen(
        "this store has been live, and what a dry run decides would never be written: give the dry run a store of its "
        "own (DATABASE_URL). To hold all writes of the live one for a while: interlock stop"
    )


def _programs(settings: Settings, database: Database) -> Programs:
    return Programs(
        names=StoreNames(database),
        triage_command=settings.triage_command,
        decompose_command=settings.decompose_command,
        timeout=settings.program_timeout,
    )


def _guard(settings: Settings, database: Database, github: GitHub) -> Guard:
    return Guard(
        ledger=StoreLedger(database),
        writer=github.writer,
        github=github.reader,
        budget=github.budget,
        ceilings=Ceilings(installation=settings.ceilings, app=settings.app_ceilings, reserve=settings.safety_reserve),
        dry_run=settings.dry_run,
        look_again=settings.look_again,
        retry_base=settings.retry_base,
        now=now,
    )
