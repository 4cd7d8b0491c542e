"""Check runs and statuses: what is stored, what is refused, what the App hears back."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import checks, installations
from bot.sandbox.server import Sandbox
from bot.sandbox.state import CheckRun
from tests.sandbox.client import Api
from tests.sandbox.oracle import Json, Oracle

R = "/repos/acme/railway"
RAILWAY = "acme/railway"


@pytest.fixture
async def head(sandbox: Sandbox) -> str:
    return await sandbox.actor("will").push(RAILWAY, "topic", {"signals/main.txt": "green\n"})


def run_of(sandbox: Sandbox, number: int) -> CheckRun:
    return sandbox.world.repository(RAILWAY).check_runs[number]


def told(oracle: Oracle) -> list[tuple[str, str | None]]:
    """Action and conclusion of every check_run event, in order."""
    return [
        (kind.removeprefix("check-run-"), payload["check_run"]["conclusion"])
        for kind, payload in oracle.webhooks
        if kind.startswith("check-run-")
    ]


async def test_a_run_is_created_read_and_listed(sandbox: Sandbox, bot: Api, oracle: Oracle, head: str) -> None:
    output = {"title": "Match", "summary": "Head is the planned one.", "text": "Details."}
    body = {"name": "interlock/provenance", "head_sha": head, "external_id": "plan-7", "output": output}
    made = await bot.post(f"{R}/check-runs", body)
    assert (made.status, made.body["status"], made.body["conclusion"]) == (201, "queued", None)
    assert made.body["app"]["slug"] == "interlock"
    found = (await bot.get(f"{R}/check-runs/{made.body['id']}")).body
    assert found == made.body
    assert {key: found["output"][key] for key in output} == output
    assert (found["external_id"], found["head_sha"], found["pull_requests"]) == ("plan-7", head, [])
    for ref in (head, "topic", "heads/topic"):
        listed = (await bot.get(f"{R}/commits/{ref}/check-runs")).body
        assert (listed["total_count"], listed["check_runs"]) == (1, [found])
    assert (await bot.get(f"{R}/commits/main/check-runs")).body["total_count"] == 0
    assert told(oracle) == [("created", None)]


async def test_a_conclusion_completes_the_run_and_is_told_once(bot: Api, oracle: Oracle, head: str) -> None:
    made = (await bot.post(f"{R}/check-runs", {"name": "a", "head_sha": head, "status": "in_progress"})).body
    path = f"{R}/check-runs/{made['id']}"
    done = (await bot.patch(path, {"conclusion": "success"})).body
    assert (done["status"], done["conclusion"], done["completed_at"] is not None) == ("completed", "success", True)
    await bot.patch(path, {"conclusion": "success", "output": {"title": "t", "summary": "s"}})
    assert told(oracle) == [("created", None), ("completed", "success")]
    await bot.patch(path, {"conclusion": "failure"})
    again = (await bot.patch(path, {"status": "queued"})).body
    assert (again["conclusion"], again["completed_at"], again["output"]["title"]) == (None, None, "t")
    assert told(oracle)[2:] == [("completed", "failure")]


async def test_a_run_can_be_born_completed(bot: Api, oracle: Oracle, head: str) -> None:
    body = {"name": "a", "head_sha": head, "conclusion": "neutral", "completed_at": "2026-11-21T09:00:00Z"}
    made = (await bot.post(f"{R}/check-runs", body)).body
    assert (made["status"], made["completed_at"]) == ("completed", "2026-11-21T09:00:00Z")
    assert told(oracle) == [("created", "neutral"), ("completed", "neutral")]


ANNOTATION = {"path": "f", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
ACTION = {"label": "Again", "description": "Look again", "identifier": "again"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": ""},
        {"head_sha": "0" * 40},
        {"head_sha": "topic"},
        {"status": "done"},
        {"conclusion": "stale"},
        {"conclusion": "good"},
        {"status": "completed"},
        {"completed_at": "yesterday", "conclusion": "success"},
        {"output": {"title": "no summary"}},
        {"output": {"title": "t" * 256, "summary": "s"}},
        {"output": {"title": "t", "summary": "s" * 65536}},
        {"output": {"title": "t", "summary": "s", "annotations": [ANNOTATION] * 51}},
        *(
            {"output": {"title": "t", "summary": "s", "annotations": [ANNOTATION, ANNOTATION | wrong]}}
            for wrong in (
                {"path": ""},
                {"message": None},
                {"message": "é" * 32769},
                {"start_line": 0},
                {"start_line": 2},
                {"end_line": "1"},
                {"end_line": 2, "start_column": 1},
                {"annotation_level": "error"},
            )
        ),
        {"actions": [ACTION] * 4},
        {"actions": [ACTION | {"label": "l" * 21}]},
        {"actions": [{"label": "l"}]},
    ],
)
async def test_what_breaks_a_limit_is_refused_whole(
    sandbox: Sandbox, bot: Api, oracle: Oracle, head: str, wrong: Json
) -> None:
    good: dict[str, Any] = {"name": "a", "head_sha": head}
    assert (await bot.post(f"{R}/check-runs", good | wrong)).status == 422
    assert sandbox.world.repository(RAILWAY).check_runs == {}
    if not {"name", "head_sha"} & set(wrong):
        number = (await bot.post(f"{R}/check-runs", good)).body["id"]
        assert (await bot.patch(f"{R}/check-runs/{number}", {"external_id": "x"} | wrong)).status == 422
        assert run_of(sandbox, number).external_id == ""
    assert all(action == "created" for action, _ in told(oracle))


async def test_the_largest_allowed_output_passes_and_annotations_add_up(bot: Api, head: str) -> None:
    output = {"title": "t" * 255, "summary": "s" * 65535, "text": "x" * 65535, "annotations": [ANNOTATION] * 50}
    made = await bot.post(f"{R}/check-runs", {"name": "a", "head_sha": head, "output": output})
    assert made.status == 201
    more = await bot.patch(f"{R}/check-runs/{made.body['id']}", {"output": output})
    assert more.body["output"]["annotations_count"] == 100


async def test_the_list_shows_the_latest_of_a_name_unless_asked_for_all(sandbox: Sandbox, bot: Api, head: str) -> None:
    ids = [
        (await bot.post(f"{R}/check-runs", {"name": name, "head_sha": head, **more})).body["id"]
        for name, more in (("a", {}), ("b", {}), ("a", {"conclusion": "success"}))
    ]

    async def listed(query: str = "") -> list[int]:
        return [run["id"] for run in (await bot.get(f"{R}/commits/{head}/check-runs?{query}")).body["check_runs"]]

    assert await listed() == [ids[2], ids[1]]
    assert await listed("filter=all") == [ids[2], ids[1], ids[0]]
    assert await listed("check_name=a") == [ids[2]]
    assert await listed("check_name=a&filter=all") == [ids[2], ids[0]]
    assert await listed("status=queued") == [ids[1]]
    app = sandbox.world.app.id
    assert (await listed(f"app_id={app}"), await listed("app_id=1")) == ([ids[2], ids[1]], [])
    assert await listed("per_page=1&page=2") == [ids[1]]


async def test_a_run_names_the_open_pull_requests_of_its_head_but_none_from_forks(
    sandbox: Sandbox, bot: Api, head: str
) -> None:
    pull = await sandbox.actor("will").open_pull(RAILWAY, "topic", "Topic")
    nora = sandbox.actor("nora")
    fork = await nora.fork(RAILWAY)
    await nora.push("nora/railway", "idea", {"idea": "x"}, base=head)
    foreign = await nora.open_pull(RAILWAY, "idea", "Idea", fork=fork)
    made = (await bot.post(f"{R}/check-runs", {"name": "a", "head_sha": head})).body
    assert [one["number"] for one in made["pull_requests"]] == [pull.issue.number]
    other = await bot.post(f"{R}/check-runs", {"name": "a", "head_sha": foreign.head_sha})
    assert (other.status, other.body["pull_requests"]) == (201, [])
    sandbox.actor("will").close(pull.issue)
    assert (await bot.get(f"{R}/check-runs/{made['id']}")).body["pull_requests"] == []


async def test_people_and_apps_without_the_permission_make_no_runs(
    sandbox: Sandbox, anonymous: Api, bot: Api, head: str
) -> None:
    body = {"name": "a", "head_sha": head, "conclusion": "success"}
    (installation,) = sandbox.world.installations.values()
    reader = anonymous.using(
        installations.create_token(sandbox.world, installation, permissions={"checks": "read"}).token
    )
    person = anonymous.using(sandbox.actor("ada").token)
    made = (await bot.post(f"{R}/check-runs", body)).body
    for api in (reader, person):
        assert (await api.post(f"{R}/check-runs", body)).status == 403
        assert (await api.patch(f"{R}/check-runs/{made['id']}", {"conclusion": "failure"})).status == 403
        assert (await api.get(f"{R}/check-runs/{made['id']}")).status == 200
    assert (await bot.get(f"{R}/check-runs/{made['id'] + 1000}")).status == 404
    assert len(sandbox.world.repository(RAILWAY).check_runs) == 1


async def test_a_rerequest_tells_the_app_and_changes_nothing(
    sandbox: Sandbox, bot: Api, oracle: Oracle, head: str
) -> None:
    body = {"name": "a", "head_sha": head, "conclusion": "failure", "actions": [ACTION]}
    run = run_of(sandbox, (await bot.post(f"{R}/check-runs", body)).body["id"])
    sandbox.actor("will").rerequest_check(RAILWAY, run)
    sandbox.actor("will").press_check_action(RAILWAY, run, "again")
    assert told(oracle)[2:] == [("rerequested", "failure"), ("requested-action", "failure")]
    _, payload = oracle.webhooks[-1]
    assert (payload["requested_action"], payload["sender"]["login"]) == ({"identifier": "again"}, "will")
    assert payload["check_run"]["check_suite"]["head_sha"] == head
    assert run.conclusion == "failure"
    with pytest.raises(LookupError, match="no action"):
        sandbox.actor("will").press_check_action(RAILWAY, run, "other")


async def test_a_rerequest_of_the_suite_is_one_event_with_the_head_commit(
    sandbox: Sandbox, bot: Api, oracle: Oracle, head: str
) -> None:
    for name in ("a", "b", "a"):
        made = await bot.post(f"{R}/check-runs", {"name": name, "head_sha": head, "conclusion": "failure"})
    before = len(oracle.webhooks)
    await sandbox.actor("will").rerequest_suite(RAILWAY, run_of(sandbox, made.body["id"]).suite)
    ((kind, payload),) = oracle.webhooks[before:]
    suite = payload["check_suite"]
    assert (kind, suite["head_sha"], suite["head_commit"]["id"]) == ("check-suite-rerequested", head, head)
    assert (suite["latest_check_runs_count"], suite["conclusion"]) == (2, "failure")


async def test_runs_of_one_app_at_one_commit_share_a_suite(sandbox: Sandbox, bot: Api, head: str) -> None:
    main = await sandbox.git.branch(sandbox.world.repository(RAILWAY).id, "main")
    suites = [
        (await bot.post(f"{R}/check-runs", {"name": name, "head_sha": sha})).body["check_suite"]["id"]
        for name, sha in (("a", head), ("b", head), ("a", main))
    ]
    assert suites[0] == suites[1] != suites[2]


async def test_the_newest_status_of_each_context_counts(sandbox: Sandbox, anonymous: Api, head: str) -> None:
    will = anonymous.using(sandbox.actor("will").token)
    rene = anonymous.using(sandbox.actor("rene").token)
    assert (await rene.post(f"{R}/statuses/{head}", {"state": "success"})).status == 403
    combined = (await rene.get(f"{R}/commits/topic/status")).body
    assert (combined["state"], combined["total_count"]) == ("pending", 0)
    for state, context, expected in (
        ("pending", "ci", "pending"),
        ("success", "ci", "success"),
        ("error", "lint", "failure"),
        ("success", "lint", "success"),
    ):
        made = await will.post(f"{R}/statuses/{head}", {"state": state, "context": context, "description": "d"})
        assert (made.status, made.body["creator"]["login"]) == (201, "will")
        assert (await rene.get(f"{R}/commits/{head}/status")).body["state"] == expected
    assert (await will.post(f"{R}/statuses/{head}", {"state": "good"})).status == 422


async def test_foreign_apps_are_kept_apart(sandbox: Sandbox, bot: Api, head: str) -> None:
    """Another App under the same name: the case of an overwritten verdict."""
    world, repo = sandbox.world, sandbox.world.repository(RAILWAY)
    other = installations.register_app(world, "impostor", world.user("ada"), permissions={}, events=[])
    foreign = await checks.create(world, repo, other, {"name": "a", "head_sha": head, "conclusion": "success"})
    assert (await bot.patch(f"{R}/check-runs/{foreign.id}", {"conclusion": "failure"})).status == 403
    assert foreign.conclusion == "success"
