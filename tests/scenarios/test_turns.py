"""Whose turn it is, over several turns: rounds, labels in a person's hand, holds, reminders, and the breaker."""

import asyncio

import pytest

from bot.model.config import CONFIG_FILE
from bot.sandbox.fault_kinds import Delay
from bot.sandbox.state import Issue
from tests.harness.house import REPO, House
from tests.harness.story import ANSWER, REQUESTS, WORK

CHECK = "interlock/provenance"
LABEL, HUMAN = "needs-clarification", "human-needed"
BREAKER = "safety: {decisions_per_hour: 3}\n"
#: Says everything but where.
NO_VERSION = "It stays red. Run `signal --test`, it should turn green."
QUESTIONS = {
    "description": "What is this about",
    "steps": "step by step",
    "expected": "to happen",
    "version": "version",
}


def asks(body: str) -> set[str]:
    """Which things a question of ours asks for."""
    listed = "\n".join(line for line in body.splitlines() if line[:2] in {f"{n}." for n in range(1, 9)})
    return {name for name, words in QUESTIONS.items() if words in listed}


async def opens(house: House, body: str = "", title: str = "Signal fails", labels: tuple[str, ...] = ()) -> Issue:
    issue = house.sandbox.actor("rene").open_issue(REPO, title, body, labels=labels)
    await house.works()
    return issue


async def says(house: House, issue: Issue, login: str, text: str) -> None:
    house.sandbox.actor(login).comment(issue, text)
    await house.works()


async def configured(house: House, text: str) -> None:
    await house.sandbox.actor("ada").push(REPO, "main", {CONFIG_FILE: text})
    await house.works()


async def out_of_rounds(house: House) -> Issue:
    """Asked twice, and answered twice with next to nothing."""
    issue = await opens(house)
    await says(house, issue, "rene", NO_VERSION)
    await says(house, issue, "rene", "I do not know where to look.")
    return issue


def asked(rules: list[str]) -> int:
    return rules.count("triage: needs clarification")


# Rounds


async def test_exactly_what_is_missing_is_asked_in_one_comment(house: House) -> None:
    silent, nearly = await opens(house), await opens(house, NO_VERSION)
    (everything,), (one_thing,) = house.comments(silent), house.comments(nearly)
    assert asks(everything.body) == set(QUESTIONS)
    assert asks(one_thing.body) == {"version"}
    assert "one thing is missing" in one_thing.body
    assert "signal --test" in one_thing.body, "what is understood is said"


async def test_the_second_round_asks_only_for_what_is_still_missing(house: House) -> None:
    issue = await opens(house)
    await says(house, issue, "rene", NO_VERSION)
    _, second = house.comments(issue)
    assert asks(second.body) == {"version"}
    assert house.labels(issue) == {LABEL}
    await says(house, issue, "rene", "Version 2.1 under Linux.")
    assert house.labels(issue) == set()
    assert await house.rules("triage", issue.number) == ["triage: needs clarification"] * 2 + ["triage: ready"]


async def test_after_two_rounds_a_human_is_needed_and_nobody_is_asked(house: House) -> None:
    issue = await out_of_rounds(house)
    assert house.labels(issue) == {HUMAN}
    assert len(house.comments(issue)) == 2
    for text in ("/triage", "Still red."):
        await says(house, issue, "tria", text)
    assert asked(await house.rules("triage", issue.number)) == 2
    assert (await house.rules("triage", issue.number))[-1] == "triage: human-needed"
    assert sum(key.endswith("human/rounds/2") for key in await house.states()) == 1


async def test_a_human_who_takes_human_needed_away_lets_the_rounds_begin_again(house: House) -> None:
    issue = await out_of_rounds(house)
    house.sandbox.actor("robo[bot]").unlabel(issue, HUMAN)
    await house.works()
    assert len(house.comments(issue)) == 2, "a bot gives nothing back"
    house.sandbox.actor("ada").label(issue, HUMAN)
    house.sandbox.actor("tria").unlabel(issue, HUMAN)
    await house.works()
    assert "clarification: given back" in await house.rules("clarification", issue.number)
    assert house.labels(issue) == {LABEL}
    assert asks(house.comments(issue)[-1].body) == {"version"}
    assert len(house.comments(issue)) == 3
    await says(house, issue, "rene", "I still do not know it.")
    await says(house, issue, "rene", "No, really not.")
    assert asked(await house.rules("triage", issue.number)) == 4
    assert house.labels(issue) == {HUMAN}, "for a new cause it may be set again"


async def test_a_label_that_was_taken_away_stays_away_for_its_question_and_may_come_for_the_next(house: House) -> None:
    issue = await opens(house)
    house.sandbox.actor("tria").unlabel(issue, LABEL)
    await house.works()
    assert house.labels(issue) == set()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready", "no answer is needed, a person says"
    await says(house, issue, "tria", "/clarify Which version is it?")
    assert house.labels(issue) == {LABEL}
    labels = [key for key in await house.states() if key.startswith(f"label/{issue.id}/")]
    assert labels == [f"label/{issue.id}/1", f"label/{issue.id}/2"]


async def test_our_own_labels_prove_nothing(house: House) -> None:
    """A repository whose label for open questions is called like a kind of issue: it must not change the kind."""
    await configured(house, "labels: {clarification: question, human: documentation}\n")
    issue = await opens(house)
    assert house.labels(issue) == {"question"}
    await says(house, issue, "rene", NO_VERSION)
    assert asks(house.comments(issue)[-1].body) == {"version"}
    await says(house, issue, "rene", "I do not know.")
    assert house.labels(issue) == {"documentation"}
    await says(house, issue, "tria", "/triage")
    assert (await house.rules("triage", issue.number))[-1] == "triage: human-needed"


# A label in a person's hand


async def test_a_person_who_sets_the_label_waits_for_the_author_without_a_question(house: House) -> None:
    issue = await opens(house, ANSWER)
    await says(house, issue, "rene", "It was raining, by the way.")
    await asyncio.sleep(1.1)  # GitHub's times are whole seconds; within one nobody knows who came first
    house.sandbox.actor("ada").label(issue, LABEL)
    await house.works()
    assert house.comments(issue) == []
    assert (await house.rules("clarification", issue.number))[-1] == "clarification: waiting by hand"
    house.sandbox.actor("robo[bot]").comment(issue, "I am a bot, and it rains.")
    house.sandbox.actor("tria").comment(issue, "+1")
    await house.works()
    assert "clarification: answered" not in await house.rules("clarification", issue.number)
    assert house.labels(issue) == {LABEL}
    await says(house, issue, "rene", "It happens on track 4, too.")
    assert (await house.rules("clarification", issue.number)).count("clarification: answered") == 1
    assert house.labels(issue) == set()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"
    assert house.comments(issue) == []


async def test_an_issue_opened_with_the_label_is_waited_for_and_not_asked(house: House) -> None:
    house.sandbox.actor("ada").open_issue(REPO, "Make the label", WORK, labels=[LABEL])
    issue = house.sandbox.actor("ada").open_issue(REPO, "Signal fails", "", labels=[LABEL])
    await house.works()
    assert house.comments(issue) == []
    assert await house.rules("triage", issue.number) == ["triage: waiting"]
    assert (await house.rules("clarification", issue.number))[-1] == "clarification: waiting by hand"
    house.sandbox.actor("ada").edit_issue(issue, body=ANSWER)
    await house.works()
    assert house.labels(issue) == set()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"


async def test_a_label_set_and_taken_away_by_hand_asks_nobody(house: House) -> None:
    issue = await opens(house, ANSWER)
    house.sandbox.actor("rene").edit_issue(issue, body="It fails.")
    house.sandbox.actor("ada").label(issue, LABEL)
    await house.works()
    house.sandbox.actor("ada").unlabel(issue, LABEL)
    await house.works()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"
    assert house.comments(issue) == []


# A question that is gone


async def test_a_deleted_question_is_asked_again_at_most_once(house: House) -> None:
    issue = await opens(house)
    for expected in (2, 2):
        for question in house.comments(issue):
            house.sandbox.actor("ada").delete_comment(question)
        await house.works()
        assert asked(await house.rules("triage", issue.number)) == expected
    rules = await house.rules("clarification", issue.number)
    assert rules.count("clarification: void") == 2
    assert (await house.rules("triage", issue.number))[-1] == "triage: human-needed"
    assert house.comments(issue) == []


async def test_another_comment_of_ours_that_is_deleted_voids_nothing(house: House) -> None:
    issue = await opens(house)
    await says(house, issue, "rene", "/help")
    house.sandbox.actor("ada").delete_comment(house.comments(issue)[-1])
    await house.works()
    assert "clarification: void" not in await house.rules("clarification", issue.number)
    assert asked(await house.rules("triage", issue.number)) == 1


# Hold


async def test_on_hold_nothing_is_started_and_answers_are_noted(house: House) -> None:
    issue = await opens(house)
    await says(house, issue, "tria", "/hold until the *inspection*")
    assert "until the" in house.comments(issue)[-1].body
    await says(house, issue, "rene", NO_VERSION)
    assert "clarification: answered" in await house.rules("clarification", issue.number)
    assert (await house.rules("triage", issue.number))[-1] == "triage: held"
    assert asked(await house.rules("triage", issue.number)) == 1
    for command, handler in (("/plan", "plan"), ("/decompose", "decompose"), ("/triage", "triage")):
        before = len(house.comments(issue))
        await says(house, issue, "will", command)
        assert (await house.rules(handler, issue.number))[-1] == f"{handler}: held"
        assert len(house.comments(issue)) == before + 1
        assert "/unhold" in house.comments(issue)[-1].body
    house.sandbox.actor("ada").label(issue, "epic")
    await house.works()
    assert (await house.rules("decompose", issue.number))[-1] == "decompose: held"
    assert house.labels(issue) == {"epic"}
    house.sandbox.actor("ada").unlabel(issue, "epic")
    await says(house, issue, "tria", "/unhold")
    assert asked(await house.rules("triage", issue.number)) == 2
    assert asks(house.comments(issue)[-1].body) == {"version"}
    await says(house, issue, "tria", "/unhold")
    assert "not on hold" in house.comments(issue)[-1].body
    assert (await house.rules("hold", issue.number))[-1] == "hold: not held"


async def test_a_hold_of_one_issue_is_none_of_another(house: House) -> None:
    held, free = await opens(house, WORK, "Paint it"), await opens(house, WORK, "Paint it too")
    await says(house, held, "tria", "/hold")
    await says(house, free, "will", "/plan")
    assert (await house.rules("plan", free.number))[-1] != "plan: held"
    assert "no reason given" in house.comments(held)[-1].body


# The breaker


async def test_the_breaker_stops_what_no_human_caused_says_so_once_and_a_human_resets_it(house: House) -> None:
    """A bot with write access drives us: it reopens an issue of which we say each time that a human is needed."""
    await configured(house, BREAKER)
    issue = await out_of_rounds(house)
    robo = house.sandbox.actor("robo[bot]")

    async def reopens(times: int) -> None:
        for _ in range(times):
            robo.close(issue)
            robo.reopen(issue)
            await house.works()

    await reopens(3)
    assert "triage: breaker" not in await house.rules("triage", issue.number), "three in an hour need no human"
    assert len(house.comments(issue)) == 2
    await reopens(3)
    assert (await house.rules("triage", issue.number))[-4:] == ["triage: human-needed"] + ["triage: breaker"] * 3
    said = house.comments(issue)[2:]
    assert len(said) == 1, "once"
    assert "stopped writing here" in said[0].body
    assert "3 decisions" in said[0].body
    await says(house, issue, "rene", "Who is it that reopens this?")
    await reopens(1)
    assert (await house.rules("triage", issue.number))[-1] == "triage: human-needed"
    await reopens(3)
    assert len(house.comments(issue)) == 4, "and it is said again when it trips again"


async def test_what_humans_cause_never_trips_it(house: House) -> None:
    await configured(house, BREAKER)
    issue = await opens(house)
    await says(house, issue, "tria", "/answered")
    for n in range(4):
        await says(house, issue, "tria", f"/clarify Number {n}?")
        await says(house, issue, "tria", "/answered")
    assert "breaker" not in " ".join(await house.rules(number=issue.number))


async def test_a_verdict_is_never_held_back(house: House) -> None:
    """Verdicts count for nothing and are given though the breaker is open."""
    await configured(house, BREAKER)
    will, robo = house.sandbox.actor("will"), house.sandbox.actor("robo[bot]")
    await will.push(REPO, "topic", {"train.txt": "0"})
    pull = await will.open_pull(REPO, "topic", "A train", "It runs.")
    await house.works()
    checks = house.sandbox.world.repository(REPO).check_runs
    for n in range(1, 6):
        (*_, newest) = [run for run in checks.values() if run.name == CHECK]
        robo.rerequest_check(REPO, newest)
        await house.works()
        assert len([run for run in checks.values() if run.name == CHECK]) == 1 + n
    assert "breaker" not in " ".join(await house.rules(number=pull.issue.number))


# Reminders


async def test_a_reminder_comes_once_after_the_time_and_never_closes(house: House) -> None:
    issue, early = await opens(house), await opens(house)
    await house.ticks()
    assert await house.rules("reminders") == ["reminders: nobody to remind"]
    await house.days_pass(6)
    await house.ticks()
    assert len(house.comments(issue)) == 1
    await house.days_pass(2)
    await says(house, early, "rene", ANSWER)
    for _ in range(2):
        await house.ticks()
    _question, reminder = house.comments(issue)
    assert "@rene" in reminder.body
    assert "still open" in reminder.body
    assert len(house.comments(early)) == 1, "who has answered is not reminded"
    await house.days_pass(30)
    await house.ticks()
    assert len(house.comments(issue)) == 2
    assert issue.state == "open"
    assert (await house.rules("clarification", issue.number)).count("clarification: reminder") == 1
    assert "clarification: answered" not in await house.rules("clarification", issue.number)
    await says(house, issue, "rene", ANSWER)
    assert house.labels(issue) == set()


async def test_a_label_by_hand_is_reminded_of_too(house: House) -> None:
    issue = await opens(house, ANSWER)
    house.sandbox.actor("ada").label(issue, LABEL)
    await house.works()
    await house.days_pass(8)
    await house.ticks()
    (reminder,) = house.comments(issue)
    assert "@rene" in reminder.body


# Children and suggestions

CHILD = "- [ ] Signal fails at the harbour\n"


async def test_a_child_of_ours_is_not_triaged_and_costs_no_request(house: House) -> None:
    epic = await opens(house, CHILD, "A new line")
    await says(house, epic, "tria", "/decompose")
    (child,) = epic.children
    assert await house.rules("triage", child.number) == ["triage: not triaged"]
    assert house.comments(child) == []
    paths = [seen.path for seen in house.sandbox.faults.requests if not seen.caller.startswith("user:")]
    assert [path for path in paths if f"/issues/{child.number}" in path] == []


async def test_a_question_about_a_child_goes_to_who_commanded_the_epic(house: House) -> None:
    epic = await opens(house, CHILD, "A new line")
    await says(house, epic, "tria", "/decompose")
    (child,) = epic.children
    await says(house, child, "will", "/clarify Which signal is it?")
    question = house.comments(child)[-1]
    assert "@tria" in question.body
    assert "Which signal" in question.body
    await says(house, child, "rene", "I would guess the first.")
    assert "clarification: answered" not in await house.rules("clarification", child.number)
    await says(house, child, "tria", "The one at the mole.")
    assert "clarification: answered" in await house.rules("clarification", child.number)
    assert house.labels(child) == {LABEL}
    assert "@tria" in house.comments(child)[-1].body, "what is missing still is asked of the same person"
    assert "version" in asks(house.comments(child)[-1].body)


EPIC = "\n".join(f"- [ ] lay track {n}" for n in range(5))


async def test_an_epic_is_suggested_once(house: House) -> None:
    epic = await opens(house, EPIC, "A new line")
    (suggestion,) = house.comments(epic)
    assert "/decompose preview" in suggestion.body
    assert epic.children == []
    await says(house, epic, "tria", "/triage")
    assert sum("looks like an epic" in comment.body for comment in house.comments(epic)) == 1
    assert (await house.rules("triage", epic.number)) == ["triage: epic"] * 2


@pytest.mark.parametrize("by", ["label", "command"])
async def test_nobody_is_told_of_an_epic_that_is_decomposed_anyway(house: House, by: str) -> None:
    house.sandbox.actor("ada").open_issue(REPO, "Make the label", WORK, labels=["epic"])
    await house.works()
    body, labels = (EPIC, ["epic"]) if by == "label" else (f"{EPIC}\n\n/decompose\n", [])
    epic = house.sandbox.actor("ada").open_issue(REPO, "A new line", body, labels=labels)
    await house.works()
    assert len(epic.children) == 5
    assert not any("looks like an epic" in comment.body for comment in house.comments(epic))
    assert (await house.rules("triage", epic.number))[0] in ("triage: epic", "triage: decomposed")


async def test_a_duplicate_is_suggested_once_and_nothing_is_closed(house: House) -> None:
    first = await opens(house, ANSWER)
    second = await opens(house, f"Duplicate of #{first.number}")
    (suggestion,) = house.comments(second)
    assert f"#{first.number}" in suggestion.body
    await says(house, second, "tria", "/triage")
    assert sum("may be a duplicate" in comment.body for comment in house.comments(second)) == 1
    assert second.state == "open"
    assert house.labels(second) == set()


async def test_what_is_said_while_the_question_is_being_posted_is_heard_and_the_question_is_not_put(
    house: House,
) -> None:
    """Else the answer would be older than the question, and nobody would hear it."""
    rene = house.sandbox.actor("rene")
    house.sandbox.faults.add(Delay(1.0), *REQUESTS["AddLabel"])
    issue = rene.open_issue(REPO, "Signal fails")
    working = asyncio.create_task(house.works())
    while not any(seen.path.endswith("/labels") for seen in house.sandbox.faults.requests):  # noqa: ASYNC110  # the sandbox has no bell for it
        await asyncio.sleep(0.01)
    rene.comment(issue, ANSWER)
    await working
    await house.works()
    assert house.comments(issue) == []
    assert house.labels(issue) == set()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"
