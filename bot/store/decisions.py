"""The end of a job: everything a decision changes, in one transaction."""

from datetime import datetime

from sqlalchemy import Connection, insert

from bot.model.codec import decode, encode
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.store import inbox, jobs, outbox, records
from bot.store.jobs import Job
from bot.store.schema import decisions

_KEPT = insert(decisions).returning(decisions.c.id)


def commit(conn: Connection, job: Job, decision: Decision, now: datetime) -> int:
    """Ends the job: records applied, writes into the outbox, wakes into the inbox, the decision kept.

    Returns the decision's id. Raises LeaseLost if another worker has the job, Conflict if a record does not fit what
    is stored by now; then nothing is stored and the job is to be tried again.
    """
    jobs.finish(conn, job)
    row = {
        "job": job.id,
        "handler": job.handler,
        "repo": job.repo,
        "number": job.number,
        "rule": decision.rule,
        "why": decision.why,
        "body": encode(decision),
        "decided_at": now,
    }
    decided: int = conn.execute(_KEPT, row).scalar_one()
    for record in decision.records:
        records.apply(conn, record, now)
    outbox.enqueue(conn, (job.repo, job.number), decided, decision.writes, now)
    cause = decode(job.event, Event) if decision.wakes else None
    for ordinal, wake in enumerate(decision.wakes):
        _wake(conn, f"wake/{decided}/{ordinal}", wake, cause, now)
    return decided


def _wake(conn: Connection, guid: str, wake: Wake, cause: Event | None, now: datetime) -> None:
    """A wake follows the human who caused it directly; what it wakes in turn follows nobody (`policy.breaker`)."""
    event = Event(
        delivery=guid,
        name="wake",
        action=wake.reason,
        repo=wake.subject.repo,
        number=wake.subject.number,
        received_at=now,
        follows_human=bool(cause and cause.sender and cause.sender.is_human),
    )
    inbox.accept(conn, guid=guid, source="wake", name="wake", body=encode(event).encode(), received_at=now)
