"""Our own pace below GitHub's limits."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.github.answers import Answer
from bot.github.budget import PER_HOUR, PER_MINUTE, Budget
from bot.github.limits import Windows
from bot.model.ids import IssueRef, Repo
from bot.model.markers import Marker
from bot.model.writes import PostComment, React, Redeliver
from bot.ports import Limited
from tests.github.conftest import MemoryLimits

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


def comment(installation: int = 3) -> PostComment:
    issue = IssueRef(Repo(installation, 7), 1)
    return PostComment(key="k", issue=issue, body=("x",), marker=Marker(7, 1, "question", "k"))


def reaction(installation: int = 3) -> React:
    return React(key="r", issue=IssueRef(Repo(installation, 7), 1), comment=1, content="eyes")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def windows(clock: Clock) -> Windows:
    return Windows(MemoryLimits(), clock=clock)


async def test_two_writes_of_one_installation_keep_their_distance(clock: Clock, windows: Windows) -> None:
    budget = Budget(windows, write_interval=1, clock=clock)
    assert await budget.opening(comment()) is None
    assert await budget.opening(reaction()) == NOW + timedelta(seconds=1)
    assert await budget.opening(comment(installation=4)) is None
    assert await budget.opening(Redeliver(key="d", delivery=1, guid="g")) is None
    clock.now += timedelta(seconds=1)
    assert await budget.opening(reaction()) is None


async def test_no_more_creations_in_a_minute_than_github_bears(clock: Clock, windows: Windows) -> None:
    budget = Budget(windows, write_interval=0, clock=clock)
    for n in range(PER_MINUTE):
        clock.now = NOW + timedelta(seconds=n / 2)
        assert await budget.opening(comment()) is None
    assert await budget.opening(comment()) == NOW + timedelta(minutes=1)
    assert await budget.opening(reaction()) is None, "a reaction is no creation of content"
    clock.now = NOW + timedelta(minutes=1)
    assert await budget.opening(comment()) is None
    assert await budget.opening(comment()) == NOW + timedelta(minutes=1, seconds=0.5)


async def test_no_more_creations_in_an_hour_than_github_bears(clock: Clock, windows: Windows) -> None:
    budget = Budget(windows, write_interval=0, clock=clock)
    for n in range(PER_HOUR):
        clock.now = NOW + timedelta(seconds=2 * n)
        assert await budget.opening(comment()) is None
    clock.now = NOW + timedelta(minutes=30)
    assert await budget.opening(comment()) == NOW + timedelta(hours=1)
    clock.now = NOW + timedelta(hours=1)
    assert await budget.opening(comment()) is None


async def test_a_closed_window_comes_first_and_costs_no_turn(clock: Clock, windows: Windows) -> None:
    budget = Budget(windows, write_interval=1, clock=clock)
    with pytest.raises(Limited):
        await windows.note(3, Answer(429, {"retry-after": "30"}, b""))
    assert await budget.opening(comment()) == NOW + timedelta(seconds=30)
    clock.now += timedelta(seconds=30)
    assert await budget.opening(comment()) is None
