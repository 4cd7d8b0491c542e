"""Rules of comments and reactions."""

from __future__ import annotations

from bot.sandbox import wire
from bot.sandbox.issues import check_body, touch
from bot.sandbox.rest.errors import invalid
from bot.sandbox.state import Comment, Issue, Json, Reaction, User
from bot.sandbox.world import World

#: Why a comment is hidden: what `minimizeComment` takes as classifier, in the lower case in which REST shows it.
MINIMIZED = ("abuse", "duplicate", "off-topic", "outdated", "resolved", "spam")


def add_comment(world: World, issue: Issue, actor: User, body: str) -> Comment:
    _check(body)
    number, now = world.new_id(), world.now()
    comment = Comment(number, world.node_id("IC", number), issue, actor, body, now, now)
    issue.comments.append(comment)
    world.comments[comment.id] = comment
    touch(world, issue)
    _emit(world, comment, "created", actor)
    return comment


def edit_comment(world: World, comment: Comment, actor: User, body: str) -> None:
    """A new body; the same body again makes no event."""
    _check(body)
    if body == comment.body:
        return
    before, comment.body = comment.body, body
    comment.updated_at = world.now()
    touch(world, comment.issue)
    _emit(world, comment, "edited", actor, changes={"body": {"from": before}})


def delete_comment(world: World, comment: Comment, actor: User) -> None:
    comment.issue.comments.remove(comment)
    del world.comments[comment.id]
    touch(world, comment.issue)
    _emit(world, comment, "deleted", actor)


def minimize(comment: Comment, reason: str | None) -> None:
    """Hide a comment for one of `MINIMIZED`, or (None) show it again; GitHub has no event for it.

    People do it by GraphQL (`minimizeComment`) or on the page; REST only shows it.
    """
    if reason is not None and reason not in MINIMIZED:
        raise invalid("IssueComment", "classifier", "invalid")
    comment.minimized = reason


def react(world: World, comment: Comment, actor: User, content: str) -> tuple[Reaction, bool]:
    """The account's reaction of this kind and whether it is new; GitHub has no event for reactions."""
    if content not in wire.REACTIONS:
        raise invalid("Reaction", "content", "invalid")
    for given in comment.reactions:
        if given.user is actor and given.content == content:
            return given, False
    number = world.new_id()
    reaction = Reaction(number, world.node_id("REA", number), actor, content, world.now())
    comment.reactions.append(reaction)
    return reaction, True


def _check(body: str) -> None:
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    check_body(body)


def _emit(world: World, comment: Comment, action: str, actor: User, **parts: Json) -> None:
    world.emit(
        "issue_comment",
        action,
        repository=comment.issue.repository,
        actor=actor,
        issue=wire.webhook_issue(world, comment.issue),
        comment=wire.webhook_comment(world, comment),
        **parts,
    )
