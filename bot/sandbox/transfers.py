"""Rules of moving an issue to another repository (docs.github.com, "Transferring an issue to another repository")."""

from __future__ import annotations

from bot.sandbox import wire
from bot.sandbox.issues import emit_issue, touch
from bot.sandbox.rest.errors import unprocessable
from bot.sandbox.state import Issue, Repository, User
from bot.sandbox.world import World


def transfer_issue(world: World, issue: Issue, target: Repository, actor: User) -> None:
    """Move, with its comments; the former number answers 301 from now on. Raises ApiError 422.

    Labels and milestone go along where the target has one of the same name. GitHub sends `transferred` from the old
    repository and `opened` from the new one. That the comments keep their ids was not verified live.
    """
    source, number = issue.repository, issue.number
    if issue.is_pull or target is source or target.owner is not source.owner:
        raise unprocessable("An issue moves to another repository of the same owner.")
    old_issue, old_repository = wire.webhook_issue(world, issue), wire.webhook_repository(world, source)
    del source.issues[number]
    del world.issues[issue.id]
    target.last_number += 1
    issue.id = world.new_id()
    issue.node_id, issue.number, issue.repository = world.node_id("I", issue.id), target.last_number, target
    issue.labels = [here for label in issue.labels if (here := world.find_label(target, label.name))]
    title = issue.milestone.title if issue.milestone else None
    issue.milestone = next((one for one in target.milestones.values() if one.title == title), None)
    world.issues[issue.id] = target.issues[issue.number] = source.transferred[number] = issue
    touch(world, issue)
    changes = {"new_issue": wire.webhook_issue(world, issue), "new_repository": wire.webhook_repository(world, target)}
    world.emit("issues", "transferred", repository=source, actor=actor, issue=old_issue, changes=changes)
    emit_issue(world, issue, "opened", actor, changes={"old_issue": old_issue, "old_repository": old_repository})
