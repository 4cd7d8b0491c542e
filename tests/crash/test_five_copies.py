"""The same delivery five times in parallel to two server processes: one row, one effect, on both engines."""

import asyncio
from collections import Counter

import aiohttp
from sqlalchemy import Connection, select

from bot import bootstrap
from bot.sandbox.server import Sandbox
from bot.sandbox.webhooks import Delivery
from bot.store.schema import inbox, jobs
from tests.harness.house import REPO, House
from tests.harness.processes import START, at_rest, server_process, worker_process
from tests.harness.story import WRITTEN, asked_for, people_act

TIMEOUT = aiohttp.ClientTimeout(total=20)
COPIES = 5


async def undelivered(github: Sandbox) -> list[Delivery]:
    """What the story of the three behaviours makes GitHub send, signed, while nobody listens."""
    github.world.webhooks.url = "http://127.0.0.1:1/webhook"
    await people_act(github, REPO)
    await github.settle()
    return list(github.world.webhooks.log)


async def test_five_copies_in_parallel_to_two_servers_are_one_row_and_one_effect(github: Sandbox, url: str) -> None:
    sent = await undelivered(github)
    environment = House(github, url).environment
    async with (
        server_process(environment) as (_, one),
        server_process(environment) as (_, two),
        aiohttp.ClientSession(timeout=TIMEOUT) as session,
    ):

        async def deliver(server: str, delivery: Delivery) -> int:
            headers = delivery.request_headers
            async with session.post(f"{server}/webhook", data=delivery.body, headers=headers) as answer:
                return answer.status

        for delivery in sent:
            copies = [deliver((one, two)[n % 2], delivery) for n in range(COPIES)]
            assert sorted(await asyncio.gather(*copies)) == [200] * (COPIES - 1) + [202]
        github.world.webhooks.url = f"{one}/webhook"
        async with (
            bootstrap.open_database(url) as database,
            worker_process(environment) as first,
            worker_process(environment) as second,
        ):
            await at_rest(github, database, first, second, within=START)
            guids = await database.read(_rows)
            assert {delivery.guid for delivery in sent} <= set(guids)
            assert set(guids.values()) == {1}
            assert set((await database.read(_jobs)).values()) == {1}
    asked = asked_for(github)
    assert asked.pop("Redeliver", 0) == 0, "all of them are here, whatever GitHub's log says"
    assert asked == WRITTEN


def _rows(conn: Connection) -> Counter[str]:
    return Counter(conn.scalars(select(inbox.c.guid).where(inbox.c.source == "github")))


def _jobs(conn: Connection) -> Counter[tuple[int, str, int, int]]:
    """How often each handler was given the same piece of work."""
    columns = (jobs.c.delivery, jobs.c.handler, jobs.c.number, jobs.c.ordinal)
    return Counter((row.delivery, row.handler, row.number, row.ordinal) for row in conn.execute(select(*columns)))
