"""Small tables: kill switch, limits, names, tokens; and what people see of the store."""

from datetime import datetime, timedelta

import pytest

from bot.model.ids import Repo
from bot.model.outcomes import Held, Unknown
from bot.store import inbox, jobs, limits, outbox, repositories, switches, tokens, views
from bot.store.database import Database
from bot.store.errors import Conflict
from bot.store.ledger import StoreLedger
from bot.store.limits import StoreLimits
from bot.store.repositories import StoreNames
from bot.store.schema import tokens as token_table
from tests.store.given import LATER, NOW, REPO, add_job, add_writes, claim_job, label

SOON = NOW + timedelta(minutes=1)


async def stop(db: Database, repo: int, reason: str) -> None:
    await db.write(switches.stop, repo, reason=reason, by="ada", now=NOW)


async def test_the_kill_switch_of_a_repository_stops_only_that_one(db: Database) -> None:
    ledger = StoreLedger(db)
    assert await ledger.stopped(REPO) == ""
    await stop(db, REPO.id, "flood")
    assert await ledger.stopped(REPO) == "stopped by ada: flood"
    assert await ledger.stopped(Repo(7, 71)) == ""
    assert await db.write(switches.resume, REPO.id)
    assert not await db.write(switches.resume, REPO.id)
    assert await ledger.stopped(REPO) == ""


async def test_the_kill_switch_of_the_app_stops_everything_and_is_named_first(db: Database) -> None:
    await stop(db, REPO.id, "flood")
    await stop(db, switches.APP, "incident")
    await stop(db, switches.APP, "incident 12")
    assert await StoreLedger(db).stopped(REPO) == "stopped by ada: incident 12"
    assert await StoreLedger(db).stopped(Repo(8, 80)) == "stopped by ada: incident 12"
    assert [switch.repo for switch in await db.read(switches.all_switches)] == [0, REPO.id]


async def test_a_kill_switch_needs_a_reason(db: Database) -> None:
    with pytest.raises(ValueError, match="reason"):
        await stop(db, 0, "")


async def test_of_two_limits_the_later_one_counts_and_each_is_a_strike(db: Database) -> None:
    kept = StoreLimits(db)
    assert await kept.blocked_until(7) is None
    await kept.block(7, LATER, "secondary limit")
    await kept.block(7, SOON, "primary limit")
    assert await kept.blocked_until(7) == LATER
    assert await db.read(limits.limit_of, 7) == limits.Limit(until=LATER, why="secondary limit", strikes=2)
    assert await kept.blocked_until(8) is None
    await db.write(limits.clear, 7)
    assert (await db.write(limits.block, 7, SOON, "again")).strikes == 1


async def test_the_newest_name_of_a_repository_counts_even_if_older_news_come_later(db: Database) -> None:
    names = StoreNames(db)
    assert await names.name(REPO) == ""
    await db.write(repositories.remember, REPO, "old/name", NOW)
    await db.write(repositories.remember, Repo(8, REPO.id), "new/name", SOON)
    await db.write(repositories.remember, REPO, "older/name", NOW - timedelta(hours=1))
    assert await names.name(REPO) == "new/name"
    assert await db.read(repositories.by_name, "New/NAME") == Repo(8, REPO.id)
    assert await db.read(repositories.by_name, "old/name") is None
    await names.remember(REPO, "newest/name")
    assert await names.name(REPO) == "newest/name"


async def test_of_two_repositories_that_had_a_name_the_one_seen_last_has_it(db: Database) -> None:
    await db.write(repositories.remember, Repo(7, 1), "o/r", NOW)
    await db.write(repositories.remember, Repo(7, 2), "o/r", SOON)
    assert await db.read(repositories.by_name, "o/r") == Repo(7, 2)


async def test_a_token_is_shown_once_and_only_its_digest_is_kept(db: Database) -> None:
    token = await db.write(tokens.create, "laptop", 70, NOW)
    assert await db.read(tokens.check, token) == tokens.Runner(name="laptop", repository=70)
    for wrong in (token[:-1], token + "x", token.upper(), "", "\ud800"):
        assert await db.read(tokens.check, wrong) is None
    row = await db.read(lambda conn: conn.execute(token_table.select()).one())
    assert token not in str(row)
    assert token.removeprefix(tokens.PREFIX) not in str(row)


async def test_a_revoked_token_opens_nothing_and_its_name_is_not_given_again(db: Database) -> None:
    token = await db.write(tokens.create, "laptop", None, NOW)
    assert await db.write(tokens.revoke, "laptop", NOW)
    assert not await db.write(tokens.revoke, "laptop", NOW)
    assert not await db.write(tokens.revoke, "nobody", NOW)
    assert await db.read(tokens.check, token) is None
    with pytest.raises(Conflict):
        await db.write(tokens.create, "laptop", None, NOW)


async def accept(db: Database, guid: str, when: datetime) -> None:
    await db.write(inbox.accept, guid=guid, source="github", name="issues", body=b"x", received_at=when)


async def test_health_tells_what_waits_since_when_and_what_was_given_up(db: Database) -> None:
    empty = await db.read(views.health)
    assert (empty.unread, empty.unfinished, empty.dead, empty.oldest_unread, empty.lag(NOW)) == (0, 0, 0, None, 0)
    for guid, when in (("dead", NOW), ("old", NOW), ("new", SOON)):
        await accept(db, guid, when)
    await db.write(inbox.mark_dead, (await db.read(inbox.unread, 1))[0].id, "no JSON")
    for number, guid in enumerate(("poison", "waiting"), start=1):
        await db.write(add_job, guid, number)
    job = await db.write(claim_job)
    assert job is not None
    await db.write(jobs.bury, job, "boom")
    await db.write(add_writes, label("a"), label("b"), label("c"))
    for outcome in (Held(LATER, "ceiling"), Unknown(LATER, "no answer")):
        claim = await db.write(outbox.claim, worker="w", lease=15)
        assert claim is not None
        await db.write(outbox.settle, claim, outcome, NOW)
    found = await db.read(views.health)
    assert (found.unread, found.oldest_unread, found.unfinished, found.oldest_unfinished) == (2, NOW, 1, NOW)
    assert (found.dead, found.held, found.unknown, found.failed) == (2, 1, 1, 0)
    assert found.lag(NOW + timedelta(seconds=90)) == 90


async def test_lists_show_the_newest_first_and_no_more_than_asked(db: Database) -> None:
    for number in range(3):
        await accept(db, f"g{number}", NOW)
    rows = await db.read(views.deliveries, 2)
    assert [(row.guid, row.state) for row in rows] == [("g2", "unread"), ("g1", "unread")]
    for number, guid in enumerate(("a", "b"), start=1):
        await db.write(add_job, guid, number)
    assert [row.number for row in await db.read(views.unfinished_jobs, 9)] == [2, 1]
    await db.write(inbox.mark_dead, rows[0].id, "no JSON")
    job = await db.write(claim_job)
    assert job is not None
    await db.write(jobs.bury, job, "boom")
    letters = await db.read(views.dead_letters, 9)
    assert {(letter.kind, letter.what, letter.error) for letter in letters} == {
        ("delivery", "issues", "no JSON"),
        ("job", "triage", "boom"),
    }
