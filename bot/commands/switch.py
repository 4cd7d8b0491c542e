"""The kill switch of a repository: `/stop` holds every write of the bot here, `/resume` lets them go again."""

import msgspec

from bot.messages.commands import render_resumed
from bot.model.commands import Command, Permission
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.records import Resumed, Stopped
from bot.policy.reply import reply
from bot.ports import Read

COMMANDS = (
    Command(
        name="stop",
        summary="Holds every write of Interlock in this repository, this one's acknowledgement included.",
        may=Permission.MAINTAIN,
        arguments="[reason]",
        examples=("/stop it is too loud today",),
    ),
    Command(
        name="resume",
        summary="Lets Interlock write in this repository again; what was held goes out if it is still wanted.",
        may=Permission.MAINTAIN,
        examples=("/resume",),
    ),
)


class Facts(msgspec.Struct, frozen=True):
    issue: Issue | None


async def gather(event: Event, read: Read) -> Facts:
    return Facts(await read.github.issue(event.subject))


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if event.command is None or event.sender is None:
        return Decision(rule="no command", why="Only a command turns the switch.")
    by = event.sender.login
    if event.command.name == "stop":
        reason = event.command.arguments or "no reason given"
        return Decision(
            rule="stopped", why=f"{by}: {reason}", records=(Stopped(repo=event.repo, by=by, reason=reason),)
        )
    writes = (reply(facts.issue, event.command, render_resumed()),) if facts.issue else ()
    return Decision(
        rule="resumed", why=f"{by} lets writes go out again.", records=(Resumed(repo=event.repo),), writes=writes
    )
