"""Lists that stand in a sentence: "split into (a) …, (b) … and (c) …", "3 children (x, y, z)", "Sub-issues: #1, #2"."""

import re
from itertools import pairwise

from bot.policy.epic.sections import Kind, classify, is_imperative, is_named_phase

_NOUN = (
    r"(?:children|child(?:ren)? issues|sub[- ]?issues|sub[- ]?tasks|tasks|parts|pieces|work items|issues|tickets|"
    r"stories|"
    r"steps|phases|chunks|deliverables|milestones|workstreams|slices|pull requests|prs|stages)"
)
_COUNT = r"(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|several|the following|these)"
_COUNTED = re.compile(rf"\b{_COUNT}\s+(?:[\w-]+\s+){{0,2}}{_NOUN}\b\s*(?P<open>\(|:|—|–|\s-\s)\s*", re.IGNORECASE)
_SPLIT = re.compile(
    r"\b(?:split|break|broken|divided?|decomposed?|carved?|sliced?)\b[^.:;()]{0,60}?\b(?:into|up as)\b:?\s+"
    rf"(?:(?:the )?following(?: {_NOUN})?:?\s+)?",
    re.IGNORECASE,
)
_TRIGGER = re.compile(
    rf"\b(?:split|break|broken|divided?|decomposed?|carved?|{_NOUN}|consists? of|comprises?|covers?|includes?|"
    r"needs? to|have to|has to|we must|we will|we'll|i will|plan|work|deliver)\b",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"(?<![\w)])(?:\((?P<a>[a-z]{1,4}|\d{1,2})\)|(?P<b>[a-z]|[ivx]{2,4}|\d{1,2})\))\s+(?=\S)", re.IGNORECASE
)
_NOT_NOW = re.compile(
    r"\b(?:not|never|\w+n[’']t|already|currently|at the moment|previous(?:ly)?|earlier|last|related|similar|closed|"
    r"fixed|reported|found|could|might|instead of|rather than|should we|why)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z(\[\"“]|\s*$)")
_OPTION = re.compile(r"\b(?:either|options?|alternatives?|whether|choose|decide|one of)\b", re.IGNORECASE)
#: "The rollout must (a) …": what has to hold, not what is to be done; "we must" is.
_MUST = re.compile(r"(?<!\bwe) must(?: not)?:?\s*$", re.IGNORECASE)
#: "The pipeline has three stages (…)" describes; the epic itself has parts that are work.
_HAS_PARTS = re.compile(r"\b(?:has|have|had)\b", re.IGNORECASE)
_OF_THE_EPIC = re.compile(
    r"\b(?:epic|issue|work|plan|project|task|effort|feature|story|this|it|we)\s+(?:now |still )?(?:has|have)\b",
    re.IGNORECASE,
)
_DESCRIBING_NOUN = re.compile(r"\b(?:parts|stages|steps|issues|phases)\b", re.IGNORECASE)
_THERE_ARE = re.compile(r"\bthere (?:are|were)\b", re.IGNORECASE)
_ONE_OF_THEM = re.compile(r"(?:one|another|the other)\s", re.IGNORECASE)
_LAST_WORD = re.compile(r",?\s+(?:and|&|then|plus)$", re.IGNORECASE)
_FIRST_WORD = re.compile(r"^(?:and|then|finally|plus|lastly|&)\s+", re.IGNORECASE)
_AND = re.compile(r",?\s+(?:and|&|plus)\s+", re.IGNORECASE)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")


def listed_in(paragraph: str, *, is_work: bool) -> tuple[str, ...]:
    """The pieces of work that a paragraph (plain text) lists; none if it lists none.

    `is_work`: it stands under a heading over work, so that "(a) …, (b) …" needs no further word.
    """
    lines = tuple(line.strip() for line in paragraph.split("\n") if line.strip())
    if len(lines) > 1 and all(is_named_phase(line) for line in lines):
        return lines
    text = " ".join(lines)
    for found in (_marked(text, is_work), _counted(text), _split(text), _labelled(text)):
        if len(found) > 1:
            return found
    return ()


def _marked(text: str, is_work: bool) -> tuple[str, ...]:
    run = _sequence(list(_MARK.finditer(text)))
    if len(run) < 2:
        return ()
    sentence = _sentence_before(text, run[0].start())
    if _OPTION.search(sentence) or _MUST.search(sentence) or _NOT_NOW.search(sentence):
        return ()
    if not (is_work or _TRIGGER.search(sentence)):
        return ()
    pieces = [text[one.end() : two.start()] for one, two in pairwise(run)]
    last = text[run[-1].end() :]
    end = _SENTENCE_END.search(last)
    pieces.append(last[: end.start()] if end else last)
    if any(piece.strip(" ,;").lower().endswith(" or") for piece in pieces):
        return ()
    return _cleaned(pieces)


def _sequence(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    """The first run of marks that counts a, b, c or 1, 2, 3 or i, ii, iii."""
    for start, mark in enumerate(marks):
        first = _mark(mark)
        if first in ("a", "1", "i"):
            run = [mark]
            for following in marks[start + 1 :]:
                if _mark(following) == _nth(first, len(run)):
                    run.append(following)
            return run
    return []


def _mark(match: re.Match[str]) -> str:
    return str(match["a"] or match["b"]).lower()


def _nth(first: str, position: int) -> str:
    if first == "a":
        return chr(ord("a") + position)
    if first == "1":
        return str(position + 1)
    return _ROMAN[position] if position < len(_ROMAN) else ""


def _counted(text: str) -> tuple[str, ...]:
    match = _COUNTED.search(text)
    if match is None:
        return ()
    sentence = _sentence_before(text, match.start())
    if _NOT_NOW.search(sentence) or _describes(sentence, match[0]):
        return ()
    return _told(sentence, _pieces(_rest(text, match)))


def _told(sentence: str, pieces: tuple[str, ...]) -> tuple[str, ...]:
    """No pieces if "There are two: one runs nightly, another hourly" only tells of them."""
    return () if _THERE_ARE.search(sentence) and any(map(_ONE_OF_THEM.match, pieces)) else pieces


def _describes(sentence: str, counted: str) -> bool:
    """Whether "… has three stages (" tells how something is made."""
    has_parts = _HAS_PARTS.search(sentence) and _DESCRIBING_NOUN.search(counted)
    return bool(has_parts) and not _OF_THE_EPIC.search(sentence)


def _rest(text: str, match: re.Match[str]) -> str:
    rest = text[match.end() :]
    if match["open"] == "(":
        return rest[: _closing(rest)]
    end = _SENTENCE_END.search(rest)
    return rest[: end.start()] if end else rest


def _closing(text: str) -> int:
    depth = 1
    for position, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return position
    return len(text)


def _split(text: str) -> tuple[str, ...]:
    match = _SPLIT.search(text)
    if match is None or _NOT_NOW.search(_sentence_before(text, match.end())):
        return ()
    rest = text[match.end() :]
    end = _SENTENCE_END.search(rest)
    return _pieces(rest[: end.start()] if end else rest)


def _labelled(text: str) -> tuple[str, ...]:
    label, colon, rest = text.partition(":")
    if not colon or len(label.split()) > 4 or rest.startswith("//"):
        return ()
    section = classify(label)
    if section.kind is not Kind.WORK or section.is_phase or is_imperative(label):
        return ()
    end = _SENTENCE_END.search(rest)
    return _told(label, _pieces(rest[: end.start()] if end else rest))


def _pieces(text: str) -> tuple[str, ...]:
    """`text` cut at semicolons or, if it has none, at commas and the last "and"; commas in parentheses do not cut."""
    pieces = _cut(text, ";")
    if len(pieces) < 2:
        pieces = _cut(text, ",")
        if len(pieces) < 2 or not _FIRST_WORD.match(pieces[-1].strip()):
            pieces[-1:] = _AND.split(pieces[-1], maxsplit=1) if "(" not in pieces[-1] else pieces[-1:]
    return _cleaned(pieces)


def _cut(text: str, separator: str) -> list[str]:
    pieces, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth = max(0, depth + {"(": 1, ")": -1}.get(character, 0))
        if character == separator and depth == 0:
            pieces.append(text[start:position])
            start = position + 1
    return [*pieces, text[start:]]


def _cleaned(pieces: list[str]) -> tuple[str, ...]:
    cleaned = (piece.strip(" ,;.") for piece in pieces)
    cleaned = (_FIRST_WORD.sub("", _LAST_WORD.sub("", piece)).strip(" ,;.") for piece in cleaned)
    return tuple(piece for piece in cleaned if piece)


def _sentence_before(text: str, position: int) -> str:
    """What the sentence says up to `position`."""
    start = 0
    for match in _SENTENCE_END.finditer(text, 0, position):
        start = match.end()
    return text[start:position]
