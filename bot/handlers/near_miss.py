"""Answers a command that is nearly one of ours; any other unknown word is another bot's business."""

import msgspec

from bot.messages.commands import render_near_miss
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.markers import Marker
from bot.model.texts import LivingText
from bot.policy.living_text import new_wording
from bot.policy.spelling import nearest
from bot.ports import Read

WHILE_HELD = True
ON = frozenset({("command", "unknown")})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`answer` is what was said where this command stands, before its comment was edited."""

    issue: Issue | None
    answer: LivingText = LivingText(key="")


async def gather(event: Event, read: Read) -> Facts:
    issue, call = await read.github.issue(event.subject), event.command
    if issue is None or call is None:
        return Facts(issue=None)
    key = f"near-miss/{issue.id}/{call.comment}/{call.ordinal}"
    return Facts(issue=issue, answer=await read.store.living_text(key))


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    call, issue = event.command, facts.issue
    if issue is None or call is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    meant = nearest(call.name, (command.name for command in config.commands))
    if meant is None:
        return Decision(rule="not ours", why=f"/{call.name} is no command of ours, nor nearly one.")
    marker = Marker(issue.ref.repo.id, issue.id, "near-miss", facts.answer.key)
    said = new_wording(facts.answer, issue.ref, render_near_miss(call.name, meant), marker, is_final=True)
    return Decision(
        rule="near miss",
        why=f"/{call.name} is nearly /{meant}.",
        records=(said.record,) if said else (),
        writes=(said.write,) if said else (),
    )
