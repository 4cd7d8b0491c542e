"""Who works in a lane: one lease per lane and queue, with a fence that grows by one with every claim.

The lease is one row, so two workers that claim in one lane at the same moment meet at that row's lock, and every
later step of the worker that lost is refused by the fence.
"""

import time
from typing import Any, Literal

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Connection, and_, bindparam, or_, update
from sqlalchemy.sql.dml import ReturningUpdate

from bot.ports import LeaseLost
from bot.store.clocks import lease_clock
from bot.store.schema import lanes
from bot.store.statements import PerEngine
from bot.store.upsert import insert_or_ignore

#: PostgreSQL's clock may be set back a little; a lease given just before is not over because of that. Microseconds.
_SLACK = 60_000_000


class Lane(msgspec.Struct, frozen=True):
    """A repository and an issue's or pull request's number in it; number 0 is the repository as a whole."""

    queue: Literal["jobs", "outbox"]
    repo: int
    number: int

    @property
    def place(self) -> dict[str, Any]:
        """Parameters of statements with `HERE`."""
        return {"at_queue": self.queue, "at_repo": self.repo, "at_number": self.number}


AT_REPO = bindparam("at_repo", type_=BigInteger)
AT_NUMBER = bindparam("at_number", type_=BigInteger)
#: The row of one lane.
HERE = and_(lanes.c.queue == bindparam("at_queue"), lanes.c.repo == AT_REPO, lanes.c.number == AT_NUMBER)
_HELD = and_(HERE, lanes.c.item == bindparam("held_item"), lanes.c.fence == bindparam("held_fence"))
_CHANGE = update(lanes).where(_HELD).values(item=bindparam("to_item", type_=BigInteger))


@PerEngine
def _take(conn: Connection) -> ReturningUpdate[int]:
    now = lease_clock(conn)
    until = now + bindparam("length", type_=BigInteger)
    values = {"item": bindparam("to_item"), "worker": bindparam("by_worker"), "leased_at": now, "lease_until": until}
    return update(lanes).where(HERE).values(fence=lanes.c.fence + 1, **values).returning(lanes.c.fence)


@PerEngine
def _renew(conn: Connection) -> ReturningUpdate[int, int]:
    now = lease_clock(conn)
    until = now + (lanes.c.lease_until - lanes.c.leased_at)
    renewed = update(lanes).where(_HELD).values(leased_at=now, lease_until=until)
    return renewed.returning(lanes.c.leased_at, lanes.c.lease_until)


def make(conn: Connection, lane: Lane) -> None:
    """Makes the lane's row, if it has none."""
    free = {"fence": 0, "worker": "", "leased_at": 0, "lease_until": 0}
    insert_or_ignore(conn, lanes, {"queue": lane.queue, "repo": lane.repo, "number": lane.number, **free})


def is_free(conn: Connection) -> ColumnElement[bool]:
    """Condition on `lanes` with the parameter `by_worker`: nobody works here, or whoever did was silent for too long.

    From itself a worker takes over only when the lease was over for as long as it lasted: while its store stalls, the
    renewal is most likely on its way behind the claim, and what it took away from itself would be begun twice.
    """
    now, length = lease_clock(conn), lanes.c.lease_until - lanes.c.leased_at
    is_over = and_(
        lanes.c.lease_until <= now,
        or_(lanes.c.worker != bindparam("by_worker"), lanes.c.lease_until + length <= now),
    )
    return or_(lanes.c.item.is_(None), is_over, lanes.c.leased_at > now + _SLACK)


def take(conn: Connection, lane: Lane, item: int, *, worker: str, seconds: float) -> tuple[int, float]:
    """Leases the lane for `item`; the caller has locked its row and seen that it is free.

    Returns the fence, and when the lease ends in seconds of this process's monotonic clock.
    """
    begun, length = time.monotonic(), int(seconds * 1_000_000)
    values = {"to_item": item, "by_worker": worker, "length": length}
    fence: int = conn.execute(_take(conn), lane.place | values).scalar_one()
    return fence, begun + seconds


def renew(conn: Connection, lane: Lane, item: int, fence: int) -> float:
    """Makes the lease as long again as it was. Returns its new end, monotonic. Raises LeaseLost."""
    begun = time.monotonic()
    row = conn.execute(_renew(conn), lane.place | {"held_item": item, "held_fence": fence}).one_or_none()
    if row is None:
        raise _lost(lane)
    length_us: int = row.lease_until - row.leased_at
    return begun + length_us / 1_000_000


def hold(conn: Connection, lane: Lane, item: int, fence: int) -> None:
    """Keeps everybody else from taking the lease until this transaction ends. Raises LeaseLost."""
    _change(conn, lane, item, fence, item)


def release(conn: Connection, lane: Lane, item: int, fence: int) -> None:
    """Ends the lease. Raises LeaseLost."""
    _change(conn, lane, item, fence, None)


def _change(conn: Connection, lane: Lane, item: int, fence: int, to: int | None) -> None:
    values = {"held_item": item, "held_fence": fence, "to_item": to}
    if conn.execute(_CHANGE, lane.place | values).rowcount != 1:
        raise _lost(lane)


def _lost(lane: Lane) -> LeaseLost:
    return LeaseLost(f"another worker has taken over {lane.queue} of {lane.repo}/{lane.number}")
