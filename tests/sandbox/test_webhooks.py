"""Deliveries: signed, logged, never retried by themselves, re-sent under the same GUID; and the ways they go astray."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox import installations, repositories
from bot.sandbox.kinds import OFFERED
from bot.sandbox.server import Sandbox
from tests.sandbox.client import Api, Receiver
from tests.sandbox.oracle import Oracle, webhook_kinds

DELIVERIES = "/app/hook/deliveries"


async def test_a_delivery_carries_githubs_headers_and_a_signature_over_its_bytes(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    sandbox.actor("nora").open_issue("acme/railway", "Grüße 🚂")
    await sandbox.settle()
    ((headers, body),) = receiver.deliveries
    app = sandbox.world.app
    signature = hmac.new(app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={signature}"
    assert headers["X-GitHub-Event"] == "issues"
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(app.id)
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["issue"]["title"] == "Grüße 🚂"


async def test_a_payload_shows_the_state_at_its_own_moment(sandbox: Sandbox, receiver: Receiver) -> None:
    ada = sandbox.actor("ada")
    issue = ada.open_issue("acme/railway", "first")
    ada.edit_issue(issue, title="second")
    await sandbox.settle()
    assert [json.loads(body)["issue"]["title"] for _, body in receiver.deliveries] == ["first", "second"]


async def test_a_failed_delivery_stays_failed_until_it_is_asked_for_again(
    sandbox: Sandbox, receiver: Receiver, app_api: Api
) -> None:
    receiver.status = 503
    sandbox.actor("nora").open_issue("acme/railway", "lost?")
    await sandbox.settle()
    (failed,) = (await app_api.get(f"{DELIVERIES}?status=failure")).body
    assert (failed["status_code"], failed["redelivery"], failed["event"]) == (503, False, "issues")
    receiver.status = 202
    assert (await app_api.post(f"{DELIVERIES}/{failed['id']}/attempts")).status == 202
    await sandbox.settle()
    assert len(receiver.deliveries) == 2
    assert len(set(receiver.guids())) == 1, "the GUID stays"
    assert receiver.deliveries[0][1] == receiver.deliveries[1][1], "and so do the bytes"
    (again,) = (await app_api.get(f"{DELIVERIES}?status=success")).body
    assert (again["guid"], again["redelivery"], again["status"]) == (failed["guid"], True, "OK")
    assert again["id"] != failed["id"]
    whole = (await app_api.get(f"{DELIVERIES}/{again['id']}")).body
    assert whole["request"]["payload"]["issue"]["title"] == "lost?"
    assert whole["request"]["headers"]["X-GitHub-Delivery"] == again["guid"]
    assert (await app_api.get(f"{DELIVERIES}/1")).status == 404


async def test_a_server_that_is_down_is_a_failed_delivery(sandbox: Sandbox, app_api: Api) -> None:
    sandbox.world.webhooks.url = "http://127.0.0.1:1/webhook"
    sandbox.actor("nora").open_issue("acme/railway", "nobody listens")
    await sandbox.settle()
    (failed,) = (await app_api.get(f"{DELIVERIES}?status=failure")).body
    assert (failed["status"], failed["status_code"]) == ("failed to connect to host", 502)


async def test_settle_waits_for_the_answer_and_a_late_answer_is_a_failure(
    sandbox: Sandbox, receiver: Receiver, app_api: Api
) -> None:
    receiver.delay = 0.3
    sandbox.actor("nora").open_issue("acme/railway", "slow")
    await sandbox.settle()
    (slow,) = (await app_api.get(DELIVERIES)).body
    assert (slow["status"], slow["duration"] >= 0.3) == ("OK", True)
    sandbox.world.webhooks.answer_within = 0.1
    sandbox.actor("nora").open_issue("acme/railway", "too slow")
    await sandbox.settle()
    assert [one["status"] for one in (await app_api.get(DELIVERIES)).body] == ["timed out", "OK"]
    assert len(receiver.deliveries) == 2, "it arrived, and is not sent again by itself"


async def test_a_redirect_of_the_hook_is_not_followed(sandbox: Sandbox, receiver: Receiver, app_api: Api) -> None:
    receiver.status = 307
    sandbox.actor("nora").open_issue("acme/railway", "elsewhere")
    await sandbox.settle()
    (failed,) = (await app_api.get(f"{DELIVERIES}?status=failure")).body
    assert failed["status_code"] == 307


async def test_the_log_has_a_cursor_and_forgets_after_three_days(
    sandbox: Sandbox, receiver: Receiver, app_api: Api
) -> None:
    for number in range(5):
        sandbox.actor("nora").open_issue("acme/railway", f"{number}")
    await sandbox.settle()
    first = await app_api.get(f"{DELIVERIES}?per_page=3")
    second = await app_api.get(first.links()["next"])
    ids = [one["id"] for one in first.body + second.body]
    assert len(ids) == 5
    assert ids == sorted(ids, reverse=True)
    assert "next" not in second.links()
    assert (await app_api.get(f"{DELIVERIES}?cursor=nonsense")).status == 400
    assert (await app_api.get(f"{DELIVERIES}?status=nonsense")).status == 422
    assert {one.delivered_at is not None for one in sandbox.world.webhooks.log} == {True}
    for delivery in sandbox.world.webhooks.log[:2]:
        delivery.delivered_at = sandbox.world.now() - timedelta(days=3, seconds=1)
    assert len((await app_api.get(DELIVERIES)).body) == 3
    assert len(receiver.deliveries) == 5


async def test_held_deliveries_come_later_and_in_a_seeded_order(sandbox: Sandbox, receiver: Receiver) -> None:
    hooks = sandbox.world.webhooks
    hooks.hold()
    for number in range(6):
        sandbox.actor("nora").open_issue("acme/railway", f"{number}")
    await sandbox.settle()
    assert receiver.deliveries == []
    hooks.release(shuffle=7)
    await sandbox.settle()
    titles = [json.loads(body)["issue"]["title"] for _, body in receiver.deliveries]
    assert sorted(titles) == list("012345")
    assert titles != list("012345")


async def test_copies_share_one_guid_and_dropped_ones_leave_no_trace(
    sandbox: Sandbox, receiver: Receiver, app_api: Api
) -> None:
    hooks = sandbox.world.webhooks
    hooks.copies = 3
    sandbox.actor("nora").open_issue("acme/railway", "thrice")
    await sandbox.settle()
    assert len(receiver.guids()) == 3
    assert len(set(receiver.guids())) == 1
    assert len({one.id for one in hooks.log}) == 3
    hooks.copies, hooks.drop = 1, lambda delivery: delivery.event == "issues"
    sandbox.actor("nora").open_issue("acme/railway", "never")
    await sandbox.settle()
    assert len(receiver.deliveries) == len((await app_api.get(DELIVERIES)).body) == 3


async def test_the_app_hears_only_what_it_subscribed_to(sandbox: Sandbox, receiver: Receiver) -> None:
    (installation,) = sandbox.world.installations.values()
    installation.events.remove("issue_comment")
    ada = sandbox.actor("ada")
    ada.comment(ada.open_issue("acme/railway", "quiet"), "hush")
    await sandbox.settle()
    assert receiver.events() == ["issues"]


async def test_installation_life_is_told_without_subscription_and_while_suspended(
    sandbox: Sandbox, receiver: Receiver, oracle: Oracle
) -> None:
    world, ada = sandbox.world, sandbox.actor("ada")
    (installation,) = world.installations.values()
    second = await repositories.create_repository(world, world.user("acme"), "harbour")
    installations.ping(world, ada.user)
    installations.remove_repository(world, installation, second, ada.user)
    ada.open_issue("acme/harbour", "not covered any more")
    installations.add_repository(world, installation, second, ada.user)
    installations.suspend(world, installation, ada.user)
    ada.open_issue("acme/railway", "nobody is told")
    installations.unsuspend(world, installation, ada.user)
    repositories.rename_repository(world, second, ada.user, "port")
    installations.uninstall(world, installation, ada.user)
    ada.open_issue("acme/railway", "too late")
    await sandbox.settle()
    assert oracle.kinds()[1:] == [
        "ping",
        "installation-repositories-removed",
        "installation-repositories-added",
        "installation-suspend",
        "installation-unsuspend",
        "repository-renamed",
        "installation-deleted",
    ]
    assert len(receiver.deliveries) == 7


async def test_a_kind_without_schema_cannot_be_sent(sandbox: Sandbox) -> None:
    assert webhook_kinds() >= OFFERED
    repo, ada = sandbox.world.repository("acme/railway"), sandbox.actor("ada").user
    with pytest.raises(LookupError, match="pull-request-review-requested"):
        sandbox.world.emit("pull_request", "review_requested", repository=repo, actor=ada)


async def test_the_worlds_clock_may_be_set(sandbox: Sandbox, bot: Api) -> None:
    then = datetime(2027, 3, 1, 12, 0, 0, 999, tzinfo=UTC)
    (installation,) = sandbox.world.installations.values()
    sandbox.world.clock = lambda: then
    token = installations.create_token(sandbox.world, installation).token
    issue = sandbox.actor("ada").open_issue("acme/railway", "in spring")
    answer = await bot.using(token).get(f"/repos/acme/railway/issues/{issue.number}")
    assert answer.body["created_at"] == "2027-03-01T12:00:00Z"
    assert (await bot.get("/repos/acme/railway")).status == 401, "the token of today has run out by then"


@pytest.mark.parametrize(("environment", "is_production"), [("production", True), ("staging", False)])
async def test_a_deployment_is_told_with_its_commit_and_state(
    sandbox: Sandbox, receiver: Receiver, oracle: Oracle, environment: str, is_production: bool
) -> None:
    will = sandbox.actor("will")
    sha = await will.push("acme/railway", "main", {"a.txt": "a"})
    will.deploy("acme/railway", sha, environment=environment, state="failure")
    await sandbox.settle()
    assert oracle.kinds()[-1] == "deployment-status-created"
    told = oracle.webhooks[-1][1]
    assert (told["deployment"]["sha"], told["deployment_status"]["state"]) == (sha, "failure")
    assert told["deployment"]["production_environment"] is is_production


async def test_a_merged_pull_request_tells_in_its_timeline_which_commit_it_became(sandbox: Sandbox, bot: Api) -> None:
    will = sandbox.actor("will")
    await will.push("acme/railway", "fix", {"a.txt": "a"})
    pull = await will.open_pull("acme/railway", "fix", "Fix it")
    merged = await will.merge_pull(pull, "squash")
    answer = await bot.get(f"/repos/acme/railway/issues/{pull.issue.number}/timeline")
    assert [(one["event"], one["commit_id"]) for one in answer.body[-2:]] == [("merged", merged), ("closed", None)]
