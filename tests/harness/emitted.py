"""Every text the bot can emit, rendered with the nastiest words that others could have put into it."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args

from bot import messages
from bot.messages import (
    clarification,
    commands,
    commands_page,
    decompose,
    dependencies,
    plan,
    provenance,
    repository_config,
    second_opinion,
    why,
)
from bot.model.commands import Command, Permission
from bot.model.config import Adopted, Problem
from bot.model.decision import Reason
from bot.model.edges import Blocker
from bot.model.epics import NewChild, PlannedChild, Progress, Run, Status
from bot.model.facts import Pull
from bot.model.ids import Actor, IssueRef, Repo, Sha
from bot.model.judgement import Found, Judgement, Missing
from bot.model.opinions import Lacking, NoOpinion, Opinion
from bot.model.plan import Finding, Plan
from bot.model.questions import Hold
from bot.policy.triage.second_opinion import advised

#: Somebody who is mentioned on purpose.
ASKED = "rene"
#: What the bot repeats of others: commands in every place, mentions, closing keywords, a marker, hidden characters.
LINE = "/stop @ada closes #1 <!-- interlock:question 1 2 question/2/1 0123456789abcdef0123456789abcdef -->"
NASTY = (
    f"{LINE}\n\u202e/hold\n/decompose\n   /plan now\r\n/answered\n\n"
    f"```\n/unhold\n```\n\n> /resume\n\n- /triage\n\n{LINE}"
)

_NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_REF = IssueRef(Repo(1, 2), 3)
_SHA = Sha("1" * 40)
_PLAN = Plan(id=4, issue=_REF, base_branch="main", base=_SHA, branch="interlock/4-signals")
_PULL = Pull(
    ref=_REF,
    head=_SHA,
    head_ref="interlock/4-signals",
    head_repo=2,
    base_ref="main",
    is_open=True,
    merged=False,
    author=Actor(9, ASKED),
)
_COMMAND = Command(name="plan", summary="Plans.", may=Permission.WRITE, examples=("/plan",))
_ASKED_TOO = (Missing(LINE, LINE), Missing(NASTY, NASTY), Missing("x", f"{LINE} ![x](https://example.test/x) <b>"))
_HOLD = Hold(by=ASKED, reason=NASTY)
_CHILDREN = (
    NewChild(key="a", title=NASTY, depth=1, why=NASTY, section=(NASTY,)),
    NewChild(key="b", title=LINE, depth=2, why=LINE, existing=5),
)
_PLANNED = (PlannedChild(key="a", title=NASTY), PlannedChild(key="b", title=LINE, existing=5))
_PROGRESS = tuple(
    Progress(title=text, number=number, status=status, why=NASTY)
    for status in get_args(Status)
    for number in (4, 0)
    for text in (NASTY, LINE)
)
_RUNS = (
    Run(id=1, issue=9, by=ASKED, left_out=(NASTY, LINE)),
    Run(id=2, issue=9, by=ASKED, left_out=(LINE,), undone_by=ASKED),
    Run(id=3, issue=9, by=ASKED),
)
_BLOCKERS = (
    Blocker(key="2/5", ref=_REF, name="acme/railway#3", why="is open", phrase=NASTY),
    Blocker(key="x", ref=IssueRef(Repo(0, 0), 5), name=f"acme/{LINE}#5", why="was closed without being merged"),
)
_PROBLEMS = (Problem(1, 1, NASTY, LINE), Problem(2, 1, LINE, NASTY))


def _judgements() -> list[Judgement]:
    missing = (Missing("version", "Which version?"), Missing(f"answer: {NASTY}", NASTY), Missing(LINE, LINE))
    understood = (Found("kind", "bug"), Found("steps", NASTY), Found("actual", LINE), Found(NASTY, ""))
    return [
        Judgement(outcome=outcome, why=NASTY, missing=missing, understood=understood, refers_to=LINE)
        for outcome in ("needs-clarification", "epic", "duplicate-of?")
    ]


def _reasons() -> list[str]:
    """Why triage decided as it did, with what a program said or failed to say."""
    (ours, *_) = _judgements()
    asks = Opinion(outcome="needs-clarification", why=NASTY, missing=(Lacking("x", NASTY),))
    return [NASTY, *(advised(ours, said).why for said in (asks, NoOpinion(NASTY)))]


def _found(name: str) -> Finding:
    return Finding(name=name, conclusion="failure", why="It is so.", expected=None, actual=_SHA, plans=(4, 5))


_NAMES = ("match", "unplanned", "evidence_missing", "wrong_plan", "ambiguous", "diverged", "base_moved_away", "empty")
_TEXTS: dict[Callable[..., object], list[str]] = {
    clarification.render_reminder: [clarification.render_reminder(ASKED)],
    clarification.render_suggestion: [clarification.render_suggestion(one) for one in _judgements()],
    clarification.render_persons_question: [clarification.render_persons_question(ASKED, NASTY)],
    clarification.render_triage: [clarification.render_triage("ready", reason) for reason in _reasons()],
    clarification.render_missing: [
        clarification.render_missing(ASKED, one, too) for one in _judgements() for too in ((), _ASKED_TOO)
    ],
    second_opinion.render_asked_too: [second_opinion.render_asked_too(_ASKED_TOO, first=first) for first in (1, 3)],
    second_opinion.render_second_suggestion: [
        second_opinion.render_second_suggestion(outcome, text)
        for outcome in ("epic", "duplicate-of?", "blocked")
        for text in (NASTY, LINE)
    ],
    commands.render_refusal: [commands.render_refusal(_COMMAND, ASKED)],
    commands.render_problem: [commands.render_problem(ASKED, "write the question behind the command.")],
    commands.render_help: [commands.render_help((_COMMAND,))],
    commands.render_near_miss: [commands.render_near_miss("decompse", "decompose")],
    commands.render_held: [commands.render_held(ASKED, _HOLD)],
    commands.render_hold: [commands.render_hold(NASTY)],
    commands.render_unheld: [commands.render_unheld(was_held=held) for held in (True, False)],
    commands.render_broken: [commands.render_broken(12)],
    commands.render_resumed: [commands.render_resumed()],
    decompose.render_child: [decompose.render_child(1, (NASTY, LINE), (NASTY, LINE))],
    decompose.render_title: [decompose.render_title(LINE)],
    decompose.render_proposed_child: [decompose.render_proposed_child(1, NASTY)],
    decompose.render_summary: [decompose.render_summary(_PROGRESS, runs) for runs in (_RUNS[:1], _RUNS)],
    decompose.render_all_done: [
        decompose.render_all_done(count, others) for count in (1, 2) for others in ((), _PROGRESS)
    ],
    decompose.render_undone: [
        decompose.render_undone((4,), ((5, NASTY), (6, LINE)), 1),
        decompose.render_undone((), (), 0, 2),
        decompose.render_undone((), (), 0),
    ],
    decompose.render_which_run: [decompose.render_which_run(_RUNS)],
    decompose.render_nothing_to_do: [decompose.render_nothing_to_do(ASKED, "epic")],
    decompose.render_preview: [
        decompose.render_preview(
            _CHILDREN, (NASTY, LINE), why=why, command=f"/decompose {only}", limit=20, like={"a": _PLANNED[0]}
        )
        for why in get_args(decompose.Shown)
        for only in (NASTY, LINE, "")
    ],
    decompose.render_renamed: [decompose.render_renamed(((_CHILDREN[0], _PLANNED[0]),), f"/decompose {LINE}")],
    decompose.render_no_room: [decompose.render_no_room(parent, 90, 20, 100) for parent in ("", LINE, NASTY)],
    decompose.render_nothing_here: [decompose.render_nothing_here((NASTY, LINE))],
    decompose.render_nothing_new: [
        decompose.render_nothing_new(only, coming=count, gone=count, failed=count)
        for only in ("", LINE, NASTY)
        for count in (0, 2)
    ],
    decompose.render_too_deep: [decompose.render_too_deep(8)],
    decompose.render_no_section: [decompose.render_no_section(NASTY, (NASTY, LINE))],
    dependencies.render_blocked: [dependencies.render_blocked(_BLOCKERS, _REF.repo)],
    dependencies.render_waits: [dependencies.render_waits(_BLOCKERS, _REF.repo)],
    dependencies.render_circle: [dependencies.render_circle(names) for names in (("#1",), ("#1", LINE, NASTY))],
    dependencies.render_in_circle: [dependencies.render_in_circle(("#1", LINE, NASTY))],
    plan.render_plan: [plan.render_plan(_PLAN, again=again) for again in (True, False)],
    provenance.render_title: [provenance.render_title(_found(name)) for name in _NAMES],
    provenance.render_verdict: [
        provenance.render_verdict(((_PULL, _PLAN, _found(name)), (_PULL, None, _found("match"))), _found(name))
        for name in _NAMES
    ],
    repository_config.render_annotation: [repository_config.render_annotation(one) for one in _PROBLEMS],
    repository_config.render_title: [repository_config.render_title(_PROBLEMS, is_there=True)],
    repository_config.render_proposed: [
        repository_config.render_proposed(problems, ("labels.epic",), is_there=is_there)
        for problems in (_PROBLEMS, ())
        for is_there in (True, False)
    ],
    repository_config.render_pushed: [
        repository_config.render_pushed(problems, ("labels.epic",), adopted)
        for problems in (_PROBLEMS, ())
        for adopted in (None, Adopted(body=NASTY, at=_NOW), Adopted(body="", at=_NOW))
    ],
    why.render_why: [
        why.render_why(
            tuple(Reason(handler="triage", rule="ready", why=reason, at=_NOW) for reason in _reasons()), (NASTY, LINE)
        ),
        why.render_why((), ()),
    ],
}
#: What reaches a terminal or our own documentation and never GitHub.
NOT_EMITTED = {
    commands_page.render_commands_page,
    repository_config.render_line,
    repository_config.render_document,
}


def emitted() -> dict[str, str]:
    """Each text by the function that renders it."""
    return {
        f"{render.__module__.rpartition('.')[2]}.{render.__name__}/{n}": text
        for render, texts in _TEXTS.items()
        for n, text in enumerate(texts)
    }


def forgotten() -> set[str]:
    """Public functions of `bot.messages` that render something and stand in no list here."""
    found = set()
    for info in pkgutil.iter_modules(messages.__path__):
        module = importlib.import_module(f"{messages.__name__}.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_its_own = function.__module__ == module.__name__
            if name.startswith("render_") and is_its_own and function not in {*_TEXTS, *NOT_EMITTED}:
                found.add(f"{info.name}.{name}")
    return found
