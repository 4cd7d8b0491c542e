"""`/undo` closes exactly the children of a run that nobody has touched, as not planned."""

from collections.abc import Awaitable, Callable

import pytest

from bot.sandbox.state import Issue
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
