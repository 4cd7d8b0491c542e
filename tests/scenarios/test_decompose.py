"""The open tasks of an epic become sub-issues, linked, exactly once."""

import pytest

from bot.sandbox.state import Issue
from tests.harness.house import REPO, House

EPIC = "## Work\n\n- [ ] lay the track\n- [x] buy the land\n- [ ] set the signals\n- [ ] run a train\n"
TITLES = ["lay the track", "set the signals", "run a train"]


def epic(house: House, body: str = EPIC) -> Issue:
    return house.sandbox.actor("ada").open_issue(REPO, "A new line", body)


def children(issue: Issue) -> list[str]:
    return [child.title for child in issue.children]


def all_titles(house: House) -> list[str]:
    return [issue.title for issue in house.sandbox.world.repository(REPO).issues.values()]


async def test_a_command_makes_linked_children_and_one_summary(house: House) -> None:
    issue = epic(house)
    comment = house.sandbox.actor("tria").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == TITLES
    (summary,) = house.comments(issue)
    for child in issue.children:
        assert f"#{child.number} {child.title}" in summary.body
        assert f"Part of #{issue.number}." in (child.body or "")
    assert "buy the land" not in all_titles(house)
    assert [(reaction.user.login, reaction.content) for reaction in comment.reactions] == [("interlock[bot]", "eyes")]


async def test_the_label_does_the_same(house: House) -> None:
    issue = epic(house)
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    assert children(issue) == TITLES


async def test_a_command_in_the_opening_body_counts(house: House) -> None:
    issue = epic(house, EPIC + "\n/decompose\n")
    await house.works()
    assert children(issue) == TITLES


async def test_asking_again_in_every_way_makes_nothing_more(house: House) -> None:
    issue = epic(house)
    house.sandbox.world.webhooks.copies = 2
    house.sandbox.actor("ada").label(issue, "epic")
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    house.sandbox.actor("ada").unlabel(issue, "epic")
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    assert children(issue) == TITLES
    assert len(house.comments(issue)) == 1
    assert (await house.rules("decompose", issue.number))[-1] == "decompose: nothing new"


async def test_what_is_added_later_is_created_alone(house: House) -> None:
    issue = epic(house)
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    house.sandbox.actor("ada").edit_issue(issue, body="- [ ] paint the station\n" + EPIC)
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == [*TITLES, "paint the station"]
    assert len(house.comments(issue)) == 2


async def test_equal_tasks_are_two_children(house: House) -> None:
    issue = epic(house, "- [ ] test\n- [ ] test\n")
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    assert children(issue) == ["test", "test"]


async def test_a_task_that_is_an_issue_is_linked_not_created(house: House) -> None:
    other = house.sandbox.actor("ada").open_issue(REPO, "Older work", "Known for long.")
    issue = epic(house, f"- [ ] #{other.number}\n- [ ] run a train\n- [ ] acme/elsewhere#3\n- [ ] #99999\n")
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    assert children(issue) == ["Older work", "run a train"]
    (summary,) = house.comments(issue)
    assert "acme/elsewhere#3" in summary.body
    assert "`#99999`: not an issue of this repository" in summary.body


@pytest.mark.parametrize("login", ["rene", "nora"])
async def test_who_may_not_is_told_who_may(house: House, login: str) -> None:
    issue = epic(house)
    if login == "nora":  # has no account in the repository, but it is public: anybody may comment
        house.sandbox.world.repository(REPO).private = False
    house.sandbox.actor(login).comment(issue, "/decompose")
    await house.works()
    assert children(issue) == []
    (refusal,) = house.comments(issue)
    assert "triage role or more" in refusal.body
    assert f"@{login}" in refusal.body


@pytest.mark.parametrize("text", ["> /decompose", "```\n/decompose\n```", "please /decompose", "`/decompose`"])
async def test_a_quoted_command_is_none(house: House, text: str) -> None:
    issue = epic(house)
    house.sandbox.actor("ada").comment(issue, text)
    await house.works()
    assert children(issue) == []
    assert await house.rules("decompose", issue.number) == []


async def test_a_bots_command_or_label_has_no_authority(house: House) -> None:
    issue = epic(house)
    house.sandbox.actor("robo[bot]").comment(issue, "/decompose")
    house.sandbox.actor("robo[bot]").label(issue, "epic")
    await house.works()
    assert children(issue) == []
    assert house.comments(issue) == []


async def test_an_edit_runs_only_the_command_it_added(house: House) -> None:
    issue = epic(house)
    comment = house.sandbox.actor("ada").comment(issue, "Ready.")
    house.sandbox.actor("ada").edit_comment(comment, "Ready.\n\n/decompose")
    await house.works()
    assert children(issue) == TITLES
    house.sandbox.actor("ada").edit_comment(comment, "Ready!\n\n/decompose")
    await house.works()
    assert len(await house.rules("decompose", issue.number)) == 1


async def test_who_edits_a_foreign_comment_commands_nothing_in_its_authors_name(house: House) -> None:
    issue = epic(house)
    comment = house.sandbox.actor("ada").comment(issue, "Ready.")
    house.sandbox.actor("will").edit_comment(comment, "/decompose")
    await house.works()
    assert children(issue) == []


async def test_nothing_to_decompose_is_a_question_not_a_silent_success(house: House) -> None:
    issue = epic(house, "Build a railway.")
    house.sandbox.actor("ada").comment(issue, "/decompose")
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    (question,) = house.comments(issue)
    assert "- [ ]" in question.body


async def test_more_than_the_limit_creates_none_and_says_so(house: House) -> None:
    issue = epic(house, "\n".join(f"- [ ] task {n}" for n in range(21)))
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == []
    (answer,) = house.comments(issue)
    assert "21 open tasks" in answer.body


async def test_the_children_we_made_are_not_triaged(house: House) -> None:
    """Their author is our bot; a question would go to nobody."""
    issue = epic(house, "- [ ] one\n")
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    (child,) = issue.children
    assert await house.rules("triage", child.number) == ["triage: not triaged"]


async def test_titles_are_made_harmless(house: House) -> None:
    issue = epic(house, "- [ ] tell @ada that it closes #1\n")
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    (child,) = issue.children
    assert "@ada" not in child.title
    assert "closes #1" not in child.title


async def test_a_title_that_grows_by_being_made_harmless_still_fits(house: House) -> None:
    issue = epic(house, "- [ ] " + "@ada " * 60 + "\n")
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    (child,) = issue.children
    assert len(child.title) <= 256
