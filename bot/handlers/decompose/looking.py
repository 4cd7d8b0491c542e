"""Reads what an epic lists, and what earlier decompositions have made of it."""

import msgspec

from bot.model.commands import Permission
from bot.model.epics import Preview, Run, StoredChild
from bot.model.facts import Issue
from bot.model.ids import Actor, IssueRef
from bot.model.markers import digest
from bot.model.opinions import NoOpinion, ProposedPlan
from bot.model.questions import Question
from bot.model.writes import LinkSubIssue
from bot.policy.child_plan import local_number
from bot.policy.epic import EpicPlan, read_epic
from bot.ports import Read


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`referred` holds the issues of this repository that items name, None where there is none.

    `planned` are the children of earlier runs, `undone` the keys of those that were taken back, `linked` the sub-issues
    there are, `pending` the links that are still to be made. `permission` is the role of whoever set the label or
    commanded. `preview` is the plan shown last, None where some of it was taken back since. `proposal` is what the
    operator's program says of an epic without structure, None where it was not asked.
    """

    issue: Issue | None
    permission: Permission = Permission.NONE
    plan: EpicPlan = EpicPlan((), ())
    referred: dict[int, Issue | None] = {}
    runs: tuple[Run, ...] = ()
    planned: tuple[StoredChild, ...] = ()
    undone: frozenset[str] = frozenset()
    linked: tuple[Issue, ...] = ()
    pending: tuple[LinkSubIssue, ...] = ()
    questions: tuple[Question, ...] = ()
    preview: Preview | None = None
    proposal: ProposedPlan | NoOpinion | None = None

    @property
    def lost(self) -> frozenset[str]:
        """The keys of those that could not be created."""
        return frozenset(child.key for child in self.planned if child.is_lost)


async def look(issue: Issue, by: Actor, read: Read) -> Facts:
    """All that is known of the epic and what was made of it before; `by` is whoever set the label or commanded."""
    permission = await read.github.permission(issue.ref.repo, by.login)
    plan = await read.compute(lambda: read_epic(issue.body, repo=issue.repo_name))
    open_ones = [child for child in plan.children if child.state != "done"]
    local = {number for child in open_ones if (number := local_number(child, issue.repo_name))}
    undone = frozenset(child.key for child in await read.store.undone_children(issue.ref))
    preview = _still_meant(await read.store.preview(issue.ref), undone)
    return Facts(
        issue=issue,
        permission=permission,
        plan=plan,
        referred={number: await read.github.issue(IssueRef(issue.ref.repo, number)) for number in sorted(local)},
        runs=await read.store.runs(issue.ref),
        planned=await read.store.children(issue.ref),
        undone=undone,
        linked=await read.github.sub_issues(issue.ref),
        pending=tuple(one for one in await read.store.pending(issue.ref) if isinstance(one, LinkSubIssue)),
        questions=await read.store.questions(issue.ref),
        preview=preview,
        proposal=await _proposal(issue, plan, preview, permission, read),
    )


async def _proposal(
    issue: Issue, plan: EpicPlan, preview: Preview | None, permission: Permission, read: Read
) -> ProposedPlan | NoOpinion | None:
    """The program is asked once for each wording of a description without structure."""
    may_ask = permission.at_least(Permission.TRIAGE) and issue.is_open and not issue.is_pull
    if not may_ask or plan.action != "clarify" or is_of(preview, issue):
        return None
    return await read.advisors.decompose(issue)


def _still_meant(preview: Preview | None, undone: frozenset[str]) -> Preview | None:
    """A plan of which something was taken back is shown anew before it is made again."""
    return None if preview and any(child.key in undone for child in preview.children) else preview


def is_of(preview: Preview | None, issue: Issue) -> bool:
    return preview is not None and preview.body == digest(issue.body)
