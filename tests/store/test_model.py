"""Jobs and outbox beside a model of a hundred lines: whatever is done in whatever order, both say the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, delete, select

from bot.model.decision import Decision
from bot.model.outbox import Claim
from bot.model.outcomes import Denied, Done, DryRun, Failed, Held, Outcome, Stale, Unknown
from bot.model.writes import AnyWrite, ResultOf
from bot.ports import LeaseLost
from bot.store import decisions, jobs, outbox, postgres, reservations, sqlite
from bot.store.database import parse_url
from bot.store.schema import inbox, metadata
from bot.store.schema import jobs as job_table
from bot.store.schema import outbox as write_table
from tests.store.given import LATER, NOW, PAST, add_job, comment, create_issue, label, link, receipt

T = TypeVar("T")
LANES = (1, 2)
ALIVE, DEAD = 1000.0, 0.0  # seconds of lease: one that lasts, and one that is over at once
OUTCOMES: dict[str, Outcome] = {
    "done": Done(receipt()),
    "dry_run": DryRun("dry"),
    "stale": Stale("closed"),
    "denied": Denied("403"),
    "held": Held(LATER, "x"),
    "failed": Failed(PAST, "x"),
    "unknown": Unknown(LATER, "x"),
}
#: How many writes a decision of each shape has.
SHAPES = {"nothing": 0, "one": 1, "two": 2, "chain": 3, "both": 3}
OPEN = {"waiting", "sent", "held", "failed", "unknown"}
BARREN = {"stale", "denied"}


@dataclass
class Thing:
    """A job or a write of the model. `order` is its place in the lane and in time."""

    order: int
    lane: int
    key: str
    state: str = "waiting"
    due: bool = True
    attempts: int = 0
    needs: list["Thing"] = field(default_factory=list)

    def waits_for_result(self) -> bool:
        return any(other.state in OPEN for other in self.needs)

    def blocks(self) -> bool:
        return self.state in {"waiting", "sent", "unknown"} and not self.waits_for_result()


@dataclass
class Holder:
    """Who claimed last in a lane of a queue, until it is given up; `alive` while the lease lasts."""

    thing: Thing
    token: Any
    alive: bool


class Store(RuleBasedStateMachine):
    engine: Engine

    @initialize()
    def empty(self) -> None:
        with self.engine.begin() as conn:
            for table in reversed(metadata.sorted_tables):
                conn.execute(delete(table))
        self.jobs: list[Thing] = []
        self.writes: list[Thing] = []
        self.workers: dict[int, Holder] = {}
        self.senders: dict[int, Holder] = {}
        self.old: list[Any] = []  # jobs and claims that were taken over or ended
        self.count = 0

    def run_in_store(self, function: Callable[..., T], *arguments: Any, **keywords: Any) -> T:
        with self.engine.begin() as conn:
            return function(conn, *arguments, **keywords)

    def next_name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    @rule(lane=st.sampled_from(LANES))
    def add_job(self, lane: int) -> None:
        name = self.next_name()
        self.run_in_store(add_job, name, lane)
        self.jobs.append(Thing(len(self.jobs), lane, name))

    def expected_job(self) -> Thing | None:
        for job in self.jobs:
            older = any(other.state == "waiting" for other in self.jobs[: job.order] if other.lane == job.lane)
            busy = job.lane in self.workers and self.workers[job.lane].alive
            blocked = any(write.blocks() for write in self.writes if write.lane == job.lane)
            if job.state != "waiting" or older or busy or blocked or not job.due:
                continue
            if job.attempts < jobs.MAX_ATTEMPTS:
                return job
            job.state = "dead"  # begun five times: buried, and the next of its lane may run
            self.end(self.workers, job.lane)
        return None

    @rule(lease=st.sampled_from([ALIVE, DEAD]))
    def claim_job(self, lease: float) -> None:
        expected = self.expected_job()
        claimed = self.run_in_store(jobs.claim, worker="w", lease=lease)
        assert (claimed is None) == (expected is None), f"{claimed} instead of {expected}"
        if claimed is None or expected is None:
            return
        expected.attempts += 1
        assert self.guid_of(claimed) == expected.key
        assert claimed.attempts == expected.attempts
        self.replace(self.workers, expected, claimed, alive=lease == ALIVE)

    def guid_of(self, job: jobs.Job) -> str:
        return str(self.run_in_store(lambda conn: conn.scalar(select(inbox.c.guid).where(inbox.c.id == job.delivery))))

    def replace(self, holders: dict[int, Holder], thing: Thing, token: Any, *, alive: bool) -> None:
        if before := holders.pop(thing.lane, None):
            self.old.append(before.token)
        holders[thing.lane] = Holder(thing, token, alive)

    def end(self, holders: dict[int, Holder], lane: int) -> Holder | None:
        holder = holders.pop(lane, None)
        if holder:
            self.old.append(holder.token)
        return holder

    @rule(lane=st.sampled_from(LANES), how=st.sampled_from(["retry", "retry later", "postpone", "bury"]))
    def give_up_job(self, lane: int, how: str) -> None:
        holder = self.end(self.workers, lane)
        if holder is None:
            return
        job, when = holder.thing, LATER if how == "retry later" else PAST
        if how == "bury":
            self.run_in_store(jobs.bury, holder.token, "boom")
            job.state = "dead"
        elif how == "postpone":
            self.run_in_store(jobs.postpone, holder.token, "limited", when)
            job.attempts -= 1
        else:
            again = self.run_in_store(jobs.retry, holder.token, "boom", when)
            assert again == (job.attempts < jobs.MAX_ATTEMPTS)
            job.state, job.due = ("waiting" if again else "dead"), how == "retry"

    @rule(lane=st.sampled_from(LANES), shape=st.sampled_from(list(SHAPES)))
    def decide(self, lane: int, shape: str) -> None:
        holder = self.end(self.workers, lane)
        if holder is None:
            return
        names = [self.next_name() for _ in range(SHAPES[shape])]
        writes: list[AnyWrite] = [label(name, lane) for name in names]
        things = [Thing(len(self.writes) + place, lane, name) for place, name in enumerate(names)]
        if shape == "chain":
            writes[:2] = [create_issue(names[0]), link(names[1], names[0])]
            things[1].needs.append(things[0])
        if shape == "both":
            writes = [create_issue(names[0]), create_issue(names[1]), comment(names[2], *map(ResultOf, names[:2]))]
            things[2].needs.extend(things[:2])
        decision = Decision(rule="r", why="w", writes=tuple(writes))
        self.run_in_store(decisions.commit, holder.token, decision, NOW)
        holder.thing.state = "done"
        self.writes.extend(things)

    @rule(lease=st.sampled_from([ALIVE, DEAD]))
    def claim_write(self, lease: float) -> None:
        expected = next((write for write in self.writes if self.may_go(write)), None)
        claimed = self.run_in_store(outbox.claim, worker="w", lease=lease)
        assert (claimed and claimed.write.key) == (expected and expected.key)
        if claimed is None or expected is None:
            return
        assert set(claimed.results) == {other.key for other in expected.needs if other.state == "done"}
        assert claimed.attempts == expected.attempts
        self.replace(self.senders, expected, claimed, alive=lease == ALIVE)

    def may_go(self, write: Thing) -> bool:
        busy = write.lane in self.senders and self.senders[write.lane].alive
        return write.state in OPEN and write.due and not write.waits_for_result() and not busy

    @rule(lane=st.sampled_from(LANES), back=st.booleans())
    def reserve(self, lane: int, back: bool) -> None:
        if lane not in self.senders:
            return
        write, claim = self.senders[lane].thing, self.senders[lane].token
        assert self.run_in_store(reservations.reserve, claim, (), NOW) is None
        write.attempts += 1
        write.state = "sent"
        if back:
            self.run_in_store(reservations.give_back, claim)
            write.state = "waiting"

    @rule(lane=st.sampled_from(LANES), name=st.sampled_from(sorted(OUTCOMES)))
    def settle(self, lane: int, name: str) -> None:
        holder = self.end(self.senders, lane)
        if holder is None:
            return
        self.run_in_store(outbox.settle, holder.token, OUTCOMES[name], NOW)
        holder.thing.state = name
        if name == "failed":
            holder.thing.attempts = holder.token.attempts + 1
        if name in {"held", "unknown"}:
            holder.thing.due = False
        for write in self.writes:
            if write.state in OPEN and any(other.state in BARREN for other in write.needs):
                write.state = "stale"

    @rule()
    def time_passes(self) -> None:
        def everything_is_due(conn: Connection) -> None:
            for table in (job_table, write_table):
                conn.execute(table.update().values(not_before=PAST))

        self.run_in_store(everything_is_due)
        for thing in (*self.jobs, *self.writes):
            thing.due = True

    @rule()
    def whoever_lost_a_lease_changes_nothing(self) -> None:
        for token in self.old:
            refused: list[tuple[Callable[..., Any], tuple[Any, ...]]]
            if isinstance(token, Claim):
                refused = [(outbox.settle, (OUTCOMES["done"], NOW)), (reservations.reserve, ((), NOW))]
            else:
                refused = [(jobs.finish, ()), (jobs.retry, ("late", PAST)), (decisions.commit, (NOTHING, NOW))]
            for function, arguments in refused:
                with pytest.raises(LeaseLost):
                    self.run_in_store(function, token, *arguments)

    @invariant()
    def the_rows_are_what_the_model_says(self) -> None:
        if not hasattr(self, "jobs"):
            return
        with self.engine.begin() as conn:
            found_jobs = list(conn.scalars(select(job_table.c.state).order_by(job_table.c.id)))
            found_writes = conn.execute(
                select(write_table.c.key, write_table.c.state).order_by(write_table.c.seq)
            ).all()
        assert found_jobs == [job.state for job in self.jobs]
        assert [tuple(row) for row in found_writes] == [(write.key, write.state) for write in self.writes]


NOTHING = Decision(rule="r", why="w")


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    parsed = parse_url(url)
    engine = sqlite.connect(parsed) if parsed.get_backend_name() == "sqlite" else postgres.connect(parsed)
    yield engine
    engine.dispose()


def test_the_store_does_what_the_model_does(url: str) -> None:
    examples = 150 if url.startswith("sqlite") else 30
    with engine_of(url) as engine:
        machine = type("StoreOf", (Store,), {"engine": engine})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
