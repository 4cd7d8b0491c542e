"""People (and bots) of a sandbox, as verbs for tests and the demo. Every verb goes through the rules REST uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.sandbox import (
    catalog,
    checks,
    comments,
    deployments,
    issues,
    links,
    merging,
    pulls,
    pushes,
    repositories,
    transfers,
)
from bot.sandbox.git_host import MergeMethod
from bot.sandbox.rest.errors import forbidden
from bot.sandbox.state import (
    CheckRun,
    CheckSuite,
    Comment,
    Deployment,
    DeploymentState,
    Issue,
    Label,
    Milestone,
    PullRequest,
    Repository,
    Review,
    Role,
    User,
)
from bot.sandbox.world import World


class Actor:
    """Somebody who acts on GitHub: `sandbox.actor("ada").open_issue("acme/railway", "Signals fail")`.

    A verb raises ApiError 403 when the account's role does not allow it, as GitHub would.
    """

    def __init__(self, world: World, user: User) -> None:
        self.world = world
        self.user = user
        self.token = world.issue_token(user)  # for REST and git, in this account's name

    def open_issue(self, repository: str, title: str, body: str | None = None, labels: Sequence[str] = ()) -> Issue:
        """Labels of somebody without push access are dropped in silence, as GitHub does."""
        repo = self._allowed(self.world.repository(repository), "read")
        given = self._labels(repo, labels) if self.world.has_role(repo, self.user, "write") else []
        return issues.open_issue(self.world, repo, self.user, title, body, labels=given)

    def edit_issue(self, issue: Issue, *, title: str | None = None, body: str | None = None) -> None:
        self._author_or(issue, "triage")
        issues.edit_issue(self.world, issue, self.user, title=title, body=body)

    def close(self, issue: Issue, reason: str = "completed") -> None:
        self._author_or(issue, "triage")
        issues.close_issue(self.world, issue, self.user, reason)

    def reopen(self, issue: Issue) -> None:
        self._author_or(issue, "triage")
        issues.reopen_issue(self.world, issue, self.user)

    def delete_issue(self, issue: Issue) -> None:
        self._allowed(issue.repository, "admin")
        issues.delete_issue(self.world, issue, self.user)

    def transfer_issue(self, issue: Issue, repository: str) -> None:
        """To another repository of the same owner; the issue is there from now on, under another number and id."""
        target = self._allowed(self.world.repository(repository), "write")
        self._allowed(issue.repository, "write")
        transfers.transfer_issue(self.world, issue, target, self.user)

    def comment(self, issue: Issue, body: str) -> Comment:
        self._allowed(issue.repository, "read")
        return comments.add_comment(self.world, issue, self.user, body)

    def edit_comment(self, comment: Comment, body: str) -> None:
        self._author_or(comment, "write")
        comments.edit_comment(self.world, comment, self.user, body)

    def delete_comment(self, comment: Comment) -> None:
        self._author_or(comment, "write")
        comments.delete_comment(self.world, comment, self.user)

    def minimize(self, comment: Comment, reason: str | None = "off-topic") -> None:
        """Hides the comment; None shows it again."""
        self._author_or(comment, "triage")
        comments.minimize(comment, reason)

    def react(self, comment: Comment, content: str) -> None:
        self._allowed(comment.issue.repository, "read")
        comments.react(self.world, comment, self.user, content)

    def label(self, issue: Issue, *names: str) -> None:
        """Labels the repository does not have yet are made, if the role allows that (write)."""
        repo = self._allowed(issue.repository, "triage")
        issues.add_labels(self.world, issue, self.user, self._labels(repo, names))

    def unlabel(self, issue: Issue, name: str) -> None:
        """LookupError when the label is not on the issue."""
        self._allowed(issue.repository, "triage")
        found = next((label for label in issue.labels if label.name.lower() == name.lower()), None)
        if found is None:
            raise LookupError(f"{name!r} is not on #{issue.number}")
        issues.remove_label(self.world, issue, self.user, found)

    def assign(self, issue: Issue, *logins: str) -> None:
        """Replaces the assignees."""
        self._allowed(issue.repository, "triage")
        issues.set_assignees(self.world, issue, self.user, [self.world.user(login) for login in logins])

    def create_milestone(self, repository: str, title: str) -> Milestone:
        repo = self._allowed(self.world.repository(repository), "write")
        return catalog.create_milestone(self.world, repo, self.user, title)

    def set_milestone(self, issue: Issue, milestone: Milestone | None) -> None:
        self._allowed(issue.repository, "triage")
        issues.set_milestone(self.world, issue, self.user, milestone)

    def rename_repository(self, repository: str, name: str) -> None:
        """The old name answers 301 from now on."""
        repo = self._allowed(self.world.repository(repository), "admin")
        repositories.rename_repository(self.world, repo, self.user, name)

    async def add_sub_issue(self, parent: Issue, child: Issue) -> None:
        self._allowed(parent.repository, "triage")
        await links.add_sub_issue(self.world, parent, child, self.user)

    def remove_sub_issue(self, parent: Issue, child: Issue) -> None:
        self._allowed(parent.repository, "triage")
        links.remove_sub_issue(self.world, parent, child, self.user)

    def block(self, blocked: Issue, blocking: Issue) -> None:
        """`blocked` waits for `blocking`."""
        self._allowed(blocked.repository, "triage")
        links.add_blocked_by(self.world, blocked, blocking, self.user)

    def unblock(self, blocked: Issue, blocking: Issue) -> None:
        self._allowed(blocked.repository, "triage")
        links.remove_blocked_by(self.world, blocked, blocking, self.user)

    async def fork(self, repository: str) -> Repository:
        source = self._allowed(self.world.repository(repository), "read")
        return await repositories.fork_repository(self.world, source, self.user)

    async def push(
        self,
        repository: str,
        branch: str,
        files: Mapping[str, str | None],
        message: str = "A change",
        *,
        base: str | None = None,
    ) -> str:
        """One commit on a branch (None removes a file); `base` moves the branch there first. Returns the SHA."""
        repo = self._allowed(self.world.repository(repository), "write")
        return await pushes.push_files(self.world, repo, self.user, branch, files, message=message, base=base)

    async def delete_branch(self, repository: str, branch: str) -> None:
        repo = self._allowed(self.world.repository(repository), "write")
        await pushes.delete_branch(self.world, repo, self.user, branch)

    async def open_pull(
        self,
        repository: str,
        head: str,
        title: str,
        body: str | None = None,
        *,
        base: str | None = None,
        fork: Repository | None = None,
        draft: bool = False,
    ) -> PullRequest:
        """`head` is a branch of the repository, or of `fork`; `base` is the default branch unless given."""
        repo = self._allowed(self.world.repository(repository), "read")
        return await pulls.open_pull(
            self.world,
            repo,
            self.user,
            title=title,
            body=body,
            head_ref=head,
            base_ref=base or repo.default_branch,
            head_repository=fork,
            draft=draft,
        )

    async def merge_pull(self, pull: PullRequest, method: MergeMethod = "merge", *, sha: str | None = None) -> str:
        """Returns the new tip of the base."""
        self._allowed(pull.issue.repository, "write")
        return await merging.merge(self.world, pull, self.user, method=method, sha=sha)

    async def retarget_pull(self, pull: PullRequest, base: str) -> None:
        self._author_or(pull.issue, "write")
        await pulls.retarget(self.world, pull, self.user, base)

    def deploy(
        self, repository: str, sha: str, *, environment: str = "production", state: DeploymentState = "success"
    ) -> Deployment:
        """Reports how the deployment of a commit went."""
        repo = self._allowed(self.world.repository(repository), "write")
        ref = repo.default_branch
        return deployments.report(self.world, repo, self.user, sha=sha, ref=ref, environment=environment, state=state)

    def review(self, pull: PullRequest, state: pulls.ReviewState, body: str = "") -> Review:
        self._allowed(pull.issue.repository, "read")
        return pulls.add_review(self.world, pull, self.user, state, body=body)

    def rerequest_check(self, repository: str, run: CheckRun) -> None:
        repo = self._allowed(self.world.repository(repository), "write")
        checks.rerequest(self.world, repo, run, self.user)

    async def rerequest_suite(self, repository: str, suite: CheckSuite) -> None:
        repo = self._allowed(self.world.repository(repository), "write")
        await checks.rerequest_suite(self.world, repo, suite, self.user)

    def press_check_action(self, repository: str, run: CheckRun, identifier: str) -> None:
        repo = self._allowed(self.world.repository(repository), "write")
        checks.request_action(self.world, repo, run, self.user, identifier)

    def _labels(self, repo: Repository, names: Sequence[str]) -> list[Label]:
        return [self.world.find_label(repo, name) or self._new_label(repo, name) for name in names]

    def _new_label(self, repo: Repository, name: str) -> Label:
        self._allowed(repo, "write")
        return catalog.create_label(self.world, repo, self.user, name)

    def _allowed(self, repo: Repository, least: Role) -> Repository:
        if not self.world.has_role(repo, self.user, least):
            raise forbidden(f"{self.user.login} must have {least} rights to {repo.full_name}.")
        return repo

    def _author_or(self, written: Issue | Comment, least: Role) -> None:
        if written.author is not self.user:
            self._allowed((written.issue if isinstance(written, Comment) else written).repository, least)
