"""Edges belong to whoever says them, are found from both ends, and follow repositories by id."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import Connection

from bot.model.edges import Deployment, Edge, Standing, Waiting
from bot.model.ids import IssueRef, Repo, Sha
from bot.model.outcomes import Adopted, Done, NoOp, Outcome
from bot.model.records import AnyRecord, DeploymentSeen, EdgesStored, StandingStored, WaitersWoken
from bot.store import outbox, records, repositories
from bot.store.database import Database
from bot.store.errors import Conflict
from bot.store.ledger import StoreLedger
from bot.store.reader import StoreFacts
from tests.store.given import NOW, REPO, add_writes, issue, label, receipt

ELSEWHERE = Repo(installation=77, id=5000)
UNKNOWN = Repo(0, 0)


def edge(blocked: IssueRef, blocker: IssueRef, name: str = "acme/railway#9") -> Edge:
    return Edge(blocked=blocked, blocker=blocker, name=name, kind="after", ends="closed", phrase="after it")


def waits(revision: int, *numbers: int) -> Standing:
    found = tuple(Waiting(key=f"1/{n}", blocker=issue(n), name=f"acme/railway#{n}", since=revision) for n in numbers)
    return Standing(revision=revision, waits=found)


async def apply(db: Database, *found: AnyRecord, later: timedelta = timedelta()) -> None:
    def all_of_them(conn: Connection) -> None:
        for record in found:
            records.apply(conn, record, NOW + later)

    await db.write(all_of_them)


async def test_an_issue_replaces_only_what_it_has_said_itself(db: Database) -> None:
    read = StoreFacts(db)
    said, said_by_other = edge(issue(1), issue(2)), edge(issue(1), issue(3))
    of_another = edge(issue(3), issue(2))
    await apply(db, EdgesStored(issue=issue(1), edges=(said,)))
    await apply(db, EdgesStored(issue=issue(3), edges=(said_by_other, of_another)))
    assert await read.edges_of(issue(1)) == (said, said_by_other)
    assert await read.edges_said_by(issue(3)) == (said_by_other, of_another)
    await apply(db, EdgesStored(issue=issue(1), edges=()))
    assert await read.edges_of(issue(1)) == (said_by_other,)
    assert await read.edges_said_by(issue(1)) == ()
    assert await read.edges_said_by(issue(3)) == (said_by_other, of_another)


async def test_equal_numbers_of_other_repositories_are_other_issues(db: Database) -> None:
    read = StoreFacts(db)
    there = IssueRef(ELSEWHERE, 1)
    await apply(db, EdgesStored(issue=there, edges=(edge(there, IssueRef(ELSEWHERE, 2)),)))
    assert await read.edges_of(issue(1)) == ()
    assert await StoreLedger(db).blockers_said(issue(1)) == frozenset()
    assert await StoreLedger(db).blockers_said(there) == {f"{ELSEWHERE.id}/2"}
    assert await read.edges_said_by(issue(1)) == ()
    assert await read.dependents(issue(2)) == ()
    await apply(db, EdgesStored(issue=issue(1), edges=()))
    assert len(await read.edges_of(there)) == 1


async def test_dependents_are_found_in_every_repository_each_once(db: Database) -> None:
    there = IssueRef(ELSEWHERE, 4)
    both = (edge(issue(1), issue(9)), edge(issue(1), issue(9)))
    await apply(db, EdgesStored(issue=issue(1), edges=both), EdgesStored(issue=there, edges=(edge(there, issue(9)),)))
    assert set(await StoreFacts(db).dependents(issue(9))) == {issue(1), there}
    assert len(await StoreFacts(db).dependents(issue(9))) == 2
    assert await StoreFacts(db).dependents(issue(8)) == ()


async def test_a_dependent_is_woken_where_the_app_is_installed_now(db: Database) -> None:
    there = IssueRef(ELSEWHERE, 4)
    await apply(db, EdgesStored(issue=there, edges=(edge(there, issue(9)),)))
    await db.write(repositories.remember, Repo(installation=78, id=ELSEWHERE.id), "acme/depot", NOW)
    now = IssueRef(Repo(78, ELSEWHERE.id), 4)
    assert await StoreFacts(db).dependents(issue(9)) == (now,)


async def test_everything_is_told_with_the_installation_of_now(db: Database) -> None:
    """The App was installed anew: what was stored before is still about the same issues."""
    there, other = IssueRef(ELSEWHERE, 4), IssueRef(ELSEWHERE, 5)
    said = (msgspec.structs.replace(edge(there, other), ends="deployed"), edge(there, issue(9)))
    await apply(db, EdgesStored(issue=there, edges=said), StandingStored(issue=there, standing=waits(1, 9)))
    await db.write(repositories.remember, Repo(installation=78, id=ELSEWHERE.id), "acme/depot", NOW)
    read = StoreFacts(db)
    now, other_now = (IssueRef(Repo(78, ELSEWHERE.id), number) for number in (4, 5))
    told = (
        msgspec.structs.replace(said[0], blocked=now, blocker=other_now),
        msgspec.structs.replace(said[1], blocked=now),
    )
    assert await read.edges_of(there) == await read.edges_of(now) == told
    assert await read.edges_said_by(there) == told
    assert await read.awaiting_deployment(ELSEWHERE) == (now,)
    assert await read.waiting_since(NOW + timedelta(hours=2), 9) == (now,)


async def test_who_knew_only_the_name_is_found_when_the_repository_is_known(db: Database) -> None:
    unknown = edge(issue(1), IssueRef(UNKNOWN, 9), "Acme/Depot#9")
    other = edge(issue(2), IssueRef(UNKNOWN, 9), "acme/other#9")
    another = edge(issue(3), IssueRef(UNKNOWN, 8), "acme/depot#8")
    for number, one in ((1, unknown), (2, other), (3, another)):
        await apply(db, EdgesStored(issue=issue(number), edges=(one,)))
    there = IssueRef(ELSEWHERE, 9)
    assert await StoreFacts(db).dependents(there) == ()
    await db.write(repositories.remember, ELSEWHERE, "acme/depot", NOW)
    assert await StoreFacts(db).dependents(there) == (issue(1),)


async def test_a_standing_is_the_next_one_or_the_same(db: Database) -> None:
    read = StoreFacts(db)
    assert await read.standing(issue(1)) == Standing()
    await apply(db, StandingStored(issue=issue(1), standing=waits(1, 9)))
    await apply(db, StandingStored(issue=issue(1), standing=waits(1, 9)))
    for taken in (0, 3):
        with pytest.raises(Conflict):
            await apply(db, StandingStored(issue=issue(1), standing=waits(taken, 8)))
    assert await read.standing(issue(1)) == waits(1, 9)
    assert await StoreLedger(db).waits_for(issue(1)) == {"1/9"}
    await apply(db, StandingStored(issue=issue(1), standing=waits(2)))
    assert await read.standing(issue(1)) == waits(2)
    assert await StoreLedger(db).waits_for(issue(1)) == frozenset()
    assert await read.standing(IssueRef(ELSEWHERE, 1)) == Standing()


async def test_who_waits_unseen_longest_is_looked_at_first(db: Database) -> None:
    hour = timedelta(hours=1)
    await apply(db, StandingStored(issue=issue(1), standing=waits(1, 9)), later=hour)
    await apply(db, StandingStored(issue=issue(2), standing=waits(1, 9)))
    await apply(db, StandingStored(issue=issue(3), standing=waits(1)))
    await apply(db, StandingStored(issue=issue(4), standing=waits(1, 9)), later=3 * hour)
    read = StoreFacts(db)
    assert await read.waiting_since(NOW + 2 * hour, 9) == (issue(2), issue(1))
    assert await read.waiting_since(NOW + 2 * hour, 1) == (issue(2),)
    await apply(db, StandingStored(issue=issue(2), standing=waits(1, 9)), later=3 * hour)
    assert await read.waiting_since(NOW + 2 * hour, 9) == (issue(1),)
    await apply(db, WaitersWoken(issues=(issue(1), issue(7))), later=3 * hour)
    assert await read.waiting_since(NOW + 2 * hour, 9) == ()
    assert await read.waiting_since(NOW + 4 * hour, 9) == (issue(1), issue(2), issue(4))
    assert await read.standing(issue(1)) == waits(1, 9)
    assert issue(1).repo == REPO


@pytest.mark.parametrize(
    ("outcome", "done"), [(Done(receipt()), True), (Adopted(receipt()), True), (NoOp(receipt(), "x"), False)]
)
async def test_what_was_so_already_is_not_our_doing(db: Database, outcome: Outcome, done: bool) -> None:
    await db.write(add_writes, label("k"))
    assert not await StoreFacts(db).was_done("k")
    claim = await db.write(outbox.claim, worker="w", lease=15)
    assert claim is not None
    await db.write(outbox.settle, claim, outcome, NOW)
    assert await StoreFacts(db).was_done("k") == done
    assert not await StoreFacts(db).was_done("never decided")


def deployed(environment: str, head: str, minutes: int, *, is_production: bool = True) -> DeploymentSeen:
    at = NOW + timedelta(minutes=minutes)
    new = Deployment(environment=environment, is_production=is_production, head=Sha(head * 40), at=at)
    return DeploymentSeen(repo=REPO, deployment=new)


async def test_the_newest_deployment_of_each_environment_is_kept_whatever_comes_late(db: Database) -> None:
    told = [deployed("eu", "1", 5), deployed("eu", "2", 3), deployed("us", "3", 1), deployed("eu", "1", 5)]
    await apply(db, *told, deployed("us", "4", 2, is_production=False))
    found = await StoreFacts(db).deployments(REPO)
    assert found == (told[0].deployment, deployed("us", "4", 2, is_production=False).deployment)
    assert await StoreFacts(db).deployments(Repo(REPO.installation, REPO.id + 1)) == ()
