"""A pull request is an issue too: in the list, with labels and comments; its changes are pull_request events."""

from __future__ import annotations

from bot.sandbox import installations
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Issue
from tests.sandbox.client import Api
from tests.sandbox.oracle import Oracle

R = "/repos/acme/railway"


async def pull_of(sandbox: Sandbox) -> Issue:
    will = sandbox.actor("will")
    await will.push("acme/railway", "topic", {"new.txt": "new\n"})
    return (await will.open_pull("acme/railway", "topic", "New")).issue


async def test_the_issue_list_holds_pull_requests_under_their_issue_id(sandbox: Sandbox, bot: Api) -> None:
    plain, pull = sandbox.actor("ada").open_issue("acme/railway", "plain"), await pull_of(sandbox)
    listed = {one["number"]: one for one in (await bot.get(f"{R}/issues")).body}
    assert set(listed) == {plain.number, pull.number}
    assert "pull_request" not in listed[plain.number]
    assert listed[pull.number]["pull_request"]["url"] == f"{sandbox.url}{R}/pulls/{pull.number}"
    assert listed[pull.number]["id"] == pull.id
    assert (await bot.get(f"{R}/pulls/{pull.number}")).body["id"] != pull.id


async def test_what_happens_to_its_issue_half_is_told_as_pull_request(
    sandbox: Sandbox, bot: Api, oracle: Oracle
) -> None:
    pull, ada = await pull_of(sandbox), sandbox.actor("ada")
    milestone = ada.create_milestone("acme/railway", "1.0")
    before = len(oracle.webhooks)
    await bot.post(f"{R}/issues/{pull.number}/labels", {"labels": ["ready"]})
    ada.assign(pull, "mia")
    ada.assign(pull)
    ada.set_milestone(pull, milestone)
    ada.set_milestone(pull, None)
    ada.unlabel(pull, "ready")
    await bot.post(f"{R}/issues/{pull.number}/comments", {"body": "hello"})
    await bot.patch(f"{R}/issues/{pull.number}", {"title": "Newer"})
    await bot.patch(f"{R}/issues/{pull.number}", {"state": "closed"})
    await bot.patch(f"{R}/issues/{pull.number}", {"state": "open"})
    assert oracle.kinds()[before:] == [
        "label-created",
        "pull-request-labeled",
        "pull-request-assigned",
        "pull-request-unassigned",
        "pull-request-milestoned",
        "pull-request-demilestoned",
        "pull-request-unlabeled",
        "issue-comment-created",
        "pull-request-edited",
        "pull-request-closed",
        "pull-request-reopened",
    ]
    comment = oracle.webhooks[before + 7][1]
    assert "pull_request" in comment["issue"]


async def test_either_permission_is_enough_to_write_on_a_pull_request(sandbox: Sandbox, bot: Api) -> None:
    pull = await pull_of(sandbox)
    (installation,) = sandbox.world.installations.values()
    for permissions, status in (
        ({"issues": "write"}, 201),
        ({"pull_requests": "write"}, 201),
        ({"checks": "write"}, 403),
    ):
        token = installations.create_token(sandbox.world, installation, permissions=permissions).token
        answer = await bot.using(token).post(f"{R}/issues/{pull.number}/comments", {"body": "hello"})
        assert answer.status == status
        assert ("x-accepted-github-permissions" in answer.headers) == (status == 403)


async def test_a_pull_request_is_nobodys_sub_issue(sandbox: Sandbox, bot: Api) -> None:
    parent, pull = sandbox.actor("ada").open_issue("acme/railway", "epic"), await pull_of(sandbox)
    refused = await bot.post(f"{R}/issues/{parent.number}/sub_issues", {"sub_issue_id": pull.id})
    assert refused.status == 422
    assert parent.children == []
