"""Reminds once of a question that has waited long for its answer; it never closes an issue."""

from datetime import datetime, timedelta

import msgspec

from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.ids import Repo
from bot.model.questions import Question
from bot.ports import Read

WHILE_HELD = True
ON = frozenset({("timer", "reminders")})
#: Nobody is reminded sooner, whatever is configured.
SOONEST = timedelta(days=1)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` are the open questions of at least `SOONEST` that nobody was reminded of.

    `days` is after how many of them each repository wants to be reminded, 0 for never.
    """

    waiting: tuple[Question, ...]
    days: dict[Repo, int]
    now: datetime


async def gather(event: Event, read: Read) -> Facts:
    now = read.now()
    waiting = await read.store.unanswered(now - SOONEST)
    repositories = dict.fromkeys(question.issue.repo for question in waiting)
    days = {repo: (await read.configs.of(repo)).reminder_days for repo in repositories}
    return Facts(waiting=waiting, days=days, now=now)


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    due = tuple(question.issue for question in facts.waiting if _is_due(question, facts))
    if not due:
        return Decision(rule="nobody to remind", why=f"{len(facts.waiting)} questions wait, none of them long enough.")
    return Decision(
        rule="remind",
        why=f"{len(due)} questions have waited as long as their repositories want.",
        wakes=tuple(Wake(issue, "reminder") for issue in due),
    )


def _is_due(question: Question, facts: Facts) -> bool:
    days = facts.days[question.issue.repo]
    return bool(days and question.asked_at and question.asked_at < facts.now - timedelta(days=days))
