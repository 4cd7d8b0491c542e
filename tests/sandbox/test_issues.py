"""Issues over REST: what is written can be read, every change is told, and GitHub's rules hold."""

from __future__ import annotations

import pytest

from bot.sandbox import catalog
from bot.sandbox.repositories import create_repository, set_role
from bot.sandbox.rest.errors import ApiError
from bot.sandbox.server import Sandbox
from tests.sandbox.client import Api
from tests.sandbox.oracle import Oracle

R = "/repos/acme/railway"


async def test_the_app_opens_an_issue_and_hears_itself_as_a_bot(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    """Without this echo the founding bug (a bot answering itself) could not happen in a test."""
    made = await bot.post(f"{R}/issues", {"title": "Signals fail", "body": "All of them", "labels": ["bug", "bug"]})
    assert made.status == 201
    assert [label["name"] for label in made.body["labels"]] == ["bug"]
    assert oracle.kinds() == ["installation-created", "label-created", "issues-opened", "issues-labeled"]
    _, opened = oracle.webhooks[2]
    assert (opened["sender"]["login"], opened["sender"]["type"]) == ("interlock[bot]", "Bot")
    assert opened["issue"]["performed_via_github_app"] is None
    assert opened["installation"]["id"] in sandbox.world.installations
    read = await bot.get(f"{R}/issues/{made.body['number']}")
    assert read.body == made.body


async def test_labels_and_assignees_of_people_without_push_access_are_dropped_in_silence(
    sandbox: Sandbox, anonymous: Api, oracle: Oracle
) -> None:
    wish = {"title": "t", "labels": ["bug"], "assignees": ["will"]}
    for login, kept in (("nora", 0), ("tria", 0), ("will", 1)):
        made = await anonymous.using(sandbox.actor(login).token).post(f"{R}/issues", wish)
        assert made.status == 201
        assert (len(made.body["labels"]), len(made.body["assignees"])) == (kept, kept)
    assert oracle.kinds().count("issues-labeled") == oracle.kinds().count("issues-assigned") == 1


async def test_patch_changes_everything_and_tells_each_change_once(sandbox: Sandbox, bot: Api, oracle: Oracle) -> None:
    issue = sandbox.actor("ada").open_issue("acme/railway", "Old", "text", labels=["a", "b"])
    milestone = (await bot.post(f"{R}/milestones", {"title": "1.0", "due_on": "2027-01-01T00:00:00Z"})).body
    before = len(oracle.webhooks)
    change = {
        "title": "New",
        "body": "",
        "labels": ["b", "c"],
        "assignees": ["will"],
        "milestone": milestone["number"],
        "state": "closed",
        "state_reason": "not_planned",
    }
    answer = await bot.patch(f"{R}/issues/{issue.number}", change)
    assert answer.status == 200
    assert (answer.body["title"], answer.body["body"], answer.body["state"]) == ("New", "", "closed")
    assert (answer.body["state_reason"], answer.body["closed_by"]["login"]) == ("not_planned", "interlock[bot]")
    assert [label["name"] for label in answer.body["labels"]] == ["b", "c"]
    assert answer.body["milestone"]["closed_issues"] == 1
    assert oracle.kinds()[before:] == [
        "issues-edited",
        "label-created",
        "issues-unlabeled",
        "issues-labeled",
        "issues-assigned",
        "issues-milestoned",
        "issues-closed",
    ]
    edited = oracle.webhooks[before][1]
    assert edited["changes"] == {"title": {"from": "Old"}, "body": {"from": "text"}}
    again = await bot.patch(f"{R}/issues/{issue.number}", change)
    assert len(oracle.webhooks) == before + 7, "the same change again is no change"
    assert again.body["updated_at"] == answer.body["updated_at"]
    back = await bot.patch(f"{R}/issues/{issue.number}", {"state": "open", "assignees": [], "milestone": None})
    assert (back.body["state_reason"], back.body["closed_at"], back.body["milestone"]) == ("reopened", None, None)
    assert oracle.kinds()[before + 7 :] == ["issues-unassigned", "issues-demilestoned", "issues-reopened"]


async def test_the_list_filters_as_github_does(sandbox: Sandbox, bot: Api) -> None:
    ada, nora = sandbox.actor("ada"), sandbox.actor("nora")
    first = ada.open_issue("acme/railway", "first", labels=["Bug", "ui"])
    second = nora.open_issue("acme/railway", "second")
    third = ada.open_issue("acme/railway", "third", labels=["bug"])
    ada.close(second)
    ada.assign(first, "will")
    ada.comment(first, "hello")

    async def numbers(query: str) -> list[int]:
        return [one["number"] for one in (await bot.get(f"{R}/issues?{query}")).body]

    assert await numbers("") == [third.number, first.number], "open ones only, newest first"
    assert await numbers("state=closed") == [second.number]
    assert await numbers("state=all&direction=asc") == [first.number, second.number, third.number]
    assert await numbers("labels=bug,UI") == [first.number], "all of the labels, whatever their case"
    assert await numbers("creator=nora&state=all") == [second.number]
    assert await numbers("assignee=will") == [first.number]
    assert await numbers("assignee=none") == [third.number]
    assert await numbers("sort=comments") == [first.number, third.number]
    assert await numbers("since=2999-01-01T00:00:00Z") == []
    assert (await bot.get(f"{R}/issues?state=nonsense")).status == 422
    assert (await bot.get(f"{R}/issues?milestone=7")).status == 422


async def test_pages_of_thirty_and_at_most_a_hundred(sandbox: Sandbox, bot: Api) -> None:
    ada = sandbox.actor("ada")
    for number in range(101):
        ada.open_issue("acme/railway", f"issue {number}")
    first = await bot.get(f"{R}/issues?labels=")
    assert len(first.body) == 30
    assert set(first.links()) == {"next", "last"}
    assert "labels=" in first.links()["next"], "the query is kept"
    last = await bot.get(first.links()["last"])
    assert len(last.body) == 11
    assert set(last.links()) == {"prev", "first"}
    assert len((await bot.get(f"{R}/issues?per_page=500")).body) == 100
    assert (await bot.get(f"{R}/issues?per_page=100&page=3")).body == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": 7}, "title"),
        ({"title": "t", "labels": [7]}, "name"),
        ({"title": "t", "milestone": 99}, "milestone"),
        ({"title": "x" * 257}, "title"),
        ({"title": "t", "body": "x" * 65537}, "body"),
    ],
)
async def test_a_wrong_body_is_refused_by_name_and_changes_nothing(
    sandbox: Sandbox, bot: Api, body: dict[str, object], field: str
) -> None:
    refused = await bot.post(f"{R}/issues", body)
    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == field
    assert sandbox.world.repository("acme/railway").issues == {}


async def test_a_deleted_issue_is_gone_and_its_number_is_not_used_again(sandbox: Sandbox, bot: Api) -> None:
    ada = sandbox.actor("ada")
    issue = ada.open_issue("acme/railway", "short-lived")
    comment = ada.comment(issue, "so is this")
    ada.delete_issue(issue)
    assert (await bot.get(f"{R}/issues/{issue.number}")).status == 410
    assert (await bot.get(f"{R}/issues/comments/{comment.id}")).status == 404
    assert (await bot.get(f"{R}/issues/{issue.number + 1}")).status == 404
    assert ada.open_issue("acme/railway", "next").number == issue.number + 1


async def test_a_deleted_issue_cannot_be_linked_any_more(sandbox: Sandbox, bot: Api) -> None:
    ada = sandbox.actor("ada")
    parent, child = (ada.open_issue("acme/railway", title) for title in ("epic", "task"))
    await ada.add_sub_issue(parent, child)
    ada.delete_issue(child)
    assert parent.children == []
    assert (await bot.post(f"{R}/issues/{parent.number}/sub_issues", {"sub_issue_id": child.id})).status == 404


async def test_only_people_with_a_role_can_be_assigned(sandbox: Sandbox, bot: Api) -> None:
    made = await bot.post(f"{R}/issues", {"title": "t", "assignees": ["nora", "will", "stranger"]})
    assert [one["login"] for one in made.body["assignees"]] == ["will"]


async def test_the_timeline_tells_the_story_in_order(sandbox: Sandbox, bot: Api) -> None:
    ada, will = sandbox.actor("ada"), sandbox.actor("will")
    parent = ada.open_issue("acme/railway", "epic")
    issue = ada.open_issue("acme/railway", "task")
    ada.label(issue, "bug")
    will.comment(issue, "on it")
    ada.edit_issue(issue, title="better task")
    ada.assign(issue, "will")
    await ada.add_sub_issue(parent, issue)
    ada.block(issue, parent)
    ada.unblock(issue, parent)
    ada.remove_sub_issue(parent, issue)
    ada.unlabel(issue, "bug")
    ada.close(issue)
    ada.reopen(issue)
    told = await bot.get(f"{R}/issues/{issue.number}/timeline")
    assert [entry["event"] for entry in told.body] == [
        "labeled",
        "commented",
        "renamed",
        "assigned",
        "parent_issue_added",
        "blocked_by_added",
        "blocked_by_removed",
        "parent_issue_removed",
        "unlabeled",
        "closed",
        "reopened",
    ]
    others = await bot.get(f"{R}/issues/{parent.number}/timeline")
    assert [entry["event"] for entry in others.body] == [
        "sub_issue_added",
        "blocking_added",
        "blocking_removed",
        "sub_issue_removed",
    ]


async def test_an_issue_that_moves_to_another_repository_is_301_where_it_was(
    sandbox: Sandbox, bot: Api, oracle: Oracle
) -> None:
    world, mia = sandbox.world, sandbox.actor("mia")
    tram = await create_repository(world, world.user("acme"), "tram")
    for repo in (tram, world.repository("acme/railway")):
        set_role(repo, mia.user, "maintain")
    catalog.create_label(world, tram, mia.user, "BUG")
    issue = sandbox.actor("ada").open_issue("acme/railway", "Signals fail", labels=["bug", "ui"])
    comment = sandbox.actor("nora").comment(issue, "All of them")
    before, old = issue.id, f"{R}/issues/{issue.number}"
    with pytest.raises(ApiError, match="403"):
        sandbox.actor("will").transfer_issue(issue, "acme/tram")
    mia.transfer_issue(issue, "acme/tram")

    for below in ("", "/comments", "/labels"):
        moved = await bot.get(f"{old}{below}")
        assert moved.status == 301
        assert moved.headers["Location"] == f"{sandbox.url}/repositories/{tram.id}/issues/1{below}"
    assert (await bot.post(f"{old}/comments", {"body": "redirected writes do nothing"})).status == 301
    read = (await bot.get("/repos/acme/tram/issues/1")).body
    assert (read["title"], [label["name"] for label in read["labels"]]) == ("Signals fail", ["BUG"])
    assert read["id"] != before
    assert [one["id"] for one in (await bot.get("/repos/acme/tram/issues/1/comments")).body] == [comment.id]
    assert (await bot.get(f"{R}/issues/comments/{comment.id}")).status == 404
    assert (await bot.get(f"{R}/issues?state=all")).body == []

    assert oracle.kinds()[-2:] == ["issues-transferred", "issues-opened"]
    (_, left), (_, arrived) = oracle.webhooks[-2:]
    assert (left["issue"]["id"], left["repository"]["name"]) == (before, "railway")
    assert left["changes"]["new_issue"]["id"] == arrived["issue"]["id"] == issue.id
    assert arrived["changes"]["old_repository"]["full_name"] == "acme/railway"
    for elsewhere in ("acme/tram", "nora/tram"):
        if elsewhere == "nora/tram":
            await create_repository(world, world.user("nora"), "tram")
            set_role(world.repository(elsewhere), mia.user, "write")
        with pytest.raises(ApiError, match="422"):
            mia.transfer_issue(issue, elsewhere)


async def test_an_issue_that_moved_out_of_sight_is_404(sandbox: Sandbox, bot: Api) -> None:
    world = sandbox.world
    hidden = await create_repository(world, world.user("acme"), "hidden", private=True)
    (installation,) = world.installations.values()
    installation.repository_ids = {world.repository("acme/railway").id}
    set_role(hidden, world.user("ada"), "admin")
    issue = sandbox.actor("ada").open_issue("acme/railway", "Signals fail")
    sandbox.actor("ada").transfer_issue(issue, "acme/hidden")
    assert (await bot.get(f"{R}/issues/1")).status == 404
