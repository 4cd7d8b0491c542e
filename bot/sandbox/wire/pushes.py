"""The `push` event: its own form of commits and of the repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.sandbox.git_host import Commit, FileChange, RefUpdate, Signature
from bot.sandbox.git_host.values import NO_COMMIT
from bot.sandbox.state import Json, Repository, User
from bot.sandbox.wire.commits import account_of
from bot.sandbox.wire.repositories import html_url, webhook_repository
from bot.sandbox.wire.times import instant

if TYPE_CHECKING:
    from bot.sandbox.world import World


def push(
    world: World,
    repo: Repository,
    pusher: User,
    update: RefUpdate,
    *,
    commits: Sequence[tuple[Commit, Sequence[FileChange]]],
    head: tuple[Commit, Sequence[FileChange]] | None,
    is_forced: bool,
) -> Json:
    """The keys that a push has on top of those of every event; `commits` oldest first."""
    ref, before, after = update
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "pusher": {"name": pusher.login, "email": f"{pusher.id}+{pusher.login}@users.noreply.github.com"},
        "created": before == NO_COMMIT,
        "deleted": after == NO_COMMIT,
        "forced": is_forced,
        "base_ref": None,
        "compare": f"{html_url(world, repo)}/compare/{before[:12]}...{after[:12]}",
        "commits": [_commit(world, repo, *each) for each in commits],
        "head_commit": None if head is None else _commit(world, repo, *head),
    }


def simple_commit(world: World, one: Commit) -> Json:
    """A commit as events other than pushes name it too."""
    return {
        "id": one.sha,
        "tree_id": one.tree,
        "message": one.message,
        "timestamp": one.committer.date.isoformat(),
        "author": _person(world, one.author),
        "committer": _person(world, one.committer),
    }


def _commit(world: World, repo: Repository, one: Commit, files: Sequence[FileChange]) -> Json:
    added = [file.path for file in files if file.status in ("added", "renamed")]
    removed = [file.previous_path or file.path for file in files if file.status in ("removed", "renamed")]
    return simple_commit(world, one) | {
        "distinct": True,
        "url": f"{html_url(world, repo)}/commit/{one.sha}",
        "added": added,
        "removed": removed,
        "modified": [file.path for file in files if file.status in ("modified", "changed")],
    }


def _person(world: World, who: Signature) -> Json:
    account = account_of(world, who)
    named = {} if account is None else {"username": account.login}
    return {"name": who.name, "email": who.email, "date": instant(who.date), **named}


def push_repository(world: World, repo: Repository) -> Json:
    """A push gives two times as seconds since 1970, where every other event gives text (recorded payloads)."""
    seconds = {"created_at": int(repo.created_at.timestamp()), "pushed_at": int(repo.pushed_at.timestamp())}
    extra = {"stargazers": 0, "master_branch": repo.default_branch}
    if repo.owner.type == "Organization":
        extra["organization"] = repo.owner.login
    return webhook_repository(world, repo) | seconds | extra
