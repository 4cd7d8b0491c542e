"""A foreign client, PyGithub, drives the sandbox unchanged: only the base URL is another."""

from __future__ import annotations

import asyncio

import pytest
from github import Auth, Github, GithubIntegration, UnknownObjectException

from bot.sandbox.server import Sandbox


def drive(url: str, app_id: int, private_key: str) -> dict[str, object]:
    """What a script with PyGithub does as the App; it blocks, so it runs in a thread."""
    integration = GithubIntegration(auth=Auth.AppAuth(app_id, private_key), base_url=url, timeout=10)
    (installation,) = list(integration.get_installations())
    token = integration.get_access_token(installation.id).token
    client = Github(
        auth=Auth.Token(token),
        base_url=url,
        timeout=10,
        seconds_between_requests=None,
        seconds_between_writes=None,
        retry=None,
    )
    repo = client.get_repo("acme/railway")
    issue = repo.create_issue("Signals fail", "All of them", labels=["bug"])
    comment = issue.create_comment("Which one?")
    comment.create_reaction("eyes")
    children = [repo.create_issue(f"Signal {number}") for number in range(33)]
    for child in children[:2]:
        issue.add_sub_issue(child)
    with pytest.raises(UnknownObjectException) as missing:
        repo.get_issue(4711)
    seen: dict[str, object] = {
        "labels": [label.name for label in issue.labels],
        "comments": [one.body for one in issue.get_comments()],
        "children": [one.number for one in issue.get_sub_issues()],
        "all": sum(1 for _ in repo.get_issues(state="open")),
        "missing": missing.value.status,
    }
    head = repo.get_commit("main").sha
    run = repo.create_check_run("interlock/provenance", head, status="in_progress")
    run.edit(conclusion="failure", output={"title": "Another head", "summary": "Two heads"})
    seen |= {"check": [(one.name, one.conclusion) for one in repo.get_commit(head).get_check_runs()]}
    issue.edit(state="closed")
    client.close()
    integration.close()
    return seen | {"state": repo.get_issue(issue.number).state}


async def test_pygithub_works_unchanged(sandbox: Sandbox) -> None:
    app = sandbox.world.app
    seen = await asyncio.to_thread(drive, sandbox.url, app.id, app.private_key)
    assert seen == {
        "labels": ["bug"],
        "check": [("interlock/provenance", "failure")],
        "comments": ["Which one?"],
        "children": [2, 3],
        "all": 34,
        "missing": 404,
        "state": "closed",
    }
    issue = sandbox.world.repository("acme/railway").issues[1]
    assert issue.comments[0].reactions[0].user is app.bot
