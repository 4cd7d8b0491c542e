"""Plays one point: an epic, `/decompose`, a kill, a successor; and says what is not as it would be in peace."""

import asyncio
import re
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random

from bot.sandbox.fault_kinds import DropAfter, Status
from bot.sandbox.faults import Faults, Rule
from tests.crash.matrix.place import Place
from tests.crash.matrix.points import Engine, Point
from tests.crash.matrix.stage import Stage, Twin
from tests.harness.house import REPO

#: Seconds for a worker to start and to get as far as the call, on a busy machine.
REACHED = 180.0
#: Nobody is killed any more: whoever goes on alone may be away for a while without losing its lease.
LAST_LEASE = "15"
_CREATION = re.compile(r"POST R/issues(/N/comments)?#\d+")
_WRITE = re.compile(r"(POST|PATCH|PUT|DELETE) R/.*")


class Theatre:
    """Plays points at one place, each beside its undisturbed twin, which is played once."""

    def __init__(self, place: Place, seed: int) -> None:
        self._place, self._seed = place, seed
        self._twins: dict[tuple[int, bool], asyncio.Task[Twin]] = {}

    async def calls(self, n: int) -> list[str]:
        """Every outgoing call of a worker that decomposes an epic of `n` tasks in peace, in order."""
        return (await self._twin(n, duplicates=False)).calls

    async def play(self, point: Point) -> list[str]:
        """What is wrong after the run; nothing if all is well."""
        duplicates, chance = point.variant == "duplicates", point.chance(self._seed)
        twin = await self._twin(point.n, duplicates=duplicates)
        async with self.stage(point.engine, point.n, duplicates=duplicates) as stage:
            fault = _fault(stage.github.faults, point, twin, chance)
            try:
                await _killed_and_succeeded(stage, point)
            except AssertionError as error:
                return [str(error), *await stage.story()]
            wrong = await stage.problems(twin)
            if fault and not fault.struck:
                wrong.append(f"the fault on {fault.method} {fault.path.pattern} never struck")
            return [*wrong, *await stage.story()] if wrong else []

    async def play_all(
        self, points: Iterable[Point], at_once: Mapping[Engine, int], done: Callable[[Point, str], None]
    ) -> None:
        """`done` hears of every point when it has been played: what is wrong, and how to repeat it; "" if nothing."""
        places = {engine: asyncio.Semaphore(number) for engine, number in at_once.items()}

        async def one(point: Point) -> None:
            async with places[point.engine]:
                try:
                    wrong = await self.play(point)
                except Exception as error:  # noqa: BLE001  # the others are played all the same
                    wrong = traceback.format_exception(error)
            again = f"python -m tests.crash.matrix --seed {self._seed} --only '{point}'"
            done(point, "\n".join([f"seed {self._seed}, {point}", *wrong, f"again: {again}"]) if wrong else "")

        async with asyncio.TaskGroup() as group:
            for point in points:
                group.create_task(one(point))

    async def _twin(self, n: int, *, duplicates: bool) -> Twin:
        if (n, duplicates) not in self._twins:
            self._twins[n, duplicates] = asyncio.create_task(self._undisturbed(n, duplicates=duplicates))
        return await self._twins[n, duplicates]

    async def _undisturbed(self, n: int, *, duplicates: bool) -> Twin:
        async with self.stage("sqlite", n, duplicates=duplicates) as stage:
            if duplicates:
                await stage.commanded_again()
            async with stage.worker(INTERLOCK_LEASE=LAST_LEASE) as worker:
                await stage.rests(worker)
            twin = stage.twin()
            if wrong := await stage.problems(twin):
                raise AssertionError("\n".join(["already in peace:", *wrong, *await stage.story()]))
            return twin

    @asynccontextmanager
    async def stage(self, engine: Engine, n: int, *, duplicates: bool = False) -> AsyncIterator[Stage]:
        """Everything is delivered, each delivery twice if wanted, and nothing is done yet."""
        async with (
            self._place.run(engine) as (folder, url),
            Stage.set(folder, url, n, copies=2 if duplicates else 1) as stage,
        ):
            yield stage


def _fault(faults: Faults, point: Point, twin: Twin, chance: Random) -> Rule | None:
    """What GitHub does wrong besides, once, at a call that is drawn."""
    if point.variant not in ("5xx-after-create", "lost-response"):
        return None
    creates = point.variant == "5xx-after-create"
    struck = chance.choice([call for call in twin.calls if (_CREATION if creates else _WRITE).fullmatch(call)])
    method, _, called = struck.partition(" ")
    path, _, count = called.partition("#")
    pattern = re.escape(path).replace("N", r"\d+").replace("R/", f"/repos/{REPO}/", 1)
    kind = Status(502, after_commit=True) if creates else DropAfter()
    return faults.add(kind, method, pattern, after=int(count) - 1)


async def _killed_and_succeeded(stage: Stage, point: Point) -> None:
    """Raises AssertionError if the call is never made, or if the successor does not bring everything to its end."""
    dead = stage.github.strike(point.call, point.moment)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(stage.worker())]
        if point.variant == "two-workers":
            workers.append(await stack.enter_async_context(stage.worker()))
        try:
            await asyncio.wait_for(dead.wait(), REACHED)
        except TimeoutError:
            raise AssertionError(f"nobody called {point.call} within {REACHED:g} s") from None
        left = [worker for worker in workers if worker.returncode is None]
        assert len(left) == len(workers) - 1, f"{len(left)} of {len(workers)} workers are left"
        if point.variant == "duplicates":
            await stage.commanded_again()
        last = left[0] if left else await stack.enter_async_context(stage.worker(INTERLOCK_LEASE=LAST_LEASE))
        await stage.rests(last)
        assert last.returncode is None, "the successor ended by itself"
