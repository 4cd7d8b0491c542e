"""One summary follows the children of an epic, whoever moves them; the epic itself is never closed."""

import pytest

from bot.sandbox.fault_kinds import Status
from bot.sandbox.state import Comment, Issue
from tests.harness.house import REPO, House
from tests.scenarios.test_decompose import EPIC, TITLES, all_titles, children, epic


async def decomposed(house: House, body: str = EPIC) -> Issue:
    issue = epic(house, body)
    house.sandbox.actor("tria").comment(issue, "/decompose")
    await house.works()
    return issue


def summary(house: House, issue: Issue) -> Comment:
    (found,) = [one for one in house.comments(issue) if "interlock:summary" in one.body]
    return found


def lines(house: House, issue: Issue) -> list[str]:
    return [line for line in summary(house, issue).body.splitlines() if line.startswith("- ")]


async def test_the_summary_follows_children_that_are_closed_and_reopened(house: House) -> None:
    issue = await decomposed(house)
    first, second, third = issue.children
    house.sandbox.actor("will").close(first)
    await house.works()
    assert "1 of 3 sub-issues done" in summary(house, issue).body
    assert lines(house, issue)[:3] == [
        f"- [x] #{first.number} lay the track",
        f"- [ ] #{second.number} set the signals",
        f"- [ ] #{third.number} run a train",
    ]
    house.sandbox.actor("will").reopen(first)
    await house.works()
    house.sandbox.actor("will").close(first)  # the same words as before are another wording
    await house.works()
    assert "1 of 3 sub-issues done" in summary(house, issue).body
    (comment,) = house.comments(issue)
    assert comment is summary(house, issue)


async def test_a_child_that_was_deleted_moved_or_added_by_people_is_told(house: House) -> None:
    issue = await decomposed(house)
    gone, moved, _ = issue.children
    house.sandbox.actor("ada").delete_issue(gone)
    house.sandbox.actor("ada").remove_sub_issue(issue, moved)
    own = house.sandbox.actor("ada").open_issue(REPO, "Buy bricks", "Red ones, before summer.")
    await house.sandbox.actor("ada").add_sub_issue(issue, own)
    await house.works()
    shown = lines(house, issue)
    assert f"- #{gone.number} lay the track (deleted or transferred)" in shown
    assert f"- #{moved.number} set the signals (no sub-issue of this epic any more)" in shown
    assert f"- [ ] #{own.number} Buy bricks" in shown


async def test_a_child_under_another_child_is_part_of_the_epic(house: House) -> None:
    issue = await decomposed(house, "## Work\n\n- build the station\n  - [ ] lay bricks\n  - [ ] paint the roof\n")
    (station,) = issue.children
    house.sandbox.actor("ada").close(station.children[0])
    await house.works()
    assert lines(house, issue)[:3] == [
        f"- [ ] #{station.number} build the station",
        f"- [x] #{station.children[0].number} lay bricks",
        f"- [ ] #{station.children[1].number} paint the roof",
    ]


async def test_when_all_are_done_it_says_so_once_and_closes_nothing(house: House) -> None:
    issue = await decomposed(house)
    for child in list(issue.children):
        house.sandbox.actor("will").close(child)
    await house.works()
    (said,) = [one for one in house.comments(issue) if "can be closed" in one.body]
    assert "All 3 sub-issues" in said.body
    assert issue.state == "open"
    house.sandbox.actor("will").reopen(issue.children[0])
    await house.works()
    house.sandbox.actor("will").close(issue.children[0])
    await house.works()
    assert len([one for one in house.comments(issue) if "can be closed" in one.body]) == 1
    assert issue.state == "open"


async def test_nobody_is_told_that_all_is_done_while_a_planned_child_is_missing(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS="issues=2 comments=60 edits=60 labels=60 links=25 reactions=60 total=2400")
    issue = await decomposed(house)
    assert children(issue) == TITLES[:2]
    for child in list(issue.children):
        house.sandbox.actor("will").close(child)
    await house.works()
    assert not [one for one in house.comments(issue) if "can be closed" in one.body]
    assert "progress: all done" not in await house.rules("progress")


async def test_what_we_do_ourselves_is_told_in_one_wording_without_another_look(house: House) -> None:
    issue = await decomposed(house)
    ours = await house.rules("progress", issue.number)
    assert ours == ["progress: summary", *["progress: ours"] * 3]


async def test_what_is_not_created_yet_is_told_at_once_and_again_when_it_is(house: House) -> None:
    """The summary does not wait for tomorrow's ceiling, and follows when the rest has come."""
    few = "issues=1 comments=60 edits=60 labels=60 links=25 reactions=60 total=2400"
    await house.restart(INTERLOCK_CEILINGS=few)
    issue = await decomposed(house)
    assert lines(house, issue) == [
        f"- [ ] #{issue.children[0].number} lay the track",
        "- set the signals (not created yet)",
        "- run a train (not created yet)",
    ]
    await house.ticks()
    assert (await house.rules("progress", issue.number))[-1] == "progress: being created"
    await house.restart(INTERLOCK_CEILINGS=few.replace("issues=1", "issues=9"))
    await house.looks_at_held()
    assert lines(house, issue)[:3] == [f"- [ ] #{child.number} {child.title}" for child in issue.children]
    assert len(issue.children) == 3
    assert len([key for key in await house.states() if key.startswith("summary/")]) == 2, "posted, and edited once"


async def test_a_summary_that_nothing_else_wakes_is_looked_at_by_the_timer(house: House) -> None:
    few = "issues=2 comments=60 edits=60 labels=60 links=25 reactions=60 total=2400"
    await house.restart(INTERLOCK_CEILINGS=few)
    issue = await decomposed(house)
    house.sandbox.faults.add(Status(422), "POST", r"/repos/[^/]+/[^/]+/issues")
    await house.restart(INTERLOCK_CEILINGS=few.replace("issues=2", "issues=9"))
    await house.looks_at_held()
    assert "- run a train (not created yet)" in lines(house, issue)
    await house.ticks()
    assert any(line.startswith("- run a train (not created: ") for line in lines(house, issue))
    await house.ticks()
    assert (await house.rules("progress"))[-1] == "progress: look again"


async def test_an_issue_without_an_epic_above_is_looked_up_nowhere(house: House) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint it", "Blue, the side to the tracks, before summer.")
    house.sandbox.actor("ada").close(issue)
    await house.works()
    assert await house.rules("progress") == ["progress: no epic"]
    assert house.comments(issue) == []


@pytest.mark.parametrize("again", ["/decompose", "/decompose confirm"])
async def test_a_second_run_extends_the_same_summary(house: House, again: str) -> None:
    issue = await decomposed(house)
    house.sandbox.actor("ada").edit_issue(issue, body=EPIC + "- [ ] paint the station\n")
    house.sandbox.actor("tria").comment(issue, again)
    await house.works()
    assert f"- [ ] #{issue.children[-1].number} paint the station" in lines(house, issue)
    assert "Run 1 by tria; Run 2 by tria." in summary(house, issue).body
    assert "`/undo 2`" in summary(house, issue).body


async def test_a_child_that_github_refuses_is_named_and_holds_up_nobody(house: House) -> None:
    house.sandbox.faults.add(Status(422), "POST", r"/repos/[^/]+/[^/]+/issues", after=1, times=1)
    issue = await decomposed(house)
    assert children(issue) == [TITLES[0], TITLES[2]]
    assert any(line.startswith("- set the signals (not created: ") for line in lines(house, issue))


async def test_an_item_that_another_issue_has_is_shown_to_people_who_have_to_choose(house: House) -> None:
    """It never was a sub-issue here, so nobody has taken it out; and while it is open not all is done."""
    ada = house.sandbox.actor("ada")
    own, other = ada.open_issue(REPO, "Buy bricks", "Red ones."), ada.open_issue(REPO, "Build a wall", "Of bricks.")
    await ada.add_sub_issue(other, own)
    issue = await decomposed(house, f"- [ ] lay the track\n- [ ] #{own.number}\n")
    why = f"#{own.number} is a sub-issue of #{other.number} already; a human has to choose"
    assert lines(house, issue)[1] == f"- #{own.number} Buy bricks (not linked: {why})"
    house.sandbox.actor("will").close(issue.children[0])
    await house.works()
    assert not [one for one in house.comments(issue) if "can be closed" in one.body]


async def test_what_was_deleted_or_taken_out_does_not_count_as_done(house: House) -> None:
    issue = await decomposed(house)
    done, gone, moved = issue.children
    house.sandbox.actor("ada").delete_issue(gone)
    house.sandbox.actor("ada").remove_sub_issue(issue, moved)
    house.sandbox.actor("will").close(done)
    await house.works()
    (said,) = [one.body for one in house.comments(issue) if "can be closed" in one.body]
    assert said.startswith("The sub-issue that this epic still has is done. Not among them: ")
    assert f"#{gone.number} set the signals (deleted or transferred); #{moved.number} run a train (no" in said


async def test_below_a_child_that_github_refuses_nothing_is_created(house: House) -> None:
    """It would be an open issue that belongs to nothing."""
    house.sandbox.faults.add(Status(422), "POST", r"/repos/[^/]+/[^/]+/issues", times=1)
    issue = await decomposed(house, "- [ ] build the station\n  - [ ] lay bricks\n- [ ] run a train\n")
    assert [one.title for one in house.sandbox.world.repository(REPO).issues.values()] == [issue.title, "run a train"]
    assert lines(house, issue)[1].startswith("- lay bricks (not created: needs the result of ")


async def test_the_summary_of_a_second_run_follows_while_writes_are_paced(house: House) -> None:
    """The epic is looked at while the writes are on their way, and our own events afterwards are no news to us."""
    await house.restart(INTERLOCK_WRITE_INTERVAL="0.1")
    issue = await decomposed(house)
    house.sandbox.actor("ada").edit_issue(issue, body=EPIC + "- [ ] paint the station\n")
    house.sandbox.actor("tria").comment(issue, "/decompose")
    await house.works()
    await house.ticks()
    assert f"- [ ] #{issue.children[-1].number} paint the station" in lines(house, issue)
    assert "Run 1 by tria; Run 2 by tria." in summary(house, issue).body


async def test_every_epic_that_planned_an_issue_hears_of_it(house: House) -> None:
    """One has it, another listed it later and was refused; people move it from the one to the other."""
    own = house.sandbox.actor("ada").open_issue(REPO, "Buy bricks", "Red ones, before summer.")
    first = await decomposed(house, f"- [ ] #{own.number}\n- [ ] lay the track\n")
    second = await decomposed(house, f"- [ ] #{own.number}\n- [ ] run a train\n")
    house.sandbox.actor("will").close(own)
    await house.works()
    for issue in (first, second):
        assert lines(house, issue)[0] == f"- [x] #{own.number} Buy bricks"
    third = await decomposed(house, "- [ ] paint the roof\n")
    house.sandbox.actor("ada").remove_sub_issue(first, own)
    await house.sandbox.actor("ada").add_sub_issue(third, own)
    house.sandbox.actor("ada").reopen(own)
    await house.works()
    assert f"- [ ] #{own.number} Buy bricks" in lines(house, third)
    assert lines(house, first)[0] == f"- #{own.number} Buy bricks (no sub-issue of this epic any more)"


async def test_what_is_taken_out_below_another_sub_issue_is_told(house: House) -> None:
    issue = await decomposed(house, "## Work\n\n- build the station\n  - [ ] lay bricks\n  - [ ] paint the roof\n")
    (station,) = issue.children
    bricks, roof = station.children
    house.sandbox.actor("ada").remove_sub_issue(station, bricks)
    await house.works()
    assert lines(house, issue)[1] == f"- #{bricks.number} lay bricks (no sub-issue of this epic any more)"
    await house.sandbox.actor("ada").add_sub_issue(roof, bricks)
    await house.works()
    assert lines(house, issue)[1] == f"- [ ] #{bricks.number} lay bricks"


async def test_an_epic_below_another_tells_both(house: House) -> None:
    issue = await decomposed(house, "- [ ] build the station\n- [ ] run a train\n")
    station, _ = issue.children
    house.sandbox.actor("ada").edit_issue(station, body="- [ ] lay bricks\n- [ ] paint the roof\n")
    house.sandbox.actor("tria").comment(station, "/decompose")
    await house.works()
    before = len(await house.rules("progress", issue.number))
    house.sandbox.actor("ada").remove_sub_issue(station, station.children[0])
    await house.works()
    assert lines(house, station)[0].endswith("(no sub-issue of this epic any more)")
    assert len(await house.rules("progress", issue.number)) == before + 1


ONE_A_DAY = "issues=1 comments=60 edits=60 labels=60 links=25 reactions=60 total=2400"


async def next_day(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS=ONE_A_DAY.replace("issues=1", "issues=9"))
    await house.looks_at_held()
    await house.ticks()


async def test_an_epic_that_was_closed_tonight_gets_no_children_tomorrow(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS=ONE_A_DAY)
    issue = await decomposed(house)
    house.sandbox.actor("will").close(issue)
    await next_day(house)
    assert all_titles(house) == [issue.title, TITLES[0]]
    assert children(issue) == TITLES[:1]
    assert lines(house, issue)[2] == "- run a train (not created: the epic is not open any more)"


async def test_an_epic_that_was_deleted_gets_no_children(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS=ONE_A_DAY)
    issue = await decomposed(house)
    house.sandbox.actor("ada").delete_issue(issue)
    await next_day(house)
    assert all_titles(house) == TITLES[:1]


async def test_below_a_child_that_was_deleted_nothing_is_created(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS=ONE_A_DAY)
    issue = await decomposed(house, "- [ ] build the station\n  - [ ] lay bricks\n- [ ] run a train\n")
    house.sandbox.actor("ada").delete_issue(issue.children[0])
    await next_day(house)
    assert all_titles(house) == [issue.title, "run a train"]
    assert "- lay bricks (not created: the issue it was to go under is not there any more)" in lines(house, issue)
