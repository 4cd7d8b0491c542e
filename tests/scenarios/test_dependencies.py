"""What waits for what, as people see it: words become links and a label, and whatever ends the wait takes them away."""

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import Connection, select, update

from bot.handlers import dependencies
from bot.model.codec import decode
from bot.model.events import Event
from bot.model.ids import AppIdentity
from bot.ports import Read
from bot.sandbox import installations, repositories
from bot.sandbox.git_host import MergeMethod
from bot.sandbox.state import Issue, PullRequest
from bot.store.reader import StoreFacts
from bot.store.schema import jobs, standings
from tests.harness.house import REPO, House

BODY = "The signals have to stand before a train may run there. Paint them red first."
ELSEWHERE = "acme/depot"


def opened(house: House, body: str = "", title: str = "Set the signals", by: str = "ada", repo: str = REPO) -> Issue:
    return house.sandbox.actor(by).open_issue(repo, title, f"{BODY}\n\n{body}")


async def waiting(house: House, body: str, **more: str) -> Issue:
    issue = opened(house, body, **more)
    await house.works()
    return issue


async def pull(house: House, body: str = "", branch: str = "fix") -> PullRequest:
    ada = house.sandbox.actor("ada")
    await ada.push(REPO, branch, {f"signals/{branch}.txt": "green\n"})
    return await ada.open_pull(REPO, branch, "Lay the track", body)


async def second_repository(house: House, *, private: bool = False, installed: bool = True) -> None:
    world = house.sandbox.world
    if not installed:
        (installation,) = world.installations.values()
        installation.repository_ids = {world.repository(REPO).id}
    repo = await repositories.create_repository(
        world, world.user("acme"), "depot", private=private, default_branch="main", files={"README.md": "# Depot\n"}
    )
    repositories.set_role(repo, world.user("ada"), "admin")
    repositories.set_role(repo, world.user("will"), "write")


def is_blocked(house: House, issue: Issue) -> bool:
    return "blocked" in house.labels(issue)


async def why(house: House, issue: Issue) -> str:
    """What was decided last that was more than that there is nothing to do."""
    decided = [one.decision for one in await house.decided("dependencies", issue.number)]
    return [one.why for one in decided if one.rule != "nothing to follow"][-1]


async def ages(house: House, hours: int = 2) -> None:
    """Nobody has looked at anything for so long."""

    def earlier(conn: Connection) -> None:
        for row in conn.execute(select(standings)).all():
            here = (standings.c.repo == row.repo, standings.c.number == row.number)
            conn.execute(update(standings).where(*here).values(looked_at=row.looked_at - timedelta(hours=hours)))

    await house.database.write(earlier)


async def test_words_become_a_link_and_a_label_and_closing_takes_the_label_away(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    assert issue.blocked_by == [first]
    assert is_blocked(house, issue)
    assert not is_blocked(house, first)
    assert await why(house, issue) == f"It waits: #{first.number} is open."
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, issue)
    assert issue.blocked_by == [first], "GitHub shows that it is done"
    assert await why(house, issue) == f"It waits for nothing any more: #{first.number} is closed."
    assert house.comments(issue) == house.comments(first) == []


async def test_reopening_blocks_again_and_closing_as_not_planned_ends_it(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Blocked by #{first.number}")
    will = house.sandbox.actor("will")
    will.close(first)
    await house.works()
    will.reopen(first)
    await house.works()
    assert is_blocked(house, issue)
    will.close(first, "not_planned")
    await house.works()
    assert not is_blocked(house, issue)
    assert (await why(house, issue)).endswith("is closed as not planned.")


async def test_an_edit_takes_link_and_label_back_and_brings_them_again(house: House) -> None:
    first, second = opened(house, title="Lay the track"), opened(house, title="Buy the land")
    issue = await waiting(house, f"Depends on #{first.number}.")
    ada = house.sandbox.actor("ada")
    ada.edit_issue(issue, body=f"{BODY} Depends on #{second.number}.")
    await house.works()
    assert issue.blocked_by == [second]
    assert is_blocked(house, issue)
    ada.edit_issue(issue, body=BODY)
    await house.works()
    assert issue.blocked_by == []
    assert not is_blocked(house, issue)
    ada.edit_issue(issue, body=f"{BODY} Depends on #{first.number}.")
    await house.works()
    assert issue.blocked_by == [first]
    assert is_blocked(house, issue)


async def test_the_title_counts(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = await waiting(house, "", title=f"Set the signals (after #{first.number} lands)")
    assert is_blocked(house, issue)
    assert issue.blocked_by == [first]


async def test_nothing_is_done_twice(house: House) -> None:
    house.sandbox.world.webhooks.copies = 3
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    house.sandbox.actor("will").close(first)
    await house.works()
    await house.ticks()
    bot = house.sandbox.world.app.bot
    ours = [entry.event for entry in issue.timeline if entry.actor is bot]
    assert ours == ["blocked_by_added", "labeled", "unlabeled"]
    assert set((await house.states()).values()) == {"done"}


async def test_what_was_already_done_neither_blocks_nor_links(house: House) -> None:
    first = opened(house, title="Lay the track")
    house.sandbox.actor("will").close(first)
    issue = await waiting(house, f"Depends on #{first.number}.")
    assert not is_blocked(house, issue)
    assert issue.blocked_by == []
    house.sandbox.actor("will").reopen(first)
    await house.works()
    assert is_blocked(house, issue)
    assert issue.blocked_by == [first]


async def test_a_pull_request_ends_it_only_when_merged(house: House) -> None:
    one = await pull(house)
    issue = await waiting(house, f"Requires #{one.issue.number}.")
    assert is_blocked(house, issue)
    assert issue.blocked_by == [], "GitHub links no pull request"
    will = house.sandbox.actor("will")
    will.close(one.issue)
    await house.works()
    assert is_blocked(house, issue)
    assert await why(house, issue) == f"It waits: #{one.issue.number} was closed without being merged."
    will.reopen(one.issue)
    await house.works()
    assert (await why(house, issue)).endswith("is not merged yet.")
    await will.merge_pull(one)
    await house.works()
    assert not is_blocked(house, issue)


async def test_a_pull_request_waits_too(house: House) -> None:
    first = opened(house, title="Lay the track")
    one = await pull(house, f"Depends on #{first.number}")
    await house.works()
    assert is_blocked(house, one.issue)
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, one.issue)


@pytest.mark.parametrize("method", ["merge", "squash"])
async def test_merged_is_not_deployed(house: House, method: MergeMethod) -> None:
    will, one = house.sandbox.actor("will"), await pull(house)
    issue = await waiting(house, f"Start after #{one.issue.number} is deployed.")
    before = await will.push(REPO, "main", {"README.md": "older\n"})
    merged = await will.merge_pull(one, method)
    await house.works()
    assert is_blocked(house, issue)
    assert "is merged, but not known to be deployed" in await why(house, issue)
    for sha, environment, state in (
        (before, "production", "success"),  # a commit without it
        (merged, "production", "failure"),
        (merged, "production", "in_progress"),
        (merged, "staging", "success"),
    ):
        will.deploy(REPO, sha, environment=environment, state=state)
        await house.works()
        assert is_blocked(house, issue), (environment, state)
    later = await will.push(REPO, "main", {"README.md": "newer\n"})
    will.deploy(REPO, later)
    await house.works()
    assert not is_blocked(house, issue)
    assert "is merged and deployed" in await why(house, issue)


async def test_where_no_environment_is_production_any_counts(house: House) -> None:
    will, one = house.sandbox.actor("will"), await pull(house)
    issue = await waiting(house, f"Start after #{one.issue.number} is deployed.")
    merged = await will.merge_pull(one)
    will.deploy(REPO, merged, environment="staging")
    await house.works()
    assert not is_blocked(house, issue)


async def test_an_issue_closed_by_hand_is_deployed_with_what_is_deployed_later(house: House) -> None:
    will = house.sandbox.actor("will")
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Start after #{first.number} is deployed.")
    head = await will.push(REPO, "main", {"README.md": "older\n"})
    will.deploy(REPO, head)
    await house.works()
    await asyncio.sleep(1.1)  # GitHub's times are whole seconds
    will.close(first)
    await house.works()
    assert is_blocked(house, issue)
    await asyncio.sleep(1.1)
    will.deploy(REPO, head)
    await house.works()
    assert not is_blocked(house, issue)


async def test_a_deployment_in_another_repository_ends_the_wait_there(house: House) -> None:
    await second_repository(house)
    will = house.sandbox.actor("will")
    there = opened(house, title="Buy trains", repo=ELSEWHERE)
    issue = await waiting(house, f"Start after {ELSEWHERE}#{there.number} is deployed.")
    will.close(there)
    await asyncio.sleep(1.1)
    will.deploy(ELSEWHERE, await will.push(ELSEWHERE, "main", {"README.md": "newer\n"}))
    await house.works()
    assert not is_blocked(house, issue)


async def test_several_blockers_all_have_to_end(house: House) -> None:
    first, second = opened(house, title="Lay the track"), opened(house, title="Buy the land")
    issue = await waiting(house, f"Depends on #{first.number} and #{second.number}.")
    house.sandbox.actor("will").close(first)
    await house.works()
    assert is_blocked(house, issue)
    assert await why(house, issue) == f"It waits: #{second.number} is open."
    house.sandbox.actor("will").close(second)
    await house.works()
    assert not is_blocked(house, issue)


async def test_what_does_not_exist_blocks_until_it_does_and_is_done(house: House) -> None:
    issue = await waiting(house, "Depends on #2.")
    assert is_blocked(house, issue)
    assert "#2 cannot be seen from here" in await why(house, issue)
    late = await waiting(house, "", title="Lay the track")
    assert late.number == 2
    assert "#2 is open" in await why(house, issue)
    assert issue.blocked_by == [late]


@pytest.mark.parametrize("act", ["delete", "transfer"])
async def test_a_blocker_that_is_gone_still_blocks_and_is_told(house: House, act: str) -> None:
    await second_repository(house)
    first = opened(house, title="Lay the track")
    number = first.number
    issue = await waiting(house, f"Depends on #{number}.")
    if act == "delete":
        house.sandbox.actor("ada").delete_issue(first)
    else:
        house.sandbox.actor("ada").transfer_issue(first, ELSEWHERE)
    await house.works()
    assert is_blocked(house, issue)
    assert f"#{number} cannot be seen from here" in await why(house, issue)


async def test_the_other_way_round(house: House) -> None:
    issue = await waiting(house, "", title="Run a train")
    first = await waiting(house, f"Blocks #{issue.number}.", title="Lay the track")
    assert is_blocked(house, issue)
    assert not is_blocked(house, first)
    assert issue.blocked_by == [first]
    house.sandbox.actor("ada").edit_issue(first, body=BODY)
    await house.works()
    assert not is_blocked(house, issue)
    assert issue.blocked_by == []


async def test_not_everybody_may_say_that_an_issue_of_others_waits(house: House) -> None:
    issue = await waiting(house, "", title="Run a train")
    await waiting(house, f"Blocks #{issue.number}.", title="Me first", by="nora")
    assert not is_blocked(house, issue)
    assert issue.blocked_by == []
    own = await waiting(house, f"Depends on #{issue.number}.", by="nora")
    assert is_blocked(house, own), "of their own issue everybody may"


async def test_a_deleted_issue_says_nothing_any_more(house: House) -> None:
    issue = await waiting(house, "", title="Run a train")
    first = await waiting(house, f"Blocks #{issue.number}.", title="Lay the track")
    house.sandbox.actor("ada").delete_issue(first)
    await house.works()
    assert not is_blocked(house, issue)


async def test_a_link_that_people_made_counts(house: House) -> None:
    first, issue = opened(house, title="Lay the track"), opened(house)
    await house.works()
    tria = house.sandbox.actor("tria")
    tria.block(issue, first)
    await house.works()
    assert is_blocked(house, issue)
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, issue)
    house.sandbox.actor("will").reopen(first)
    await house.works()
    assert is_blocked(house, issue)
    tria.unblock(issue, first)
    await house.works()
    assert not is_blocked(house, issue)
    assert issue.blocked_by == []


async def test_a_link_to_another_repository_counts_and_is_followed(house: House) -> None:
    await second_repository(house)
    first, issue = opened(house, title="Build the depot", repo=ELSEWHERE), opened(house)
    house.sandbox.actor("ada").block(issue, first)
    await house.works()
    assert is_blocked(house, issue)
    assert await why(house, issue) == f"It waits: {ELSEWHERE}#{first.number} is open."
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, issue)


async def test_a_link_of_which_no_event_tells_is_seen_with_the_next_one(house: House) -> None:
    """GitHub sends `issue_dependencies` only below an organisation."""
    house.sandbox.world.webhooks.drop = lambda delivery: delivery.event == "issue_dependencies"
    first, issue = opened(house, title="Lay the track"), opened(house)
    house.sandbox.actor("ada").block(issue, first)
    await house.works()
    assert not is_blocked(house, issue)
    house.sandbox.actor("ada").edit_issue(issue, title="Set all signals")
    await house.works()
    assert is_blocked(house, issue)


async def test_a_link_that_people_made_survives_the_words(house: House) -> None:
    first, issue = opened(house, title="Lay the track"), opened(house)
    house.sandbox.actor("tria").block(issue, first)
    await house.works()
    ada = house.sandbox.actor("ada")
    ada.edit_issue(issue, body=f"{BODY} Depends on #{first.number}.")
    await house.works()
    ada.edit_issue(issue, body=BODY)
    await house.works()
    assert issue.blocked_by == [first]
    assert is_blocked(house, issue)


async def test_a_link_that_people_made_before_ours_went_out_is_theirs(house: House) -> None:
    ceilings = "labels=60 comments=60 edits=60 issues=9 links=9 closes=9 dependencies=0 reactions=60 total=2400"
    await house.restart(INTERLOCK_CEILINGS=ceilings)
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    assert issue.blocked_by == []
    house.sandbox.actor("tria").block(issue, first)
    await house.works()
    await house.restart(INTERLOCK_CEILINGS=ceilings.replace("=0 ", "=60 "))
    await house.looks_at_held()
    assert "no_op" in (await house.states()).values()
    house.sandbox.actor("ada").edit_issue(issue, body=BODY)
    await house.works()
    assert issue.blocked_by == [first]
    assert is_blocked(house, issue)


async def test_a_link_whose_removal_waits_is_nobodys_and_stays_if_the_words_come_back(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    ceilings = "labels=60 comments=60 edits=60 issues=9 links=9 closes=9 dependencies=0 reactions=60 total=2400"
    await house.restart(INTERLOCK_CEILINGS=ceilings)
    ada = house.sandbox.actor("ada")
    ada.edit_issue(issue, body=BODY)
    await house.works()
    ada.edit_issue(issue, title="Set all signals")
    await house.works()
    assert issue.blocked_by == [first]
    assert not is_blocked(house, issue)
    ada.edit_issue(issue, body=f"{BODY} Depends on #{first.number}.")
    await house.works()
    assert is_blocked(house, issue)
    await house.restart(INTERLOCK_CEILINGS=ceilings.replace("=0 ", "=60 "))
    await house.looks_at_held()
    assert issue.blocked_by == [first]


async def test_a_link_of_ours_that_people_removed_is_not_made_again(house: House) -> None:
    first, second = opened(house, title="Lay the track"), opened(house, title="Buy the land")
    issue = await waiting(house, f"Depends on #{first.number}.")
    house.sandbox.actor("tria").unblock(issue, first)
    await house.works()
    house.sandbox.actor("ada").edit_issue(issue, body=f"{BODY} Depends on #{first.number} and #{second.number}.")
    await house.works()
    assert issue.blocked_by == [second]
    assert is_blocked(house, issue), "the words still say so"


async def test_a_label_that_people_removed_stays_away_until_something_else_blocks(house: House) -> None:
    first, second = opened(house, title="Lay the track"), opened(house, title="Buy the land")
    third = opened(house, title="Hire somebody")
    issue = await waiting(house, f"Depends on #{first.number} and #{second.number}.")
    house.sandbox.actor("tria").unlabel(issue, "blocked")
    await house.works()
    will, ada = house.sandbox.actor("will"), house.sandbox.actor("ada")
    will.close(second)
    await house.works()
    ada.edit_issue(issue, title="Set all signals")
    await house.works()
    assert not is_blocked(house, issue)
    will.reopen(second)
    await house.works()
    assert is_blocked(house, issue), "it blocks anew"
    house.sandbox.actor("tria").unlabel(issue, "blocked")
    ada.edit_issue(issue, body=f"{BODY} Depends on #{first.number} and #{third.number}.")
    await house.works()
    assert is_blocked(house, issue), "another one blocks"


async def test_a_label_that_people_set_is_theirs(house: House) -> None:
    first, issue = opened(house, title="Lay the track"), opened(house)
    house.sandbox.actor("ada").label(issue, "blocked")
    await house.works()
    house.sandbox.actor("ada").edit_issue(issue, body=f"{BODY} Depends on #{first.number}.")
    await house.works()
    house.sandbox.actor("will").close(first)
    await house.works()
    assert is_blocked(house, issue)


async def test_the_label_is_the_configured_one(house: House) -> None:
    text = "labels: {blocked: waits}\n"
    await house.sandbox.actor("ada").push(REPO, "main", {".github/interlock.yml": text})
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    assert house.labels(issue) == {"waits"}


async def test_a_closed_issue_waits_for_nothing(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    house.sandbox.actor("will").close(issue)
    await house.works()
    assert not is_blocked(house, issue)
    house.sandbox.actor("will").reopen(issue)
    await house.works()
    assert is_blocked(house, issue)


async def test_across_repositories(house: House) -> None:
    await second_repository(house)
    first = opened(house, title="Build the depot", repo=ELSEWHERE)
    issue = await waiting(house, f"Depends on {ELSEWHERE}#{first.number}.")
    assert is_blocked(house, issue)
    assert issue.blocked_by == [], "our tokens see one repository each"
    assert await why(house, issue) == f"It waits: {ELSEWHERE}#{first.number} is open."
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, issue)
    house.sandbox.actor("will").reopen(first)
    await house.works()
    assert is_blocked(house, issue)


async def test_across_repositories_the_other_way_round(house: House) -> None:
    await second_repository(house)
    issue = await waiting(house, "", title="Run a train")
    first = await waiting(house, f"Blocks {REPO}#{issue.number}.", repo=ELSEWHERE, title="Build the depot")
    assert is_blocked(house, issue)
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, issue)


async def test_a_renamed_repository_is_the_same_one(house: House) -> None:
    await second_repository(house)
    first = opened(house, title="Build the depot", repo=ELSEWHERE)
    issue = await waiting(house, f"Depends on {ELSEWHERE}#{first.number}.")
    house.sandbox.actor("ada").rename_repository(ELSEWHERE, "tramway")
    house.sandbox.actor("ada").edit_issue(issue, title="Set all signals")
    await house.works()
    assert await why(house, issue) == f"It waits: acme/tramway#{first.number} is open."
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, issue)


async def test_who_cannot_be_read_any_more_is_woken_once_an_hour(house: House) -> None:
    await second_repository(house)
    there = opened(house, f"Depends on {REPO}#1.", title="Build the depot", repo=ELSEWHERE)
    await house.works()
    assert is_blocked(house, there)
    world = house.sandbox.world
    (installation,) = world.installations.values()
    installations.remove_repository(world, installation, world.repository(ELSEWHERE), world.user("ada"))
    await ages(house)
    for _ in range(2):
        await house.ticks()
    assert (await house.rules("dependents", 0))[-2:] == ["dependents: tell", "dependents: nobody waits"]


async def test_a_repository_without_the_app_is_unknown_until_it_is_there(house: House) -> None:
    await second_repository(house, installed=False)
    world = house.sandbox.world
    first = opened(house, title="Build the depot", repo=ELSEWHERE)
    issue = await waiting(house, f"Depends on {ELSEWHERE}#{first.number}.")
    assert is_blocked(house, issue)
    assert f"{ELSEWHERE}#{first.number} cannot be seen from here" in await why(house, issue)
    house.sandbox.actor("will").close(first)
    await house.works()
    assert is_blocked(house, issue), "nobody told us"
    (installation,) = world.installations.values()
    installations.add_repository(world, installation, world.repository(ELSEWHERE), world.user("ada"))
    await house.works()
    await house.ticks()
    assert is_blocked(house, issue), "it was looked at less than an hour ago"
    await ages(house)
    await house.ticks()
    assert not is_blocked(house, issue)


async def test_where_the_app_is_shut_out_all_is_unknown_and_the_rest_is_followed(house: House) -> None:
    world, name = house.sandbox.world, "will/depot"
    will = world.user("will")
    repo = await repositories.create_repository(
        world, will, "depot", private=False, default_branch="main", files={"README.md": "# Depot\n"}
    )
    elsewhere = installations.install(world, will, will)
    first, there = opened(house, title="Lay the track"), opened(house, title="Build it", by="will", repo=name)
    assert repo.owner is will
    issue = await waiting(house, f"Depends on #{first.number} and {name}#{there.number}.")
    told = f"It waits: #{first.number} is open; {name}#{there.number}"
    assert await why(house, issue) == f"{told} is open."
    installations.suspend(world, elsewhere, will)
    house.sandbox.actor("ada").edit_issue(issue, body=f"{issue.body} Soon.")
    await house.works()
    assert (await why(house, issue)).startswith(f"{told} cannot be seen from here")
    assert issue.blocked_by == [first]
    assert is_blocked(house, issue)
    assert await house.dead_letters() == []


async def test_an_event_that_was_lost_is_made_up_for_by_the_sweep(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    house.sandbox.world.webhooks.drop = lambda _: True
    house.sandbox.actor("will").close(first)
    await house.works()
    assert is_blocked(house, issue)
    await ages(house)
    await house.ticks()
    assert not is_blocked(house, issue)
    decided = len(await house.decided("dependencies"))
    await ages(house)
    await house.ticks()
    assert len(await house.decided("dependencies")) == decided, "nobody waits any more"


async def test_a_private_repository_is_shown_to_those_who_may_see_it(house: House) -> None:
    await second_repository(house, private=True)
    first = opened(house, title="Build the depot", repo=ELSEWHERE)
    hers = await waiting(house, f"Depends on {ELSEWHERE}#{first.number}.")
    assert (await why(house, hers)).endswith("is open.")
    theirs = await waiting(house, f"Depends on {ELSEWHERE}#{first.number}.", by="nora")
    assert "cannot be seen from here" in await why(house, theirs)
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, hers)
    assert is_blocked(house, theirs)


async def test_a_link_that_a_member_made_opens_no_private_repository_to_the_author(house: House) -> None:
    await second_repository(house, private=True)
    first, other = (opened(house, title=title, repo=ELSEWHERE) for title in ("Build the depot", "Paint it"))
    issue = opened(house, by="nora")
    house.sandbox.actor("ada").block(issue, first)
    await house.works()
    house.sandbox.actor("nora").edit_issue(issue, body=f"{BODY} Depends on {ELSEWHERE}#{other.number}.")
    await house.works()
    assert f"{ELSEWHERE}#{first.number} is open" in await why(house, issue)
    assert f"{ELSEWHERE}#{other.number} cannot be seen from here" in await why(house, issue)


async def test_a_circle_is_named_once_with_every_member(house: House) -> None:
    house.sandbox.world.webhooks.copies = 2
    first = opened(house, title="Lay the track")
    second = await waiting(house, f"Depends on #{first.number}.")
    third = await waiting(house, f"Depends on #{second.number}.", title="Run a train")
    house.sandbox.actor("ada").edit_issue(first, body=f"{BODY} Depends on #{third.number}.")
    await house.works()
    members = (first, second, third)
    (comment,) = [one for issue in members for one in house.comments(issue)]
    assert f"#{first.number} → #{third.number} → #{second.number} → #{first.number}" in comment.body
    for issue in members:
        assert is_blocked(house, issue)
        assert "in a circle" in await why(house, issue)
        for other in members:
            assert f"#{other.number}" in await why(house, issue)
    house.sandbox.actor("ada").edit_issue(first, body=BODY)
    await house.works()
    assert not is_blocked(house, first)
    assert "circle" not in await why(house, second)
    house.sandbox.actor("ada").edit_issue(first, body=f"{BODY} Depends on #{third.number}.")
    await house.works()
    assert len([one for issue in members for one in house.comments(issue)]) == 1
    assert "denied" not in (await house.states()).values(), "a link that GitHub would refuse is not tried"


async def test_a_circle_through_two_repositories(house: House) -> None:
    await second_repository(house)
    there = opened(house, title="Build the depot", repo=ELSEWHERE)
    here = await waiting(house, f"Depends on {ELSEWHERE}#{there.number}.")
    house.sandbox.actor("ada").edit_issue(there, body=f"{BODY} Depends on {REPO}#{here.number}.")
    await house.works()
    (comment,) = [*house.comments(here), *house.comments(there)]
    assert f"#{there.number} → {REPO}#{here.number} → #{there.number}" in comment.body


async def test_a_closed_member_makes_no_circle(house: House) -> None:
    first = opened(house, title="Lay the track")
    second = await waiting(house, f"Depends on #{first.number}.")
    house.sandbox.actor("will").close(second)
    house.sandbox.actor("ada").edit_issue(first, body=f"{BODY} Depends on #{second.number}.")
    await house.works()
    assert not is_blocked(house, first)
    assert [*house.comments(first), *house.comments(second)] == []


async def test_what_was_seen_of_a_member_that_is_closed_by_now_makes_no_circle(house: House) -> None:
    first = opened(house, title="Lay the track")
    second = await waiting(house, f"Depends on #{first.number}.")
    third = await waiting(house, f"Depends on #{second.number}.", title="Run a train")
    house.sandbox.world.webhooks.drop = lambda _: True
    house.sandbox.actor("will").close(second)
    house.sandbox.world.webhooks.drop = lambda _: False
    house.sandbox.actor("ada").edit_issue(first, body=f"{BODY} Depends on #{third.number}.")
    await house.works()
    assert is_blocked(house, first)
    assert [one for issue in (first, second, third) for one in house.comments(issue)] == []


async def test_the_link_that_would_close_a_circle_is_not_tried(house: House) -> None:
    first = opened(house, title="Lay the track")
    second = await waiting(house, f"Depends on #{first.number}.")
    house.sandbox.actor("ada").edit_issue(first, body=f"{BODY} Depends on #{second.number}.")
    await house.works()
    assert len([*house.comments(first), *house.comments(second)]) == 1
    assert (first.blocked_by, second.blocked_by) == ([], [first])
    assert "denied" not in (await house.states()).values()


async def test_an_issue_that_waits_for_itself_is_told_so(house: House) -> None:
    issue = await waiting(house, "Depends on #1.")
    assert issue.number == 1
    (comment,) = house.comments(issue)
    assert "waits for itself" in comment.body
    assert issue.blocked_by == []


async def test_a_plan_is_refused_until_nothing_is_waited_for(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    will = house.sandbox.actor("will")
    will.comment(issue, "/plan")
    await house.works()
    (answer,) = house.comments(issue)
    assert f"#{first.number} is open" in answer.body
    assert f"Depends on #{first.number}" in answer.body
    assert await house.rules("plan", issue.number) == ["plan: blocked"]
    house.sandbox.world.webhooks.drop = lambda delivery: delivery.event == "issues"
    will.close(first)  # the label follows later, the plan is made at once: both look at GitHub, not at each other
    will.comment(issue, "/plan")
    await house.works()
    assert await house.rules("plan", issue.number) == ["plan: blocked", "plan: planned"]


async def test_who_asks_why_is_told(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    house.sandbox.actor("rene").comment(issue, "/why")
    await house.works()
    (answer,) = house.comments(issue)
    assert f"It waits: #{first.number} is open." in answer.body


async def test_a_child_of_an_epic_waits_for_what_its_item_names(house: House) -> None:
    first = opened(house, title="Lay the track")
    epic = opened(house, f"## Work\n\n- [ ] set the signals (after #{first.number} lands)\n- [ ] run a train\n")
    house.sandbox.actor("tria").comment(epic, "/decompose")
    await house.works()
    signals, train = epic.children
    assert signals.blocked_by == [first]
    assert is_blocked(house, signals)
    assert not is_blocked(house, train)
    assert house.comments(signals) == house.comments(train) == []
    assert await house.rules("dependencies", train.number) == ["dependencies: nothing to follow"]
    house.sandbox.actor("will").close(first)
    await house.works()
    assert not is_blocked(house, signals)


async def test_a_child_speaks_for_whoever_had_its_epic_decomposed(house: House) -> None:
    last = await waiting(house, "", title="Run a train")
    items = f"- [ ] set the signals\n\n  It blocks #{last.number}.\n- [ ] buy bricks\n"
    epic = opened(house, f"## Work\n\n{items}", by="nora")
    await house.works()
    assert not is_blocked(house, last), "nora may not say so"
    house.sandbox.actor("tria").comment(epic, "/decompose")
    await house.works()
    assert last.blocked_by == [epic.children[0]]
    assert is_blocked(house, last)


async def test_a_bot_that_opens_and_closes_for_ever_is_stopped_by_the_breaker(house: House) -> None:
    text = "safety: {decisions_per_hour: 3}\n"
    await house.sandbox.actor("ada").push(REPO, "main", {".github/interlock.yml": text})
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    robo = house.sandbox.actor("robo[bot]")
    for _ in range(4):
        robo.close(first)
        await house.works()
        robo.reopen(first)
        await house.works()
    rules = await house.rules("dependencies", issue.number)
    assert "dependencies: breaker" in rules
    assert len(house.comments(issue)) == 1
    ours = [entry for entry in issue.timeline if entry.actor is house.sandbox.world.app.bot]
    assert [one.event for one in ours].count("unlabeled") == 2


async def test_on_hold_the_facts_are_followed_and_nothing_is_said(house: House) -> None:
    issue = opened(house)
    house.sandbox.actor("tria").comment(issue, "/hold until spring")
    await house.works()
    before = len(house.comments(issue))
    house.sandbox.actor("ada").edit_issue(issue, body=f"{BODY} Depends on #{issue.number}.")
    await house.works()
    assert is_blocked(house, issue)
    assert len(house.comments(issue)) == before
    house.sandbox.actor("tria").comment(issue, "/unhold")
    await ages(house)
    await house.ticks()
    assert any("waits for itself" in one.body for one in house.comments(issue))


class _NothingToRead:
    """`ports.Read` of which everything but the store and our own name is missing: whoever asks for it fails."""

    def __init__(self, house: House) -> None:
        self.store = StoreFacts(house.database)
        self.github = self
        self._us = AppIdentity(house.sandbox.world.app.id, house.sandbox.world.app.slug)

    async def identity(self) -> AppIdentity:
        return self._us


async def test_an_ordinary_issue_costs_no_request(house: House) -> None:
    first = opened(house, title="Lay the track")
    issue = house.sandbox.actor("ada").open_issue(REPO, "Colours", f"See #{first.number} for the colours.")
    house.sandbox.actor("ada").edit_issue(issue, body=f"See #{first.number} for all colours.")
    house.sandbox.actor("ada").close(issue)
    house.sandbox.actor("ada").reopen(issue)
    await house.works()
    assert set(await house.rules("dependencies")) == {"dependencies: nothing to follow"}
    assert set(await house.rules("dependents")) == {"dependents: nobody waits"}
    bodies = await house.database.read(
        lambda conn: conn.scalars(select(jobs.c.event).where(jobs.c.handler == "dependencies")).all()
    )
    assert len(bodies) == 5
    for body in bodies:
        event = decode(body, Event)
        facts = await dependencies.gather(event, cast(Read, _NothingToRead(house)))
        assert facts.skipped


async def test_a_label_that_was_held_is_not_set_when_nothing_is_waited_for(house: House) -> None:
    few = "labels=0 comments=60 edits=60 issues=9 links=9 closes=9 dependencies=0 reactions=60 total=2400"
    await house.restart(INTERLOCK_CEILINGS=few)
    first = opened(house, title="Lay the track")
    issue = await waiting(house, f"Depends on #{first.number}.")
    assert set((await house.states()).values()) == {"held"}
    house.sandbox.actor("ada").edit_issue(issue, body=BODY)
    await house.works()
    await house.restart(INTERLOCK_CEILINGS=few.replace("=0", "=60"))
    await house.looks_at_held()
    assert not is_blocked(house, issue)
    assert issue.blocked_by == []
    assert sorted((await house.states()).values()) == ["no_op", "stale", "stale"]
