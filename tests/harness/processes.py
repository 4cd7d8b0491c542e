"""The bot as real child processes: `python -m bot serve` and `python -m bot work`, to be killed and stopped."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection, func, select

from bot.process import Running, clean_env, running
from bot.sandbox.faults import Point, Seen
from bot.sandbox.server import Sandbox
from bot.store.database import Database
from bot.store.schema import OPEN, UNFINISHED, UNREAD, inbox, jobs, outbox

ROOT = Path(__file__).parents[2]
#: Seconds that a process may need to start on a busy machine.
START = 60.0
#: Seconds within which a process has to end after SIGTERM (issue 2).
STOP = 10.0


@asynccontextmanager
async def worker_process(environment: Mapping[str, str]) -> AsyncIterator[Running]:
    """`interlock work`, started but perhaps not working yet: `line("working")` waits for that."""
    async with _bot("work", environment=environment) as child:
        yield child


@asynccontextmanager
async def server_process(environment: Mapping[str, str], *options: str) -> AsyncIterator[tuple[Running, str]]:
    """`interlock serve`, listening, and its address."""
    async with _bot("serve", *options, environment=environment) as child:
        yield child, (await child.line("listening on", timeout=START)).split()[-1]


@asynccontextmanager
async def _bot(*words: str, environment: Mapping[str, str]) -> AsyncIterator[Running]:
    argv = [sys.executable, "-m", "bot", *words]
    async with running(argv, env=clean_env(**environment), stop_timeout=STOP, cwd=ROOT) as child:
        yield child


async def at_rest(sandbox: Sandbox, database: Database, *workers: Running, within: float) -> None:
    """Until GitHub has delivered everything and every delivery, job and write has come to its end.

    Raises AssertionError with what `workers` wrote, when one of them has ended or `within` seconds have passed.
    """
    give_up = time.monotonic() + within
    while True:
        await sandbox.settle()
        if not (left := await database.read(still_open)):
            return
        ended = any(worker.returncode is not None for worker in workers)
        if ended or time.monotonic() > give_up:
            written = [line for worker in workers for line in (f"process {worker.pid}:", *worker.lines)]
            raise AssertionError("\n".join(["not at rest; open:", *left, *written]))
        await asyncio.sleep(0.05)


def still_open(conn: Connection) -> list[str]:
    """What is not read, not decided or not settled, in words."""
    unread = conn.scalar(select(func.count()).select_from(inbox).where(UNREAD)) or 0
    undecided = conn.scalars(select(jobs.c.handler).where(UNFINISHED)).all()
    unsettled = conn.execute(select(outbox.c.key, outbox.c.state, outbox.c.why).where(OPEN)).all()
    return [*["unread"] * unread, *undecided, *(f"{row.key} {row.state} {row.why}" for row in unsettled)]


class Executioner:
    """Kills one process with SIGKILL at a point of a mutating request, while the sandbox waits for it to be dead."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._victim: Running | None = None
        self._is_its_turn: Callable[[Point, Seen], bool] = lambda _point, _seen: False
        sandbox.faults.on_request(self._strike)

    async def execute(self, victim: Running, at: Callable[[Point, Seen], bool], *, within: float) -> int:
        """The exit code of `victim`, killed at the first point for which `at` is true. Raises TimedOut."""
        self._victim, self._is_its_turn = victim, at
        return await victim.wait(timeout=within)

    async def _strike(self, point: Point, seen: Seen) -> None:
        if self._victim is not None and self._is_its_turn(point, seen):
            victim, self._victim = self._victim, None
            await victim.kill()
