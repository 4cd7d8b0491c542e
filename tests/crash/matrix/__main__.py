"""Plays the crash matrix of decomposition: every point twice, once in peace otherwise and once in another circumstance.

The other circumstance (duplicate deliveries, two workers, a 5xx after a creation, a lost response) is drawn. Exit
code 1 if any run failed; each failure is shown with its seed and with the command that repeats it alone.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bot.cli._running import run
from tests.crash.matrix.place import HAS_POSTGRES, Place
from tests.crash.matrix.play import Theatre
from tests.crash.matrix.points import ENGINES, SEED, VARIANTS, Engine, Point, plain, read_point, sample, whole

#: Runs at the same time; most of each is waiting. PostgreSQL has 100 connections unless told otherwise.
AT_ONCE: dict[Engine, int] = {"sqlite": 6, "postgresql": 3}
EVERY = 60.0  # seconds between two lines of progress


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.matrix", description=__doc__)
    parser.add_argument(
        "--n", type=numbers, default="1-20", help="how many children, as 1-20 or 1,2,9 (default: %(default)s)"
    )
    parser.add_argument("--engine", choices=ENGINES, help="default: both, if INTERLOCK_TEST_POSTGRES names a server")
    parser.add_argument("--seed", type=int, default=SEED, help="of all that is drawn (default: %(default)s)")
    parser.add_argument("--sample", type=int, metavar="N", help="play so many of the points, drawn")
    parser.add_argument("--plain", action="store_true", help="only the kill, in no other circumstance")
    parser.add_argument(
        "--only", type=read_point, action="append", metavar="POINT", help="play this point, as a failure names it"
    )
    given = parser.parse_args()
    if not HAS_POSTGRES and "postgresql" in (given.engine, *(point.engine for point in given.only or ())):
        parser.error("PostgreSQL is wanted: set INTERLOCK_TEST_POSTGRES=postgresql://…")
    return given


async def play(given: argparse.Namespace) -> int:
    """The number of runs that failed."""
    engines: list[Engine] = [given.engine] if given.engine else list(ENGINES[: 1 + HAS_POSTGRES])
    with tempfile.TemporaryDirectory() as folder:
        async with Place.open(Path(folder)) as place:
            theatre = Theatre(place, given.seed)
            points = given.only or await chosen(theatre, engines, given)
            print(f"seed {given.seed}: {len(points)} runs", flush=True)
            failed = 0
            for engine in ENGINES:
                here = [point for point in points if point.engine == engine]
                failed += await played(theatre, engine, here) if here else 0
    return failed


async def chosen(theatre: Theatre, engines: list[Engine], given: argparse.Namespace) -> list[Point]:
    points: list[Point] = []
    for n in given.n:
        calls = await theatre.calls(n)
        for engine in engines:
            points += plain(engine, n, calls) if given.plain else whole(engine, n, calls, given.seed)
    return points if given.sample is None else sample(points, given.sample, random.Random(given.seed))


async def played(theatre: Theatre, engine: Engine, points: list[Point]) -> int:
    begun = last = time.monotonic()
    count: Counter[str] = Counter()

    def progress(what: str) -> None:
        took = time.monotonic() - begun
        print(
            f"{engine}: {count['runs']} of {len(points)} runs{what}, {count['failed']} failed, {took:.0f} s", flush=True
        )

    def done(point: Point, wrong: str) -> None:
        nonlocal last
        count.update(["runs", point.variant, *["failed"] * bool(wrong)])
        if wrong:
            print(wrong, flush=True)
        if time.monotonic() - last > EVERY:
            last = time.monotonic()
            progress("")

    await theatre.play_all(points, AT_ONCE, done)
    progress(f" ({', '.join(f'{variant} {count[variant]}' for variant in VARIANTS)})")
    return count["failed"]


def numbers(text: str) -> list[int]:
    """`1-3,9` as numbers. Raises ValueError."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


if __name__ == "__main__":
    sys.exit(bool(run(play(arguments()))))
