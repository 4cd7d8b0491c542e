"""`GET /healthz`: what it says of waiting work and of a store in trouble."""

import contextlib
import resource
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.model.events import Event
from bot.model.ids import Repo
from bot.model.outcomes import Failed, Held, Unknown
from bot.store import inbox, jobs, outbox
from bot.store.database import Database
from tests.store.given import NOW, add_writes, deliver, label
from tests.web.conftest import Sender, sign
from tests.web.server_process import server_process


async def test_all_is_well_and_nothing_waits(github: Sender) -> None:
    answer = await github.ask("GET", "/healthz")
    assert answer.status == 200
    assert answer.json == {
        "status": "ok",
        "store": "ok",
        "lag_seconds": 0.0,
        "oldest_job_seconds": 0.0,
        "unread_deliveries": 0,
        "unfinished_jobs": 0,
        "dead_letters": 0,
        "held_writes": 0,
        "failed_writes": 0,
        "unknown_writes": 0,
        "refused_signatures": 0,
    }


@pytest.mark.parametrize(("waited", "status"), [(5, "ok"), (45, "ok"), (61, "degraded"), (5000, "degraded")])
async def test_lag_is_the_age_of_what_nobody_reads(
    github: Sender, database: Database, waited: int, status: str
) -> None:
    received = datetime.now(UTC) - timedelta(seconds=waited)
    for guid, at in (("newer", datetime.now(UTC)), ("older", received)):
        await database.write(inbox.accept, guid=guid, source="github", name="issues", body=b"{}", received_at=at)
    answer = await github.ask("GET", "/healthz")
    assert (answer.status, answer.json["status"], answer.json["unread_deliveries"]) == (200, status, 2)
    assert waited <= answer.json["lag_seconds"] < waited + 14


async def test_dead_letters_are_counted(github: Sender, database: Database) -> None:
    await github.deliver(b"no JSON")
    (row,) = await database.write(inbox.unread, 10)
    await database.write(inbox.mark_dead, row.id, "not JSON")
    answer = await github.ask("GET", "/healthz")
    assert (answer.json["status"], answer.json["dead_letters"], answer.json["lag_seconds"]) == ("ok", 1, 0.0)


async def test_refused_signatures_are_counted(github: Sender) -> None:
    for number in range(3):
        await github.deliver(secret=b"not our secret, though long enough", guid=str(number))
    await github.deliver(X_Hub_Signature_256=sign(b"{}"))
    assert (await github.ask("GET", "/healthz")).json["refused_signatures"] == 3


async def test_fault_s2_while_the_database_is_locked_it_says_so_in_time_and_then_recovers(
    github: Sender, database: Database, url: str
) -> None:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert (await github.deliver()).status == 503
        begun = time.monotonic()
        answer = await github.ask("GET", "/healthz")
        assert time.monotonic() - begun < 10  # 2 s on an idle machine; the store's own patience is 30 s
        assert (answer.status, answer.json["status"], "locked" in answer.json["store"]) == (503, "unavailable", True)
        other.execute("ROLLBACK")
    assert (await github.ask("GET", "/healthz")).json["status"] == "ok"


async def test_fault_s1_while_nothing_can_be_written_it_says_so_and_recovers_without_a_delivery(
    url: str, session: aiohttp.ClientSession
) -> None:
    """A server out of rotation gets no delivery that could show that the trouble is over."""
    async with server_process(url) as (child, address):
        github = Sender(session, address)
        assert (await github.deliver()).status == 202
        _, most = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (1, most))  # from now on every write to a file fails
        assert (await github.deliver()).status == 503
        for _ in range(2):
            answer = await github.ask("GET", "/healthz")
            assert (answer.status, answer.json["status"]) == (503, "unavailable")
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (most, most))
        assert (await github.ask("GET", "/healthz")).json["status"] == "ok"
        assert (await github.deliver()).status == 202


@pytest.mark.parametrize(("age", "status"), [(60, "ok"), (1190, "ok"), (1210, "degraded")])
async def test_a_job_that_nobody_finishes_is_seen(github: Sender, database: Database, age: int, status: str) -> None:
    received = datetime.now(UTC) - timedelta(seconds=age)
    event = Event(
        delivery="d", name="issues", action="opened", repo=Repo(installation=1, id=2), number=3, received_at=received
    )
    read = await database.write(deliver, "d")
    await database.write(jobs.enqueue, delivery=read, handler="triage", event=event)
    answer = await github.ask("GET", "/healthz")
    assert (answer.status, answer.json["status"], answer.json["unfinished_jobs"]) == (200, status, 1)
    assert age <= answer.json["oldest_job_seconds"] < age + 5


@pytest.mark.parametrize(
    ("outcome", "counter", "status"),
    [
        (Unknown(retry_at=NOW, why="no answer"), "unknown_writes", "degraded"),
        (Held(until=NOW, why="ceiling"), "held_writes", "ok"),
        (Failed(retry_at=NOW, why="404"), "failed_writes", "ok"),
    ],
)
async def test_writes_that_are_not_settled_are_counted(
    github: Sender, database: Database, outcome: Unknown | Held | Failed, counter: str, status: str
) -> None:
    await database.write(add_writes, label("k"))
    claim = await database.write(outbox.claim, worker="w", lease=15)
    assert claim
    await database.write(outbox.settle, claim, outcome, NOW)
    answer = await github.ask("GET", "/healthz")
    assert (answer.status, answer.json["status"], answer.json[counter]) == (200, status, 1)
