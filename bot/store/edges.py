"""Which issue waits for which, and how each stands with it. An edge belongs to the issue that says it.

Repositories are told with the installation that is known last: the App may have been installed anew since.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update

from bot.model.codec import decode, encode
from bot.model.edges import Edge, Standing
from bot.model.ids import IssueRef, Repo
from bot.model.records import EdgesStored, StandingStored, WaitersWoken
from bot.store.errors import Conflict
from bot.store.schema import WAITS, edges, repositories, standings
from bot.store.upsert import insert_or_replace

_OF_BLOCKED, _OF_BLOCKER = repositories.alias("of_blocked"), repositories.alias("of_blocker")


def store_edges(conn: Connection, record: EdgesStored, now: datetime) -> None:
    """What the issue said before is forgotten; what others say of it stays."""
    conn.execute(delete(edges).where(_from(record.issue)))
    source = {"source_repo": record.issue.repo.id, "source_number": record.issue.number}
    if record.edges:
        conn.execute(insert(edges), [source | _row(edge) for edge in record.edges])


def store_standing(conn: Connection, record: StandingStored, now: datetime) -> None:
    """Raises Conflict if another standing took its place."""
    issue, new = record.issue, record.standing
    if new.revision - standing(conn, issue).revision not in (0, 1):
        raise Conflict(f"the standing of #{issue.number} has changed since it was read")
    row = {"installation": issue.repo.installation, "revision": new.revision, "body": encode(new)}
    at = {"repo": issue.repo.id, "number": issue.number}
    insert_or_replace(conn, standings, at | row | {"waits": bool(new.waits), "looked_at": now})


def woken(conn: Connection, record: WaitersWoken, now: datetime) -> None:
    """Their turn comes again last, even if the look fails every time."""
    for issue in record.issues:
        here = and_(standings.c.repo == issue.repo.id, standings.c.number == issue.number)
        conn.execute(update(standings).where(here).values(looked_at=now))


def said_by(conn: Connection, source: IssueRef) -> tuple[Edge, ...]:
    """In the order in which they are said."""
    return _edges(conn, _from(source))


def edges_of(conn: Connection, blocked: IssueRef) -> tuple[Edge, ...]:
    """All that the issue waits for, whoever says so."""
    return _edges(conn, and_(edges.c.blocked_repo == blocked.repo.id, edges.c.blocked_number == blocked.number))


def dependents(conn: Connection, blocker: IssueRef) -> tuple[IssueRef, ...]:
    """Also those that know the blocker by its name alone: we may have been installed there since."""
    name = conn.scalar(select(repositories.c.full_name).where(repositories.c.id == blocker.repo.id)) or ""
    # Each side with its number, so that the index answers both.
    known = and_(edges.c.blocker_repo == blocker.repo.id, edges.c.blocker_number == blocker.number)
    nameless = and_(edges.c.blocker_repo == 0, edges.c.blocker_number == blocker.number)
    by_name = and_(nameless, func.lower(edges.c.name) == f"{name.lower()}#{blocker.number}")
    return _blocked(conn, or_(known, by_name))


def awaiting_deployment(conn: Connection, repo: Repo) -> tuple[IssueRef, ...]:
    """Whoever waits until an issue or pull request of the repository is deployed."""
    return _blocked(conn, and_(edges.c.blocker_repo == repo.id, edges.c.ends == "deployed"))


def _blocked(conn: Connection, condition: ColumnElement[bool]) -> tuple[IssueRef, ...]:
    there = _installation(_OF_BLOCKED, edges.c.blocked_installation)
    found = select(there.label("installation"), edges.c.blocked_repo, edges.c.blocked_number).distinct()
    joined = found.outerjoin(_OF_BLOCKED, _OF_BLOCKED.c.id == edges.c.blocked_repo)
    ordered = conn.execute(joined.where(condition).order_by(edges.c.blocked_repo, edges.c.blocked_number))
    return tuple(IssueRef(Repo(row.installation, row.blocked_repo), row.blocked_number) for row in ordered)


def _installation(now: Any, then: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(now.c.installation, then)


def standing(conn: Connection, issue: IssueRef) -> Standing:
    """That of an issue that has never waited has revision 0."""
    here = and_(standings.c.repo == issue.repo.id, standings.c.number == issue.number)
    body = conn.scalar(select(standings.c.body).where(here))
    return Standing() if body is None else decode(body, Standing)


def waiting_since(conn: Connection, before: datetime, most: int) -> tuple[IssueRef, ...]:
    """Waiting issues that were looked at before `before`, the longest first."""
    there = _installation(repositories, standings.c.installation)
    found = select(there.label("installation"), standings.c.repo, standings.c.number)
    joined = found.outerjoin(repositories, repositories.c.id == standings.c.repo)
    old = joined.where(WAITS, standings.c.looked_at < before)
    rows = conn.execute(old.order_by(standings.c.looked_at, standings.c.repo, standings.c.number).limit(most))
    return tuple(IssueRef(Repo(row.installation, row.repo), row.number) for row in rows)


def _from(source: IssueRef) -> ColumnElement[bool]:
    return and_(edges.c.source_repo == source.repo.id, edges.c.source_number == source.number)


def _edges(conn: Connection, condition: ColumnElement[bool]) -> tuple[Edge, ...]:
    blocked = _installation(_OF_BLOCKED, edges.c.blocked_installation)
    blocker = _installation(_OF_BLOCKER, edges.c.blocker_installation)
    found = select(edges, blocked.label("blocked_in"), blocker.label("blocker_in"))
    joined = found.outerjoin(_OF_BLOCKED, _OF_BLOCKED.c.id == edges.c.blocked_repo)
    joined = joined.outerjoin(_OF_BLOCKER, _OF_BLOCKER.c.id == edges.c.blocker_repo)
    return tuple(_edge(row) for row in conn.execute(joined.where(condition).order_by(edges.c.id)))


def _row(edge: Edge) -> dict[str, Any]:
    return {
        "blocked_installation": edge.blocked.repo.installation,
        "blocked_repo": edge.blocked.repo.id,
        "blocked_number": edge.blocked.number,
        "blocker_installation": edge.blocker.repo.installation,
        "blocker_repo": edge.blocker.repo.id,
        "blocker_number": edge.blocker.number,
        "name": edge.name,
        "kind": edge.kind,
        "ends": edge.ends,
        "phrase": edge.phrase,
    }


def _edge(row: Row[Any]) -> Edge:
    return Edge(
        blocked=IssueRef(Repo(row.blocked_in, row.blocked_repo), row.blocked_number),
        blocker=IssueRef(Repo(row.blocker_in, row.blocker_repo), row.blocker_number),
        name=row.name,
        kind=row.kind,
        ends=row.ends,
        phrase=row.phrase,
    )
