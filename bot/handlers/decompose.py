"""Turns the work an epic lists into sub-issues, exactly once: label `epic` or `needs-decompose`, or `/decompose`."""

import msgspec

from bot.messages.commands import render_problem
from bot.messages.decompose import (
    render_child,
    render_no_room,
    render_no_section,
    render_nothing_to_do,
    render_preview,
    render_renamed,
    render_summary,
    render_title,
    render_too_deep,
)
from bot.model.commands import Command, Permission
from bot.model.conditions import IssueIsOpen
from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.epics import NewChild, PlannedChild
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.ids import IssueRef
from bot.model.markers import Marker, digest
from bot.model.records import ChildPlanStored
from bot.model.writes import AddLabel, AnyWrite, CreateIssue, LinkSubIssue, NumberOf, PostComment, ResultOf
from bot.policy.child_plan import MOST_LEVELS, ChildPlan, child_plan, local_number, renamed, too_deep
from bot.policy.decompose_options import MOST_SUB_ISSUES, Options, read_options
from bot.policy.epic import EpicPlan, read_epic
from bot.policy.reply import reply
from bot.ports import Read

ON = frozenset({("issues", "labeled")})
COMMANDS = (
    Command(
        name="decompose",
        summary="Turns the open work that this issue lists into sub-issues.",
        may=Permission.TRIAGE,
        arguments='[preview] [max=N] [only="Heading"] [confirm]',
        examples=("/decompose", "/decompose preview", '/decompose only="Phase 1"'),
    ),
)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`referred` holds the issues of this repository that items name, None where there is none.

    `planned` are the children of earlier runs, `linked` the database ids of the sub-issues there are; `permission` is
    the role of whoever set the label or commanded.
    """

    issue: Issue | None
    permission: Permission = Permission.NONE
    plan: EpicPlan = EpicPlan((), ())
    referred: dict[int, Issue | None] = {}
    planned: tuple[PlannedChild, ...] = ()
    linked: frozenset[int] = frozenset()


async def gather(event: Event, read: Read) -> Facts:
    if event.sender is None or not event.sender.is_human:
        return Facts(issue=None)
    issue = await read.github.issue(event.subject)
    if issue is None:
        return Facts(issue=None)
    plan = read_epic(issue.body, repo=issue.repo_name)
    open_ones = [child for child in plan.children if child.state != "done"]
    local = {number for child in open_ones if (number := local_number(child, issue.repo_name))}
    return Facts(
        issue=issue,
        permission=await read.github.permission(event.repo, event.sender.login),
        plan=plan,
        referred={number: await read.github.issue(IssueRef(event.repo, number)) for number in sorted(local)},
        planned=await read.store.children(event.subject),
        linked=frozenset(child.id for child in await read.github.sub_issues(event.subject)),
    )


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if event.sender is None or not event.sender.is_human:
        return Decision(rule="not a human", why="A bot's label decomposes nothing.")
    issue = facts.issue
    if issue is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    labels = (config.epic_label.lower(), config.decompose_label.lower())
    if event.command is None and event.label.lower() not in labels:
        return Decision(rule="another label", why=f"Only the labels {' and '.join(labels)} start a decomposition.")
    if not facts.permission.at_least(Permission.TRIAGE):
        return Decision(rule="not allowed", why="Whoever asked has no triage role here.")
    if not issue.is_open or issue.is_pull:
        return _answer(event, issue, "closed", "only an open issue can be decomposed.")
    options = read_options(event.command.arguments if event.command else "")
    if isinstance(options, str):
        return _answer(event, issue, "bad options", options)
    return _decompose(event, issue, facts, options, config)


def _decompose(event: Event, issue: Issue, facts: Facts, options: Options, config: Config) -> Decision:
    plan = child_plan(
        issue,
        facts.plan,
        facts.referred,
        title=render_title,
        body=lambda child: render_child(issue.ref.number, child.section, child.notes),
        only=options.only,
    )
    known = {child.key for child in facts.planned}
    new = tuple(child for child in plan.children if child.key not in known and child.existing not in facts.linked)
    if options.only and not plan.children:
        sections = dict.fromkeys(heading for child in facts.plan.children for heading in child.section)
        return _answer(event, issue, "no such heading", render_no_section(options.only, tuple(sections)))
    if not new:
        return _nothing_new(event, issue, facts, plan, config)
    if len(facts.linked) + sum(child.depth == 1 for child in new) > MOST_SUB_ISSUES:
        problem = render_no_room(len(facts.linked), len(new), MOST_SUB_ISSUES)
        return _say(event, issue, "no room", problem)
    if too_deep(new):
        return _say(event, issue, "too deep", render_too_deep(MOST_LEVELS))
    if options.preview:
        return _say(event, issue, "preview", render_preview(new, plan.left_out, limit=0))
    most = options.most or config.most_children
    if len(new) > most and not options.confirm:
        return _say(event, issue, "too many", render_preview(new, plan.left_out, limit=most))
    doubtful = {} if options.confirm else renamed(new, facts.planned, plan.children)
    return _carry_out(event, issue, new, plan, doubtful=doubtful, config=config)


def _carry_out(
    event: Event,
    issue: Issue,
    new: tuple[NewChild, ...],
    plan: ChildPlan,
    *,
    doubtful: dict[str, PlannedChild],
    config: Config,
) -> Decision:
    """Creates what is certainly new; what may be an earlier item in other words waits for a person."""
    certain = tuple(child for child in new if child.key not in doubtful and child.parent not in doubtful)
    asked: tuple[AnyWrite, ...] = ()
    if doubtful:
        pairs = tuple((child, doubtful[child.key]) for child in new if child.key in doubtful)
        asked = _say(event, issue, "renamed", render_renamed(pairs)).writes
    if not certain:
        return Decision(rule="renamed?", why=f"{len(doubtful)} items may be earlier ones in other words.", writes=asked)
    by = event.sender.login if event.sender else ""
    return Decision(
        rule="decompose",
        why=f"{len(certain)} open items are no sub-issues yet.",
        records=(ChildPlanStored(epic=issue.ref, by=by, children=tuple(_stored(child) for child in certain)),),
        writes=(
            *_creations(issue, certain, config),
            _summary(issue, certain, plan.left_out),
            _decomposed(issue, config),
            *asked,
        ),
    )


def _stored(child: NewChild) -> PlannedChild:
    return PlannedChild(key=child.key, title=child.title, existing=child.existing)


def _creations(issue: Issue, children: tuple[NewChild, ...], config: Config) -> list[AnyWrite]:
    """Create, then link, child by child: links added in parallel fail with 422 (github-api.md section 7)."""
    writes: list[AnyWrite] = []
    for child in children:
        if not child.existing:
            writes.append(
                CreateIssue(
                    key=child.key,
                    repo=issue.ref.repo,
                    title=child.title,
                    body=(child.body,),
                    marker=Marker(issue.ref.repo.id, issue.id, "child", child.key),
                    labels=config.child_labels,
                )
            )
        writes.append(
            LinkSubIssue(
                key=f"link/{child.key}",
                parent=issue.ref,
                child=child.existing or ResultOf(child.key),
                under=NumberOf(child.parent) if child.parent else child.under,
                child_number=child.number or NumberOf(child.key),
            )
        )
    return writes


def _summary(issue: Issue, children: tuple[NewChild, ...], left_out: tuple[str, ...]) -> PostComment:
    run = digest("\n".join(child.key for child in children))[:16]
    key = f"summary/{issue.id}/{run}"
    body = render_summary(children, left_out)
    return PostComment(key=key, issue=issue.ref, body=body, marker=Marker(issue.ref.repo.id, issue.id, "summary", key))


def _decomposed(issue: Issue, config: Config) -> AddLabel:
    return AddLabel(
        key=f"label/{issue.id}/decomposed", issue=issue.ref, label=config.decomposed_label, cause="decomposed"
    )


def _nothing_new(event: Event, issue: Issue, facts: Facts, plan: ChildPlan, config: Config) -> Decision:
    if facts.planned or plan.children:
        why = "Every open item is a planned or linked sub-issue already."
        return _answer(event, issue, "nothing new", "every open item of this epic is a sub-issue already.", why)
    if facts.plan.action == "nothing":
        return _answer(event, issue, "all done", "every item of this epic is checked off; nothing is left to create.")
    text = render_nothing_to_do(config.epic_label)
    return _post(issue, "nothing to decompose", "No open work was found.", text)


def _answer(event: Event, issue: Issue, rule: str, problem: str, why: str = "") -> Decision:
    """A command is answered where it cannot be carried out; a label is not."""
    if event.command is None or event.sender is None:
        return Decision(rule=rule, why=why or problem)
    text = render_problem(event.sender.login, problem)
    return Decision(rule=rule, why=why or problem, writes=(reply(issue, event.command, text),))


def _say(event: Event, issue: Issue, rule: str, text: str) -> Decision:
    """Under a command as its answer; after a label once for each wording of the description."""
    why = text.partition("\n")[0]
    if event.command:
        return Decision(rule=rule, why=why, writes=(reply(issue, event.command, text),))
    return _post(issue, rule, why, text)


def _post(issue: Issue, rule: str, why: str, text: str) -> Decision:
    key = f"decompose/{issue.id}/{rule.replace(' ', '-')}/{digest(issue.body)}"
    marker = Marker(issue.ref.repo.id, issue.id, "decompose", key)
    write = PostComment(key=key, issue=issue.ref, body=(text,), marker=marker, only_if=(IssueIsOpen(issue.ref),))
    return Decision(rule=rule, why=why, writes=(write,))
