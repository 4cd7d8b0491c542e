"""What the bot writes about a plan."""

from bot.model.plan import Plan


def render_plan(plan: Plan, *, again: bool = False) -> str:
    opening = "is planned already" if again else "is planned"
    return (
        f"The work on this issue {opening}: **P{plan.id}**\n\n"
        f"| | |\n|---|---|\n| branch | `{plan.branch}` |\n| base | `{plan.base_branch}` at `{plan.base}` |\n\n"
        "Start a worktree there, and attest it when the work is committed:\n\n"
        f"```sh\ngit fetch origin {plan.base_branch}\n"
        f"git worktree add -b {plan.branch} ../P{plan.id} {plan.base}\n"
        f"cd ../P{plan.id}  # work, commit, push\n"
        "interlock attest --server URL\n```\n\n"
        "The pull request from this branch passes the gate when its head is the commit that was attested."
    )
