"""Whose turn is it after each step? The table of lessons section 3, situation by situation."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.policy.thread import Opening, Step, turns

OPENING = Opening(title="It breaks", author="ann", assignees=("Bea",))
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LABEL = "needs-clarification"


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def step(kind: str, author_kind: str, body: str | None = None, **more: Any) -> Step:
    author = {"author": "ann", "maintainer": "max", "human": "zed", "bot": "dep[bot]", "us": "interlock[bot]"}
    return Step(**{"type": kind, "author_kind": author_kind, "author": author[author_kind], "body": body, **more})


def says(author_kind: str, body: str | None = "It is 3.2.", **more: Any) -> Step:
    return step("comment", author_kind, body, **more)


def asks(body: str = "Which version?", **more: Any) -> Step:
    return says("us", body, **more)


def decided(*steps: Step, opening: Opening = OPENING) -> list[str]:
    return [turn.decision for turn in turns(opening, steps)]


def last(*steps: Step, opening: Opening = OPENING) -> str:
    return decided(*steps, opening=opening)[-1]


# --- who answers --------------------------------------------------------------------------------------------------


def answers(given: Step, opening: Opening = OPENING) -> bool:
    """Whether `given` closes the question: afterwards a third one is the second round, not one more beside it."""
    why = turns(opening, [asks("Which?"), given, step("title_edited", "author")])
    return why[1].decision == "requeue" and why[2].decision == "requeue"  # a new title is a reason only when none waits


@pytest.mark.parametrize(
    "given",
    [
        says("author"),
        says("author", permission="none"),  # the author needs no write access
        says("maintainer"),
        says("human", author="ANN"),
        says("human", author="bea"),  # assignee
        says("human", permission="write"),
        says("human", permission="maintain"),
        says("human", permission="ADMIN"),
        says("author", None),  # a body nobody told us: in doubt it answers
        step("comment_edited", "author", "It is 3.2."),
        step("body_edited", "author", "It is 3.2."),
        step("body_edited", "maintainer"),
        step("unlabeled", "author", label=LABEL),
        step("unlabeled", "human", label="Needs-Clarification"),
        says("author", "/answered"),
    ],
)
def test_these_answer(given: Step) -> None:
    assert answers(given)


@pytest.mark.parametrize(
    "given",
    [
        says("us"),
        says("bot"),
        says("bot", author="ann", permission="admin"),
        step("comment_edited", "us", "Which version, please?"),
        step("comment_edited", "bot", "It is 3.2."),
        step("body_edited", "bot", "It is 3.2."),
        step("body_edited", "us", "It is 3.2."),
        step("body_edited", "human", "It is 3.2.", permission="triage"),
        step("body_edited", "author", ""),
        step("title_edited", "author"),
        step("labeled", "us", label=LABEL),
        step("unlabeled", "us", label=LABEL),
        step("unlabeled", "bot", label=LABEL),
        step("labeled", "maintainer", label=LABEL),
        step("labeled", "maintainer", label="bug"),
        step("unlabeled", "maintainer", label="bug"),
        step("unlabeled", "maintainer"),
        says("author", "+1"),
        says("author", ""),
        says("maintainer", "any news?"),
        says("author", "> It is 3.2."),
        says("author", "<!-- interlock:answered 1 2 30/1 0123456789abcdef0123456789abcdef -->"),
        says("author", minimized=True),
        says("maintainer", "/clarify which browser?"),
        step("comment_deleted", "author", "It is 3.2."),
    ],
)
def test_these_are_no_reason_to_look_again(given: Step) -> None:
    assert decided(asks("Which?"), given) == ["wait", "wait"]
    assert decided(asks("Which?"), given, says("author")) == ["wait", "wait", "requeue"]


@pytest.mark.parametrize("permission", [None, "read", "triage", "none", "release-captain"])
def test_a_bystander_who_adds_something_is_a_reason_to_look_and_answers_for_nobody(permission: str | None) -> None:
    bystander = says("human", permission=permission)
    assert last(asks(), bystander) == "requeue"
    assert not answers(bystander)
    assert last(asks(), says("human", "me too", permission=permission)) == "wait"


def test_a_maintainer_is_who_github_says_may_write() -> None:
    assert not answers(says("maintainer", permission="read"))


def test_whoever_the_question_names_may_answer() -> None:
    named = [asks("@cid, which version?"), step("body_edited", "human", "3.2", author="Cid")]
    assert decided(*named) == ["wait", "requeue"]
    assert decided(asks("mail to a@cid"), step("body_edited", "human", "3.2", author="cid")) == ["wait", "wait"]


# --- when ---------------------------------------------------------------------------------------------------------


def test_only_what_came_after_the_question_answers() -> None:
    assert last(asks(created_at=at(5)), says("author", created_at=at(4))) == "wait"
    assert last(asks(created_at=at(5)), says("author", created_at=at(5))) == "requeue"
    assert last(asks(created_at=at(5)), step("body_edited", "author", "x", created_at=at(4))) == "wait"
    assert last(asks(created_at=at(5)), step("unlabeled", "author", label=LABEL, created_at=at(4))) == "wait"
    assert last(asks(created_at=at(5)), says("author")) == "requeue"  # no time: as listed
    assert last(asks(), says("author", created_at=at(4))) == "requeue"


def test_an_edit_after_the_question_answers_though_the_comment_is_older() -> None:
    old = says("author", "It breaks.", created_at=at(1))
    edited = step("comment_edited", "author", "It breaks on 3.2.", created_at=at(1))
    assert decided(old, asks(created_at=at(5)), edited) == ["requeue", "wait", "requeue"]
    earlier = step("comment_edited", "author", "It breaks on 3.2.", created_at=at(2))
    assert decided(old, asks(created_at=at(5)), earlier) == ["requeue", "wait", "wait"]


def test_an_answer_that_is_told_before_its_question_counts() -> None:
    steps = [says("author", created_at=at(6)), asks(created_at=at(5)), step("title_edited", "author")]
    assert decided(*steps) == ["requeue", "wait", "requeue"]  # nothing waits any more


def test_what_is_told_twice_counts_once() -> None:
    asked, answer = asks(created_at=at(1)), says("author", created_at=at(2))
    assert decided(asked, asked, asked, answer, answer) == ["wait", "wait", "wait", "requeue", "wait"]
    assert decided(asks(), asks(), asks(), says("author")) == ["wait", "wait", "wait", "requeue"]  # an echo


def test_a_description_that_did_not_change_answers_nothing() -> None:
    opening = Opening(author="ann", body="It breaks.")
    assert last(asks(), step("body_edited", "author", "It breaks."), opening=opening) == "wait"
    assert last(asks(), step("body_edited", "author", "It breaks on 3.2"), opening=opening) == "requeue"


def test_who_takes_back_what_a_bot_did_to_the_description_has_changed_it() -> None:
    opening = Opening(author="ann", body="It breaks.")
    by_bot, back = step("body_edited", "bot", "See #7."), step("body_edited", "author", "It breaks.")
    assert decided(asks(), by_bot, back, opening=opening) == ["wait", "wait", "requeue"]
    same = step("body_edited", "author", "See #7.")
    assert decided(asks(), by_bot, same, opening=opening) == ["wait", "wait", "wait"]


# --- rounds -------------------------------------------------------------------------------------------------------


def test_two_rounds_then_a_human() -> None:
    story = [
        asks("1?"),
        says("author"),
        asks("2?"),
        says("author", "Linux"),
        asks("3?"),
        says("bot"),
        says("author", "+1"),
    ]
    assert decided(*story) == ["wait", "requeue", "wait", "requeue", "human-needed", "human-needed", "human-needed"]


def test_a_bystander_uses_up_no_round() -> None:
    story = [asks("1?"), says("human"), says("human", "4.0"), says("author"), asks("2?")]
    assert decided(*story) == ["wait", "requeue", "requeue", "requeue", "wait"]


def test_a_person_who_says_more_is_heard_even_then_but_not_asked_again() -> None:
    used_up = [asks("1?"), says("author"), asks("2?"), says("author", "Linux"), asks("3?")]
    assert decided(*used_up, says("author", "6.1"), asks("4?"))[-2:] == ["requeue", "human-needed"]


def test_a_human_who_takes_human_needed_away_gives_the_issue_back() -> None:
    used_up = [asks("1?"), says("author"), asks("2?"), says("author", "Linux"), asks("3?")]
    given_back = step("unlabeled", "maintainer", label="human-needed")
    assert decided(*used_up, given_back, asks("4?"))[-2:] == ["requeue", "wait"]
    assert decided(*used_up, step("unlabeled", "bot", label="human-needed"))[-1] == "human-needed"
    assert decided(step("labeled", "maintainer", label="human-needed"), says("bot")) == ["human-needed"] * 2


def test_a_question_that_was_deleted_is_asked_again_at_most_once() -> None:
    gone = step("comment_deleted", "us")
    assert decided(asks("1?"), gone, asks("1?"), gone, asks("1?")) == [
        "wait",
        "requeue",
        "wait",
        "requeue",
        "human-needed",
    ]
    assert last(asks("1?"), step("comment_deleted", "us", "an older text of ours")) == "wait"


# --- the label, and before anything is asked ----------------------------------------------------------------------


def test_a_human_who_sets_the_label_makes_us_wait_without_a_question() -> None:
    by_hand = step("labeled", "maintainer", label=LABEL)
    assert decided(by_hand, says("bot"), step("title_edited", "author"), says("author")) == [
        "wait",
        "wait",
        "wait",
        "requeue",
    ]
    assert decided(by_hand, says("author"), asks("1?"), says("author", "b"), asks("2?"))[-1] == "wait"  # no round used


def test_an_issue_opened_with_the_label_waits() -> None:
    opening = Opening(author="ann", labels=(LABEL,))
    assert decided(step("title_edited", "author"), says("author"), opening=opening) == ["wait", "requeue"]


def test_a_bot_that_sets_the_label_changes_nothing() -> None:
    assert decided(step("labeled", "bot", label=LABEL), step("title_edited", "author")) == ["wait", "requeue"]


def test_while_nothing_is_asked_only_a_person_who_adds_something_is_a_reason_to_look() -> None:
    story = [says("bot"), says("human", "+1"), says("human"), says("author"), step("body_edited", "author", "More")]
    assert decided(*story) == ["wait", "wait", "requeue", "requeue", "requeue"]


def test_every_turn_says_why() -> None:
    for turn in turns(
        OPENING, [asks(), says("bot"), says("human"), says("author"), asks("2?"), asks("3?"), says("bot")]
    ):
        assert turn.why
        assert "{" not in turn.why
