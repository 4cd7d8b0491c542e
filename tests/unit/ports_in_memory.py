"""The guard's four ports as plain classes with state: what it asks and in which order can be arranged exactly."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from bot.effects.ceilings import Ceilings
from bot.effects.guard import Guard
from bot.model.facts import Issue, Pull
from bot.model.ids import Actor, IssueRef, Repo, Sha
from bot.model.outbox import Charge, Claim, Deadline
from bot.model.outcomes import Failed, Outcome
from bot.model.writes import AnyWrite, Receipt
from bot.ports import GitHubReader, LeaseLost

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
REPO = Repo(7, 100)
ISSUE = IssueRef(REPO, 3)
HEAD = Sha("a" * 40)
RECEIPT = Receipt(id=555, number=9, at="2026-03-04T12:00:00Z")
FOUND = Receipt(id=444)


@dataclass
class MemoryLedger:
    """Counts what is reserved and keeps intents, as the store does; `lost` says when the lease is."""

    switch: str = ""
    override: str = ""
    receipts: dict[str, Receipt] = field(default_factory=dict)
    open_questions: set[str] = field(default_factory=set)
    revision: int = 0
    active_runs: set[int] = field(default_factory=set)
    blockers: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    used: Counter[tuple[int, str]] = field(default_factory=Counter)
    held: dict[str, tuple[Charge, ...]] = field(default_factory=dict)
    intents: dict[str, datetime] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    lost: bool = False

    async def stopped(self, repo: Repo) -> str:
        return self.switch

    async def receipt(self, key: str) -> Receipt | None:
        return self.receipts.get(key)

    async def overridden(self, write: AnyWrite) -> str:
        return self.override

    async def question_is_open(self, question: str) -> bool:
        return question in self.open_questions

    async def newest_revision(self, repo: Repo, head: Sha) -> int:
        return self.revision

    async def text_revision(self, text: str) -> int:
        return self.revision

    async def run_is_active(self, epic: IssueRef, run: int) -> bool:
        return run in self.active_runs

    async def waits_for(self, issue: IssueRef) -> frozenset[str]:
        return self.blockers

    async def blockers_said(self, issue: IssueRef) -> frozenset[str]:
        return self.said

    async def reserve(self, claim: Claim, charges: Sequence[Charge], now: datetime) -> Charge | None:
        if self.lost:
            raise LeaseLost("taken over")
        key = claim.write.key
        if key not in self.held:
            for charge in charges:
                if self.used[charge.installation, charge.surface] >= charge.limit:
                    return charge
            self.used.update((charge.installation, charge.surface) for charge in charges)
            self.held[key] = tuple(charges)
        self.intents[key] = now
        self.attempts[key] += 1
        self.doubts[key] += 1
        return None

    async def give_back(self, claim: Claim, *, refused: bool = False) -> None:
        if self.lost:
            raise LeaseLost("taken over")
        self.used.subtract((charge.installation, charge.surface) for charge in self.held.pop(claim.write.key))
        del self.intents[claim.write.key]
        self.doubts[claim.write.key] -= 1
        self.refusals[claim.write.key] += refused


@dataclass
class MemoryWriter:
    """`answers` are given one after the other: a receipt or an exception; then `RECEIPT` for ever."""

    answers: list[Receipt | Exception] = field(default_factory=list)
    trace: Receipt | Exception | None = None
    state: Receipt | Exception | None = None
    performed: list[tuple[AnyWrite, float]] = field(default_factory=list)
    looked_for: list[tuple[AnyWrite, datetime]] = field(default_factory=list)

    async def perform(self, write: AnyWrite, *, deadline: Deadline) -> Receipt:
        self.performed.append((write, deadline.at))
        return _given(self.answers.pop(0) if self.answers else RECEIPT) or RECEIPT

    async def find(self, write: AnyWrite, *, since: datetime) -> Receipt | None:
        self.looked_for.append((write, since))
        return _given(self.trace)

    async def already_true(self, write: AnyWrite) -> Receipt | None:
        return _given(self.state)


@dataclass
class MemoryBudget:
    opens: datetime | None = None

    async def opening(self, write: AnyWrite) -> datetime | None:
        return self.opens


@dataclass
class MemoryGitHub:
    """An issue and a pull request. The guard's conditions read nothing else of GitHub."""

    one: Issue | None = None
    other: Pull | None = None

    async def issue(self, ref: IssueRef) -> Issue | None:
        return self.one

    async def is_open(self, ref: IssueRef) -> bool | None:
        return self.one.is_open if self.one else None

    async def pull(self, ref: IssueRef) -> Pull | None:
        return self.other

    def as_reader(self) -> GitHubReader:
        return cast(GitHubReader, self)


@dataclass
class Scene:
    """A guard between its ports, with a clock that stands until it is moved."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    writer: MemoryWriter = field(default_factory=MemoryWriter)
    budget: MemoryBudget = field(default_factory=MemoryBudget)
    github: MemoryGitHub = field(default_factory=lambda: MemoryGitHub(open_issue()))
    ceilings: dict[str, int] = field(default_factory=lambda: {"comments": 5, "labels": 5, "links": 5, "total": 9})
    reserve: int = 0
    dry_run: bool = False
    now: datetime = NOON
    results: dict[str, Receipt] = field(default_factory=dict)

    def guard(self) -> Guard:
        return Guard(
            ledger=self.ledger,
            writer=self.writer,
            github=self.github.as_reader(),
            budget=self.budget,
            ceilings=Ceilings(installation=self.ceilings, app=self.ceilings, reserve=self.reserve),
            dry_run=self.dry_run,
            look_again=60.0,
            retry_base=2.0,
            now=lambda: self.now,
        )

    async def perform(self, write: AnyWrite) -> Outcome:
        """Claims and settles `write` as the outbox would, with what the ledger remembers of it; between, the guard."""
        claim = Claim(
            write=write,
            fence=1,
            deadline=Deadline(1234.5),
            attempts=self.ledger.attempts[write.key],
            doubts=self.ledger.doubts[write.key],
            refusals=self.ledger.refusals[write.key],
            intent_at=self.ledger.intents.get(write.key),
            results=self.results,
        )
        outcome = await self.guard().perform(claim)
        if isinstance(outcome, Failed):
            self.ledger.attempts[write.key] = claim.attempts + 1
        return outcome

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def open_issue(*, body: str = "Words.", is_open: bool = True) -> Issue:
    return Issue(
        ref=ISSUE,
        id=30,
        title="Signal fails",
        body=body,
        author=Actor(1, "rene"),
        labels=frozenset(),
        assignees=frozenset(),
        is_open=is_open,
        is_pull=False,
    )


def _given(answer: Receipt | Exception | None) -> Receipt | None:
    if isinstance(answer, Exception):
        raise answer
    return answer
