"""`/undo` closes exactly the children of a run that nobody has touched, as not planned."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bot.sandbox.fault_kinds import DropAfter
from bot.sandbox.faults import Point, Seen
from bot.sandbox.state import Issue
from bot.store import switches
from tests.harness.house import REPO, House
from tests.scenarios.test_decompose import EPIC, TITLES, children
from tests.scenarios.test_epic_progress import decomposed, lines, summary


def answers(house: House, issue: Issue) -> list[str]:
    return [one.body for one in house.comments(issue) if one is not summary(house, issue)]


async def undone(house: House, issue: Issue, command: str = "/undo") -> str:
    """What the bot answered."""
    before = len(answers(house, issue))
    house.sandbox.actor("tria").comment(issue, command)
    await house.works()
    (answer,) = answers(house, issue)[before:]
    return answer


async def test_untouched_children_are_closed_as_not_planned(house: House) -> None:
    issue = await decomposed(house)
    answer = await undone(house, issue)
    assert [(child.state, child.state_reason) for child in issue.children] == [("closed", "not_planned")] * 3
    assert all(f"#{child.number}" in answer for child in issue.children)
    assert issue.state == "open"
    assert "undone by tria" in summary(house, issue).body
    assert lines(house, issue) == []
    assert not [one for one in house.comments(issue) if "can be closed" in one.body]


async def comments_on_it(house: House, child: Issue) -> None:
    house.sandbox.actor("rene").comment(child, "I have begun.")


async def edits_it(house: House, child: Issue) -> None:
    house.sandbox.actor("ada").edit_issue(child, body=f"{child.body}\nOnly the left one.")


async def renames_it(house: House, child: Issue) -> None:
    house.sandbox.actor("ada").edit_issue(child, title="something else")


async def labels_it(house: House, child: Issue) -> None:
    house.sandbox.actor("will").label(child, "bug")


async def labels_it_and_takes_the_label_away(house: House, child: Issue) -> None:
    house.sandbox.actor("will").label(child, "bug")
    house.sandbox.actor("will").unlabel(child, "bug")


async def takes_it(house: House, child: Issue) -> None:
    house.sandbox.actor("will").assign(child, "will")


async def puts_something_below_it(house: House, child: Issue) -> None:
    own = house.sandbox.actor("ada").open_issue(REPO, "Buy bricks", "Red ones, before summer.")
    await house.sandbox.actor("ada").add_sub_issue(child, own)


async def makes_something_wait_for_it(house: House, child: Issue) -> None:
    own = house.sandbox.actor("ada").open_issue(REPO, "Buy bricks", "Red ones, before summer.")
    house.sandbox.actor("ada").block(own, child)


async def plans_a_worktree(house: House, child: Issue) -> None:
    house.sandbox.actor("will").comment(child, "/plan")


async def closes_it(house: House, child: Issue) -> None:
    house.sandbox.actor("will").close(child)


async def closes_and_reopens_it(house: House, child: Issue) -> None:
    house.sandbox.actor("will").close(child)
    house.sandbox.actor("will").reopen(child)


TOUCHES = [
    comments_on_it,
    edits_it,
    renames_it,
    labels_it,
    labels_it_and_takes_the_label_away,
    takes_it,
    puts_something_below_it,
    makes_something_wait_for_it,
    plans_a_worktree,
    closes_it,
    closes_and_reopens_it,
]


@pytest.mark.parametrize("touch", TOUCHES, ids=[touch.__name__ for touch in TOUCHES])
async def test_what_anybody_touched_is_kept_and_told(
    house: House, touch: Callable[[House, Issue], Awaitable[None]]
) -> None:
    issue = await decomposed(house)
    first, second, third = issue.children
    await touch(house, second)
    await house.works()
    state = second.state, second.state_reason
    answer = await undone(house, issue)
    assert (second.state, second.state_reason) == state
    assert (first.state_reason, third.state_reason) == ("not_planned", "not_planned")
    assert f"Kept: #{second.number}" in answer
    assert any(f"#{second.number}" in line for line in lines(house, issue))


async def test_what_is_touched_after_the_look_is_kept(house: House) -> None:
    """The closing relies on the issue's being as it was judged, and is asked again at the guard."""
    issue = await decomposed(house)
    house.sandbox.actor("ada").comment(issue, "/stop")
    await house.works()
    house.sandbox.actor("tria").comment(issue, "/undo")
    await house.works()
    house.sandbox.actor("rene").comment(issue.children[1], "I have begun.")
    house.sandbox.actor("ada").comment(issue, "/resume")
    await house.works()
    assert [child.state for child in issue.children] == ["closed", "open", "closed"]


async def test_of_several_runs_one_has_to_be_named(house: House) -> None:
    issue = await decomposed(house)
    house.sandbox.actor("ada").edit_issue(issue, body=EPIC + "- [ ] paint the station\n")
    house.sandbox.actor("tria").comment(issue, "/decompose")
    await house.works()
    assert "`/undo 1`" in (asked := await undone(house, issue))
    assert "`/undo 2`" in asked
    assert {child.state for child in issue.children} == {"open"}
    await undone(house, issue, "/undo 2")
    assert [child.title for child in issue.children if child.state == "closed"] == ["paint the station"]
    assert "undone already" in await undone(house, issue, "/undo 2")
    await undone(house, issue)
    assert {child.state for child in issue.children} == {"closed"}
    assert "undone already" in await undone(house, issue)


@pytest.mark.parametrize("command", ["/undo 7", "/undo everything"])
async def test_a_run_that_does_not_exist_is_said_to(house: House, command: str) -> None:
    issue = await decomposed(house)
    assert "`/undo 1`" in await undone(house, issue, command)
    assert {child.state for child in issue.children} == {"open"}


async def test_what_was_never_decomposed_has_nothing_to_undo(house: House) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint it", "Blue, the side to the tracks, before summer.")
    house.sandbox.actor("tria").comment(issue, "/undo")
    await house.works()
    (answer,) = house.comments(issue)
    assert "not decomposed" in answer.body


async def test_what_was_undone_can_be_decomposed_again(house: House) -> None:
    issue = await decomposed(house)
    for _ in range(2):
        await undone(house, issue)
        house.sandbox.actor("tria").comment(issue, "/decompose")
        await house.works()
    assert children(issue) == TITLES * 3
    assert [child.state for child in issue.children] == ["closed"] * 6 + ["open"] * 3
    assert "0 of 3 sub-issues done" in summary(house, issue).body


async def test_what_is_not_created_yet_never_will_be(house: House) -> None:
    await house.restart(
        INTERLOCK_CEILINGS="issues=1 comments=60 edits=60 labels=60 links=25 closes=9 reactions=60 total=2400"
    )
    issue = await decomposed(house)
    assert children(issue) == TITLES[:1]
    assert "2 sub-issues had not been created" in await undone(house, issue)
    await house.restart(
        INTERLOCK_CEILINGS="issues=9 comments=60 edits=60 labels=60 links=25 closes=9 reactions=60 total=2400"
    )
    await house.looks_at_held()
    assert children(issue) == TITLES[:1]
    assert issue.children[0].state == "closed"


async def test_an_issue_that_was_only_linked_is_left_alone(house: House) -> None:
    own = house.sandbox.actor("ada").open_issue(REPO, "Buy bricks", "Red ones, before summer.")
    issue = await decomposed(house, f"{EPIC}- [ ] #{own.number}\n")
    await undone(house, issue)
    assert own.state == "open"
    assert [child.state for child in issue.children] == ["closed"] * 3 + ["open"]


@pytest.mark.parametrize("login", ["rene", "nora"])
async def test_only_people_with_the_triage_role_may(house: House, login: str) -> None:
    issue = await decomposed(house)
    house.sandbox.actor(login).comment(issue, "/undo")
    await house.works()
    assert {child.state for child in issue.children} == {"open"}


FEW_CLOSES = "issues=25 comments=60 edits=60 labels=60 links=25 closes=2 reactions=60 total=2400"


async def test_what_waits_to_be_closed_is_no_less_a_sub_issue_until_it_is(house: House) -> None:
    """A daily ceiling holds the last one until tomorrow; work that begins on it tonight keeps it."""
    await house.restart(INTERLOCK_CEILINGS=FEW_CLOSES)
    issue = await decomposed(house)
    third = issue.children[2]
    assert (await undone(house, issue)).startswith("Being closed as not planned: #")
    assert [child.state for child in issue.children] == ["closed", "closed", "open"]
    assert lines(house, issue) == [f"- [ ] #{third.number} run a train"]
    house.sandbox.actor("rene").comment(third, "I have begun.")
    await house.restart(INTERLOCK_CEILINGS=FEW_CLOSES.replace("closes=2", "closes=9"))
    await house.looks_at_held()
    await house.ticks()
    assert third.state == "open"
    assert lines(house, issue) == [f"- [ ] #{third.number} run a train"]
    house.sandbox.actor("tria").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == [*TITLES, *TITLES[:2]], "what is in work is not made a second time"
    rules = len(await house.rules("progress", issue.number))
    await house.ticks()
    assert len(await house.rules("progress", issue.number)) == rules, "nothing is left to wait for"


async def test_what_is_closed_tomorrow_leaves_the_summary_tomorrow(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS=FEW_CLOSES)
    issue = await decomposed(house)
    await undone(house, issue)
    await house.restart(INTERLOCK_CEILINGS=FEW_CLOSES.replace("closes=2", "closes=9"))
    await house.looks_at_held()
    await house.ticks()
    assert {child.state_reason for child in issue.children} == {"not_planned"}
    assert lines(house, issue) == []


async def test_what_was_sent_without_an_answer_is_not_said_to_be_never_created(house: House) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "A new line", EPIC)

    async def stops(point: Point, seen: Seen) -> None:
        if point == "committed" and seen.path.endswith("/issues"):
            repo = house.sandbox.world.repository(REPO).id
            await house.database.write(switches.stop, repo, reason="look", by="ada", now=datetime.now(UTC))

    house.sandbox.faults.on_request(stops)
    house.sandbox.faults.add(DropAfter(), "POST", r"/repos/[^/]+/[^/]+/issues")
    house.sandbox.actor("tria").comment(issue, "/decompose")
    await house.works()
    house.sandbox.actor("tria").comment(issue, "/undo")
    await house.works()
    await house.database.write(switches.resume, house.sandbox.world.repository(REPO).id)
    await house.works()
    await house.ticks()
    answer, _ = sorted((one.body for one in house.comments(issue)), key=len)
    (orphan,) = [one for one in house.sandbox.world.repository(REPO).issues.values() if one is not issue]
    assert "2 sub-issues had not been created yet" in answer
    assert "1 sub-issue may be there already; the summary will tell." in answer
    assert lines(house, issue) == [f"- #{orphan.number} lay the track (not linked: its run has been undone)"]
