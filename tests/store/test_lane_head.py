"""A lane's head survives the moment in which its last job is finished and a new one comes in."""

import asyncio
import threading
import time
from typing import Any

from sqlalchemy import Connection, event

from bot.store import jobs
from bot.store.database import Database
from bot.store.jobs import Job
from tests.store.given import add_job, claim_job

#: How long the one transaction waits for the other. On SQLite, where there is one writer, it waits in vain. Seconds.
PAUSE = 0.5


async def test_a_job_that_comes_while_the_lanes_last_one_is_being_finished_is_claimed_next(db: Database) -> None:
    """On PostgreSQL the lane was stuck for ever: its head became the job that had just been finished."""
    await db.write(add_job, "a")
    first = await db.write(claim_job)
    assert first is not None
    is_at_head, is_finished = threading.Event(), threading.Event()

    def add_slowly(conn: Connection) -> None:
        def wait(*call: Any) -> None:
            if "UPDATE lanes" in call[2]:
                is_at_head.set()
                is_finished.wait(PAUSE)

        event.listen(conn, "before_cursor_execute", wait)
        add_job(conn, "b")
        event.remove(conn, "before_cursor_execute", wait)

    def finish_slowly(conn: Connection, job: Job) -> None:
        jobs.finish(conn, job)
        is_finished.set()
        time.sleep(PAUSE)

    adding = asyncio.create_task(db.write(add_slowly))
    assert await asyncio.to_thread(is_at_head.wait, 10)
    await db.write(finish_slowly, first)
    await adding
    second = await db.write(claim_job)
    assert second is not None
    assert second.delivery > first.delivery
