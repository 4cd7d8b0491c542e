"""Remembers that a human took away a label we had set: it is never set again for the same cause."""

from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.records import LabelRemovedByHuman
from bot.ports import Read

WHILE_HELD = True
ON = frozenset({("issues", "unlabeled")})


async def gather(event: Event, read: Read) -> None:
    """The event itself is the fact: GitHub keeps no other trace of who removed a label last."""


def decide(event: Event, facts: None, config: Config) -> Decision:
    if event.sender is None or not event.sender.is_human:
        return Decision(rule="not a human", why="Only a human's removal of a label is an override.")
    return Decision(
        rule="override",
        why=f"{event.sender.login} removed the label {event.label}.",
        records=(LabelRemovedByHuman(issue=event.subject, label=event.label),),
    )
