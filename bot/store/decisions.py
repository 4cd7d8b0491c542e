"""The end of a job: everything a decision changes, in one transaction."""

from datetime import datetime

from sqlalchemy import Connection, insert

from bot.model.codec import encode
from bot.model.decision import Decision
from bot.store import inbox, jobs, outbox, records
from bot.store.jobs import Job
from bot.store.schema import decisions


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
    decided: int = conn.execute(insert(decisions).returning(decisions.c.id), row).scalar_one()
    for record in decision.records:
        records.apply(conn, record, now)
    outbox.enqueue(conn, (job.repo, job.number), decided, decision.writes, now)
    for ordinal, wake in enumerate(decision.wakes):
        guid = f"wake:{decided}:{ordinal}"
        body = encode(wake).encode()
        inbox.accept(conn, guid=guid, source="wake", name="wake", body=body, received_at=now)
    return decided
