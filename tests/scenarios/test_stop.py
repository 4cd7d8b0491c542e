"""Stopping politely and working together: SIGTERM loses nothing, and two workers do nothing twice."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.process import Running
from bot.sandbox.fault_kinds import Delay
from bot.sandbox.faults import Point, Seen
from bot.sandbox.server import Sandbox
from bot.sandbox.state import Issue
from bot.store.schema import jobs, outbox
from tests.harness.house import REPO, House
from tests.harness.processes import START, STOP, at_rest, server_process, worker_process
from tests.harness.story import ANSWER, REQUESTS, asked_for

TITLES = [f"lay track {n}" for n in range(1, 10)]
EPIC = "\n".join(f"- [ ] {title}" for title in TITLES)
#: What triage says of it, a reaction, nine creations with their links, a summary, a label.
CALLS = {"React": 1, "CreateIssue": 9, "LinkSubIssue": 9, "PostComment": 2, "AddLabel": 1}
#: The call in the middle of which the stop arrives.
MIDDLE = 9


class Stopper:
    """Sends SIGTERM to one process when a mutating request is received; the request goes on."""

    def __init__(self, github: Sandbox, index: int) -> None:
        self._index = index
        self.target: Running | None = None
        github.faults.on_request(self._stop)

    async def _stop(self, point: Point, seen: Seen) -> None:
        if self.target is not None and (point, seen.index) == ("received", self._index):
            os.kill(self.target.pid, signal.SIGTERM)


class Done:
    """`event` is set when a mutating request is committed."""

    def __init__(self, github: Sandbox, index: int) -> None:
        self._index = index
        self.event = asyncio.Event()
        github.faults.on_request(self._note)

    async def _note(self, point: Point, seen: Seen) -> None:
        if (point, seen.index) == ("committed", self._index):
            self.event.set()


@pytest.fixture
async def house(github: Sandbox, tmp_path: Path) -> AsyncIterator[House]:
    """Server and store; the workers are processes. The lease is shortened, so that a successor waits for less."""
    async with House.open(github, f"sqlite:///{tmp_path / 'interlock.db'}", INTERLOCK_LEASE="2") as running:
        yield running


def decompose(github: Sandbox, title: str = "A new line") -> Issue:
    epic = github.actor("ada").open_issue(REPO, title, EPIC)
    github.actor("tria").comment(epic, "/decompose")
    return epic


def assert_decomposed(house: House, epic: Issue) -> None:
    assert sorted(child.title for child in epic.children) == TITLES
    suggestion, summary = house.comments(epic)
    assert "looks like an epic" in suggestion.body
    assert f"#{epic.children[0].number}" in summary.body


async def assert_once(house: House, epic: Issue) -> None:
    assert_decomposed(house, epic)
    assert asked_for(house.sandbox) == CALLS
    assert await house.dead_letters() == []


async def test_sigterm_ends_a_worker_in_time_and_the_next_one_goes_on(github: Sandbox, house: House) -> None:
    """What was begun is finished: the call that was under way is `done`, not found by its trace."""
    epic, stopper = decompose(github), Stopper(github, MIDDLE)
    async with worker_process(house.environment) as worker:
        stopper.target = worker
        await worker.line("working", timeout=START)
        assert await worker.wait(timeout=START) == 0
        assert worker.lines[-1] == "stopped"
    assert MIDDLE <= len(github.faults.mutations()) < sum(CALLS.values())
    async with worker_process(house.environment) as worker:
        await at_rest(github, house.database, worker, within=START)
    await assert_once(house, epic)
    assert set((await house.states()).values()) == {"done"}


async def test_a_worker_that_waits_for_a_silent_github_stops_in_time_too(github: Sandbox, house: House) -> None:
    """The answer comes later than the stop allows; the next worker finds what was done."""
    epic, done = decompose(github), Done(github, 9)
    github.faults.add(Delay(2 * STOP, after_commit=True), *REQUESTS["CreateIssue"], after=3)  # that is call 9
    async with worker_process(house.environment) as worker:
        await asyncio.wait_for(done.event.wait(), START)
        assert await worker.stop(timeout=STOP) == 0
    assert len(github.faults.mutations()) == 9
    async with worker_process(house.environment) as worker:
        await at_rest(github, house.database, worker, within=START)
    await assert_once(house, epic)
    assert list((await house.states()).values()).count("adopted") == 1


async def test_sigterm_ends_server_and_worker_in_one_process(github: Sandbox, house: House) -> None:
    """What GitHub could not deliver in between is asked for by the timer when the process is back."""
    stopper = Stopper(github, MIDDLE)
    async with server_process(house.environment, "--with-worker") as (server, url):
        github.world.webhooks.url = f"{url}/webhook"
        stopper.target = server
        epic = decompose(github)
        assert await server.wait(timeout=START) == 0
    assert MIDDLE <= len(github.faults.mutations()) < sum(CALLS.values())
    await github.settle()
    async with server_process(house.environment, "--with-worker") as (server, url):
        github.world.webhooks.url = f"{url}/webhook"
        await at_rest(github, house.database, server, within=START)
    asked = asked_for(github)
    del asked["Redeliver"]
    assert asked == CALLS
    assert_decomposed(house, epic)


async def test_two_workers_on_one_store_do_nothing_twice_and_keep_the_order_of_each_lane(
    github: Sandbox, house: House
) -> None:
    patient = house.environment | {"INTERLOCK_LEASE": "15"}  # neither may take the other for dead on a busy machine
    async with worker_process(patient) as one, worker_process(patient) as two:
        for worker in (one, two):
            await worker.line("working", timeout=START)
        epics = [decompose(github, f"Line {n}") for n in range(2)]
        silent = [github.actor("rene").open_issue(REPO, f"Signal {n} fails") for n in range(6)]
        await at_rest(github, house.database, one, two, within=START)
        for issue in silent:
            github.actor("rene").comment(issue, ANSWER)
        await at_rest(github, house.database, one, two, within=START)
    for epic in epics:
        assert_decomposed(house, epic)
    for issue in silent:
        assert len(house.comments(issue)) == 1
        assert house.labels(issue) == set()
    twice = {kind: 2 * count for kind, count in CALLS.items()}
    assert asked_for(github) == twice | {"PostComment": 4 + 6, "AddLabel": 2 + 6, "RemoveLabel": 6}
    assert set((await house.states()).values()) == {"done"}
    for queue in (_writes, _jobs):
        for times in (await house.database.read(queue)).values():
            assert times == sorted(times)


def _writes(conn: Connection) -> dict[int, list[datetime]]:
    """When each write of a lane left, in the order in which they were decided."""
    found: dict[int, list[datetime]] = {}
    for row in conn.execute(select(outbox.c.lane_number, outbox.c.intent_at).order_by(outbox.c.seq)):
        found.setdefault(row.lane_number, []).append(row.intent_at)
    return found


def _jobs(conn: Connection) -> dict[int, list[datetime]]:
    """When each job of a lane was finished, in the order in which they came in."""
    found: dict[int, list[datetime]] = {}
    for row in conn.execute(select(jobs.c.number, jobs.c.finished_at).order_by(jobs.c.id)):
        found.setdefault(row.number, []).append(row.finished_at)
    return found
