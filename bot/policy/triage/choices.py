"""Questions that the text itself leaves open: a form's choices nobody ticked, decisions nobody made."""

import re
from collections.abc import Iterator

from bot.model.triage_rules import Kind
from bot.policy.triage.reading import BOLD, LABEL, Entry, sections

_LONGEST_QUESTION = 120
_CHOICE_NAME = re.compile(
    r".*\?$|(?:which|what|select|choose|pick|how (?:often|many|severe)|do you|does|did|is (?:this|it)|are you"
    r"|has|have you|type of|kind of"
    r"|severity|priority|impact|frequency|affected|platforms?|browsers?|operating systems?|os|components?|area)\b",
    re.IGNORECASE,
)
#: A field of a form that is a choice; a looser question is not asked again, since only optional fields can be empty.
_ASKED_OF_AUTHOR = re.compile(
    r"(?:which|select|choose|pick|do|does|did|is|are|has|have|how often|how many)\b.*\?$", re.IGNORECASE
)
#: Fields that everybody may leave empty.
_OPTIONAL = re.compile(
    r"anything else|additional|further|other\b|alternativ|contact|e-?mail|screenshot|willing|contribut"
    r"|pull request|\bPR\b|search|checked|"
    r"agree|terms|conduct|optional|hear about|help (?:us|fix)|workaround|read the|duplicate"
    r"|feature request related|upvote|volunteer|assign",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"(?:^|[.!?;] )(?:open question|to (?:be )?decided?|tbd|undecided|decision needed|unclear"
    r"|not decided(?: yet)?)\s*[:–-]\s*(\S.*)",
    re.IGNORECASE,
)
_EITHER_OR = re.compile(
    r"\b(?:should|shall|do|would|which|what|whether)\b[^.?!\n]{3,160}\bor\b[^.?!\n]{1,120}\?"
    r"|^[^.?!\n]{3,80}\bor\b[^.?!\n]{1,80}\?$",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:I|my|me|anyone|you|your)\b")
_DECIDED = re.compile(
    r"\b(?:let['’]?s|prefer|i(?:['’]d| would)|we (?:decided|agreed|chose|go|take|will|want|should)|decided"
    r"|decision:|answer:|going with|go with|i think|my vote|the former|the latter|"
    r"in favou?r|settled|either is fine|doesn['’]?t matter|up to you|both)\b|→|=>|^\s*a:",
    re.IGNORECASE,
)
_TOPICS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(topic, re.IGNORECASE), re.compile(answer, re.IGNORECASE))
    for topic, answer in (
        (r"browser", r"\b(?:chrome|chromium|firefox|safari|edge|brave|opera|vivaldi)\b"),
        (r"operating system|\bos\b|platform|machine", r"\b(?:linux|ubuntu|debian|fedora|arch|alpine|windows"
        r"|macos|mac|osx|os x|ios|android|docker)\b"),
        (r"database|storage|store", r"\b(?:sqlite|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|oracle)\b"),
        (r"often|frequen|always|reproduc", r"\b(?:always|every time|everytime|each time|sometimes|often|rarely"
        r"|once|randomly|intermittent\w*|\d+ ?%|occasionally)\b"),
        (r"regression|work(?:ed)? (?:before|earlier|previous)", r"\b(?:worked|regression|since (?:v?\d|updat"
        r"|upgrad)|used to|never worked|previous version|no longer)\b"),
        (r"version|release", r"\bv?\d+\.\d+|\b(?:main|master|latest)\b"),
        (r"severity|impact|priority|urgent", r"\b(?:block(?:er|s|ing)|critical|minor|major|urgent|cosmetic|low"
        r"|high|annoy\w+|workaround|data loss)\b"),
        (r"install", r"\b(?:pip|docker|brew|apt|npm|source|helm|binary|package)\b"),
    )
)  # fmt: skip


def open_choices(title: str, entries: tuple[Entry, ...], kind: Kind) -> Iterator[str]:
    """The questions that are still open, as they were written, at most 120 characters each."""
    prose = "\n".join([title, *(entry.text for entry in entries if entry.what in ("line", "code") and not entry.box)])
    for heading, content in sections(entries):
        if heading.role == "open questions":
            yield from (_short(entry.text) for entry in content if _is_undecided(entry, content))
        elif _is_unanswered(heading, content, prose):
            yield _short(heading.text)
    if kind not in ("bug", "question"):
        yield from _left_open(entries)


def _is_unanswered(heading: Entry, content: tuple[Entry, ...], prose: str) -> bool:
    if heading.level == LABEL or heading.role or not _CHOICE_NAME.match(heading.text) or _OPTIONAL.search(heading.text):
        return False
    boxes = [entry for entry in content if entry.box]
    said = [entry for entry in content if entry.what != "heading" and not entry.box]
    if said or any(entry.box == "x" for entry in boxes):
        return False
    if boxes and (len(boxes) < 2 or any(len(entry.text.split()) > 6 for entry in boxes)):
        return False
    is_form_field = heading.level < BOLD and not content and _ASKED_OF_AUTHOR.match(heading.text)
    if not boxes and not is_form_field:
        return False
    return not _is_answered_elsewhere(heading.text, [entry.text for entry in boxes], prose)


def _is_answered_elsewhere(question: str, options: list[str], prose: str) -> bool:
    low = prose.lower()
    if any(len(option) > 3 and option.lower() in low for option in options):
        return True
    return any(topic.search(question) and answer.search(prose) for topic, answer in _TOPICS)


def _is_undecided(entry: Entry, content: tuple[Entry, ...]) -> bool:
    if entry.what != "line" or entry.box == "x" or not entry.text.endswith("?"):
        return False
    after = content[content.index(entry) + 1 :][:1]
    return not (after and after[0].what == "line" and not after[0].text.endswith("?"))


def _left_open(entries: tuple[Entry, ...]) -> Iterator[str]:
    for at, entry in enumerate(entries):
        if entry.what != "line":
            continue
        marked = _OPEN.search(entry.text)
        match = None if marked else _EITHER_OR.search(entry.text)
        if marked and not _DECIDED.search(entry.text):
            yield _short(marked[1])
        elif match and not _FIRST_PERSON.search(match[0]):
            rest = " ".join([entry.text[match.end() :], *(one.text for one in entries[at + 1 : at + 3])])
            before = entry.text[: match.start()]
            if not _DECIDED.search(rest[:600]) and not _DECIDED.search(before[-200:]):
                yield _short(match[0])


def _short(question: str) -> str:
    words = " ".join(question.split())
    return words if len(words) <= _LONGEST_QUESTION else words[: _LONGEST_QUESTION - 1].rstrip() + "…"
