"""Keeps one summary of each decomposed epic up to date and says when all of its children are done; closes nothing."""

import msgspec

from bot.messages.decompose import render_all_done, render_summary
from bot.model.conditions import IssueIsOpen
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.epics import Progress, Run, StoredChild
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.ids import IssueRef
from bot.model.markers import Marker, digest
from bot.model.texts import LivingText
from bot.model.writes import AnyWrite, CloseIssue, PostComment
from bot.policy.living_text import new_wording, same_words
from bot.policy.progress import is_all_done, progress, so_far
from bot.ports import Read

WHILE_HELD = True
ON = frozenset(
    {
        ("wake", "progress"),
        ("timer", "progress"),
        ("issues", "closed"),
        ("issues", "reopened"),
        ("issues", "deleted"),
        ("issues", "transferred"),
        ("sub_issues", "sub_issue_added"),
        ("sub_issues", "sub_issue_removed"),
    }
)
#: As deep as GitHub nests sub-issues.
MOST_LEVELS = 8


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`above` are the epics to which the event's issue matters; `unfinished` are epics to look at again.

    The rest is about an epic that the event itself concerns. `is_creating`: writes that make its children have not
    ended, `is_closing`: nor have those that take them back. `elsewhere` holds, by number, the planned children that are
    not direct sub-issues. `is_open` is known only where every child is done.
    """

    above: tuple[IssueRef, ...] = ()
    unfinished: tuple[IssueRef, ...] = ()
    runs: tuple[Run, ...] = ()
    planned: tuple[StoredChild, ...] = ()
    is_creating: bool = False
    is_closing: bool = False
    undone: tuple[StoredChild, ...] = ()
    linked: tuple[Issue, ...] = ()
    elsewhere: dict[int, Issue | None] = {}
    is_open: bool = False
    text: LivingText = LivingText(key="")


async def gather(event: Event, read: Read) -> Facts:
    if event.name == "timer":
        return Facts(unfinished=await read.store.unfinished_texts())
    us = await read.github.identity()
    is_ours = event.sender is not None and us.wrote(event.sender)
    is_about_issue = event.name in ("issues", "sub_issues")
    above = await _epics_above(event, read) if is_about_issue and not is_ours else ()
    runs = await read.store.runs(event.subject) if event.name != "issues" else ()
    if not runs:
        return Facts(above=above)
    planned = await read.store.children(event.subject)
    text = await read.store.living_text(f"summary/{runs[0].issue}")
    pending = await read.store.pending(event.subject)
    known = Facts(
        above=above,
        runs=runs,
        planned=planned,
        text=text,
        is_creating=_is_creating(planned, pending),
        is_closing=any(isinstance(write, CloseIssue) for write in pending),
    )
    if known.is_creating or (is_ours and text.is_final):
        return known
    linked = await read.github.sub_issues(event.subject)
    direct = {child.id for child in linked}
    missing = [child.number for child in planned if child.number and child.id not in direct]
    epic = None if any(child.is_open for child in linked) else await read.github.issue(event.subject)
    return msgspec.structs.replace(
        known,
        undone=await read.store.undone_children(event.subject),
        linked=linked,
        elsewhere={number: await read.github.issue(IssueRef(event.repo, number)) for number in missing},
        is_open=epic is not None and epic.is_open,
    )


def _is_creating(planned: tuple[StoredChild, ...], pending: tuple[AnyWrite, ...]) -> bool:
    ours = {child.key for child in planned}
    return any(write.key.removeprefix("link/") in ours for write in pending)


async def _epics_above(event: Event, read: Read) -> tuple[IssueRef, ...]:
    """The epics that planned the issue, and the nearest one above it that we decomposed, for what people did."""
    planned = await read.store.epics_of(event.subject)
    if event.action in ("deleted", "transferred"):
        return planned
    nearest = await _nearest_above(event.subject, read)
    return tuple(dict.fromkeys((*planned, *nearest)))


async def _nearest_above(ref: IssueRef, read: Read) -> tuple[IssueRef, ...]:
    issue, repo = await read.github.issue(ref), ref.repo
    for _ in range(MOST_LEVELS):
        name, _, number = (issue.parent if issue else "").rpartition("#")
        if issue is None or not name:
            return ()
        if name.lower() != issue.repo_name.lower():
            found = await read.github.find_repository(name)
            if found is None:
                return ()
            repo = found
        above = IssueRef(repo, int(number))
        if await read.store.runs(above):
            return (above,)
        issue = await read.github.issue(above)
    return ()


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if event.name == "timer":
        why = f"{len(facts.unfinished)} summaries wait for children that were being created."
        return Decision(rule="look again", why=why, wakes=tuple(Wake(epic, "progress") for epic in facts.unfinished))
    wakes = tuple(Wake(epic, "progress") for epic in facts.above)
    if not facts.runs and wakes:
        names = ", ".join(f"#{epic.number}" for epic in facts.above)
        return Decision(rule="tell the epic", why=f"What it is about is told there: {names}.", wakes=wakes)
    if not facts.runs:
        return Decision(rule="no epic", why="It is none, nor a sub-issue of one, that was decomposed here.")
    return msgspec.structs.replace(_look(event, facts, config), wakes=wakes)


def _look(event: Event, facts: Facts, config: Config) -> Decision:
    if facts.is_creating and facts.text.revision:
        return Decision(rule="being created", why="The summary follows when its sub-issues are there.")
    if event.sender and config.us.wrote(event.sender) and facts.text.is_final:
        return Decision(rule="ours", why="The summary has told of it already.")
    return _summarise(event.subject, facts)


def _summarise(epic: IssueRef, facts: Facts) -> Decision:
    given_up = {child.id for child in facts.undone}
    linked = tuple(child for child in facts.linked if child.id not in given_up)
    lines = so_far(facts.planned) if facts.is_creating else progress(facts.planned, linked, facts.elsewhere)
    marker = Marker(epic.repo.id, facts.runs[0].issue, "summary", facts.text.key)
    text = render_summary(lines, facts.runs)
    is_final = not (facts.is_creating or facts.is_closing)
    wording = new_wording(facts.text, epic, text, marker, is_final=is_final)
    record = wording.record if wording else same_words(facts.text, epic, is_final=is_final)
    records = (record,) if record else ()
    writes: tuple[AnyWrite, ...] = (wording.write,) if wording else ()
    if facts.is_open and _is_complete(facts.runs, lines):
        ids = {child.id for child in linked} | {child.id for child in facts.planned}
        done = _all_done(epic, facts.runs[0].issue, lines, digest(" ".join(str(one) for one in sorted(ids))))
        why = "Every child is done; whether the epic is closed is for people to say."
        return Decision(rule="all done", why=why, records=records, writes=(*writes, done))
    if not writes:
        return Decision(rule="as it was", why="The summary says so already.", records=records)
    return Decision(rule="summary", why="The summary follows the children.", records=records, writes=writes)


def _is_complete(runs: tuple[Run, ...], lines: tuple[Progress, ...]) -> bool:
    return any(not run.undone_by for run in runs) and is_all_done(lines)


def _all_done(epic: IssueRef, ident: int, lines: tuple[Progress, ...], family: str) -> PostComment:
    """Once for each set of children: more work that is done later is told again."""
    key = f"all-done/{ident}/{family}"
    others = [line for line in lines if line.status != "done"]
    text = render_all_done(len(lines) - len(others), others)
    marker = Marker(epic.repo.id, ident, "all-done", key)
    return PostComment(key=key, issue=epic, body=(text,), marker=marker, only_if=(IssueIsOpen(epic),))
