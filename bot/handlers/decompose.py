"""Turns the work an epic lists into sub-issues, exactly once: label `epic` or `needs-decompose`, or `/decompose`."""

from functools import partial

import msgspec

from bot.messages.commands import render_problem
from bot.messages.decompose import (
    Shown,
    render_child,
    render_no_room,
    render_no_section,
    render_nothing_here,
    render_nothing_new,
    render_nothing_to_do,
    render_preview,
    render_proposed_child,
    render_renamed,
    render_title,
    render_too_deep,
)
from bot.model.commands import Command, Permission
from bot.model.conditions import BodyIs, EpicIsOpen, IssueIsOpen, ParentIsThere, RunIsActive
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.epics import NewChild, PlannedChild, Preview, Run, StoredChild
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.ids import IssueRef
from bot.model.markers import Marker, digest
from bot.model.opinions import NoOpinion, ProposedPlan
from bot.model.questions import Question
from bot.model.records import ChildPlanStored, PreviewShown
from bot.model.writes import AddLabel, AnyWrite, CreateIssue, LinkSubIssue, NumberOf, PostComment, ResultOf
from bot.policy.asking import ask
from bot.policy.child_keys import anew, replaced_by
from bot.policy.child_plan import (
    MOST_LEVELS,
    ChildPlan,
    child_plan,
    crowd,
    is_under,
    local_number,
    not_there,
    over,
    proposed_plan,
    renamed,
    too_deep,
)
from bot.policy.decompose_options import MOST_SUB_ISSUES, Options, read_options, written
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


async def gather(event: Event, read: Read) -> Facts:
    if event.sender is None or not event.sender.is_human:
        return Facts(issue=None)
    if event.command is None and not _starts(event.label, await read.configs.of(event.repo)):
        return Facts(issue=None)
    issue = await read.github.issue(event.subject)
    if issue is None:
        return Facts(issue=None)
    permission = await read.github.permission(event.repo, event.sender.login)
    plan = await read.compute(lambda: read_epic(issue.body, repo=issue.repo_name))
    open_ones = [child for child in plan.children if child.state != "done"]
    local = {number for child in open_ones if (number := local_number(child, issue.repo_name))}
    undone = frozenset(child.key for child in await read.store.undone_children(event.subject))
    preview = _still_meant(await read.store.preview(event.subject), undone)
    return Facts(
        issue=issue,
        permission=permission,
        plan=plan,
        referred={number: await read.github.issue(IssueRef(event.repo, number)) for number in sorted(local)},
        runs=await read.store.runs(event.subject),
        planned=await read.store.children(event.subject),
        undone=undone,
        linked=await read.github.sub_issues(event.subject),
        pending=tuple(one for one in await read.store.pending(event.subject) if isinstance(one, LinkSubIssue)),
        questions=await read.store.questions(event.subject),
        preview=preview,
        proposal=await _proposal(issue, plan, preview, permission, read),
    )


async def _proposal(
    issue: Issue, plan: EpicPlan, preview: Preview | None, permission: Permission, read: Read
) -> ProposedPlan | NoOpinion | None:
    """The program is asked once for each wording of a description without structure."""
    may_ask = permission.at_least(Permission.TRIAGE) and issue.is_open and not issue.is_pull
    if not may_ask or plan.action != "clarify" or _is_of(preview, issue):
        return None
    return await read.advisors.decompose(issue)


def _still_meant(preview: Preview | None, undone: frozenset[str]) -> Preview | None:
    """A plan of which something was taken back is shown anew before it is made again."""
    return None if preview and any(child.key in undone for child in preview.children) else preview


def _is_of(preview: Preview | None, issue: Issue) -> bool:
    return preview is not None and preview.body == digest(issue.body)


def _starts(label: str, config: Config) -> bool:
    return label.lower() in (config.epic_label.lower(), config.decompose_label.lower())


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    if event.sender is None or not event.sender.is_human:
        return Decision(rule="not a human", why="A bot's label decomposes nothing.")
    if event.command is None and not _starts(event.label, config):
        labels = f"{config.epic_label} and {config.decompose_label}"
        return Decision(rule="another label", why=f"Only the labels {labels} start a decomposition.")
    issue = facts.issue
    if issue is None:
        return Decision(rule="gone", why="The issue does not exist any more.")
    if not facts.permission.at_least(Permission.TRIAGE):
        return Decision(rule="not allowed", why="Whoever asked has no triage role here.")
    if not issue.is_open or issue.is_pull:
        return _answer(event, issue, "closed", "only an open issue can be decomposed.")
    options = read_options(event.command.arguments if event.command else "")
    if isinstance(options, str):
        return _answer(event, issue, "bad options", options)
    return _decompose(event, issue, facts, options, config)


def _decompose(event: Event, issue: Issue, facts: Facts, options: Options, config: Config) -> Decision:
    plan = _plan(issue, facts, options)
    known = {child.key for child in facts.planned if not child.is_lost}
    ids = {child.id for child in facts.linked} | {child.id for child in facts.planned if child.id}
    new = tuple(child for child in plan.children if child.key not in known and child.existing not in ids)
    if options.only and not plan.children:
        open_ones = [child for child in facts.plan.children if child.state != "done"]
        if any(is_under(child, options.only) for child in open_ones):
            return _say(event, issue, "nothing here", render_nothing_here(plan.left_out))
        sections = dict.fromkeys(heading for child in open_ones for heading in child.section)
        return _answer(event, issue, "no such heading", render_no_section(options.only, tuple(sections)))
    if not new:
        return _nothing_new(event, issue, facts, plan, only=options.only, config=config)
    if full := crowd(new, facts.planned, below_epic=_below_epic(facts), most=MOST_SUB_ISSUES):
        return _say(event, issue, "no room", render_no_room(full.parent, full.there, full.wanted, MOST_SUB_ISSUES))
    if too_deep(new):
        return _say(event, issue, "too deep", render_too_deep(MOST_LEVELS))
    shown = {child.key for child in facts.preview.children} if facts.preview else set()
    was_shown = all(child.key in shown for child in new)
    most = options.most or config.most_children
    is_confirmed = options.confirm and was_shown
    needs_word = len(new) > most or facts.plan.action == "clarify"
    doubtful = {} if is_confirmed else _doubtful(new, plan, facts)
    show = partial(_show, event, issue, new, plan, options, limit=most, doubtful=doubtful)
    if options.preview:
        return show(rule="preview", needs_word=needs_word)
    if facts.plan.action == "clarify" and not is_confirmed:
        return show(rule="proposed")
    if options.confirm and facts.preview and not was_shown:
        return show(rule="changed")
    if len(new) > most and not is_confirmed:
        return show(rule="too many")
    return _carry_out(event, issue, new, plan, facts, options=options, doubtful=doubtful, config=config)


def _doubtful(new: tuple[NewChild, ...], plan: ChildPlan, facts: Facts) -> dict[str, PlannedChild]:
    """What may be an earlier item in other words, by the key of the new one."""
    planned = [child for child in facts.planned if not child.is_lost]
    closed = {child.id for child in facts.linked if not child.is_open}
    return renamed(new, planned, plan.keys, over(planned, {child.key for child in planned if child.id in closed}))


def _below_epic(facts: Facts) -> int:
    """How many sub-issues the epic has, and those that earlier runs are still to link."""
    linked = {child.id for child in facts.linked}
    there = {f"link/{child.key}" for child in facts.planned if child.id in linked}
    return len(linked) + sum(not link.under and link.key not in there for link in facts.pending)


def _plan(issue: Issue, facts: Facts, options: Options) -> ChildPlan:
    """What the description says; of one without structure what the program proposed, as people were shown it."""
    spent = facts.undone | _lost(facts)
    if facts.plan.action == "clarify" and facts.preview and _is_of(facts.preview, issue):
        children = anew(facts.preview.children, spent)
        return ChildPlan(children, (), frozenset(child.key for child in children))
    if isinstance(facts.proposal, ProposedPlan):
        return proposed_plan(
            issue,
            facts.proposal,
            title=render_title,
            body=lambda body: render_proposed_child(issue.ref.number, body),
            spent=spent,
        )
    now = {child.id: child.title for child in facts.linked}
    return child_plan(
        issue,
        facts.plan,
        facts.referred,
        title=render_title,
        body=lambda child: render_child(issue.ref.number, child.section, child.notes),
        only=options.only,
        planned=[child for child in facts.planned if not child.is_lost],
        retitled={child.key: now[child.id] for child in facts.planned if child.id in now},
        spent=spent,
    )


def _lost(facts: Facts) -> frozenset[str]:
    return frozenset(child.key for child in facts.planned if child.is_lost)


def _carry_out(
    event: Event,
    issue: Issue,
    new: tuple[NewChild, ...],
    plan: ChildPlan,
    facts: Facts,
    *,
    options: Options,
    doubtful: dict[str, PlannedChild],
    config: Config,
) -> Decision:
    """Creates what is certainly new; what may be an earlier item in other words waits for a person.

    The summary is `handlers/progress.py`'s: it knows every run.
    """
    waiting = _with_descendants(new, set(doubtful))
    certain = tuple(child for child in new if child.key not in waiting)
    asked = Decision(rule="renamed?", why=f"{len(doubtful)} items may be earlier ones in other words.")
    if doubtful:
        pairs = tuple((child, doubtful[child.key]) for child in new if child.key in doubtful)
        said = _say(event, issue, "renamed", render_renamed(pairs, written(Options(only=options.only, confirm=True))))
        shown = Preview(body=digest(issue.body), children=tuple(child for child in new if child.key in waiting))
        asked = msgspec.structs.replace(
            asked, writes=said.writes, records=(PreviewShown(epic=issue.ref, preview=shown),)
        )
    if not certain:
        return asked
    by = event.sender.login if event.sender else ""
    run = Run(id=len(facts.runs) + 1, issue=issue.id, by=by, left_out=plan.left_out)
    planned = tuple(_stored(child) for child in certain)
    replaced = replaced_by(certain, _lost(facts))
    return Decision(
        rule="decompose",
        why=f"{len(certain)} open items are no sub-issues yet.",
        records=(ChildPlanStored(epic=issue.ref, run=run, children=planned, replaced=replaced), *asked.records),
        writes=(*_creations(issue, certain, run.id, config), _decomposed(issue, config), *asked.writes),
        wakes=(Wake(issue.ref, "progress"),),
    )


def _with_descendants(children: tuple[NewChild, ...], keys: set[str]) -> set[str]:
    """Parents stand before their children."""
    found = set(keys)
    for child in children:
        if child.parent in found:
            found.add(child.key)
    return found


def _stored(child: NewChild) -> PlannedChild:
    return PlannedChild(
        key=child.key, title=child.title, existing=child.existing, number=child.number, above=child.above
    )


def _creations(issue: Issue, children: tuple[NewChild, ...], run: int, config: Config) -> list[AnyWrite]:
    """Create, then link, child by child: links added in parallel fail with 422 (github-api.md section 7).

    An epic that is closed, or whose run is undone, gets no more children; but what was just created is linked.
    """
    writes: list[AnyWrite] = []
    is_active = RunIsActive(issue.ref, run)
    still_wanted = (is_active, EpicIsOpen(issue.ref))
    for child in children:
        parent = (ParentIsThere(issue.ref.repo, child.parent),) if child.parent else ()
        if not child.existing:
            writes.append(
                CreateIssue(
                    key=child.key,
                    repo=issue.ref.repo,
                    title=child.title,
                    body=(child.body,),
                    marker=Marker(issue.ref.repo.id, issue.id, "child", child.key),
                    labels=config.child_labels,
                    under=NumberOf(child.parent) if child.parent else 0,
                    only_if=(*still_wanted, *parent),
                )
            )
        writes.append(
            LinkSubIssue(
                key=f"link/{child.key}",
                parent=issue.ref,
                child=child.existing or ResultOf(child.key),
                under=NumberOf(child.parent) if child.parent else child.under,
                child_number=child.number or NumberOf(child.key),
                only_if=still_wanted if child.existing else (is_active,),
            )
        )
    return writes


def _decomposed(issue: Issue, config: Config) -> AddLabel:
    return AddLabel(
        key=f"label/{issue.id}/decomposed", issue=issue.ref, label=config.decomposed_label, cause="decomposed"
    )


def _nothing_new(event: Event, issue: Issue, facts: Facts, plan: ChildPlan, *, only: str, config: Config) -> Decision:
    if plan.children:
        why = "Every open item is a planned or linked sub-issue already."
        links = {link.key for link in facts.pending}
        coming, gone = not_there(plan.children, facts.planned, linked={child.id for child in facts.linked}, links=links)
        problem = render_nothing_new(only, coming=coming, gone=gone, failed=len(_lost(facts)))
        return _answer(event, issue, "nothing new", problem, why)
    if facts.plan.action == "nothing":
        return _answer(event, issue, "all done", "every item of this epic is checked off; nothing is left to create.")
    if facts.plan.action == "decompose":
        return _say(event, issue, "nothing here", render_nothing_here(plan.left_out))
    if facts.planned:
        return _answer(event, issue, "nothing new", "the description lists no open work any more.")
    return _ask_for_work(event, issue, facts, config)


def _ask_for_work(event: Event, issue: Issue, facts: Facts, config: Config) -> Decision:
    why = "No open work was found."
    if isinstance(facts.proposal, NoOpinion):
        why += f" The planning program gave no answer: {facts.proposal.why}."
    if any(not question.answered_by for question in facts.questions):
        return Decision(rule="nothing to decompose", why=f"{why} A question is open; the next word is a human's.")
    commander = event.sender.login if event.sender else ""
    asked_of = issue.author.login if issue.author.is_human else commander
    text = render_nothing_to_do(asked_of, config.epic_label)
    round_ = max((question.round for question in facts.questions), default=0) + 1
    judged = BodyIs(issue.ref, digest(issue.body))
    asked = ask(issue, asked_of, text, why, config, round_=round_, only_if=(judged,))
    return msgspec.structs.replace(asked, rule="nothing to decompose")


def _answer(event: Event, issue: Issue, rule: str, problem: str, why: str = "") -> Decision:
    """A command is answered where it cannot be carried out; a label is not."""
    if event.command is None or event.sender is None:
        return Decision(rule=rule, why=why or problem)
    text = render_problem(event.sender.login, problem)
    return Decision(rule=rule, why=why or problem, writes=(reply(issue, event.command, text),))


def _show(
    event: Event,
    issue: Issue,
    new: tuple[NewChild, ...],
    plan: ChildPlan,
    options: Options,
    *,
    rule: Shown,
    limit: int,
    doubtful: dict[str, PlannedChild],
    needs_word: bool = True,
) -> Decision:
    """Shows the plan and remembers it: `/decompose confirm` means this one. `needs_word`: nothing less makes it."""
    most = None if needs_word else options.most
    command = written(Options(only=options.only, most=most, confirm=needs_word))
    said = _say(
        event, issue, rule, render_preview(new, plan.left_out, why=rule, command=command, limit=limit, like=doubtful)
    )
    shown = PreviewShown(epic=issue.ref, preview=Preview(body=digest(issue.body), children=new))
    return msgspec.structs.replace(said, records=(shown,))


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
