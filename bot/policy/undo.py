"""Whether a child that a decomposition created may be closed again: only if nobody but us has touched it."""

from collections.abc import Sequence

from bot.model.facts import Happening, Issue
from bot.model.ids import AppIdentity
from bot.model.markers import digest, without_markers
from bot.model.writes import CreateIssue

#: Follow from others' acts or from a person's own settings, and change nothing.
_NO_TOUCH = frozenset({"subscribed", "unsubscribed", "mentioned"})


def why_touched(
    issue: Issue, created: CreateIssue, timeline: Sequence[Happening], us: AppIdentity, *, is_planned: bool
) -> str:
    """What somebody did to the issue since we created it; empty if nobody did anything.

    The timeline knows of comments, labels, assignees, links and branches, but not of edits of the description.
    """
    if issue.title != created.title:
        return "its title was changed"
    said = "".join(piece for piece in created.body if isinstance(piece, str))
    if digest(without_markers(issue.body)) != digest(said):
        return "its description was edited"
    if issue.assignees:
        return "somebody is assigned"
    if is_planned:
        return "a worktree is planned for it"
    for happening in timeline:
        if happening.event in _NO_TOUCH or (happening.actor and us.wrote(happening.actor)):
            continue
        by = f" by {happening.actor.login}" if happening.actor else ""
        return f"{happening.event.replace('_', ' ')}{by}"
    return ""
