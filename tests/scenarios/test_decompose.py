"""The open tasks of an epic become sub-issues, linked, exactly once."""

from collections import Counter

import pytest

from bot.sandbox.fault_kinds import Status
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
    (summary, answer) = sorted(house.comments(issue), key=lambda one: one.body, reverse=True)
    assert "has been decomposed" in summary.body
    assert "is a sub-issue already" in answer.body  # a command is answered, a label is not
    assert (await house.rules("decompose", issue.number))[-1] == "decompose: nothing new"


async def test_what_is_added_later_is_created_alone(house: House) -> None:
    issue = epic(house)
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    house.sandbox.actor("ada").edit_issue(issue, body="- [ ] paint the station\n" + EPIC)
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == [*TITLES, "paint the station"]
    (summary,) = house.comments(issue)
    assert "4 sub-issues" in summary.body
    assert f"#{issue.children[-1].number} paint the station" in summary.body


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
    rules = await house.rules("decompose", issue.number)
    assert [rule for rule in rules if rule != "decompose: not a human"] == ["decompose: decompose"]


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
    assert question.body.startswith("@ada, ")
    assert [label.name for label in issue.labels] == ["needs-clarification"]
    house.sandbox.actor("ada").edit_issue(issue, body=EPIC)
    await house.works()
    assert issue.labels == [], "the description answers"
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == TITLES


async def test_more_than_the_limit_creates_none_and_says_so(house: House) -> None:
    issue = epic(house, "\n".join(f"- [ ] lay track {n}" for n in range(21)))
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == []
    answer = house.comments(issue)[-1].body
    assert "21 sub-issues would come" in answer
    assert all(f"lay track {n}" in answer for n in range(21))
    assert "/decompose confirm" in answer
    house.sandbox.actor("ada").comment(issue, "/decompose confirm")
    await house.works()
    assert children(issue) == [f"lay track {n}" for n in range(21)]


async def test_a_limit_for_one_command(house: House) -> None:
    issue = epic(house)
    house.sandbox.actor("ada").comment(issue, "/decompose max=2")
    await house.works()
    assert children(issue) == []
    assert "more than 2" in house.comments(issue)[-1].body
    house.sandbox.actor("ada").comment(issue, "/decompose max=3")
    await house.works()
    assert children(issue) == TITLES


async def test_a_preview_shows_the_plan_with_its_reasons_and_creates_nothing(house: House) -> None:
    issue = epic(house)
    house.sandbox.actor("ada").comment(issue, "/decompose preview")
    await house.works()
    (shown,) = house.comments(issue)
    assert [title in shown.body for title in (*TITLES, "buy the land")] == [True, True, True, False]
    assert (children(issue), house.labels(issue)) == ([], set())
    assert not [key for key in await house.states() if key.startswith(("child/", "link/"))]


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("previw", "Did you mean `preview`?"),
        ("please", "It takes"),
        ("max=0", "from 1 to 100"),
        ("max=101", "from 1 to 100"),
        ("max=many", "from 1 to 100"),
        ("only=", "takes a heading"),
        ("preview confirm", "one of them"),
        ('only="Track"', "`Work`"),
    ],
)
async def test_an_option_that_makes_no_sense_is_answered_and_nothing_is_created(
    house: House, option: str, told: str
) -> None:
    issue = epic(house)
    house.sandbox.actor("ada").comment(issue, f"/decompose {option}")
    await house.works()
    (answer,) = house.comments(issue)
    assert told in answer.body
    assert children(issue) == []


PHASES = (
    "## Phase 1\n\n- [ ] survey\n\n## Phase 2\n\n- [ ] lay the track\n  - [ ] order the rails\n  - [x] find a yard\n"
)


async def test_only_one_section(house: House) -> None:
    issue = epic(house, PHASES)
    house.sandbox.actor("ada").comment(issue, '/decompose only="phase 1"')
    await house.works()
    assert children(issue) == ["survey"]
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == ["survey", "lay the track"]


async def test_nested_items_become_a_tree_and_every_child_says_where_it_stood(house: House) -> None:
    issue = epic(house, PHASES)
    house.sandbox.actor("ada").label(issue, "needs-decompose")
    await house.works()
    assert children(issue) == ["survey", "lay the track"]
    track = issue.children[1]
    assert children(track) == ["order the rails"]
    assert "Section: Phase 2" in (track.body or "")
    assert f"Part of #{issue.number}." in (track.children[0].body or "")
    assert "decomposed" in house.labels(issue)


async def test_an_item_below_an_existing_issue_goes_under_it(house: House) -> None:
    other = house.sandbox.actor("ada").open_issue(REPO, "Older work", "Known for long.")
    issue = epic(house, f"- [ ] #{other.number}\n  - [ ] order the rails\n")
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    assert children(issue) == ["Older work"]
    assert children(other) == ["order the rails"]


async def test_an_item_in_other_words_is_not_created_a_second_time_unless_somebody_says_so(house: House) -> None:
    issue = epic(house)
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    changed = EPIC.replace("set the signals", "set all the signals") + "- [ ] hire a crew\n"
    house.sandbox.actor("ada").edit_issue(issue, body=changed)
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    assert children(issue) == [*TITLES, "hire a crew"]
    assert '"set all the signals": renamed? It is like "set the signals"' in house.comments(issue)[-1].body
    house.sandbox.actor("ada").comment(issue, "/decompose confirm")
    await house.works()
    assert children(issue) == [*TITLES, "hire a crew", "set all the signals"]


async def test_above_githubs_limit_nothing_is_created(house: House) -> None:
    issue = epic(house, "\n".join(f"- [ ] lay track {n}" for n in range(101)))
    house.sandbox.actor("ada").comment(issue, "/decompose confirm")
    await house.works()
    assert children(issue) == []
    assert "limit of 100" in house.comments(issue)[-1].body


async def test_what_is_all_done_is_said_and_no_question_is_asked(house: House) -> None:
    issue = epic(house, "- [x] one\n- [x] two\n")
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    (answer,) = house.comments(issue)
    assert "nothing is left to create" in answer.body


async def test_what_is_confirmed_is_the_plan_that_was_shown(house: House) -> None:
    issue = epic(house)
    ada = house.sandbox.actor("ada")
    ada.comment(issue, "/decompose preview")
    await house.works()
    ada.edit_issue(issue, body=EPIC + "- [ ] hire a crew\n")
    ada.comment(issue, "/decompose confirm")
    await house.works()
    assert children(issue) == []
    (changed,) = [one.body for one in house.comments(issue) if "no longer the plan" in one.body]
    assert "hire a crew" in changed
    ada.comment(issue, "/decompose confirm")
    await house.works()
    assert children(issue) == [*TITLES, "hire a crew"]


async def test_what_is_confirmed_may_be_less_than_was_shown(house: House) -> None:
    issue = epic(house)
    ada = house.sandbox.actor("ada")
    ada.comment(issue, "/decompose preview")
    await house.works()
    ada.edit_issue(issue, body=EPIC.replace("- [ ] run a train\n", ""))
    ada.comment(issue, "/decompose confirm")
    await house.works()
    assert children(issue) == TITLES[:2]


async def test_a_preview_of_a_part_confirms_no_more_than_that_part(house: House) -> None:
    issue = epic(house, "## Phase 1\n\n- [ ] lay the track\n\n## Phase 2\n\n- [ ] run a train\n")
    ada = house.sandbox.actor("ada")
    ada.comment(issue, '/decompose preview only="Phase 1"')
    await house.works()
    ada.comment(issue, "/decompose confirm")
    await house.works()
    assert children(issue) == []
    ada.comment(issue, '/decompose confirm only="Phase 1"')
    await house.works()
    assert children(issue) == ["lay the track"]


@pytest.mark.parametrize("interval", ["0", "0.05"])
@pytest.mark.parametrize("count", [1, 9, 20])
async def test_it_costs_at_most_two_requests_a_child_and_ten(house: House, count: int, interval: str) -> None:
    """Besides tokens and what GitHub answers with 304 (issue 4). The age of a configuration is production's here.

    Where writes are paced the summary is posted early and edited once.
    """
    await house.restart(INTERLOCK_CONFIG_AGE="60", INTERLOCK_WRITE_INTERVAL=interval)
    issue = epic(house, "\n".join(f"- [ ] lay track {n}" for n in range(count)))
    await house.works()
    before = len(house.sandbox.faults.requests)
    house.sandbox.actor("ada").comment(issue, "/decompose")
    await house.works()
    asked = [one for one in house.sandbox.faults.requests[before:] if not one.caller.startswith("user:")]
    paid = [one for one in asked if one.status != 304 and "access_tokens" not in one.path]
    assert len(issue.children) == count
    assert len(paid) <= 2 * count + 10, Counter(f"{one.method} {one.path} {one.status}" for one in paid)
    assert sum(one.method == "PATCH" for one in paid) <= 1


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


async def test_an_epic_is_never_planned_as_a_whole(house: House) -> None:
    """Lessons F51: neither one that was decomposed nor one whose sub-issues were made by hand."""
    ada = house.sandbox.actor("ada")
    issue, by_hand = epic(house), epic(house, "Build a railway.")
    ada.label(issue, "epic")
    await ada.add_sub_issue(by_hand, ada.open_issue(REPO, "Paint the station", "The side to the tracks."))
    await house.works()
    for one in (issue, by_hand):
        ada.comment(one, "/plan")
        await house.works()
        assert await house.rules("plan", one.number) == ["plan: an epic"]
        assert "plan those" in house.comments(one)[-1].body
    ada.comment(issue.children[0], "/plan")
    await house.works()
    assert await house.rules("plan", issue.children[0].number) == ["plan: planned"]


async def test_equal_items_under_different_parents_are_different_children(house: House) -> None:
    ada = house.sandbox.actor("ada")
    issue = epic(house, "- [ ] API\n  - [ ] Write tests\n")
    ada.comment(issue, "/decompose")
    await house.works()
    ada.edit_issue(issue, body=f"- [ ] CLI\n  - [ ] Write tests\n{issue.body}")
    ada.comment(issue, "/decompose")
    await house.works()
    assert {child.title: children(child) for child in issue.children} == {
        "API": ["Write tests"],
        "CLI": ["Write tests"],
    }


async def test_what_github_refused_to_create_is_created_when_somebody_asks_again(house: House) -> None:
    house.sandbox.faults.add(Status(422), "POST", r"/repos/[^/]+/[^/]+/issues", after=1, times=1)
    issue = epic(house)
    ada = house.sandbox.actor("ada")
    ada.comment(issue, "/decompose")
    await house.works()
    assert children(issue) == [TITLES[0], TITLES[2]]
    ada.comment(issue, "/decompose")
    await house.works()
    assert children(issue) == [TITLES[0], TITLES[2], TITLES[1]]
    (summary,) = house.comments(issue)
    assert "0 of 3 sub-issues" in summary.body
    assert "not created" not in summary.body
