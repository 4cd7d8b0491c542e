"""All repositories of one sandbox, by GitHub's numeric repository id. One writer at a time in each."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from bot.sandbox.git_host.merging import merge_commit
from bot.sandbox.git_host.repository import BareRepository
from bot.sandbox.git_host.smart_http import Authorize, OnPush, SmartHttp
from bot.sandbox.git_host.values import (
    Commit,
    Comparison,
    FileChange,
    MergeConflict,
    MergeMethod,
    Person,
    RefMoved,
    TreeEntry,
    UnknownRevision,
)

COMMITTER = Person("GitHub", "noreply@github.com")
"""Who commits what was made on the web site: merges, squashes and replays."""


class GitHost:
    """Bare repositories below `root`. Branches are named without refs/heads/, revisions as `resolve` says."""

    def __init__(self, root: Path) -> None:
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._root = root
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def repository(self, repository_id: int) -> BareRepository:
        return BareRepository(self._root / f"{repository_id}.git")

    @asynccontextmanager
    async def writing(self, repository_id: int) -> AsyncIterator[BareRepository]:
        """The repository, with nobody else moving its refs."""
        async with self._locks[repository_id]:
            yield self.repository(repository_id)

    async def create(
        self, repository_id: int, *, default_branch: str, files: Mapping[str, str], author: Person, message: str
    ) -> str:
        """A new repository with one commit on its default branch; returns the SHA."""
        async with self.writing(repository_id) as repository:
            await repository.init(default_branch)
            ref = f"refs/heads/{default_branch}"
            return await repository.commit_files(ref, None, files, message=message, author=author, now=self.clock())

    async def fork(self, source_id: int, target_id: int) -> None:
        """A copy with the branches and tags of the source, without its pull requests."""
        source = self.repository(source_id)
        async with self.writing(target_id) as repository:
            await repository.init(await source.default_branch())
            await repository.fetch(source, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")

    async def refs(self, repository_id: int) -> dict[str, str]:
        """Full ref name -> SHA."""
        return await self.repository(repository_id).refs()

    async def branch(self, repository_id: int, branch: str) -> str | None:
        """The tip of a branch; None when there is none of that name."""
        return (await self.refs(repository_id)).get(f"refs/heads/{branch}")

    async def resolve(self, repository_id: int, revision: str) -> str | None:
        """The commit behind a SHA, branch, tag, full ref or HEAD; None when there is none."""
        return await self.repository(repository_id).resolve(revision)

    async def commit(
        self,
        repository_id: int,
        branch: str,
        files: Mapping[str, str | None],
        *,
        message: str,
        author: Person,
        base: str | None = None,
    ) -> str:
        """A new commit, and the branch on it. None as content removes a file.

        It stands on `base` if given (the branch moves there, forced), else on the tip of the branch, else (a new
        branch) on the tip of the default branch. Raises UnknownRevision.
        """
        async with self.writing(repository_id) as repository:
            ref = f"refs/heads/{branch}"
            start = base or (branch if ref in await repository.refs() else "HEAD")
            parent = await repository.need(start)
            return await repository.commit_files(ref, parent, files, message=message, author=author, now=self.clock())

    async def update_ref(self, repository_id: int, ref: str, new: str | None, *, old: str | None) -> None:
        """Move, create (`old` None) or delete (`new` None) a full ref. Raises RefMoved."""
        async with self.writing(repository_id) as repository:
            await repository.update_ref(ref, new, old=old)

    async def track_pull(self, repository_id: int, number: int, head_repository_id: int, head: str) -> None:
        """Let refs/pull/N/head point at `head`, fetching it first when it lives in a fork."""
        await self.bring(repository_id, head_repository_id, head)
        async with self.writing(repository_id) as repository:
            ref = f"refs/pull/{number}/head"
            await repository.update_ref(ref, head, old=(await repository.refs()).get(ref))

    async def info(self, repository_id: int, revision: str) -> Commit:
        """Raises UnknownRevision."""
        repository = self.repository(repository_id)
        return await repository.info(await repository.need(revision))

    async def log(self, repository_id: int, revision: str, *, limit: int = 250) -> list[Commit]:
        """The commit and its ancestors, newest first. Raises UnknownRevision."""
        repository = self.repository(repository_id)
        return await repository.log(await repository.need(revision), limit=limit)

    async def changes(self, repository_id: int, sha: str) -> list[FileChange]:
        """What one commit changed against its first parent (a root commit: against nothing)."""
        repository = self.repository(repository_id)
        commit = await repository.info(await repository.need(sha))
        before = commit.parents[0] if commit.parents else await repository.text("mktree")
        return await repository.changes(before, commit.sha)

    async def between(self, repository_id: int, base: str, head: str) -> list[Commit]:
        """The commits that `head` contains and `base` does not, oldest first; a common ancestor is not needed."""
        repository = self.repository(repository_id)
        one, other = await repository.need(base), await repository.need(head)
        return (await repository.log(f"{one}..{other}"))[::-1]

    async def compare(self, repository_id: int, base: str, head: str) -> Comparison:
        """`base...head`, as GitHub compares: files against the merge base.

        Raises UnknownRevision, also when the two have no common ancestor.
        """
        repository = self.repository(repository_id)
        one, other = await repository.need(base), await repository.need(head)
        merge_base = await repository.merge_base(one, other)
        return Comparison(
            base=await repository.info(one),
            head=await repository.info(other),
            merge_base=await repository.info(merge_base),
            ahead_by=await repository.count(f"{one}..{other}"),
            behind_by=await repository.count(f"{other}..{one}"),
            commits=tuple(reversed(await repository.log(f"{one}..{other}"))),
            files=tuple(await repository.changes(merge_base, other)),
        )

    async def read_file(self, repository_id: int, revision: str, path: str) -> bytes | None:
        """The bytes of a file; None when there is none. Raises UnknownRevision."""
        repository = self.repository(repository_id)
        return await repository.read_file(await repository.need(revision), path)

    async def tree(self, repository_id: int, revision: str, path: str = "") -> list[TreeEntry]:
        """The entries of a directory, or the one entry of a file; empty when there is neither."""
        repository = self.repository(repository_id)
        sha = await repository.need(revision)
        if not path:
            return await repository.list_tree(sha)
        found = await repository.list_tree(sha, path)
        if found and found[0].type == "tree":
            return await repository.list_tree(sha, f"{path}/")
        return found

    async def bring(self, repository_id: int, source_id: int, sha: str) -> None:
        """Make a commit of another repository known here, without a ref: forks share their objects on GitHub."""
        if repository_id != source_id:
            async with self.writing(repository_id) as repository:
                await repository.fetch(self.repository(source_id), sha)

    async def is_ancestor(self, repository_id: int, ancestor: str, descendant: str) -> bool:
        """Whether one commit is contained in the other (also when they are the same)."""
        args = ("merge-base", "--is-ancestor", ancestor, descendant)
        return (await self.repository(repository_id).git(*args, allowed=(0, 1))).returncode == 0

    async def are_related(self, repository_id: int, one: str, other: str) -> bool:
        """Whether two commits have an ancestor in common."""
        try:
            await self.repository(repository_id).merge_base(one, other)
        except UnknownRevision:
            return False
        return True

    async def test_merge(self, repository_id: int, number: int, base: str, head: str) -> str | None:
        """The commit a merge of pull request `number` would make now, kept as refs/pull/N/merge.

        None, and no such ref, when the two sides conflict. The same two SHAs always make the same commit.
        """
        async with self.writing(repository_id) as repository:
            ref = f"refs/pull/{number}/merge"
            before = (await repository.refs()).get(ref)
            sides = [await repository.info(sha) for sha in (base, head)]
            new: str | None = None
            try:
                new = await merge_commit(
                    repository,
                    "merge",
                    base=base,
                    head=head,
                    message=f"Merge {head} into {base}",
                    author=COMMITTER,
                    committer=COMMITTER,
                    now=max(one.committer.date for one in sides),
                )
            except MergeConflict:
                if before is None:
                    return None
            await repository.update_ref(ref, new, old=before)
            return new

    async def merge(
        self,
        repository_id: int,
        *,
        base_branch: str,
        head: str,
        method: MergeMethod,
        message: str,
        author: Person,
        expected_base: str | None = None,
    ) -> str:
        """Merge `head` into a branch and move it; returns its new tip. Raises MergeConflict, RefMoved."""
        async with self.writing(repository_id) as repository:
            ref = f"refs/heads/{base_branch}"
            tip = (await repository.refs()).get(ref)
            if tip is None:
                raise UnknownRevision(f"no branch {base_branch!r}")
            if expected_base not in (None, tip):
                raise RefMoved(f"{ref} is at {tip}, not at {expected_base}")
            wanted = await repository.need(head)
            if not await self.are_related(repository_id, tip, wanted):
                raise MergeConflict("no history in common")
            new = await merge_commit(
                repository,
                method,
                base=tip,
                head=wanted,
                message=message,
                author=author,
                committer=COMMITTER,
                now=self.clock(),
            )
            await repository.update_ref(ref, new, old=tip)
            return new

    def routes(self, authorize: Authorize, on_push: OnPush) -> list[web.RouteDef]:
        """Clone, fetch and push over HTTP at `/{owner}/{name}.git`."""
        return SmartHttp(self, authorize, on_push).routes()
