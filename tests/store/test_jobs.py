"""Jobs: one lane strictly in order, one at a time, whoever dies; poison ends as a dead letter and frees the lane."""

import asyncio

import pytest
from sqlalchemy import Connection

from bot.model.outcomes import Done, Failed, Held, Unknown
from bot.ports import LeaseLost
from bot.store import jobs, outbox, reservations
from bot.store.database import Database, parse_url
from bot.store.jobs import Job
from bot.store.postgres import connect
from bot.store.schema import jobs as table
from bot.store.schema import lanes
from tests.store.conftest import Server
from tests.store.given import (
    LATER,
    NOW,
    PAST,
    add_job,
    add_writes,
    claim_job,
    comment,
    create_issue,
    deliver,
    event,
    label,
    lease_ended,
    link,
    receipt,
)


async def test_a_lane_runs_its_jobs_in_order_and_one_at_a_time(db: Database) -> None:
    for guid in ("a", "b"):
        await db.write(add_job, guid)
    first = await db.write(claim_job)
    assert first is not None
    assert await db.write(claim_job) is None
    await db.write(jobs.finish, first)
    second = await db.write(claim_job)
    assert second is not None
    assert second.delivery > first.delivery


async def test_lanes_do_not_wait_for_each_other(db: Database) -> None:
    await db.write(add_job, "a", 1)
    await db.write(add_job, "b", 2)
    numbers = {job.number for job in [await db.write(claim_job), await db.write(claim_job)] if job}
    assert numbers == {1, 2}


async def test_the_same_handler_subject_and_ordinal_of_a_delivery_make_one_job(db: Database) -> None:
    delivery = await db.write(deliver, "a")

    async def enqueue(handler: str, number: int, ordinal: int) -> bool:
        return await db.write(jobs.enqueue, delivery=delivery, handler=handler, event=event(number), ordinal=ordinal)

    assert await enqueue("triage", 1, 0)
    assert not await enqueue("triage", 1, 0)
    assert await enqueue("triage", 1, 1)
    assert await enqueue("triage", 2, 0)
    assert await enqueue("plan", 1, 0)


async def test_a_job_whose_worker_fell_silent_goes_to_another_one_and_the_first_is_fenced_off(db: Database) -> None:
    await db.write(add_job, "a")
    lost = await db.write(claim_job, "first", 0.05)
    await asyncio.sleep(0.1)
    taken = await db.write(claim_job, "second")
    assert lost is not None
    assert taken is not None
    assert (taken.id, taken.attempts) == (lost.id, 2)
    assert taken.fence > lost.fence
    for late in (jobs.renew, jobs.finish):
        with pytest.raises(LeaseLost):
            await db.write(late, lost)
    with pytest.raises(LeaseLost):
        await db.write(jobs.retry, lost, "late", PAST)
    await db.write(jobs.finish, taken)
    with pytest.raises(LeaseLost):
        await db.write(jobs.finish, taken)


async def test_a_worker_does_not_take_over_from_itself_before_its_renewals_had_their_time(db: Database) -> None:
    """Its store stalled, and an idle one of its tasks claims before the renewal comes."""
    await db.write(add_job, "a")
    await db.write(add_writes, label("b", 2), number=2)
    mine, write = await db.write(claim_job, "me", 60), await db.write(outbox.claim, worker="me", lease=60)
    assert mine is not None
    assert write is not None
    await db.write(lease_ended, 1)
    assert await db.write(claim_job, "me") is None
    assert await db.write(outbox.claim, worker="me", lease=60) is None
    await db.write(jobs.renew, mine)
    await db.write(outbox.renew, write)
    await db.write(lease_ended, 1)
    taken, sent = await db.write(claim_job, "another"), await db.write(outbox.claim, worker="another", lease=60)
    assert taken is not None
    assert sent is not None
    assert (taken.id, sent.write.key) == (mine.id, "b")


async def test_a_worker_that_dropped_its_job_takes_it_up_again_when_the_lease_was_over_for_as_long(
    db: Database,
) -> None:
    await db.write(add_job, "a")
    dropped = await db.write(claim_job, "me", 60)
    assert dropped is not None
    await db.write(lease_ended, 61)
    again = await db.write(claim_job, "me")
    assert again is not None
    assert again.id == dropped.id


async def test_a_renewed_lease_is_not_taken_over(db: Database) -> None:
    await db.write(add_job, "a")
    job = await db.write(claim_job, "first", 0.4)
    assert job is not None
    for _ in range(3):
        await asyncio.sleep(0.2)
        assert await db.write(jobs.renew, job) > job.deadline
        assert await db.write(claim_job, "second") is None


async def test_a_job_that_backs_off_holds_its_lane(db: Database) -> None:
    await db.write(add_job, "a")
    await db.write(add_job, "b")
    job = await db.write(claim_job)
    assert job is not None
    assert await db.write(jobs.retry, job, "boom", LATER)
    assert await db.write(claim_job) is None


async def test_the_fifth_failure_buries_the_job_and_frees_the_lane(db: Database) -> None:
    await db.write(add_job, "a")
    await db.write(add_job, "b")
    for attempt in range(1, 6):
        job = await db.write(claim_job)
        assert job is not None
        assert job.attempts == attempt
        assert await db.write(jobs.retry, job, f"boom {attempt}", PAST) is (attempt < 5)
    after = await db.write(claim_job)
    assert after is not None
    assert after.id != job.id
    dead = await db.read(lambda conn: conn.execute(table.select().where(table.c.state == "dead")).one())
    assert (dead.id, dead.error) == (job.id, "boom 5")


async def test_a_job_that_kills_its_worker_five_times_is_not_begun_a_sixth_time(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await db.write(add_job, "a")
    await db.write(add_job, "b")
    killer = None
    for _ in range(5):
        job = await db.write(claim_job, "w", 0.01)
        assert job is not None
        assert killer in (None, job.id)
        killer = job.id
        await asyncio.sleep(0.03)
    await db.write(postpone_all_but, killer)
    assert await db.write(claim_job) is None  # buries it
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"job {killer} (triage) of lane 70/1 is dead: begun 5 times and never finished.")
    ]
    with pytest.raises(LeaseLost):  # a worker that was only slow cannot bring it back
        await db.write(jobs.finish, job)
    await db.write(lambda conn: conn.execute(table.update().values(not_before=PAST)))
    after = await db.write(claim_job)
    assert after is not None
    assert after.id != killer


def postpone_all_but(conn: Connection, job: int) -> None:
    conn.execute(table.update().where(table.c.id != job).values(not_before=LATER))


async def test_a_postponed_job_has_used_no_attempt(db: Database) -> None:
    await db.write(add_job, "a")
    for _ in range(7):
        job = await db.write(claim_job)
        assert job is not None
        assert job.attempts == 1
        await db.write(jobs.postpone, job, "limited", PAST)


async def test_a_lane_waits_until_its_writes_are_settled(db: Database) -> None:
    await db.write(add_job, "a")
    await db.write(add_writes, label("k"))
    assert await db.write(claim_job) is None  # waiting
    claim = await db.write(outbox.claim, worker="w", lease=15)
    assert claim is not None
    assert await db.write(claim_job) is None
    assert await db.write(reservations.reserve, claim, (), NOW) is None
    assert await db.write(claim_job) is None  # sent
    await db.write(outbox.settle, claim, Unknown(PAST, "no answer"), NOW)
    assert await db.write(claim_job) is None  # unknown
    claim = await db.write(outbox.claim, worker="w", lease=15)
    assert claim is not None
    await db.write(outbox.settle, claim, Done(receipt()), NOW)
    assert await db.write(claim_job) is not None


@pytest.mark.parametrize("outcome", [Held(LATER, "ceiling"), Failed(LATER, "limit")])
async def test_a_write_that_is_held_or_backs_off_does_not_block_its_lane_nor_does_who_waits_for_it(
    db: Database, outcome: Held | Failed
) -> None:
    await db.write(add_job, "a")
    await db.write(add_writes, create_issue("child"), link("link", "child"), comment("says", "made"))
    claim = await db.write(outbox.claim, worker="w", lease=15)
    assert claim is not None
    await db.write(outbox.settle, claim, outcome, NOW)
    assert await db.write(claim_job) is None  # the comment waits for nobody
    claim = await db.write(outbox.claim, worker="w", lease=15)
    assert claim is not None
    assert claim.write.key == "says"
    await db.write(outbox.settle, claim, Done(receipt()), NOW)
    assert await db.write(claim_job) is not None


async def test_a_write_of_another_lane_blocks_nothing(db: Database) -> None:
    await db.write(add_job, "a", 1)
    await db.write(lambda conn: add_writes(conn, label("k", 2), number=2))
    assert await db.write(claim_job) is not None


async def test_a_lease_from_before_the_machine_restarted_is_over(db: Database) -> None:
    """The monotonic clock starts again at a restart: a lease that began in its future was given before."""
    await db.write(add_job, "a")
    lost = await db.write(claim_job)
    hour = 3_600_000_000
    later = {"leased_at": lanes.c.leased_at + hour, "lease_until": lanes.c.lease_until + hour}
    await db.write(lambda conn: conn.execute(lanes.update().values(later)))
    taken = await db.write(claim_job)
    assert lost is not None
    assert taken is not None
    assert (taken.id, taken.fence) == (lost.id, lost.fence + 1)


async def test_a_job_that_is_added_while_the_lane_becomes_empty_is_not_forgotten(db: Database) -> None:
    for number in range(1, 41):
        await db.write(add_job, f"first {number}", number)
        first = await db.write(claim_job)
        assert first is not None
        await asyncio.gather(db.write(jobs.finish, first), db.write(add_job, f"second {number}", number))
        second = await db.write(claim_job)
        assert second is not None
        assert second.number == number
        await db.write(jobs.finish, second)


async def test_a_job_that_is_added_while_another_transaction_finishes_the_last_one_is_not_forgotten(
    postgres: Server,
) -> None:
    """The same with the two transactions open at the same time, which only PostgreSQL allows."""
    postgres.empty()
    engine = connect(parse_url(postgres.url))
    with engine.begin() as conn:
        add_job(conn, "first")
        last = claim_job(conn)
    assert last is not None
    with engine.connect() as adding, engine.connect() as finishing:
        add_job(adding, "second")
        finished = asyncio.create_task(asyncio.to_thread(_finish, finishing, last))
        await asyncio.sleep(0.2)
        adding.commit()
        await asyncio.wait_for(finished, 10)
    with engine.begin() as conn:
        second = claim_job(conn)
    assert second is not None
    assert second.id > last.id
    engine.dispose()


async def test_transactions_that_add_jobs_to_the_same_lanes_in_opposite_order_come_one_after_the_other(
    postgres: Server,
) -> None:
    postgres.empty()
    engine = connect(parse_url(postgres.url))
    with engine.connect() as one, engine.connect() as other:

        def add_from_the_other_end() -> None:
            add_job(other, "third", 2)
            add_job(other, "fourth", 1)
            other.commit()

        add_job(one, "first", 1)
        added = asyncio.create_task(asyncio.to_thread(add_from_the_other_end))
        await asyncio.sleep(0.2)
        add_job(one, "second", 2)
        one.commit()
        await asyncio.wait_for(added, 10)
    with engine.begin() as conn:
        lanes_in_order = list(conn.scalars(table.select().with_only_columns(table.c.number).order_by(table.c.id)))
    engine.dispose()
    assert lanes_in_order == [1, 2, 2, 1]


def _finish(conn: Connection, job: Job) -> None:
    jobs.finish(conn, job)
    conn.commit()
