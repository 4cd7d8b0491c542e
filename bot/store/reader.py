"""`ports.StoreReader` over the store: what handlers may know of it."""

from collections.abc import Collection
from datetime import datetime

from bot.model.config import Adopted
from bot.model.decision import Past, Reason
from bot.model.edges import Deployment, Edge, Standing
from bot.model.epics import Preview, Run, StoredChild
from bot.model.ids import IssueRef, Repo, Sha
from bot.model.plan import Attestation, Plan, Verdict
from bot.model.questions import Hold, Question
from bot.model.texts import LivingText
from bot.model.writes import AnyWrite
from bot.store import configs, deployments, edges, epics, holds, inbox, outbox, plans, questions, texts, verdicts, views
from bot.store.database import Database


class StoreFacts:
    """Each method reads one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_question(self, issue: IssueRef) -> Question | None:
        return await self._database.read(questions.open_of_issue, issue)

    async def questions(self, issue: IssueRef) -> tuple[Question, ...]:
        return await self._database.read(questions.of_issue, issue)

    async def forgotten_rounds(self, issue: IssueRef) -> int:
        return await self._database.read(holds.forgotten_rounds, issue)

    async def unanswered(self, before: datetime) -> tuple[Question, ...]:
        return await self._database.read(questions.unanswered, before)

    async def hold(self, issue: IssueRef) -> Hold | None:
        return await self._database.read(holds.hold_of, issue)

    async def past(self, subject: IssueRef, most: int) -> tuple[Past, ...]:
        return await self._database.read(views.past, subject, most)

    async def commander(self, epic: IssueRef) -> str:
        return await self._database.read(epics.commander, epic)

    async def children(self, epic: IssueRef) -> tuple[StoredChild, ...]:
        return await self._database.read(epics.children_of, epic)

    async def undone_children(self, epic: IssueRef) -> tuple[StoredChild, ...]:
        return await self._database.read(epics.undone_of, epic)

    async def epics_of(self, child: IssueRef) -> tuple[IssueRef, ...]:
        return await self._database.read(epics.epics_of, child)

    async def runs(self, epic: IssueRef) -> tuple[Run, ...]:
        return await self._database.read(epics.runs_of, epic)

    async def preview(self, epic: IssueRef) -> Preview | None:
        return await self._database.read(epics.preview_of, epic)

    async def unfinished_texts(self) -> tuple[IssueRef, ...]:
        return await self._database.read(texts.unfinished)

    async def living_text(self, key: str) -> LivingText:
        return await self._database.read(texts.living_text, key)

    async def edges_said_by(self, source: IssueRef) -> tuple[Edge, ...]:
        return await self._database.read(edges.said_by, source)

    async def edges_of(self, blocked: IssueRef) -> tuple[Edge, ...]:
        return await self._database.read(edges.edges_of, blocked)

    async def dependents(self, blocker: IssueRef) -> tuple[IssueRef, ...]:
        return await self._database.read(edges.dependents, blocker)

    async def standing(self, issue: IssueRef) -> Standing:
        return await self._database.read(edges.standing, issue)

    async def awaiting_deployment(self, repo: Repo) -> tuple[IssueRef, ...]:
        return await self._database.read(edges.awaiting_deployment, repo)

    async def deployments(self, repo: Repo) -> tuple[Deployment, ...]:
        return await self._database.read(deployments.of_repository, repo)

    async def waiting_since(self, before: datetime, most: int) -> tuple[IssueRef, ...]:
        return await self._database.read(edges.waiting_since, before, most)

    async def was_done(self, key: str) -> bool:
        return await self._database.read(outbox.was_done, key)

    async def plan(self, plan: int) -> Plan | None:
        return await self._database.read(plans.plan, plan)

    async def plan_of_issue(self, issue: IssueRef) -> Plan | None:
        return await self._database.read(plans.plan_of_issue, issue)

    async def plan_of_branch(self, repo: Repo, branch: str) -> Plan | None:
        return await self._database.read(plans.plan_of_branch, repo, branch)

    async def next_plan(self) -> int:
        return await self._database.read(plans.next_plan)

    async def attestations(self, plan: int) -> tuple[Attestation, ...]:
        return await self._database.read(plans.attestations_of, plan)

    async def claims(self, repo: Repo, *, head: Sha, tree: Sha | None) -> tuple[Attestation, ...]:
        return await self._database.read(plans.claims, repo, head=head, tree=tree)

    async def twins(self, repo: Repo, patch_id: str) -> tuple[Attestation, ...]:
        return await self._database.read(plans.twins, repo, patch_id)

    async def verdict(self, repo: Repo, head: Sha) -> Verdict | None:
        return await self._database.read(verdicts.verdict, repo, head)

    async def verdicts_on_tree(self, repo: Repo, tree: Sha) -> tuple[Verdict, ...]:
        return await self._database.read(verdicts.verdicts_on_tree, repo, tree)

    async def reasons(self, subject: IssueRef, most: int) -> tuple[Reason, ...]:
        rows = await self._database.read(views.list_decisions, most, repo=subject.repo.id, number=subject.number)
        return tuple(Reason(handler=row.handler, rule=row.rule, why=row.why, at=row.decided_at) for row in rows)

    async def waiting(self, subject: IssueRef) -> tuple[str, ...]:
        rows = await self._database.read(views.open_writes, subject)
        return tuple(f"{row.kind} ({row.state}): {row.why or 'its turn has not come'}" for row in rows)

    async def written(self, key: str) -> AnyWrite | None:
        return await self._database.read(outbox.written, key)

    async def pending(self, subject: IssueRef) -> tuple[AnyWrite, ...]:
        return await self._database.read(outbox.pending, subject)

    async def adopted_config(self, repo: Repo) -> Adopted | None:
        return await self._database.read(configs.adopted, repo)

    async def received(self, guids: Collection[str]) -> frozenset[str]:
        return await self._database.read(inbox.received, guids)
