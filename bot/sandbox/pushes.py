"""What GitHub does after refs have moved, whoever moved them: `push`, `create`, `delete`, and pull requests follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.sandbox import pulls, wire
from bot.sandbox.git_host import RefUpdate
from bot.sandbox.git_host.smart_http import OnPush
from bot.sandbox.git_host.values import NO_COMMIT
from bot.sandbox.repositories import person
from bot.sandbox.state import Json, Repository, User
from bot.sandbox.world import World

_MOST_TAGS = 3  # GitHub: "Events will not be created for tags when more than three tags are pushed at once"
_BRANCH, _TAG = "refs/heads/", "refs/tags/"


def on_push(world: World) -> OnPush:
    """For `GitHost.routes`: a push by the real git client has the same consequences as one by a verb."""

    async def after_receive_pack(repository_id: int, actor: User, updates: list[RefUpdate]) -> None:
        await moved(world, world.repositories[repository_id], actor, updates)

    return after_receive_pack


async def push_files(
    world: World,
    repo: Repository,
    actor: User,
    branch: str,
    files: Mapping[str, str | None],
    *,
    message: str,
    base: str | None = None,
) -> str:
    """One commit with these files (None removes one), pushed to a branch; see `GitHost.commit`. Returns the SHA."""
    before = await world.git.branch(repo.id, branch)
    sha = await world.git.commit(repo.id, branch, files, message=message, author=person(actor), base=base)
    await moved(world, repo, actor, [RefUpdate(f"{_BRANCH}{branch}", before or NO_COMMIT, sha)])
    return sha


async def delete_branch(world: World, repo: Repository, actor: User, branch: str) -> None:
    """Pull requests from that branch stay as they are."""
    sha = await world.git.branch(repo.id, branch)
    await world.git.update_ref(repo.id, f"{_BRANCH}{branch}", None, old=sha)
    await moved(world, repo, actor, [RefUpdate(f"{_BRANCH}{branch}", sha or NO_COMMIT, NO_COMMIT)])


async def moved(world: World, repo: Repository, actor: User, updates: Sequence[RefUpdate]) -> None:
    """Tell the App of every moved branch and tag; then pull requests from and into the branches follow."""
    repo.pushed_at = world.now()
    tags = [update for update in updates if update.ref.startswith(_TAG)]
    branches = [update for update in updates if update.ref.startswith(_BRANCH)]
    for update in branches + (tags if len(tags) <= _MOST_TAGS else []):
        await _tell(world, repo, actor, update)
    for ref, before, after in branches:
        if after != NO_COMMIT:
            await pulls.follow_head(world, repo, ref.removeprefix(_BRANCH), actor, before=before, after=after)
            await pulls.follow_base(world, repo, ref.removeprefix(_BRANCH), actor, after)


async def _tell(world: World, repo: Repository, actor: User, update: RefUpdate) -> None:
    kind = "branch" if update.ref.startswith(_BRANCH) else "tag"
    named = {"ref": update.ref.split("/", 2)[2], "ref_type": kind, "pusher_type": "user"}
    if update.before == NO_COMMIT:
        about = {"master_branch": repo.default_branch, "description": repo.description}
        world.emit("create", None, repository=repo, actor=actor, **named, **about)
    if update.after == NO_COMMIT:
        world.emit("delete", None, repository=repo, actor=actor, **named)
    payload = await _describe(world, repo, actor, update)
    world.emit("push", None, repository=repo, actor=actor, **payload)


async def _describe(world: World, repo: Repository, actor: User, update: RefUpdate) -> Json:
    """The payload of a push. A new branch shows what it has and the default branch has not."""
    _, before, after = update
    if after == NO_COMMIT:
        return wire.push(world, repo, actor, update, commits=[], head=None, is_forced=False)
    start = repo.default_branch if before == NO_COMMIT else before
    new = await world.git.between(repo.id, start, after)
    commits = [(commit, await world.git.changes(repo.id, commit.sha)) for commit in new]
    is_forced = before != NO_COMMIT and not await world.git.is_ancestor(repo.id, before, after)
    head = (await world.git.info(repo.id, after), await world.git.changes(repo.id, after))
    return wire.push(world, repo, actor, update, commits=commits, head=head, is_forced=is_forced)
