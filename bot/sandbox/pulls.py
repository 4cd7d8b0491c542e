"""Rules of pull requests: opening, following the branches, retargeting, reviewing (docs.github.com/rest/pulls)."""

from __future__ import annotations

import re
from typing import Literal

from bot.sandbox import issues, wire
from bot.sandbox.rest.errors import ApiError, invalid, unprocessable
from bot.sandbox.state import PullRequest, PullSize, Repository, Review, User
from bot.sandbox.world import World

ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]
_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+#(\d+)\b", re.IGNORECASE)


async def open_pull(
    world: World,
    repo: Repository,
    actor: User,
    *,
    title: str,
    head_ref: str,
    base_ref: str,
    body: str | None = None,
    head_repository: Repository | None = None,
    draft: bool = False,
) -> PullRequest:
    """Offer a branch (of this repository or a fork) to another. Raises ApiError 422 in GitHub's four cases."""
    source = head_repository or repo
    issues.check_title(title)
    issues.check_body(body)
    head_sha = await world.git.branch(source.id, head_ref)
    base_sha = await world.git.branch(repo.id, base_ref)
    if head_sha is None or base_sha is None:
        raise invalid("PullRequest", "head" if head_sha is None else "base", "invalid")
    await world.git.bring(repo.id, source.id, head_sha)
    if await world.git.is_ancestor(repo.id, head_sha, base_sha):
        raise _custom(f"No commits between {base_ref} and {head_ref}")
    if not await world.git.are_related(repo.id, head_sha, base_sha):
        raise _custom(f"The {head_ref} branch has no history in common with {base_ref}")
    if any(_offers(one, source, head_ref) and one.base_ref == base_ref for one in open_pulls(repo)):
        raise _custom(f"A pull request already exists for {source.owner.login}:{head_ref}.")
    issue = issues.new_issue(world, repo, actor, title, body, is_pull=True)
    number = world.new_id()
    pull = PullRequest(
        number, world.node_id("PR", number), issue, source, head_ref, head_sha, base_ref, base_sha, draft=draft
    )
    repo.pulls[issue.number] = pull
    await world.git.track_pull(repo.id, issue.number, source.id, head_sha)
    await refresh(world, pull)
    issues.emit_issue(world, issue, "opened", actor)
    return pull


def open_pulls(repo: Repository) -> list[PullRequest]:
    return [pull for pull in repo.pulls.values() if pull.issue.state == "open"]


async def refresh(world: World, pull: PullRequest) -> None:
    """Bring size, mergeability and the test merge up to date with both branches (GitHub: in the background)."""
    repo = pull.issue.repository
    base = await world.git.branch(repo.id, pull.base_ref)
    now = (base or "", pull.head_sha)
    if pull.issue.state == "closed" or base is None or pull.tested == now:
        return
    if not await world.git.are_related(repo.id, base, pull.head_sha):  # after a push of another history
        pull.merge_commit_sha, pull.mergeable, pull.tested = None, False, now
        return
    compared = await world.git.compare(repo.id, base, pull.head_sha)
    tested = await world.git.test_merge(repo.id, pull.issue.number, base, pull.head_sha)
    pull.size = PullSize(
        commits=len(compared.commits),
        additions=sum(file.additions for file in compared.files),
        deletions=sum(file.deletions for file in compared.files),
        changed_files=len(compared.files),
    )
    pull.merge_commit_sha, pull.mergeable, pull.tested = tested, tested is not None, now


async def follow_head(world: World, repo: Repository, branch: str, actor: User, *, before: str, after: str) -> None:
    """The branch has moved: open pull requests that offer it, in any repository, are synchronized."""
    for target in list(world.repositories.values()):
        for pull in [one for one in open_pulls(target) if _offers(one, repo, branch)]:
            pull.head_sha = after
            pull.base_sha = await world.git.branch(target.id, pull.base_ref) or pull.base_sha
            await world.git.track_pull(target.id, pull.issue.number, repo.id, after)
            await refresh(world, pull)
            issues.touch(world, pull.issue)
            issues.emit_issue(world, pull.issue, "synchronize", actor, before=before, after=after)


async def follow_base(world: World, repo: Repository, branch: str, actor: User, tip: str) -> None:
    """What a push has brought into the base counts as merged, by whoever pushed it."""
    for pull in open_pulls(repo):
        if pull.base_ref == branch and await world.git.is_ancestor(repo.id, pull.head_sha, tip):
            note_merged(world, pull, actor, tip)


def note_merged(world: World, pull: PullRequest, actor: User, sha: str) -> None:
    """Close it as merged, and on the default branch the issues whose closing it announced."""
    repo, issue = pull.issue.repository, pull.issue
    pull.merged_at, pull.merged_by, pull.merge_commit_sha, pull.mergeable = world.now(), actor, sha, None
    issues.note(world, issue, "merged", actor, commit_id=sha)
    issues.close_issue(world, issue, actor)
    if pull.base_ref == repo.default_branch:
        for number in dict.fromkeys(_CLOSES.findall(issue.body or "")):
            announced = repo.issues.get(int(number))
            if announced is not None and not announced.is_pull:
                issues.close_issue(world, announced, actor, "completed")


async def retarget(world: World, pull: PullRequest, actor: User, base_ref: str) -> None:
    """Another base for an open pull request. Raises ApiError 422."""
    base_sha = await world.git.branch(pull.issue.repository.id, base_ref)
    if base_sha is None or pull.issue.state == "closed":
        raise invalid("PullRequest", "base", "invalid")
    changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
    pull.base_ref, pull.base_sha = base_ref, base_sha
    await refresh(world, pull)
    issues.touch(world, pull.issue)
    issues.emit_issue(world, pull.issue, "edited", actor, changes=changes)


def mark_ready(world: World, pull: PullRequest, actor: User, *, draft: bool = False) -> None:
    """Ready for review, or back to a draft."""
    if pull.draft != draft:
        pull.draft = draft
        issues.emit_issue(world, pull.issue, "converted_to_draft" if draft else "ready_for_review", actor)


def add_review(
    world: World, pull: PullRequest, actor: User, state: ReviewState, *, body: str = "", commit_id: str | None = None
) -> Review:
    """Raises ApiError 422: nobody approves or refuses what is their own, and a refusal or comment says something."""
    if actor is pull.issue.author and state != "COMMENTED":
        raise unprocessable(
            f"Can not {'approve' if state == 'APPROVED' else 'request changes on'} your own pull request"
        )
    if state != "APPROVED" and not body:
        raise unprocessable("Body can't be blank")
    number = world.new_id()
    node_id = world.node_id("PRR", number)
    review = Review(number, node_id, pull, actor, state, body, commit_id or pull.head_sha, world.now())
    pull.reviews.append(review)
    parts = {"pull_request": wire.pull_simple(world, pull), "review": wire.webhook_review(world, review)}
    world.emit("pull_request_review", "submitted", repository=pull.issue.repository, actor=actor, **parts)
    return review


def _offers(pull: PullRequest, repo: Repository, branch: str) -> bool:
    return pull.head_repository is repo and pull.head_ref == branch


def _custom(message: str) -> ApiError:
    return ApiError(
        422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "custom", "message": message}]
    )
