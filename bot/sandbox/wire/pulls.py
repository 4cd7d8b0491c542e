"""Pull requests and reviews: schemas pull-request, pull-request-simple, pull-request-minimal, pull-request-review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.state import Json, PullRequest, Repository, Review
from bot.sandbox.wire.accounts import simple_user
from bot.sandbox.wire.issues import author_association, issue_html_url, label, milestone
from bot.sandbox.wire.repositories import repository, repository_url
from bot.sandbox.wire.times import instant, optional_instant

if TYPE_CHECKING:
    from bot.sandbox.world import World

_ONLY_IN_FULL = (
    "additions",
    "changed_files",
    "comments",
    "commits",
    "deletions",
    "maintainer_can_modify",
    "mergeable",
    "mergeable_state",
    "merged",
    "merged_by",
    "rebaseable",
    "review_comments",
)


def pull_url(world: World, one: PullRequest) -> str:
    return f"{repository_url(world, one.issue.repository)}/pulls/{one.issue.number}"


def pull(world: World, one: PullRequest) -> Json:
    """Schema `pull-request`. The numbers and `mergeable` are as of the last `pulls.refresh`."""
    issue, repo = one.issue, one.issue.repository
    url, api = pull_url(world, one), repository_url(world, one.issue.repository)
    html = issue_html_url(world, issue)
    users = [simple_user(world, user) for user in issue.assignees]
    links = {
        "self": url,
        "html": html,
        "issue": f"{api}/issues/{issue.number}",
        "comments": f"{api}/issues/{issue.number}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{api}/statuses/{one.head_sha}",
    }
    return {
        "url": url,
        "id": one.id,
        "node_id": one.node_id,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        **{f"{name}_url": links[name] for name in links if name not in ("self", "html")},
        "_links": {name: {"href": href} for name, href in links.items()},
        "number": issue.number,
        "state": issue.state,
        "locked": issue.locked,
        "active_lock_reason": None,
        "title": issue.title,
        "user": simple_user(world, issue.author),
        "body": issue.body,
        "created_at": instant(issue.created_at),
        "updated_at": instant(issue.updated_at),
        "closed_at": optional_instant(issue.closed_at),
        "merged_at": optional_instant(one.merged_at),
        "merge_commit_sha": one.merge_commit_sha,
        "assignee": users[0] if users else None,
        "assignees": users,
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [label(world, repo, each) | {"description": each.description or ""} for each in issue.labels],
        "milestone": None if issue.milestone is None else milestone(world, repo, issue.milestone),
        "draft": one.draft,
        "head": _side(world, one.head_repository, one.head_ref, one.head_sha),
        "base": _side(world, repo, one.base_ref, one.base_sha),
        "author_association": author_association(world, repo, issue.author),
        "auto_merge": None,
        "merged": one.merged_at is not None,
        "mergeable": one.mergeable,
        "rebaseable": one.mergeable,
        "mergeable_state": _mergeable_state(one),
        "merged_by": None if one.merged_by is None else simple_user(world, one.merged_by),
        "comments": len(issue.comments),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": one.size.commits,
        "additions": one.size.additions,
        "deletions": one.size.deletions,
        "changed_files": one.size.changed_files,
    }


def pull_simple(world: World, one: PullRequest) -> Json:
    """Schema `pull-request-simple`, as in lists."""
    return {key: value for key, value in pull(world, one).items() if key not in _ONLY_IN_FULL}


def webhook_pull(world: World, one: PullRequest) -> Json:
    """The key `pull_request` of webhooks, except reviews (those carry `pull_simple`)."""
    return pull(world, one)


def pull_minimal(world: World, one: PullRequest) -> Json:
    """Schema `pull-request-minimal`, as check runs name the pull requests of their head."""
    return {
        "id": one.id,
        "number": one.issue.number,
        "url": pull_url(world, one),
        "head": _minimal_side(world, one.head_repository, one.head_ref, one.head_sha),
        "base": _minimal_side(world, one.issue.repository, one.base_ref, one.base_sha),
    }


def review(world: World, one: Review) -> Json:
    """Schema `pull-request-review` (REST: state in capitals)."""
    issue, url = one.pull.issue, pull_url(world, one.pull)
    html = f"{issue_html_url(world, issue)}#pullrequestreview-{one.id}"
    return {
        "id": one.id,
        "node_id": one.node_id,
        "user": simple_user(world, one.author),
        "body": one.body,
        "state": one.state,
        "html_url": html,
        "pull_request_url": url,
        "author_association": author_association(world, issue.repository, one.author),
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
        "submitted_at": instant(one.submitted_at),
        "commit_id": one.commit_id,
    }


def webhook_review(world: World, one: Review) -> Json:
    """The key `review` of webhooks (state in small letters)."""
    return review(world, one) | {"state": one.state.lower(), "updated_at": instant(one.submitted_at)}


def _side(world: World, repo: Repository, ref: str, sha: str) -> Json:
    return {
        "label": f"{repo.owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": simple_user(world, repo.owner),
        "repo": repository(world, repo),
    }


def _minimal_side(world: World, repo: Repository, ref: str, sha: str) -> Json:
    return {"ref": ref, "sha": sha, "repo": {"id": repo.id, "url": repository_url(world, repo), "name": repo.name}}


def _mergeable_state(one: PullRequest) -> str:
    if one.issue.state == "closed" or one.mergeable is None:
        return "unknown"
    if not one.mergeable:
        return "dirty"
    return "draft" if one.draft else "clean"
