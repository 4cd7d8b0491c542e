"""Rules of what issues are sorted by: the labels and milestones of a repository."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, cast

from bot.sandbox import wire
from bot.sandbox.issues import remove_label
from bot.sandbox.rest.errors import invalid
from bot.sandbox.state import Json, Label, Milestone, Repository, User
from bot.sandbox.world import World

MAX_LABEL = 50  # characters
_DEFAULT_COLOR = "ededed"
_MILESTONE_KEYS = {"title", "description", "due_on", "state"}


def create_label(
    world: World,
    repo: Repository,
    actor: User,
    name: str,
    *,
    color: str = _DEFAULT_COLOR,
    description: str | None = None,
) -> Label:
    """A new label; names differ by more than case. Raises ApiError 422."""
    if not name.strip():
        raise invalid("Label", "name", "missing_field")
    if len(name) > MAX_LABEL:
        raise invalid("Label", "name", "too_long")
    if world.find_label(repo, name) is not None:
        raise invalid("Label", "name", "already_exists")
    if len(color) != 6 or not set(color.lower()) <= set("0123456789abcdef"):
        raise invalid("Label", "color", "invalid")
    number = world.new_id()
    label = Label(number, world.node_id("LA", number), name, color, description)
    repo.labels[label.id] = label
    _emit_label(world, repo, label, "created", actor)
    return label


def rename_label(world: World, repo: Repository, actor: User, label: Label, name: str) -> None:
    """The id stays, on every issue that has the label."""
    taken = world.find_label(repo, name)
    if taken is not None and taken is not label:
        raise invalid("Label", "name", "already_exists")
    before, label.name = label.name, name
    _emit_label(world, repo, label, "edited", actor, changes={"name": {"from": before}})


def delete_label(world: World, repo: Repository, actor: User, label: Label) -> None:
    """Takes it off every issue first."""
    for issue in repo.issues.values():
        if label in issue.labels:
            remove_label(world, issue, actor, label)
    del repo.labels[label.id]
    _emit_label(world, repo, label, "deleted", actor)


def create_milestone(
    world: World,
    repo: Repository,
    actor: User,
    title: str,
    *,
    description: str | None = None,
    due_on: datetime | None = None,
) -> Milestone:
    if not title.strip():
        raise invalid("Milestone", "title", "missing_field")
    if any(one.title == title for one in repo.milestones.values()):
        raise invalid("Milestone", "title", "already_exists")
    repo.last_milestone += 1
    number, now = world.new_id(), world.now()
    milestone = Milestone(
        number, world.node_id("MI", number), repo.last_milestone, title, actor, now, now, description, due_on=due_on
    )
    repo.milestones[milestone.number] = milestone
    _emit_milestone(world, repo, milestone, "created", actor)
    return milestone


def update_milestone(
    world: World, repo: Repository, actor: User, milestone: Milestone, changes: Mapping[str, Any]
) -> None:
    """Change title, description, due_on (a datetime or None) and state; raises ApiError 422 for anything else."""
    unknown = set(changes) - _MILESTONE_KEYS
    if unknown:
        raise invalid("Milestone", min(unknown), "invalid")
    before: Json = {}
    for key in ("title", "description", "due_on"):
        old = getattr(milestone, key)
        if key in changes and changes[key] != old:
            text = wire.optional_instant(old) if isinstance(old, datetime) else old
            before[key] = {"from": text or ""}
            setattr(milestone, key, changes[key])
    milestone.updated_at = world.now()
    if before:
        _emit_milestone(world, repo, milestone, "edited", actor, changes=before)
    state = changes.get("state", milestone.state)
    if state not in ("open", "closed"):
        raise invalid("Milestone", "state", "invalid")
    if state != milestone.state:
        milestone.state = cast(Literal["open", "closed"], state)
        milestone.closed_at = world.now() if state == "closed" else None
        _emit_milestone(world, repo, milestone, "closed" if state == "closed" else "opened", actor)


def _emit_label(world: World, repo: Repository, label: Label, action: str, actor: User, **parts: Json) -> None:
    described = wire.label(world, repo, label)
    world.emit("label", action, repository=repo, actor=actor, label=described, **parts)


def _emit_milestone(world: World, repo: Repository, one: Milestone, action: str, actor: User, **parts: Json) -> None:
    described = wire.milestone(world, repo, one)
    world.emit("milestone", action, repository=repo, actor=actor, milestone=described, **parts)
