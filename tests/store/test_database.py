"""The database behind its threads: durable together, harmless apart, honest when it cannot store."""

import asyncio
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from bot.store import inbox, jobs
from bot.store.database import Database
from bot.store.errors import CannotOpen, StoreUnavailable
from bot.store.migrate import migrate
from bot.store.schema import switches
from bot.store.sqlite import READERS
from bot.store.work import announce
from tests.store.conftest import Server
from tests.store.given import NOW, add_job, claim_job, lease_ended


class OwnError(Exception):
    """What a store function may raise."""


def store(conn: Connection, repo: int) -> int:
    conn.execute(insert(switches), {"repo": repo, "reason": "r", "by": "b", "stopped_at": NOW})
    return repo


def store_and_fail(conn: Connection, repo: int) -> int:
    store(conn, repo)
    raise OwnError(f"number {repo}")


def stored(conn: Connection) -> list[int]:
    return list(conn.scalars(select(switches.c.repo).order_by(switches.c.repo)))


async def accept(db: Database, guid: str, body: bytes = b"{}", patience: float = 2) -> bool:
    return await db.write(
        inbox.accept, guid=guid, source="github", name="x", body=body, received_at=NOW, patience=patience
    )


async def test_one_bad_function_harms_nobody_who_shared_its_transaction(db: Database) -> None:
    calls = [db.write(store_and_fail if number % 10 == 3 else store, number) for number in range(50)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for number, answer in enumerate(answers):
        if number % 10 == 3:
            assert isinstance(answer, OwnError)
            assert str(answer) == f"number {number}"
        else:
            assert answer == number
    assert await db.read(stored) == [number for number in range(50) if number % 10 != 3]
    assert db.stats().state == "ok"


async def test_a_functions_own_database_error_is_its_own(db: Database) -> None:
    with pytest.raises(Exception, match="no_such_table"):
        await db.write(lambda conn: conn.execute(text("insert into no_such_table values (1)")))
    assert db.stats().state == "ok"


async def test_a_function_that_times_out_by_itself_says_so_and_not_the_store(db: Database) -> None:
    def impatient(_: Connection) -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await db.write(impatient)


async def test_a_caller_who_is_cancelled_while_the_answer_arrives_is_cancelled(db: Database) -> None:
    """A keeper of leases that misses its end would go on renewing for ever."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        begun.set()
        go_on.wait(5)

    def until_it_is_answered() -> None:
        """The event loop stands still, and learns of the answer in its next turn."""
        while db.stats().functions == 0:
            time.sleep(0.01)
        time.sleep(0.1)

    writing = asyncio.create_task(db.write(wait))
    await asyncio.to_thread(begun.wait, 5)
    go_on.set()
    until_it_is_answered()
    asyncio.get_running_loop().call_soon(writing.cancel)  # in that turn, after the answer
    with pytest.raises(asyncio.CancelledError):
        await writing


async def test_a_read_cannot_write(db: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only|readonly"):
        await db.read(store, 1)
    assert await db.read(stored) == []


async def test_a_read_sees_one_unchanging_snapshot(db: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def look_twice(conn: Connection) -> tuple[list[int], list[int]]:
        first = stored(conn)
        begun.set()
        go_on.wait(5)
        return first, stored(conn)

    reading = asyncio.create_task(db.read(look_twice))
    await asyncio.to_thread(begun.wait, 5)
    await db.write(store, 1)
    go_on.set()
    assert await reading == ([], [])
    assert await db.read(stored) == [1]


async def test_the_event_loop_never_waits_for_the_store(db: Database) -> None:
    """While store functions sleep in their threads, the loop goes on ticking."""
    slow = asyncio.gather(db.write(lambda _: time.sleep(3)), *(db.read(lambda _: time.sleep(3)) for _ in range(3)))
    longest, last = 0.0, time.monotonic()
    while not slow.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < 2  # far below the sleeps, and far above what a busy machine does to a tick


async def test_a_store_that_does_not_answer_is_not_waited_for_longer_than_the_caller_says(db: Database) -> None:
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"no answer.*0\.2 s"):
        await db.write(lambda _: time.sleep(4), patience=0.2)
    assert time.monotonic() - begun < 3


async def test_closing_finishes_what_was_asked_for(url: str) -> None:
    db = await Database.open(url)
    calls = [asyncio.create_task(db.write(store, number)) for number in range(100)]
    await asyncio.sleep(0)
    await db.close()
    assert await asyncio.gather(*calls) == list(range(100))
    async with await Database.open(url) as again:
        assert await again.read(stored) == list(range(100))


async def test_announced_work_ends_the_wait_at_once(db: Database) -> None:
    waiting = asyncio.create_task(db.wait_for_work(20))
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    await db.write(announce)
    await waiting
    assert time.monotonic() - begun < 10


async def test_work_announced_since_one_looked_is_not_missed(db: Database) -> None:
    looked = db.announced
    await db.write(announce)
    begun = time.monotonic()
    await db.wait_for_work(20, since=looked)
    assert time.monotonic() - begun < 10


async def test_without_work_the_wait_lasts_its_time(db: Database) -> None:
    await asyncio.sleep(0.3)  # the listener may ring once when it has connected
    await db.write(store, 1)
    begun = time.monotonic()
    await db.wait_for_work(0.4, since=db.announced)
    assert time.monotonic() - begun >= 0.35


async def test_work_that_was_rolled_back_is_not_announced(db: Database) -> None:
    await asyncio.sleep(0.3)

    def announce_and_fail(conn: Connection) -> None:
        announce(conn)
        raise OwnError

    looked = db.announced
    with pytest.raises(OwnError):
        await db.write(announce_and_fail)
    await db.write(store, 1)
    await asyncio.sleep(0.1)
    assert db.announced == looked


async def test_a_second_process_hears_of_work(url: str) -> None:
    """Two databases on one store stand for two processes: they share nothing but the store."""
    async with await Database.open(url) as here, await Database.open(url) as there:
        await asyncio.sleep(0.3)
        waiting = asyncio.create_task(there.wait_for_work(20, since=there.announced))
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        assert await accept(here, "a")
        await waiting
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize("address", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
async def test_an_address_that_is_no_store_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(CannotOpen, match=r"DATABASE_URL.*(sqlite:///interlock\.db)"):
        await Database.open(address)
    with pytest.raises(CannotOpen, match="DATABASE_URL"):
        migrate(address)


async def test_a_server_that_is_not_there_is_said_to_be() -> None:
    with pytest.raises(CannotOpen, match="cannot be used"):
        migrate("postgresql://postgres@127.0.0.1:1/x")


class TestOnSqlite:
    """What only a file can go through."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        migrate(f"sqlite:///{tmp_path}/store.db")
        return tmp_path / "store.db"

    async def test_a_commit_is_synced_and_the_log_is_not_copied_inside_it(self, path: Path) -> None:
        def pragmas(conn: Connection) -> tuple[object, ...]:
            names = ("synchronous", "journal_mode", "wal_autocheckpoint", "foreign_keys")
            return tuple(conn.scalar(text(f"PRAGMA {name}")) for name in names)

        async with await Database.open(f"sqlite:///{path}") as db:
            assert await db.write(pragmas) == (2, "wal", 0, 1)

    async def test_functions_that_wait_together_share_commits(self, path: Path) -> None:
        async with await Database.open(f"sqlite:///{path}") as db:
            await asyncio.gather(*(db.write(store, number) for number in range(1000)))
            stats = db.stats()
            assert stats.functions == 1000
            assert 256 < stats.largest_batch <= 512
            assert stats.commits < 10

    async def test_a_locked_database_is_waited_for_as_long_as_the_caller_says(self, path: Path) -> None:
        other = sqlite3.connect(path, isolation_level=None)
        async with await Database.open(f"sqlite:///{path}") as db:
            other.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable, match="locked"):
                await accept(db, "a", patience=0.5)
            assert 0.4 < time.monotonic() - begun < 10  # the default patience is 30 s
            assert "locked" in db.stats().state
            patient = asyncio.create_task(accept(db, "b", patience=10))
            await asyncio.sleep(0.2)
            other.execute("ROLLBACK")
            assert await patient
            assert db.stats().state == "ok"
            assert await db.read(inbox.received, ["a", "b"]) == {"b"}
        other.close()

    async def test_a_full_disk_is_said_at_once_and_reads_go_on_and_it_recovers(self, path: Path) -> None:
        async with await Database.open(f"sqlite:///{path}") as db:
            assert await accept(db, "before")
            await db.write(lambda conn: conn.scalar(text("PRAGMA max_page_count=1")))  # not below what is used
            begun = time.monotonic()
            answers = await asyncio.gather(
                *(accept(db, f"g{number}", random.randbytes(1_000_000)) for number in range(5)), return_exceptions=True
            )
            assert time.monotonic() - begun < 10  # the default patience is 30 s
            assert [type(answer) for answer in answers] == [StoreUnavailable] * 5
            assert db.stats().state == "disk full"
            assert await db.read(inbox.received, ["before", "g0"]) == {"before"}
            assert db.stats().state == "disk full", "a read that works does not mean that writes do"
            await db.write(lambda conn: conn.scalar(text("PRAGMA max_page_count=1000000")))
            assert await accept(db, "after")
            assert db.stats().state == "ok"

    async def test_what_nobody_waits_for_any_more_is_not_begun(self, path: Path) -> None:
        async with await Database.open(f"sqlite:///{path}") as db:
            busy = asyncio.create_task(db.write(lambda _: time.sleep(0.3)))
            await asyncio.sleep(0.1)
            left = asyncio.create_task(db.write(store, 1))
            await asyncio.sleep(0.05)
            left.cancel()
            await busy
            await db.write(store, 2)
            assert await db.read(stored) == [2]

    async def test_a_renewal_runs_before_the_claim_that_would_find_its_lease_over(self, path: Path) -> None:
        async with await Database.open(f"sqlite:///{path}") as db:
            await db.write(add_job, "a")
            job = await db.write(claim_job, "first", 60)
            assert job is not None
            has_begun, go_on = threading.Event(), threading.Event()

            def stall(conn: Connection) -> None:
                lease_ended(conn, 61)
                has_begun.set()
                go_on.wait(5)

            stalled = asyncio.create_task(db.write(stall))
            await asyncio.to_thread(has_begun.wait, 5)
            claims = [asyncio.create_task(db.write(claim_job, "second")) for _ in range(3)]
            renewing = asyncio.create_task(db.write(jobs.renew, job))
            await asyncio.sleep(0)  # all of them wait now, the renewal behind the claims
            go_on.set()
            await asyncio.gather(stalled, renewing)
            assert await asyncio.gather(*claims) == [None] * 3

    async def test_a_large_log_is_copied_back_while_the_store_is_busy(self, path: Path) -> None:
        async with await Database.open(f"sqlite:///{path}") as db:
            small = path.stat().st_size  # before anything of the log can have been copied back
            for number in range(10):
                await accept(db, f"g{number}", os.urandom(1_000_000))
            deadline = time.monotonic() + 60
            while path.stat().st_size < small + 8_000_000:
                assert time.monotonic() < deadline
                await accept(db, f"g{time.monotonic_ns()}")  # never idle

    async def test_the_log_of_an_idle_store_is_cut(self, path: Path) -> None:
        log = path.with_name("store.db-wal")
        async with await Database.open(f"sqlite:///{path}") as db:
            for number in range(3):
                await accept(db, f"g{number}", bytes(range(256)) * 2000)
            assert log.stat().st_size > 0
            await until(lambda: log.stat().st_size == 0)
            assert await db.read(inbox.received, ["g0", "g2"]) == {"g0", "g2"}

    async def test_a_damaged_file_is_refused(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[4096 * 3 : 4096 * 9] = b"\xff" * (4096 * 6)
        path.write_bytes(content)
        with pytest.raises(CannotOpen, match=r"damaged|malformed"):
            await Database.open(f"sqlite:///{path}")

    async def test_what_is_no_database_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "store.db"
        path.write_text("hello " * 1000)
        with pytest.raises(CannotOpen, match="not a database"):
            await Database.open(f"sqlite:///{path}")

    async def test_a_folder_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CannotOpen, match="unable to open"):
            await Database.open(f"sqlite:///{tmp_path}/nowhere/store.db")

    async def test_readers_read_side_by_side(self, path: Path) -> None:
        together = threading.Barrier(READERS)
        async with await Database.open(f"sqlite:///{path}") as db:
            await asyncio.gather(*(db.read(lambda _: together.wait(5)) for _ in range(READERS)))


class TestOnPostgres:
    """What only a server can do to us."""

    async def test_a_line_that_is_lost_while_committing_is_told_as_it_is_and_nothing_is_tried_again(
        self, postgres: Server
    ) -> None:
        """The trigger cuts the line when everything is done but the commit."""
        postgres.empty()
        cut = """
            create function cut() returns trigger language plpgsql as
            $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
            create constraint trigger cut after insert on switches
            deferrable initially deferred for each row execute function cut()
        """
        async with await Database.open(postgres.url) as db:
            await db.write(lambda conn: conn.execute(text(cut)))
            try:
                with pytest.raises(StoreUnavailable, match="not known whether"):
                    await db.write(store, 1)
            finally:
                await db.write(lambda conn: conn.execute(text("drop function cut() cascade")))
            await db.write(store, 2)
            assert await db.read(stored) == [2]

    async def test_a_transaction_that_a_deadlock_ends_is_tried_again(self, postgres: Server) -> None:
        postgres.empty()
        meet = threading.Barrier(2)
        runs: list[int] = []

        def lock_two(conn: Connection, first: int, second: int) -> None:
            runs.append(first)
            conn.execute(switches.update().where(switches.c.repo == first).values(reason="x"))
            if len(runs) <= 2:
                meet.wait(5)
            conn.execute(switches.update().where(switches.c.repo == second).values(reason="x"))

        async with await Database.open(postgres.url) as db:
            await db.write(store, 1)
            await db.write(store, 2)
            await asyncio.gather(db.write(lock_two, 1, 2), db.write(lock_two, 2, 1))
        assert len(runs) == 3

    async def test_a_server_that_is_read_only_is_said_at_once(self, postgres: Server) -> None:
        async with await Database.open(postgres.url + "?options=-c%20default_transaction_read_only%3Don") as db:
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable, match="read-only"):
                await accept(db, "a", patience=10)
            assert time.monotonic() - begun < 5
            assert db.stats().state == "database is read-only"


async def until(is_true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.05)
