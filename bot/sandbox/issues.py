"""Rules of issues: opening, editing, closing, assigning; each change is noted in the timeline and emitted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.sandbox import wire
from bot.sandbox.rest.errors import ApiError, invalid
from bot.sandbox.state import Issue, Json, Label, Milestone, Repository, TimelineEntry, User
from bot.sandbox.world import World

MAX_BODY = 65536  # characters; GitHub's documented limit for issue and comment bodies
MAX_TITLE = 256  # characters
_REASONS = ("completed", "not_planned", "duplicate")


def emit_issue(world: World, issue: Issue, action: str, actor: User, **parts: object) -> None:
    """An `issues` event, or for the issue half of a pull request the `pull_request` event of the same name."""
    if issue.is_pull:
        pull = wire.webhook_pull(world, issue.repository.pulls[issue.number])
        parts = {"number": issue.number, "pull_request": pull, **parts}
        world.emit("pull_request", action, repository=issue.repository, actor=actor, **parts)
    else:
        described = wire.webhook_issue(world, issue)
        world.emit("issues", action, repository=issue.repository, actor=actor, issue=described, **parts)


def touch(world: World, issue: Issue) -> None:
    issue.updated_at = world.now()


def note(world: World, issue: Issue, event: str, actor: User, **extra: Any) -> None:
    """Add one entry to the timeline; `extra` are wire values."""
    issue.timeline.append(TimelineEntry(world.new_id(), event, actor, world.now(), extra))
    touch(world, issue)


def new_issue(world: World, repo: Repository, actor: User, title: str, body: str | None, *, is_pull: bool) -> Issue:
    """The next number of the repository, without any event yet. Raises ApiError 422."""
    check_title(title)
    check_body(body)
    repo.last_number += 1
    number, now = world.new_id(), world.now()
    node_id = world.node_id("PR" if is_pull else "I", number)
    issue = Issue(number, node_id, repo.last_number, repo, actor, title, body, now, now, is_pull=is_pull)
    repo.issues[issue.number] = issue
    world.issues[issue.id] = issue
    return issue


def open_issue(
    world: World,
    repo: Repository,
    actor: User,
    title: str,
    body: str | None = None,
    *,
    labels: Sequence[Label] = (),
    assignees: Sequence[User] = (),
    milestone: Milestone | None = None,
) -> Issue:
    """GitHub sends `opened` and then one event for each label, assignee and milestone it was opened with."""
    issue = new_issue(world, repo, actor, title, body, is_pull=False)
    issue.labels = list(dict.fromkeys(labels))
    issue.assignees = list(dict.fromkeys(assignees))
    issue.milestone = milestone
    emit_issue(world, issue, "opened", actor)
    for label in issue.labels:
        _tell_label(world, issue, "labeled", label, actor)
    for assignee in issue.assignees:
        _tell_assignee(world, issue, "assigned", assignee, actor)
    if milestone is not None:
        _tell_milestone(world, issue, "milestoned", milestone, actor)
    return issue


def edit_issue(world: World, issue: Issue, actor: User, *, title: str | None = None, body: str | None = None) -> None:
    """Change title and body (None leaves one as it is); what is the same already makes no event."""
    changes: Json = {}
    if title is not None and title != issue.title:
        check_title(title)
        changes["title"] = {"from": issue.title}
        note(world, issue, "renamed", actor, rename={"from": issue.title, "to": title})
        issue.title = title
    if body is not None and body != (issue.body or ""):
        check_body(body)
        changes["body"] = {"from": issue.body or ""}
        issue.body = body
    if changes:
        touch(world, issue)
        emit_issue(world, issue, "edited", actor, changes=changes)


def close_issue(world: World, issue: Issue, actor: User, reason: str | None = None) -> None:
    """Close; of an issue that is closed already only the reason may change, and that makes no event."""
    if reason is not None and reason not in _REASONS:
        raise invalid("Issue", "state_reason", "invalid")
    was_open = issue.state == "open"
    if was_open or reason is not None:
        issue.state_reason = None if issue.is_pull else reason or "completed"
    if not was_open:
        return
    issue.state, issue.closed_at, issue.closed_by = "closed", world.now(), actor
    note(world, issue, "closed", actor, state_reason=issue.state_reason)
    emit_issue(world, issue, "closed", actor)


def reopen_issue(world: World, issue: Issue, actor: User) -> None:
    if issue.state == "open":
        return
    issue.state, issue.state_reason = "open", None if issue.is_pull else "reopened"
    issue.closed_at = issue.closed_by = None
    note(world, issue, "reopened", actor, state_reason=issue.state_reason)
    emit_issue(world, issue, "reopened", actor)


def delete_issue(world: World, issue: Issue, actor: User) -> None:
    """Gone for good: its number answers 410 from now on, and no link leads to it any more."""
    for child in issue.children:
        child.parent = None
    if issue.parent is not None:
        issue.parent.children.remove(issue)
    for other in issue.blocked_by:
        other.blocking.remove(issue)
    for other in issue.blocking:
        other.blocked_by.remove(issue)
    emit_issue(world, issue, "deleted", actor)
    del issue.repository.issues[issue.number]
    del world.issues[issue.id]
    for comment in issue.comments:
        del world.comments[comment.id]


def set_labels(world: World, issue: Issue, actor: User, wanted: Iterable[Label]) -> None:
    """Make `wanted` the issue's labels; every label that comes or goes is an event of its own."""
    labels = list(dict.fromkeys(wanted))
    for gone in [label for label in issue.labels if label not in labels]:
        remove_label(world, issue, actor, gone)
    add_labels(world, issue, actor, labels)


def add_labels(world: World, issue: Issue, actor: User, labels: Iterable[Label]) -> None:
    for label in labels:
        if label not in issue.labels:
            issue.labels.append(label)
            _tell_label(world, issue, "labeled", label, actor)


def remove_label(world: World, issue: Issue, actor: User, label: Label) -> None:
    issue.labels.remove(label)
    _tell_label(world, issue, "unlabeled", label, actor)


def set_assignees(world: World, issue: Issue, actor: User, wanted: Iterable[User]) -> None:
    assignees = list(dict.fromkeys(wanted))
    for gone in [user for user in issue.assignees if user not in assignees]:
        issue.assignees.remove(gone)
        _tell_assignee(world, issue, "unassigned", gone, actor)
    for new in [user for user in assignees if user not in issue.assignees]:
        issue.assignees.append(new)
        _tell_assignee(world, issue, "assigned", new, actor)


def set_milestone(world: World, issue: Issue, actor: User, wanted: Milestone | None) -> None:
    before, issue.milestone = issue.milestone, wanted
    if before is wanted:
        return
    if before is not None:
        _tell_milestone(world, issue, "demilestoned", before, actor)
    if wanted is not None:
        _tell_milestone(world, issue, "milestoned", wanted, actor)


def check_body(body: str | None) -> None:
    """GitHub's limit of 65,536 characters. Raises ApiError 422."""
    if body is not None and len(body) > MAX_BODY:
        message = f"body is too long (maximum is {MAX_BODY} characters)"
        raise ApiError(422, "Validation Failed", errors=[{"code": "custom", "field": "body", "message": message}])


def check_title(title: str) -> None:
    if not title.strip():
        raise invalid("Issue", "title", "missing_field")
    if len(title) > MAX_TITLE:
        message = f"title is too long (maximum is {MAX_TITLE} characters)"
        raise ApiError(422, "Validation Failed", errors=[{"code": "custom", "field": "title", "message": message}])


def _tell_label(world: World, issue: Issue, action: str, label: Label, actor: User) -> None:
    note(world, issue, action, actor, label={"name": label.name, "color": label.color})
    emit_issue(world, issue, action, actor, label=wire.label(world, issue.repository, label))


def _tell_assignee(world: World, issue: Issue, action: str, assignee: User, actor: User) -> None:
    described = wire.simple_user(world, assignee)
    note(world, issue, action, actor, assignee=described)
    emit_issue(world, issue, action, actor, assignee=described)


def _tell_milestone(world: World, issue: Issue, action: str, milestone: Milestone, actor: User) -> None:
    note(world, issue, action, actor, milestone={"title": milestone.title})
    emit_issue(world, issue, action, actor, milestone=wire.milestone(world, issue.repository, milestone))
