"""The breaker: the last of three layers against a bot that talks to itself (lessons R31)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from bot.model.decision import Past
from bot.model.writes import AnyWrite, CreateCheckRun

RULE = "breaker"
WINDOW = timedelta(hours=1)


def speaks(writes: Iterable[AnyWrite]) -> bool:
    """Whether a decision counts: a check run alone does not, because a verdict must never be held back."""
    return any(not isinstance(write, CreateCheckRun) for write in writes)


def state(past: Sequence[Past], now: datetime, most: int) -> Literal["closed", "trips", "open"]:
    """Whether one more decision to write, which no human caused, may be made about an issue.

    `past` are its decisions, newest first. `closed`: it may. `trips`: it would be one too many of `most` in an hour.
    `open`: it was one too many before, and no human has acted since.
    """
    since_human = []
    for one in past:
        if one.by_human:
            break
        since_human.append(one)
    if any(one.rule == RULE for one in since_human):
        return "open"
    recent = sum(one.wrote and one.at > now - WINDOW for one in since_human)
    return "trips" if recent >= most else "closed"
