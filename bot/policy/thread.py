"""Whose turn is it? The clarification rule over a whole thread (design section 6, lessons section 3).

Each step gives a decision. `requeue`: triage looks at the issue again. `wait`: it does not; either a person has to
answer, or the step changed nothing. `human-needed`: two rounds of questions are used up and a person has to decide.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from bot.model.commands import Permission
from bot.policy.command_parsing import commands_in
from bot.policy.substance import adds_something

ROUNDS = 2
CLARIFICATION_LABEL = "needs-clarification"
HUMAN_LABEL = "human-needed"
_MENTION = re.compile(r"(?<![\w/])@([A-Za-z0-9][A-Za-z0-9-]*)", re.ASCII)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The issue as it was opened; `author` and `assignees` are logins."""

    title: str = ""
    body: str = ""
    labels: tuple[str, ...] = ()
    author: str = ""
    assignees: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did. `author_kind` says who: the issue's author, somebody who may write (`maintainer`), another
    person, a bot, or our own App (`us`), whose comment is a question it asked.

    `permission` is the role GitHub tells of the person; without it a maintainer may write and a `human` may not.
    `created_at` is when it happened; steps without it happened in the order they are listed. A `body` that is not
    given is unknown, not empty. Of a deleted comment `author` is who had written it.
    """

    type: Literal["comment", "comment_edited", "comment_deleted", "body_edited", "title_edited", "labeled", "unlabeled"]
    author_kind: Literal["author", "maintainer", "human", "bot", "us"]
    author: str = ""
    permission: str | None = None
    created_at: datetime | None = None
    body: str | None = None
    label: str | None = None
    minimized: bool = False


class Turn(msgspec.Struct, frozen=True):
    """The decision after a step, and why."""

    decision: Literal["wait", "requeue", "human-needed"]
    why: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question: its round (0: a person set the label, nothing was asked), whom it was put to, who answered it."""

    round: int
    asked_of: frozenset[str]
    asked_at: datetime | None = None
    text: str | None = None
    answered_by: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a thread so far. Logins are in lower case.

    `needs_human`: the rounds are used up and nobody has taken the issue on since. `heard_at` is the time of the last
    words that would have answered a question: one that is told of late may have been answered before.
    """

    author: str
    assignees: frozenset[str] = frozenset()
    body: str = ""
    questions: tuple[Asked, ...] = ()
    needs_human: bool = False
    heard_at: datetime | None = None
    seen: frozenset[Step] = frozenset()

    @property
    def open(self) -> Asked | None:
        """The question that waits for an answer."""
        last = self.questions[-1] if self.questions else None
        return last if last and not last.answered_by else None

    @property
    def rounds(self) -> int:
        return sum(question.round > 0 for question in self.questions)


def turns(opening: Opening, steps: Iterable[Step], label: str = CLARIFICATION_LABEL) -> tuple[Turn, ...]:
    """The decision after each of `steps`; `label` is the one that shows an open question."""
    state, given = opened(opening, label), []
    for step in steps:
        state, turn = after(state, step, label)
        given.append(turn)
    return tuple(given)


def opened(opening: Opening, label: str = CLARIFICATION_LABEL) -> State:
    """The state before the first step. An issue that is opened with the label waits for its author."""
    state = State(
        author=opening.author.lower(),
        assignees=frozenset(login.lower() for login in opening.assignees),
        body=opening.body,
        needs_human=any(_is_label(name, HUMAN_LABEL) for name in opening.labels),
    )
    return _waiting_by_hand(state, None) if any(_is_label(name, label) for name in opening.labels) else state


def after(state: State, step: Step, label: str = CLARIFICATION_LABEL) -> tuple[State, Turn]:
    """The state and the decision after `step`."""
    if step.created_at is not None and step in state.seen:
        return state, _nothing(state, "this was told twice")
    next_state, turn = _after_new(state, step, label)
    body = state.body if step.type != "body_edited" or step.body is None else step.body
    return replace(next_state, seen=next_state.seen | {step}, body=body), turn


def _after_new(state: State, step: Step, label: str) -> tuple[State, Turn]:
    if step.type == "comment_deleted":
        return _after_deletion(state, step)
    if step.author_kind == "us":
        return _after_us(state, step)
    if step.author_kind == "bot":
        return state, _nothing(state, "a bot never answers")
    if step.type in ("labeled", "unlabeled"):
        return _after_label(state, step, label)
    if state.open and _is_before(state, step, state.open):
        return state, _nothing(state, f"{_who(step)} did this before the question was asked")
    if step.type in ("body_edited", "title_edited"):
        return _after_edit(state, step)
    return _after_comment(state, step)


def _after_us(state: State, step: Step) -> tuple[State, Turn]:
    """Our comment is a question; nothing else that we do, and no repetition of it, changes whose turn it is."""
    question = state.open
    if step.type != "comment":
        return state, _nothing(state, "our own doing never answers")
    if question and question.round and question.text == step.body and None in (question.asked_at, step.created_at):
        return state, _nothing(state, "this is the question that is open already")
    if state.rounds >= ROUNDS:
        return replace(state, needs_human=True), Turn("human-needed", f"{ROUNDS} rounds of questions are used up")
    asked = Asked(
        round=state.rounds + 1,
        asked_of=frozenset(login.lower() for login in _MENTION.findall(step.body or "")) or frozenset({state.author}),
        asked_at=step.created_at,
        text=step.body,
    )
    if state.heard_at and asked.asked_at and state.heard_at > asked.asked_at:
        asked = replace(asked, answered_by="words that were told of before the question")
        why = "this question was answered before we were told of it"
        return replace(state, questions=(*state.questions, asked)), _nothing(state, why)
    state = replace(state, questions=(*state.questions, asked))
    return state, Turn("wait", f"question {asked.round} of {ROUNDS} waits for {_names(asked.asked_of)}")


def _after_comment(state: State, step: Step) -> tuple[State, Turn]:
    commands = {call.name for call in commands_in(step.body or "")}
    if step.minimized:
        return state, _nothing(state, "the comment is hidden")
    if "clarify" in commands:
        return state, _nothing(state, f"{_who(step)} asks, and does not answer")
    if step.body is not None and "answered" not in commands and not adds_something(step.body):
        return state, _nothing(state, f"what {_who(step)} says adds nothing")
    if _may_answer(state, step):
        return _answered(state, step, "answered" if state.open else "added something")
    why = f"{_who(step)} added something; that answers for nobody and uses up no round"
    return replace(state, needs_human=False), Turn("requeue", why)


def _after_edit(state: State, step: Step) -> tuple[State, Turn]:
    """The description answers when somebody who may answer edits it. The title alone does not."""
    if step.type == "title_edited" and state.open:
        return state, _nothing(state, "a new title answers nothing")
    if not _may_answer(state, step):
        return state, _nothing(state, f"{_who(step)} is not one of those who may answer")
    if step.type == "title_edited":
        return replace(state, needs_human=False), Turn("requeue", f"{_who(step)} changed the title")
    if step.body is not None and (step.body == state.body or not adds_something(step.body)):
        return state, _nothing(state, "the description says nothing new")
    return _answered(state, step, "edited the description")


def _after_label(state: State, step: Step, label: str) -> tuple[State, Turn]:
    """Labels say nothing, but for the two of ours in the hand of a person."""
    is_set = step.type == "labeled"
    if _is_label(step.label, HUMAN_LABEL):
        if is_set:
            return replace(state, needs_human=True), Turn("human-needed", f"{_who(step)} says so")
        why = f"{_who(step)} gave the issue back, and the rounds begin again"
        return replace(state, needs_human=False, questions=()), Turn("requeue", why)
    if not _is_label(step.label, label):
        return state, _nothing(state, "other labels never answer")
    if state.open:
        if is_set:
            return state, _nothing(state, "a question is open already")
        if _is_before(state, step, state.open):
            return state, _nothing(state, "the label was removed before the question was asked")
    if is_set:
        state = replace(_waiting_by_hand(state, step.created_at), needs_human=False)
        return state, Turn(
            "wait", f"{_who(step)} wants an answer from {state.author or 'the author'}; none is asked twice"
        )
    return _answered(state, step, "removed the label")


def _after_deletion(state: State, step: Step) -> tuple[State, Turn]:
    """A question nobody can read is void, and its round stays used: it is asked again at most once."""
    question = state.open
    is_question = question and question.round and step.body in (None, question.text)
    if step.author_kind != "us" or not question or not is_question:
        return state, _nothing(state, "a comment that is gone answers nothing")
    void = replace(question, answered_by="nobody: the question was deleted")
    return replace(state, questions=(*state.questions[:-1], void)), Turn("requeue", "our question was deleted")


def _answered(state: State, step: Step, how: str) -> tuple[State, Turn]:
    questions = state.questions
    if state.open:
        questions = (*questions[:-1], replace(state.open, answered_by=step.author or step.author_kind))
    heard_at = max((at for at in (state.heard_at, step.created_at) if at), default=None)
    state = replace(state, questions=questions, heard_at=heard_at, needs_human=False)
    return state, Turn("requeue", f"{_who(step)} {how}")


def _waiting_by_hand(state: State, since: datetime | None) -> State:
    waiting = Asked(round=0, asked_of=frozenset({state.author}), asked_at=since)
    return replace(state, questions=(*state.questions, waiting))


def _may_answer(state: State, step: Step) -> bool:
    """The issue's author, an assignee, whoever was asked, or somebody who may write; `step` is no bot's."""
    login = step.author.lower()
    is_concerned = login in {state.author, *state.assignees, *(state.open.asked_of if state.open else ())}
    return step.author_kind == "author" or (bool(login) and is_concerned) or _may_write(step)


def _may_write(step: Step) -> bool:
    if step.permission is None:
        return step.author_kind == "maintainer"
    role = Permission.__members__.get(step.permission.upper(), Permission.NONE)
    return role.at_least(Permission.WRITE)


def _is_before(state: State, step: Step, question: Asked) -> bool:
    """Whether `step` happened before `question`; at the same time: as listed.

    The edit of a comment may carry the time of that comment: then it happened when it is listed.
    """
    if step.created_at is None or question.asked_at is None or step.created_at >= question.asked_at:
        return False
    return step.type != "comment_edited" or not any(
        (told.type, told.author, told.created_at) == ("comment", step.author, step.created_at) for told in state.seen
    )


def _nothing(state: State, why: str) -> Turn:
    """Nothing changes: who had to act before still has to."""
    if state.needs_human:
        return Turn("human-needed", f"{why}; a person has to decide")
    if state.open:
        return Turn("wait", f"{why}; it is still the turn of {_names(state.open.asked_of)}")
    return Turn("wait", f"{why}; nothing is asked and nothing is new")


def _is_label(name: str | None, label: str) -> bool:
    return name is not None and name.strip().lower() == label.lower()


def _who(step: Step) -> str:
    return step.author or f"the {step.author_kind}"


def _names(logins: frozenset[str]) -> str:
    return ", ".join(sorted(logins - {""})) or "the author"
