"""How far a read may lag behind the event that led to it: GitHub's replicas need a moment (faults G7 and G10)."""

from collections.abc import Iterable
from datetime import datetime

from bot.model.events import Event
from bot.model.facts import Comment, Issue


def age(event: Event, now: datetime) -> float:
    """Seconds since it happened: a delivery that comes late tells of something old."""
    return (now - min(event.received_at, event.happened_at or event.received_at)).total_seconds()


def is_older(issue: Issue | None, event: Event) -> bool:
    """Whether `issue` may have been read as it was before the event. A wake tells of nothing that GitHub did.

    GitHub counts whole seconds: within one, only a label that is not as the event says gives a stale read away.
    """
    if issue is None:
        return event.name != "wake"
    if issue.updated_at and event.happened_at and issue.updated_at != event.happened_at:
        return issue.updated_at < event.happened_at
    has_label = event.label.lower() in (name.lower() for name in issue.labels)
    return event.kind == ("issues", "labeled" if not has_label else "unlabeled")


def shows(comments: Iterable[Comment], event: Event) -> bool:
    """Whether `comments` show the creation or deletion of a comment that `event` tells of; nothing else is judged."""
    is_there = any(comment.id == event.comment for comment in comments)
    match event.kind:
        case ("issue_comment", "created"):
            return is_there
        case ("issue_comment", "deleted"):
            return not is_there
        case _:
            return True
