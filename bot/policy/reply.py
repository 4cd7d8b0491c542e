"""The answer to a command: a comment in the thread it stands in, once for each use of the command."""

from bot.model.commands import Call
from bot.model.facts import Issue
from bot.model.markers import Marker, digest
from bot.model.writes import PostComment


def reply(issue: Issue, call: Call, text: str) -> PostComment:
    """Says `text` where `call` was written. An edit that changes the arguments is another use."""
    key = f"reply/{issue.id}/{call.comment}/{call.ordinal}/{call.name}/{digest(call.arguments)[:8]}"
    marker = Marker(issue.ref.repo.id, issue.id, "reply", key)
    return PostComment(key=key, issue=issue.ref, body=(text,), marker=marker)
