"""Whose turn is it? The rule of design section 6 and lessons section 3, for one open question."""

import msgspec

from bot.model.commands import Permission
from bot.model.facts import Comment, Issue
from bot.model.ids import Actor, AppIdentity
from bot.model.questions import Question
from bot.policy.substance import adds_something


class Answer(msgspec.Struct, frozen=True):
    """A human's answer: who, and what counted as it."""

    by: str
    how: str


def may_answer(person: Actor, permission: Permission, issue: Issue, question: Question | None) -> bool:
    """The issue's author, an assignee, whoever was asked, or somebody who may write; never a bot."""
    if not person.is_human:
        return False
    return (
        person.id == issue.author.id
        or person.id in issue.assignees
        or (question is not None and person.login == question.asked_of)
        or permission.at_least(Permission.WRITE)
    )


def is_after(comment: Comment, question: Question) -> bool:
    """Whether `comment` was written after the question. Order by GitHub's own time, then by id (fault D9).

    While our question is still on its way everything that arrives comes after the wish to ask: the human wins.
    """
    if question.asked_at is None:
        return True
    return (comment.created_at, comment.id) > (question.asked_at, question.comment or 0)


def answer_in(
    comments: tuple[Comment, ...],
    question: Question,
    issue: Issue,
    permissions: dict[str, Permission],
    us: AppIdentity,
) -> Answer | None:
    """The first comment that answers `question`, judged from the thread as it is now. Our own words never do."""
    for comment in comments:
        person = comment.author
        if us.wrote(person) or comment.minimized or not is_after(comment, question) or not adds_something(comment.body):
            continue
        if may_answer(person, permissions.get(person.login, Permission.NONE), issue, question):
            return Answer(person.login, f"comment {comment.id}")
    return None
