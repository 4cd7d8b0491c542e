"""Stores what a runner swears about a worktree, and wakes every pull request whose verdict it can change."""

import msgspec

from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.events import Event
from bot.model.ids import IssueRef
from bot.model.plan import Plan
from bot.model.records import EvidenceStored
from bot.ports import Read

WHILE_HELD = True
ON = frozenset({("attestation", "received")})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`concerned` are the pull requests that may be judged differently from now on."""

    plan: Plan | None
    concerned: tuple[IssueRef, ...] = ()


async def gather(event: Event, read: Read) -> Facts:
    evidence = event.evidence
    plan = await read.store.plan(evidence.plan) if evidence else None
    if plan is None or evidence is None:
        return Facts(plan=None)
    repo = plan.issue.repo
    branches = {plan.branch}
    claims = await read.store.claims(repo, head=evidence.head, tree=evidence.tree)
    twins = await read.store.twins(repo, evidence.patch_id)
    for other in {claim.evidence.plan for claim in (*claims, *twins)}:
        # a later collision takes an earlier success back: the other plan's pull request looks again, too
        if rival := await read.store.plan(other):
            branches.add(rival.branch)
    concerned = {pull.ref for pull in await read.github.open_pulls_with_head(repo, evidence.head)}
    for branch in sorted(branches):
        concerned |= {pull.ref for pull in await read.github.open_pulls_of_branch(repo, branch)}
    for verdict in await read.store.verdicts_on_tree(repo, evidence.tree):
        concerned |= {IssueRef(repo, number) for number in verdict.pulls}
    return Facts(plan=plan, concerned=tuple(sorted(concerned)))


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if facts.plan is None or event.evidence is None:
        return Decision(rule="no such plan", why="The evidence names a plan that does not exist.")
    state = "dirty" if event.evidence.dirty else "clean"
    return Decision(
        rule="attested",
        why=f"A {state} worktree of P{facts.plan.id} is at {event.evidence.head}.",
        records=(EvidenceStored(delivery=event.delivery, evidence=event.evidence),),
        wakes=tuple(Wake(pull, "evidence") for pull in facts.concerned),
    )
