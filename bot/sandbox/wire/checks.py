"""Check runs and commit statuses: schemas check-run, check-run-with-simple-check-suite, status and kin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.sandbox.git_host import Commit
from bot.sandbox.state import CheckRun, CheckSuite, CommitStatus, Json, PullRequest, Repository
from bot.sandbox.wire.accounts import simple_user
from bot.sandbox.wire.app import app
from bot.sandbox.wire.pulls import pull_minimal
from bot.sandbox.wire.pushes import simple_commit
from bot.sandbox.wire.repositories import html_url, minimal_repository, repository_url
from bot.sandbox.wire.times import instant, optional_instant

if TYPE_CHECKING:
    from bot.sandbox.world import World


def check_run(world: World, repo: Repository, one: CheckRun) -> Json:
    """Schema `check-run`."""
    url = f"{repository_url(world, repo)}/check-runs/{one.id}"
    return {
        "id": one.id,
        "node_id": one.node_id,
        "name": one.name,
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": f"{html_url(world, repo)}/runs/{one.id}",
        "details_url": one.details_url or f"{world.url}/apps/{one.app.slug}",
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": instant(one.started_at),
        "completed_at": optional_instant(one.completed_at),
        "output": {
            "title": one.output.get("title"),
            "summary": one.output.get("summary"),
            "text": one.output.get("text"),
            "annotations_count": len(one.output.get("annotations", [])),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": one.suite.id},
        "app": app(world, one.app),
        "pull_requests": [pull_minimal(world, each) for each in _pulls_at(repo, one.head_sha)],
    }


def webhook_check_run(world: World, repo: Repository, one: CheckRun) -> Json:
    """Schema `check-run-with-simple-check-suite`: the key `check_run` of webhooks."""
    return check_run(world, repo, one) | {"check_suite": _simple_suite(world, repo, one.suite)}


def webhook_check_suite(world: World, repo: Repository, one: CheckSuite, head: Commit) -> Json:
    """The key `check_suite` of webhooks; `head` is the commit the suite hangs on.

    Its schema knows only older events, so the App's list of them, which is optional there, is left out.
    """
    url = f"{repository_url(world, repo)}/check-suites/{one.id}"
    return {key: value for key, value in _simple_suite(world, repo, one).items() if key != "repository"} | {
        "app": {key: value for key, value in app(world, one.app).items() if key != "events"},
        "check_runs_url": f"{url}/check-runs",
        "latest_check_runs_count": len({run.name for run in repo.check_runs.values() if run.suite is one}),
        "rerequestable": True,
        "runs_rerequestable": True,
        "head_commit": simple_commit(world, head),
    }


def combined_status(world: World, repo: Repository, sha: str, newest: Sequence[CommitStatus]) -> Json:
    """Schema `combined-commit-status`; `newest` is the newest status of each context."""
    api = repository_url(world, repo)
    states = {one.state for one in newest}
    state = "failure" if states & {"error", "failure"} else "success" if states == {"success"} else "pending"
    return {
        "state": state,
        "sha": sha,
        "total_count": len(newest),
        "statuses": [
            {key: value for key, value in status(world, repo, one).items() if key != "creator"} for one in newest
        ],
        "repository": minimal_repository(world, repo),
        "commit_url": f"{api}/commits/{sha}",
        "url": f"{api}/commits/{sha}/status",
    }


def status(world: World, repo: Repository, one: CommitStatus) -> Json:
    """Schema `status`."""
    return {
        "id": one.id,
        "node_id": one.node_id,
        "url": f"{repository_url(world, repo)}/statuses/{one.sha}",
        "avatar_url": None,
        "state": one.state,
        "context": one.context,
        "description": one.description,
        "target_url": one.target_url,
        "created_at": instant(one.created_at),
        "updated_at": instant(one.created_at),
        "creator": simple_user(world, one.creator),
    }


def _simple_suite(world: World, repo: Repository, one: CheckSuite) -> Json:
    return {
        "id": one.id,
        "node_id": one.node_id,
        "url": f"{repository_url(world, repo)}/check-suites/{one.id}",
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "status": one.status,
        "conclusion": one.conclusion,
        "before": None,
        "after": None,
        "app": app(world, one.app),
        "repository": minimal_repository(world, repo),
        "pull_requests": [pull_minimal(world, each) for each in _pulls_at(repo, one.head_sha)],
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
    }


def _pulls_at(repo: Repository, sha: str) -> list[PullRequest]:
    """Open pull requests with this head *in this repository*; those from forks are left out, as GitHub does."""
    return [
        pull
        for pull in repo.pulls.values()
        if pull.head_sha == sha and pull.head_repository is repo and pull.issue.state == "open"
    ]
