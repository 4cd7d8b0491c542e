"""Knows whose turn it is: a human's answer closes the open question, takes its label away and wakes triage."""

import msgspec

from bot.model.commands import Command, Permission
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.facts import Comment, Issue
from bot.model.questions import Question
from bot.model.records import QuestionAnswered
from bot.model.writes import RemoveLabel
from bot.policy.clarification import Answer, answer_in, is_after, may_answer
from bot.policy.reply import reply
from bot.policy.substance import adds_something
from bot.policy.triage import says_nothing
from bot.ports import Read

ON = frozenset(
    {
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("issues", "edited"),
        ("issues", "unlabeled"),
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
    issue: Issue | None = None
    comments: tuple[Comment, ...] = ()
    permissions: dict[str, Permission] = {}


async def gather(event: Event, read: Read) -> Facts:
    question = await read.store.open_question(event.subject)
    if question is None and event.command is None:
        return Facts(question=None)
    issue = await read.github.issue(event.subject)
    if question is None:
        return Facts(question=None, issue=issue)
    comments = await read.github.comments(event.subject)
    people = [comment.author for comment in comments] + ([event.sender] if event.sender else [])
    logins = sorted({person.login for person in people if person.is_human})
    permissions = {login: await read.github.permission(event.repo, login) for login in logins}
    return Facts(question=question, issue=issue, comments=comments, permissions=permissions)


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    question, issue = facts.question, facts.issue
    if question is None:
        why = "No question is open on this issue."
        writes = (reply(issue, event.command, why),) if event.command and issue else ()
        return Decision(rule="no question", why=why, writes=writes)
    if issue is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    answer = answer_in(facts.comments, question, issue, facts.permissions, config.us)
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


def _answer_by_deed(event: Event, facts: Facts, issue: Issue, question: Question, config: Config) -> Answer | None:
    """Editing the description, editing a comment and removing the question's label are answers as well."""
    person = event.sender
    if person is None or not person.is_human:
        return None
    if event.command:
        return Answer(person.login, "said so with /answered")
    if event.kind == ("issues", "unlabeled"):
        removed = event.label == config.clarification_label and event.label not in issue.labels
        return Answer(person.login, "label removed") if removed else None
    if not may_answer(person, facts.permissions.get(person.login, Permission.NONE), issue, question):
        return None
    if event.kind == ("issues", "edited") and not says_nothing(issue.body):
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


def _since(question: Question, comment: Comment) -> bool:
    return question.asked_at is None or comment.updated_at > question.asked_at
