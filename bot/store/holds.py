"""Issues on hold, and issues that were given back to the bot: what a person's hand has decided."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.model.ids import IssueRef
from bot.model.questions import Hold
from bot.model.records import GivenBack, HeldByHand, Unheld
from bot.store.schema import fresh_starts, holds
from bot.store.upsert import insert_or_replace


def hold(conn: Connection, record: HeldByHand, now: datetime) -> None:
    """Holding again changes who and why."""
    insert_or_replace(conn, holds, _at(record.issue) | {"by": record.by, "reason": record.reason, "held_at": now})


def unhold(conn: Connection, record: Unheld, now: datetime) -> None:
    here = (holds.c.repo == record.issue.repo.id, holds.c.number == record.issue.number)
    conn.execute(delete(holds).where(*here))


def hold_of(conn: Connection, issue: IssueRef) -> Hold | None:
    here = (holds.c.repo == issue.repo.id, holds.c.number == issue.number)
    row = conn.execute(select(holds).where(*here)).one_or_none()
    return None if row is None else Hold(by=row.by, reason=row.reason)


def give_back(conn: Connection, record: GivenBack, now: datetime) -> None:
    insert_or_replace(conn, fresh_starts, _at(record.issue) | {"rounds": record.rounds})


def forgotten_rounds(conn: Connection, issue: IssueRef) -> int:
    here = (fresh_starts.c.repo == issue.repo.id, fresh_starts.c.number == issue.number)
    return conn.scalar(select(fresh_starts.c.rounds).where(*here)) or 0


def _at(issue: IssueRef) -> dict[str, int]:
    return {"repo": issue.repo.id, "number": issue.number}
