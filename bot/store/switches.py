"""The kill switch: what is stopped, by whom and why. Repository 0 is the whole App."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, and_, delete, select, update

from bot.model.outcomes import KILL_SWITCH
from bot.model.records import Resumed, Stopped
from bot.store.schema import outbox, switches
from bot.store.upsert import insert_or_replace
from bot.store.work import announce

APP = 0
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    repo: int
    reason: str
    by: str
    stopped_at: datetime


def stop(conn: Connection, repo: int, *, reason: str, by: str, now: datetime) -> None:
    """Holds every write of a repository (0: of all) until `resume`. Stopping again changes the reason."""
    if not reason:
        raise ValueError("a kill switch needs a reason that people can read")
    insert_or_replace(conn, switches, {"repo": repo, "reason": reason, "by": by, "stopped_at": now})


def resume(conn: Connection, repo: int) -> bool:
    """Whether it was stopped. What the switch held may go out at once."""
    was_stopped = conn.execute(delete(switches).where(switches.c.repo == repo)).rowcount == 1
    held = and_(outbox.c.state == "held", outbox.c.why.startswith(KILL_SWITCH))
    ours = held if repo == APP else and_(held, outbox.c.repo == repo)
    conn.execute(update(outbox).where(ours).values(not_before=_AT_ONCE))
    announce(conn)
    return was_stopped


def stopped(conn: Connection, repo: int) -> str:
    """Why nothing may be written in this repository; empty if it may. The whole App's switch comes first."""
    query = select(switches).where(switches.c.repo.in_((APP, repo))).order_by(switches.c.repo).limit(1)
    row = conn.execute(query).one_or_none()
    return "" if row is None else f"stopped by {row.by}: {row.reason}"


def all_switches(conn: Connection) -> tuple[Switch, ...]:
    rows = conn.execute(select(switches).order_by(switches.c.repo))
    return tuple(Switch(repo=row.repo, reason=row.reason, by=row.by, stopped_at=row.stopped_at) for row in rows)


def apply_stop(conn: Connection, record: Stopped, now: datetime) -> None:
    stop(conn, record.repo.id, reason=record.reason, by=record.by, now=now)


def apply_resume(conn: Connection, record: Resumed, now: datetime) -> None:
    resume(conn, record.repo.id)
