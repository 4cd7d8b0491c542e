"""Labels that a human took away, and what they had been set for: a human's hand wins."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.model.codec import decode
from bot.model.records import LabelRemovedByHuman
from bot.model.writes import AddLabel, AnyWrite
from bot.store.schema import outbox, overrides
from bot.store.upsert import insert_or_ignore

_SET = ("done", "adopted", "no_op")


def remember(conn: Connection, record: LabelRemovedByHuman, now: datetime) -> None:
    """Every cause for which the label was set on this issue so far becomes an override."""
    issue = record.issue
    place = {"repo": issue.repo.id, "number": issue.number, "label": record.label}
    ours = select(outbox.c.body).where(
        outbox.c.repo == issue.repo.id,
        outbox.c.number == issue.number,
        outbox.c.kind == AddLabel.__name__,
        outbox.c.state.in_(_SET),
    )
    for body in conn.scalars(ours).all():
        write = decode(body, AddLabel)
        if write.label == record.label:
            insert_or_ignore(conn, overrides, place | {"cause": write.cause, "made_at": now})


def overridden(conn: Connection, write: AnyWrite) -> str:
    """Why a human's hand forbids this write; empty if none does."""
    if not isinstance(write, AddLabel):
        return ""
    made_at = conn.scalar(
        select(overrides.c.made_at).where(
            overrides.c.repo == write.issue.repo.id,
            overrides.c.number == write.issue.number,
            overrides.c.label == write.label,
            overrides.c.cause == write.cause,
        )
    )
    return f"a human removed the label {write.label!r} ({write.cause}) on {made_at:%Y-%m-%d}" if made_at else ""
