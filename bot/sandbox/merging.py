"""Merging a pull request, and updating its branch (docs.github.com: "About merge methods on GitHub")."""

from __future__ import annotations

from bot.sandbox import pulls, pushes
from bot.sandbox.git_host import MergeConflict, MergeMethod, RefMoved, RefUpdate, UnknownRevision
from bot.sandbox.git_host.values import NO_COMMIT
from bot.sandbox.repositories import person
from bot.sandbox.rest.errors import ApiError, invalid, unprocessable
from bot.sandbox.state import PullRequest, User
from bot.sandbox.world import World


async def merge(
    world: World,
    pull: PullRequest,
    actor: User,
    *,
    method: MergeMethod = "merge",
    sha: str | None = None,
    title: str | None = None,
    message: str | None = None,
) -> str:
    """Merge into the base and tell everybody; returns the new tip.

    Raises ApiError 405 (closed, draft, conflict, base moved), 409 when the head is not `sha`.
    """
    if pull.issue.state == "closed":
        raise ApiError(405, "Pull Request is not mergeable")
    if pull.draft:
        raise ApiError(405, "Pull Request is still a draft")
    if pull.is_merging:
        raise ApiError(405, "Merge already in progress")
    if sha not in (None, pull.head_sha):
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    pull.is_merging = True
    try:
        before, new = await _merge(world, pull, actor, method, _message(pull, method, title, message))
        pulls.note_merged(world, pull, actor, new)
    finally:
        pull.is_merging = False
    update = RefUpdate(f"refs/heads/{pull.base_ref}", before, new)
    await pushes.moved(world, pull.issue.repository, actor, [update])
    return new


async def _merge(world: World, pull: PullRequest, actor: User, method: MergeMethod, message: str) -> tuple[str, str]:
    """The base before and after."""
    repo = pull.issue.repository
    before = await world.git.branch(repo.id, pull.base_ref)
    try:
        new = await world.git.merge(
            repo.id,
            base_branch=pull.base_ref,
            head=pull.head_sha,
            method=method,
            message=message,
            author=person(actor),
            expected_base=before,
        )
    except MergeConflict:
        raise ApiError(405, "Pull Request is not mergeable") from None
    except RefMoved:
        raise ApiError(405, "Base branch was modified. Review and try the merge again.") from None
    except UnknownRevision:
        raise invalid("PullRequest", "base", "invalid") from None
    return before or NO_COMMIT, new


async def update_branch(world: World, pull: PullRequest, actor: User, expected_head: str | None = None) -> None:
    """Merge the base into the head branch. Raises ApiError 422 when the head moved, is up to date or conflicts."""
    repo, source, before = pull.issue.repository, pull.head_repository, pull.head_sha
    if expected_head not in (None, before):
        raise unprocessable("expected head sha didn't match current head ref.")
    base = await world.git.branch(repo.id, pull.base_ref)
    if base is None or await world.git.is_ancestor(repo.id, base, before):
        raise unprocessable("There are no new commits on the base branch.")
    await world.git.bring(source.id, repo.id, base)
    try:
        new = await world.git.merge(
            source.id,
            base_branch=pull.head_ref,
            head=base,
            method="merge",
            message=f"Merge branch '{pull.base_ref}' into {pull.head_ref}",
            author=person(actor),
            expected_base=before,
        )
    except MergeConflict:
        raise unprocessable("merge conflict between base and head") from None
    except (RefMoved, UnknownRevision):
        raise unprocessable("expected head sha didn't match current head ref.") from None
    await pushes.moved(world, source, actor, [RefUpdate(f"refs/heads/{pull.head_ref}", before, new)])


def _message(pull: PullRequest, method: MergeMethod, title: str | None, message: str | None) -> str:
    """GitHub's default subjects; the body of a merge commit is the title of the pull request."""
    issue = pull.issue
    if method == "squash":
        subject, rest = f"{issue.title} (#{issue.number})", issue.body or ""
    else:
        subject = f"Merge pull request #{issue.number} from {pull.head_repository.owner.login}/{pull.head_ref}"
        rest = issue.title
    parts = (title or subject, rest if message is None else message)
    return "\n\n".join(part for part in parts if part)
