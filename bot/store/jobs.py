"""Jobs: what handlers have to look at. In one lane strictly in order, one at a time, at least once."""

import logging
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from bot.model.codec import encode
from bot.model.events import Event
from bot.store import leases
from bot.store.calls import goes_first
from bot.store.clocks import wall_clock
from bot.store.columns import UtcTime
from bot.store.leases import AT_NUMBER, AT_REPO, HERE, Lane
from bot.store.locks import INTAKE, lock
from bot.store.schema import BLOCKING, HAS_HEAD, UNFINISHED, jobs, lanes, outbox
from bot.store.statements import PerEngine
from bot.store.upsert import insert_or_ignore
from bot.store.work import announce

_log = logging.getLogger(__name__)

#: A job that was begun this often and never finished is dead (fault S5).
MAX_ATTEMPTS = 5

#: How many candidates one claim looks at that were finished, or are dead, by the time their lane is locked.
_LOOKS = 20

_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One job in the hands of one worker.

    `event` is the encoded Event; `attempts` counts this run; `fence` grows with every claim in the lane, an older one
    is refused. `deadline` is when the lease ends, in seconds of this process's monotonic clock.
    """

    id: int
    delivery: int
    handler: str
    ordinal: int
    event: str
    repo: int
    number: int
    attempts: int
    fence: int
    deadline: float

    @property
    def lane(self) -> Lane:
        return Lane("jobs", self.repo, self.number)


_IN_LANE = and_(UNFINISHED, jobs.c.repo == AT_REPO, jobs.c.number == AT_NUMBER)
_OLDEST = select(func.min(jobs.c.id)).where(_IN_LANE).scalar_subquery()
_NEXT_HEAD = update(lanes).where(HERE).values(head=_OLDEST, item=None)
#: The newest is the job this transaction has just added. The oldest would be wrong here: if this statement waits for
#: whoever finishes the lane's last job, PostgreSQL reads `head` anew afterwards, but the jobs as they were before, and
#: the lane would wait for a finished job for ever.
_NEWEST = select(func.max(jobs.c.id)).where(_IN_LANE).scalar_subquery()
_NEW_HEAD = update(lanes).where(HERE).values(head=func.coalesce(lanes.c.head, _NEWEST))
_ENDED = (
    update(jobs)
    .where(jobs.c.id == bindparam("job"))
    .values(state=bindparam("to_state"), error=bindparam("with_error"), finished_at=bindparam("now", type_=UtcTime))
)


def _may_run(conn: Connection) -> ColumnElement[bool]:
    has_writes = exists().where(outbox.c.lane_repo == jobs.c.repo, outbox.c.lane_number == jobs.c.number, BLOCKING)
    return and_(UNFINISHED, jobs.c.not_before <= wall_clock(conn), ~has_writes)


@PerEngine
def _candidate(conn: Connection) -> Select[int | None]:
    query = select(lanes.c.head).join(jobs, jobs.c.id == lanes.c.head).where(HAS_HEAD, leases.is_free(conn))
    due = query.where(_may_run(conn)).order_by(lanes.c.head).limit(1)
    return due.with_for_update(of=lanes, skip_locked=True)


@PerEngine
def _begin(conn: Connection) -> ReturningUpdate[Any]:
    run = update(jobs).where(jobs.c.id == bindparam("head"), _may_run(conn))
    return run.values(attempts=jobs.c.attempts + 1).returning(*jobs.c)


def enqueue(conn: Connection, *, delivery: int, handler: str, event: Event, ordinal: int = 0) -> bool:
    """Adds a job to the lane of the event's subject. False: this delivery made it before.

    `ordinal` tells apart what one handler has to do several times for one delivery and subject.
    """
    lock(conn, INTAKE)  # ids become visible in the order they are given: the order of the lane
    lane = Lane("jobs", event.repo.id, event.number)
    leases.make(conn, lane)
    values = {
        "delivery": delivery,
        "handler": handler,
        "repo": event.repo.id,
        "number": event.number,
        "ordinal": ordinal,
        "event": encode(event),
        "received_at": event.received_at,
        "not_before": _AT_ONCE,
        "attempts": 0,
        "error": "",
        "state": "waiting",
    }
    if not insert_or_ignore(conn, jobs, values):
        return False
    # Always written, so that it waits for, or is seen by, whoever finishes the lane's last job at this moment.
    conn.execute(_NEW_HEAD, lane.place)
    announce(conn)
    return True


def claim(conn: Connection, *, worker: str, lease: float) -> Job | None:
    """The oldest job that may run now, leased for `lease` seconds; None if there is none.

    It may run if its time has come, every older job of its lane is finished, nobody else works in the lane and every
    write of the lane is settled (held ones and those that back off do not count). An attempt counts before it is
    made; a job that was begun five times is buried here.
    """
    for _ in range(_LOOKS):
        head = conn.scalar(_candidate(conn), {"by_worker": worker})
        if head is None:
            return None
        # The lane is locked now. On PostgreSQL the look above may be older than that: this statement looks again.
        row = conn.execute(_begin(conn), {"head": head}).one_or_none()
        if row is None:
            continue
        lane = Lane("jobs", row.repo, row.number)
        if row.attempts > MAX_ATTEMPTS:
            why = f"begun {MAX_ATTEMPTS} times and never finished. {row.error}".strip()
            _end(conn, lane, row.id, "dead", why)
            _log.warning("job %s (%s) of lane %s/%s is dead: %s", row.id, row.handler, lane.repo, lane.number, why)
            continue
        fence, deadline = leases.take(conn, lane, row.id, worker=worker, seconds=lease)
        return Job(
            id=row.id,
            delivery=row.delivery,
            handler=row.handler,
            ordinal=row.ordinal,
            event=row.event,
            repo=row.repo,
            number=row.number,
            attempts=row.attempts,
            fence=fence,
            deadline=deadline,
        )
    return None


@goes_first
def renew(conn: Connection, job: Job) -> float:
    """Makes the lease as long again as it was; returns its new end (monotonic seconds). Raises LeaseLost."""
    return leases.renew(conn, job.lane, job.id, job.fence)


def retry(conn: Connection, job: Job, error: str, not_before: datetime) -> bool:
    """Lets the job run again from `not_before` on; until then it holds its lane. Raises LeaseLost.

    False: that was its last attempt, it is buried.
    """
    if job.attempts >= MAX_ATTEMPTS:
        bury(conn, job, error)
        return False
    _put_back(conn, job, error, not_before, job.attempts)
    return True


def postpone(conn: Connection, job: Job, why: str, not_before: datetime) -> None:
    """The same without counting the attempt: GitHub did not tell what the job needs. Raises LeaseLost."""
    _put_back(conn, job, why, not_before, job.attempts - 1)


def bury(conn: Connection, job: Job, error: str) -> None:
    """Makes it a dead letter, which frees the lane. Raises LeaseLost."""
    finish(conn, job, "dead", error)


def finish(conn: Connection, job: Job, state: str = "done", error: str = "") -> None:
    """Ends the job and its lease. Raises LeaseLost."""
    leases.release(conn, job.lane, job.id, job.fence)
    _end(conn, job.lane, job.id, state, error)


def _put_back(conn: Connection, job: Job, error: str, not_before: datetime, attempts: int) -> None:
    leases.release(conn, job.lane, job.id, job.fence)
    waiting = update(jobs).where(jobs.c.id == job.id)
    conn.execute(waiting.values(error=error, not_before=not_before, attempts=attempts))
    announce(conn)


def _end(conn: Connection, lane: Lane, job: int, state: str, error: str) -> None:
    """The caller has locked the lane's row. Whoever still works on the job is fenced off."""
    conn.execute(_ENDED, {"job": job, "to_state": state, "with_error": error, "now": datetime.now(UTC)})
    conn.execute(_NEXT_HEAD, lane.place)
    announce(conn)
