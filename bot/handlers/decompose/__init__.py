"""Turns the work an epic lists into sub-issues, exactly once: label `epic` or `needs-decompose`, or `/decompose`."""

from functools import partial

import msgspec

from bot.handlers.decompose.creating import creations, decomposed
from bot.handlers.decompose.looking import Facts, is_of, look
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
from bot.model.conditions import BodyIs, IssueIsOpen
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.epics import NewChild, PlannedChild, Preview, Run
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.markers import Marker, digest
from bot.model.opinions import NoOpinion, ProposedPlan
from bot.model.records import ChildPlanStored, PreviewShown
from bot.model.writes import PostComment
from bot.policy.asking import ask
from bot.policy.child_keys import anew, replaced_by
from bot.policy.child_plan import (
    MOST_LEVELS,
    ChildPlan,
    child_plan,
    crowd,
    is_under,
    not_there,
    over,
    proposed_plan,
    renamed,
    too_deep,
)
from bot.policy.decompose_options import MOST_SUB_ISSUES, Options, read_options, written
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


async def gather(event: Event, read: Read) -> Facts:
    if event.sender is None or not event.sender.is_human:
        return Facts(issue=None)
    if event.command is None and not _starts(event.label, await read.configs.of(event.repo)):
        return Facts(issue=None)
    issue = await read.github.issue(event.subject)
    return Facts(issue=None) if issue is None else await look(issue, event.sender, read)


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
    spent = facts.undone | facts.lost
    if facts.plan.action == "clarify" and facts.preview and is_of(facts.preview, issue):
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
    replaced = replaced_by(certain, facts.lost)
    return Decision(
        rule="decompose",
        why=f"{len(certain)} open items are no sub-issues yet.",
        records=(ChildPlanStored(epic=issue.ref, run=run, children=planned, replaced=replaced), *asked.records),
        writes=(*creations(issue, certain, run.id, config), decomposed(issue, config), *asked.writes),
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


def _nothing_new(event: Event, issue: Issue, facts: Facts, plan: ChildPlan, *, only: str, config: Config) -> Decision:
    if plan.children:
        why = "Every open item is a planned or linked sub-issue already."
        links = {link.key for link in facts.pending}
        coming, gone = not_there(plan.children, facts.planned, linked={child.id for child in facts.linked}, links=links)
        problem = render_nothing_new(only, coming=coming, gone=gone, failed=len(facts.lost))
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
