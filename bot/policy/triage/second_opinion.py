"""What the rules and a program of the operator say together: the rules decide, and the program can only add to it.

It adds questions to theirs, or a suggestion where they find nothing missing. It never takes a question away.
"""

import msgspec

from bot.model.judgement import Judgement, Missing, Outcome
from bot.model.opinions import NoOpinion, Opinion


class Advised(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of a judgement and a second opinion about it.

    `why` is the judgement's reason with what was heard of the program; `asked_too` is what the program asks for and
    the rules do not. `suggests` is what a person might make of an issue that the rules find ready, None for nothing,
    and `because` the program's reason for it. What the program said is foreign: neutralise it before it is shown.
    """

    outcome: Outcome
    why: str
    asked_too: tuple[Missing, ...] = ()
    suggests: Outcome | None = None
    because: str = ""


def can_be_added_to(judgement: Judgement) -> bool:
    """Whether a second opinion could change anything; a program need not be run where it cannot."""
    return judgement.outcome in ("ready", "needs-clarification")


def advised(judgement: Judgement, opinion: Opinion | NoOpinion | None) -> Advised:
    """`opinion` is None where there is no program, or where none was asked."""
    if opinion is None:
        return Advised(outcome=judgement.outcome, why=judgement.why)
    if isinstance(opinion, NoOpinion):
        failed = f"The operator's program gave no answer ({_line(opinion.why)}); the rules decided alone."
        return Advised(outcome=judgement.outcome, why=f"{judgement.why} {failed}")
    because = _line(opinion.why)
    why = f"{judgement.why} The operator's program says {opinion.outcome}: {because}"
    if not can_be_added_to(judgement):
        return Advised(outcome=judgement.outcome, why=why)
    if asked_too := _not_asked_by(judgement, opinion.asks_for):
        return Advised(outcome="needs-clarification", why=why, asked_too=asked_too)
    if judgement.outcome == "ready" and opinion.outcome != "ready":
        return Advised(outcome="ready", why=why, suggests=opinion.outcome, because=because)
    return Advised(outcome=judgement.outcome, why=why)


def _not_asked_by(judgement: Judgement, asked: tuple[Missing, ...]) -> tuple[Missing, ...]:
    """What of `asked` the rules do not ask for by the same name or in the same words."""
    names = {_same(one.name) for one in judgement.missing}
    questions = {_same(one.question) for one in judgement.missing}
    return tuple(one for one in asked if _same(one.name) not in names and _same(one.question) not in questions)


def _same(text: str) -> str:
    return _line(text).casefold()


def _line(text: str) -> str:
    return " ".join(text.split())
