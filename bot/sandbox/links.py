"""Rules of links between issues: sub-issues and dependencies.

Sources: docs.github.com, "Adding sub-issues" (100 children, 8 levels) and "Creating issue dependencies"; the two
422 texts from recorded replies (github/github-mcp-server#1842). The limits were not tried on the live service.
"""

from __future__ import annotations

import asyncio

from bot.sandbox import wire
from bot.sandbox.issues import note, touch
from bot.sandbox.rest.errors import not_found, unprocessable
from bot.sandbox.state import Issue, Json, User
from bot.sandbox.world import World

MAX_CHILDREN = 100
MAX_LEVELS = 8  # levels of sub-issues below the topmost issue
MAX_DEPENDENCIES = 50  # per direction
_REFUSED = "An error occurred while adding the sub-issue to the parent issue."


async def add_sub_issue(
    world: World, parent: Issue, child: Issue, actor: User, *, replace_parent: bool = False
) -> None:
    """Link, at the end of the parent's list. Raises ApiError 422.

    GitHub numbers the children of a parent; two adds to one parent at the same time both take the same number and
    one of them is refused, *without* the link being made. Here an add takes `world.link_window` seconds, and a second
    one that comes within is the refused one.
    """
    _check_link(parent, child, replace_parent=replace_parent)
    if parent.id in world.adding_to:
        raise unprocessable(f"{_REFUSED} Priority has already been taken")
    world.adding_to.add(parent.id)
    try:
        await asyncio.sleep(world.link_window)
        _check_link(parent, child, replace_parent=replace_parent)
        if child.parent is not None:
            remove_sub_issue(world, child.parent, child, actor)
        child.parent = parent
        parent.children.append(child)
    finally:
        world.adding_to.discard(parent.id)
    note(world, parent, "sub_issue_added", actor, sub_issue=wire.issue_reference(world, child))
    note(world, child, "parent_issue_added", actor, parent_issue=wire.issue_reference(world, parent))
    _emit_sub_issue(world, parent, child, "added", actor)


def remove_sub_issue(world: World, parent: Issue, child: Issue, actor: User) -> None:
    """Unlink. Raises ApiError 404 when the one is not a child of the other."""
    if child.parent is not parent:
        raise not_found()
    child.parent = None
    parent.children.remove(child)
    note(world, parent, "sub_issue_removed", actor, sub_issue=wire.issue_reference(world, child))
    note(world, child, "parent_issue_removed", actor, parent_issue=wire.issue_reference(world, parent))
    _emit_sub_issue(world, parent, child, "removed", actor)


def move_sub_issue(world: World, parent: Issue, child: Issue, *, after: Issue | None, before: Issue | None) -> None:
    """Put a child behind `after` or in front of `before`; exactly one is given. GitHub has no event for it."""
    anchor = after or before
    if anchor is None or (after is not None and before is not None):
        raise unprocessable("Exactly one of after_id and before_id is needed")
    if child.parent is not parent or anchor.parent is not parent or anchor is child:
        raise unprocessable("Sub-issue and anchor must be different children of the parent")
    parent.children.remove(child)
    parent.children.insert(parent.children.index(anchor) + (after is not None), child)
    touch(world, parent)


def add_blocked_by(world: World, blocked: Issue, blocking: Issue, actor: User) -> None:
    """`blocked` cannot go on before `blocking` is closed. Raises ApiError 422."""
    if blocking is blocked:
        raise unprocessable("An issue cannot be blocked by itself")
    if blocking in blocked.blocked_by:
        raise unprocessable("Target issue has already been taken")
    if blocked in blocking.blocked_by:
        raise unprocessable("Issues cannot block each other")
    if len(blocked.blocked_by) >= MAX_DEPENDENCIES or len(blocking.blocking) >= MAX_DEPENDENCIES:
        raise unprocessable(f"An issue has at most {MAX_DEPENDENCIES} dependencies of a kind")
    blocked.blocked_by.append(blocking)
    blocking.blocking.append(blocked)
    note(world, blocked, "blocked_by_added", actor, blocked_by=wire.issue_reference(world, blocking))
    note(world, blocking, "blocking_added", actor, blocking=wire.issue_reference(world, blocked))
    _emit_dependency(world, blocked, blocking, "added", actor)


def remove_blocked_by(world: World, blocked: Issue, blocking: Issue, actor: User) -> None:
    """Raises ApiError 404 when there is no such dependency."""
    if blocking not in blocked.blocked_by:
        raise not_found()
    blocked.blocked_by.remove(blocking)
    blocking.blocking.remove(blocked)
    note(world, blocked, "blocked_by_removed", actor, blocked_by=wire.issue_reference(world, blocking))
    note(world, blocking, "blocking_removed", actor, blocking=wire.issue_reference(world, blocked))
    _emit_dependency(world, blocked, blocking, "removed", actor)


def _check_link(parent: Issue, child: Issue, *, replace_parent: bool) -> None:
    if child.parent is parent:
        raise unprocessable(
            f"{_REFUSED} Issue may not contain duplicate sub-issues and Sub issue may only have one parent"
        )
    if child.parent is not None and not replace_parent:
        raise unprocessable(f"{_REFUSED} Sub issue may only have one parent")
    if child.is_pull or parent.is_pull:
        raise unprocessable(f"{_REFUSED} Only issues can be sub-issues")
    if child.repository.owner is not parent.repository.owner:
        raise unprocessable(f"{_REFUSED} Sub issue must have the same owner as its parent")
    ancestors = _ancestors(parent)
    if child is parent or child in ancestors:
        raise unprocessable(f"{_REFUSED} Sub issue would be its own parent")
    if len(parent.children) >= MAX_CHILDREN:
        raise unprocessable(f"{_REFUSED} Parent cannot have more than {MAX_CHILDREN} sub-issues")
    if len(ancestors) + 1 + _height(child) > MAX_LEVELS:
        raise unprocessable(f"{_REFUSED} Sub-issues cannot be nested deeper than {MAX_LEVELS} levels")


def _ancestors(issue: Issue) -> list[Issue]:
    above: list[Issue] = []
    while issue.parent is not None:
        issue = issue.parent
        above.append(issue)
    return above


def _height(issue: Issue) -> int:
    return max((1 + _height(child) for child in issue.children), default=0)


def _emit_sub_issue(world: World, parent: Issue, child: Issue, what: str, actor: User) -> None:
    """One link makes two events, one in the repository of each side."""
    described: Json = {
        "parent_issue_id": parent.id,
        "parent_issue": wire.issue(world, parent),
        "sub_issue_id": child.id,
        "sub_issue": wire.issue(world, child),
    }
    child_repo = wire.repository(world, child.repository)
    parent_repo = wire.repository(world, parent.repository)
    world.emit(
        "sub_issues",
        f"sub_issue_{what}",
        repository=parent.repository,
        actor=actor,
        sub_issue_repo=child_repo,
        **described,
    )
    world.emit(
        "sub_issues",
        f"parent_issue_{what}",
        repository=child.repository,
        actor=actor,
        parent_issue_repo=parent_repo,
        **described,
    )


def _emit_dependency(world: World, blocked: Issue, blocking: Issue, what: str, actor: User) -> None:
    """Two events too, but only below an organization: the published schema requires one."""
    described: Json = {
        "blocked_issue_id": blocked.id,
        "blocked_issue": wire.issue(world, blocked),
        "blocking_issue_id": blocking.id,
        "blocking_issue": wire.issue(world, blocking),
    }
    sides = (
        (
            f"blocked_by_{what}",
            blocked.repository,
            {"blocking_issue_repo": wire.repository(world, blocking.repository)},
        ),
        (f"blocking_{what}", blocking.repository, {"blocked_issue_repo": wire.repository(world, blocked.repository)}),
    )
    for action, repo, other in sides:
        if repo.owner.type == "Organization":
            world.emit("issue_dependencies", action, repository=repo, actor=actor, **described, **other)
