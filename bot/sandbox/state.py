"""What GitHub remembers, as plain mutable records. Rules live beside them (issues, links, pulls, …), JSON in `wire`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

Json: TypeAlias = dict[str, Any]
Role: TypeAlias = Literal["admin", "maintain", "write", "triage", "read"]
ROLES: tuple[Role, ...] = ("read", "triage", "write", "maintain", "admin")
"""From the weakest to the strongest."""


@dataclass(eq=False)
class User:
    """An account: a person, a bot (`robo[bot]`) or an organization."""

    id: int
    login: str
    type: Literal["User", "Bot", "Organization"]
    node_id: str


@dataclass(eq=False)
class Label:
    id: int
    node_id: str
    name: str
    color: str
    description: str | None = None


@dataclass(eq=False)
class Milestone:
    id: int
    node_id: str
    number: int
    title: str
    creator: User
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    state: Literal["open", "closed"] = "open"
    due_on: datetime | None = None
    closed_at: datetime | None = None


@dataclass(eq=False)
class Repository:
    """A repository with everything that is numbered inside it. Git objects live in `GitHost`, under the same id."""

    id: int
    node_id: str
    name: str
    owner: User
    private: bool
    default_branch: str
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    description: str | None = None
    archived: bool = False
    has_issues: bool = True
    fork_of: Repository | None = None
    collaborators: dict[str, Role] = field(default_factory=dict)  # login -> role
    labels: dict[int, Label] = field(default_factory=dict)  # id -> label
    milestones: dict[int, Milestone] = field(default_factory=dict)  # number -> milestone
    issues: dict[int, Issue] = field(default_factory=dict, repr=False)  # number -> issue, pull requests included
    transferred: dict[int, Issue] = field(default_factory=dict, repr=False)  # former number -> where it is now
    pulls: dict[int, PullRequest] = field(default_factory=dict, repr=False)  # number -> what a pull request adds
    check_runs: dict[int, CheckRun] = field(default_factory=dict, repr=False)  # id -> check run
    check_suites: dict[int, CheckSuite] = field(default_factory=dict, repr=False)  # id -> check suite
    statuses: list[CommitStatus] = field(default_factory=list, repr=False)  # oldest first
    last_number: int = 0
    last_milestone: int = 0

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"


@dataclass(eq=False)
class Reaction:
    id: int
    node_id: str
    user: User
    content: str
    created_at: datetime


@dataclass(eq=False)
class Comment:
    id: int
    node_id: str
    issue: Issue = field(repr=False)
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    reactions: list[Reaction] = field(default_factory=list)
    minimized: str | None = None  # why it is hidden, in lower case


@dataclass(frozen=True)
class TimelineEntry:
    """One line of an issue's history; `extra` holds the keys its kind adds on the wire."""

    id: int
    event: str
    actor: User
    created_at: datetime
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Issue:
    """An issue, or the issue half of a pull request (`is_pull`)."""

    id: int
    node_id: str
    number: int
    repository: Repository = field(repr=False)
    author: User
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    is_pull: bool = False
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: User | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    milestone: Milestone | None = None
    comments: list[Comment] = field(default_factory=list, repr=False)
    parent: Issue | None = field(default=None, repr=False)
    children: list[Issue] = field(default_factory=list, repr=False)  # in order of priority
    blocked_by: list[Issue] = field(default_factory=list, repr=False)
    blocking: list[Issue] = field(default_factory=list, repr=False)
    timeline: list[TimelineEntry] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class PullSize:
    """How much a pull request changes against its merge base; additions and deletions in lines."""

    commits: int = 0
    additions: int = 0
    deletions: int = 0
    changed_files: int = 0


@dataclass(eq=False)
class PullRequest:
    """What a pull request has on top of its issue. `size` and `mergeable` are kept by `pulls.refresh`."""

    id: int
    node_id: str
    issue: Issue
    head_repository: Repository = field(repr=False)
    head_ref: str  # branch name without refs/heads/
    head_sha: str
    base_ref: str
    base_sha: str  # tip of the base at opening or last sync, not the merge base
    draft: bool = False
    is_merging: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit_sha: str | None = None  # the test merge while it is open, then what the merge left on the base
    mergeable: bool | None = None
    tested: tuple[str, str] | None = None  # base tip and head for which size and mergeable hold
    size: PullSize = PullSize()
    reviews: list[Review] = field(default_factory=list, repr=False)


@dataclass(eq=False)
class Review:
    id: int
    node_id: str
    pull: PullRequest = field(repr=False)
    author: User
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]
    body: str
    commit_id: str
    submitted_at: datetime


@dataclass(eq=False)
class CheckSuite:
    id: int
    node_id: str
    app: App
    head_sha: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime
    status: str = "queued"
    conclusion: str | None = None


@dataclass(eq=False)
class CheckRun:
    id: int
    node_id: str
    suite: CheckSuite
    app: App
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    external_id: str = ""
    details_url: str | None = None
    output: Json = field(default_factory=dict)  # title, summary, text, annotations
    actions: list[Json] = field(default_factory=list)


DeploymentState = Literal["success", "failure", "error", "in_progress", "queued", "pending", "inactive"]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment of one commit, and the status that was reported of it."""

    id: int
    status_id: int
    repository: Repository
    creator: User
    sha: str
    ref: str
    environment: str
    is_production: bool
    state: DeploymentState
    created_at: datetime


@dataclass(frozen=True)
class CommitStatus:
    id: int
    node_id: str
    sha: str
    context: str
    state: Literal["error", "failure", "pending", "success"]
    creator: User
    created_at: datetime
    description: str | None = None
    target_url: str | None = None


@dataclass(eq=False)
class App:
    """The registered GitHub App. `permissions` is what it asks for, `events` what it subscribed to."""

    id: int
    node_id: str
    slug: str
    name: str
    client_id: str
    owner: User
    bot: User
    private_key: str = field(repr=False)  # PEM
    webhook_secret: str = field(repr=False)
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    updated_at: datetime
    description: str = "Served by the sandbox"


@dataclass(eq=False)
class Installation:
    """The App on one account. `repository_ids` None means every repository of the account."""

    id: int
    node_id: str
    app: App
    account: User
    permissions: dict[str, str]
    events: list[str]
    repository_ids: set[int] | None
    created_at: datetime
    updated_at: datetime
    suspended_at: datetime | None = None
    suspended_by: User | None = None

    def covers(self, repository: Repository) -> bool:
        if self.repository_ids is None:
            return repository.owner is self.account
        return repository.id in self.repository_ids


@dataclass(frozen=True)
class AppCaller:
    """A request signed with the App's JWT."""

    app: App


@dataclass(eq=False)
class InstallationToken:
    """A request with an installation token, narrowed to repositories and permissions."""

    token: str = field(repr=False)
    installation: Installation
    permissions: dict[str, str]
    repository_ids: frozenset[int] | None  # None: whatever the installation covers
    expires_at: datetime
    revoked: bool = False

    def covers(self, repository: Repository) -> bool:
        if not self.installation.covers(repository):
            return False
        return self.repository_ids is None or repository.id in self.repository_ids


@dataclass(frozen=True)
class UserToken:
    """A request with a person's (or a foreign bot's) token; it may do what the account's role allows."""

    token: str = field(repr=False)
    user: User


Caller: TypeAlias = AppCaller | InstallationToken | UserToken
