"""The gate: is the head of this pull request the head of the worktree that was planned for it?

Equality of two SHAs is necessary, not sufficient: a plausible diff from the wrong worktree passed a gate that looked
at plausibility alone. Only `match` is success; unknown is never success (design section 6).
"""

import msgspec

from bot.model.facts import Pull
from bot.model.plan import Attestation, Finding, Plan

#: GitHub's conclusions, worst first: what several pull requests on one commit share is the worst of theirs.
WORST_FIRST = ("failure", "action_required", "success", "neutral")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One pull request before the gate.

    `plan` is the plan whose branch is the pull request's head ref **in the base repository**, if there is one.
    `newest` is that plan's newest attestation. `claims` are all attestations, of any plan, of this head or tree;
    `twins` those of the patch that `newest` swears to, under whatever commit.
    """

    pull: Pull
    plan: Plan | None
    newest: Attestation | None
    claims: tuple[Attestation, ...]
    twins: tuple[Attestation, ...] = ()


def judge(case: Case) -> Finding:
    """The verdict on one pull request, by the rules in this order; the first that applies decides."""
    ours = case.plan.id if case.plan else None
    others = _other_plans(case.claims, ours)
    twins = _other_plans(case.twins, ours)
    name, conclusion, why = _rule(case, others, twins)
    return Finding(
        name=name,
        conclusion=conclusion,
        why=why,
        expected=case.newest.evidence.head if case.newest else None,
        actual=case.pull.head,
        plans=tuple(plan for plan in (ours, *(others or twins)) if plan is not None),
    )


def worst(findings: tuple[Finding, ...]) -> Finding:
    """A check belongs to a commit, not to a pull request: where several share one, the worst counts (fault P9)."""
    return min(findings, key=lambda finding: WORST_FIRST.index(finding.conclusion))


def _other_plans(attestations: tuple[Attestation, ...], ours: int | None) -> tuple[int, ...]:
    return tuple(sorted({attestation.evidence.plan for attestation in attestations} - {ours}))


def _rule(case: Case, others: tuple[int, ...], twins: tuple[int, ...]) -> tuple[str, str, str]:
    plan, newest, head = case.plan, case.newest, case.pull.head
    named = " and ".join(f"P{other}" for other in others or twins)
    if plan is None:
        if others:
            return (
                "wrong_plan",
                "failure",
                f"This commit or its tree was made in the worktree of {named}, "
                "but the pull request comes from no planned branch.",
            )
        return ("unplanned", "neutral", "No plan has this branch; nothing was promised about it.")
    if others and any(claim.evidence.plan == plan.id for claim in case.claims):
        return ("ambiguous", "failure", f"P{plan.id} and {named} attested the same work; nobody can tell whose it is.")
    if others:
        return ("wrong_plan", "failure", f"The branch belongs to P{plan.id}, but this work was attested for {named}.")
    if newest is None:
        return ("evidence_missing", "action_required", f"No worktree has attested a commit for P{plan.id} yet.")
    if newest.evidence.dirty:
        return (
            "evidence_missing",
            "action_required",
            f"The newest attestation of P{plan.id} comes from a worktree "
            "with uncommitted changes: its head is not all of the work.",
        )
    if head != newest.evidence.head:
        return ("diverged", "failure", f"The pull request is not at the commit that the worktree of P{plan.id} is at.")
    if case.pull.base_ref != plan.base_branch:
        return (
            "base_moved_away",
            "failure",
            f"P{plan.id} was planned against {plan.base_branch}, the pull request goes to {case.pull.base_ref}.",
        )
    if not newest.evidence.patch_id:
        return ("empty", "failure", f"The commit of P{plan.id} changes nothing.")
    if twins:
        return ("ambiguous", "failure", f"P{plan.id} and {named} attested the same patch under different commits.")
    return ("match", "success", f"The head of the pull request is the head of the worktree of P{plan.id}.")
