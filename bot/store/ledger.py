"""`ports.Ledger` over the store."""

from collections.abc import Sequence
from datetime import datetime

from bot.model.ids import IssueRef, Repo, Sha
from bot.model.outbox import Charge, Claim
from bot.model.writes import AnyWrite, Receipt
from bot.store import edges, epics, outbox, overrides, questions, reservations, switches, texts, verdicts
from bot.store.database import Database


class StoreLedger:
    """What the guard remembers, one transaction for each method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stopped(self, repo: Repo) -> str:
        return await self._database.read(switches.stopped, repo.id)

    async def receipt(self, key: str) -> Receipt | None:
        return await self._database.read(outbox.receipt, key)

    async def overridden(self, write: AnyWrite) -> str:
        return await self._database.read(overrides.overridden, write)

    async def question_is_open(self, question: str) -> bool:
        return await self._database.read(questions.is_open, question)

    async def newest_revision(self, repo: Repo, head: Sha) -> int:
        return await self._database.read(verdicts.newest_revision, repo, head)

    async def text_revision(self, text: str) -> int:
        return await self._database.read(texts.revision, text)

    async def run_is_active(self, epic: IssueRef, run: int) -> bool:
        return await self._database.read(epics.is_active, epic, run)

    async def waits_for(self, issue: IssueRef) -> frozenset[str]:
        found = await self._database.read(edges.standing, issue)
        return frozenset(one.key for one in found.waits)

    async def blockers_said(self, issue: IssueRef) -> frozenset[str]:
        return frozenset(edge.blocker_key for edge in await self._database.read(edges.edges_of, issue))

    async def reserve(self, claim: Claim, charges: Sequence[Charge], now: datetime) -> Charge | None:
        return await self._database.write(reservations.reserve, claim, charges, now)

    async def give_back(self, claim: Claim, *, refused: bool = False) -> None:
        await self._database.write(reservations.give_back, claim, refused=refused)
