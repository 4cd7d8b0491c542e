"""Random conversations end to end: what the live bot decides after each step is what the oracle expects."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.policy import thread
from bot.sandbox.server import Sandbox
from tests.harness.histories import play
from tests.harness.house import House
from tests.property import oracle
from tests.property.histories import told
from tests.property.mutants import decisions

#: Conversations in which both rounds are used up; there are few of them.
LONG = (
    514, 777, 793, 828, 924, 1141, 1222, 1482, 1504, 2056, 2457, 2622, 2867,
    3144, 3648, 3803, 3826, 4247, 4271, 4841, 5230, 5304, 5417, 5478, 5486,
)  # fmt: skip
PART = len(LONG)
PARTS = [*(range(first, first + PART) for first in range(0, 300 - PART, PART)), LONG]
#: Above what is written here.
CEILINGS = "comments=2000 labels=2000 reactions=2000 total=9000"


def test_there_are_three_hundred_of_them() -> None:
    assert len({seed for part in PARTS for seed in part}) == 300


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"from-{part[0]}")
async def test_the_live_bot_decides_as_the_oracle_does(part: Sequence[int], tmp_path: Path) -> None:
    async with (
        Sandbox.start(tmp_path / "github") as github,
        House.open(
            github, f"sqlite:///{tmp_path / 'interlock.db'}", INTERLOCK_CEILINGS=CEILINGS, INTERLOCK_CONFIG_AGE="3600"
        ) as house,
    ):
        games = await play(house, part)
        assert await house.dead_letters() == []
    seen: Counter[str] = Counter()
    for game in games:
        expected = oracle.expected(game.thread, game.adds)
        assert game.found == expected, f"conversation {game.seed}\n{told(game.thread, game.adds, expected, game.found)}"
        assert decisions(thread, game.thread) == expected
        seen.update(game.found)
        seen.update(game.asked)
    if part is LONG:
        assert seen["human-needed"] >= PART
    assert seen["requeue"] >= PART / 2
    assert seen["needs clarification"] >= PART / 2
    assert sum(len(game.told) for game in games) >= sum(map(len, games)) / 2, "most of each conversation is played"
