"""What an earlier attempt at a write, or a human, has left on GitHub. Reads only.

A trace is ours if its author is our bot and it carries the write's key, signed (design section 6): lists, all pages
and all states, never the search, whose index lags behind (fault G12).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.github import shapes
from bot.github.client import Client
from bot.github.errors import Answered, Missing, TooManyPages
from bot.github.reader import Reader
from bot.model.ids import IssueRef, Repo
from bot.model.markers import Marker, markers_in, sign
from bot.model.writes import (
    AddBlockedBy,
    AddLabel,
    AnyWrite,
    CloseIssue,
    CreateCheckRun,
    CreateIssue,
    EditComment,
    LinkSubIssue,
    PostComment,
    React,
    Receipt,
    RemoveBlockedBy,
    RemoveLabel,
    Text,
)
from bot.ports import Refused

#: Our clock and GitHub's differ: a wrong one of ours is corrected where tokens are made, so the bot does run with it.
#: Only more pages are read for it; what is found is known by its marker.
_SLACK = timedelta(hours=1)


class Traces:
    def __init__(self, client: Client, reader: Reader, marker_key: bytes) -> None:
        self._client = client
        self._reader = reader
        self._marker_key = marker_key

    async def find(self, write: AnyWrite, since: datetime) -> Receipt | None:
        """What `write` made if an attempt at or after `since` succeeded, else None.

        None for a redelivery, too: asking twice brings the same delivery under the same GUID.
        """
        try:
            match write:
                case PostComment():
                    return await self._comment(write, since - _SLACK)
                case CreateIssue():
                    return await self._issue(write, since - _SLACK)
                case CreateCheckRun():
                    return await self._check_run(write)
                case React():
                    return await self._reaction(write)
                case _:
                    return await self.already_true(write)
        except Missing:
            return None  # what it was to be done to is gone, and its trace with it

    async def already_true(self, write: AnyWrite) -> Receipt | None:
        """A receipt if GitHub's state is what `write` would make it, whoever did it. Only for writes of state."""
        match write:
            case AddLabel() | RemoveLabel():
                issue = await self._reader.issue(write.issue)
                wanted = isinstance(write, AddLabel)
                return Receipt() if issue and has_label(issue.labels, write.label) == wanted else None
            case LinkSubIssue():
                children = await self._reader.sub_issues(parent_of(write))
                return next((Receipt(id=one.id) for one in children if one.id == write.child), None)
            case AddBlockedBy() | RemoveBlockedBy():
                blockers = await self._reader.blocked_by(write.issue)
                wanted = isinstance(write, AddBlockedBy)
                is_so = any(one.id == write.blocker for one in blockers) == wanted
                return Receipt(id=write.blocker) if is_so else None
            case CloseIssue():
                issue = await self._reader.issue(write.issue)
                return Receipt(id=issue.id) if issue and not issue.is_open else None
            case EditComment() if isinstance(write.comment, int):
                comment = await self._reader.comment(write.issue.repo, write.comment)
                is_so = comment is not None and comment.body == signed(write.body, write.marker, self._marker_key)
                return Receipt(id=write.comment) if is_so else None
            case _:
                return None

    async def number_of(self, repo: Repo, issue: int) -> int:
        """The number of the issue with this database id, 0 if it is not found in this repository.

        GitHub has no way to ask for it; those that changed last come first, and it is usually one of them.
        """
        query = {"state": "all", "sort": "updated", "direction": "desc"}
        try:
            async for page in self._client.pages(repo, ("issues",), list[shapes.Issue], query):
                for one in page:
                    if one.id == issue:
                        return one.number
        except TooManyPages:
            return 0
        return 0

    async def _comment(self, write: PostComment, since: datetime) -> Receipt | None:
        us = await self._reader.identity()
        below = ("issues", write.issue.number, "comments")
        pages = self._client.pages(write.issue.repo, below, list[shapes.Comment], {"since": _instant(since)})
        async for page in pages:
            for comment in page:
                if us.wrote(comment.fact().author) and self._is_signed(comment.body or "", write.key):
                    return Receipt(id=comment.id, at=_instant(comment.created_at))
        return None

    async def _issue(self, write: CreateIssue, since: datetime) -> Receipt | None:
        us = await self._reader.identity()
        query = {"creator": us.login, "state": "all", "since": _instant(since)}
        async for page in self._client.pages(write.repo, ("issues",), list[shapes.Issue], query):
            for issue in page:
                if us.wrote(issue.fact(write.repo).author) and self._is_signed(issue.body or "", write.key):
                    return Receipt(id=issue.id, number=issue.number, at=issue.created_at)
        return None

    async def _check_run(self, write: CreateCheckRun) -> Receipt | None:
        us = await self._reader.identity()
        below = ("commits", write.head, "check-runs")
        query = {"check_name": write.name, "filter": "all"}
        try:
            async for page in self._client.pages(write.pull.repo, below, shapes.CheckRuns, query):
                for run in page.check_runs:
                    if (run.fact().app_id, run.external_id) == (us.app_id, write.key):
                        return Receipt(id=run.id, at=run.completed_at or "")
        except Answered as error:
            if error.status != 422:  # GitHub does not know the commit (any more)
                raise
        return None

    async def _reaction(self, write: React) -> Receipt | None:
        us = await self._reader.identity()
        below = ("issues", "comments", write.comment, "reactions")
        async for page in self._client.pages(
            write.issue.repo, below, list[shapes.Reaction], {"content": write.content}
        ):
            for one in page:
                if us.wrote(one.author) and one.content == write.content:
                    return Receipt(id=one.id, at=one.created_at)
        return None

    def _is_signed(self, body: str, key: str) -> bool:
        return any(marker.id == key for marker in markers_in(body, self._marker_key))


def signed(text: Text, marker: Marker, key: bytes) -> str:
    """What GitHub is given: the text, whose results are filled in, and the marker. Raises Refused if one is missing."""
    unresolved = [piece for piece in text if not isinstance(piece, str)]
    if unresolved:
        raise Refused(f"the text names results that are not there: {unresolved}")
    return f"{''.join(str(piece) for piece in text)}\n\n{sign(marker, key)}"


def parent_of(write: LinkSubIssue) -> IssueRef:
    """The issue under which a resolved link puts its child."""
    if not isinstance(write.under, int):
        raise TypeError(f"the parent is not there yet: {write.under}")
    return IssueRef(write.parent.repo, write.under) if write.under else write.parent


def has_label(labels: Iterable[str], wanted: str) -> bool:
    """GitHub compares the names of labels without regard to case."""
    return wanted.lower() in (label.lower() for label in labels)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
