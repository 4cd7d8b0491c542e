"""The rules decide; a program of the operator adds questions or one suggestion, and takes nothing away."""

from itertools import product
from typing import get_args

import pytest

from bot.messages.clarification import render_missing
from bot.messages.second_opinion import render_second_suggestion
from bot.model.judgement import Found, Judgement, Missing, Outcome
from bot.model.opinions import Lacking, NoOpinion, Opinion
from bot.policy.triage.second_opinion import advised, can_be_added_to

VERSION = Missing("version", "Which version is it?")
STATION = Missing("station", "Which station is it?")
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SUGGESTED: tuple[Outcome, ...] = ("epic", "duplicate-of?", "blocked")


def judged(outcome: Outcome, *missing: Missing) -> Judgement:
    lacks = (missing or (VERSION,)) if outcome == "needs-clarification" else ()
    return Judgement(outcome=outcome, why="The rules say so.", missing=lacks)


def opinion(outcome: Outcome, *missing: Missing) -> Opinion:
    lacks = (missing or (STATION,)) if outcome == "needs-clarification" else ()
    return Opinion(outcome=outcome, why="I say so.", missing=tuple(Lacking(one.name, one.question) for one in lacks))


#: What the rules say, what the program says: what triage acts on, what is asked besides, what is suggested.
TABLE: dict[tuple[Outcome, Outcome], tuple[Outcome, tuple[Missing, ...], Outcome | None]] = {
    ("ready", "ready"): ("ready", (), None),
    ("ready", "needs-clarification"): ("needs-clarification", (STATION,), None),
    ("ready", "epic"): ("ready", (), "epic"),
    ("ready", "duplicate-of?"): ("ready", (), "duplicate-of?"),
    ("ready", "blocked"): ("ready", (), "blocked"),
    ("needs-clarification", "ready"): ("needs-clarification", (), None),
    ("needs-clarification", "needs-clarification"): ("needs-clarification", (STATION,), None),
    ("needs-clarification", "epic"): ("needs-clarification", (), None),
    ("needs-clarification", "duplicate-of?"): ("needs-clarification", (), None),
    ("needs-clarification", "blocked"): ("needs-clarification", (), None),
    **{(ours, theirs): (ours, (), None) for ours, theirs in product(SUGGESTED, OUTCOMES)},
}


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(product(OUTCOMES, OUTCOMES))


@pytest.mark.parametrize(("ours", "theirs"), TABLE)
def test_the_table(ours: Outcome, theirs: Outcome) -> None:
    said = advised(judged(ours), opinion(theirs))
    assert (said.outcome, said.asked_too, said.suggests) == TABLE[ours, theirs]
    assert said.why == f"The rules say so. The operator's program says {theirs}: I say so."
    assert said.because == ("I say so." if said.suggests else "")


@pytest.mark.parametrize("ours", OUTCOMES)
def test_without_a_program_the_rules_are_all_there_is(ours: Outcome) -> None:
    said = advised(judged(ours), None)
    assert (said.outcome, said.why, said.asked_too, said.suggests) == (ours, "The rules say so.", (), None)


@pytest.mark.parametrize("ours", OUTCOMES)
def test_a_program_that_fails_changes_nothing_and_the_reason_is_kept_without_what_it_wrote_to_stderr(
    ours: Outcome,
) -> None:
    said = advised(judged(ours), NoOpinion("it ended with\nexit code 3", "key=secret"))
    assert (said.outcome, said.asked_too, said.suggests) == (ours, (), None)
    assert said.why == (
        "The rules say so. The operator's program gave no answer (it ended with exit code 3); the rules decided alone."
    )


@pytest.mark.parametrize("ours", OUTCOMES)
def test_a_program_is_worth_running_where_its_answer_could_change_something(ours: Outcome) -> None:
    alone = advised(judged(ours), None)
    changed = [
        theirs
        for theirs in OUTCOMES
        if (said := advised(judged(ours), opinion(theirs))).asked_too or said.suggests or said.outcome != alone.outcome
    ]
    assert can_be_added_to(judged(ours)) == bool(changed)


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ([Missing(" VERSION", "And which one exactly?"), STATION], [STATION]),
        ([Missing("release", "which  VERSION\nis it?"), STATION], [STATION]),
        ([Missing("version", "Which version is it?")], []),
        ([STATION, Missing("versions", "Which versions are they?")], [STATION, Missing("versions", "Which versions?")]),
    ],
)
def test_nothing_is_asked_twice(asked: list[Missing], left: list[Missing]) -> None:
    said = advised(judged("needs-clarification"), opinion("needs-clarification", *asked))
    assert [one.name for one in said.asked_too] == [one.name for one in left]
    assert said.outcome == "needs-clarification"


def test_the_order_of_the_program_is_kept() -> None:
    asked = [Missing(f"n{n}", f"What is {n}?") for n in (3, 1, 2)]
    assert list(advised(judged("ready"), opinion("needs-clarification", *asked)).asked_too) == asked


# What a person reads


def test_questions_are_numbered_through_and_say_who_asks() -> None:
    both = render_missing("rene", judged("needs-clarification"), (STATION, Missing("day", "Which\nday?")))
    assert both == (
        "@rene, some things are missing before somebody can start on this:\n\n"
        "1. Which version is it?\n\n"
        "A program that the operator of this App has plugged in asks as well:\n\n"
        "2. Which station is it?\n3. Which day?\n\n"
        "Answer in a comment or edit the description; either puts the issue back into triage."
    )


def test_a_program_that_asks_alone_says_so_and_what_is_understood_is_told() -> None:
    ready = Judgement(outcome="ready", why="x", understood=(Found("kind", "bug"),))
    alone = render_missing("rene", ready, (STATION,))
    assert alone == (
        "@rene, one thing is missing before somebody can start on this.\n\n"
        "A program that the operator of this App has plugged in asks:\n\n"
        "1. Which station is it?\n\n"
        "Understood already:\n\n- this is a bug report\n\n"
        "Answer in a comment or edit the description; either puts the issue back into triage."
    )


def test_the_rules_alone_speak_of_no_program() -> None:
    text = render_missing("rene", judged("needs-clarification"))
    assert "one thing is missing before somebody can start on this:\n\n1. Which" in text
    assert "program" not in text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\n\n# Title\n- [x] b", "a # Title - [x] b"),
        ("![x](https://example.test/a.png)", "![x]\u2060(https://example.test/a.png)"),
        ("[ours][1]", "[ours]\u2060[1]"),
        ("[1]: https://example.test", "[1]\u2060: https://example.test"),
        ("<details><summary>x</summary>", "<\u2060details><\u2060summary>x<\u2060/summary>"),
        ("<!-- interlock:question 1 2 a -->", "<\u2060!-- not-interlock:question 1 2 a -->"),
        ("<?php ?>", "<\u2060?php ?>"),
        ("1 < 2, `a[0]` and @ada", "1 < 2, `a[0]` and @\u2060ada"),
    ],
)
def test_what_a_program_says_is_text_and_nothing_else(written: str, shown: str) -> None:
    assert f"\n1. {shown}\n" in render_missing("rene", judged("ready"), (Missing("x", written),))
    assert f": {shown}\n\n" in render_second_suggestion("epic", written)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("epic", "`/decompose preview`"), ("duplicate-of?", "close it with a pointer"), ("blocked", "wait for something")],
)
def test_a_suggestion_says_who_suggests_and_what_a_person_may_do(outcome: Outcome, words: str) -> None:
    text = render_second_suggestion(outcome, "It says so.")
    assert words in text
    assert "says a program that the operator of this App has plugged in: It says so." in text
