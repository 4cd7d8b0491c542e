"""Knows whose turn it is: a human's answer closes the open question, takes its label away and wakes triage."""

import msgspec

from bot.messages.clarification import render_reminder
from bot.model.commands import Command, Permission
from bot.model.conditions import IssueIsOpen, QuestionIsOpen
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.facts import Comment, Issue
from bot.model.markers import Marker
from bot.model.questions import LABEL_REMOVED, SAID_SO, Question
from bot.model.records import GivenBack, QuestionAnswered, QuestionAsked
from bot.model.writes import PostComment, RemoveLabel
from bot.policy.clarification import Answer, answer_in, is_after, may_answer
from bot.policy.reply import reply
from bot.policy.substance import adds_something
from bot.policy.triage import says_nothing
from bot.ports import Read

WHILE_HELD = True
ON = frozenset(
    {
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("issue_comment", "deleted"),
        ("issues", "edited"),
        ("issues", "labeled"),
        ("issues", "unlabeled"),
        ("wake", "reminder"),
    }
)

COMMANDS = (
    Command(
        name="answered",
        summary="Closes the open question: the answer is known, wherever it was given.",
        may=Permission.TRIAGE,
        examples=("/answered",),
    ),
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`permissions` holds the role of every human who wrote in the thread or caused the event."""

    question: Question | None
    questions: tuple[Question, ...] = ()
    issue: Issue | None = None
    comments: tuple[Comment, ...] = ()
    permissions: dict[str, Permission] = {}


async def gather(event: Event, read: Read) -> Facts:
    questions = await read.store.questions(event.subject)
    question = next((one for one in reversed(questions) if not one.answered_by), None)
    labels_by_hand = event.label and event.by_human
    if question is None and event.command is None and not labels_by_hand:
        return Facts(question=None)
    issue = await read.github.issue(event.subject)
    if question is None:
        return Facts(question=None, questions=questions, issue=issue)
    comments = await read.github.comments(event.subject)
    people = [comment.author for comment in comments] + ([event.sender] if event.sender else [])
    logins = sorted({person.login for person in people if person.is_human})
    permissions = {login: await read.github.permission(event.repo, login) for login in logins}
    return Facts(question=question, questions=questions, issue=issue, comments=comments, permissions=permissions)


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    question, issue = facts.question, facts.issue
    if event.label and event.by_human and issue and (decision := _by_label(event, issue, facts, config)):
        return decision
    if question is None:
        why = "No question is open on this issue."
        writes = (reply(issue, event.command, why),) if event.command and issue else ()
        return Decision(rule="no question", why=why, writes=writes)
    if issue is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    if event.kind == ("wake", "reminder"):
        return _remind(issue, question)
    if event.kind == ("issue_comment", "deleted") and event.comment == question.comment:
        return _void(issue, question, facts)
    answer = answer_in(_since_asked(event, question, facts.comments), question, issue, facts.permissions, config.us)
    answer = answer or _answer_by_deed(event, facts, issue, question, config)
    if answer is None and _bystander_helps(event, facts, question):
        why = "A bystander has added something: another look, for which nobody's turn has changed."
        return Decision(rule="another look", why=why, wakes=(Wake(event.subject, "triage"),))
    if answer is None:
        return Decision(rule="still waiting", why=f"Nobody who may answer {question.asked_of}'s question has done so.")
    return Decision(
        rule="answered",
        why=f"{answer.by} answered ({answer.how}).",
        records=(QuestionAnswered(question=question.id, by=answer.by, how=answer.how),),
        writes=(RemoveLabel(key=f"unlabel/question/{question.id}", issue=issue.ref, label=config.clarification_label),),
        wakes=(Wake(event.subject, "triage"),),
    )


def _by_label(event: Event, issue: Issue, facts: Facts, config: Config) -> Decision | None:
    """The two labels of ours in a person's hand; None for what the rest of the rule decides."""
    person = event.sender.login if event.sender else ""
    is_set = event.kind == ("issues", "labeled")
    if not is_set and _same(event.label, config.human_label):
        rounds = max((one.round for one in facts.questions), default=0)
        return Decision(
            rule="given back",
            why=f"{person} gives the issue back; the rounds begin again.",
            records=(GivenBack(issue=issue.ref, rounds=rounds),),
            wakes=(Wake(issue.ref, "triage"),),
        )
    if not is_set or not _same(event.label, config.clarification_label) or facts.question:
        return None
    if not any(_same(event.label, label) for label in issue.labels):
        return Decision(rule="label gone", why="The label has been taken away again.")
    if not issue.is_open or not issue.author.is_human:
        return Decision(rule="nobody to wait for", why="Only the human author of an open issue is waited for.")
    by_hand = sum(one.round == 0 for one in facts.questions) + 1
    asked = QuestionAsked(
        id=f"{issue.id}/hand/{by_hand}",
        issue=issue.ref,
        round=0,
        asked_of=issue.author.login,
        write_key="",
        asked_at=event.happened_at or event.received_at,
    )
    why = f"{person} wants an answer from {issue.author.login}; nobody is asked twice."
    return Decision(rule="waiting by hand", why=why, records=(asked,))


def _remind(issue: Issue, question: Question) -> Decision:
    """Once for each question; an issue is never closed for want of an answer."""
    key = f"reminder/{question.id}"
    marker = Marker(issue.ref.repo.id, issue.id, "reminder", key)
    still_open = (IssueIsOpen(issue.ref), QuestionIsOpen(question.id))
    text = render_reminder(question.asked_of)
    comment = PostComment(key=key, issue=issue.ref, body=(text,), marker=marker, only_if=still_open)
    return Decision(rule="reminder", why=f"{question.asked_of} has not answered yet.", writes=(comment,))


def _void(issue: Issue, question: Question, facts: Facts) -> Decision:
    """A question that nobody can read any more; its round stays used, so that it is asked again at most once."""
    if any(comment.id == question.comment for comment in facts.comments):
        return Decision(rule="still there", why="The question's comment has not been deleted after all.")
    return Decision(
        rule="void",
        why="Our question was deleted.",
        records=(QuestionAnswered(question=question.id, by="nobody", how="the question was deleted"),),
        wakes=(Wake(issue.ref, "triage"),),
    )


def _same(label: str, other: str) -> bool:
    return label.lower() == other.lower()


def _answer_by_deed(event: Event, facts: Facts, issue: Issue, question: Question, config: Config) -> Answer | None:
    """Editing the description, editing a comment and removing the question's label are answers as well."""
    person = event.sender
    if person is None or not person.is_human:
        return None
    if event.command:
        return Answer(person.login, SAID_SO)
    if event.kind == ("issues", "unlabeled"):
        removed = _same(event.label, config.clarification_label) and event.label not in issue.labels
        return Answer(person.login, LABEL_REMOVED) if removed else None
    if not may_answer(person, facts.permissions.get(person.login, Permission.NONE), issue, question):
        return None
    if event.kind == ("issues", "edited") and not says_nothing(issue.body, config.rules):
        return Answer(person.login, "description edited")
    if event.kind == ("issue_comment", "edited"):
        edited = next((comment for comment in facts.comments if comment.id == event.comment), None)
        if edited and edited.author == person and adds_something(edited.body) and _since(question, edited):
            return Answer(person.login, f"comment {edited.id} edited")
    return None


def _bystander_helps(event: Event, facts: Facts, question: Question) -> bool:
    """Whether the comment that this event tells of is a human's, and says anything."""
    if event.kind != ("issue_comment", "created"):
        return False
    said = next((comment for comment in facts.comments if comment.id == event.comment), None)
    return (
        said is not None
        and said.author.is_human
        and not said.minimized
        and is_after(said, question)
        and adds_something(said.body)
    )


def _since_asked(event: Event, question: Question, comments: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """The comments that can have come after the wish to ask.

    While the question is on its way, only the one this event tells of: an older one answered the round before, and
    what it left open is what is asked now.
    """
    if question.asked_at is not None:
        return comments
    return tuple(comment for comment in comments if comment.id == event.comment)


def _since(question: Question, comment: Comment) -> bool:
    return question.asked_at is None or comment.updated_at > question.asked_at
