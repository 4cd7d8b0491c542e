"""Issues and what hangs on them: schemas issue, issue-comment, label, milestone, reaction, timeline-issue-events."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.sandbox.state import Comment, Issue, Json, Label, Milestone, Reaction, Repository, TimelineEntry, User
from bot.sandbox.wire.accounts import simple_user
from bot.sandbox.wire.repositories import html_url, repository_url, simple_repository
from bot.sandbox.wire.times import instant, optional_instant

if TYPE_CHECKING:
    from bot.sandbox.world import World

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
_REST_ONLY = ("closed_by", "parent_issue_url")


def label(world: World, repo: Repository, one: Label) -> Json:
    return {
        "id": one.id,
        "node_id": one.node_id,
        "url": f"{repository_url(world, repo)}/labels/{quote(one.name, safe='')}",
        "name": one.name,
        "color": one.color,
        "default": False,
        "description": one.description,
    }


def milestone(world: World, repo: Repository, one: Milestone) -> Json:
    """Counts include pull requests, as the milestone page shows them (not verified live)."""
    url = f"{repository_url(world, repo)}/milestones/{one.number}"
    states = [issue.state for issue in repo.issues.values() if issue.milestone is one]
    return {
        "url": url,
        "html_url": f"{html_url(world, repo)}/milestone/{one.number}",
        "labels_url": f"{url}/labels",
        "id": one.id,
        "node_id": one.node_id,
        "number": one.number,
        "title": one.title,
        "description": one.description,
        "creator": simple_user(world, one.creator),
        "open_issues": states.count("open"),
        "closed_issues": states.count("closed"),
        "state": one.state,
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "due_on": optional_instant(one.due_on),
        "closed_at": optional_instant(one.closed_at),
    }


def reaction(world: World, one: Reaction) -> Json:
    return {
        "id": one.id,
        "node_id": one.node_id,
        "user": simple_user(world, one.user),
        "content": one.content,
        "created_at": instant(one.created_at),
    }


def author_association(world: World, repo: Repository, user: User) -> str:
    """Roughly GitHub's: the owner, people with a role, everybody else. Never a ground for authority."""
    if user is repo.owner:
        return "OWNER"
    if user.type == "Bot" or world.role(repo, user) is None:
        return "NONE"
    return "MEMBER" if repo.owner.type == "Organization" else "COLLABORATOR"


def comment(world: World, one: Comment) -> Json:
    """`performed_via_github_app` is null on comments of an App's own bot too (recorded from a real App)."""
    repo = one.issue.repository
    url = f"{repository_url(world, repo)}/issues/comments/{one.id}"
    return {
        "url": url,
        "html_url": f"{issue_html_url(world, one.issue)}#issuecomment-{one.id}",
        "issue_url": f"{repository_url(world, repo)}/issues/{one.issue.number}",
        "id": one.id,
        "node_id": one.node_id,
        "user": simple_user(world, one.author),
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "author_association": author_association(world, repo, one.author),
        "body": one.body,
        "reactions": _rollup(url, one.reactions),
        "performed_via_github_app": None,
        "minimized": None if one.minimized is None else {"reason": one.minimized},
    }


def webhook_comment(world: World, one: Comment) -> Json:
    """The key `comment` of webhooks: whether it is hidden only REST shows."""
    return {key: value for key, value in comment(world, one).items() if key != "minimized"}


def issue(world: World, one: Issue) -> Json:
    """Schema `issue` of REST 2022-11-28."""
    repo = one.repository
    url = f"{repository_url(world, repo)}/issues/{one.number}"
    users = [simple_user(world, user) for user in one.assignees]
    wire = {
        "url": url,
        "repository_url": repository_url(world, repo),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": issue_html_url(world, one),
        "id": one.id,
        "node_id": one.node_id,
        "number": one.number,
        "title": one.title,
        "user": simple_user(world, one.author),
        "labels": [label(world, repo, each) for each in one.labels],
        "state": one.state,
        "state_reason": one.state_reason,
        "locked": one.locked,
        "active_lock_reason": None,
        "assignee": users[0] if users else None,
        "assignees": users,
        "milestone": None if one.milestone is None else milestone(world, repo, one.milestone),
        "comments": len(one.comments),
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "closed_at": optional_instant(one.closed_at),
        "closed_by": None if one.closed_by is None else simple_user(world, one.closed_by),
        "author_association": author_association(world, repo, one.author),
        "body": one.body,
        "reactions": _rollup(url, []),
        "performed_via_github_app": None,
    }
    return wire | (_pull_part(world, one) if one.is_pull else _issue_part(world, one))


def webhook_issue(world: World, one: Issue) -> Json:
    """The key `issue` of webhooks: without what only REST shows."""
    return {key: value for key, value in issue(world, one).items() if key not in _REST_ONLY}


def issue_reference(world: World, one: Issue) -> Json:
    """Schema `issue-reference`, as timeline entries name another issue."""
    return {
        "number": one.number,
        "title": one.title,
        "state": one.state,
        "state_reason": one.state_reason,
        "repository": simple_repository(world, one.repository),
        "issue_type": None,
    }


def issue_html_url(world: World, one: Issue) -> str:
    return f"{html_url(world, one.repository)}/{'pull' if one.is_pull else 'issues'}/{one.number}"


def timeline(world: World, one: Issue) -> list[Json]:
    """All entries in the order they happened; ids come from one counter, so they give that order."""
    entries = [(entry.id, _entry(world, one, entry)) for entry in one.timeline]
    entries += [(each.id, _commented(world, each)) for each in one.comments]
    return [entry for _, entry in sorted(entries, key=lambda pair: pair[0])]


def _issue_part(world: World, one: Issue) -> Json:
    part: Json = {
        "sub_issues_summary": _summary(one),
        "issue_dependencies_summary": {
            "blocked_by": sum(each.state == "open" for each in one.blocked_by),
            "blocking": sum(each.state == "open" for each in one.blocking),
            "total_blocked_by": len(one.blocked_by),
            "total_blocking": len(one.blocking),
        },
    }
    if one.parent is not None:
        part["parent_issue_url"] = f"{repository_url(world, one.parent.repository)}/issues/{one.parent.number}"
    return part


def _pull_part(world: World, one: Issue) -> Json:
    pull = one.repository.pulls[one.number]
    html = issue_html_url(world, one)
    return {
        "draft": pull.draft,
        "pull_request": {
            "url": f"{repository_url(world, one.repository)}/pulls/{one.number}",
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": optional_instant(pull.merged_at),
        },
    }


def _summary(one: Issue) -> Json:
    total = len(one.children)
    completed = sum(child.state == "closed" for child in one.children)
    percent = completed * 100 // total if total else 0
    return {"total": total, "completed": completed, "percent_completed": percent}


def _rollup(url: str, reactions: list[Reaction]) -> Json:
    given = [each.content for each in reactions]
    counts = {content: given.count(content) for content in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(given), **counts}


def _entry(world: World, one: Issue, entry: TimelineEntry) -> Json:
    return {
        "id": entry.id,
        "node_id": world.node_id("EV", entry.id),
        "url": f"{repository_url(world, one.repository)}/issues/events/{entry.id}",
        "actor": simple_user(world, entry.actor),
        "event": entry.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": instant(entry.created_at),
        "performed_via_github_app": None,
        **entry.extra,
    }


def _commented(world: World, one: Comment) -> Json:
    return {"event": "commented", "actor": simple_user(world, one.author), **comment(world, one)}
