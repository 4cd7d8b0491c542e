"""Asks one question about an opened issue that says nothing; finds it ready once somebody has answered.

`/triage` looks again, `/clarify` asks what a person wants to have asked.
"""

import msgspec

from bot.messages.clarification import render_persons_question, render_question, render_triage
from bot.model.commands import Call, Command, Permission
from bot.model.conditions import BodyIs, Condition, IssueIsOpen, QuestionIsOpen
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.markers import Marker, digest
from bot.model.questions import Question
from bot.model.records import QuestionAsked
from bot.model.writes import AddLabel, PostComment
from bot.policy.reply import reply
from bot.policy.triage import says_nothing
from bot.ports import Read

ON = frozenset({("issues", "opened"), ("issues", "reopened"), ("wake", "triage")})
COMMANDS = (
    Command(
        name="triage",
        summary="Looks at this issue again and says what came of it.",
        may=Permission.TRIAGE,
        examples=("/triage",),
    ),
    Command(
        name="clarify",
        summary="Asks the author this question, and waits for the answer.",
        may=Permission.TRIAGE,
        arguments="<question>",
        examples=("/clarify Which version is it?",),
    ),
)


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
    if event.command and event.command.name == "clarify":
        return _clarify(event.command, issue, facts, config)
    decision = _triage(issue, facts, config)
    if event.command is None:
        return decision
    said = render_triage(decision.rule, decision.why)
    return msgspec.structs.replace(decision, writes=(*decision.writes, reply(issue, event.command, said)))


def _triage(issue: Issue, facts: Facts, config: Config) -> Decision:
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
    why = "The description is empty or only the untouched template."
    judged = BodyIs(issue.ref, digest(issue.body))
    return _ask(issue, render_question(issue.author.login), why, config, round_=1, only_if=(judged,))


def _clarify(call: Call, issue: Issue, facts: Facts, config: Config) -> Decision:
    """A person's own question: how many rounds there were does not matter, a human's hand wins."""
    problem = ""
    if not call.arguments:
        problem = "write the question behind the command: `/clarify Which version is it?`"
    elif not issue.is_open:
        problem = "only on an open issue is anybody waited for; reopen it first."
    elif not issue.author.is_human:
        problem = f"{issue.author.login} is a bot and could not answer."
    elif any(not question.answered_by for question in facts.questions):
        problem = "a question is open already; `/answered` closes it."
    if problem:
        return Decision(rule="not asked", why=problem, writes=(reply(issue, call, problem.capitalize()),))
    round_ = max((question.round for question in facts.questions), default=0) + 1
    text = render_persons_question(issue.author.login, call.arguments)
    return _ask(issue, text, "A person asked for it.", config, round_=round_)


def _ask(
    issue: Issue, text: str, why: str, config: Config, *, round_: int, only_if: tuple[Condition, ...] = ()
) -> Decision:
    question = f"{issue.id}/{round_}"
    still_asked = (IssueIsOpen(issue.ref), QuestionIsOpen(question), *only_if)
    key = f"question/{question}"
    asked = QuestionAsked(id=question, issue=issue.ref, round=round_, asked_of=issue.author.login, write_key=key)
    label = AddLabel(
        key=f"label/{question}",
        issue=issue.ref,
        label=config.clarification_label,
        cause=f"question/{question}",
        only_if=still_asked,
    )
    marker = Marker(issue.ref.repo.id, issue.id, "question", key)
    comment = PostComment(key=key, issue=issue.ref, body=(text,), marker=marker, only_if=still_asked)
    return Decision(rule="needs clarification", why=why, records=(asked,), writes=(label, comment))
