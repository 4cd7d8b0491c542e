"""Kill -9 of the worker around every outgoing call of a nine-child decomposition: exactly nine, exactly once.

Shortened by documented variables: the look-again window, the pacing (`tests/harness/house.py`, QUICK) and the lease,
so that a successor need not wait 15 s for it. Many kills follow each other in one story: each starts from what the
kills before it left, which is what a crash loop looks like; a few points get a story of their own.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.sandbox.faults import Point, Seen
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Comment, Issue
from tests.harness.house import REPO, House
from tests.harness.processes import START, Executioner, at_rest, worker_process
from tests.harness.projection import shown

TITLES = [f"lay track {n}" for n in range(1, 10)]
EPIC = "\n".join(["## Work", "", *(f"- [ ] {title}" for title in TITLES)])
#: What triage says of it, one reaction, a creation and a link for each child, then the summary and the label.
CALLS = 2 + 2 * len(TITLES) + 2
CREATES = [3 + 2 * n for n in range(len(TITLES))]
LEASE = "1"


class Story:
    """An epic whose decomposition was asked for in a comment, and what has to come of it."""

    def __init__(self, house: House) -> None:
        self.house, self.github = house, house.sandbox
        self.executioner = Executioner(house.sandbox)
        self.epic: Issue
        self.command: Comment

    def begin(self) -> None:
        self.epic = self.github.actor("ada").open_issue(REPO, "A new line", EPIC)
        self.command = self.github.actor("tria").comment(self.epic, "/decompose")

    async def kill_at(self, at: Callable[[Point, Seen], bool]) -> None:
        async with worker_process(self.house.environment) as worker:
            code = await self.executioner.execute(worker, at, within=START)
            assert code == -9, "\n".join(worker.lines)

    async def end(self) -> None:
        environment = self.house.environment | {"INTERLOCK_LEASE": "15"}  # nobody is killed any more
        async with worker_process(environment) as worker:
            await at_rest(self.github, self.house.database, worker, within=START)

    async def assert_exactly_once(self, undisturbed: object) -> None:
        assert sorted(child.title for child in self.epic.children) == TITLES
        assert [child.parent for child in self.epic.children] == [self.epic] * len(TITLES)
        _, summary = self.house.comments(self.epic)
        numbers = {child.title: child.number for child in self.epic.children}
        assert "\n".join(f"- [ ] #{numbers[title]} {title}" for title in TITLES) in summary.body
        assert [(one.user.login, one.content) for one in self.command.reactions] == [("interlock[bot]", "eyes")]
        assert shown(self.github, REPO) == undisturbed
        assert await self.house.dead_letters() == []
        assert set((await self.house.states()).values()) <= {"done", "adopted", "no_op"}

    def adopted(self, states: dict[str, str]) -> list[int]:
        """Which calls (from 1, in the order of the outbox) were found done by a successor."""
        return [place for place, state in enumerate(states.values(), 1) if state in ("adopted", "no_op")]


@pytest.fixture
async def undisturbed(tmp_path: Path) -> object:
    """What GitHub shows after the same story without any fault, and without another process."""
    async with (
        Sandbox.start(tmp_path / "twin") as github,
        House.open(github, f"sqlite:///{tmp_path / 'twin.db'}") as house,
    ):
        story = Story(house)
        story.begin()
        await house.works()
        assert len(github.faults.mutations()) == CALLS
        return shown(github, REPO)


@pytest.fixture
async def story(github: Sandbox, tmp_path: Path) -> AsyncIterator[Story]:
    """The bot's web server in this process; the worker is nobody yet."""
    async with House.open(github, f"sqlite:///{tmp_path / 'interlock.db'}", INTERLOCK_LEASE=LEASE) as house:
        yield Story(house)


@pytest.fixture
async def story_on_each_engine(github: Sandbox, url: str) -> AsyncIterator[Story]:
    async with House.open(github, url, INTERLOCK_LEASE=LEASE) as house:
        yield Story(house)


def call(index: int, point: Point) -> Callable[[Point, Seen], bool]:
    return lambda reached, seen: (reached, seen.index) == (point, index)


async def test_killed_after_every_call_was_done_and_before_its_answer_was_read(
    story: Story, undisturbed: object
) -> None:
    """No call is made twice: what was committed is found by its trace, so that as many kills leave as many requests."""
    story.begin()
    for index in range(1, CALLS + 1):
        await story.kill_at(call(index, "committed"))
    await story.end()
    await story.assert_exactly_once(undisturbed)
    assert len(story.github.faults.mutations()) == CALLS
    assert [child.title for child in story.epic.children] == TITLES
    assert story.adopted(await story.house.states()) == list(range(1, CALLS + 1))


async def test_killed_once_and_left_in_peace_afterwards(story_on_each_engine: Story, undisturbed: object) -> None:
    story = story_on_each_engine
    story.begin()
    await story.kill_at(call(CREATES[4], "committed"))
    await story.end()
    await story.assert_exactly_once(undisturbed)
    assert story.adopted(await story.house.states()) == [CREATES[4]]
    assert len(story.github.faults.mutations()) == CALLS


async def test_killed_before_a_call_was_done_and_right_after_the_answer(story: Story, undisturbed: object) -> None:
    """Received and lost: no trace, so it is sent once more after the look-again window. Replied: never again."""
    story.begin()
    await story.kill_at(call(3, "received"))  # the first creation; its repetition is request 4
    await story.kill_at(call(4, "replied"))
    await story.kill_at(call(5, "received"))  # its link
    await story.kill_at(call(6, "replied"))
    await story.end()
    await story.assert_exactly_once(undisturbed)
    assert len(story.github.faults.mutations()) == CALLS + 2
