"""The children planned for each epic, written down before the first is created."""

from datetime import datetime

from sqlalchemy import Connection, select

from bot.model.epics import PlannedChild
from bot.model.ids import IssueRef
from bot.model.records import ChildPlanStored
from bot.store.schema import children, commanders
from bot.store.upsert import insert_or_ignore, insert_or_replace


def store_children(conn: Connection, record: ChildPlanStored, now: datetime) -> None:
    """Adds the children whose key is new; the others stay as they were first planned."""
    insert_or_replace(conn, commanders, {"repo": record.epic.repo.id, "epic": record.epic.number, "login": record.by})
    for child in record.children:
        row = {"repo": record.epic.repo.id, "epic": record.epic.number}
        insert_or_ignore(conn, children, row | {"key": child.key, "title": child.title, "existing": child.existing})


def children_of(conn: Connection, epic: IssueRef) -> tuple[PlannedChild, ...]:
    """All children ever planned for the epic, in the order of their planning."""
    here = select(children).where(children.c.repo == epic.repo.id, children.c.epic == epic.number)
    rows = conn.execute(here.order_by(children.c.id))
    return tuple(PlannedChild(key=row.key, title=row.title, existing=row.existing) for row in rows)


def commander(conn: Connection, epic: IssueRef) -> str:
    """Who had the epic decomposed last; empty if nobody did."""
    here = (commanders.c.repo == epic.repo.id, commanders.c.epic == epic.number)
    return conn.scalar(select(commanders.c.login).where(*here)) or ""
