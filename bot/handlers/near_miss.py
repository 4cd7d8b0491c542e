"""Answers a command that is nearly one of ours; any other unknown word is another bot's business."""

import msgspec

from bot.messages.commands import render_near_miss
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import Issue
from bot.policy.reply import reply
from bot.policy.spelling import nearest
from bot.ports import Read

WHILE_HELD = True
ON = frozenset({("command", "unknown")})


class Facts(msgspec.Struct, frozen=True):
    issue: Issue | None


async def gather(event: Event, read: Read) -> Facts:
    return Facts(await read.github.issue(event.subject))


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    call = event.command
    if facts.issue is None or call is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    meant = nearest(call.name, (command.name for command in config.commands))
    if meant is None:
        return Decision(rule="not ours", why=f"/{call.name} is no command of ours, nor nearly one.")
    text = render_near_miss(call.name, meant)
    return Decision(rule="near miss", why=f"/{call.name} is nearly /{meant}.", writes=(reply(facts.issue, call, text),))
