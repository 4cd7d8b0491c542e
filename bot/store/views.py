"""What people look at: health, and the newest rows of each table. For pages, CLI and demo; nothing decides on it."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Select, func, select

from bot.model.codec import decode
from bot.model.decision import Decision, Past
from bot.model.events import Event
from bot.model.ids import IssueRef
from bot.policy.breaker import speaks
from bot.store.schema import DEAD_DELIVERY, DEAD_JOB, OPEN, UNFINISHED, UNREAD, decisions, inbox, jobs, outbox

Row = TypeVar("Row", bound=msgspec.Struct)


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The two times are None where nothing waits. `dead` counts deliveries and jobs that were given up."""

    unread: int
    oldest_unread: datetime | None
    unfinished: int
    oldest_unfinished: datetime | None
    dead: int
    held: int
    failed: int
    unknown: int

    def lag(self, now: datetime) -> float:
        """Seconds the oldest delivery has waited to be read."""
        return 0.0 if self.oldest_unread is None else max(0.0, (now - self.oldest_unread).total_seconds())


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    guid: str
    source: str
    name: str
    received_at: datetime
    state: str
    why: str


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    delivery: int
    handler: str
    repo: int
    number: int
    state: str
    attempts: int
    not_before: datetime
    error: str


class DecisionRow(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    job: int
    handler: str
    repo: int
    number: int
    rule: str
    why: str
    body: str
    decided_at: datetime


class WriteRow(msgspec.Struct, frozen=True, kw_only=True):
    """`receipt` is the encoded Receipt, None if there is none."""

    seq: int
    key: str
    decision: int | None
    kind: str
    surface: str
    repo: int
    number: int
    state: str
    why: str
    attempts: int
    not_before: datetime
    body: str
    receipt: str | None
    settled_at: datetime | None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is `delivery` or `job`; `what` its name or handler."""

    kind: str
    id: int
    what: str
    error: str
    received_at: datetime


def health(conn: Connection) -> Health:
    unread = conn.execute(select(func.count(), func.min(inbox.c.received_at)).where(UNREAD)).one()
    unfinished = conn.execute(select(func.count(), func.min(jobs.c.received_at)).where(UNFINISHED)).one()
    by_state = select(outbox.c.state, func.count().label("writes")).where(OPEN).group_by(outbox.c.state)
    open_writes: dict[str, int] = {row.state: row.writes for row in conn.execute(by_state)}
    return Health(
        unread=unread[0],
        oldest_unread=unread[1],
        unfinished=unfinished[0],
        oldest_unfinished=unfinished[1],
        dead=_count(conn, DEAD_DELIVERY) + _count(conn, DEAD_JOB),
        held=open_writes.get("held", 0),
        failed=open_writes.get("failed", 0),
        unknown=open_writes.get("unknown", 0),
    )


def deliveries(conn: Connection, limit: int) -> tuple[DeliveryRow, ...]:
    """Newest first, as all lists here."""
    return _rows(conn, DeliveryRow, select(inbox).order_by(inbox.c.id.desc()).limit(limit))


def unfinished_jobs(conn: Connection, limit: int) -> tuple[JobRow, ...]:
    return _rows(conn, JobRow, select(jobs).where(UNFINISHED).order_by(jobs.c.id.desc()).limit(limit))


def waiting_jobs(conn: Connection, limit: int) -> tuple[JobRow, ...]:
    """Those that were begun and wait to be tried again, each with what it waits for."""
    begun = select(jobs).where(UNFINISHED, jobs.c.error != "")
    return _rows(conn, JobRow, begun.order_by(jobs.c.id.desc()).limit(limit))


def list_decisions(
    conn: Connection, limit: int, *, repo: int | None = None, number: int = 0
) -> tuple[DecisionRow, ...]:
    """All, or those of one lane."""
    query = select(decisions)
    if repo is not None:
        query = query.where(decisions.c.repo == repo, decisions.c.number == number)
    return _rows(conn, DecisionRow, query.order_by(decisions.c.id.desc()).limit(limit))


def past(conn: Connection, subject: IssueRef, limit: int) -> tuple[Past, ...]:
    """The newest decisions of a lane. One that only posts check runs has not written: those are never held back."""
    made = select(decisions.c.rule, decisions.c.decided_at, decisions.c.body, jobs.c.event)
    here = made.join(jobs, jobs.c.id == decisions.c.job).where(
        decisions.c.repo == subject.repo.id, decisions.c.number == subject.number
    )
    return tuple(
        Past(
            rule=row.rule,
            at=row.decided_at,
            by_human=decode(row.event, Event).by_human,
            wrote=speaks(decode(row.body, Decision).writes),
        )
        for row in conn.execute(here.order_by(decisions.c.id.desc()).limit(limit))
    )


def decision_on(conn: Connection, guid: str) -> DecisionRow | None:
    """The newest decision that the delivery with this GUID led to."""
    made = select(decisions).join(jobs, jobs.c.id == decisions.c.job).join(inbox, inbox.c.id == jobs.c.delivery)
    found = _rows(conn, DecisionRow, made.where(inbox.c.guid == guid).order_by(decisions.c.id.desc()).limit(1))
    return found[0] if found else None


def list_writes(conn: Connection, limit: int, *, states: tuple[str, ...] = ()) -> tuple[WriteRow, ...]:
    """All, or those in one of `states`."""
    query = select(outbox)
    if states:
        query = query.where(outbox.c.state.in_(states))
    return _rows(conn, WriteRow, query.order_by(outbox.c.seq.desc()).limit(limit))


def open_writes(conn: Connection, subject: IssueRef) -> tuple[WriteRow, ...]:
    """What an issue's lane has not written yet, in order."""
    lane = select(outbox).where(OPEN, outbox.c.lane_repo == subject.repo.id, outbox.c.lane_number == subject.number)
    return _rows(conn, WriteRow, lane.order_by(outbox.c.seq))


def writes_of(conn: Connection, decision: int) -> tuple[WriteRow, ...]:
    """What a decision put into the outbox, in order."""
    return _rows(conn, WriteRow, select(outbox).where(outbox.c.decision == decision).order_by(outbox.c.seq))


def dead_letters(conn: Connection, limit: int) -> tuple[DeadLetter, ...]:
    dead_inbox = select(inbox).where(DEAD_DELIVERY).order_by(inbox.c.id.desc()).limit(limit)
    dead_jobs = select(jobs).where(DEAD_JOB).order_by(jobs.c.id.desc()).limit(limit)
    found = [
        DeadLetter(kind="delivery", id=row.id, what=row.name, error=row.why, received_at=row.received_at)
        for row in conn.execute(dead_inbox)
    ]
    found += [
        DeadLetter(kind="job", id=row.id, what=row.handler, error=row.error, received_at=row.received_at)
        for row in conn.execute(dead_jobs)
    ]
    return tuple(sorted(found, key=lambda letter: letter.received_at, reverse=True)[:limit])


def _count(conn: Connection, condition: Any) -> int:
    return conn.scalar(select(func.count()).where(condition)) or 0


def _rows(conn: Connection, kind: type[Row], query: Select[Any]) -> tuple[Row, ...]:
    found = conn.execute(query).mappings()
    return tuple(kind(**{name: row[name] for name in kind.__struct_fields__}) for row in found)
