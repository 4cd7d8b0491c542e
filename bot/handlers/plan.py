"""Plans a worktree for an issue: a branch of its own from a commit that GitHub names. `/plan` or `interlock plan`."""

import msgspec

from bot.handlers.dependencies.looking import look
from bot.messages.commands import render_problem
from bot.messages.dependencies import render_blocked, render_waits
from bot.messages.plan import render_plan
from bot.model.commands import Command, Permission
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.edges import Blocker
from bot.model.events import Event
from bot.model.facts import Issue, Repository
from bot.model.ids import Sha
from bot.model.markers import Marker
from bot.model.plan import Plan
from bot.model.records import PlanStored
from bot.model.writes import PostComment
from bot.policy.naming import branch_name
from bot.policy.reply import reply
from bot.ports import Read

ON = frozenset({("plan", "requested")})
COMMANDS = (
    Command(
        name="plan",
        summary="Plans a worktree for this issue: a branch and the commit it starts from.",
        may=Permission.WRITE,
        examples=("/plan",),
    ),
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`next_plan` was free when the facts were read; `base` is the tip of the default branch, None if it has none.

    `is_epic` says that the work lies in sub-issues, planned by us or added by hand; `waits_for` what has to be done
    before.
    """

    issue: Issue | None
    plan: Plan | None
    repository: Repository | None
    base: Sha | None
    next_plan: int
    is_epic: bool
    waits_for: tuple[Blocker, ...] = ()


async def gather(event: Event, read: Read) -> Facts:
    repository = await read.github.repository(event.repo)
    seen = await look(event.subject, read)
    return Facts(
        issue=seen.issue,
        waits_for=seen.readiness.waits_for,
        plan=await read.store.plan_of_issue(event.subject),
        repository=repository,
        base=await read.github.branch_head(event.repo, repository.default_branch) if repository else None,
        next_plan=await read.store.next_plan(),
        is_epic=bool(await read.store.children(event.subject) or await read.github.sub_issues(event.subject)),
    )


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    issue = facts.issue
    if issue is None or facts.repository is None:
        return Decision(rule="gone", why="The issue or its repository does not exist any more.")
    if issue.is_pull:
        return _refuse(event, issue, "a pull request", "`/plan` belongs on an issue; this is a pull request.")
    if not issue.is_open:
        return _refuse(event, issue, "closed", "only an open issue can be planned; reopen it first.")
    if facts.plan:
        text = render_plan(facts.plan, again=True)
        return _say(event, issue, "planned already", f"P{facts.plan.id} is the plan of this issue.", text)
    if facts.is_epic:  # never built as one beside its children (lessons F51)
        return _refuse(event, issue, "an epic", "the work of this issue lies in its sub-issues; plan those.")
    if facts.waits_for:
        return _refuse_blocked(event, issue, facts.waits_for)
    if facts.base is None:
        problem = f"the branch `{facts.repository.default_branch}` has no commit to start from."
        return _refuse(event, issue, "no base", problem)
    plan = Plan(
        id=facts.next_plan,
        issue=issue.ref,
        base_branch=facts.repository.default_branch,
        base=facts.base,
        branch=branch_name(facts.next_plan, issue.title),
    )
    text = render_plan(plan)
    # A command has one answer: when its delivery is replayed, "planned already" does not follow "planned" (fault I9).
    answer = reply(issue, event.command, text) if event.command else _post(issue, f"plan/{plan.id}", text)
    return Decision(
        rule="planned",
        why=f"P{plan.id} starts from {plan.base} on {plan.base_branch}.",
        records=(PlanStored(plan=plan),),
        writes=(answer,),
    )


def _refuse(event: Event, issue: Issue, rule: str, problem: str) -> Decision:
    text = render_problem(event.sender.login, problem) if event.sender else problem
    return _say(event, issue, rule, problem, text)


def _refuse_blocked(event: Event, issue: Issue, waits_for: tuple[Blocker, ...]) -> Decision:
    """The same answer as the label gives, read anew (lessons R25)."""
    why = render_waits(waits_for, issue.ref.repo)
    text = render_blocked(waits_for, issue.ref.repo)
    return _say(event, issue, "blocked", why, render_problem(event.sender.login, text) if event.sender else text)


def _say(event: Event, issue: Issue, rule: str, why: str, text: str) -> Decision:
    """A command is answered in the thread; what the operator asked for is answered where it was asked."""
    if event.command is None:
        return Decision(rule=rule, why=why)
    return Decision(rule=rule, why=why, writes=(reply(issue, event.command, text),))


def _post(issue: Issue, key: str, text: str) -> PostComment:
    return PostComment(key=key, issue=issue.ref, body=(text,), marker=Marker(issue.ref.repo.id, issue.id, "plan", key))
