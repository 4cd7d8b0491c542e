"""A program of the operator beside the rules of triage, live: what it adds, cannot do, and when it is not run."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from bot.model.config import CONFIG_FILE
from bot.model.markers import markers_in
from bot.sandbox.state import Comment, Issue
from tests.harness.emitted import LINE, NASTY
from tests.harness.house import REPO, House
from tests.harness.story import ANSWER, WORK
from tests.programs.given import python

LABEL, HUMAN = "needs-clarification", "human-needed"
PROGRAM = "program that the operator of this App has plugged in"
EPIC = "\n".join(f"- [ ] lay track {n}" for n in range(5))
STATION = {"name": "station", "question": "Which station is it?"}
ASKS = {"outcome": "needs-clarification", "why": "No station is named.", "missing": [STATION]}
READY = {"outcome": "ready", "why": "The station is named."}
#: Writes down what it is asked, then does what `then` says with `told`.
NOTES = """
import json, pathlib, sys, time
told = json.load(sys.stdin.buffer)
with open(sys.argv[1], "a", encoding="utf-8") as notes:
    print(json.dumps(told), file=notes)
"""
ASKS_FOR_STATION = f"print(json.dumps({READY} if 'Harbour' in told['body'] else {ASKS}))"


class Plugged:
    """What the program was asked so far."""

    def __init__(self, notes: Path) -> None:
        self.notes = notes

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.notes.read_text(encoding="utf-8").splitlines()]


async def plugged(house: House, folder: Path, then: str, *, timeout: str = "30") -> Plugged:
    """The bot, started again with a program that notes what it is asked and then does `then`."""
    notes = folder / "notes.jsonl"
    notes.touch()
    command = shlex.join(python(folder, NOTES + then, str(notes)))
    await house.restart(INTERLOCK_TRIAGE_COMMAND=command, INTERLOCK_PROGRAM_TIMEOUT=timeout)
    return Plugged(notes)


def answering(answer: object) -> str:
    return f"print({json.dumps(json.dumps(answer))})"


async def opens(house: House, body: str = WORK, title: str = "Paint the station", by: str = "rene") -> Issue:
    issue = house.sandbox.actor(by).open_issue(REPO, title, body)
    await house.works()
    return issue


async def says(house: House, issue: Issue, login: str, text: str) -> list[Comment]:
    """What the bot answers."""
    before = len(house.comments(issue))
    house.sandbox.actor(login).comment(issue, text)
    await house.works()
    return house.comments(issue)[before:]


async def newest(house: House, issue: Issue) -> tuple[str, str]:
    """Rule and reason of triage's last decision."""
    decision = (await house.decided("triage", issue.number))[-1].decision
    return decision.rule, decision.why


async def test_a_question_of_the_program_is_asked_answered_and_heard(house: House, tmp_path: Path) -> None:
    program = await plugged(house, tmp_path, ASKS_FOR_STATION)
    issue = await opens(house)
    (question,) = house.comments(issue)
    assert "@rene, one thing is missing" in question.body
    assert f"{PROGRAM} asks:\n\n1. Which station is it?\n" in question.body
    assert house.labels(issue) == {LABEL}
    (marker,) = markers_in(question.body, house.settings.signing_key)
    assert marker.kind == "question"
    rule, why = await newest(house, issue)
    assert rule == "needs clarification"
    assert why.endswith("The operator's program says needs-clarification: No station is named.")
    await says(house, issue, "rene", "The one at the Harbour.")
    assert len(house.comments(issue)) == 1
    assert house.labels(issue) == set()
    rule, why = await newest(house, issue)
    assert rule == "ready"
    assert why.endswith("The operator's program says ready: The station is named.")
    assert [one["body"] for one in program.asked] == [WORK, f"{WORK}\n\nThe one at the Harbour."]
    assert program.asked[0] == {
        "schema": 1,
        "kind": "triage",
        "repository": REPO,
        "number": issue.number,
        "title": "Paint the station",
        "body": WORK,
        "labels": [],
        "author": "rene",
    }


async def test_it_asks_behind_the_rules_in_one_comment(house: House, tmp_path: Path) -> None:
    again = {"name": "Version", "question": "And the version?"}
    await plugged(house, tmp_path, answering(ASKS | {"missing": [again, STATION]}))
    issue = await opens(house, "It stays red. Run `signal --test`, it should turn green.", "Signal fails")
    (question,) = house.comments(issue)
    assert "1. Which version or commit" in question.body
    assert f"{PROGRAM} asks as well:\n\n2. Which station is it?\n\n" in question.body
    assert "And the version?" not in question.body
    assert "Understood already" in question.body


@pytest.mark.parametrize("outcome", ["ready", "epic", "duplicate-of?", "blocked"])
async def test_no_answer_takes_a_question_of_the_rules_away(house: House, tmp_path: Path, outcome: str) -> None:
    program = await plugged(house, tmp_path, answering({"outcome": outcome, "why": "All is well."}))
    issue = await opens(house, "", "Signal fails")
    (question,) = house.comments(issue)
    assert "What is this about" in question.body
    assert PROGRAM not in question.body
    assert house.labels(issue) == {LABEL}
    assert (await newest(house, issue))[1].endswith(f"The operator's program says {outcome}: All is well.")
    assert len(program.asked) == 1


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("epic", "looks like an epic"), ("duplicate-of?", "may be a duplicate"), ("blocked", "seems to wait")],
)
async def test_what_else_it_thinks_is_suggested_once_and_never_done(
    house: House, tmp_path: Path, outcome: str, words: str
) -> None:
    await plugged(house, tmp_path, answering({"outcome": outcome, "why": "So says my model."}))
    issue = await opens(house)
    (suggestion,) = house.comments(issue)
    assert words in suggestion.body
    assert f"{PROGRAM}: So says my model." in suggestion.body
    (answer,) = await says(house, issue, "tria", "/triage")
    assert "Triage says **ready**" in answer.body
    assert f"says {outcome}: So says my model." in answer.body
    assert await house.rules("triage", issue.number) == ["triage: ready"] * 2
    assert (issue.state, issue.children, house.labels(issue)) == ("open", [], set())


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("sys.stderr.write('the key is 4711'); sys.exit(3)", "it ended with exit code 3"),
        ("print('I think it is ready.')", "its answer is not JSON in UTF-8"),
        ("print(json.dumps({'outcome': 'close', 'why': 'x'}))", "its answer does not fit: Invalid enum value 'close'"),
        ("time.sleep(300)", "it did not answer within 0.5 s"),
    ],
    ids=["exit code", "no JSON", "no answer of ours", "too slow"],
)
async def test_when_it_fails_the_rules_decide_and_the_decision_says_so(
    house: House, tmp_path: Path, then: str, told: str
) -> None:
    timeout = "0.5" if "sleep" in then else "30"
    program = await plugged(house, tmp_path, then, timeout=timeout)
    ready, silent = await opens(house), await opens(house, "", "Signal fails")
    assert house.comments(ready) == []
    (question,) = house.comments(silent)
    assert "What is this about" in question.body
    assert "program" not in question.body
    for issue, rule in ((ready, "ready"), (silent, "needs clarification")):
        decided, why = await newest(house, issue)
        assert decided == rule
        assert f"The operator's program gave no answer ({told}" in why
        assert why.endswith("; the rules decided alone.")
    assert await house.dead_letters() == []
    (answer,) = await says(house, ready, "rene", "/why")
    assert "The operator's program gave no answer" in answer.body
    assert told in answer.body
    assert "4711" not in answer.body, "what it wrote to stderr is for the operator"
    if timeout != "0.5":  # else it is killed before it can note anything, on a busy machine
        assert [one["number"] for one in program.asked] == [ready.number, silent.number], "nothing is tried again"


async def test_it_is_asked_while_rounds_last_and_then_a_human_is_needed(house: House, tmp_path: Path) -> None:
    program = await plugged(house, tmp_path, answering(ASKS))
    issue = await opens(house)
    await says(house, issue, "rene", "It has a clock tower.")
    await says(house, issue, "rene", "And two tracks.")
    assert len(house.comments(issue)) == 2
    assert house.labels(issue) == {HUMAN}
    assert await house.rules("triage", issue.number) == ["triage: needs clarification"] * 2 + ["triage: human-needed"]
    assert len(program.asked) == 3
    assert "says needs-clarification: No station" in (await newest(house, issue))[1]
    house.sandbox.actor("ada").label(issue, "harbour")
    await says(house, issue, "tria", "/triage")
    assert program.asked[-1]["labels"] == ["harbour"], "our own labels prove nothing"


async def test_it_is_not_run_where_it_could_add_nothing(house: House, tmp_path: Path) -> None:
    """Whatever the rules say without looking at the text, or say of it in a way that nobody can add to."""
    program = await plugged(house, tmp_path, answering(ASKS))
    ada = house.sandbox.actor("ada")

    async def assert_not_run(issue: Issue, rule: str) -> None:
        asked = len(program.asked)
        await says(house, issue, "tria", "/triage")
        assert (await newest(house, issue))[0] == rule
        assert len(program.asked) == asked

    waiting = await opens(house)
    assert len(program.asked) == 1
    await assert_not_run(waiting, "waiting")
    await says(house, waiting, "tria", "/answered")
    await assert_not_run(waiting, "ready")
    closed = await opens(house, WORK)
    ada.close(closed)
    await says(house, closed, "tria", "/answered")
    await assert_not_run(closed, "not triaged")
    held = await opens(house, WORK)
    await says(house, held, "tria", "/answered")
    await says(house, held, "tria", "/hold")
    await assert_not_run(held, "held")
    run = len(program.asked)
    for body, rule in (
        (EPIC, "epic"),
        (f"Duplicate of #{closed.number}", "duplicate-of?"),
        (f"Blocked by #{held.number}", "blocked"),
    ):
        issue = await opens(house, body, "A new line")
        assert (await newest(house, issue))[0] == rule
        await assert_not_run(issue, rule)
    robots = await opens(house, WORK, by="robo[bot]")
    await assert_not_run(robots, "not triaged")
    marked = house.sandbox.actor("ada").open_issue(REPO, "Signal fails", "", labels=[LABEL])
    await house.works()
    await assert_not_run(marked, "waiting")
    parent = await opens(house, EPIC, "A new line")
    await says(house, parent, "tria", "/decompose")
    (child, *_) = parent.children
    await assert_not_run(parent, "decomposed")
    assert await house.rules("triage", child.number) == ["triage: not triaged"]
    assert len(program.asked) == run


async def test_it_is_not_run_for_a_persons_question_nor_once_the_rules_alone_need_a_human(
    house: House, tmp_path: Path
) -> None:
    program = await plugged(house, tmp_path, answering(READY))
    clear = await opens(house)
    await says(house, clear, "tria", "/clarify Which colour?")
    assert len(program.asked) == 1
    silent = await opens(house, "", "Signal fails")
    for text in ("I do not know where to look.", "It is red now."):
        await says(house, silent, "rene", text)
    assert house.labels(silent) == {HUMAN}
    assert len(program.asked) == 3, "once for each round"


async def test_where_triage_is_switched_off_it_is_run_for_a_command_only(house: House, tmp_path: Path) -> None:
    program = await plugged(house, tmp_path, answering(READY))
    await house.sandbox.actor("ada").push(REPO, "main", {CONFIG_FILE: "triage: {enabled: false}\n"})
    issue = await opens(house)
    assert (await newest(house, issue))[0] == "not triaged"
    assert program.asked == []
    (answer,) = await says(house, issue, "tria", "/triage")
    assert "says ready: The station is named." in answer.body
    await says(house, issue, "rene", "/triage")
    assert len(program.asked) == 1, "nobody who may not ask us has it run"


@pytest.mark.parametrize("outcome", ["needs-clarification", "epic"])
async def test_its_words_are_nobodys_commands(house: House, tmp_path: Path, outcome: str) -> None:
    """What it repeats of the issue may be anything; the bot's own comment must command, mention and close nothing."""
    missing = [{"name": "x", "question": NASTY[:500]}, {"name": "y", "question": LINE}]
    answer = {"outcome": outcome, "why": NASTY[:1000], "missing": missing if outcome == "needs-clarification" else []}
    await plugged(house, tmp_path, answering(answer))
    issue = await opens(house, ANSWER)
    (said,) = house.comments(issue)
    assert PROGRAM in said.body
    assert "@ada" not in said.body
    assert "closes #1" not in said.body
    assert [marker.issue for marker in markers_in(said.body, house.settings.signing_key)] == [issue.id]
    (told,) = await says(house, issue, "tria", "/why")
    assert "@ada" not in told.body
    for comment in (said, told):
        house.sandbox.actor("ada").comment(issue, comment.body)
    await house.works()
    assert [one.command for one in await house.decided() if one.command] == ["why"]
    assert await house.dead_letters() == []
