"""One write of each kind, on a repository prepared for it."""

import time
from dataclasses import dataclass

from bot.github.reader import Reader
from bot.github.writer import Writer
from bot.model.ids import IssueRef, Sha
from bot.model.markers import Marker
from bot.model.outbox import Deadline
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
    Redeliver,
    RemoveBlockedBy,
    RemoveLabel,
    Write,
)
from bot.sandbox import comments
from bot.sandbox.state import Issue
from tests.github.conftest import NAME, GitHub
from tests.sandbox.client import receiving

KEY = b"a key for markers, thirty-two bytes"


def writer(github: GitHub) -> Writer:
    """Of a new process: nothing cached, no token."""
    client = github.connect().client
    return Writer(client, Reader(client), marker_key=KEY)


async def perform(github: GitHub, write: AnyWrite) -> Receipt:
    return await writer(github).perform(write, deadline=Deadline(time.monotonic() + 60))


@dataclass
class Samples:
    """Each write is new: none is done yet, and none is a no-op."""

    issue: Issue
    ref: IssueRef
    child: Issue
    comment: int
    own_comment: int
    blocker: Issue
    former_blocker: Issue
    head: Sha
    delivery: int
    guid: str

    def comment_on(self, text: str = "Hello.", key: str = "comment/1") -> PostComment:
        marker = Marker(self.ref.repo.id, self.issue.id, "question", key)
        return PostComment(key=key, issue=self.ref, body=(text,), marker=marker)

    def create(self, key: str = "child/1") -> CreateIssue:
        marker = Marker(self.ref.repo.id, self.issue.id, "child", key)
        return CreateIssue(key=key, repo=self.ref.repo, title="A child", body=("Part of it.",), marker=marker)

    def check(self, key: str = "check/1", *, title: str = "Matches", summary: str = "Both are it.") -> CreateCheckRun:
        return CreateCheckRun(
            key=key,
            pull=self.ref,
            name="interlock/provenance",
            head=self.head,
            conclusion="success",
            title=title,
            summary=summary,
        )

    def link(self) -> LinkSubIssue:
        return LinkSubIssue(key="link/1", parent=self.ref, child=self.child.id)

    def add_label(self, label: str = "needs-clarification") -> AddLabel:
        return AddLabel(key="label/1", issue=self.ref, label=label, cause="question")

    def remove_label(self, label: str = "bug") -> RemoveLabel:
        return RemoveLabel(key="unlabel/1", issue=self.ref, label=label)

    def react(self) -> React:
        return React(key="react/1", issue=self.ref, comment=self.comment, content="eyes")

    def edit(self, text: str = "Hello again.") -> EditComment:
        marker = Marker(self.ref.repo.id, self.issue.id, "summary", "summary/1")
        return EditComment(key="edit/1", issue=self.ref, comment=self.own_comment, body=(text,), marker=marker)

    def close(self) -> CloseIssue:
        return CloseIssue(key="close/1", issue=self.ref)

    def add_blocked_by(self) -> AddBlockedBy:
        return AddBlockedBy(key="block/1", issue=self.ref, blocker=self.blocker.id)

    def remove_blocked_by(self) -> RemoveBlockedBy:
        return RemoveBlockedBy(key="unblock/1", issue=self.ref, blocker=self.former_blocker.id)

    def redeliver(self) -> Redeliver:
        return Redeliver(key="redeliver/1", delivery=self.delivery, guid=self.guid)

    def all(self) -> dict[type[Write], AnyWrite]:
        made: list[AnyWrite] = [
            self.comment_on(),
            self.create(),
            self.check(),
            self.link(),
            self.add_label(),
            self.remove_label(),
            self.react(),
            self.edit(),
            self.close(),
            self.add_blocked_by(),
            self.remove_blocked_by(),
            self.redeliver(),
        ]
        return {type(one): one for one in made}


async def prepare(github: GitHub) -> Samples:
    ada, world = github.actor("ada"), github.sandbox.world
    async with receiving() as receiver:
        receiver.status = 503
        world.webhooks.url = receiver.url
        issue = ada.open_issue(NAME, "Epic", labels=["bug"])
        await github.sandbox.settle()
    world.webhooks.url = None
    head = Sha(await ada.push(NAME, "fix", {"a.txt": "a"}))
    refused = world.webhooks.log[0]
    blocker, former = ada.open_issue(NAME, "Comes first"), ada.open_issue(NAME, "Came first")
    ada.block(issue, former)
    return Samples(
        issue=issue,
        ref=github.ref(issue),
        child=ada.open_issue(NAME, "Child"),
        comment=ada.comment(issue, "/plan").id,
        own_comment=comments.add_comment(world, issue, world.app.bot, "Hello.").id,
        blocker=blocker,
        former_blocker=former,
        head=head,
        delivery=refused.id,
        guid=refused.guid,
    )
