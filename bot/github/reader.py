"""`ports.GitHubReader`: one method for each fact, every list to its end.

What does not exist, or may not be seen, is None or empty. Within a minute of our own write that may be a replica
that lags behind (fault G7): whoever has just written waits and asks again. A read that fails raises
`errors.ReadFailed`, one that GitHub's limit forbids `ports.Limited`.
"""

from datetime import datetime

import cachetools

from bot.github import shapes
from bot.github.client import Client, Query
from bot.github.errors import Answered, Missing
from bot.github.urls import BadPart, path, repository_path
from bot.model.commands import Permission
from bot.model.facts import CheckRun, Comment, DeliveryAttempt, File, Happening, Issue, Pull, Repository
from bot.model.ids import AppIdentity, IssueRef, Repo, Sha

#: The log of three bad days is longer than any other list the bot reads.
_MOST_DELIVERY_PAGES = 1000
#: Seconds for which an issue that was open is taken to be open, where that is good enough, and how many are kept.
SEEN_OPEN = 60.0
_MOST_OPEN = 10_000
#: Statuses that say the commit is not there: unknown, repository empty, not a commit.
_NO_COMMIT = (404, 409, 422)


class Reader:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._identity: AppIdentity | None = None
        self._open: cachetools.TTLCache[IssueRef, bool] = cachetools.TTLCache(_MOST_OPEN, ttl=SEEN_OPEN)

    async def identity(self) -> AppIdentity:
        if self._identity is None:
            app = await self._client.get_as_app("/app", shapes.App)
            self._identity = AppIdentity(app.id, app.slug)
        return self._identity

    async def repository(self, repo: Repo) -> Repository | None:
        try:
            found = await self._client.get(repo, (), shapes.Repository)
            if found.id != repo.id:  # renamed, and another took the name over
                await self._client.resolve(repo)
                found = await self._client.get(repo, (), shapes.Repository)
        except Missing:
            return None
        return found.fact() if found.id == repo.id else None

    async def find_repository(self, full_name: str) -> Repo | None:
        """By a name that somebody typed; a former name is not found."""
        try:
            at = repository_path(full_name) + path("installation")
            installation = (await self._client.get_as_app(at, shapes.Id)).id
            return Repo(installation, await self._client.repository_id(installation, full_name))
        except BadPart:
            return None
        except Answered as error:
            if isinstance(error, Missing) or 300 <= error.status < 400:
                return None
            raise

    async def permission(self, repo: Repo, login: str) -> Permission:
        """NONE for whoever GitHub does not know, and for a role we do not know."""
        try:
            role = await self._client.get(repo, ("collaborators", login, "permission"), shapes.RoleOfPerson)
        except (Missing, BadPart):
            return Permission.NONE
        return role.fact()

    async def issue(self, ref: IssueRef) -> Issue | None:
        """None also for one that was transferred to another repository."""
        self._open.pop(ref, None)
        try:
            found = (await self._client.get(ref.repo, ("issues", ref.number), shapes.Issue)).fact(ref.repo)
        except Missing:
            return None
        self.saw(ref, is_open=found.is_open)
        return found

    def saw(self, ref: IssueRef, *, is_open: bool) -> None:
        """The answer to a write said so: nobody has to ask. That one is closed is always asked anew."""
        if is_open:
            self._open[ref] = True
        else:
            self._open.pop(ref, None)

    async def is_open(self, ref: IssueRef) -> bool | None:
        if ref in self._open:
            return True
        issue = await self.issue(ref)
        return None if issue is None else issue.is_open

    async def comments(self, ref: IssueRef) -> tuple[Comment, ...]:
        try:
            below = ("issues", ref.number, "comments")
            pages = self._client.pages(ref.repo, below, list[shapes.Comment])
            return tuple([one.fact() async for page in pages for one in page])
        except Missing:
            return ()

    async def comment(self, repo: Repo, comment: int) -> Comment | None:
        try:
            return (await self._client.get(repo, ("issues", "comments", comment), shapes.Comment)).fact()
        except Missing:
            return None

    async def sub_issues(self, ref: IssueRef) -> tuple[Issue, ...]:
        """Children in other repositories have the repository id 0: GitHub names those only by name."""
        return await self._linked_to(ref, "sub_issues")

    async def parent(self, ref: IssueRef) -> Issue | None:
        """As for `sub_issues`, one in another repository has the repository id 0."""
        try:
            found = await self._client.get(ref.repo, ("issues", ref.number, "parent"), shapes.Issue)
            return _linked(found, ref.repo, await self._client.name(ref.repo))
        except Missing:
            return None

    async def blocked_by(self, ref: IssueRef) -> tuple[Issue, ...]:
        """The issues that GitHub lists as blocking this one; as for `sub_issues`, those elsewhere have id 0."""
        return await self._linked_to(ref, "dependencies", "blocked_by")

    async def timeline(self, ref: IssueRef) -> tuple[Happening, ...]:
        """Everything GitHub tells of an issue, oldest first; edits of title and description are not among it."""
        try:
            pages = self._client.pages(ref.repo, ("issues", ref.number, "timeline"), list[shapes.TimelineEntry])
            return tuple([one.fact() async for page in pages for one in page])
        except Missing:
            return ()

    async def pull(self, ref: IssueRef) -> Pull | None:
        try:
            return (await self._client.get(ref.repo, ("pulls", ref.number), shapes.Pull)).fact(ref.repo)
        except Missing:
            return None

    async def open_pulls_of_branch(self, repo: Repo, branch: str) -> tuple[Pull, ...]:
        """Pull requests whose head is this branch of this repository, not a fork's branch of the same name."""
        try:
            owner = (await self._client.name(repo)).partition("/")[0]
            query = {"state": "open", "head": f"{owner}:{branch}"}
            found = await self._pulls(repo, ("pulls",), query)
        except Missing:
            return ()
        return tuple(one for one in found if one.is_open and (one.head_ref, one.head_repo) == (branch, repo.id))

    async def open_pulls_with_head(self, repo: Repo, head: Sha) -> tuple[Pull, ...]:
        """GitHub lists every pull request that contains the commit; here only those that end with it."""
        try:
            found = await self._pulls(repo, ("commits", head, "pulls"), {})
        except Answered as error:
            if error.status in _NO_COMMIT:
                return ()
            raise
        return tuple(one for one in found if one.is_open and one.head == head)

    async def branch_head(self, repo: Repo, branch: str) -> Sha | None:
        try:
            below = ("git", "ref", "heads", *branch.split("/"))
            return (await self._client.get(repo, below, shapes.GitRef)).object.sha
        except BadPart:
            return None
        except Answered as error:
            if error.status in _NO_COMMIT:
                return None
            raise

    async def tree(self, repo: Repo, commit: Sha) -> Sha | None:
        try:
            return (await self._client.get(repo, ("git", "commits", commit), shapes.GitCommit)).tree.sha
        except Answered as error:
            if error.status in _NO_COMMIT:
                return None
            raise

    async def file(self, repo: Repo, at: str, ref: str = "") -> File | None:
        """The file `at` this path in a branch or commit, by default the default branch; None for a directory, too."""
        query = {"ref": ref} if ref else None
        try:
            found = await self._client.get(repo, ("contents", *at.split("/")), shapes.Contents, query)
        except Missing:
            return None
        return found.fact() if isinstance(found, shapes.Content) else None

    async def merge_base(self, repo: Repo, base: str, head: Sha) -> Sha | None:
        """The commit at which `head` left the branch `base`; it may have come from a fork."""
        below = ("compare", f"{base}...{head}")
        try:
            return (await self._client.get(repo, below, shapes.Comparison, {"per_page": 1})).merge_base_commit.sha
        except Missing:
            return None

    async def check_runs(self, repo: Repo, head: Sha, name: str) -> tuple[CheckRun, ...]:
        """All runs of this name on the commit, of every App, those that newer ones replaced too."""
        below = ("commits", head, "check-runs")
        query = {"check_name": name, "filter": "all"}
        try:
            pages = self._client.pages(repo, below, shapes.CheckRuns, query)
            return tuple([one.fact() async for page in pages for one in page.check_runs])
        except Answered as error:
            if error.status in _NO_COMMIT:
                return ()
            raise

    async def failed_deliveries(self, since: datetime) -> tuple[DeliveryAttempt, ...]:
        """The App's delivery attempts that failed, newest first, none that began before `since`."""
        found: list[DeliveryAttempt] = []
        pages = self._client.pages_as_app(
            "/app/hook/deliveries", list[shapes.Delivery], {"status": "failure"}, most_pages=_MOST_DELIVERY_PAGES
        )
        async for page in pages:
            recent = [one.fact() for one in page if one.delivered_at >= since]
            found += [one for one in recent if not one.ok]
            if len(recent) < len(page):
                break
        return tuple(found)

    async def _linked_to(self, ref: IssueRef, *below: str) -> tuple[Issue, ...]:
        try:
            here = await self._client.name(ref.repo)
            pages = self._client.pages(ref.repo, ("issues", ref.number, *below), list[shapes.Issue])
            return tuple([_linked(one, ref.repo, here) async for page in pages for one in page])
        except Missing:
            return ()

    async def _pulls(self, repo: Repo, below: tuple[str, ...], query: Query) -> list[Pull]:
        pages = self._client.pages(repo, below, list[shapes.Pull], query)
        return [one.fact(repo) async for page in pages for one in page]


def _linked(issue: shapes.Issue, repo: Repo, full_name: str) -> Issue:
    """An issue from the other end of a link, which may be in another repository of the same owner."""
    is_here = issue.repository_url.lower().endswith(f"/repos/{full_name.lower()}")
    return issue.fact(repo if is_here else Repo(repo.installation, 0))
