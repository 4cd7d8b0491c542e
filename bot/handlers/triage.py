"""Asks one question about an opened issue that says nothing; finds it ready once somebody has answered."""

import msgspec

from bot.messages.clarification import render_question
from bot.model.conditions import BodyIs, IssueIsOpen, QuestionIsOpen
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.markers import Marker, digest
from bot.model.questions import Question
from bot.model.records import QuestionAsked
from bot.model.writes import AddLabel, PostComment
from bot.policy.triage import says_nothing
from bot.ports import Read

ON = frozenset({("issues", "opened"), ("issues", "reopened"), ("wake", "triage")})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    issue: Issue | None
    questions: tuple[Question, ...]


async def gather(event: Event, read: Read) -> Facts:
    return Facts(
        issue=await read.github.issue(event.subject),
        questions=await read.store.questions(event.subject),
    )


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    issue = facts.issue
    if issue is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    if issue.is_pull or not issue.is_open:
        return Decision(rule="not triaged", why="Only open issues are triaged.")
    if not issue.author.is_human:
        return Decision(rule="not triaged", why=f"{issue.author.login} is a bot and could not answer a question.")
    if any(not question.answered_by for question in facts.questions):
        return Decision(rule="waiting", why="A question is open; the next word is a human's.")
    if facts.questions:
        return Decision(rule="ready", why=f"{facts.questions[-1].answered_by} answered the question.")
    if not says_nothing(issue.body):
        return Decision(rule="ready", why="The description says something.")
    return _ask(issue, config, round_=1)


def _ask(issue: Issue, config: Config, round_: int) -> Decision:
    question = f"{issue.id}/{round_}"
    still_asked = (IssueIsOpen(issue.ref), BodyIs(issue.ref, digest(issue.body)), QuestionIsOpen(question))
    key = f"question/{question}"
    return Decision(
        rule="needs clarification",
        why="The description is empty or only the untouched template.",
        records=(
            QuestionAsked(id=question, issue=issue.ref, round=round_, asked_of=issue.author.login, write_key=key),
        ),
        writes=(
            AddLabel(
                key=f"label/{question}",
                issue=issue.ref,
                label=config.clarification_label,
                cause=f"question/{question}",
                only_if=still_asked,
            ),
            PostComment(
                key=key,
                issue=issue.ref,
                body=(render_question(issue.author.login),),
                marker=Marker(issue.ref.repo.id, issue.id, "question", key),
                only_if=still_asked,
            ),
        ),
    )
