"""Says what was decided here, by which rule and why, and what waits."""

import msgspec

from bot.messages.why import render_why
from bot.model.commands import Command, Permission
from bot.model.config import Config
from bot.model.decision import Decision, Reason
from bot.model.events import Event
from bot.model.facts import Issue
from bot.policy.reply import reply
from bot.ports import Read

#: Decisions shown, newest first.
MOST = 10
COMMANDS = (
    Command(
        name="why",
        summary="Says what Interlock decided about this issue, why, and what waits.",
        may=Permission.READ,
        examples=("/why",),
    ),
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    issue: Issue | None
    reasons: tuple[Reason, ...]
    waiting: tuple[str, ...]


async def gather(event: Event, read: Read) -> Facts:
    return Facts(
        issue=await read.github.issue(event.subject),
        reasons=await read.store.reasons(event.subject, MOST),
        waiting=await read.store.waiting(event.subject),
    )


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if facts.issue is None or event.command is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    text = render_why(facts.reasons, facts.waiting)
    return Decision(rule="why", why="Somebody asked why.", writes=(reply(facts.issue, event.command, text),))
