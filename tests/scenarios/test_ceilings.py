"""What may not be written today is held, visible and named, and goes out exactly once when it may.

Every surface's ceiling is lowered to one below what the story of the three behaviours needs.
"""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select, update

from bot.model.writes import SURFACES, WRITES
from bot.process import clean_env, run
from bot.sandbox.server import Sandbox
from bot.store import switches
from bot.store.errors import CannotOpen
from bot.store.schema import outbox
from tests.harness.house import REPO, House
from tests.harness.processes import ROOT
from tests.harness.story import WRITTEN, asked_for, people_act

SURFACE_OF = {kind.__name__: kind.surface for kind in WRITES}
#: What the story needs on each surface; `total` is all of them together.
NEEDED = Counter({"total": sum(WRITTEN.values())})
for _kind, _count in WRITTEN.items():
    NEEDED[SURFACE_OF[_kind]] += _count
#: The verdict of the story is no failure: the reserve for safety writes is not for it.
WHOSE = {"INTERLOCK_CEILINGS": "installation", "INTERLOCK_APP_CEILINGS": "the whole App"}


def used(house: House) -> Counter[str]:
    """Requests that reached GitHub, by surface and in total.

    Less the edit of a summary that was posted before everything it tells of was there.
    """
    asked = asked_for(house.sandbox)
    del asked["EditComment"]
    found = Counter({"total": asked.total()})
    for kind, count in asked.items():
        found[SURFACE_OF[kind]] += count
    return found


async def held(house: House) -> list[Row[Any]]:
    query = select(outbox).where(outbox.c.state == "held").order_by(outbox.c.seq)
    return await house.database.read(lambda conn: list(conn.execute(query)))


def release(conn: Connection) -> None:
    """What the next look does, now: held writes are due."""
    conn.execute(update(outbox).where(outbox.c.state == "held").values(not_before=datetime.now(UTC)))


async def goes_on(house: House) -> None:
    await house.database.write(release)
    await house.works()


async def assert_whole_story(house: House) -> None:
    """All of it, once: every write done, and no request more than that took."""
    assert used(house) == NEEDED
    assert set((await house.states()).values()) == {"done"}
    edits = [key for key in await house.states() if key.startswith("summary/") and key.count("/") == 2]
    assert len(edits) <= 1
    assert len(await house.states()) - len(edits) == NEEDED["total"]


def test_the_story_uses_every_surface_of_a_repository() -> None:
    """But for what happens later: work that goes on, is taken back, or waits for other work."""
    assert set(NEEDED) == {*SURFACES, "total"} - {"redeliveries", "edits", "closes", "dependencies"}


@pytest.mark.parametrize("variable", WHOSE)
@pytest.mark.parametrize("name", sorted(NEEDED))
async def test_a_ceiling_one_below_need_holds_the_rest_and_says_so(house: House, name: str, variable: str) -> None:
    limit = NEEDED[name] - 1
    await house.restart(**{variable: f"{name}={limit}"})
    before = datetime.now(UTC)
    await people_act(house.sandbox, REPO)
    await house.works()
    assert used(house)[name] == limit
    waiting = await held(house)
    assert len(waiting) == 1
    (row,) = waiting
    midnight = (before + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert row.not_before == midnight
    assert (f"{limit} writes a day" if name == "total" else f"ceiling of {limit} {name}") in row.why
    assert WHOSE[variable] in row.why
    assert row.reserved_on is None
    await goes_on(house)
    assert used(house)[name] == limit, "a second look on the same day finds the ceiling where it was"
    await house.restart(**{variable: ""})
    await goes_on(house)
    await assert_whole_story(house)


@pytest.mark.parametrize("variable", WHOSE)
async def test_ceiling_zero_everywhere_lets_nothing_out(house: House, variable: str) -> None:
    await house.restart(**{variable: " ".join(f"{name}=0" for name in SURFACES)})
    await people_act(house.sandbox, REPO)
    await house.works()
    assert used(house).total() == 0
    await house.restart(**{variable: ""})
    await goes_on(house)
    await assert_whole_story(house)


async def test_the_kill_switch_holds_everything_until_it_is_off(house: House) -> None:
    """Turned by the command an operator uses, in a process of its own, while the bot runs."""
    await interlock(house, "stop", "--reason", "the summary is wrong")
    await people_act(house.sandbox, REPO)
    await house.works()
    await goes_on(house)
    assert used(house).total() == 0
    waiting = await held(house)
    assert {row.surface for row in waiting} == {"labels", "comments", "reactions", "issues", "checks"}
    for row in waiting:
        assert row.why.startswith("kill switch: stopped by ")
        assert row.why.endswith(": the summary is wrong")
        assert row.reserved_on is None
    await interlock(house, "resume")
    await goes_on(house)
    await assert_whole_story(house)


async def test_a_switch_that_stops_another_repository_stops_nothing_here(house: House) -> None:
    await house.database.write(switches.stop, 1, reason="elsewhere", by="ada", now=datetime.now(UTC))
    await people_act(house.sandbox, REPO)
    await house.works()
    await assert_whole_story(house)


async def test_a_dry_run_decides_everything_and_sends_nothing(house: House, tmp_path: Path) -> None:
    await house.restart(INTERLOCK_DRY_RUN="1")
    await people_act(house.sandbox, REPO)
    await house.works()
    dry = [(one.handler, one.decision.rule) for one in await house.decided() if one.decision.writes]
    assert used(house).total() == 0
    assert house.sandbox.faults.mutations() == []
    assert set((await house.states()).values()) == {"dry_run"}
    async with (
        Sandbox.start(tmp_path / "twin") as github,
        House.open(github, f"sqlite:///{tmp_path / 'twin.db'}") as twin,
    ):
        await people_act(github, REPO)
        await twin.works()
        wet = [(one.handler, one.decision.rule) for one in await twin.decided() if one.decision.writes]
    assert sorted(dry) == sorted(wet)
    assert len(dry) == 4


@pytest.mark.parametrize("first", ["1", "0"])
async def test_live_work_and_a_dry_run_share_no_store(house: House, first: str) -> None:
    """What a dry run decided was never written: live work would wait for it for ever."""
    await house.restart(INTERLOCK_DRY_RUN=first)
    await people_act(house.sandbox, REPO)
    await house.works()
    await house.restart(INTERLOCK_DRY_RUN=first)
    words = {"1": "start live with an empty store", "0": "give the dry run a store of its own"}
    with pytest.raises(CannotOpen, match=words[first]):
        await house.restart(INTERLOCK_DRY_RUN="0" if first == "1" else "1")


async def interlock(house: House, *words: str) -> None:
    done = await run([sys.executable, "-m", "bot", *words], timeout=60, env=clean_env(**house.environment), cwd=ROOT)
    assert done.returncode == 0, done.stderr.decode()
