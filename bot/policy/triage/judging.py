"""The judgement: what an issue is, what it lacks, and why. Deterministic; when in doubt it is ready."""

import re
from collections.abc import Iterator, Sequence

from bot.model.judgement import Found, Judgement, Missing
from bot.model.triage_rules import DEFAULT, Kind, TriageRules
from bot.policy.triage.choices import open_choices
from bot.policy.triage.evidence import Evidence
from bot.policy.triage.kinds import kind_of, without_prefix
from bot.policy.triage.reading import Entry, read, sections
from bot.policy.triage.relations import same_as, waits_for

_EPIC_TITLE = re.compile(
    r"^\W{0,3}(?:epic|umbrella|tracking(?: issue)?|meta)\b\W|\b(?:epic|umbrella issue|tracking issue"
    r"|meta[- ]issue)\b",
    re.IGNORECASE,
)
_EPIC_TEXT = re.compile(
    r"\bthis epic\b|\b(?:this (?:is an|issue is an|is the|is a large|will be an) epic|(?:split|break|broken"
    r"|decompose)\w* (?:this |it |down )*(?:up )?(?:in)?to (?:several|smaller|sub|separate|multiple)"
    r"|too (?:big|large) for (?:one|a single))",
    re.IGNORECASE,
)
_PHASE = re.compile(r"(?:phase|part|milestone|stage|workstream|step) (?:\d+|[ivx]+|one|two|three)\b", re.IGNORECASE)
#: Boxes that belong to every piece of work.
_CHORE_OF_EVERY_TASK = re.compile(
    r"(?:(?:add|write|update|run|with) )?(?:unit )?(?:tests?|docs|documentation|the docs|changelog|readme"
    r"|review|lint|release notes)\.?",
    re.IGNORECASE,
)


def says_nothing(body: str, rules: TriageRules = DEFAULT) -> bool:
    """Whether `body` is empty, or only the skeleton of a template: headings, comments, prompts, empty fields."""
    return not any(entry.what not in ("heading", "quote") for entry in read(body, rules))


def judge(title: str, body: str, labels: Sequence[str] = (), rules: TriageRules = DEFAULT) -> Judgement:
    """What is to be done with an issue that was opened with this `title` and `body` and carries `labels`.

    What the author says about other issues comes first, then its size, then what is missing.
    """
    entries = read(body, rules)
    headings = "\n".join(entry.text for entry in entries if entry.what == "heading")
    kind = kind_of(title, entries, headings, labels, rules)
    named = {label.lower().replace("-", " ").replace("_", " ") for label in labels}
    understood = (Found("kind", kind),)
    same = same_as(title, entries)
    if same or named & _spoken(rules.duplicate_labels):
        why = f"The text itself says that it repeats {same}." if same else "It carries the label of a duplicate."
        return Judgement(outcome="duplicate-of?", why=why, understood=understood, refers_to=same or "")
    if named & _spoken(rules.blocked_labels):
        return Judgement(outcome="blocked", why="It carries the label of a blocked issue.", understood=understood)
    is_empty = not any(entry.what not in ("heading", "quote") for entry in entries)
    epic = None if is_empty else _why_epic(title, entries, named, kind, rules)
    if epic:
        return Judgement(
            outcome="epic", why=f"{epic} /decompose would turn its tasks into sub-issues.", understood=understood
        )
    waits = waits_for(title, entries, kind)
    if waits:
        return Judgement(
            outcome="blocked", why=f"The text says that it waits: {waits}", understood=understood, refers_to=waits
        )
    return _completeness(without_prefix(title), entries, kind, rules, is_empty=is_empty)


def _spoken(labels: Sequence[str]) -> set[str]:
    return {label.lower().replace("-", " ").replace("_", " ") for label in labels}


def _why_epic(title: str, entries: tuple[Entry, ...], named: set[str], kind: Kind, rules: TriageRules) -> str | None:
    if named & _spoken(rules.epic_labels):
        return "It carries the label of an epic."
    tasks = _tasks(entries)
    if _EPIC_TITLE.search(title):
        return "Its title calls it an epic."
    if len(tasks) >= rules.many_tasks:
        return f"It has {len(tasks)} open tasks."
    if kind in ("bug", "question"):
        return None
    if any(entry.what == "line" and _EPIC_TEXT.search(entry.text) for entry in entries):
        return "The text says that it is to be split."
    phases = sum(bool(entry.what == "heading" and _PHASE.match(entry.text)) for entry in entries)
    return f"It has {phases} phases." if phases >= rules.many_tasks - 1 else None


def _tasks(entries: tuple[Entry, ...]) -> list[str]:
    """The open boxes that are work of their own, and the items of a section of tasks."""
    left_out = {
        id(entry)
        for heading, content in sections(entries)
        if heading.role in ("criteria", "steps", "version", "blocked") or heading.text.endswith("?")
        for entry in content
    }
    listed = {
        id(entry)
        for heading, content in sections(entries)
        if heading.role == "tasks"
        for entry in content
        if entry.mark
    }
    return [
        entry.text
        for entry in entries
        if id(entry) not in left_out
        and (entry.box == " " or (id(entry) in listed and not entry.box))
        and not _CHORE_OF_EVERY_TASK.fullmatch(entry.text)
    ]


def _completeness(
    title: str, entries: tuple[Entry, ...], kind: Kind, rules: TriageRules, *, is_empty: bool
) -> Judgement:
    evidence = Evidence(title, entries, rules)
    found = evidence.found() if kind == "bug" else {}
    names = list(_lacking(evidence, found, kind, rules, is_empty=is_empty))
    missing = [Missing(name, rules.questions[name]) for name in names]
    if not is_empty:
        for question in dict.fromkeys(open_choices(title, entries, kind)):
            missing.append(Missing(f"answer: {question}", f"{rules.questions['answer']} {question}"))
    understood = (Found("kind", kind), *(found[name] for name in rules.bug_needs if name in found))
    if not missing:
        why = _READY[kind]
        return Judgement(outcome="ready", why=why, understood=understood)
    why = _why_asked(kind, [one.name for one in missing], is_empty=is_empty)
    return Judgement(outcome="needs-clarification", why=why, missing=tuple(missing), understood=understood)


def _lacking(
    evidence: Evidence, found: dict[str, Found], kind: Kind, rules: TriageRules, *, is_empty: bool
) -> Iterator[str]:
    if kind != "bug":
        if is_empty or evidence.is_thin(1, beyond_title=False):
            yield "description"
        return
    is_foreign = evidence.is_foreign()
    needs = [name for name in rules.bug_needs if name != "description" and not (is_foreign and not is_empty)]
    lacks = [name for name in needs if name not in found]
    thin = evidence.is_thin(rules.few_words, beyond_title=True)
    is_undescribed = is_empty or (thin and (bool(lacks) or is_foreign))
    for name in rules.bug_needs:
        if (name == "description" and is_undescribed) or (name in lacks and not (name == "actual" and is_undescribed)):
            yield name


_READY: dict[Kind, str] = {
    "bug": "The report says what happens, how to get there, what was expected and where.",
    "feature": "It says what is wanted.",
    "question": "It asks something that can be answered.",
    "docs": "It says which text is meant and what about it.",
    "chore": "It says what is to be done.",
    "task": "It says something that can be worked on.",
}


def _why_asked(kind: Kind, names: list[str], *, is_empty: bool) -> str:
    if is_empty:
        start = "The description is empty or only the untouched template"
    else:
        start = "It reports a failure" if kind == "bug" else "Something is left open"
    return f"{start}; missing: {', '.join(names)}."
