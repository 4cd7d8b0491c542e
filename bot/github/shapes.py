"""REST answers -> facts. Lenient: unknown keys are ignored, only what the bot reads is decoded.

No field is read that API version 2026-03-10 removed (`merge_commit_sha`, `assignee`, …; github-api.md section 1).
"""

import re
from base64 import b64decode
from datetime import datetime
from typing import Any

import msgspec

from bot.model import facts
from bot.model.commands import Permission
from bot.model.ids import Actor, IssueRef, Repo, Sha

#: The author of what a deleted account wrote: nobody, and no human who could answer.
NOBODY = Actor(0, "", "")

_ROLES = {role.name.lower(): role for role in Permission}


class Account(msgspec.Struct):
    id: int
    login: str
    type: str = ""


class Id(msgspec.Struct):
    id: int


class Label(msgspec.Struct):
    name: str | None = None


class App(msgspec.Struct):
    id: int
    slug: str


class Repository(msgspec.Struct):
    id: int
    full_name: str
    default_branch: str
    private: bool = True  # what GitHub does not tell is shown to nobody

    def fact(self) -> facts.Repository:
        return facts.Repository(full_name=self.full_name, default_branch=self.default_branch, is_private=self.private)


class RoleOfPerson(msgspec.Struct):
    role_name: str

    def fact(self) -> Permission:
        """A custom role has a name of its own and counts as none: we do not know what it allows."""
        return _ROLES.get(self.role_name, Permission.NONE)


class Merged(msgspec.Struct):
    """What an issue that is a pull request says of that."""

    merged_at: str | None = None


class Links(msgspec.Struct):
    total_blocked_by: int = 0


class Issue(msgspec.Struct):
    id: int
    number: int
    title: str
    state: str
    created_at: str
    repository_url: str = ""
    body: str | None = None
    user: Account | None = None
    labels: list[Label | str] = []
    assignees: list[Account] | None = None
    pull_request: Merged | None = None
    parent_issue_url: str | None = None
    comments: int = 0
    updated_at: datetime | None = None
    state_reason: str | None = None
    issue_dependencies_summary: Links | None = None

    def fact(self, repo: Repo) -> facts.Issue:
        return facts.Issue(
            ref=IssueRef(repo, self.number),
            id=self.id,
            title=self.title,
            body=self.body or "",
            author=_actor(self.user),
            labels=frozenset(self.label_names()),
            assignees=frozenset(one.id for one in self.assignees or ()),
            is_open=self.state == "open",
            is_pull=self.pull_request is not None,
            repo_name="/".join(self.repository_url.split("/")[-2:]),
            parent=issue_name(self.parent_issue_url or ""),
            updated_at=self.updated_at,
            comments=self.comments,
            reason=self.state_reason or "" if self.state == "closed" else "",
            is_merged=bool(self.pull_request and self.pull_request.merged_at),
            links=self.issue_dependencies_summary.total_blocked_by if self.issue_dependencies_summary else 0,
        )

    def label_names(self) -> list[str]:
        return names_of(self.labels)


def issue_name(url: str) -> str:
    """`owner/name#n` of an API address of an issue; empty if it is none."""
    found = re.search(r"/repos/([^/]+/[^/]+)/issues/(\d+)$", url)
    return f"{found[1]}#{found[2]}" if found else ""


class TimelineEntry(msgspec.Struct):
    """Kinds of entries share few fields; a comment or review names its author `user`."""

    event: str = ""
    actor: Account | None = None
    user: Account | None = None
    created_at: datetime | None = None
    commit_id: Sha | None = None

    def fact(self) -> facts.Happening:
        by = self.actor or self.user
        actor = _actor(by) if by else None
        return facts.Happening(event=self.event, actor=actor, at=self.created_at, commit=self.commit_id)


class Comment(msgspec.Struct):
    id: int
    created_at: datetime
    updated_at: datetime
    user: Account | None = None
    body: str | None = None
    minimized: dict[str, Any] | None = None

    def fact(self) -> facts.Comment:
        return facts.Comment(
            id=self.id,
            author=_actor(self.user),
            body=self.body or "",
            created_at=self.created_at,
            updated_at=self.updated_at,
            minimized=self.minimized is not None,
        )


class Head(msgspec.Struct):
    sha: Sha
    ref: str
    repo: Id | None = None


class Base(msgspec.Struct):
    ref: str


class Pull(msgspec.Struct):
    number: int
    state: str
    head: Head
    base: Base
    merged_at: str | None = None
    user: Account | None = None

    def fact(self, repo: Repo) -> facts.Pull:
        return facts.Pull(
            ref=IssueRef(repo, self.number),
            head=self.head.sha,
            head_ref=self.head.ref,
            head_repo=self.head.repo.id if self.head.repo else None,
            base_ref=self.base.ref,
            is_open=self.state == "open",
            merged=self.merged_at is not None,
            author=_actor(self.user),
        )


class Content(msgspec.Struct):
    """One entry of a tree. `encoding` is `none`, and `content` empty, for a file of more than a megabyte."""

    type: str
    size: int = 0
    content: str = ""
    encoding: str = ""

    def fact(self) -> facts.File | None:
        """None for what is no file: a directory, a submodule, a link that leads out of the repository."""
        if self.type != "file":
            return None
        return facts.File(content=b64decode(self.content) if self.encoding == "base64" else b"", size=self.size)


#: What stands at a path: one entry, or the list of a directory.
Contents: Any = Content | list[Any]


class Comparison(msgspec.Struct):
    merge_base_commit: "Target"


class Target(msgspec.Struct):
    sha: Sha


class GitRef(msgspec.Struct):
    object: Target


class GitCommit(msgspec.Struct):
    tree: Target


class CheckRun(msgspec.Struct):
    id: int
    name: str
    head_sha: Sha
    app: Id | None = None
    external_id: str | None = None
    conclusion: str | None = None
    started_at: str | None = None
    completed_at: str | None = None

    def fact(self) -> facts.CheckRun:
        return facts.CheckRun(
            id=self.id,
            name=self.name,
            head=self.head_sha,
            app_id=self.app.id if self.app else 0,
            external_id=self.external_id or "",
            conclusion=self.conclusion or "",
        )


class CheckRuns(msgspec.Struct):
    check_runs: list[CheckRun]


class Reaction(msgspec.Struct):
    id: int
    content: str
    created_at: str
    user: Account | None = None

    @property
    def author(self) -> Actor:
        return _actor(self.user)


class Created(msgspec.Struct):
    id: int
    created_at: str


class CreatedIssue(Created):
    number: int
    state: str = ""


class Delivery(msgspec.Struct):
    id: int
    guid: str
    delivered_at: datetime
    status_code: int
    event: str

    def fact(self) -> facts.DeliveryAttempt:
        return facts.DeliveryAttempt(
            id=self.id,
            guid=self.guid,
            delivered_at=self.delivered_at,
            ok=200 <= self.status_code < 300,
            event=self.event,
        )


def names_of(labels: list[Label | str]) -> list[str]:
    """GitHub's schema allows a bare string in place of a label, and a label without a name."""
    return [name for label in labels if (name := label if isinstance(label, str) else label.name)]


def _actor(account: Account | None) -> Actor:
    return Actor(account.id, account.login, account.type) if account else NOBODY
