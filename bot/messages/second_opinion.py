"""What a program of the operator says about an issue. All of its words are foreign, and each is shown as its own."""

from collections.abc import Sequence

from bot.messages.neutral import one_line
from bot.model.judgement import Missing, Outcome

_PROGRAM = "a program that the operator of this App has plugged in"
_LOOKS_LIKE = {
    "epic": (
        "looks like an epic",
        "Nothing is done unasked; `/decompose preview` shows what would be made of it.",
    ),
    "duplicate-of?": (
        "may be a duplicate",
        "If it is, close it with a pointer; if not, nothing has to be done.",
    ),
    "blocked": (
        "seems to wait for something else",
        "If it does, say so in the description or with a label; if not, nothing has to be done.",
    ),
}


def render_asked_too(questions: Sequence[Missing], *, first: int) -> str:
    """The questions of a program, numbered from `first`; above 1, the rules have asked before it."""
    lead = f"{_PROGRAM[0].upper()}{_PROGRAM[1:]} asks{' as well' if first > 1 else ''}:"
    listed = "\n".join(f"{number}. {one_line(one.question)}" for number, one in enumerate(questions, start=first))
    return f"{lead}\n\n{listed}"


def render_second_suggestion(outcome: Outcome, why: str) -> str:
    """What a program takes an issue for that the rules find ready, and what a person might do about it."""
    looks, advice = _LOOKS_LIKE[outcome]
    return f"This {looks}, says {_PROGRAM}: {one_line(why)}\n\n{advice}"
