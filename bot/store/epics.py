"""The children planned for each epic, run by run, written down before the first is created; and the plan shown last."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, literal, or_, select, update

from bot.model.codec import decode, encode
from bot.model.epics import NewChild, Preview, Run, StoredChild
from bot.model.ids import IssueRef
from bot.model.records import ChildPlanStored, PreviewShown, RunUndone
from bot.model.writes import Receipt
from bot.store import texts
from bot.store.errors import Conflict
from bot.store.outbox import BARREN
from bot.store.schema import children, outbox, previews, runs
from bot.store.upsert import insert_or_ignore, insert_or_replace


def store_children(conn: Connection, record: ChildPlanStored, now: datetime) -> None:
    """Stores a run and adds the children whose key is new; the others stay as they were first planned.

    What an earlier summary says of the epic is not final any more.
    Raises Conflict if the run is not the next one any more.
    """
    run, at = record.run, _at(record.epic)
    row = {
        "run": run.id,
        "issue": run.issue,
        "by": run.by,
        "left_out": encode(run.left_out),
        "started_at": now,
        "undone_by": "",
    }
    newest = conn.scalar(select(func.max(runs.c.run)).where(_of(runs, record.epic))) or 0
    if run.id != newest + 1 or not insert_or_ignore(conn, runs, at | row):
        raise Conflict(f"run {run.id} of #{record.epic.number} is not the next one any more")
    for child in record.children:
        values = {"key": child.key, "title": child.title, "existing": child.existing, "number": child.number}
        insert_or_ignore(conn, children, at | values | {"above": child.above, "run": run.id, "undone": False})
    _give_up(conn, record.epic, record.replaced)
    _reopen_summary(conn, record.epic)


def undo(conn: Connection, record: RunUndone, now: datetime) -> None:
    """The first to undo a run has undone it. Its children are given up; when they are undone, their closing tells."""
    here = and_(_of(runs, record.epic), runs.c.run == record.run, runs.c.undone_by == "")
    conn.execute(update(runs).where(here).values(undone_by=record.by))
    _give_up(conn, record.epic, record.children)
    _reopen_summary(conn, record.epic)


def show(conn: Connection, record: PreviewShown, now: datetime) -> None:
    preview = record.preview
    row = {"body": preview.body, "children": encode(preview.children), "shown_at": now}
    insert_or_replace(conn, previews, _at(record.epic) | row)


def children_of(conn: Connection, epic: IssueRef) -> tuple[StoredChild, ...]:
    """All children planned for the epic that nobody has undone, in the order of their planning."""
    return _children(conn, epic, undone=False)


def undone_of(conn: Connection, epic: IssueRef) -> tuple[StoredChild, ...]:
    """Those that were undone: closed by us, or never to be created. What waits to be closed is still planned."""
    return _children(conn, epic, undone=True)


def runs_of(conn: Connection, epic: IssueRef) -> tuple[Run, ...]:
    """Every run of the epic, the first one first."""
    rows = conn.execute(select(runs).where(_of(runs, epic)).order_by(runs.c.run))
    return tuple(
        Run(
            id=row.run,
            issue=row.issue,
            by=row.by,
            left_out=decode(row.left_out, tuple[str, ...]),
            undone_by=row.undone_by,
        )
        for row in rows
    )


def is_active(conn: Connection, epic: IssueRef, run: int) -> bool:
    """Whether the run was started and nobody has undone it."""
    return conn.scalar(select(runs.c.undone_by).where(_of(runs, epic), runs.c.run == run)) == ""


def preview_of(conn: Connection, epic: IssueRef) -> Preview | None:
    row = conn.execute(select(previews).where(_of(previews, epic))).one_or_none()
    return None if row is None else Preview(body=row.body, children=decode(row.children, tuple[NewChild, ...]))


def epics_of(conn: Connection, child: IssueRef) -> tuple[IssueRef, ...]:
    """The epics that planned this issue as their child, the one that did so last first."""
    made = outbox.c.receipt.contains(f'"number":{child.number},', autoescape=True)
    query = select(children.c.epic).outerjoin(outbox, outbox.c.key == children.c.key)
    here = query.where(children.c.repo == child.repo.id, or_(children.c.number == child.number, made))
    epics = conn.scalars(here.order_by(children.c.id.desc()))
    return tuple(IssueRef(child.repo, epic) for epic in dict.fromkeys(epics))


def commander(conn: Connection, epic: IssueRef) -> str:
    """Who had the epic decomposed last; empty if nobody did."""
    newest = select(runs.c.by).where(_of(runs, epic)).order_by(runs.c.run.desc()).limit(1)
    return conn.scalar(newest) or ""


def _give_up(conn: Connection, epic: IssueRef, keys: tuple[str, ...]) -> None:
    if keys:
        given_up = and_(_of(children, epic), children.c.key.in_(keys))
        conn.execute(update(children).where(given_up).values(undone=True))


def _children(conn: Connection, epic: IssueRef, *, undone: bool) -> tuple[StoredChild, ...]:
    link = outbox.alias()
    made = select(
        children,
        outbox.c.state,
        outbox.c.why,
        outbox.c.receipt,
        outbox.c.intent_at,
        outbox.c.settled_at,
        link.c.state.label("link_state"),
        link.c.why.label("link_why"),
    )
    joined = made.outerjoin(outbox, outbox.c.key == children.c.key)
    joined = joined.outerjoin(link, link.c.key == literal("link/").concat(children.c.key))
    rows = conn.execute(joined.where(_of(children, epic)).order_by(children.c.id)).all()
    found = [_child(row) for row in rows]
    closes = _closes(conn, [child for child, row in zip(found, rows, strict=True) if row.undone])
    return tuple(
        child
        for child, row in zip(found, rows, strict=True)
        if (row.undone and _is_undone(child, row, closes)) == undone
    )


def _closes(conn: Connection, given_up: Iterable[StoredChild]) -> dict[str, bool]:
    """The writes that close these children, and whether each has been done."""
    keys = [f"undo/{child.id}" for child in given_up if child.id]
    rows = conn.execute(select(outbox.c.key, outbox.c.receipt).where(outbox.c.key.in_(keys))) if keys else ()
    return {row.key: row.receipt is not None for row in rows}


def _is_undone(child: StoredChild, row: Row[Any], closes: Mapping[str, bool]) -> bool:
    """Of one that was given up.

    What is not closed is still there. One that nobody closes was gone by then, unless it came only afterwards: then
    its link was not wanted any more.
    """
    if not child.id:
        return not child.in_doubt
    return closes.get(f"undo/{child.id}", row.link_state not in BARREN)


def _reopen_summary(conn: Connection, epic: IssueRef) -> None:
    first = conn.scalar(select(runs.c.issue).where(_of(runs, epic)).order_by(runs.c.run).limit(1))
    texts.reopen(conn, f"summary/{first}")


def _of(table: Table, epic: IssueRef) -> ColumnElement[bool]:
    return and_(table.c.repo == epic.repo.id, table.c.epic == epic.number)


def _at(epic: IssueRef) -> dict[str, int]:
    return {"repo": epic.repo.id, "epic": epic.number}


def _child(row: Row[Any]) -> StoredChild:
    """What was created and linked is told by the writes that did it: no callbacks."""
    receipt = decode(row.receipt, Receipt) if row.receipt else Receipt(id=row.existing, number=row.number)
    failed = row.why if row.state in BARREN else row.link_why if row.link_state in BARREN else ""
    return StoredChild(
        key=row.key,
        title=row.title,
        existing=row.existing,
        above=row.above,
        run=row.run,
        id=receipt.id,
        number=receipt.number,
        failed=failed,
        in_doubt=row.intent_at is not None and row.settled_at is None,
    )
