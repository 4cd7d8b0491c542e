"""Sub-issues and dependencies: the rules that bite, and the two 422 texts that look alike and mean opposites."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from bot.sandbox import installations, repositories
from bot.sandbox.links import MAX_CHILDREN, MAX_LEVELS
from bot.sandbox.rest.errors import ApiError
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Issue
from tests.sandbox.client import Api
from tests.sandbox.oracle import Oracle

R = "/repos/acme/railway"


def opened(sandbox: Sandbox, count: int) -> list[Issue]:
    ada = sandbox.actor("ada")
    return [ada.open_issue("acme/railway", f"issue {number}") for number in range(count)]


async def test_a_link_is_made_by_database_id_and_told_on_both_sides(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    parent, child = opened(sandbox, 2)
    path = f"{R}/issues/{parent.number}/sub_issues"
    assert (await bot.get(f"{R}/issues/{child.number}/parent")).status == 404
    made = await bot.post(path, {"sub_issue_id": child.id})
    assert (made.status, made.body["number"]) == (201, parent.number), "the answer is the parent"
    assert made.body["sub_issues_summary"] == {"total": 1, "completed": 0, "percent_completed": 0}
    assert [one["id"] for one in (await bot.get(path)).body] == [child.id]
    assert (await bot.get(f"{R}/issues/{child.number}/parent")).body["id"] == parent.id
    assert oracle.kinds()[-2:] == ["sub-issues-sub-issue-added", "sub-issues-parent-issue-added"]
    for _, payload in oracle.webhooks[-2:]:
        assert (payload["parent_issue_id"], payload["sub_issue_id"]) == (parent.id, child.id)
    sandbox.actor("ada").close(child)
    summary = (await bot.get(f"{R}/issues/{parent.number}")).body["sub_issues_summary"]
    assert summary == {"total": 1, "completed": 1, "percent_completed": 100}
    gone = await bot.delete(f"{R}/issues/{parent.number}/sub_issue", {"sub_issue_id": child.id})
    assert (gone.status, gone.body["number"]) == (200, parent.number)
    assert (await bot.delete(f"{R}/issues/{parent.number}/sub_issue", {"sub_issue_id": child.id})).status == 404
    assert oracle.kinds()[-2:] == ["sub-issues-sub-issue-removed", "sub-issues-parent-issue-removed"]


async def test_a_second_parent_is_refused_unless_it_replaces_the_first(sandbox: Sandbox, bot: Api) -> None:
    first, second, child = opened(sandbox, 3)
    await bot.post(f"{R}/issues/{first.number}/sub_issues", {"sub_issue_id": child.id})
    for parent in (first, second):
        refused = await bot.post(f"{R}/issues/{parent.number}/sub_issues", {"sub_issue_id": child.id})
        assert refused.status == 422
        assert "may only have one parent" in refused.body["message"]
        assert child.parent is first
    body = {"sub_issue_id": child.id, "replace_parent": True}
    assert (await bot.post(f"{R}/issues/{second.number}/sub_issues", body)).status == 201
    assert (child.parent, first.children, second.children) == (second, [], [child])


async def test_of_two_adds_at_the_same_time_one_is_refused_and_not_done(sandbox: Sandbox, bot: Api) -> None:
    """`Priority has already been taken` says "already", and means that nothing was linked."""
    sandbox.world.link_window = 0.1
    parent, other, *children = opened(sandbox, 5)
    path = f"{R}/issues/{parent.number}/sub_issues"
    answers = await asyncio.gather(
        *(bot.post(path, {"sub_issue_id": child.id}) for child in children[:2]),
        bot.post(f"{R}/issues/{other.number}/sub_issues", {"sub_issue_id": children[2].id}),
    )
    assert sorted(answer.status for answer in answers[:2]) == [201, 422]
    assert answers[2].status == 201, "another parent is not concerned"
    (refused,) = [answer for answer in answers if answer.status == 422]
    assert refused.body["message"].endswith("Priority has already been taken")
    assert len(parent.children) == 1
    left = next(child for child in children[:2] if child.parent is None)
    assert (await bot.post(path, {"sub_issue_id": left.id})).status == 201


async def test_a_client_that_goes_away_leaves_the_parent_free(sandbox: Sandbox, bot: Api) -> None:
    """An add that was cancelled half-way must not refuse all later ones."""
    sandbox.world.link_window = 30
    parent, child = opened(sandbox, 2)
    adding = asyncio.create_task(sandbox.actor("ada").add_sub_issue(parent, child))
    await asyncio.sleep(0)
    adding.cancel()
    await asyncio.gather(adding, return_exceptions=True)
    sandbox.world.link_window = 0
    assert (await bot.post(f"{R}/issues/{parent.number}/sub_issues", {"sub_issue_id": child.id})).status == 201


async def test_a_hundred_children_and_eight_levels_are_the_most(sandbox: Sandbox) -> None:
    sandbox.world.link_window = 0
    ada = sandbox.actor("ada")
    parent, *children = opened(sandbox, MAX_CHILDREN + 2)
    for child in children[:-1]:
        await ada.add_sub_issue(parent, child)
    with pytest.raises(ApiError, match="more than 100"):
        await ada.add_sub_issue(parent, children[-1])
    chain = opened(sandbox, MAX_LEVELS + 2)
    for above, below in itertools.pairwise(chain[:-1]):
        await ada.add_sub_issue(above, below)
    with pytest.raises(ApiError, match="8 levels"):
        await ada.add_sub_issue(chain[-2], chain[-1])
    with pytest.raises(ApiError, match="its own parent"):
        await ada.add_sub_issue(chain[-2], chain[0])
    (top,) = opened(sandbox, 1)
    with pytest.raises(ApiError, match="8 levels"):
        await ada.add_sub_issue(top, chain[0])


async def test_children_can_be_put_in_another_order(sandbox: Sandbox, bot: Api) -> None:
    parent, a, b, c = opened(sandbox, 4)
    for child in (a, b, c):
        await sandbox.actor("ada").add_sub_issue(parent, child)
    path = f"{R}/issues/{parent.number}/sub_issues/priority"
    assert (await bot.patch(path, {"sub_issue_id": a.id, "after_id": b.id})).status == 200
    assert parent.children == [b, a, c]
    assert (await bot.patch(path, {"sub_issue_id": c.id, "before_id": b.id})).status == 200
    assert parent.children == [c, b, a]
    for wrong in ({"after_id": a.id, "before_id": b.id}, {}, {"after_id": c.id}, {"after_id": parent.id}):
        assert (await bot.patch(path, {"sub_issue_id": c.id, **wrong})).status == 422
    assert parent.children == [c, b, a]


@pytest.mark.parametrize(("body", "status"), [({}, 422), ({"sub_issue_id": "1"}, 422), ({"sub_issue_id": 1}, 404)])
async def test_a_child_that_does_not_exist(sandbox: Sandbox, bot: Api, body: dict[str, object], status: int) -> None:
    (parent,) = opened(sandbox, 1)
    assert (await bot.post(f"{R}/issues/{parent.number}/sub_issues", body)).status == status


async def test_a_link_needs_a_token_that_reaches_both_sides_and_one_owner(sandbox: Sandbox, bot: Api) -> None:
    world = sandbox.world
    harbour = await repositories.create_repository(world, world.user("acme"), "harbour")
    (installation,) = world.installations.values()
    parent, near = opened(sandbox, 2)
    far = sandbox.actor("nora").open_issue("acme/harbour", "far")
    token = installations.create_token(world, installation, repository_ids=[near.repository.id])
    path = f"{R}/issues/{parent.number}/sub_issues"
    assert (await bot.using(token.token).post(path, {"sub_issue_id": far.id})).status == 403
    assert (await bot.post(path, {"sub_issue_id": far.id})).status == 201
    own = await repositories.create_repository(world, world.user("ada"), "garden")
    foreign = sandbox.actor("ada").open_issue("ada/garden", "elsewhere")
    with pytest.raises(ApiError, match="same owner"):
        await sandbox.actor("ada").add_sub_issue(parent, foreign)
    assert harbour.owner is not own.owner


async def test_dependencies_are_seen_and_told_from_both_sides(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    blocked, blocking = opened(sandbox, 2)
    path = f"{R}/issues/{blocked.number}/dependencies"
    made = await bot.post(f"{path}/blocked_by", {"issue_id": blocking.id})
    assert (made.status, made.body["number"]) == (201, blocked.number)
    assert made.body["issue_dependencies_summary"]["blocked_by"] == 1
    assert [one["id"] for one in (await bot.get(f"{path}/blocked_by")).body] == [blocking.id]
    other_side = await bot.get(f"{R}/issues/{blocking.number}/dependencies/blocking")
    assert [one["id"] for one in other_side.body] == [blocked.id]
    for wrong in (blocking.id, blocked.id):
        assert (await bot.post(f"{path}/blocked_by", {"issue_id": wrong})).status == 422
    assert (
        await bot.post(f"{R}/issues/{blocking.number}/dependencies/blocked_by", {"issue_id": blocked.id})
    ).status == 422, "two issues cannot wait for each other"
    sandbox.actor("ada").close(blocking)
    summary = (await bot.get(f"{R}/issues/{blocked.number}")).body["issue_dependencies_summary"]
    assert (summary["blocked_by"], summary["total_blocked_by"]) == (0, 1)
    assert (await bot.delete(f"{path}/blocked_by/{blocking.id}")).status == 200
    assert (await bot.delete(f"{path}/blocked_by/{blocking.id}")).status == 404
    assert [kind for kind in oracle.kinds() if kind.startswith("issue-dependencies")] == [
        "issue-dependencies-blocked-by-added",
        "issue-dependencies-blocking-added",
        "issue-dependencies-blocked-by-removed",
        "issue-dependencies-blocking-removed",
    ]


async def test_dependencies_of_a_personal_repository_are_not_told(sandbox: Sandbox, oracle: Oracle) -> None:
    """The published schema of the event requires an organization."""
    world, ada = sandbox.world, sandbox.actor("ada")
    await repositories.create_repository(world, ada.user, "garden")
    installations.install(world, ada.user, ada.user)
    first, second = (ada.open_issue("ada/garden", title) for title in "ab")
    ada.block(first, second)
    assert oracle.kinds()[-1] == "issues-opened"
    assert first.blocked_by == [second]
