"""No member of the union of writes gets past the guard while anything holds it, on its whole real way out."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp
import msgspec
import pytest
from sqlalchemy import select

from bot.effects.ceilings import Ceilings
from bot.model.ids import APP
from bot.model.writes import SURFACES, WRITES, AnyWrite, PostComment, Write, repo_of
from bot.settings import DEFAULT_APP_CEILINGS, DEFAULT_CEILINGS
from bot.store import outbox, switches
from bot.store.schema import outbox as rows
from tests.github.conftest import GitHub
from tests.github.writes import prepare
from tests.harness.deliveries import TIMEOUT
from tests.harness.house import House

NOTHING = " ".join(f"{surface}=0" for surface in SURFACES)
INSTALLATION = "for installation {installation} is reached"
WHOLE_APP = "for the whole App is reached"


@pytest.fixture
async def examples(house: House) -> AsyncIterator[dict[type[Write], AnyWrite]]:
    """One write of each kind that would change something, if it were let out."""
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        samples = await prepare(GitHub(house.sandbox, session))
        yield samples.all()


async def tried(house: House, writes: dict[type[Write], AnyWrite]) -> dict[type[Write], tuple[str, str]]:
    """State and reason of each write after the real outbox has had its turn, each in a lane of its own."""
    for number, write in enumerate(writes.values(), start=1):
        lane = (repo_of(write).id, number)
        await house.database.write(outbox.enqueue, lane, None, (write,), datetime.now(UTC))
    await house.worker.drain()
    query = select(rows.c.key, rows.c.state, rows.c.why)
    found = {row.key: (row.state, row.why) for row in await house.database.read(lambda c: c.execute(query).all())}
    return {kind: found[write.key] for kind, write in writes.items()}


def test_there_is_an_example_of_every_write(examples: dict[type[Write], AnyWrite]) -> None:
    assert set(examples) == set(WRITES)
    assert all(isinstance(write, kind) for kind, write in examples.items())


def test_every_surface_has_a_default_ceiling_and_nothing_else_has() -> None:
    for ceilings in (DEFAULT_CEILINGS, DEFAULT_APP_CEILINGS):
        assert set(ceilings) == {*SURFACES, "total"}
        assert all(limit > 0 for limit in ceilings.values())


async def test_with_nothing_in_the_way_each_of_them_changes_github(
    house: House, examples: dict[type[Write], AnyWrite]
) -> None:
    """Without this, all that follows could be true of writes that never go out at all."""
    assert {state for state, _ in (await tried(house, examples)).values()} == {"done"}
    assert len(house.sandbox.faults.mutations()) == len(WRITES)


@dataclass(frozen=True)
class Brake:
    """Something that holds writes: how it is put on, and what is stored about each write that it holds.

    `why` may name `{surface}` and `{installation}`; `why_app` is for what the App does in no installation.
    """

    name: str
    environment: dict[str, str]
    state: str
    why: str
    why_app: str
    put_on: Callable[[House], Awaitable[None]] | None = None

    def expected(self, write: AnyWrite) -> tuple[str, str]:
        repo = repo_of(write)
        why = self.why_app if repo == APP else self.why
        return self.state, why.format(surface=write.surface, installation=repo.installation)


async def stop_app(house: House) -> None:
    await house.database.write(switches.stop, switches.APP, reason="smoke", by="ada", now=datetime.now(UTC))


async def name_no_surface(house: House) -> None:
    """As if every surface were new and nobody had thought of a ceiling for it."""
    guard = replace(
        house.worker.outbox.guard, ceilings=Ceilings(installation={"total": 9}, app={"total": 9}, reserve=0)
    )
    house.worker = replace(house.worker, outbox=replace(house.worker.outbox, guard=guard))


SURFACE_OF_INSTALLATION = f"the daily ceiling of 0 {{surface}} {INSTALLATION}"
SURFACE_OF_APP = f"the daily ceiling of 0 {{surface}} {WHOLE_APP}"
STOPPED = "kill switch: stopped by ada: smoke"
BRAKES = (
    Brake("dry run", {"INTERLOCK_DRY_RUN": "1"}, "dry_run", "dry run: nothing leaves", "dry run: nothing leaves"),
    Brake("surface 0", {"INTERLOCK_CEILINGS": NOTHING}, "held", SURFACE_OF_INSTALLATION, SURFACE_OF_APP),
    Brake("App's surface 0", {"INTERLOCK_APP_CEILINGS": NOTHING}, "held", SURFACE_OF_APP, SURFACE_OF_APP),
    Brake(
        "total 0",
        {"INTERLOCK_CEILINGS": "total=0"},
        "held",
        f"0 writes a day {INSTALLATION}",
        f"0 writes a day {WHOLE_APP}",
    ),
    Brake(
        "App's total 0",
        {"INTERLOCK_APP_CEILINGS": "total=0"},
        "held",
        f"0 writes a day {WHOLE_APP}",
        f"0 writes a day {WHOLE_APP}",
    ),
    Brake("unknown surface", {}, "held", SURFACE_OF_INSTALLATION, SURFACE_OF_APP, name_no_surface),
    Brake("kill switch", {}, "held", STOPPED, STOPPED, stop_app),
)


@pytest.mark.parametrize("brake", BRAKES, ids=lambda brake: brake.name)
async def test_while_it_holds_nothing_reaches_github_and_everything_says_why(
    house: House, examples: dict[type[Write], AnyWrite], brake: Brake
) -> None:
    await house.restart(**brake.environment)
    if brake.put_on:
        await brake.put_on(house)
    assert await tried(house, examples) == {kind: brake.expected(write) for kind, write in examples.items()}
    assert house.sandbox.faults.mutations() == []


async def test_a_repository_can_be_stopped_alone(house: House, examples: dict[type[Write], AnyWrite]) -> None:
    """What the App does with its own key belongs to no repository, and goes on."""
    (repo,) = {repo_of(write).id for write in examples.values()} - {APP.id}
    await house.database.write(switches.stop, repo, reason="smoke", by="ada", now=datetime.now(UTC))
    found = await tried(house, examples)
    own = {kind for kind, write in examples.items() if repo_of(write) == APP}
    assert own
    assert {kind: found[kind] for kind in found.keys() - own} == dict.fromkeys(found.keys() - own, ("held", STOPPED))
    assert {found[kind][0] for kind in own} == {"done"}
    assert len(house.sandbox.faults.mutations()) == len(own)


async def test_another_repository_goes_on(house: House, examples: dict[type[Write], AnyWrite]) -> None:
    await house.database.write(switches.stop, 424242, reason="smoke", by="ada", now=datetime.now(UTC))
    assert {state for state, _ in (await tried(house, examples)).values()} == {"done"}


@pytest.mark.parametrize("reserve", ["0", "1"])
async def test_the_reserve_is_for_safety_writes_and_it_ends(
    house: House, examples: dict[type[Write], AnyWrite], reserve: str
) -> None:
    """Two writes above the ceiling: as many go out as the reserve has room for."""
    comment = examples[PostComment]
    await house.restart(INTERLOCK_CEILINGS=NOTHING, INTERLOCK_SAFETY_RESERVE=reserve)
    for number in (1, 2):
        write = msgspec.structs.replace(comment, key=f"safe/{number}", safety=True)
        await house.database.write(outbox.enqueue, (1, number), None, (write,), datetime.now(UTC))
    await house.worker.drain()
    assert sorted((await house.states()).values()) == (["done", "held"] if reserve == "1" else ["held", "held"])
    assert len(house.sandbox.faults.mutations()) == int(reserve)
