"""What the tests of the store are about: short ways to say a delivery, a job, a write."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.model.events import Event
from bot.model.ids import IssueRef, Repo
from bot.model.markers import Marker
from bot.model.writes import AddLabel, CreateIssue, LinkSubIssue, PostComment, Receipt, ResultOf
from bot.store import inbox, jobs, outbox
from bot.store.jobs import Job
from bot.store.schema import inbox as inbox_table
from bot.store.schema import lanes

REPO = Repo(installation=7, id=70)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAST = datetime.now(UTC) - timedelta(hours=1)
LATER = datetime.now(UTC) + timedelta(hours=1)


def issue(number: int = 1) -> IssueRef:
    return IssueRef(REPO, number)


def event(number: int = 1, delivery: str = "d") -> Event:
    return Event(delivery=delivery, name="issues", action="opened", repo=REPO, number=number, received_at=NOW)


def deliver(conn: Connection, guid: str) -> int:
    """A delivery that was read; its id."""
    inbox.accept(conn, guid=guid, source="github", name="issues", body=b"{}", received_at=NOW)
    found: int = conn.execute(inbox_table.select().where(inbox_table.c.guid == guid)).one().id
    inbox.mark_read(conn, found)
    return found


def add_job(conn: Connection, guid: str, number: int = 1, handler: str = "triage") -> None:
    jobs.enqueue(conn, delivery=deliver(conn, guid), handler=handler, event=event(number, guid))


def claim_job(conn: Connection, worker: str = "w", lease: float = 15) -> Job | None:
    return jobs.claim(conn, worker=worker, lease=lease)


def lease_ended(conn: Connection, seconds_ago: float) -> None:
    """Every lease, all of a minute, ended so long ago."""
    back = int((60 + seconds_ago) * 1_000_000)
    conn.execute(lanes.update().values(leased_at=lanes.c.leased_at - back, lease_until=lanes.c.lease_until - back))


def add_writes(conn: Connection, *writes: object, number: int = 1) -> None:
    outbox.enqueue(conn, (REPO.id, number), None, writes, NOW)  # type: ignore[arg-type]


def label(key: str, number: int = 1, name: str = "bug", cause: str = "rule") -> AddLabel:
    return AddLabel(key=key, issue=issue(number), label=name, cause=cause)


def comment(key: str, *body: str | ResultOf, number: int = 1) -> PostComment:
    return PostComment(key=key, issue=issue(number), body=body or ("hello",), marker=Marker(70, 1, "question", key))


def create_issue(key: str) -> CreateIssue:
    return CreateIssue(key=key, repo=REPO, title="t", body=("b",), marker=Marker(70, 1, "child", key))


def link(key: str, child: str) -> LinkSubIssue:
    return LinkSubIssue(key=key, parent=issue(), child=ResultOf(child))


def receipt(ident: int = 1) -> Receipt:
    return Receipt(id=ident, number=ident, at="2026-03-01T12:00:00Z")
