"""Comments, reactions, labels and milestones: each write once, told once (or not at all, where GitHub is silent)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox import catalog
from bot.sandbox.rest.errors import ApiError
from bot.sandbox.server import Sandbox
from tests.sandbox.client import Api
from tests.sandbox.oracle import Oracle

R = "/repos/acme/railway"


async def test_a_comment_lives_and_dies(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    issue = sandbox.actor("nora").open_issue("acme/railway", "t")
    made = await bot.post(f"{R}/issues/{issue.number}/comments", {"body": "Which signal?"})
    assert made.status == 201
    assert (made.body["user"]["login"], made.body["user"]["type"]) == ("interlock[bot]", "Bot")
    assert made.body["performed_via_github_app"] is None
    path = f"{R}/issues/comments/{made.body['id']}"
    assert (await bot.get(path)).body == made.body
    assert (await bot.patch(path, {"body": "Which signals?"})).body["body"] == "Which signals?"
    await bot.patch(path, {"body": "Which signals?"})
    assert (await bot.get(f"{R}/issues/{issue.number}")).body["comments"] == 1
    assert (await bot.delete(path)).status == 204
    assert (await bot.delete(path)).status == 404
    kinds = oracle.kinds()[-3:]
    assert kinds == ["issue-comment-created", "issue-comment-edited", "issue-comment-deleted"]
    assert oracle.webhooks[-2][1]["changes"] == {"body": {"from": "Which signal?"}}
    assert {payload["sender"]["login"] for _, payload in oracle.webhooks[-3:]} == {"interlock[bot]"}


@pytest.mark.parametrize("body", [{}, {"body": ""}, {"body": " \n"}, {"body": 3}, {"body": "x" * 65537}])
async def test_an_empty_or_oversized_comment_is_422(sandbox: Sandbox, bot: Api, body: dict[str, object]) -> None:
    issue = sandbox.actor("nora").open_issue("acme/railway", "t")
    assert (await bot.post(f"{R}/issues/{issue.number}/comments", body)).status == 422
    assert issue.comments == []


async def test_comments_are_listed_by_id_and_since(sandbox: Sandbox, bot: Api) -> None:
    world, ada = sandbox.world, sandbox.actor("ada")
    start = datetime(2027, 1, 1, tzinfo=UTC)
    first, second = (ada.open_issue("acme/railway", title) for title in "ab")
    made = []
    for hour in range(4):
        world.clock = lambda hour=hour: start + timedelta(hours=hour)  # type: ignore[misc]
        made.append(ada.comment([first, second][hour % 2], f"{hour}"))
    world.clock = lambda: datetime.now(UTC)

    async def bodies(path: str) -> list[str]:
        return [one["body"] for one in (await bot.get(f"{R}/issues/{path}")).body]

    assert await bodies(f"{first.number}/comments") == ["0", "2"]
    assert await bodies("comments") == ["0", "1", "2", "3"]
    assert await bodies("comments?sort=created&direction=desc&per_page=2") == ["3", "2"]
    assert await bodies("comments?since=2027-01-01T02:00:00Z") == ["2", "3"]
    assert await bodies(f"{first.number}/comments?since=2027-01-01T02:00:00Z") == ["2"]
    assert (await bot.get(f"{R}/issues/comments?since=yesterday")).status == 422
    assert len({one.id for one in made}) == 4


async def test_people_edit_their_own_comments_and_writers_all(sandbox: Sandbox, anonymous: Api) -> None:
    nora, rene, will = (sandbox.actor(login) for login in ("nora", "rene", "will"))
    comment = nora.comment(nora.open_issue("acme/railway", "t"), "mine")
    path = f"{R}/issues/comments/{comment.id}"
    for login, status in ((rene, 403), (nora, 200), (will, 200)):
        answer = await anonymous.using(login.token).patch(path, {"body": f"by {login.user.login}"})
        assert answer.status == status
    with pytest.raises(ApiError, match="403"):
        rene.edit_comment(comment, "not mine")


async def test_a_hidden_comment_is_shown_as_hidden_by_rest_and_by_nothing_else(
    sandbox: Sandbox, bot: Api, oracle: Oracle
) -> None:
    nora, rene, tria = (sandbox.actor(login) for login in ("nora", "rene", "tria"))
    issue = nora.open_issue("acme/railway", "t")
    comment = nora.comment(issue, "mine")
    path, told = f"{R}/issues/comments/{comment.id}", len(oracle.webhooks)
    assert (await bot.get(path)).body["minimized"] is None
    tria.minimize(comment, "spam")
    assert (await bot.get(path)).body["minimized"] == {"reason": "spam"}
    assert (await bot.get(f"{R}/issues/{issue.number}/comments")).body[0]["minimized"] == {"reason": "spam"}
    assert len(oracle.webhooks) == told
    nora.edit_comment(comment, "mine, better")
    assert "minimized" not in oracle.webhooks[-1][1]["comment"]
    nora.minimize(comment, None)
    assert (await bot.get(path)).body["minimized"] is None
    with pytest.raises(ApiError, match="403"):
        rene.minimize(comment)
    with pytest.raises(ApiError, match="422"):
        nora.minimize(comment, "dull")


async def test_a_reaction_is_new_once_and_makes_no_event(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    issue = sandbox.actor("nora").open_issue("acme/railway", "t")
    comment = sandbox.actor("nora").comment(issue, "/plan")
    sandbox.actor("will").react(comment, "eyes")
    before = len(oracle.webhooks)
    path = f"{R}/issues/comments/{comment.id}/reactions"
    first, again = [await bot.post(path, {"content": "eyes"}) for _ in range(2)]
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert (await bot.post(path, {"content": "shrug"})).status == 422
    assert len((await bot.get(f"{path}?content=eyes")).body) == 2
    assert (await bot.get(f"{path}?content=heart")).body == []
    assert (await bot.get(f"{R}/issues/comments/{comment.id}")).body["reactions"]["eyes"] == 2
    assert len(oracle.webhooks) == before


async def test_labels_of_an_issue(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    issue = sandbox.actor("nora").open_issue("acme/railway", "t")
    path = f"{R}/issues/{issue.number}/labels"
    before = len(oracle.webhooks)
    added = await bot.post(path, {"labels": ["Needs Clarification", {"name": "bug"}]})
    assert [one["name"] for one in added.body] == ["Needs Clarification", "bug"]
    again = await bot.post(path, ["BUG"])
    assert (again.status, len(again.body)) == (200, 2), "names are compared without case, and nothing is added twice"
    assert oracle.kinds()[before:] == ["label-created", "label-created", "issues-labeled", "issues-labeled"]
    assert [one["name"] for one in (await bot.delete(f"{path}/Needs%20Clarification")).body] == ["bug"]
    assert (await bot.delete(f"{path}/Needs%20Clarification")).status == 404
    assert (await bot.delete(f"{path}/unheard-of")).status == 404
    assert [one["name"] for one in (await bot.put(path, {"labels": ["x"]})).body] == ["x"]
    assert oracle.kinds()[before + 4 :] == ["issues-unlabeled", "label-created", "issues-unlabeled", "issues-labeled"]
    assert (await bot.get(path)).body[0]["name"] == "x"
    assert (await bot.put(path, {"labels": []})).body == []
    assert (await bot.post(path, {"labels": [7]})).status == 422


async def test_labels_of_a_repository(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    made = await bot.post(f"{R}/labels", {"name": "epic/ä", "color": "ff0000", "description": "big"})
    assert made.status == 201
    for wrong in ({"name": "EPIC/ä"}, {"name": "new", "color": "#ff0000"}, {"color": "ff0000"}):
        assert (await bot.post(f"{R}/labels", wrong)).status == 422
    assert [one["name"] for one in (await bot.get(f"{R}/labels")).body] == ["epic/ä"]
    repo, ada = sandbox.world.repository("acme/railway"), sandbox.actor("ada")
    issue = ada.open_issue("acme/railway", "t", labels=["epic/ä"])
    catalog.rename_label(sandbox.world, repo, ada.user, issue.labels[0], "epic")
    assert issue.labels[0].id == made.body["id"]
    assert (await bot.delete(f"{R}/issues/{issue.number}/labels/epic")).body == []
    ada.label(issue, "epic")
    catalog.delete_label(sandbox.world, repo, ada.user, issue.labels[0])
    assert issue.labels == []
    assert oracle.kinds()[-2:] == ["issues-unlabeled", "label-deleted"]
    assert "label-edited" in oracle.kinds()


async def test_a_label_name_with_a_slash_can_be_removed(sandbox: Sandbox, bot: Api) -> None:
    issue = sandbox.actor("ada").open_issue("acme/railway", "t", labels=["area/ui"])
    assert (await bot.delete(f"{R}/issues/{issue.number}/labels/area%2Fui")).body == []


async def test_milestones(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    late = await bot.post(f"{R}/milestones", {"title": "2.0", "due_on": "2027-06-01T00:00:00Z"})
    soon = await bot.post(f"{R}/milestones", {"title": "1.0", "due_on": "2027-01-01T00:00:00Z", "description": "d"})
    assert (late.status, late.body["number"], soon.body["number"]) == (201, 1, 2)
    assert [one["title"] for one in (await bot.get(f"{R}/milestones")).body] == ["1.0", "2.0"]
    path = f"{R}/milestones/1"
    closed = await bot.patch(path, {"state": "closed", "title": "2.1", "due_on": None})
    assert (closed.body["state"], closed.body["title"], closed.body["due_on"]) == ("closed", "2.1", None)
    assert [one["title"] for one in (await bot.get(f"{R}/milestones")).body] == ["1.0"]
    assert [one["title"] for one in (await bot.get(f"{R}/milestones?state=all")).body] == ["1.0", "2.1"]
    await bot.patch(path, {"state": "open"})
    assert (await bot.get(path)).body["closed_at"] is None
    assert (await bot.get(f"{R}/milestones/3")).status == 404
    for wrong in ({"title": "1.0"}, {"title": ""}, {"title": "3", "due_on": "soon"}):
        assert (await bot.post(f"{R}/milestones", wrong)).status == 422
    assert [kind for kind in oracle.kinds() if kind.startswith("milestone")] == [
        "milestone-created",
        "milestone-created",
        "milestone-edited",
        "milestone-closed",
        "milestone-opened",
    ]
