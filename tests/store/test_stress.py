"""Several processes, and processes that die: order and exclusion hold, and what was acknowledged is there."""

import asyncio
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.pool import NullPool

from bot.store import inbox
from bot.store.database import Database
from bot.store.schema import decisions, jobs, lanes, outbox
from tests.store.conftest import Server
from tests.store.given import add_job
from tests.store.laborer import unfinished
from tests.store.test_database import until

LANES = 5
JOBS = 150


async def start(module: str, *arguments: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.store.{module}", *map(str, arguments), stdout=asyncio.subprocess.PIPE
    )


def add_jobs(conn: Connection) -> None:
    for number in range(JOBS):
        add_job(conn, f"g{number}", number % LANES + 1)


def runs_of(log: Path) -> dict[int, list[tuple[int, int, int]]]:
    """Begin, end and job of every run, by lane, in the order they began."""
    runs: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for line in log.read_text().splitlines():
        lane, job, begun, ended = map(int, line.split())
        runs[lane].append((begun, ended, job))
    return {lane: sorted(found) for lane, found in runs.items()}


async def test_two_processes_run_each_lane_in_order_and_one_job_at_a_time(
    db: Database, url: str, tmp_path: Path
) -> None:
    await db.write(add_jobs)
    log = tmp_path / "log"
    started = [await start("laborer", url, log, 8, 30) for _ in range(2)]
    assert [await asyncio.wait_for(process.wait(), 60) for process in started] == [0, 0]
    runs = runs_of(log)
    assert sum(len({job for _, _, job in found}) for found in runs.values()) == JOBS
    for found in runs.values():
        for (_, ended, job), (begun, _, following) in pairwise(found):
            assert ended <= begun, f"jobs {job} and {following} of one lane ran at the same time"
            assert job <= following, f"job {following} overtook {job}"
    assert await db.read(lambda conn: conn.scalar(select(func.count()).select_from(decisions))) == JOBS
    writes = await db.read(lambda conn: list(conn.scalars(select(outbox.c.state))))
    assert set(writes) <= {"done", "waiting"}
    workers = await db.read(lambda conn: set(conn.scalars(select(lanes.c.worker).where(lanes.c.queue == "jobs"))))
    assert all("/" in worker for worker in workers)


async def test_a_process_that_is_killed_loses_no_job_and_no_order(db: Database, url: str, tmp_path: Path) -> None:
    await db.write(add_jobs)
    log = tmp_path / "log"
    victim = await start("laborer", url, log, 8, 0.5)
    await until(lambda: log.exists() and len(log.read_text().splitlines()) >= 20)
    victim.kill()
    await asyncio.wait_for(victim.wait(), 10)
    assert await db.read(unfinished) > 0
    heir = await start("laborer", url, log, 8, 30)
    assert await asyncio.wait_for(heir.wait(), 60) == 0
    assert await db.read(unfinished) == 0
    states = await db.read(lambda conn: list(conn.scalars(select(jobs.c.state))))
    assert states == ["done"] * JOBS
    for found in runs_of(log).values():
        order = [job for _, _, job in found]
        assert order == sorted(order)
        assert len(set(order)) == JOBS // LANES


@pytest.mark.parametrize("rounds", [3])
async def test_what_was_acknowledged_survives_kill_9_in_full_flow(url: str, rounds: int) -> None:
    acknowledged: list[str] = []
    for number in range(rounds):
        courier = await start("courier", url, number)
        assert courier.stdout is not None
        for _ in range(100 + 37 * number):
            acknowledged.append((await asyncio.wait_for(courier.stdout.readline(), 20)).decode().strip())
        courier.kill()
        rest = await asyncio.wait_for(courier.stdout.read(), 10)
        acknowledged += [line for line in rest.decode().split("\n")[:-1] if line]
        await courier.wait()
    async with await Database.open(url) as db:
        found = await db.read(inbox.received, acknowledged)
        assert set(acknowledged) - found == set()
        assert len(acknowledged) >= 100 * rounds
        bodies = await db.read(inbox.unread, 10_000)
        assert {len(delivery.body) for delivery in bodies} == {9000}


async def test_a_server_that_drops_every_line_is_found_again(postgres: Server) -> None:
    """Writers try again within their patience; the listener comes back and hears other processes."""
    postgres.empty()
    address = postgres.url.replace("postgresql:", "postgresql+psycopg:")
    admin = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    drop_all = text(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    async with await Database.open(postgres.url) as here, await Database.open(postgres.url) as there:
        for number in range(5):
            assert await accept(here, f"before {number}")
            with admin.connect() as conn:
                assert (conn.scalar(drop_all) or 0) >= 1
            assert await accept(here, f"after {number}")
        waiting = asyncio.create_task(there.wait_for_work(30, since=there.announced))
        await asyncio.sleep(1.5)  # the listener has rung because it came back
        await waiting
        waiting = asyncio.create_task(there.wait_for_work(30, since=there.announced))
        await accept(here, "heard")
        await asyncio.wait_for(waiting, 3)


async def accept(db: Database, guid: str) -> bool:
    from tests.store.given import NOW

    return await db.write(inbox.accept, guid=guid, source="github", name="x", body=b"{}", received_at=NOW, patience=5)
