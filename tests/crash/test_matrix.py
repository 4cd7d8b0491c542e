"""The part of the crash matrix that CI has time for; `python -m tests.crash.matrix` plays all of it.

Every kill at every call of an epic of one, two and nine tasks on SQLite; and of all that remains, for one to twenty
tasks, in every circumstance and on both stores, so many for each number of tasks as `DRAWN` says. What is drawn is
drawn from `SEED`; a failure says it, and how to repeat that one run.
"""

import os
import random
import signal
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from tests.crash.matrix.place import HAS_POSTGRES, Place
from tests.crash.matrix.play import Theatre
from tests.crash.matrix.points import (
    ENGINES,
    MOMENTS,
    SEED,
    VARIANTS,
    Engine,
    Moment,
    Point,
    in_every_circumstance,
    plain,
    read_point,
    sample,
)
from tests.crash.matrix.stage import Twin
from tests.harness.house import REPO

#: Each test is dozens of runs, and what hangs in one of them is found there (`play.REACHED`, `stage.PATIENCE`).
pytestmark = pytest.mark.timeout(1200)
#: CI plays them, where it has the machine for itself: on a busy one what has to happen in time may not.
long = pytest.mark.skipif(not os.environ.get("INTERLOCK_CRASH_MATRIX"), reason="long: set INTERLOCK_CRASH_MATRIX=1")
#: Number of tasks -> tests that share the points of this number; each plays the undisturbed twin once.
EVERY = {1: 1, 2: 1, 9: 4}
#: Points of each number of tasks and store: 200 on each store.
DRAWN = 10
#: Runs at the same time in one test: most of a run is waiting for a lease. PostgreSQL has 100 connections for all.
AT_ONCE: dict[Engine, int] = {"sqlite": 2, "postgresql": 1}


@pytest.fixture
async def theatre(tmp_path: Path) -> AsyncIterator[Theatre]:
    async with Place.open(tmp_path) as place:
        yield Theatre(place, SEED)


async def succeed(theatre: Theatre, points: Iterable[Point]) -> None:
    failed: list[str] = []
    await theatre.play_all(points, AT_ONCE, lambda _, wrong: failed.append(wrong) if wrong else None)
    if failed:
        pytest.fail("\n\n".join(failed), pytrace=False)


@long
@pytest.mark.parametrize(("n", "part"), [(n, part) for n, parts in EVERY.items() for part in range(parts)])
async def test_killed_at_every_moment_of_every_call(theatre: Theatre, n: int, part: int) -> None:
    calls = await theatre.calls(n)
    assert {f"POST R/issues#{n}", f"POST R/issues/N/sub_issues#{n}"} < set(calls)
    await succeed(theatre, plain("sqlite", n, calls[part :: EVERY[n]]))


@long
@pytest.mark.parametrize("n", range(1, 21))
async def test_killed_at_points_that_were_drawn_from_the_rest(theatre: Theatre, n: int) -> None:
    calls = await theatre.calls(n)
    played = set(plain("sqlite", n, calls)) if n in EVERY else set()
    drawn: list[Point] = []
    for engine in ENGINES[: 1 + HAS_POSTGRES]:
        rest = [point for point in in_every_circumstance(engine, n, calls) if point not in played]
        drawn += sample(rest, DRAWN, random.Random(f"{SEED} {engine} {n}"))
    await succeed(theatre, drawn)
    if not HAS_POSTGRES:
        pytest.skip("PostgreSQL was not tested: set INTERLOCK_TEST_POSTGRES=postgresql://…")


def test_a_point_is_read_as_it_is_shown() -> None:
    points = in_every_circumstance("postgresql", 12, ["POST R/issues/N/sub_issues#12", "GET /app#1"])
    assert len({str(point) for point in points}) == len(points) == 2 * len(MOMENTS) * len(VARIANTS)
    assert [read_point(str(point)) for point in points] == points
    for wrong in ("", "sqlite n=x plain received GET /app#1", "mysql n=1 received plain GET /app#1"):
        with pytest.raises(ValueError, match=r".+"):
            read_point(wrong)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_what_a_kill_leaves_at_each_moment(theatre: Theatre, moment: Moment) -> None:
    """A kill that came too late, or never, would prove nothing."""
    async with theatre.stage("sqlite", 1) as stage, stage.worker() as worker:
        await stage.github.strike("POST R/issues#1", moment).wait()
        assert worker.returncode == -signal.SIGKILL
        assert stage.github.calls[-1] == "POST R/issues#1"
        assert len(stage.github.world.repository(REPO).issues) == (1 if moment == "received" else 2)
        states = await stage.house.states()
        assert [state for key, state in states.items() if key.startswith("child/")] == ["sent"]
        assert await stage.problems(Twin([], {})) != []
