"""The inbox: a GUID once for ever, the bytes as they came, oldest first, one reader at a time."""

import asyncio
import os

import pytest
from sqlalchemy import Connection

from bot.store import inbox
from bot.store.database import Database
from bot.store.schema import inbox as table
from tests.store.given import NOW


async def accept(db: Database, guid: str, body: bytes = b"{}") -> bool:
    return await db.write(inbox.accept, guid=guid, source="github", name="issues", body=body, received_at=NOW)


async def test_a_delivery_comes_out_as_it_came_in(db: Database) -> None:
    body = os.urandom(20_000) + b"\x00\xff not json"
    assert await accept(db, "a", body)
    (delivery,) = await db.read(inbox.unread, 10)
    assert (delivery.guid, delivery.source, delivery.name) == ("a", "github", "issues")
    assert delivery.body == body
    assert delivery.received_at == NOW


async def test_a_guid_is_accepted_once_even_long_after_it_was_read(db: Database) -> None:
    assert await accept(db, "a")
    assert not await accept(db, "a")
    (delivery,) = await db.write(inbox.take, 10)
    await db.write(inbox.mark_read, delivery)
    assert not await accept(db, "a")
    assert await db.write(inbox.take, 10) == ()


async def test_the_same_guid_many_times_at_once_is_accepted_once(db: Database) -> None:
    accepted = await asyncio.gather(*(accept(db, f"g{number % 5}") for number in range(100)))
    assert sum(accepted) == 5


@pytest.mark.parametrize(
    ("mark", "state"),
    [(inbox.mark_ignored, "ignored"), (inbox.mark_dead, "dead")],
)
async def test_what_is_not_read_says_why(db: Database, mark: object, state: str) -> None:
    await accept(db, "a")
    (delivery,) = await db.write(inbox.take, 10)
    await db.write(mark, delivery, "because")  # type: ignore[arg-type]
    row = await db.read(lambda conn: conn.execute(table.select()).one())
    assert (row.state, row.why) == (state, "because")
    assert await db.write(inbox.take, 10) == ()


async def test_unread_deliveries_come_oldest_first_and_no_more_than_asked(db: Database) -> None:
    for number in range(5):
        await accept(db, f"g{number}")
    seen = await db.read(inbox.unread, 3)
    assert [delivery.guid for delivery in seen] == ["g0", "g1", "g2"]
    assert await db.write(inbox.take, 3) == tuple(delivery.id for delivery in seen)


async def test_received_names_those_that_came(db: Database) -> None:
    await accept(db, "a")
    assert await db.read(inbox.received, ["a", "b"]) == frozenset({"a"})
    assert await db.read(inbox.received, []) == frozenset()


async def test_two_intakes_never_read_the_same_delivery(db: Database) -> None:
    for number in range(60):
        await accept(db, f"g{number}")

    def read_some(conn: Connection) -> list[int]:
        found = inbox.take(conn, 7)
        for delivery in found:
            inbox.mark_read(conn, delivery)
        return list(found)

    read: list[int] = []

    async def intake() -> None:
        while len(read) < 60:
            read.extend(await db.write(read_some))

    await asyncio.wait_for(asyncio.gather(*(intake() for _ in range(6))), 20)
    assert read == sorted(set(read))
    assert len(read) == 60


async def test_deliveries_that_wait_together_share_one_commit(db: Database) -> None:
    before = db.stats()
    await asyncio.gather(*(accept(db, f"g{number}") for number in range(200)))
    after = db.stats()
    assert after.functions - before.functions == 200
    assert after.commits - before.commits <= 20
    assert after.largest_batch >= 50


async def test_two_servers_that_get_the_same_deliveries_in_opposite_order_accept_each_once(url: str) -> None:
    """On PostgreSQL their transactions wait for each other's GUIDs: one is interrupted, and tries again."""
    guids = [f"g{number}" for number in range(60)]
    async with await Database.open(url) as here, await Database.open(url) as there:
        for _ in range(3):
            guids = [f"{guid}+" for guid in guids]
            accepted = await asyncio.gather(
                *(accept(here, guid) for guid in guids), *(accept(there, guid) for guid in reversed(guids))
            )
            assert sum(accepted) == len(guids)
