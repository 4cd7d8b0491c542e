"""`interlock try thread`: whose turn it is after every step of a conversation."""

from datetime import UTC
from typing import Annotated, Any

import msgspec
import typer
from msgspec.structs import replace

from bot.cli.try_._lines import try_rule
from bot.policy.thread import Opening, Step, Turn, turns


class Thread(msgspec.Struct, frozen=True):
    """A whole conversation, as a person writes it down or exports it."""

    opening: Opening
    steps: tuple[Step, ...]


def thread(
    file: Annotated[str, typer.Argument(help="A JSON file {opening, steps}, or - for JSON lines on stdin")],
    as_json: Annotated[bool, typer.Option("--json", help='Print [{"decision": …, "why": …}]')] = False,
) -> None:
    """Show what is decided after each step of a conversation on an issue.

    FILE is {"opening": {title, body, labels, author}, "steps": [{type, author, author_kind, permission?, created_at?,
    body?, label?}]}. A type is comment, comment_edited, comment_deleted, body_edited, title_edited, labeled or
    unlabeled; an author_kind author, maintainer, human, bot or us (the App, whose comment is a question it asked).

    wait: triage does not look at the issue; a person has to answer, or the step changed nothing. requeue: it looks
    again. human-needed: two rounds are used up. While nothing is asked, a person who adds something is a reason to
    look (requeue), and everything else is none (wait).
    """
    try_rule(file, as_json=as_json, from_text=_from_text, from_json=_thread, rule=_turns, shown=_shown)


def _from_text(text: str) -> Thread:
    try:
        given = msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except msgspec.DecodeError as problem:
        raise ValueError(f"not JSON: {problem}") from problem
    return _thread(given)


def _thread(given: Any) -> Thread:
    thread = msgspec.convert(given, Thread)
    return Thread(thread.opening, tuple(_in_utc(step) for step in thread.steps))


def _in_utc(step: Step) -> Step:
    """A time without a zone is UTC, as GitHub's are."""
    if step.created_at is None or step.created_at.tzinfo:
        return step
    return replace(step, created_at=step.created_at.replace(tzinfo=UTC))


def _turns(given: Thread) -> tuple[Turn, ...]:
    return turns(given.opening, given.steps)


def _shown(found: tuple[Turn, ...]) -> str:
    return "\n".join(f"{number}. {turn.decision}: {turn.why}" for number, turn in enumerate(found, 1)) or "no step"
