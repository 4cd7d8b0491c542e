"""A decision is one transaction: all of it is stored, or the job is still there and nothing else is."""

import pytest
from sqlalchemy import Connection, func, select

from bot.model.codec import decode
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.plan import Plan
from bot.model.records import PlanStored, QuestionAsked
from bot.ports import LeaseLost
from bot.store import decisions, inbox, jobs, outbox, views
from bot.store.database import Database
from bot.store.errors import Conflict
from bot.store.jobs import Job
from bot.store.outbox import NoSuchWrite
from bot.store.reader import StoreFacts
from bot.store.schema import metadata
from tests.store.given import NOW, PAST, REPO, add_job, claim_job, issue, label, link
from tests.store.test_records import SHA, plan

ASKED = QuestionAsked(id="9/1", issue=issue(), round=1, asked_of="ada", write_key="q")
TAKEN = PlanStored(plan=plan(1, branch="other"))
DECISION = Decision(
    rule="ask",
    why="The body is empty.",
    writes=(label("l"),),
    records=(ASKED,),
    wakes=(Wake(issue(2), "child-done"), Wake(issue(3), "child-done")),
)


async def running(db: Database, guid: str = "a") -> Job:
    await db.write(add_job, guid)
    job = await db.write(claim_job)
    assert job is not None
    return job


def counts(conn: Connection) -> dict[str, int]:
    return {name: conn.scalar(select(func.count()).select_from(table)) or 0 for name, table in metadata.tables.items()}


async def test_everything_a_decision_changes_is_stored_with_it(db: Database) -> None:
    job = await running(db)
    decided = await db.write(decisions.commit, job, DECISION, NOW)
    (row,) = await db.read(views.list_decisions, 10)
    assert (row.id, row.job, row.rule, row.why) == (decided, job.id, "ask", "The body is empty.")
    assert decode(row.body, Decision) == DECISION
    assert [write.key for write in await db.read(views.writes_of, decided)] == ["l"]
    assert (await StoreFacts(db).open_question(issue())) is not None
    claim = await db.write(outbox.claim, worker="w", lease=15)
    assert claim is not None
    assert claim.write == label("l")


async def test_a_wake_enters_through_the_inbox_as_an_event_of_the_lane_it_wakes(db: Database) -> None:
    await db.write(decisions.commit, await running(db), DECISION, NOW)
    woken = await db.read(inbox.unread, 10)
    events = [decode(delivery.body, Event) for delivery in woken]
    assert [(event.kind, event.subject) for event in events] == [
        (("wake", "child-done"), issue(2)),
        (("wake", "child-done"), issue(3)),
    ]
    assert [event.delivery for event in events] == [delivery.guid for delivery in woken]


async def test_nothing_is_stored_when_another_worker_has_the_job(db: Database) -> None:
    job = await running(db)
    await db.write(jobs.retry, job, "taken away", PAST)
    assert await db.write(claim_job, "other") is not None
    before = await db.read(counts)
    with pytest.raises(LeaseLost):
        await db.write(decisions.commit, job, DECISION, NOW)
    assert await db.read(counts) == before


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (
            Decision(
                rule="r", why="w", records=(ASKED, PlanStored(plan=plan(1, branch="other"))), writes=(label("l"),)
            ),
            Conflict,
        ),
        (Decision(rule="r", why="w", records=(ASKED,), writes=(label("l"), link("x", "nobody"))), NoSuchWrite),
    ],
)
async def test_a_decision_that_does_not_fit_stores_nothing_and_the_job_is_still_held(
    db: Database, broken: Decision, error: type[Exception]
) -> None:
    await db.write(decisions.commit, await running(db, "first"), _planned(), NOW)
    job = await running(db)
    before = await db.read(counts)
    with pytest.raises(error):
        await db.write(decisions.commit, job, broken, NOW)
    assert await db.read(counts) == before
    await db.write(jobs.renew, job)
    await db.write(decisions.commit, job, Decision(rule="r", why="better now"), NOW)


async def test_a_decision_counts_once(db: Database) -> None:
    job = await running(db)
    await db.write(decisions.commit, job, DECISION, NOW)
    with pytest.raises(LeaseLost):
        await db.write(decisions.commit, job, DECISION, NOW)
    assert len(await db.read(views.list_decisions, 10)) == 1


def _planned() -> Decision:
    stored = Plan(id=1, issue=issue(), base_branch="main", base=SHA, branch="interlock/1-first")
    assert stored.issue.repo == REPO
    return Decision(rule="plan", why="asked for", records=(PlanStored(plan=stored),))
