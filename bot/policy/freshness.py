"""How far a read may lag behind the event that led to it: GitHub's replicas need a moment (faults G7 and G10)."""

from datetime import datetime

from bot.model.events import Event

#: Seconds after which GitHub agrees with itself: what is missing then is gone.
LAG = 60.0


def age(event: Event, now: datetime) -> float:
    """Seconds since it happened: a delivery that comes late tells of something old."""
    return (now - min(event.received_at, event.happened_at or event.received_at)).total_seconds()


def may_lag(event: Event, now: datetime) -> bool:
    """Whether what this event tells of may be missing from an answer of GitHub because that answer is stale."""
    return age(event, now) < LAG
