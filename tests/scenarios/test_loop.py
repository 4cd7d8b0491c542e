"""What the loop does when a handler fails, hangs on a limit, or loses its lease meanwhile."""

import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import select, update

from bot import bootstrap
from bot.cli.status import read_status, show
from bot.github.errors import ASK_AGAIN, Answered, NoAnswer, TooManyPages
from bot.model.codec import encode
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.ids import APP
from bot.ports import Handler, Limited, NotSent, NotYet, Read
from bot.registry import Handler as Registered
from bot.store import inbox, jobs, views
from bot.store.schema import jobs as job_rows
from bot.store.schema import lanes
from bot.worker.loop import OUTAGE_LOOK, Loop
from tests.harness.house import House

NOW = datetime.now(UTC)
LAG, HOUR, DAY = 60.0, 3600.0, 86400.0


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


async def loop_with(house: House, gather: Callable[[Event, Read], Awaitable[Any]], age: float = 0.0) -> Loop:
    """A loop with one job to do, for an event that came `age` seconds ago."""
    now = datetime.now(UTC) - timedelta(seconds=age)
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
        lag=LAG,
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


def shown(status: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=400)
    show(status, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def runs_until_it_ends(house: House, loop: Loop, most: int = 20) -> int:
    """How often the job is run, each time as soon as it may; at most `most` times."""
    runs = 0
    while (await state(house))[0] == "waiting" and runs < most:
        await house.database.write(lambda conn: conn.execute(update(job_rows).values(not_before=NOW)))
        runs += await loop.step()
    return runs


@pytest.mark.parametrize("age", [0.0, 6 * HOUR, 3 * DAY])
async def test_an_outage_of_githubs_api_is_waited_out_however_long_it_takes(house: House, age: float) -> None:
    """Fault G14: that GitHub does not answer says nothing about the job."""
    tries = 0

    async def gather(event: Event, read: Read) -> None:
        nonlocal tries
        tries += 1
        if tries < 10:
            raise NoAnswer("503 Server Error (5 tries)")

    loop = await loop_with(house, gather, age)
    assert await runs_until_it_ends(house, loop, 9) == 9
    assert await state(house) == ("waiting", 0, "GitHub does not answer: 503 Server Error (5 tries)")
    (job,) = await house.database.read(views.waiting_jobs, 9)
    assert job.not_before < datetime.now(UTC) + timedelta(seconds=OUTAGE_LOOK)
    said = shown(await house.database.read(read_status, 9))
    assert "Jobs that wait" in said
    assert "GitHub does not answer: 503" in said
    assert await runs_until_it_ends(house, loop) == 1
    assert (await state(house))[0] == "done"
    assert await house.dead_letters() == []


async def test_what_github_refuses_to_tell_is_waited_for_a_day(house: House) -> None:
    async def gather(event: Event, read: Read) -> None:
        raise Answered("403 This installation has been suspended", 403)

    loop = await loop_with(house, gather)
    assert await runs_until_it_ends(house, loop, 9) == 9
    assert await state(house) == ("waiting", 0, "GitHub does not tell: 403 This installation has been suspended")
    (job,) = await house.database.read(views.waiting_jobs, 9)
    assert job.not_before > NOW + timedelta(seconds=ASK_AGAIN / 2)


@pytest.mark.parametrize("error", [Answered("403 Suspended", 403), TooManyPages("more than 30 pages")])
async def test_after_a_day_it_is_a_dead_letter_that_says_why(house: House, error: NotSent) -> None:
    """Even then not at the first try: it may be the first that GitHub has answered."""

    async def gather(event: Event, read: Read) -> None:
        raise error

    loop = await loop_with(house, gather, DAY + HOUR)
    assert await runs_until_it_ends(house, loop) == 5
    assert await house.dead_letters() == [f"{type(error).__name__}: {error.why}"]


async def test_facts_that_do_not_agree_yet_use_up_no_attempt_for_a_minute(house: House) -> None:
    async def gather(event: Event, read: Read) -> None:
        raise NotYet("two replicas tell two things")

    loop = await loop_with(house, gather)
    assert await runs_until_it_ends(house, loop, 9) == 9
    assert await state(house) == ("waiting", 0, "two replicas tell two things")


async def test_facts_that_never_agree_are_a_dead_letter_after_that(house: House) -> None:
    async def gather(event: Event, read: Read) -> None:
        raise NotYet("two replicas tell two things")

    loop = await loop_with(house, gather, LAG + 1)
    assert await runs_until_it_ends(house, loop) == 5
    assert await house.dead_letters() == ["NotYet: two replicas tell two things"]


async def test_who_lost_the_lease_changes_nothing_and_stops_nobody(house: House) -> None:
    async def gather(event: Event, read: Read) -> None:
        await house.database.write(lambda conn: conn.execute(update(lanes).values(fence=lanes.c.fence + 1)))
        raise RuntimeError("too late to matter")

    loop = await loop_with(house, gather)
    assert await loop.step()
    assert await state(house) == ("waiting", 1, "")
