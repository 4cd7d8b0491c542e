"""The outbox: a key once, a lane in order, results handed on, nobody forgotten behind a write that failed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from bot.model.outbox import Claim, Deadline
from bot.model.outcomes import (
    Adopted,
    AlreadyDone,
    Denied,
    Done,
    DryRun,
    Failed,
    Held,
    NoOp,
    Outcome,
    Overridden,
    Stale,
    Unknown,
)
from bot.model.writes import AnyWrite, Receipt, ResultOf
from bot.ports import LeaseLost
from bot.store import outbox, reservations, views
from bot.store.database import Database, parse_url
from bot.store.postgres import connect
from bot.store.schema import lanes
from bot.store.schema import outbox as table
from bot.store.views import WriteRow
from bot.worker.outbox import Outbox
from tests.store.conftest import Server
from tests.store.given import LATER, NOW, PAST, add_writes, comment, create_issue, issue, label, link, receipt
from tests.unit.ports_in_memory import MemoryWriter, Scene

ENDS: list[tuple[Outcome, str]] = [
    (Done(receipt(5)), "done"),
    (AlreadyDone(receipt(5)), "done"),
    (Adopted(receipt(5)), "adopted"),
    (NoOp(receipt(5), "there already"), "no_op"),
    (DryRun("dry run"), "dry_run"),
    (Overridden("a human"), "overridden"),
    (Stale("closed"), "stale"),
    (Denied("403"), "denied"),
]
PAUSES: list[tuple[Outcome, str]] = [
    (Held(LATER, "ceiling"), "held"),
    (Failed(LATER, "limit"), "failed"),
    (Unknown(LATER, "no answer"), "unknown"),
]


async def claim(db: Database, worker: str = "w", lease: float = 15) -> Claim | None:
    return await db.write(outbox.claim, worker=worker, lease=lease)


async def claimed(db: Database, lease: float = 15) -> Claim:
    found = await claim(db, lease=lease)
    assert found is not None
    return found


async def settle(db: Database, held: Claim, outcome: Outcome) -> None:
    await db.write(outbox.settle, held, outcome, NOW)


async def row_of(db: Database, key: str) -> WriteRow:
    (row,) = [row for row in await db.read(views.list_writes, 100) if row.key == key]
    return row


async def test_a_key_is_stored_once_and_the_first_body_stays(db: Database) -> None:
    await db.write(add_writes, label("k", name="first"))
    await db.write(add_writes, label("k", name="second"))
    held = await claimed(db)
    assert held.write == label("k", name="first")
    await settle(db, held, Done(receipt()))
    assert await claim(db) is None


async def test_every_write_comes_out_as_it_went_in(db: Database) -> None:
    wanted = [create_issue("a"), link("b", "a"), comment("c", "made ", ResultOf("a"), "!"), label("d")]
    await db.write(add_writes, *wanted)
    for write in wanted:
        held = await claimed(db)
        assert held.write == write
        await settle(db, held, Done(receipt()))


async def test_a_lane_lets_one_write_out_at_a_time_in_order(db: Database) -> None:
    await db.write(add_writes, label("a"), label("b"))
    held = await claimed(db)
    assert held.write.key == "a"
    assert await claim(db) is None
    await settle(db, held, Done(receipt()))
    assert (await claimed(db)).write.key == "b"


async def test_lanes_do_not_wait_for_each_other(db: Database) -> None:
    await db.write(lambda conn: add_writes(conn, label("a", 1), number=1))
    await db.write(lambda conn: add_writes(conn, label("b", 2), number=2))
    assert {(await claimed(db)).write.key, (await claimed(db)).write.key} == {"a", "b"}


@pytest.mark.parametrize(("outcome", "state"), ENDS + PAUSES)
async def test_every_outcome_has_its_state_and_keeps_its_reason(db: Database, outcome: Outcome, state: str) -> None:
    await db.write(add_writes, label("k"))
    await settle(db, await claimed(db), outcome)
    row = await row_of(db, "k")
    assert row.state == state
    assert row.why == getattr(outcome, "why", "")
    assert await db.read(outbox.receipt, "k") == getattr(outcome, "receipt", None)
    assert (row.settled_at is None) == ((outcome, state) in PAUSES)
    assert await claim(db) is None


@pytest.mark.parametrize(
    "pause", [lambda when: Held(when, "x"), lambda when: Failed(when, "x"), lambda when: Unknown(when, "x")]
)
async def test_a_pause_lets_later_writes_pass_and_ends_in_time(
    db: Database, pause: Callable[[object], Outcome]
) -> None:
    await db.write(add_writes, label("a"), label("b"))
    await settle(db, await claimed(db), pause(LATER))
    second = await claimed(db)
    assert second.write.key == "b"
    await settle(db, second, pause(PAST))
    assert (await claimed(db)).write.key == "b"


async def test_a_write_waits_for_the_result_it_needs_and_is_given_it(db: Database) -> None:
    await db.write(add_writes, create_issue("child"), link("link", "child"), label("other"))
    child = await claimed(db)
    await settle(db, child, Held(LATER, "ceiling"))
    assert (await claimed(db)).write.key == "other"
    made = Receipt(id=900, number=9, at="2026-03-01T12:00:00Z")
    await db.write(outbox.settle, await expire(db, "child"), Done(made), NOW)
    await settle(db, await expire(db, "other"), Done(receipt()))
    held = await claimed(db)
    assert held.write.key == "link"
    assert held.results == {"child": made}


async def expire(db: Database, key: str) -> Claim:
    """Claims `key` whatever holds it back: its time has come, and whoever had the lane fell silent."""

    def only_this_is_due(conn: Connection) -> None:
        conn.execute(lanes.update().values(item=None))
        conn.execute(table.update().values(not_before=LATER))
        conn.execute(table.update().where(table.c.key == key).values(not_before=PAST))

    await db.write(only_this_is_due)
    held = await claimed(db)
    assert held.write.key == key
    await db.write(lambda conn: conn.execute(table.update().values(not_before=PAST)))
    return held


async def test_a_write_that_needs_two_results_waits_for_both(db: Database) -> None:
    await db.write(
        add_writes, create_issue("one"), create_issue("two"), comment("both", ResultOf("one"), ResultOf("two"))
    )
    await settle(db, await claimed(db), Done(receipt(1)))
    second = await claimed(db)
    await settle(db, second, Failed(LATER, "limit"))
    assert await claim(db) is None
    await settle(db, await expire(db, "two"), Done(receipt(2)))
    assert (await claimed(db)).results == {"one": receipt(1), "two": receipt(2)}


async def test_a_result_that_comes_while_a_dependent_is_being_decided_is_not_missed(postgres: Server) -> None:
    """Two transactions at once, which only PostgreSQL allows: one adds the dependent, one settles what it needs."""
    postgres.empty()
    engine = connect(parse_url(postgres.url))
    with engine.begin() as conn:
        add_writes(conn, create_issue("child"))
        held = outbox.claim(conn, worker="w", lease=15)
    assert held is not None
    with engine.connect() as deciding, engine.connect() as settling:

        def settle_it() -> None:
            outbox.settle(settling, held, Done(receipt(8)), NOW)
            settling.commit()

        add_writes(deciding, link("link", "child"))
        settled = asyncio.create_task(asyncio.to_thread(settle_it))
        await asyncio.sleep(0.2)
        deciding.commit()
        await asyncio.wait_for(settled, 10)
    with engine.begin() as conn:
        dependent = outbox.claim(conn, worker="w", lease=15)
    engine.dispose()
    assert dependent is not None
    assert dependent.results == {"child": receipt(8)}


async def test_every_failure_counts_once_whether_it_got_as_far_as_an_intent_or_not(db: Database) -> None:
    """Else the waits of a write whose conditions cannot be read would never grow."""
    await db.write(add_writes, label("k"))
    await settle(db, await claimed(db), Failed(PAST, "a read failed"))
    held = await claimed(db)
    assert (held.attempts, held.doubts) == (1, 0)
    await db.write(reservations.reserve, held, (), NOW)
    await db.write(reservations.give_back, held)
    await settle(db, held, Failed(PAST, "no connection"))
    held = await claimed(db)
    assert (held.attempts, held.doubts) == (2, 0)
    await settle(db, held, Held(PAST, "kill switch"))
    assert (await claimed(db)).attempts == 2


async def test_a_budget_that_holds_one_write_holds_what_follows_it_in_its_lane_and_keeps_their_order(
    db: Database,
) -> None:
    await db.write(add_writes, create_issue("first"), link("link", "first"), label("label"))
    await db.write(add_writes, comment("elsewhere", number=2), number=2)
    soon = datetime.now(UTC) + timedelta(seconds=2)
    await settle(db, await claimed(db), Held(soon, "pacing", whole_lane=True))
    other = await claimed(db)
    assert other.write.key == "elsewhere", "the other lane's turn comes later by itself"
    await settle(db, other, Done(receipt()))
    assert await db.write(outbox.claim, worker="w", lease=60) is None
    assert (await row_of(db, "label")).state == "held"
    await asyncio.sleep(2.1)
    order = []
    for _ in range(3):
        held = await claimed(db)
        order.append(held.write.key)
        await settle(db, held, Done(receipt()))
    assert order == ["first", "link", "label"]


async def test_a_ceiling_holds_one_write_alone(db: Database) -> None:
    await db.write(add_writes, create_issue("first"), label("label"))
    await settle(db, await claimed(db), Held(LATER, "ceiling"))
    assert (await claimed(db)).write.key == "label"


async def test_in_a_dry_run_dependents_go_on_without_a_result(db: Database) -> None:
    await db.write(add_writes, create_issue("child"), link("link", "child"))
    await settle(db, await claimed(db), DryRun("dry"))
    held = await claimed(db)
    assert held.write.key == "link"
    assert held.results == {}


@pytest.mark.parametrize("end", [Denied("410"), Stale("closed"), Overridden("a human")])
async def test_who_needs_the_result_of_a_write_that_is_given_up_ends_too_and_names_it(
    db: Database, end: Outcome
) -> None:
    await db.write(
        add_writes, create_issue("child"), link("link", "child"), comment("says", ResultOf("link")), label("free")
    )
    await settle(db, await claimed(db), end)
    assert (await claimed(db)).write.key == "free"
    link_row, says_row = await row_of(db, "link"), await row_of(db, "says")
    assert (link_row.state, says_row.state) == ("stale", "stale")
    assert "child" in link_row.why
    assert "link" in says_row.why


async def test_a_write_decided_after_its_dependency_ended_knows_it(db: Database) -> None:
    await db.write(add_writes, create_issue("done"), create_issue("gone"))
    await settle(db, await claimed(db), Done(receipt(8)))
    await settle(db, await claimed(db), Denied("410"))
    await db.write(add_writes, link("late", "done"), link("lost", "gone"))
    held = await claimed(db)
    assert (held.write.key, held.results) == ("late", {"done": receipt(8)})
    assert (await row_of(db, "lost")).state == "stale"


async def test_a_write_may_only_need_an_earlier_one(db: Database) -> None:
    with pytest.raises(outbox.NoSuchWrite, match="later"):
        await db.write(add_writes, link("link", "later"), create_issue("later"))
    assert await db.read(views.list_writes, 10) == ()


async def test_a_write_whose_worker_died_is_claimed_again_with_its_intent(db: Database) -> None:
    await db.write(add_writes, create_issue("k"))
    dead = await claimed(db, lease=0.2)
    assert await db.write(reservations.reserve, dead, (), NOW) is None
    assert await claim(db) is None
    await asyncio.sleep(0.3)
    heir = await claim(db, worker="heir")
    assert heir is not None
    assert (heir.write.key, heir.intent_at, heir.attempts, heir.doubts) == ("k", NOW, 1, 1)
    for late in (Done(receipt()), Held(LATER, "late")):
        with pytest.raises(LeaseLost):
            await settle(db, dead, late)
    with pytest.raises(LeaseLost):
        await db.write(reservations.reserve, dead, (), NOW)
    with pytest.raises(LeaseLost):
        await db.write(reservations.give_back, dead)
    with pytest.raises(LeaseLost):
        await db.write(outbox.renew, dead)
    await settle(db, heir, Adopted(receipt()))
    with pytest.raises(LeaseLost):
        await settle(db, heir, Done(receipt()))


async def test_a_renewed_claim_keeps_its_lane(db: Database) -> None:
    await db.write(add_writes, label("a"), label("b"))
    held = await claimed(db, lease=0.4)
    for _ in range(3):
        await asyncio.sleep(0.2)
        assert await db.write(outbox.renew, held) > held.deadline.at
        assert await claim(db) is None


class SendsOnceRenewed(MemoryWriter):
    """Whatever comes before the request takes until the lease has been renewed; then the permit is looked at."""

    async def perform(self, write: AnyWrite, *, deadline: Deadline) -> Receipt:
        at_first = deadline.at
        while True:
            await asyncio.sleep(0.01)
            if deadline.at > at_first:
                return await MemoryWriter.perform(self, write, deadline=deadline)


async def test_a_write_that_takes_longer_than_its_lease_still_has_a_permit_when_it_goes_out(db: Database) -> None:
    """It was refused by its own door, given back and tried again, for ever: only the store knew of the renewal."""
    await db.write(add_writes, label("slow"))
    scene = Scene(writer=SendsOnceRenewed())
    sending = Outbox(database=db, guard=scene.guard(), worker="w", lease=0.3, now=lambda: NOW)
    assert await asyncio.wait_for(sending.step(), 60)
    assert (await row_of(db, "slow")).state == "done"


async def test_an_intent_survives_a_hold(db: Database) -> None:
    """The kill switch holds a write that may have been sent: later its trace must still be looked for."""
    await db.write(add_writes, create_issue("k"))
    held = await claimed(db)
    await db.write(reservations.reserve, held, (), NOW)
    await settle(db, held, Held(PAST, "kill switch"))
    assert (await claimed(db)).intent_at == NOW


async def test_a_write_of_a_kind_only_a_newer_version_knows_is_left_alone(db: Database) -> None:
    await db.write(add_writes, label("new"), label("old"))
    await db.write(lambda conn: conn.execute(table.update().where(table.c.key == "new").values(kind="MovePlanet")))
    assert (await claimed(db)).write.key == "old"
    assert (await row_of(db, "new")).state == "waiting"


async def test_a_write_that_cannot_be_read_is_given_up_and_says_so(db: Database) -> None:
    await db.write(add_writes, label("bad"), label("good"))
    await db.write(
        lambda conn: conn.execute(table.update().where(table.c.key == "bad").values(body='{"type":"AddLabel"}'))
    )
    assert (await claimed(db)).write.key == "good"
    row = await row_of(db, "bad")
    assert row.state == "denied"
    assert "cannot be read" in row.why


async def test_pending_names_what_is_open_in_a_lane_or_about_its_issue(db: Database) -> None:
    await db.write(add_writes, label("mine"), label("done"))
    await db.write(lambda conn: add_writes(conn, label("of another lane", 1), label("foreign", 2), number=2))
    first = await claimed(db)
    assert first.write.key == "mine"
    await settle(db, first, Held(LATER, "ceiling"))
    second = await claimed(db)
    await settle(db, second, Done(receipt()))
    assert {write.key for write in await db.read(outbox.pending, issue(1))} == {"mine", "of another lane"}
