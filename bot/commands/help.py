"""Lists the commands, generated from what their files declare."""

import msgspec

from bot.messages.commands import render_help
from bot.model.commands import Command, Permission
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import Issue
from bot.policy.reply import reply
from bot.ports import Read

COMMANDS = (
    Command(
        name="help", summary="Lists what can be asked of Interlock here.", may=Permission.NONE, examples=("/help",)
    ),
)


class Facts(msgspec.Struct, frozen=True):
    issue: Issue | None


async def gather(event: Event, read: Read) -> Facts:
    return Facts(await read.github.issue(event.subject))


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if facts.issue is None or event.command is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    return Decision(
        rule="help",
        why="Somebody asked for the list of commands.",
        writes=(reply(facts.issue, event.command, render_help(config.commands)),),
    )
