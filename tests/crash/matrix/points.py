"""Which points there are: a call of an undisturbed worker, a moment of that call, and what goes wrong besides."""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args

import msgspec

Engine = Literal["sqlite", "postgresql"]
#: The request was not received; it was carried out and not answered; it was answered, and the answer not stored.
Moment = Literal["received", "committed", "replied"]
#: What happens besides the kill. `duplicates`: every delivery comes twice, and the command once more under a new GUID
#: right after the kill. `two-workers`: one is killed, the other goes on. `5xx-after-create`: one creation is carried
#: out and answered with 502. `lost-response`: one write is carried out and the connection cut.
Variant = Literal["plain", "duplicates", "two-workers", "5xx-after-create", "lost-response"]

ENGINES: tuple[Engine, ...] = get_args(Engine)
MOMENTS: tuple[Moment, ...] = get_args(Moment)
VARIANTS: tuple[Variant, ...] = get_args(Variant)
#: What is left to chance everywhere unless another seed is asked for.
SEED = 4


class Point(msgspec.Struct, frozen=True):
    """One run: an epic of `n` tasks whose worker is killed at `moment` of `call`, as `calls.Calls` names it."""

    engine: Engine
    n: int
    moment: Moment
    variant: Variant
    call: str

    def __str__(self) -> str:
        return f"{self.engine} n={self.n} {self.moment} {self.variant} {self.call}"

    def chance(self, seed: int) -> random.Random:
        """What is left to chance in this run; the same for the same seed."""
        return random.Random(f"{seed} {self}")


def read_point(text: str) -> Point:
    """The point that `str` wrote. Raises ValueError."""
    words = dict(zip(("engine", "n", "moment", "variant", "call"), text.split(" ", 4), strict=False))
    return msgspec.convert(words | {"n": words.get("n", "").removeprefix("n=")}, Point, strict=False)


def plain(engine: Engine, n: int, calls: Iterable[str]) -> Iterator[Point]:
    """Every moment of every call, and nothing but the kill."""
    for call in calls:
        for moment in MOMENTS:
            yield Point(engine, n, moment, "plain", call)


def another(point: Point, seed: int) -> Point:
    """The same kill in one of the other circumstances, drawn."""
    return msgspec.structs.replace(point, variant=point.chance(seed).choice(VARIANTS[1:]))


def whole(engine: Engine, n: int, calls: Sequence[str], seed: int) -> list[Point]:
    """Every point twice: once in peace otherwise, once in another circumstance, drawn."""
    return [one for point in plain(engine, n, calls) for one in (point, another(point, seed))]


def in_every_circumstance(engine: Engine, n: int, calls: Sequence[str]) -> list[Point]:
    """The full product, which nobody has the time for."""
    return [msgspec.structs.replace(one, variant=it) for one in plain(engine, n, calls) for it in VARIANTS]


def sample(points: Sequence[Point], number: int, chance: random.Random) -> list[Point]:
    """So many of them, drawn, in their order; all if there are fewer."""
    drawn = chance.sample(range(len(points)), min(number, len(points)))
    return [points[place] for place in sorted(drawn)]
