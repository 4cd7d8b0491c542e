"""Who works in a lane: one lease per lane and queue, with a fence that grows by one with every claim.

The lease is one row, so two workers that claim in one lane at the same moment meet at that row's lock, and every
later step of the worker that lost is refused by the fence.
"""

import time
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, or_, update

from bot.ports import LeaseLost
from bot.store.clocks import lease_clock
from bot.store.schema import lanes
from bot.store.upsert import insert_or_ignore

#: PostgreSQL's clock may be set back a little; a lease given just before is not over because of that. Microseconds.
_SLACK = 60_000_000


class Lane(msgspec.Struct, frozen=True):
    """A repository and an issue's or pull request's number in it; number 0 is the repository as a whole."""

    queue: Literal["jobs", "outbox"]
    repo: int
    number: int

    def here(self) -> ColumnElement[bool]:
        return and_(lanes.c.queue == self.queue, lanes.c.repo == self.repo, lanes.c.number == self.number)


def make(conn: Connection, lane: Lane) -> None:
    """Makes the lane's row, if it has none."""
    free = {"fence": 0, "worker": "", "leased_at": 0, "lease_until": 0}
    insert_or_ignore(conn, lanes, {"queue": lane.queue, "repo": lane.repo, "number": lane.number, **free})


def is_free(conn: Connection) -> ColumnElement[bool]:
    """Condition on `lanes`: nobody works here, or whoever did was silent for too long."""
    now = lease_clock(conn)
    return or_(lanes.c.item.is_(None), lanes.c.lease_until <= now, lanes.c.leased_at > now + _SLACK)


def take(conn: Connection, lane: Lane, item: int, *, worker: str, seconds: float) -> tuple[int, float]:
    """Leases the lane for `item`; the caller has locked its row and seen that it is free.

    Returns the fence, and when the lease ends in seconds of this process's monotonic clock.
    """
    begun, length = time.monotonic(), int(seconds * 1_000_000)
    now = lease_clock(conn)
    taken = update(lanes).where(lane.here()).returning(lanes.c.fence)
    values = {"fence": lanes.c.fence + 1, "item": item, "worker": worker, "leased_at": now, "lease_until": now + length}
    fence: int = conn.execute(taken.values(values)).scalar_one()
    return fence, begun + seconds


def renew(conn: Connection, lane: Lane, item: int, fence: int) -> float:
    """Makes the lease as long again as it was. Returns its new end, monotonic. Raises LeaseLost."""
    begun, now = time.monotonic(), lease_clock(conn)
    length = lanes.c.lease_until - lanes.c.leased_at
    again = update(lanes).where(_held(lane, item, fence)).values(leased_at=now, lease_until=now + length)
    row = conn.execute(again.returning(lanes.c.leased_at, lanes.c.lease_until)).one_or_none()
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
    if conn.execute(update(lanes).where(_held(lane, item, fence)).values(item=to)).rowcount != 1:
        raise _lost(lane)


def _held(lane: Lane, item: int, fence: int) -> ColumnElement[bool]:
    return and_(lane.here(), lanes.c.item == item, lanes.c.fence == fence)


def _lost(lane: Lane) -> LeaseLost:
    return LeaseLost(f"another worker has taken over {lane.queue} of {lane.repo}/{lane.number}")
