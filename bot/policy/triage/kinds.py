"""What kind of issue this is: it decides what is needed."""

import re
from collections.abc import Iterable

from bot.model.triage_rules import Kind, TriageRules
from bot.policy.triage import words
from bot.policy.triage.reading import Entry

_PREFIX = re.compile(
    r"\s*(?:[\[(]\s*([A-Za-z][\w -]{1,24}?)\s*[\])]\s*:?|([A-Za-z]{2,12}(?: (?:request"
    r"|report))?)(?:\([\w ,./-]{1,40}\))?!?\s*:)\s*(?=\S|$)"
)
_PREFIXES_OF: dict[Kind, tuple[str, ...]] = {
    "bug": ("bug", "bug report", "fix", "bugfix", "regression", "crash", "defect"),
    "feature": ("feat", "feature", "feature request", "enhancement", "idea", "proposal", "rfc", "request", "fr"),
    "question": ("question", "q", "help", "support"),
    "docs": ("docs", "doc", "documentation"),
    "chore": ("chore", "refactor", "ci", "build", "test", "tests", "perf", "style", "deps", "task", "maintenance"),
}
_PREFIXES: dict[str, Kind] = {name: kind for kind, names in _PREFIXES_OF.items() for name in names}
_FEATURE_SECTIONS = re.compile(
    r"is your feature request|solution you'?d like|describe the (?:solution|feature)|alternatives (?:you"
    r"|considered)|proposed (?:solution|change)|use case|motivation|user story|feature description"
    r"|acceptance criteria",
    re.IGNORECASE,
)
_BUG_SECTIONS = re.compile(r"describe the bug|bug description|what went wrong|(?:steps )?to reproduce", re.IGNORECASE)
_DOCS = re.compile(
    r"\b(?:typos?|spelling|docs?|documentation|readme|docstrings?|changelog|tutorial|guide|wording|broken link"
    r"|comment)\b",
    re.IGNORECASE,
)
_FIXES = re.compile(r"fix(?:es)?\b", re.IGNORECASE)
#: Whoever orders a change has looked into the failure; nobody needs to reproduce it.
_SAYS_WHAT_TO_DO = re.compile(
    r"(?:^|[.!?:;\n] ?)(?:use|make|replace|rename|wrap|refactor|move|switch to) (?:a|an|the|it|this|them|its)\b",
    re.IGNORECASE,
)
#: "handle errors", "error message", "if the write fails": errors that are talked about, not reported.
_SUBJECT_OF_WORK = re.compile(
    r"\b(?:handle|handling|retry|retries|catch|if|unless|in case|should|must|clear(?:er)?|better|improve|custom)\b"
    r"[\w ,'’-]{0,40}?\b(?:errors?|fail(?:s|ed|ure|ures)?|exceptions?|crash(?:es)?|timeouts?|invalid|wrong)\b"
    r"|\b(?:on|for) (?:an? |each |every )?(?:error|exception|failure|crash|timeout)s?\b"
    r"|\b(?:error|exception|failure|crash|timeout|bug|stack ?trace)[ -](?:messages?|handling|handlers?|pages?"
    r"|codes?|reports?|reporting|rate|log|logs|tracker|budget|template|boundary|recovery)\b"
    # "failed logins", "the error budget": the word names a thing; not "error in …", "error loading …"
    r"|\b(?:errors?|exceptions?|failures?|failed|timeouts?|crash) (?!(?:in|on|when|with|at|after|while|for|if"
    r"|from|during"
    r"|and|is|are|was|to|since|of|as|by|because|due|but|or|even|every|again|without)\b)(?!\w+ing\b)[a-z]+",
    re.IGNORECASE,
)


def kind_of(title: str, entries: tuple[Entry, ...], headings: str, labels: Iterable[str], rules: TriageRules) -> Kind:
    """The kind, from what is most deliberate to what is least: labels, prefix, template, words.

    `headings` are those of the whole body, also of empty sections, a line each.
    """
    return (
        _by_label(labels, rules)
        or _by_prefix(title)
        or _by_template(headings)
        or _by_words(title, "\n".join(entry.text for entry in entries if entry.what in ("line", "code")))
    )


def without_prefix(title: str) -> str:
    """`title` without `[Bug]`, `feat(x):` and the like."""
    match = _PREFIX.match(title)
    known = match and (match[1] or match[2]).lower() in (*_PREFIXES, "epic", "tracking", "meta", "umbrella")
    return title[match.end() :].strip() if match and known else title.strip()


def plain_label(label: str) -> str:
    """A label as names of kinds are compared: `Type: Bug-Report 🐛` is `bug report`."""
    return (
        re.sub(r"^(?:type|kind|t|c|category)\s*[:/_-]\s*|:[a-z_]+:|[^\w\s/:-]", "", label.lower())
        .replace("-", " ")
        .replace("_", " ")
        .strip()
    )


def _by_label(labels: Iterable[str], rules: TriageRules) -> Kind | None:
    names = {plain_label(label) for label in labels}
    kinds: tuple[Kind, ...] = ("bug", "feature", "question", "docs", "chore", "task")
    return next((kind for kind in kinds if names & set(rules.labels.get(kind, ()))), None)


def _by_prefix(title: str) -> Kind | None:
    match = _PREFIX.match(title)
    return _PREFIXES.get((match[1] or match[2]).lower()) if match else None


def _by_template(headings: str) -> Kind | None:
    if _BUG_SECTIONS.search(headings):
        return "bug"
    return "feature" if _FEATURE_SECTIONS.search(headings) else None


def _by_words(title: str, body: str) -> Kind:
    title = without_prefix(title)
    reports = bool(words.REPORTS.search(body) or words.LOG.search(body))
    broken = bool(words.SAYS_BROKEN.search(_SUBJECT_OF_WORK.sub("", title)))
    is_order = not words.STATES.match(title)
    if is_order and words.BUILDS.match(title):
        return "docs" if _DOCS.search(title) else "feature"
    if is_order and words.KEEPS.match(title):
        return "docs" if _DOCS.search(title) else "chore"
    if _DOCS.search(title) and not reports:
        return "docs"
    if words.ASKS.match(title) or (title.endswith("?") and not broken):
        return "question"
    if _FIXES.match(title):
        return "bug" if reports or broken else "chore"
    if broken:
        return "chore" if _SAYS_WHAT_TO_DO.search(body) else "bug"
    if words.WISHES.search(title) or words.WISHES.search(body):
        return "feature"
    first = body.lstrip("#*_ \n")
    if words.BUILDS.match(first) or words.KEEPS.match(first):
        return "chore"
    return "bug" if reports or _is_complaint(body) else "task"


def _is_complaint(body: str) -> bool:
    """A short text that speaks of something broken has no room for a plan in which errors are mentioned."""
    return len(body.split()) < 40 and bool(words.SAYS_BROKEN.search(_SUBJECT_OF_WORK.sub("", body)))
