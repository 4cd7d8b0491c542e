"""A person's brake for one issue: `/hold` lets nothing be started, `/unhold` lets triage look again."""

import msgspec

from bot.messages.commands import render_hold, render_unheld
from bot.model.commands import Command, Permission
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.questions import Hold
from bot.model.records import HeldByHand, Unheld
from bot.policy.reply import reply
from bot.ports import Read

COMMANDS = (
    Command(
        name="hold",
        summary="Nothing is asked, planned or decomposed here until `/unhold`; checks and answers go on.",
        may=Permission.TRIAGE,
        arguments="[reason]",
        examples=("/hold we wait for the summer release",),
    ),
    Command(
        name="unhold",
        summary="Ends a hold; triage looks at the issue again.",
        may=Permission.TRIAGE,
        examples=("/unhold",),
    ),
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    issue: Issue | None
    hold: Hold | None


async def gather(event: Event, read: Read) -> Facts:
    return Facts(issue=await read.github.issue(event.subject), hold=await read.store.hold(event.subject))


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    issue, call = facts.issue, event.command
    if issue is None or call is None or event.sender is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    by = event.sender.login
    if call.name == "hold":
        reason = call.arguments or "no reason given"
        return Decision(
            rule="held",
            why=f"{by}: {reason}",
            records=(HeldByHand(issue=issue.ref, by=by, reason=reason),),
            writes=(reply(issue, call, render_hold(reason)),),
        )
    said = reply(issue, call, render_unheld(was_held=facts.hold is not None))
    if facts.hold is None:
        return Decision(rule="not held", why="Nobody has put this on hold.", writes=(said,))
    return Decision(
        rule="unheld",
        why=f"{by} ends the hold of {facts.hold.by}.",
        records=(Unheld(issue=issue.ref),),
        writes=(said,),
        wakes=(Wake(issue.ref, "triage"),),
    )
