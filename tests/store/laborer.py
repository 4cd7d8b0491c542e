"""A process of workers that run jobs and send writes: `python -m tests.store.laborer URL LOG WORKERS LEASE`.

Each run is one line of LOG: lane, job, begin and end in nanoseconds of the clock all processes of a machine share.
Ends when no job is left.
"""

import asyncio
import os
import random
import sys
import time
from pathlib import Path

from sqlalchemy import Connection, func, select

from bot.model.decision import Decision
from bot.model.outcomes import Done
from bot.ports import LeaseLost
from bot.store import decisions, jobs, outbox
from bot.store.database import Database
from bot.store.schema import UNFINISHED
from bot.store.schema import jobs as table
from tests.store.given import NOW, PAST, label, receipt


def unfinished(conn: Connection) -> int:
    return conn.scalar(select(func.count()).select_from(table).where(UNFINISHED)) or 0


async def run_jobs(db: Database, log: int, worker: str, lease: float) -> None:
    dice = random.Random(worker)
    while True:
        seen = db.announced
        job = await db.write(jobs.claim, worker=worker, lease=lease)
        if job is None:
            if not await db.read(unfinished):
                return
            await db.wait_for_work(0.05, since=seen)
            continue
        begun = time.monotonic_ns()
        await asyncio.sleep(dice.random() * 0.004)
        ended = time.monotonic_ns()
        os.write(log, f"{job.number} {job.id} {begun} {ended}\n".encode())
        try:
            if dice.random() < 0.1:
                await db.write(jobs.postpone, job, "again", PAST)
            else:
                writes = (label(f"job {job.id}", job.number),) if dice.random() < 0.3 else ()
                await db.write(decisions.commit, job, Decision(rule="r", why="w", writes=writes), NOW)
        except LeaseLost:
            continue


async def send_writes(db: Database, worker: str, lease: float) -> None:
    while True:
        seen = db.announced
        claim = await db.write(outbox.claim, worker=worker, lease=lease)
        if claim:
            await db.write(outbox.settle, claim, Done(receipt()), NOW)
        else:
            await db.wait_for_work(0.05, since=seen)


async def main(url: str, log: Path, workers: int, lease: float) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    async with await Database.open(url) as db:
        sender = asyncio.create_task(send_writes(db, f"sender {os.getpid()}", lease))
        names = [f"{os.getpid()}/{number}" for number in range(workers)]
        await asyncio.gather(*(run_jobs(db, descriptor, name, lease) for name in names))
        sender.cancel()
        await asyncio.wait([sender])
    os.close(descriptor)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
