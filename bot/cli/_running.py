"""How every subcommand starts: settings or a clear refusal, an event loop, a stop on SIGINT and SIGTERM."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import typer

from bot import bootstrap
from bot.ports import NotSent
from bot.settings import BadEnvironment, Settings, read_database_url, read_settings
from bot.store import repositories
from bot.store.database import Database
from bot.store.errors import CannotOpen, StoreUnavailable

T = TypeVar("T")

#: Seconds between two questions to a GitHub that does not answer, at start.
ASK_AGAIN = 5.0


def settings_or_exit() -> Settings:
    """The settings of this environment; exit code 2 with every bad variable named."""
    try:
        return read_settings(os.environ)
    except BadEnvironment as bad:
        refuse(f"The environment is not complete:\n{bad}")


def with_store(work: Callable[[Database], Awaitable[T]]) -> T:
    """What `work` makes of the store that DATABASE_URL names: all that an operator's command needs."""

    async def main() -> T:
        async with bootstrap.open_database(read_database_url(os.environ)) as database:
            return await work(database)

    try:
        return run(main())
    except (CannotOpen, StoreUnavailable) as problem:
        refuse(f"The store cannot be used: {problem}")


async def repository_or_exit(database: Database, full_name: str) -> int:
    """The id of a repository the bot has heard of."""
    found = await database.read(repositories.by_name, full_name)
    if found is None:
        refuse(f"{full_name} has not been heard of yet; `interlock status` names those that have")
    return found.id


def refuse(message: str) -> NoReturn:
    """Ends with exit code 2: what was asked for cannot be done, and `message` says what would be right."""
    typer.echo(message, err=True)
    raise typer.Exit(2)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` to its end on the fastest event loop this platform has."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


def stop_signals() -> asyncio.Event:
    """Set at the first SIGINT or SIGTERM."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def work_until(stopping: asyncio.Event, settings: Settings, database: Database) -> None:
    """Works until `stopping` is set; waits for a GitHub that cannot be asked yet who we are."""
    while not stopping.is_set():
        try:
            async with bootstrap.open_worker(settings, database) as worker:
                typer.echo("working")
                await worker.run(stopping)
        except NotSent as problem:
            logging.getLogger(__name__).warning("GitHub cannot be asked who this App is: %s", problem.why)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), ASK_AGAIN)


def _loop_factory() -> Any:
    try:
        import uvloop  # noqa: PLC0415  # not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop
