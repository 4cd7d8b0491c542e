"""The three ways GitHub merges, without a work tree. Objects are written; moving the base is the host's part."""

from datetime import datetime

from bot.sandbox.git_host.repository import BareRepository
from bot.sandbox.git_host.values import Commit, MergeConflict, MergeMethod, Person, Signature


async def merge_commit(
    repository: BareRepository,
    method: MergeMethod,
    *,
    base: str,
    head: str,
    message: str,
    author: Person,
    committer: Person,
    now: datetime,
) -> str:
    """The new tip of the base: a merge commit, one squashed commit, or the last of the replayed ones.

    Like GitHub, rebase always writes new commits, also where a fast-forward would do, keeps their authors and
    leaves out merge commits. Raises MergeConflict.
    """
    by = Signature(committer.name, committer.email, now)
    if method == "rebase":
        return await _replay(repository, base, head, by)
    tree = await merge_tree(repository, base, head)
    parents = [base, head] if method == "merge" else [base]
    written_by = Signature(author.name, author.email, now)
    return await repository.commit_tree(tree, parents, message, author=written_by, committer=by)


async def merge_tree(repository: BareRepository, base: str, head: str) -> str:
    """The tree of a three-way merge. Raises MergeConflict."""
    done = await repository.git(
        "merge-tree", "--write-tree", "--name-only", "--no-messages", base, head, allowed=(0, 1)
    )
    tree, *conflicts = done.stdout.decode(errors="replace").splitlines()
    if done.returncode:
        raise MergeConflict(f"conflict in {', '.join(conflicts)}")
    return tree


async def _replay(repository: BareRepository, base: str, head: str, committer: Signature) -> str:
    tip = await repository.info(base)
    for commit in reversed(await repository.log("--no-merges", f"{base}..{head}")):
        tree = await _pick_tree(repository, tip, commit)
        new = await repository.commit_tree(tree, [tip.sha], commit.message, author=commit.author, committer=committer)
        tip = await repository.info(new)
    return tip.sha


async def _pick_tree(repository: BareRepository, tip: Commit, commit: Commit) -> str:
    """The tree of `tip` plus what `commit` changed.

    git 2.38 and 2.39 cannot name the merge base of merge-tree (`--merge-base` came with 2.40). A throw-away commit
    with the tree of the tip *on the parent of the picked commit* makes that parent the merge base.
    """
    stand_in = await repository.commit_tree(
        tip.tree, commit.parents, "stand-in", author=commit.author, committer=commit.committer
    )
    return await merge_tree(repository, stand_in, commit.sha)
