"""Whose turn is it: who may answer, with what, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.commands import Permission
from bot.model.facts import Comment, Issue
from bot.model.ids import Actor, AppIdentity, IssueRef, Repo
from bot.model.questions import Question
from bot.policy.clarification import answer_in

US = AppIdentity(1, "interlock")
OURS = Actor(100, "interlock[bot]", "Bot")
AUTHOR, ASSIGNEE, ASKED = Actor(1, "ann"), Actor(2, "bea"), Actor(3, "cid")
WRITER, READER, ROBOT = Actor(4, "wil"), Actor(5, "rea"), Actor(6, "robo[bot]", "Bot")
PERMISSIONS = {"wil": Permission.WRITE, "rea": Permission.TRIAGE, "robo[bot]": Permission.ADMIN}
ASKED_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
REF = IssueRef(Repo(1, 2), 3)
ISSUE = Issue(
    ref=REF, id=30, title="t", body="", author=AUTHOR, labels=frozenset(), assignees=frozenset({ASSIGNEE.id}),
    is_open=True, is_pull=False,
)  # fmt: skip
QUESTION = Question(id="30/1", issue=REF, round=1, asked_of=ASKED.login, write_key="k", comment=50, asked_at=ASKED_AT)


def comment(
    author: Actor, *, after: float = 60, ident: int = 51, body: str = "It is the points.", hidden: bool = False
) -> Comment:
    at = ASKED_AT + timedelta(seconds=after)
    return Comment(id=ident, author=author, body=body, created_at=at, updated_at=at, minimized=hidden)


def answered_by(*comments: Comment, question: Question = QUESTION) -> str | None:
    answer = answer_in(comments, question, ISSUE, PERMISSIONS, US)
    return answer.by if answer else None


@pytest.mark.parametrize("person", [AUTHOR, ASSIGNEE, ASKED, WRITER], ids=lambda p: p.login)
def test_those_who_may_answer_do(person: Actor) -> None:
    assert answered_by(comment(person)) == person.login


@pytest.mark.parametrize("person", [READER, ROBOT, OURS], ids=lambda p: p.login)
def test_bystanders_other_bots_and_we_ourselves_do_not(person: Actor) -> None:
    assert answered_by(comment(person)) is None


def test_a_person_with_our_login_prefix_is_not_us() -> None:
    assert answered_by(comment(Actor(1, "interlock"))) == "interlock"


def test_only_what_came_after_the_question_answers() -> None:
    assert answered_by(comment(AUTHOR, after=-1)) is None
    assert answered_by(comment(AUTHOR, after=0, ident=49)) is None  # the same second, but before it
    assert answered_by(comment(AUTHOR, after=0, ident=51)) == "ann"


def test_hidden_and_empty_comments_do_not_answer() -> None:
    assert answered_by(comment(AUTHOR, hidden=True)) is None
    assert answered_by(comment(AUTHOR, body=" \n")) is None


def test_the_first_answer_counts_whatever_stands_around_it() -> None:
    assert answered_by(comment(OURS), comment(READER), comment(WRITER, ident=53), comment(AUTHOR, ident=54)) == "wil"


def test_a_human_who_writes_while_our_question_is_still_on_its_way_has_answered() -> None:
    unposted = Question(id="30/1", issue=REF, round=1, asked_of="ann", write_key="k")
    assert answered_by(comment(AUTHOR, after=-60, ident=1), question=unposted) == "ann"
