"""What handlers know when they decide: GitHub and the store as they were, read once, under the lane's lock."""

from datetime import datetime

import msgspec

from bot.model.ids import Actor, IssueRef, Sha


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    full_name: str
    default_branch: str
    is_private: bool = False


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """An issue (or the issue side of a pull request). `id` is the database id that sub-issue calls want.

    `repo_name` is the `owner/name` that GitHub gave with it, `parent` the issue it is a sub-issue of as `owner/name#n`,
    empty for none. `reason` is why it was closed, in GitHub's words (`completed`, `not_planned`, `duplicate`);
    `is_merged` is said of a pull request; `links` counts the issues that GitHub lists as blocking it, open or not,
    `comments` its comments.
    """

    ref: IssueRef
    id: int
    title: str
    body: str
    author: Actor
    labels: frozenset[str]
    assignees: frozenset[int]
    is_open: bool
    is_pull: bool
    repo_name: str = ""
    parent: str = ""
    updated_at: datetime | None = None
    reason: str = ""
    is_merged: bool = False
    links: int = 0
    comments: int = 0


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an issue's timeline: `labeled`, `commented`, `cross-referenced`, …

    `actor` is None where none is told, `commit` the one that closed or merged it, if GitHub says which.
    """

    event: str
    actor: Actor | None
    at: datetime | None = None
    commit: Sha | None = None


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    author: Actor
    body: str
    created_at: datetime
    updated_at: datetime
    minimized: bool = False


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """A pull request. `head_repo` is None when the fork is gone; `base_ref` and `head_ref` are branch names."""

    ref: IssueRef
    head: Sha
    head_ref: str
    head_repo: int | None
    base_ref: str
    is_open: bool
    merged: bool
    author: Actor


class CheckRun(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    head: Sha
    app_id: int
    external_id: str
    conclusion: str


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it stands in a commit. Of one larger than a megabyte GitHub gives only the `size`, in bytes."""

    content: bytes
    size: int


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the App's delivery log. `id` differs for each attempt, `guid` stays the same."""

    id: int
    guid: str
    delivered_at: datetime
    ok: bool
    event: str
