"""The one door out: whatever changes the outside world passes here, in this order, whatever its surface.

kill switch · dry run · receipt · trace of an earlier attempt · a human's override · already true · still wanted ·
GitHub's budget · ceilings and intent · permit · perform · receipt. Every way out is a typed outcome.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.effects.ceilings import Ceilings, describe, next_day
from bot.effects.conditions import why_stale
from bot.effects.resolve import resolve
from bot.model.outbox import Claim
from bot.model.outcomes import (
    KILL_SWITCH,
    Adopted,
    AlreadyDone,
    Denied,
    Done,
    DryRun,
    Failed,
    Held,
    NoOp,
    Outcome,
    Overridden,
    Stale,
    Unknown,
)
from bot.model.writes import AnyWrite, dependencies, repo_of
from bot.policy.backoff import delay
from bot.ports import Ambiguous, Budget, GitHubReader, Ledger, Limited, NotSent, Refused, Writer

#: How often a held write looks whether the kill switch is off again.
SWITCH_LOOK = timedelta(seconds=30)
#: A write without an answer is sent this often at most; then a human has to look (fault G2).
MOST_ATTEMPTS = 3
#: A write that GitHub answers with "not now" is tried this often at most, and so is one that may be done twice and
#: gets no clear answer; one that reaches nobody, for ever.
MOST_ANSWERS = 10
#: What GitHub does not find although we have just made it is looked for this often: a minute or so (fault G7).
MOST_LOOKS = 7
#: When a trace is looked for first: GitHub may be about to commit what it did not answer.
FIRST_LOOK = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """`look_again` in seconds: a write without an answer is not repeated before its attempt is older than this."""

    ledger: Ledger
    writer: Writer
    github: GitHubReader
    budget: Budget
    ceilings: Ceilings
    dry_run: bool
    look_again: float
    retry_base: float
    now: Callable[[], datetime]

    async def perform(self, claim: Claim) -> Outcome:
        """Takes one claimed write through the door. Raises LeaseLost if another worker has it by now."""
        try:
            return await self._before(claim) or await self._send(claim)
        except Limited as limited:
            return Held(limited.until, limited.why, whole_lane=True)
        except Refused as refused:
            return Denied(refused.why)
        except NotSent as failure:  # a read failed: nothing was sent, and nobody knows more than before
            return self._later(claim, failure)

    async def _before(self, claim: Claim) -> Outcome | None:
        """Everything that can end a write before it may cost anything."""
        write, ledger = claim.write, self.ledger
        if why := await ledger.stopped(repo_of(write)):
            return Held(self.now() + SWITCH_LOOK, f"{KILL_SWITCH}: {why}")
        if self.dry_run:
            return DryRun("dry run: nothing leaves")
        if receipt := await ledger.receipt(write.key):
            return AlreadyDone(receipt)
        write = resolve(write, claim.results)
        if claim.intent_at and (outcome := await self._earlier_attempt(write, claim, claim.intent_at)):
            return outcome
        if why := await ledger.overridden(write):
            return Overridden(why)
        is_about_new = bool(dependencies(claim.write))  # what we made a moment ago cannot be as it should be already
        if not is_about_new and (receipt := await self.writer.already_true(write)):
            return NoOp(receipt, "it was so already")
        for condition in write.only_if:
            if why := await why_stale(condition, self.github, ledger):
                return Stale(why)
        if opening := await self.budget.opening(write):
            return Held(opening, "GitHub's budget or our own pacing", whole_lane=True)
        return None

    async def _earlier_attempt(self, write: AnyWrite, claim: Claim, intent_at: datetime) -> Outcome | None:
        """An intent without a receipt: its trace decides, not a guess. None = it may be sent again."""
        if receipt := await self.writer.find(write, since=intent_at):
            return Adopted(receipt)
        window_ends = intent_at + timedelta(seconds=self.look_again)
        if write.creates and self.now() < window_ends:  # of what does not, doing it twice is the same as doing it once
            wait = max(self.look_again / 3, FIRST_LOOK)
            looks_next = min(window_ends, self.now() + timedelta(seconds=wait))
            return Unknown(looks_next, "no answer, no trace yet")
        if claim.doubts >= (MOST_ATTEMPTS if write.creates else MOST_ANSWERS):
            return Denied(f"{claim.doubts} attempts without an answer and without a trace; a human has to look")
        return None

    async def _send(self, claim: Claim) -> Outcome:
        write = resolve(claim.write, claim.results)
        reached = await self.ledger.reserve(claim, self.ceilings.charges(write), self.now())
        if reached:
            return Held(next_day(self.now()), describe(reached))
        try:
            return Done(await self.writer.perform(write, deadline=claim.deadline))
        except Limited as limited:
            await self.ledger.give_back(claim)
            return Held(limited.until, limited.why, whole_lane=True)
        except Refused as refused:
            is_new = refused.is_missing and bool(claim.results)  # what we made ourselves, maybe a moment ago
            await self.ledger.give_back(claim, refused=is_new)
            if is_new and claim.refusals + 1 < MOST_LOOKS:
                return self._later(claim, refused)
            return Denied(refused.why)
        except NotSent as failure:
            is_refusal = failure.retry_after is not None
            await self.ledger.give_back(claim, refused=is_refusal)
            if is_refusal and claim.refusals + 1 >= MOST_ANSWERS:
                return Denied(f"refused {claim.refusals + 1} times, at last: {failure.why}")
            return self._later(claim, failure)
        except Ambiguous as doubt:
            # what does not create is sent again with the next look: not sooner than after any other failure
            wait = FIRST_LOOK if write.creates else max(FIRST_LOOK, self._longer(claim))
            return Unknown(self.now() + timedelta(seconds=wait), doubt.why)

    def _later(self, claim: Claim, failure: NotSent) -> Failed:
        wait = self._longer(claim) if failure.retry_after is None else failure.retry_after
        return Failed(self.now() + timedelta(seconds=wait), failure.why)

    def _longer(self, claim: Claim) -> float:
        """Seconds to the next try; the more were in vain, the longer."""
        return delay(claim.attempts + 1, base=self.retry_base, fraction=random.random())
