"""Random conversations end to end: what the live bot decides after each step is what the oracle expects."""

from collections import Counter
from pathlib import Path

import pytest

from bot.policy import thread
from bot.sandbox.server import Sandbox
from tests.harness.histories import play
from tests.harness.house import House
from tests.property import oracle
from tests.property.histories import told
from tests.property.mutants import decisions

HISTORIES, PARTS = 300, 12
PART = HISTORIES // PARTS
#: Above what is written here.
CEILINGS = "comments=2000 labels=2000 reactions=2000 total=9000"


@pytest.mark.parametrize("part", range(PARTS))
async def test_the_live_bot_decides_as_the_oracle_does(part: int, tmp_path: Path) -> None:
    async with (
        Sandbox.start(tmp_path / "github") as github,
        House.open(
            github, f"sqlite:///{tmp_path / 'interlock.db'}", INTERLOCK_CEILINGS=CEILINGS, INTERLOCK_CONFIG_AGE="3600"
        ) as house,
    ):
        games = await play(house, range(part * PART, (part + 1) * PART))
        assert await house.dead_letters() == []
    seen: Counter[str] = Counter()
    for game in games:
        expected = oracle.expected(game.thread, game.adds)
        assert game.found == expected, f"conversation {game.seed}\n{told(game.thread, game.adds, expected, game.found)}"
        assert decisions(thread, game.thread) == expected
        seen.update(game.found)
        seen.update(game.asked)
    assert seen["requeue"] >= PART / 2
    assert seen["needs clarification"] >= PART / 2
    assert sum(len(game.told) for game in games) >= sum(map(len, games)) / 2, "most of each conversation is played"
