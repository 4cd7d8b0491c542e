"""The ledger: never one too many, whoever writes at the same moment, and given back only when nothing was sent."""

import asyncio
import sys
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.model.outbox import Charge, Claim
from bot.model.outcomes import Done, Failed, Unknown
from bot.store import outbox, reservations
from bot.store.database import Database
from bot.store.schema import outbox as table
from tests.store.given import NOW, PAST, add_writes, comment, label, receipt

ALL = Charge(0, "", 100)


def many_lanes(conn: Connection, count: int) -> None:
    for number in range(1, count + 1):
        add_writes(conn, label(f"k{number}", number), number=number)


async def claimed(db: Database) -> Claim:
    found = await db.write(outbox.claim, worker="w", lease=15)
    assert found is not None
    return found


async def used(db: Database, charge: Charge = ALL, days: int = 0) -> int:
    return await db.read(reservations.used, charge, (NOW + timedelta(days=days)).date())


async def test_the_first_charge_without_room_is_named_and_nothing_is_reserved(db: Database) -> None:
    await db.write(many_lanes, 2)
    one, two = await claimed(db), await claimed(db)
    labels, total = Charge(7, "labels", 5), Charge(0, "", 1)
    assert await db.write(reservations.reserve, one, (labels, total), NOW) is None
    assert await db.write(reservations.reserve, two, (labels, total), NOW) == total
    assert await used(db) == 1
    row = await db.read(lambda conn: conn.execute(table.select().where(table.c.key == two.write.key)).one())
    assert (row.state, row.intent_at, row.attempts) == ("waiting", None, 0)


@pytest.mark.parametrize(
    ("charge", "counts"),
    [
        (Charge(7, "labels", 9), 1),
        (Charge(7, "", 9), 1),
        (Charge(0, "labels", 9), 1),
        (Charge(0, "", 9), 1),
        (Charge(8, "", 9), 0),
        (Charge(7, "comments", 9), 0),
    ],
)
async def test_a_reservation_counts_for_its_surface_its_installation_and_the_whole_app(
    db: Database, charge: Charge, counts: int
) -> None:
    await db.write(many_lanes, 1)
    await db.write(reservations.reserve, await claimed(db), (ALL,), NOW)
    assert await used(db, charge) == counts


async def test_the_day_is_utc_and_the_next_one_starts_at_zero(db: Database) -> None:
    await db.write(many_lanes, 2)
    limit = Charge(0, "", 1)
    assert await db.write(reservations.reserve, await claimed(db), (limit,), NOW) is None
    second = await claimed(db)
    assert await db.write(reservations.reserve, second, (limit,), NOW) == limit
    assert await db.write(reservations.reserve, second, (limit,), NOW + timedelta(days=1)) is None
    assert (await used(db), await used(db, days=1)) == (1, 1)


async def test_a_write_keeps_the_reservation_it_has_whatever_the_limit_is_now(db: Database) -> None:
    await db.write(many_lanes, 1)
    held = await claimed(db)
    await db.write(reservations.reserve, held, (ALL,), NOW)
    await db.write(outbox.settle, held, Unknown(PAST, "no answer"), NOW)
    again = await claimed(db)
    assert again.intent_at == NOW
    later = NOW + timedelta(minutes=2)
    assert await db.write(reservations.reserve, again, (Charge(0, "", 0),), later) is None
    assert await used(db) == 1
    await db.write(outbox.settle, again, Unknown(PAST, "no answer"), later)
    assert ((third := await claimed(db)).intent_at, third.attempts) == (later, 2)


async def test_what_was_given_back_costs_nothing_and_is_no_intent(db: Database) -> None:
    await db.write(many_lanes, 1)
    held = await claimed(db)
    await db.write(reservations.reserve, held, (ALL,), NOW)
    await db.write(reservations.give_back, held)
    assert await used(db) == 0
    await db.write(outbox.settle, held, Failed(PAST, "refused connection"), NOW)
    assert (await claimed(db)).intent_at is None


async def test_a_try_is_a_doubt_until_it_is_given_back(db: Database) -> None:
    """Counted with the intent: whoever is killed while sending says nothing more."""
    await db.write(many_lanes, 1)
    seen = []
    for refused in (None, False, True):
        held = await claimed(db)
        await db.write(reservations.reserve, held, (ALL,), NOW)
        if refused is not None:
            await db.write(reservations.give_back, held, refused=refused)
        await db.write(outbox.settle, held, Unknown(PAST, "?") if refused is None else Failed(PAST, "no"), NOW)
        row = await db.read(lambda conn: conn.execute(table.select()).one())
        seen.append((row.attempts, row.doubts, row.refusals))
    assert seen == [(1, 1, 0), (2, 1, 0), (3, 1, 1)]
    again = await claimed(db)
    assert (again.attempts, again.doubts, again.refusals) == (3, 1, 1)


async def test_what_is_done_goes_on_counting(db: Database) -> None:
    await db.write(many_lanes, 1)
    held = await claimed(db)
    await db.write(reservations.reserve, held, (ALL,), NOW)
    await db.write(outbox.settle, held, Done(receipt()), NOW)
    assert await used(db) == 1


async def test_two_processes_with_sixteen_writers_each_never_exceed_a_ceiling(db: Database, url: str) -> None:
    """96 writes of 96 lanes, room for 40: exactly 40 are reserved, in two processes at once."""
    await db.write(many_lanes, 96)
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.store.reserver", url, "16", "40")
        for _ in range(2)
    ]
    assert [await asyncio.wait_for(process.wait(), 60) for process in started] == [0, 0]
    assert await used(db) == 40
    assert await db.write(outbox.claim, worker="w", lease=15) is None, "a write was left out"


async def test_a_comment_costs_the_comments_ceiling(db: Database) -> None:
    await db.write(add_writes, comment("c"))
    await db.write(reservations.reserve, await claimed(db), (Charge(7, "comments", 1),), NOW)
    assert await used(db, Charge(7, "comments", 1)) == 1
