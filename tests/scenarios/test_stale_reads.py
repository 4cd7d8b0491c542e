"""Fault G7: GitHub answers a moment after its webhook as if nothing had happened yet. Nothing a human did is missed."""

import asyncio

import pytest

from bot.sandbox.fault_kinds import Status
from bot.sandbox.state import Issue
from tests.harness.house import REPO, House
from tests.harness.story import ANSWER

LABEL = "needs-clarification"
ISSUE = rf"/repos/{REPO}/issues/\d+"
#: Seconds that GitHub's answers lag behind in these stories.
BEHIND = 1.5


@pytest.fixture(autouse=True)
async def patient(house: House) -> None:
    """Reads may lag for as long as in production."""
    await house.restart(INTERLOCK_LOOK_AGAIN="60")


async def asked(house: House) -> Issue:
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.works()
    assert house.labels(issue) == {LABEL}
    return issue


async def test_a_new_issue_that_is_not_there_yet_is_triaged(house: House) -> None:
    house.sandbox.faults.add(Status(404), "GET", ISSUE, times=6)
    issue = await asked(house)
    assert len(house.comments(issue)) == 1
    assert "triage: gone" not in await house.rules("triage")


async def test_an_answer_that_is_not_listed_yet_is_heard(house: House) -> None:
    issue = await asked(house)
    house.sandbox.faults.stale(f"{ISSUE}/comments", BEHIND)
    house.sandbox.actor("rene").comment(issue, f"Track 6. {ANSWER}")
    await house.works()
    assert (await house.rules("clarification", issue.number)).count("clarification: answered") == 1
    assert house.labels(issue) == set()


async def test_a_label_that_seems_to_be_there_still_has_been_taken_away(house: House) -> None:
    issue = await asked(house)
    house.sandbox.faults.stale(ISSUE, BEHIND)
    house.sandbox.actor("tria").unlabel(issue, LABEL)
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"
    assert house.labels(issue) == set()


async def test_a_description_that_seems_to_be_the_old_one_answers(house: House) -> None:
    issue = await asked(house)
    await asyncio.sleep(1)  # GitHub counts whole seconds: within one, nothing tells the old from the new
    house.sandbox.faults.stale(ISSUE, BEHIND)
    house.sandbox.actor("rene").edit_issue(issue, body=ANSWER)
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)
    assert house.labels(issue) == set()


async def test_words_while_nothing_is_asked_are_heard_though_they_are_not_there_yet(house: House) -> None:
    issue = await asked(house)
    for text in ("It stays red at track 3.", "I do not know which."):
        house.sandbox.actor("rene").comment(issue, text)
        await house.works()
    assert (await house.rules("triage", issue.number))[-1] == "triage: human-needed"
    looks = len(await house.rules("triage", issue.number))
    house.sandbox.faults.add(Status(404), "GET", rf"/repos/{REPO}/issues/comments/\d+", times=3)
    house.sandbox.actor("tria").comment(issue, f"I have seen it, too. {ANSWER}")
    await house.works()
    assert len(await house.rules("triage", issue.number)) == looks + 1


async def test_what_is_missing_for_longer_than_a_read_can_lag_is_gone(house: House) -> None:
    """The lane does not wait for ever for a comment that was deleted before anybody looked."""
    await house.restart(INTERLOCK_LOOK_AGAIN="1")
    issue = await asked(house)
    await house.stop()
    words = house.sandbox.actor("rene").comment(issue, f"Track 6. {ANSWER}")
    house.sandbox.actor("rene").delete_comment(words)
    await house.sandbox.settle()
    await house.start()
    await house.ticks()
    assert house.labels(issue) == {LABEL}
    assert await house.dead_letters() == []
    house.sandbox.actor("rene").comment(issue, ANSWER)
    await house.works()
    assert house.labels(issue) == set()
