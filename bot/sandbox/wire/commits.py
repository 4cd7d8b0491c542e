"""What git knows, in GitHub's words: schemas commit, git-commit, diff-entry, commit-comparison, git-ref, content-*."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.sandbox.git_host import Commit, Comparison, FileChange, Signature, TreeEntry
from bot.sandbox.state import Json, Repository, User
from bot.sandbox.wire.accounts import simple_user
from bot.sandbox.wire.repositories import html_url, repository_url
from bot.sandbox.wire.times import instant

if TYPE_CHECKING:
    from bot.sandbox.world import World

_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
_LARGE = 1024 * 1024  # bytes; of a larger file the API gives no content unless it is asked for raw
_KINDS = {"040000": "dir", "120000": "symlink", "160000": "submodule"}


def account_of(world: World, who: Signature) -> User | None:
    """The account a commit is attributed to: by its no-reply address, `ID+LOGIN@users.noreply.github.com`."""
    login = who.email.partition("+")[2].removesuffix("@users.noreply.github.com")
    return world.users.get(login.lower())


def commit(world: World, repo: Repository, one: Commit, files: Sequence[FileChange] | None = None) -> Json:
    """Schema `commit`; with `files` (and their sums) where one commit alone was asked for."""
    api = repository_url(world, repo)
    url = f"{api}/commits/{one.sha}"
    wire: Json = {
        "sha": one.sha,
        "node_id": f"C_{one.sha}",
        "commit": {
            "author": _git_user(one.author),
            "committer": _git_user(one.committer),
            "message": one.message,
            "tree": {"sha": one.tree, "url": f"{api}/git/trees/{one.tree}"},
            "url": f"{api}/git/commits/{one.sha}",
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
        "url": url,
        "html_url": _commit_html(world, repo, one.sha),
        "comments_url": f"{url}/comments",
        "author": _account(world, one.author),
        "committer": _account(world, one.committer),
        "parents": [
            {"sha": sha, "url": f"{api}/commits/{sha}", "html_url": _commit_html(world, repo, sha)}
            for sha in one.parents
        ],
    }
    if files is not None:
        added, removed = sum(one.additions for one in files), sum(one.deletions for one in files)
        wire["stats"] = {"total": added + removed, "additions": added, "deletions": removed}
        wire["files"] = [file(world, repo, wire["sha"], each) for each in files]
    return wire


def git_commit(world: World, repo: Repository, one: Commit) -> Json:
    """Schema `git-commit`: the bare object."""
    api = repository_url(world, repo)
    return {
        "sha": one.sha,
        "node_id": f"C_{one.sha}",
        "url": f"{api}/git/commits/{one.sha}",
        "html_url": _commit_html(world, repo, one.sha),
        "author": _git_user(one.author),
        "committer": _git_user(one.committer),
        "message": one.message,
        "tree": {"sha": one.tree, "url": f"{api}/git/trees/{one.tree}"},
        "parents": [
            {"sha": sha, "url": f"{api}/git/commits/{sha}", "html_url": _commit_html(world, repo, sha)}
            for sha in one.parents
        ],
        "verification": _UNSIGNED,
    }


def file(world: World, repo: Repository, sha: str, one: FileChange) -> Json:
    """Schema `diff-entry`; `sha` is the commit whose version of the file the links show."""
    html, path = html_url(world, repo), quote(one.path)
    wire: Json = {
        "sha": one.sha,
        "filename": one.path,
        "status": one.status,
        "additions": one.additions,
        "deletions": one.deletions,
        "changes": one.additions + one.deletions,
        "blob_url": f"{html}/blob/{sha}/{path}",
        "raw_url": f"{html}/raw/{sha}/{path}",
        "contents_url": f"{repository_url(world, repo)}/contents/{path}?ref={sha}",
    }
    if one.patch is not None:
        wire["patch"] = one.patch
    if one.previous_path is not None:
        wire["previous_filename"] = one.previous_path
    return wire


def comparison(
    world: World, repo: Repository, one: Comparison, basehead: str, commits: Sequence[Commit], *, is_first: bool
) -> Json:
    """Schema `commit-comparison`; `commits` is the page that was asked for, files come with the first one only."""
    base, _, head = basehead.partition("...")
    html = f"{html_url(world, repo)}/compare/{basehead}"
    permalink = f"{repo.owner.login}:{one.base.sha[:7]}...{repo.owner.login}:{one.head.sha[:7]}"
    wire: Json = {
        "url": f"{repository_url(world, repo)}/compare/{base}...{head}",
        "html_url": html,
        "permalink_url": f"{html_url(world, repo)}/compare/{permalink}",
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": commit(world, repo, one.base),
        "merge_base_commit": commit(world, repo, one.merge_base),
        "status": one.status,
        "ahead_by": one.ahead_by,
        "behind_by": one.behind_by,
        "total_commits": one.ahead_by,
        "commits": [commit(world, repo, each) for each in commits],
    }
    if is_first:
        wire["files"] = [file(world, repo, one.head.sha, each) for each in one.files]
    return wire


def git_ref(world: World, repo: Repository, ref: str, sha: str) -> Json:
    """Schema `git-ref`; all refs of the sandbox point at commits."""
    api = repository_url(world, repo)
    return {
        "ref": ref,
        "node_id": f"REF_{repo.id}_{ref}",
        "url": f"{api}/git/{quote(ref)}",
        "object": {"type": "commit", "sha": sha, "url": f"{api}/git/commits/{sha}"},
    }


def content(world: World, repo: Repository, ref: str, entry: TreeEntry, data: bytes | None) -> Json:
    """Schema `content-file` (or `content-symlink`) with `data`, an item of `content-directory` without."""
    url = f"{repository_url(world, repo)}/contents/{quote(entry.path)}?ref={quote(ref, safe='')}"
    kind = _KINDS.get(entry.mode, "file")
    git = f"{repository_url(world, repo)}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}"
    html = f"{html_url(world, repo)}/{'tree' if kind == 'dir' else 'blob'}/{ref}/{quote(entry.path)}"
    wire: Json = {
        "type": kind,
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": f"{html_url(world, repo)}/raw/{ref}/{quote(entry.path)}" if kind == "file" else None,
        "_links": {"self": url, "git": git, "html": html},
    }
    if data is not None and kind == "symlink":
        wire["target"] = data.decode(errors="replace")
    elif data is not None and len(data) > _LARGE:
        wire |= {"content": "", "encoding": "none"}
    elif data is not None:
        wire |= {"content": base64.encodebytes(data).decode(), "encoding": "base64"}
    return wire


def _git_user(who: Signature) -> Json:
    return {"name": who.name, "email": who.email, "date": instant(who.date)}


def _account(world: World, who: Signature) -> Json | None:
    user = account_of(world, who)
    return None if user is None else simple_user(world, user)


def _commit_html(world: World, repo: Repository, sha: str) -> str:
    return f"{html_url(world, repo)}/commit/{sha}"
