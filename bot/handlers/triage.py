"""Says what an issue is, and asks for what is missing: one comment a round, then it is a human's turn to decide.

`/triage` looks again, `/clarify` asks what a person wants to have asked. A program of the operator may add to what the
rules say (`policy.triage.second_opinion`).
"""

import re
from collections.abc import Sequence

import msgspec

from bot.messages.clarification import render_missing, render_persons_question, render_suggestion, render_triage
from bot.messages.second_opinion import render_second_suggestion
from bot.model.commands import Call, Command, Permission
from bot.model.conditions import BodyIs, HasNotSpoken, IssueIsOpen
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import Comment, Issue
from bot.model.ids import AppIdentity
from bot.model.judgement import Judgement, Outcome
from bot.model.markers import Marker, digest
from bot.model.opinions import NoOpinion, Opinion
from bot.model.questions import Question
from bot.model.records import QuestionAsked
from bot.model.writes import AddLabel, PostComment, RemoveLabel
from bot.policy.asking import ask
from bot.policy.freshness import is_older
from bot.policy.reply import reply
from bot.policy.substance import adds_something
from bot.policy.triage import judge
from bot.policy.triage.second_opinion import Advised, advised, can_be_added_to
from bot.ports import NotYet, Read

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


#: A line of a comment that commands some bot.
_ORDER = re.compile(r"(?m)^ {0,3}/[A-Za-z][A-Za-z-]*(?:[ \t].*)?$")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`questions` are those that count, oldest first; `used_rounds` the highest round of all, counting or forgotten.

    `said` is what people have added to the description since it was written, `newest` the id of the newest comment.
    `asked_of` is the login a question would be put to, empty if nobody could answer; `is_epic` says that children
    are planned for it. `is_ours`: the event is our own child's opening, and nothing was read. `opinion` is what a
    program of the operator says, None if none was asked.
    """

    issue: Issue | None
    questions: tuple[Question, ...] = ()
    used_rounds: int = 0
    said: tuple[str, ...] = ()
    newest: int = 0
    asked_of: str = ""
    is_epic: bool = False
    is_ours: bool = False
    opinion: Opinion | NoOpinion | None = None


async def gather(event: Event, read: Read) -> Facts:
    facts = await _gather(event, read)
    if facts.issue is None or not read.advisors.has_triage:
        return facts
    config = await read.configs.of(event.repo)
    issue = facts.issue
    if not await read.compute(lambda: _wants_second_opinion(event, issue, facts, config)):
        return facts
    as_judged = msgspec.structs.replace(issue, body=_text(issue, facts), labels=frozenset(_foreign(issue, config)))
    return msgspec.structs.replace(facts, opinion=await read.advisors.triage(as_judged))


async def _gather(event: Event, read: Read) -> Facts:
    us = await read.github.identity()
    if event.sender and us.wrote(event.sender):
        return Facts(issue=None, is_ours=True)  # a child gets its state from its epic's decomposition, unread
    issue = await read.github.issue(event.subject)
    if is_older(issue, event) and read.may_lag(event):
        raise NotYet(f"GitHub does not show #{event.number} everywhere yet as the event tells of it")  # fault G7
    if issue is None:
        return Facts(issue=None)
    comments = await read.github.comments(event.subject) if issue.comments else ()
    forgotten = await read.store.forgotten_rounds(event.subject)
    questions = await read.store.questions(event.subject)
    return Facts(
        issue=issue,
        questions=_counting(questions, forgotten),
        used_rounds=max((one.round for one in questions), default=0),
        said=await read.compute(lambda: _said(comments)),
        newest=max((comment.id for comment in comments), default=0),
        asked_of=await _asked_of(issue, us, read),
        is_epic=bool(await read.store.children(event.subject)),
    )


def _said(comments: Sequence[Comment]) -> tuple[str, ...]:
    """What people say to people: an order to a bot describes nothing."""
    words = (_ORDER.sub("", one.body) for one in comments if one.author.is_human and not one.minimized)
    return tuple(text for text in words if adds_something(text))


def _counting(questions: tuple[Question, ...], forgotten: int) -> tuple[Question, ...]:
    """What a human has let be forgotten counts no more: all up to that round, unless it is still open."""
    last = max((at for at, one in enumerate(questions) if 0 < one.round <= forgotten), default=-1)
    return tuple(one for at, one in enumerate(questions) if at > last or not one.answered_by)


async def _asked_of(issue: Issue, us: AppIdentity, read: Read) -> str:
    """The author; of an issue that we created, whoever had its epic decomposed; of another bot's nobody."""
    if issue.author.is_human:
        return issue.author.login
    parent = await read.github.parent(issue.ref) if us.wrote(issue.author) else None
    return await read.store.commander(parent.ref) if parent else ""


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if facts.is_ours:
        return Decision(rule="not triaged", why="We created it; its state comes from its epic.")
    issue = facts.issue
    if issue is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    if event.command and event.command.name == "clarify":
        return _clarify(event.command, issue, facts, config)
    if not _is_wanted(event, config):
        return Decision(rule="not triaged", why="This repository has switched triage off.")
    decision = _not_judged(issue, facts, config) or _label_follows(_triage(issue, facts, config), issue, facts, config)
    if event.command is None:
        return decision
    said = render_triage(decision.rule, decision.why)
    return msgspec.structs.replace(decision, writes=(*decision.writes, reply(issue, event.command, said)))


def _is_wanted(event: Event, config: Config) -> bool:
    return config.triage or event.command is not None


def _not_judged(issue: Issue, facts: Facts, config: Config) -> Decision | None:
    """Why the text need not be looked at; None if it has to be."""
    if issue.is_pull or not issue.is_open:
        return Decision(rule="not triaged", why="Only open issues are triaged.")
    if not facts.asked_of:
        return Decision(rule="not triaged", why=f"{issue.author.login} is a bot and could not answer a question.")
    if facts.is_epic:
        return Decision(rule="decomposed", why="It is an epic whose children have been planned; they are worked on.")
    if any(not question.answered_by for question in facts.questions):
        return Decision(rule="waiting", why="A question is open; the next word is a human's.")
    if _has(issue, config.clarification_label) and not facts.questions:
        return Decision(rule="waiting", why="A person has set the label; nobody is asked a second time.")
    put = [question for question in facts.questions if not question.is_void]
    if put and put[-1].is_waived:
        return Decision(rule="ready", why=f"{put[-1].answered_by} says that nothing more is needed.")
    return None


def _wants_second_opinion(event: Event, issue: Issue, facts: Facts, config: Config) -> bool:
    """A program is run only where it can add something to what the rules are going to say."""
    if (event.command and event.command.name == "clarify") or not _is_wanted(event, config):
        return False
    if _not_judged(issue, facts, config):
        return False
    judgement = _judge(issue, facts, config)
    is_out_of_rounds = judgement.outcome == "needs-clarification" and _used(facts) >= config.rounds
    return can_be_added_to(judgement) and not is_out_of_rounds


def _text(issue: Issue, facts: Facts) -> str:
    return "\n\n".join((issue.body, *facts.said))


def _judge(issue: Issue, facts: Facts, config: Config) -> Judgement:
    return judge(issue.title, _text(issue, facts), _foreign(issue, config), config.rules)


def _triage(issue: Issue, facts: Facts, config: Config) -> Decision:
    judgement = _judge(issue, facts, config)
    said = advised(judgement, facts.opinion)
    match said.outcome:
        case "needs-clarification":
            return _ask_for_missing(issue, facts, judgement, said, config)
        case "epic" | "duplicate-of?":
            return _suggest(issue, judgement, said.why, config)
        case outcome if said.suggests:
            suggestion = _suggestion(issue, said.suggests, render_second_suggestion(said.suggests, said.because))
            return Decision(rule=outcome, why=said.why, writes=(suggestion,))
        case outcome:
            return Decision(rule=outcome, why=said.why)


def _used(facts: Facts) -> int:
    """Rounds of our own questions that count: what was never put has cost nobody's patience."""
    return sum(question.round > 0 and not question.is_void for question in facts.questions)


def _label_follows(decision: Decision, issue: Issue, facts: Facts, config: Config) -> Decision:
    """The label may have gone out before a question that was then never put: if nothing is asked now, it goes again."""
    last = facts.questions[-1] if facts.questions else None
    is_asked = any(isinstance(record, QuestionAsked) for record in decision.records)
    if last is None or not last.is_void or is_asked or not _has(issue, config.clarification_label):
        return decision
    gone = RemoveLabel(key=f"unlabel/question/{last.id}", issue=issue.ref, label=config.clarification_label)
    return msgspec.structs.replace(decision, writes=(gone, *decision.writes))


def _ask_for_missing(issue: Issue, facts: Facts, judgement: Judgement, said: Advised, config: Config) -> Decision:
    """At most `config.rounds` questions of ours; then a person has to decide, and nobody is asked."""
    used = _used(facts)
    if used >= config.rounds:
        cause = f"rounds/{facts.used_rounds}"
        label = AddLabel(
            key=f"label/{issue.id}/human/{cause}",
            issue=issue.ref,
            label=config.human_label,
            cause=cause,
            only_if=(IssueIsOpen(issue.ref),),
        )
        why = f"{used} rounds of questions are used up. {said.why}"
        return Decision(rule="human-needed", why=why, writes=(label,))
    judged = BodyIs(issue.ref, digest(issue.body))
    text = render_missing(facts.asked_of, judgement, said.asked_too)
    # What they say from now on is read by the event that tells of it, and answers; the question would come too late.
    silent = HasNotSpoken(issue.ref, facts.asked_of, facts.newest)
    return ask(issue, facts.asked_of, text, said.why, config, round_=facts.used_rounds + 1, only_if=(judged, silent))


def _suggest(issue: Issue, judgement: Judgement, why: str, config: Config) -> Decision:
    """Says once what the issue looks like; what becomes of it is a person's decision."""
    if judgement.outcome == "epic" and (_has(issue, config.epic_label) or _has(issue, config.decompose_label)):
        return Decision(rule="epic", why=why)
    suggestion = _suggestion(issue, judgement.outcome, render_suggestion(judgement))
    return Decision(rule=judgement.outcome, why=why, writes=(suggestion,))


def _suggestion(issue: Issue, outcome: Outcome, text: str) -> PostComment:
    """Once for each outcome, whoever suggests it."""
    key = f"suggestion/{issue.id}/{outcome.rstrip('?')}"
    marker = Marker(issue.ref.repo.id, issue.id, "suggestion", key)
    return PostComment(key=key, issue=issue.ref, body=(text,), marker=marker, only_if=(IssueIsOpen(issue.ref),))


def _has(issue: Issue, label: str) -> bool:
    return label.lower() in (name.lower() for name in issue.labels)


def _foreign(issue: Issue, config: Config) -> tuple[str, ...]:
    """The labels that people and others have set: our own are projections of what was decided, and prove nothing."""
    ours = {config.clarification_label.lower(), config.human_label.lower()}
    return tuple(sorted(name for name in issue.labels if name.lower() not in ours))


def _clarify(call: Call, issue: Issue, facts: Facts, config: Config) -> Decision:
    """A person's own question: how many rounds there were does not matter, a human's hand wins."""
    problem = ""
    if not call.arguments:
        problem = "write the question behind the command: `/clarify Which version is it?`"
    elif not issue.is_open:
        problem = "only on an open issue is anybody waited for; reopen it first."
    elif not facts.asked_of:
        problem = f"{issue.author.login} is a bot and could not answer."
    elif any(not question.answered_by for question in facts.questions):
        problem = "a question is open already; `/answered` closes it."
    if problem:
        return Decision(rule="not asked", why=problem, writes=(reply(issue, call, problem.capitalize()),))
    text = render_persons_question(facts.asked_of, call.arguments)
    return ask(issue, facts.asked_of, text, "A person asked for it.", config, round_=facts.used_rounds + 1)
