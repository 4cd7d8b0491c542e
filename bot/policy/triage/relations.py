"""What the text itself says about other issues: that it is the same as one, or waits for one."""

import re
from collections.abc import Iterator

from bot.model.triage_rules import Kind
from bot.policy.triage.reading import Entry, sections

_REFERENCE = re.compile(
    r"(?:(?<![\w./-])[\w.-]{1,39}/[\w.-]{1,100})?#\d{1,10}\b|\bGH-\d{1,10}\b"
    r"|https?://[\w.-]{1,100}/[\w.-]{1,39}/[\w.-]{1,100}/(?:issues|pull)/\d{1,10}"
)
#: Between a phrase and the issue it speaks of there is room for "the bug that was reported in", not for a sentence.
_GAP = 48
_SAME = re.compile(
    r"\b(?:(?:reported|filed|raised) before (?:in|as|under|at)|duplicates?(?: of)?|dup(?:e|licated)? (?:of|"
    r"by)|already (?:been )?(?:reported|filed|tracked"
    r"|described|covered|known)(?: \w+)? (?:in|as|by|at|under|here)"
    r"|same (?:\w+ )?(?:bug|issue|problem|error|crash|symptoms?|thing|request|report|cause|failure|behaviou?r"
    r"|feature|idea) (?:as|in|like|that)"
    r"|(?:is|looks?|seems?|sounds?|appears?|be) (?:\w+ ){0,3}the same as|same as|identical to|repost of|copy of)\b:?",
    re.IGNORECASE,
)
_WAITS = re.compile(
    r"\b(?:blocked (?:by|on|until|till)|depends[- ]on|dependent on|dependency:?|wait(?:s|ing)? (?:for|on|until)"
    r"|on hold (?:until|for)|requires?|needs?"
    r"|prerequisites?:?|(?:cannot|can['’]?t|can not|must not|should not|not) (?:\w+ ){1,3}(?:until|before"
    r"|without)|(?:only )?(?:after|once|until|as soon as))\b:?",
    re.IGNORECASE,
)
#: These speak of waiting only together with what must happen to the other issue.
_WEAK = re.compile(r"(?:only )?(?:after|once|until|as soon as|needs?)\b", re.IGNORECASE)
_HAPPENS = re.compile(
    r"\s*(?:is|are|has been|have been|has|have|gets?|was)?\s*(?:to )?(?:be )?(?:first|before|merged?|lands?"
    r"|landed|done"
    r"|closed|fixed|finished|resolved|released|deployed|ships?|shipped|in\b|live|complete)",
    re.IGNORECASE,
)
_NOT_THE_SAME = re.compile(r"\b(?:not|no|isn['’]?t|don['’]?t|doesn['’]?t|never|unlike|nor|different)\b", re.IGNORECASE)
_YET_ANOTHER = re.compile(
    r"\b(?:but|although|though)\b.{0,60}\b(?:different|not (?:the same|it|that|this|related|identical)|"
    r"isn['’]t)\b",
    re.IGNORECASE,
)
_IS_THE_SAME = re.compile(
    r"[,;:–-]?\s*(?:and )?(?:this |it |that |which )?(?:is|describes|reports|has|covers|looks like"
    r"|seems to be) (?:\w+ )?(?:the (?:very )?same|"
    r"a duplicate)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|isn['’]?t|aren['’]?t|don['’]?t|doesn['’]?t|never|unlike|nor|different|was|were|previously"
    r"|formerly|used to|un-?blocked|no longer)\b",
    re.IGNORECASE,
)
_DIFFERENT = re.compile(
    r"\b(?:but|although|though)\b.{0,60}\b(?:not|different|n['’]t|another|unrelated)\b|\b(?:is|was|are|were|got"
    r"|has been) (?:already |now |since )?(?:merged|closed|done|fixed|resolved|released|deployed|live)\b",
    re.IGNORECASE,
)
_SUBJECT_WAITS = re.compile(
    r"(?:^|[.;:!,] )(?:status: ?)?(?:(?:this|the) (?:issue|task|ticket|work|feature|change|story|item)|this|we"
    r"|i|work) ?(?:is|are|am|['’]re|['’]m)?(?: currently| still| now)? ?"
    r"(?:blocked (?:by|on|until)|on hold (?:until|for)|waiting (?:for|on|until)|waits? (?:for|on|until)|(?:have"
    r"|has) to wait (?:for|until)"
    r"|(?:cannot|can['’]?t|can not|must not|should not) (?:be )?(?:start(?:ed)?|done|begin|begun|implemented"
    r"|merged|worked on|continue) (?:until|before))\b"
    r"|^(?:blocked(?: by| on| until)?|depends[- ]on|waiting for|waits for|on hold):? (?!none\b|nothing\b|n/a\b"
    r"|no\b|-)\S",
    re.IGNORECASE,
)
_CODE = re.compile(r"`[^`\n]*`")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")


def same_as(title: str, entries: tuple[Entry, ...]) -> str | None:
    """The issue that the text says it repeats."""
    return next((found for sentence in _sentences(title, entries) if (found := _repeated(sentence))), None)


def _repeated(sentence: str) -> str | None:
    for named in _REFERENCE.finditer(sentence):
        if _IS_THE_SAME.match(sentence, named.end()):
            return named[0]
    for phrase in _SAME.finditer(sentence):
        reference = _REFERENCE.search(sentence, phrase.end(), phrase.end() + _GAP + 250)
        if (
            reference
            and reference.start() - phrase.end() <= _GAP
            and not _NOT_THE_SAME.search(sentence, max(0, phrase.start() - 60), reference.start())
            and not _YET_ANOTHER.search(sentence, reference.end())
        ):
            return reference[0]
    return None


def waits_for(title: str, entries: tuple[Entry, ...], kind: Kind) -> str | None:
    """What the text says it waits for: an issue, or a sentence about something else (never for a bug report)."""
    for heading, content in sections(entries):
        if heading.role == "blocked":
            named = (_REFERENCE.search(entry.text) for entry in content if entry.box != "x")
            open_ones = [match[0] for match in named if match and not _DIFFERENT.search(match.string, match.end())]
            if open_ones:
                return open_ones[0]
    for sentence in _sentences(title, entries):
        found = _reference_waited_for(sentence)
        may_speak = kind not in ("bug", "question") and not _REFERENCE.search(sentence)
        if found is None and may_speak and _SUBJECT_WAITS.search(sentence):
            found = sentence[:120]
        if found:
            return found
    return None


def _reference_waited_for(sentence: str) -> str | None:
    for phrase in _WAITS.finditer(sentence):
        reference = _REFERENCE.search(sentence, phrase.end(), phrase.end() + _GAP + 250)
        if reference is None or reference.start() - phrase.end() > _GAP:
            continue
        if _NOT.search(phrase[0][:12]) is None and _NOT.search(sentence, max(0, phrase.start() - 25), phrase.start()):
            continue
        after = sentence[reference.end() :]
        if _WEAK.fullmatch(phrase[0].rstrip(":")):
            if _HAPPENS.match(after):
                return reference[0]
        elif phrase[0].endswith(("until", "before", "without")) or not _DIFFERENT.search(after):
            return reference[0]
    return None


def _sentences(title: str, entries: tuple[Entry, ...]) -> Iterator[str]:
    """Title and running text; not code, quotes, or the single tasks of a list."""
    yield title
    for entry in entries:
        if entry.what == "line" and not entry.box:
            yield from _SENTENCE.split(_CODE.sub("…", entry.text))
