"""`ports.Writer`: one method for each write. Only the composition root imports this file; only the guard calls it."""

import random
from collections.abc import Sequence
from datetime import datetime
from functools import singledispatchmethod
from typing import TypeVar

from bot.github import shapes
from bot.github.answers import Answer, WrongShape
from bot.github.app_auth import Purpose
from bot.github.client import Client
from bot.github.errors import Rejected
from bot.github.reader import Reader
from bot.github.traces import Traces, has_label, parent_of, signed
from bot.github.transport import Permit
from bot.github.urls import BadPart, path
from bot.model.ids import IssueRef
from bot.model.markers import Marker
from bot.model.outbox import Deadline
from bot.model.writes import (
    MOST_ANNOTATIONS,
    AddBlockedBy,
    AddLabel,
    Annotation,
    AnyWrite,
    CloseIssue,
    CreateCheckRun,
    CreateIssue,
    EditComment,
    LinkSubIssue,
    PostComment,
    React,
    Receipt,
    Redeliver,
    RemoveBlockedBy,
    RemoveLabel,
    Text,
)
from bot.ports import Ambiguous, NotSent, Refused

T = TypeVar("T")

_LONGEST_TITLE = 255  # characters of a check run's title and summary (docs.github.com/rest/checks/runs)
_LONGEST_SUMMARY = 65_535
_LONGEST_ANNOTATION = 1_000  # characters; GitHub takes 64 KB, nobody reads that beside a line


class Writer:
    """What a write made is believed only if GitHub's status and the shape of its answer both say so."""

    def __init__(self, client: Client, reader: Reader, *, marker_key: bytes) -> None:
        self._client = client
        self._traces = Traces(client, reader, marker_key)
        self._reader = reader
        self._marker_key = marker_key

    async def perform(self, write: AnyWrite, *, deadline: Deadline) -> Receipt:
        """See `ports.Writer`. `Receipt.at` is GitHub's time: that of what was made, else that of its answer."""
        try:
            return await self._do(write, Permit(deadline))
        except (NotSent, Ambiguous):
            raise
        except BadPart as error:
            raise Refused(str(error)) from error
        except Exception as error:
            raise Ambiguous(f"{type(error).__name__}: {error}") from error

    async def find(self, write: AnyWrite, *, since: datetime) -> Receipt | None:
        return await self._traces.find(write, since)

    async def already_true(self, write: AnyWrite) -> Receipt | None:
        return await self._traces.already_true(write)

    @singledispatchmethod
    async def _do(self, write: AnyWrite, permit: Permit) -> Receipt:
        raise NotImplementedError(f"nobody knows how to carry out {type(write).__name__}")

    @_do.register
    async def _post_comment(self, write: PostComment, permit: Permit) -> Receipt:
        body = {"body": self._signed(write.body, write.marker)}
        answer = await self._send(write.issue, "POST", ("issues", write.issue.number, "comments"), body, permit)
        made = _made(answer, shapes.Created)
        return Receipt(id=made.id, at=made.created_at)

    @_do.register
    async def _edit_comment(self, write: EditComment, permit: Permit) -> Receipt:
        comment = _id(write.comment)
        body = {"body": self._signed(write.body, write.marker)}
        answer = await self._send(write.issue, "PATCH", ("issues", "comments", comment), body, permit)
        if _shaped(answer, shapes.Created).id != comment:
            raise Ambiguous("GitHub answered the edit with another comment")
        return Receipt(id=comment, at=_when(answer))

    @_do.register
    async def _create_issue(self, write: CreateIssue, permit: Permit) -> Receipt:
        body: dict[str, object] = {"title": write.title, "body": self._signed(write.body, write.marker)}
        if write.labels:
            body["labels"] = list(write.labels)
        answer = await self._client.send(write.repo, Purpose.ISSUES, "POST", ("issues",), body, permit=permit)
        made = _made(answer, shapes.CreatedIssue)
        self._reader.saw(IssueRef(write.repo, made.number), is_open=made.state == "open")
        return Receipt(id=made.id, number=made.number, at=made.created_at)

    @_do.register
    async def _add_label(self, write: AddLabel, permit: Permit) -> Receipt:
        body = {"labels": [write.label]}
        answer = await self._send(write.issue, "POST", ("issues", write.issue.number, "labels"), body, permit)
        labels = shapes.names_of(_shaped(answer, list[shapes.Label | str]))
        if not has_label(labels, write.label):
            raise Refused(f"GitHub answered {answer.status} and dropped the label {write.label!r} in silence")
        return Receipt(at=_when(answer))

    @_do.register
    async def _remove_label(self, write: RemoveLabel, permit: Permit) -> Receipt:
        """404 says that the issue does not have the label (or does not exist): that is what was wanted."""
        below = ("issues", write.issue.number, "labels", write.label)
        try:
            answer = await self._send(write.issue, "DELETE", below, None, permit)
        except Rejected as error:
            if error.status != 404:
                raise
            return Receipt()
        return Receipt(at=_when(answer))

    @_do.register
    async def _link(self, write: LinkSubIssue, permit: Permit) -> Receipt:
        child, parent = _id(write.child), parent_of(write)
        below = ("issues", parent.number, "sub_issues")
        try:
            answer = await self._send(parent, "POST", below, {"sub_issue_id": child}, permit)
        except Rejected as error:
            if error.status != 422:
                raise
            return await self._after_unprocessable_link(write, child, error)
        told = _made(answer, shapes.CreatedIssue)
        if told.number != parent.number:
            raise Ambiguous("GitHub answered the link with another issue than its parent")
        self._reader.saw(parent, is_open=told.state == "open")
        return Receipt(id=child, at=_when(answer))

    @_do.register
    async def _close(self, write: CloseIssue, permit: Permit) -> Receipt:
        body = {"state": "closed", "state_reason": "not_planned"}
        answer = await self._send(write.issue, "PATCH", ("issues", write.issue.number), body, permit)
        issue = _shaped(answer, shapes.Issue)
        if (issue.number, issue.state) != (write.issue.number, "closed"):
            raise Ambiguous(f"GitHub answered with #{issue.number}, which is {issue.state}")
        return Receipt(id=issue.id, number=issue.number, at=_when(answer))

    @_do.register
    async def _add_blocked_by(self, write: AddBlockedBy, permit: Permit) -> Receipt:
        """A 422 may say that the link is there: the list decides, not the message."""
        below = ("issues", write.issue.number, "dependencies", "blocked_by")
        try:
            answer = await self._send(write.issue, "POST", below, {"issue_id": write.blocker}, permit)
        except Rejected as error:
            if error.status == 422 and (receipt := await self._traces.already_true(write)):
                return receipt
            raise
        if _made(answer, shapes.CreatedIssue).number != write.issue.number:
            raise Ambiguous("GitHub answered the dependency with another issue than the blocked one")
        return Receipt(id=write.blocker, at=_when(answer))

    @_do.register
    async def _remove_blocked_by(self, write: RemoveBlockedBy, permit: Permit) -> Receipt:
        """404 says that there is no such link: that is what was wanted."""
        below = ("issues", write.issue.number, "dependencies", "blocked_by", write.blocker)
        try:
            answer = await self._send(write.issue, "DELETE", below, None, permit)
        except Rejected as error:
            if error.status != 404:
                raise
            return Receipt(id=write.blocker)
        return Receipt(id=write.blocker, at=_when(answer))

    @_do.register
    async def _react(self, write: React, permit: Permit) -> Receipt:
        """201 if it is new, 200 if we had reacted so before."""
        below = ("issues", "comments", write.comment, "reactions")
        answer = await self._send(write.issue, "POST", below, {"content": write.content}, permit)
        reaction = _shaped(answer, shapes.Reaction)
        return Receipt(id=reaction.id, at=reaction.created_at)

    @_do.register
    async def _create_check_run(self, write: CreateCheckRun, permit: Permit) -> Receipt:
        """Title and summary are cut to what GitHub takes: a verdict must not fail for its length."""
        output: dict[str, object] = {
            "title": write.title[:_LONGEST_TITLE],
            "summary": write.summary[:_LONGEST_SUMMARY],
        }
        if write.annotations:
            output["annotations"] = [_annotation(one) for one in write.annotations[:MOST_ANNOTATIONS]]
        body = {
            "name": write.name,
            "head_sha": write.head,
            "external_id": write.key,
            "status": "completed",
            "conclusion": write.conclusion,
            "output": output,
        }
        repo = write.pull.repo
        made = _made(
            await self._client.send(repo, Purpose.CHECKS, "POST", ("check-runs",), body, permit=permit),
            shapes.CheckRun,
        )
        if (made.head_sha, made.conclusion) != (write.head, write.conclusion):
            raise Ambiguous(f"GitHub made a check run {made.conclusion} on {made.head_sha}")
        return Receipt(id=made.id, at=made.completed_at or "")

    @_do.register
    async def _redeliver(self, write: Redeliver, permit: Permit) -> Receipt:
        at = path("app", "hook", "deliveries", write.delivery, "attempts")
        answer = await self._client.send_as_app(at, permit=permit)
        if answer.status != 202:
            raise Ambiguous(answer.reason)
        return Receipt(id=write.delivery, at=_when(answer))

    async def _after_unprocessable_link(self, write: LinkSubIssue, child: int, error: Rejected) -> Receipt:
        """What a 422 means is read from the child's parent, never from the message.

        "Priority has already been taken" says that two adds ran at once and that nothing was linked
        (github/github-mcp-server#1842).
        """
        if receipt := await self._traces.already_true(write):
            return receipt
        number = _id(write.child_number) or await self._traces.number_of(write.parent.repo, child)
        if not number:
            raise error  # not in this repository: only GitHub knows more
        parent = await self._reader.parent(IssueRef(write.parent.repo, number))
        if parent is None:
            raise NotSent(f"#{number} has no parent yet: {error.why}", retry_after=random.uniform(0.5, 3.0)) from error
        if parent.ref == parent_of(write):
            return Receipt(id=child)
        raise Refused(f"#{number} is a sub-issue of #{parent.ref.number} already; a human has to choose") from error

    async def _send(
        self, issue: IssueRef, method: str, below: Sequence[str | int], body: object, permit: Permit
    ) -> Answer:
        return await self._client.send(issue.repo, Purpose.ISSUES, method, tuple(below), body, permit=permit)

    def _signed(self, text: Text, marker: Marker) -> str:
        return signed(text, marker, self._marker_key)


def _annotation(one: Annotation) -> dict[str, object]:
    """GitHub takes columns only where both lines are the same."""
    return {
        "path": one.path,
        "start_line": one.line,
        "end_line": one.line,
        "start_column": one.column,
        "end_column": one.column,
        "annotation_level": "failure",
        "message": one.message[:_LONGEST_ANNOTATION],
    }


def _id(child: object) -> int:
    if not isinstance(child, int):
        raise Refused(f"the child is not there yet: {child}")
    return child


def _shaped(answer: Answer, kind: type[T]) -> T:
    """The body of a 2xx. Raises Ambiguous: it may have been done, but nobody says what."""
    try:
        return answer.decoded(kind)
    except WrongShape as error:
        raise Ambiguous(str(error)) from error


def _made(answer: Answer, kind: type[T]) -> T:
    """Only 201 says that something was made."""
    if answer.status != 201:
        raise Ambiguous(f"nothing says that it was made: {answer.reason}")
    return _shaped(answer, kind)


def _when(answer: Answer) -> str:
    return answer.date.strftime("%Y-%m-%dT%H:%M:%SZ") if answer.date else ""
