"""Claims a job, lets its handler read and decide, and commits the decision: one transaction at the end.

Take the lane's lock first, then read: what is decided is decided on GitHub as it is now.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from bot.github.errors import ForeignUrl, TooManyPages
from bot.messages.commands import render_broken, render_held, render_refusal
from bot.model.codec import decode
from bot.model.commands import Call, Command
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.ids import Actor
from bot.model.markers import Marker
from bot.model.writes import AnyWrite, PostComment, React
from bot.policy.backoff import delay, patience
from bot.policy.breaker import RULE as BREAKER
from bot.policy.breaker import speaks
from bot.policy.breaker import state as breaker_state
from bot.policy.freshness import age
from bot.policy.reply import reply
from bot.ports import Configs, Handler, Handlers, LeaseLost, Limited, NotSent, NotYet, Read, Refused
from bot.store import decisions, jobs
from bot.store.database import Database
from bot.store.errors import Conflict, StoreUnavailable
from bot.worker.lease import renewed

log = logging.getLogger(__name__)

#: A job that runs longer than this is taken to hang (fault S5). Seconds.
LONGEST_JOB = 120.0
#: An outage is waited out however long it takes; GitHub is asked again at least this often. Seconds.
OUTAGE_LOOK = 300.0
#: What GitHub refuses to tell a person has to mend (a permission, a suspension); after a day each try counts. Seconds.
UNTIL_MENDED = 24 * 3600.0
#: Facts that do not agree with each other are read again at least this often. Seconds.
LAG_LOOK = 5.0
ACCEPTED = "eyes"
#: The rule by which every handler decides about an issue that is not there: no comment of it is, either.
GONE = "gone"
#: Earlier decisions the breaker looks at.
PAST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """`lag` in seconds: so long after an event GitHub's reads may not show it yet (faults G7 and G10)."""

    database: Database
    handlers: Handlers
    read: Read
    configs: Configs
    worker: str
    lease: float
    retry_base: float
    lag: float
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Does one job; False if none can be claimed now."""
        job = await self.database.write(jobs.claim, worker=self.worker, lease=self.lease)
        if job is None:
            return False
        try:
            await self._work_on(job)
        except LeaseLost:
            log.warning("job %s was taken over by another worker", job.id)
        return True

    async def _work_on(self, job: jobs.Job) -> None:
        try:
            async with (
                renewed(lambda: self.database.write(jobs.renew, job), self.lease),
                asyncio.timeout(LONGEST_JOB),
            ):
                decision = await self._decide(job)
                await self.database.write(decisions.commit, job, decision, self.now())
        except (LeaseLost, StoreUnavailable):
            raise
        except Limited as limited:
            await self.database.write(jobs.postpone, job, limited.why, limited.until)
        except (NotSent, NotYet) as error:
            await self._not_told(job, error)
        except Exception as error:  # noqa: BLE001  # recorded, retried, buried
            await self._failed(job, error)

    async def _decide(self, job: jobs.Job) -> Decision:
        event, handler = decode(job.event, Event), self.handlers.named(job.handler)
        if handler is None:
            raise LookupError(f"no handler is called {job.handler}")
        if event.command and event.sender and (known := self.handlers.of_command(event.command.name)):
            refused = await self._refused(event, known[0], event.command, event.sender)
            if refused:
                return refused
        config = await self.configs.of(event.repo)
        decision = await self._held(event, handler)
        if decision is None:
            facts = await handler.gather(event, self.read)
            decision = await asyncio.to_thread(handler.decide, event, facts, config)  # it may parse much Markdown
        if event.number and not event.by_human and speaks(decision.writes):
            decision = await self._unless_broken(event, job, decision, config.decisions_per_hour)
        return _acknowledged(event, decision)

    async def _held(self, event: Event, handler: Handler) -> Decision | None:
        """What is decided instead about an issue that a person has put on hold."""
        hold = await self.read.store.hold(event.subject) if event.number and not handler.while_held else None
        if hold is None:
            return None
        writes: tuple[AnyWrite, ...] = ()
        if event.command and event.sender and (issue := await self.read.github.issue(event.subject)):
            writes = (reply(issue, event.command, render_held(event.sender.login, hold)),)
        return Decision(rule="held", why=f"{hold.by} has put this on hold: {hold.reason}", writes=writes)

    async def _unless_broken(self, event: Event, job: jobs.Job, decision: Decision, most: int) -> Decision:
        """Lets nothing be said that no human caused once too much of that was said in an hour (`policy.breaker`)."""
        state = breaker_state(await self.read.store.past(event.subject, PAST), self.now(), most)
        if state == "closed":
            return decision
        why = f"More than {most} decisions in an hour that no human caused; a human's act lets it go on."
        writes: tuple[AnyWrite, ...] = ()
        if state == "trips" and (issue := await self.read.github.issue(event.subject)):
            key = f"breaker/{issue.id}/{job.id}"
            marker = Marker(issue.ref.repo.id, issue.id, "breaker", key)
            writes = (PostComment(key=key, issue=issue.ref, body=(render_broken(most),), marker=marker),)
        return Decision(rule=BREAKER, why=why, writes=writes)

    async def _refused(self, event: Event, command: Command, call: Call, person: Actor) -> Decision | None:
        """Authority is the role at the time of execution, read live; without an answer nobody has any (rule 1)."""
        permission = await self.read.github.permission(event.repo, person.login)
        if permission.at_least(command.may):
            return None
        issue = await self.read.github.issue(event.subject)
        if issue is None:
            return Decision(rule=GONE, why="The issue does not exist any more.")
        return Decision(
            rule="not allowed",
            why=f"{person.login} has the role {permission.name.lower()}; /{command.name} needs "
            f"{command.may.name.lower()}.",
            writes=(reply(issue, call, render_refusal(command, person.login)),),
        )

    async def _not_told(self, job: jobs.Job, error: NotSent | NotYet) -> None:
        """What GitHub does not tell says nothing about the job: it waits, and uses up no attempt.

        Only what will not change by itself is a failure in the end, after a day, or when no read can be stale any more.
        """
        event, now = decode(job.event, Event), self.now()
        waited, least = (now - event.received_at).total_seconds(), 0.0
        if isinstance(error, NotYet):
            why, longest, is_over = str(error), LAG_LOOK, age(event, now) >= self.lag
        elif _is_outage(error):
            why, longest, is_over = f"GitHub does not answer: {error.why}", OUTAGE_LOOK, False
        else:
            why, longest, is_over = f"GitHub does not tell: {error.why}", OUTAGE_LOOK, waited > UNTIL_MENDED
            least = error.retry_after or 0.0
        if is_over:
            await self._failed(job, error)
            return
        wait = max(least, patience(waited, base=self.retry_base, fraction=random.random(), longest=longest))
        await self.database.write(jobs.postpone, job, why, now + timedelta(seconds=wait))
        log.log(logging.INFO if isinstance(error, NotYet) else logging.WARNING, "job %s waits: %s", job.id, why)

    async def _failed(self, job: jobs.Job, error: Exception) -> None:
        """Tried again later; buried after the last attempt. Attempts are counted before the run: a crash counts."""
        why = f"{type(error).__name__}: {error}"
        wait = delay(job.attempts, base=self.retry_base, fraction=random.random())
        if not await self.database.write(jobs.retry, job, why, self.now() + timedelta(seconds=wait)):
            log.error("job %s (%s) is dead after %s attempts", job.id, job.handler, job.attempts, exc_info=error)
        elif isinstance(error, NotYet | Conflict):
            log.info("job %s (%s) looks again: %s", job.id, job.handler, why)
        else:
            log.warning("job %s (%s) is tried again", job.id, job.handler, exc_info=error)


def _is_outage(error: NotSent) -> bool:
    """Whether nobody has answered, so that nothing is known of what was asked for."""
    return error.retry_after is None and not isinstance(error, (TooManyPages, ForeignUrl, Refused))


def _acknowledged(event: Event, decision: Decision) -> Decision:
    """Every accepted command in a comment is acknowledged with a reaction; one in an opening body by its result."""
    if event.command is None or not event.command.comment or event.kind == ("command", "unknown"):
        return decision
    if decision.rule == GONE:
        return decision
    react = React(
        key=f"react/{event.repo.id}/{event.command.comment}",
        issue=event.subject,
        comment=event.command.comment,
        content=ACCEPTED,
    )
    return msgspec.structs.replace(decision, writes=(react, *decision.writes))
