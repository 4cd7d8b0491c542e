"""Repositories: schemas minimal-repository, repository, full-repository and repository-webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.state import Json, Repository
from bot.sandbox.wire.accounts import simple_user
from bot.sandbox.wire.times import instant

if TYPE_CHECKING:
    from bot.sandbox.world import World

_LINKS = {  # key -> path below the repository's API address
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def repository_url(world: World, repo: Repository) -> str:
    return f"{world.url}/repos/{repo.full_name}"


def html_url(world: World, repo: Repository) -> str:
    return f"{world.url}/{repo.full_name}"


def simple_repository(world: World, repo: Repository) -> Json:
    """Schema `simple-repository`: identity and links."""
    api = repository_url(world, repo)
    return {
        "id": repo.id,
        "node_id": repo.node_id,
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": simple_user(world, repo.owner),
        "html_url": html_url(world, repo),
        "description": repo.description,
        "fork": repo.fork_of is not None,
        "url": api,
        **{key: api + path for key, path in _LINKS.items()},
    }


def minimal_repository(world: World, repo: Repository) -> Json:
    """What every description of a repository has; fits `minimal-repository` and, being complete, `repository`."""
    html = html_url(world, repo)
    open_issues = sum(issue.state == "open" for issue in repo.issues.values())
    return simple_repository(world, repo) | {
        "git_url": f"git:{html.partition(':')[2]}.git",
        "ssh_url": f"git@{html.partition('://')[2]}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "size": 0,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "default_branch": repo.default_branch,
        "is_template": False,
        "topics": [],
        "has_issues": repo.has_issues,
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
        "archived": repo.archived,
        "disabled": False,
        "visibility": "private" if repo.private else "public",
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "pushed_at": instant(repo.pushed_at),
        "created_at": instant(repo.created_at),
        "updated_at": instant(repo.updated_at),
    }


def repository(world: World, repo: Repository) -> Json:
    """Schema `repository`, as in sub-issue events and the repositories of an installation."""
    return minimal_repository(world, repo)


def webhook_repository(world: World, repo: Repository) -> Json:
    """Schema `repository-webhooks`: the key `repository` of every payload but `push`."""
    return minimal_repository(world, repo)


def full_repository(world: World, repo: Repository) -> Json:
    """Schema `full-repository`: the answer to `GET /repos/{owner}/{repo}`."""
    full = minimal_repository(world, repo)
    full |= {
        "network_count": 0,
        "subscribers_count": 0,
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "allow_update_branch": True,
        "delete_branch_on_merge": False,
        "temp_clone_token": None,
    }
    if repo.owner.type == "Organization":
        full["organization"] = simple_user(world, repo.owner)
    if repo.fork_of is not None:
        full["parent"] = full["source"] = minimal_repository(world, repo.fork_of)
    return full
