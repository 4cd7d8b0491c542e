"""What the loop does when a handler fails, hangs on a limit, or loses its lease meanwhile."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot import bootstrap
from bot.model.codec import encode
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.ids import APP
from bot.ports import Handler, Limited, Read
from bot.registry import Handler as Registered
from bot.store import inbox, jobs
from bot.store.schema import jobs as job_rows
from bot.store.schema import lanes
from bot.worker.loop import Loop
from tests.harness.house import House


class One:
    """A house with a single handler, for every event."""

    def __init__(self, gather: Callable[[Event, Read], Awaitable[Any]]) -> None:
        def decide(event: Event, facts: Any, config: Config) -> Decision:
            return Decision(rule="done", why="Nothing stood in the way.")

        self.handler = Registered("one", "", frozenset(), (), gather, decide, while_held=False)

    def named(self, name: str) -> Handler:
        return self.handler

    def interested(self, event: Event) -> list[Handler]:
        return [self.handler]

    def of_command(self, word: str) -> None:
        return None


async def loop_with(house: House, gather: Callable[[Event, Read], Awaitable[Any]]) -> Loop:
    """A loop with one job to do."""
    now = datetime.now(UTC)
    event = Event(delivery="g", name="timer", action="x", repo=APP, number=0, received_at=now)
    body = encode(event).encode()
    await house.database.write(inbox.accept, guid="g", source="timer", name="x", body=body, received_at=now)
    (delivery,) = await house.database.read(inbox.unread, 10)
    await house.database.write(jobs.enqueue, delivery=delivery.id, handler="one", event=event)
    return Loop(
        database=house.database,
        handlers=One(gather),
        read=house.worker.loop.read,
        configs=house.worker.loop.configs,
        worker="test",
        lease=5,
        retry_base=0.01,
        now=bootstrap.now,
    )


async def state(house: House) -> tuple[str, int, str]:
    row = await house.database.read(lambda conn: conn.execute(select(job_rows)).one())
    return row.state, row.attempts, row.error


async def test_a_handler_that_fails_is_tried_five_times_and_then_kept_as_a_dead_letter(house: House) -> None:
    async def gather(event: Event, read: Read) -> None:
        raise RuntimeError("a bug")

    loop = await loop_with(house, gather)
    runs = 0
    while (await state(house))[0] == "waiting":
        runs += await loop.step()
    assert runs == 5
    assert await state(house) == ("dead", 5, "RuntimeError: a bug")
    assert await house.dead_letters() == ["RuntimeError: a bug"]


async def test_githubs_limit_costs_no_attempt(house: House) -> None:
    async def gather(event: Event, read: Read) -> None:
        raise Limited("the hour is used up", until=datetime.now(UTC) + timedelta(hours=1))

    loop = await loop_with(house, gather)
    assert await loop.step()
    assert not await loop.step()
    assert await state(house) == ("waiting", 0, "the hour is used up")


async def test_who_lost_the_lease_changes_nothing_and_stops_nobody(house: House) -> None:
    async def gather(event: Event, read: Read) -> None:
        await house.database.write(lambda conn: conn.execute(update(lanes).values(fence=lanes.c.fence + 1)))
        raise RuntimeError("too late to matter")

    loop = await loop_with(house, gather)
    assert await loop.step()
    assert await state(house) == ("waiting", 1, "")
