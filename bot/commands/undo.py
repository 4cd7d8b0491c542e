"""Takes a decomposition back: closes as not planned exactly those of its children that nobody has touched."""

import msgspec

from bot.messages.commands import render_problem
from bot.messages.decompose import render_undone, render_which_run
from bot.model.commands import Command, Permission
from bot.model.conditions import IssueIsOpen, UnchangedSince
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.epics import Run, StoredChild
from bot.model.events import Event
from bot.model.facts import Happening, Issue
from bot.model.ids import AppIdentity, IssueRef
from bot.model.records import RunUndone
from bot.model.writes import CloseIssue, CreateIssue
from bot.policy.reply import reply
from bot.policy.undo import why_touched
from bot.ports import Read

COMMANDS = (
    Command(
        name="undo",
        summary="Closes, as not planned, the sub-issues of a decomposition that nobody has touched since.",
        may=Permission.TRIAGE,
        arguments="[run]",
        examples=("/undo", "/undo 2"),
    ),
)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A child as it is now. `issue` is None if it is not there (any more), `created` the write that made it."""

    child: StoredChild
    issue: Issue | None
    created: CreateIssue
    timeline: tuple[Happening, ...]
    is_planned: bool


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`made` are the children that we created, of every run."""

    issue: Issue | None
    runs: tuple[Run, ...] = ()
    made: tuple[Made, ...] = ()


async def gather(event: Event, read: Read) -> Facts:
    issue = await read.github.issue(event.subject)
    runs = await read.store.runs(event.subject)
    asked = _asked(event.command.arguments if event.command else "", runs)
    made = []
    for child in await read.store.children(event.subject) if isinstance(asked, Run) else ():
        created = await read.store.written(child.key)
        if isinstance(asked, Run) and child.run == asked.id and isinstance(created, CreateIssue):
            made.append(await _made(child, created, read))
    return Facts(issue=issue, runs=runs, made=tuple(made))


async def _made(child: StoredChild, created: CreateIssue, read: Read) -> Made:
    ref = IssueRef(created.repo, child.number)
    issue = await read.github.issue(ref) if child.number else None
    return Made(
        child=child,
        issue=issue,
        created=created,
        timeline=await read.github.timeline(ref) if issue else (),
        is_planned=issue is not None and await read.store.plan_of_issue(ref) is not None,
    )


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    issue, call = facts.issue, event.command
    if issue is None or call is None or event.sender is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    by = event.sender.login
    run = _asked(call.arguments, facts.runs)
    if isinstance(run, str):
        return Decision(rule="nothing undone", why=run, writes=(reply(issue, call, render_problem(by, run)),))
    touched = {made.child.key: _why_kept(made, config.us) for made in facts.made}
    closing = [made for made in facts.made if made.issue and not touched[made.child.key]]
    kept = [(made.child.number, why) for made in facts.made if made.issue and (why := touched[made.child.key])]
    in_doubt = sum(made.child.in_doubt for made in facts.made)
    never = sum(not made.child.number for made in facts.made) - in_doubt
    text = render_undone([made.child.number for made in closing], kept, never, in_doubt)
    given_up = tuple(made.child.key for made in facts.made if not touched[made.child.key])
    return Decision(
        rule="undone",
        why=f"{by} takes run {run.id} back: {len(closing)} children are to be closed, {len(kept)} kept.",
        records=(RunUndone(epic=issue.ref, run=run.id, by=by, children=given_up),),
        writes=(*(_close(made.issue) for made in closing if made.issue), reply(issue, call, text)),
        wakes=(Wake(issue.ref, "progress"),),
    )


def _asked(arguments: str, runs: tuple[Run, ...]) -> Run | str:
    """The run that is meant, or a sentence that says why there is none."""
    active = [run for run in runs if not run.undone_by]
    wanted = arguments.strip()
    if not runs:
        return "this issue was not decomposed here, so there is nothing to undo."
    if not active:
        return "every decomposition of this issue has been undone already."
    if not wanted:
        return active[0] if len(active) == 1 else render_which_run(active)
    there = next((run for run in runs if str(run.id) == wanted), None)
    if there is None:
        return (
            render_which_run(active) if len(active) > 1 else f"there is no such run; `/undo {active[0].id}` is the one."
        )
    return there if not there.undone_by else f"run {there.id} has been undone already."


def _why_kept(made: Made, us: AppIdentity) -> str:
    """Empty for one that may go, and for one that is not there."""
    if made.issue is None:
        return ""
    if not made.issue.is_open:
        return "it is closed already"
    return why_touched(made.issue, made.created, made.timeline, us, is_planned=made.is_planned)


def _close(issue: Issue) -> CloseIssue:
    if issue.updated_at is None:
        return CloseIssue(key=f"undo/{issue.id}", issue=issue.ref, only_if=(IssueIsOpen(issue.ref),))
    untouched = UnchangedSince(issue.ref, issue.updated_at)
    return CloseIssue(key=f"undo/{issue.id}", issue=issue.ref, only_if=(untouched,))
