"""Turns the open tasks of an epic into sub-issues, exactly once: label `epic`, or `/decompose` in a comment."""

import hashlib
from collections import Counter

import msgspec

from bot.messages.commands import render_problem
from bot.messages.decompose import (
    render_child,
    render_nothing_to_do,
    render_summary,
    render_title,
    render_too_many,
)
from bot.model.commands import Command, Permission
from bot.model.conditions import IssueIsOpen
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.epics import PlannedChild
from bot.model.events import Event
from bot.model.facts import Issue, Repository
from bot.model.ids import IssueRef
from bot.model.markers import Marker, digest
from bot.model.records import ChildPlanStored
from bot.model.writes import AnyWrite, CreateIssue, LinkSubIssue, PostComment, ResultOf
from bot.policy.reply import reply
from bot.policy.task_list import Task, open_tasks
from bot.ports import Read

ON = frozenset({("issues", "labeled")})
COMMANDS = (
    Command(
        name="decompose",
        summary="Turns the open tasks of this issue into sub-issues.",
        may=Permission.TRIAGE,
        examples=("/decompose",),
    ),
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`referred` holds the issues of this repository that tasks name, None where there is none.

    `planned` are the children of earlier runs; `permission` is the role of whoever set the label or commanded.
    """

    issue: Issue | None
    repository: Repository | None = None
    permission: Permission = Permission.NONE
    tasks: tuple[Task, ...] = ()
    referred: dict[int, Issue | None] = {}
    planned: tuple[PlannedChild, ...] = ()
    linked: frozenset[int] = frozenset()


async def gather(event: Event, read: Read) -> Facts:
    issue = await read.github.issue(event.subject)
    if issue is None or event.sender is None or not event.sender.is_human:
        return Facts(issue=issue)
    repository = await read.github.repository(event.repo)
    tasks = open_tasks(issue.body)
    local = {number for number in (_local(task, repository) for task in tasks) if number is not None}
    return Facts(
        issue=issue,
        repository=repository,
        permission=await read.github.permission(event.repo, event.sender.login),
        tasks=tasks,
        referred={number: await read.github.issue(IssueRef(event.repo, number)) for number in sorted(local)},
        planned=await read.store.children(event.subject),
        linked=frozenset(child.id for child in await read.github.sub_issues(event.subject)),
    )


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    issue = facts.issue
    if issue is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    if event.command is None and event.label != config.epic_label:
        return Decision(rule="another label", why=f"Only the label {config.epic_label} starts a decomposition.")
    if event.sender is None or not facts.permission.at_least(Permission.TRIAGE):
        return Decision(rule="not allowed", why="Whoever asked has no triage role here, or is a bot.")
    if not issue.is_open or issue.is_pull:
        return _answer(event, issue, "closed", "only an open issue can be decomposed.")
    return _decompose(event, issue, facts, config)


def _decompose(event: Event, issue: Issue, facts: Facts, config: Config) -> Decision:
    children, left_out = _child_plan(issue, facts)
    known = {child.key for child in facts.planned}
    new = tuple(child for child in children if child.key not in known and child.existing not in facts.linked)
    if not new and known:
        return Decision(rule="nothing new", why="Every open task is a planned child already.")
    if not new:
        text = render_nothing_to_do(config.epic_label)
        return _ask_for_tasks(issue, "nothing to decompose", "No open task was found.", text)
    if len(new) > config.most_children:
        text = render_too_many(len(new), config.most_children)
        return _ask_for_tasks(issue, "too many", f"{len(new)} open tasks are more than {config.most_children}.", text)
    return Decision(
        rule="decompose",
        why=f"{len(new)} open tasks are no sub-issues yet.",
        records=(ChildPlanStored(epic=issue.ref, children=new),),
        writes=(*_creations(issue, new), _summary(issue, new, left_out)),
    )


def _child_plan(issue: Issue, facts: Facts) -> tuple[tuple[PlannedChild, ...], tuple[str, ...]]:
    """The children the description asks for, and the items that become none, each with its reason."""
    children, left_out = [], []
    seen: Counter[str] = Counter()
    for task in facts.tasks:
        number = _local(task, facts.repository)
        referred = facts.referred.get(number) if number is not None else None
        if task.refers_to and (referred is None or referred.is_pull):
            left_out.append(f"{_shown(task)}: {'a pull request' if referred else 'not an issue of this repository'}")
            continue
        item = " ".join(task.title.lower().split())
        seen[item] += 1
        key = f"child/{issue.id}/{hashlib.sha256(item.encode()).hexdigest()[:16]}/{seen[item]}"
        title = f"#{number}" if referred else render_title(task.title)
        children.append(PlannedChild(key=key, title=title, existing=referred.id if referred else 0))
    return tuple(children), tuple(left_out)


def _creations(issue: Issue, children: tuple[PlannedChild, ...]) -> list[AnyWrite]:
    """Create, then link, child by child: links added in parallel fail with 422 (github-api.md section 7)."""
    writes: list[AnyWrite] = []
    for child in children:
        if not child.existing:
            writes.append(
                CreateIssue(
                    key=child.key,
                    repo=issue.ref.repo,
                    title=child.title,
                    body=(render_child(issue.ref.number),),
                    marker=Marker(issue.ref.repo.id, issue.id, "child", child.key),
                )
            )
        linked = child.existing or ResultOf(child.key)
        writes.append(LinkSubIssue(key=f"link/{child.key}", parent=issue.ref, child=linked))
    return writes


def _summary(issue: Issue, children: tuple[PlannedChild, ...], left_out: tuple[str, ...]) -> PostComment:
    run = digest("\n".join(child.key for child in children))[:16]
    key = f"summary/{issue.id}/{run}"
    body = render_summary(children, left_out)
    return PostComment(key=key, issue=issue.ref, body=body, marker=Marker(issue.ref.repo.id, issue.id, "summary", key))


def _answer(event: Event, issue: Issue, rule: str, problem: str) -> Decision:
    """A command is answered where it cannot be carried out; a label is not."""
    if event.command is None or event.sender is None:
        return Decision(rule=rule, why=problem)
    text = render_problem(event.sender.login, problem)
    return Decision(rule=rule, why=problem, writes=(reply(issue, event.command, text),))


def _ask_for_tasks(issue: Issue, rule: str, why: str, text: str) -> Decision:
    """One comment with `text`, once for each wording of the description."""
    key = f"decompose/{issue.id}/{rule.replace(' ', '-')}/{digest(issue.body)}"
    marker = Marker(issue.ref.repo.id, issue.id, "decompose", key)
    write = PostComment(key=key, issue=issue.ref, body=(text,), marker=marker, only_if=(IssueIsOpen(issue.ref),))
    return Decision(rule=rule, why=why, writes=(write,))


def _local(task: Task, repository: Repository | None) -> int | None:
    """The number of the issue of this repository that the task is, None if it is none."""
    if task.refers_to is None:
        return None
    name, number = task.refers_to
    ours = not name or (repository is not None and name.lower() == repository.full_name.lower())
    return number if ours else None


def _shown(task: Task) -> str:
    return f"`{task.title}`"
