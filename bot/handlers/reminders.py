"""Reminds once of a question that has waited long for its answer; it never closes an issue."""

from datetime import datetime, timedelta

import msgspec

from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.questions import Question
from bot.ports import Read

WHILE_HELD = True
ON = frozenset({("timer", "reminders")})
#: Nobody is reminded sooner, whatever is configured.
SOONEST = timedelta(days=1)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` are the open questions of at least `SOONEST` that nobody was reminded of."""

    waiting: tuple[Question, ...]
    now: datetime


async def gather(event: Event, read: Read) -> Facts:
    now = read.now()
    return Facts(waiting=await read.store.unanswered(now - SOONEST), now=now)


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if not config.reminder_days:
        return Decision(rule="no reminders", why="Reminders are switched off.")
    long_ago = facts.now - timedelta(days=config.reminder_days)
    due = tuple(question.issue for question in facts.waiting if question.asked_at and question.asked_at < long_ago)
    if not due:
        return Decision(rule="nobody to remind", why=f"No question has waited for {config.reminder_days} days.")
    return Decision(
        rule="remind",
        why=f"{len(due)} questions have waited for {config.reminder_days} days.",
        wakes=tuple(Wake(issue, "reminder") for issue in due),
    )
