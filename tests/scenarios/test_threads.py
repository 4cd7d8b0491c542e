"""What is said and done in a thread, live: what answers, what is a reason to look again, and what is neither."""

from datetime import timedelta

import pytest

from bot.sandbox import issues
from bot.sandbox.state import Issue
from tests.harness.house import REPO, House
from tests.harness.story import ANSWER, WORK

LABEL, HUMAN = "needs-clarification", "human-needed"
#: Says something, and lacks most.
LITTLE = "It stays red at track 3."


async def opens(house: House, body: str = "", title: str = "Signal fails") -> Issue:
    issue = house.sandbox.actor("rene").open_issue(REPO, title, body)
    await house.works()
    return issue


async def says(house: House, issue: Issue, login: str, text: str) -> None:
    house.sandbox.actor(login).comment(issue, text)
    await house.works()


async def clarified(house: House, issue: Issue) -> str:
    """What was decided last about whose turn it is."""
    return (await house.rules("clarification", issue.number))[-1].removeprefix("clarification: ")


async def looks(house: House, issue: Issue) -> int:
    """How often triage has looked at the issue."""
    return len(await house.rules("triage", issue.number))


def time_passes(house: House, seconds: float) -> None:
    """GitHub's times are whole seconds; within one nobody knows who came first."""
    clock = house.sandbox.world.clock
    house.sandbox.world.clock = lambda: clock() + timedelta(seconds=seconds)


# What is edited


async def test_an_edit_that_was_made_before_the_question_and_is_told_late_does_not_answer_it(house: House) -> None:
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.sandbox.settle()
    house.sandbox.world.webhooks.hold()
    house.sandbox.actor("rene").edit_issue(issue, body=LITTLE)
    time_passes(house, 5)
    await house.works()
    assert len(house.comments(issue)) == 1, "triage has read the edited description, and asks"
    house.sandbox.world.webhooks.release()
    await house.works()
    assert await clarified(house, issue) == "still waiting"
    assert len(house.comments(issue)) == 1
    house.sandbox.actor("rene").edit_issue(issue, body=f"{LITTLE} And at track 4.")
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)


async def test_a_title_answers_nothing_whatever_the_description_says(house: House) -> None:
    issue = await opens(house, LITTLE)
    house.sandbox.actor("rene").edit_issue(issue, title="The signal fails at track 3")
    await house.works()
    assert await clarified(house, issue) == "still waiting"
    house.sandbox.actor("rene").edit_issue(issue, title="The signal fails", body=f"{LITTLE} And at track 4.")
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)


@pytest.mark.parametrize("body", ["+1", "Thanks!", "### Version\n\n_No response_\n", ""])
async def test_a_description_that_says_nothing_answers_nothing(house: House, body: str) -> None:
    issue = await opens(house, LITTLE)
    house.sandbox.actor("rene").edit_issue(issue, body=body)
    await house.works()
    assert await clarified(house, issue) == "still waiting"


async def test_a_bystander_who_edits_a_comment_is_heard_as_if_it_were_a_new_one(house: House) -> None:
    issue = await opens(house)
    before = house.sandbox.actor("tria").comment(issue, "+1")
    await house.works()
    assert await clarified(house, issue) == "still waiting"
    house.sandbox.actor("tria").edit_comment(before, "+1, with version 2.1 at track 3 as well")
    await house.works()
    assert await clarified(house, issue) == "another look"
    assert house.labels(issue) == {LABEL}
    house.sandbox.actor("will").edit_comment(before, "Version 2.1 at every track, she says")
    await house.works()
    assert await clarified(house, issue) == "still waiting", "nobody puts words into somebody else's mouth"


async def test_an_edit_of_an_old_comment_answers_and_an_edit_before_the_question_does_not(house: House) -> None:
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    early, late = (house.sandbox.actor("rene").comment(issue, "Help!") for _ in range(2))
    await house.sandbox.settle()
    house.sandbox.world.webhooks.hold()
    house.sandbox.actor("rene").edit_comment(early, LITTLE)
    time_passes(house, 5)
    await house.works()
    house.sandbox.world.webhooks.release()
    await house.works()
    assert "clarification: answered" not in await house.rules("clarification", issue.number)
    house.sandbox.actor("rene").edit_comment(late, LITTLE)
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)


async def test_an_edit_counts_though_its_author_has_got_another_name_since(house: House) -> None:
    issue = await opens(house)
    rene = house.sandbox.actor("rene")
    comment = rene.comment(issue, "Help!")
    await house.works()
    time_passes(house, 5)
    house.sandbox.world.webhooks.hold()
    rene.edit_comment(comment, LITTLE)
    rene.user.login = "rene-2"
    house.sandbox.world.webhooks.release()
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)


# While nothing is asked


async def out_of_rounds(house: House) -> Issue:
    issue = await opens(house)
    await says(house, issue, "rene", LITTLE)
    await says(house, issue, "rene", "I do not know where to look.")
    assert house.labels(issue) == {HUMAN}
    return issue


async def test_who_knows_at_last_is_heard_after_the_rounds_are_used_up(house: House) -> None:
    issue = await out_of_rounds(house)
    before = await looks(house, issue)
    house.sandbox.actor("robo[bot]").comment(issue, ANSWER)
    await says(house, issue, "tria", "+1")
    assert await clarified(house, issue) == "no question"
    assert await looks(house, issue) == before, "neither a bot nor a word that adds nothing is a reason to look"
    await says(house, issue, "tria", LITTLE)
    assert await clarified(house, issue) == "another look"
    assert (await house.rules("triage", issue.number))[-1] == "triage: human-needed"
    assert len(house.comments(issue)) == 2, "and nobody is asked again"
    await says(house, issue, "rene", ANSWER)
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"


async def test_an_edited_comment_is_heard_then_too_and_only_as_its_authors(house: House) -> None:
    issue = await out_of_rounds(house)
    comment = next(one for one in issue.comments if one.author.login == "rene")
    before = await looks(house, issue)
    house.sandbox.actor("will").edit_comment(comment, LITTLE + " It is version 2.1.")
    await house.works()
    assert await looks(house, issue) == before
    house.sandbox.actor("rene").edit_comment(comment, ANSWER)
    await house.works()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"


async def test_an_issue_that_is_ready_is_left_to_those_who_discuss_it(house: House) -> None:
    issue = await opens(house, WORK, "Paint the station")
    assert await looks(house, issue) == 1
    before = len(house.sandbox.faults.requests)
    await says(house, issue, "rene", "The app crashes when I open the picture of it.")
    assert await looks(house, issue) == 1
    assert house.comments(issue) == []
    about = [seen.path for seen in house.sandbox.faults.requests[before:] if "/issues/" in seen.path]
    assert about == [], "and GitHub is not asked about it"


async def test_a_pull_request_is_not_looked_at_because_somebody_speaks(house: House) -> None:
    will = house.sandbox.actor("will")
    await will.push(REPO, "topic", {"train.txt": "0"})
    pull = await will.open_pull(REPO, "topic", "A train", "It fails.")
    await says(house, pull.issue, "rene", LITTLE)
    assert await house.rules("triage", pull.issue.number) == []


async def test_a_description_that_is_edited_is_looked_at_again_whatever_was_said_of_it(house: House) -> None:
    issue = await opens(house, ANSWER)
    assert await house.rules("triage", issue.number) == ["triage: ready"]
    robo = house.sandbox.world.user("robo[bot]")
    issues.edit_issue(house.sandbox.world, issue, robo, body=f"{ANSWER}\n\nSee #7.")
    issues.edit_issue(house.sandbox.world, issue, house.sandbox.world.user("nora"), body=LITTLE)
    await house.works()
    assert await looks(house, issue) == 1, "neither a bot's edit nor that of somebody without a say"
    house.sandbox.actor("rene").edit_issue(issue, body="Thanks!")
    await house.works()
    assert await looks(house, issue) == 1
    house.sandbox.actor("rene").edit_issue(issue, title="Duplicate of #1")
    await house.works()
    assert await looks(house, issue) == 2
    house.sandbox.actor("tria").edit_issue(issue, title="Signal fails")
    await house.works()
    assert await looks(house, issue) == 2, "she may edit it, and is not one of those who may answer"
    house.sandbox.actor("will").edit_issue(issue, body=LITTLE)
    await house.works()
    assert await looks(house, issue) == 3
    assert house.labels(issue) == {LABEL}


async def test_a_label_that_a_bot_had_set_waits_for_nobody_once_a_human_takes_it_away(house: House) -> None:
    house.sandbox.actor("ada").open_issue(REPO, "Make the label", WORK, labels=[LABEL])
    issue = house.sandbox.actor("robo[bot]").open_issue(REPO, "Signal fails", "", labels=[LABEL])
    issue.author = house.sandbox.world.user("rene")  # opened in a form whose bot sets the label
    await house.works()
    assert await house.rules("triage", issue.number) == ["triage: waiting"]
    house.sandbox.actor("robo[bot]").unlabel(issue, LABEL)
    await house.works()
    assert await looks(house, issue) == 1
    house.sandbox.actor("robo[bot]").label(issue, LABEL)
    house.sandbox.actor("tria").unlabel(issue, LABEL)
    await house.works()
    assert "clarification: another look" in await house.rules("clarification", issue.number)
    assert await house.rules("triage", issue.number) == ["triage: waiting", "triage: needs clarification"]


async def test_what_was_never_triaged_is_not_looked_at_because_of_an_edit(house: House) -> None:
    """An issue older than the installation: its author mends a typo, and is not asked anything for it."""
    house.sandbox.world.webhooks.drop = lambda delivery: delivery.action == "opened"
    issue = await opens(house, LITTLE)
    house.sandbox.world.webhooks.drop = lambda _: False
    house.sandbox.actor("rene").edit_issue(issue, body=f"{LITTLE}.")
    await says(house, issue, "rene", "I have mended a typo.")
    assert await looks(house, issue) == 0
    assert house.comments(issue) == []
