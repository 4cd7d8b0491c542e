"""What the check run says. Every way to fail names both sides and what would turn it."""

from bot.model.facts import Pull
from bot.model.ids import Sha
from bot.model.plan import Finding, Plan

_TITLES = {
    "match": "The head is the commit that was planned",
    "unplanned": "No plan has this branch",
    "evidence_missing": "Waiting for the worktree to be attested",
    "wrong_plan": "This is the work of another plan",
    "ambiguous": "Two plans attested the same work",
    "diverged": "The head is not the commit of the worktree",
    "base_moved_away": "The pull request goes to another base",
    "empty": "Nothing changed",
}
_WHAT_NOW = {
    "match": "Nothing to do.",
    "unplanned": "Write `/plan` on the issue if this work should be followed.",
    "evidence_missing": "Commit everything in the planned worktree and run `interlock attest` there.",
    "wrong_plan": "Open the pull request from the branch of the plan that made this commit, or do the work of this "
    "plan in its own worktree.",
    "ambiguous": "Find out whose work it is. Then commit on top of it in the right worktree and attest that commit.",
    "diverged": "Push the commit of the worktree, or attest again if the worktree has moved on.",
    "base_moved_away": "Retarget the pull request, or plan the issue again for the other base.",
    "empty": "Commit the work in the planned worktree, push it, and attest it.",
}


def render_title(finding: Finding) -> str:
    return _TITLES[finding.name]


def render_verdict(findings: tuple[tuple[Pull, Plan | None, Finding], ...], decisive: Finding) -> str:
    """The summary of the check: the decisive finding first, then a table for every pull request on this commit."""
    parts = [f"**{decisive.name}**: {decisive.why} {_WHAT_NOW[decisive.name]}"]
    parts += [_table(pull, plan, finding) for pull, plan, finding in findings]
    if len(findings) > 1:
        parts.append(
            "Several pull requests share this commit, and a check belongs to a commit: the worst verdict counts."
        )
    return "\n\n".join(parts)


def _table(pull: Pull, plan: Plan | None, finding: Finding) -> str:
    planned = f"P{plan.id} on `{plan.branch}`" if plan else "none"
    involved = ", ".join(f"P{number}" for number in finding.plans) or "none"
    return (
        f"| pull request #{pull.ref.number} | |\n|---|---|\n"
        f"| verdict | {finding.name} |\n"
        f"| planned for this branch | {planned} |\n"
        f"| plans involved | {involved} |\n"
        f"| head of the worktree | {_sha(finding.expected)} |\n"
        f"| head of the pull request | {_sha(finding.actual)} |"
    )


def _sha(sha: Sha | None) -> str:
    return f"`{sha}`" if sha else "not attested"
