"""The parts of webhook payloads that the bot reads, one class for each kind of event that tells more than the rest.

Lenient: unknown keys are ignored and every absence that the published schemas allow is borne.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from bot.model.events import Deployed
from bot.model.ids import Actor, Repo
from bot.policy.dependencies import may_state_any

#: An id or number as GitHub gives them. Larger ones would not fit the columns they are kept in.
Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
#: What is kept in a column of its own or told in a reason. GitHub has none with a NUL, which PostgreSQL cannot keep.
Name = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]
#: The action of a `repository_dispatch` is whatever its sender liked.
Action = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]


class Account(msgspec.Struct, frozen=True):
    """Who did something. The schemas do not require `type`; without it nobody is taken for a human."""

    id: Number
    login: Name
    type: str = ""

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.login, self.type)


class _Id(msgspec.Struct, frozen=True):
    id: Number


class _Repository(msgspec.Struct, frozen=True):
    id: Number
    full_name: Name = ""


class Payload(msgspec.Struct, frozen=True):
    """What every event may have. A kind that tells more overrides the properties below."""

    action: Action | None = None
    repository: _Repository | None = None
    installation: _Id | None = None
    sender: Account | None = None

    @property
    def repo(self) -> Repo:
        return Repo(
            installation=self.installation.id if self.installation else 0,
            id=self.repository.id if self.repository else 0,
        )

    @property
    def subject_number(self) -> int:
        return 0

    @property
    def comment_id(self) -> int:
        return 0

    @property
    def label_name(self) -> str:
        return ""

    @property
    def text(self) -> str:
        return ""

    @property
    def is_title_only(self) -> bool:
        return False

    @property
    def text_before(self) -> str:
        return ""

    @property
    def head_sha(self) -> str:
        return ""

    @property
    def happened_at(self) -> datetime | None:
        return None

    @property
    def may_wait(self) -> bool:
        return False

    @property
    def deployed(self) -> Deployed | None:
        return None

    @property
    def sha_before(self) -> str:
        return ""

    @property
    def branch(self) -> str:
        return ""


class _Labelled(Payload, frozen=True):
    label: "_Label | None" = None

    @property
    def label_name(self) -> str:
        return self.label.name or "" if self.label else ""


class _Issues(_Labelled, frozen=True):
    issue: "_Issue | None" = None
    changes: "_Changes | None" = None

    @property
    def subject_number(self) -> int:
        return self.issue.number if self.issue else 0

    @property
    def is_title_only(self) -> bool:
        """An edit that names the title and no description; one that names nothing may have touched both."""
        return self.changes is not None and self.changes.title is not None and self.changes.body is None

    @property
    def text(self) -> str:
        """The opening body. An edited one is no new text: commands count only where they were first written."""
        return self.issue.body or "" if self.issue and self.action == "opened" else ""

    @property
    def happened_at(self) -> datetime | None:
        return self.issue.updated_at if self.issue else None

    @property
    def may_wait(self) -> bool:
        return self.issue is not None and (self.issue.has_links or _may_state_any(self.issue))


class _IssueComment(Payload, frozen=True):
    issue: "_Issue | None" = None
    comment: "_Comment | None" = None
    changes: "_Changes | None" = None

    @property
    def subject_number(self) -> int:
        return self.issue.number if self.issue else 0

    @property
    def comment_id(self) -> int:
        return self.comment.id if self.comment else 0

    @property
    def text(self) -> str:
        """What the sender wrote. Who edits somebody else's comment puts no words into that person's mouth."""
        if self.comment is None or self.action not in ("created", "edited"):
            return ""
        author, sender = self.comment.user, self.sender
        foreign_hand = self.action == "edited" and (author is None or sender is None or author.id != sender.id)
        return "" if foreign_hand else self.comment.body or ""

    @property
    def text_before(self) -> str:
        """Of an edited comment. An edit that did not touch the body has added nothing to it."""
        if self.action != "edited":
            return ""
        before = self.changes.body.before if self.changes and self.changes.body else None
        return self.text if before is None else before


class _PullRequestEvent(_Labelled, frozen=True):
    number: Number = 0
    pull_request: "_PullRequest | None" = None

    @property
    def subject_number(self) -> int:
        return self.pull_request.number if self.pull_request else self.number

    @property
    def head_sha(self) -> str:
        return self.pull_request.head.sha if self.pull_request and self.pull_request.head else ""

    @property
    def may_wait(self) -> bool:
        return self.pull_request is not None and _may_state_any(self.pull_request)


class _CheckRunEvent(Payload, frozen=True):
    check_run: "_Check | None" = None

    @property
    def subject_number(self) -> int:
        return _only_number(self.check_run, self.repository)

    @property
    def head_sha(self) -> str:
        return self.check_run.head_sha or "" if self.check_run else ""


class _CheckSuiteEvent(Payload, frozen=True):
    check_suite: "_Check | None" = None

    @property
    def subject_number(self) -> int:
        return _only_number(self.check_suite, self.repository)

    @property
    def head_sha(self) -> str:
        return self.check_suite.head_sha or "" if self.check_suite else ""


class _Push(Payload, frozen=True):
    ref: Name = ""
    before: str = ""
    after: str = ""

    @property
    def head_sha(self) -> str:
        """All zeros where the push deleted the ref: then there is no head."""
        return self.after if self.after.strip("0") else ""

    @property
    def sha_before(self) -> str:
        """All zeros where the push made the ref."""
        return self.before if self.before.strip("0") else ""

    @property
    def branch(self) -> str:
        """Empty where the push moved a tag."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else ""


class _DeploymentStatusEvent(Payload, frozen=True):
    deployment: "_Deployment | None" = None
    deployment_status: "_DeploymentStatus | None" = None

    @property
    def head_sha(self) -> str:
        return self.deployment.sha if self.deployment else ""

    @property
    def deployed(self) -> Deployed | None:
        """An environment called production is one unless GitHub says otherwise (docs.github.com, Deployments)."""
        made, status = self.deployment, self.deployment_status
        at = _moment(made.created_at) if made else None
        if made is None or status is None or at is None:
            return None
        name = status.environment or made.environment
        named = name.lower() == "production"
        is_production = named if made.production_environment is None else made.production_environment
        return Deployed(environment=name, is_production=is_production, state=status.state, at=at)


class _MergeGroupEvent(Payload, frozen=True):
    merge_group: "_MergeGroup | None" = None

    @property
    def head_sha(self) -> str:
        return self.merge_group.head_sha if self.merge_group else ""


class _SubIssues(Payload, frozen=True):
    """One link makes two events, one for each side; `repository` is the repository of the side it is about."""

    parent_issue: "_Issue | None" = None
    sub_issue: "_Issue | None" = None

    @property
    def subject_number(self) -> int:
        about_parent = self.action in ("sub_issue_added", "sub_issue_removed")
        subject = self.parent_issue if about_parent else self.sub_issue
        return subject.number if subject else 0


class _IssueDependencies(Payload, frozen=True):
    """One link makes two events, as for sub-issues; who is blocked has a link now, or had one."""

    blocked_issue: "_Issue | None" = None
    blocking_issue: "_Issue | None" = None

    @property
    def subject_number(self) -> int:
        about_blocked = self.action in ("blocked_by_added", "blocked_by_removed")
        subject = self.blocked_issue if about_blocked else self.blocking_issue
        return subject.number if subject else 0

    @property
    def may_wait(self) -> bool:
        return True


class _Links(msgspec.Struct, frozen=True):
    total_blocked_by: Number = 0


class _Issue(msgspec.Struct, frozen=True):
    number: Number
    title: str | None = None
    body: str | None = None
    updated_at: datetime | None = None
    issue_dependencies_summary: _Links | None = None

    @property
    def has_links(self) -> bool:
        return self.issue_dependencies_summary is not None and self.issue_dependencies_summary.total_blocked_by > 0


class _Label(msgspec.Struct, frozen=True):
    name: Name | None = None


class _Comment(msgspec.Struct, frozen=True):
    id: Number
    body: str | None = None
    user: Account | None = None


class _Changed(msgspec.Struct, frozen=True):
    before: str | None = msgspec.field(name="from", default=None)


class _Changes(msgspec.Struct, frozen=True):
    body: _Changed | None = None
    title: _Changed | None = None


class _Head(msgspec.Struct, frozen=True):
    sha: str = ""


class _PullRequest(msgspec.Struct, frozen=True):
    number: Number
    title: str | None = None
    body: str | None = None
    head: _Head | None = None


class _Base(msgspec.Struct, frozen=True):
    repo: _Id | None = None


class _CheckedPull(msgspec.Struct, frozen=True):
    number: Number
    base: _Base | None = None


class _Check(msgspec.Struct, frozen=True):
    head_sha: str | None = None
    pull_requests: Sequence[_CheckedPull | None] | None = None


class _Deployment(msgspec.Struct, frozen=True):
    sha: str = ""
    environment: str = ""
    production_environment: bool | None = None
    created_at: str = ""


class _DeploymentStatus(msgspec.Struct, frozen=True):
    state: str = ""
    environment: str = ""


class _MergeGroup(msgspec.Struct, frozen=True):
    head_sha: str = ""


KINDS: dict[str, type[Payload]] = {
    "issues": _Issues,
    "issue_comment": _IssueComment,
    "label": _Labelled,
    "pull_request": _PullRequestEvent,
    "pull_request_review": _PullRequestEvent,
    "check_run": _CheckRunEvent,
    "check_suite": _CheckSuiteEvent,
    "push": _Push,
    "merge_group": _MergeGroupEvent,
    "deployment_status": _DeploymentStatusEvent,
    "sub_issues": _SubIssues,
    "issue_dependencies": _IssueDependencies,
}


def _may_state_any(subject: _Issue | _PullRequest) -> bool:
    return may_state_any(f"{subject.title or ''}\n\n{subject.body or ''}")


def _moment(text: str) -> datetime | None:
    """The schema calls it a text and no more; None for one that is no moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _only_number(check: _Check | None, repository: _Repository | None) -> int:
    """The pull request of a check, if it is exactly one of this repository.

    A commit's checks also list pull requests that have it in another repository of the fork network.
    """
    here = [
        pull.number
        for pull in (check.pull_requests or () if check else ())
        if pull and not (pull.base and pull.base.repo and repository and pull.base.repo.id != repository.id)
    ]
    return here[0] if len(here) == 1 else 0
