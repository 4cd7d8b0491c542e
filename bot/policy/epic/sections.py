"""What a heading, a bold lead-in or the sentence above a list says about what stands below it."""

import re
from enum import Enum

import msgspec

from bot.policy.epic import vocabulary


class Kind(Enum):
    """How items without a box are read; open boxes are children everywhere but in LEFT_OUT.

    Where a name only sounds like one that is left out ("Template engine"), the open boxes show that it is work: BOXES.
    """

    WORK = "work"
    WEAK = "weak"  # work if nothing more explicit is there
    UNKNOWN = "unknown"
    SIDE = "side"  # boxes only, and none that is an issue
    BOXES = "boxes"  # boxes only
    NOTES = "notes"  # inside an item: plain lines are notes of it
    LEFT_OUT = "left out"


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is shown in reasons; `why` says why nothing below counts. `is_phase`: a heading like "Phase 2: API".

    `names_work`: the heading itself is a piece of work ("Add the exporter"). `is_soft`: work may stand below after all.
    """

    kind: Kind
    name: str = ""
    why: str = ""
    path: tuple[str, ...] = ()
    is_phase: bool = False
    names_work: bool = False
    is_done: bool = False
    is_soft: bool = False

    def below(self, heading: str) -> "Section":
        """The section that `heading` opens inside this one."""
        return self._inherit(classify(heading))

    def below_sentence(self, sentence: str) -> "Section":
        """The section of the list right below `sentence`."""
        return self._inherit(classify_sentence(sentence))

    def inside_item(self) -> "Section":
        """Below an item: plain lines are notes."""
        return msgspec.structs.replace(self, kind=Kind.NOTES, is_phase=False, names_work=False)

    def _inherit(self, own: "Section") -> "Section":
        path = (*self.path, own.name) if own.name else self.path
        if self.kind is Kind.LEFT_OUT and not (self.is_soft and own.kind is Kind.WORK):
            return msgspec.structs.replace(self, path=path)
        if own.kind is Kind.UNKNOWN:
            own = msgspec.structs.replace(own, kind=self.kind, why=self.why, is_done=self.is_done)
        return msgspec.structs.replace(own, path=path, name=own.name or self.name)


TOP = Section(kind=Kind.UNKNOWN)

_NOT_WORDS = re.compile(r"[^\w]+|_")
_ORDINAL = re.compile(r"(?:\d{1,3}|[a-z])[.)]\s+", re.IGNORECASE)
_PARTS = re.compile(r"\s*[:–—(),/&|;]\s*|\s+-\s+|\s+(?:and|or|for|of|to)\s+")
_QUALIFIER = re.compile(r"\s*[:–—(]\s*|\s+-\s+")
_PHASE = re.compile(
    r"(?:phase|stage|milestone|sprint|iteration|wave|part|step|track|workstream|work ?package|story|task|week|slice|"
    r"increment|tranche)\s*#?(?:\d{1,3}\b|(?:[ivx]{1,4}|[a-h])(?=\s*[:–—.)(-]|\s*$))|(?:m|p)\d{1,2}\b(?=\s*[:–—(-]|$)|"
    r"(?:first|second|third|fourth|fifth|final|last) (?:phase|stage|milestone|part|step)\b",
    re.IGNORECASE,
)
_WORK_SENTENCE = re.compile(
    r"\b(?:tasks?|to[- ]?dos?|work items?|sub[- ]?(?:issues|tasks)|children|child issues|pieces|deliverables|"
    r"next steps|action items|remaining|(?:we|i|you|it|this) (?:will |still )?(?:need|needs|have|has) to|"
    r"needs? to (?:be done|happen)|split (?:in|up|this|it)|break (?:this|it) |broken (?:down|into)|consists? of|"
    r"work:|the plan|plan is|to be done|"
    r"must be done|will do the following|following (?:work|changes|steps|issues|parts|phases|stages))",
    re.IGNORECASE,
)
_DECISION = re.compile(
    r"\b(?:need|needs|have|has|want|left) to (?:still |first )?(?:decide|choose)\b"
    r"(?!.{0,200}\b(?:following|tasks?|steps)\b)|^\W*(?:decide|choose)\b|\b(?:decide|choose) between\b",
    re.IGNORECASE,
)
_LEFT_OUT_SENTENCE = (
    (re.compile(r"\b(?:for example|e\.g\.|for instance|an? example)", re.IGNORECASE), "an example, not work"),
    (
        re.compile(r"\b(?:reproduc|to try it|to run\b|to install\b|how to\b|run the following)", re.IGNORECASE),
        "steps of a how-to, not work",
    ),
    (re.compile(r"\b(?:acceptance|done when|done if|criteria)\b", re.IGNORECASE), "acceptance criteria, not work"),
    (
        re.compile(
            r"\b(?:out of scope|not (?:in scope|part of|includ|planned|going to)|exclud|"
            r"(?:won[’']?t|will not|do not|don[’']?t|does not|doesn[’']?t|are not) "
            r"(?:do|doing|cover|includ|touch|address|chang))",
            re.IGNORECASE,
        ),
        "out of scope",
    ),
)
_LEFT_OUT_UNLESS_WORK = (
    (
        re.compile(
            r"\b(?:see|related|similar|previous(?:ly)?|in the past|came up in|discuss(?:ed|ion))\b", re.IGNORECASE
        ),
        "related, not part of this epic",
    ),
    (re.compile(r"\b(?:such as|examples?)\b", re.IGNORECASE), "an example, not work"),
    (
        re.compile(r"\b(?:legend|roles|who does what|must hold|constraints?|because)\b", re.IGNORECASE),
        "context, not work",
    ),
)


def simple(text: str) -> str:
    """`text` in lower case, as words with one blank between them: how vocabulary is looked up."""
    return _NOT_WORDS.sub(" ", text.lower().replace("’", "").replace("'", "")).strip()


def classify(heading: str) -> Section:
    """What the words of a heading or a bold lead-in say."""
    name = " ".join(heading.split()).strip().rstrip(":").strip()
    shown = _ORDINAL.sub("", _NOT_WORDS.sub("", name, count=1) if _NOT_WORDS.match(name) else name, count=1)
    words = simple(shown)
    phase = _PHASE.match(shown)
    if phase:
        why = _criteria(simple(shown[phase.end() :]))
        if why:
            return Section(kind=Kind.LEFT_OUT, name=name, why=why)
        is_done = words.split()[-1] in vocabulary.DONE_HEADINGS or "✅" in heading
        return Section(kind=Kind.WORK, name=name, is_phase=True, is_done=is_done)
    left_out = None if _orders_work(shown) else _left_out(shown, words)
    if left_out is not None:
        why, is_sure = left_out
        kind = Kind.LEFT_OUT if is_sure else Kind.BOXES
        return Section(kind=kind, name=name, why=why, is_soft=is_sure and why == "context, not work")
    first_part = simple(_PARTS.split(shown.lower(), maxsplit=1)[0])
    if first_part in vocabulary.SIDE_HEADINGS:
        return Section(kind=Kind.SIDE, name=name, why=vocabulary.SIDE_HEADINGS[first_part])
    if words.split()[-1:] and words.split()[-1] in vocabulary.SIDE_ENDINGS:
        return Section(kind=Kind.SIDE, name=name, why="a note, not work")
    if words in vocabulary.DONE_HEADINGS:
        return Section(kind=Kind.WORK, name=name, is_done=True)
    if words in vocabulary.WEAK_HEADINGS:
        return Section(kind=Kind.WEAK, name=name)
    return _work(name, words)


def _work(name: str, words: str) -> Section:
    split = words.split()
    if len(split) > 1 and (split[0] in vocabulary.HEADING_VERBS or (split[0] == "as" and split[1] in ("a", "an"))):
        return Section(kind=Kind.WORK, name=name, names_work=True)
    padded = f" {words} "
    if any(f" {phrase} " in padded for phrase in vocabulary.WORK_PHRASES):
        return Section(kind=Kind.WORK, name=name)
    return Section(kind=Kind.UNKNOWN, name=name)


def classify_sentence(sentence: str) -> Section:
    """What the sentence right above a list says; a short one is read like a heading."""
    if len(sentence.split()) <= 4:
        short = classify(sentence)
        if short.kind is not Kind.UNKNOWN:
            return msgspec.structs.replace(short, name="", is_phase=False, names_work=False)
    why = _first_match(_LEFT_OUT_SENTENCE, sentence)
    if why is None and _DECISION.search(sentence):
        return Section(kind=Kind.BOXES, why="an alternative, not work")
    if why is None and _WORK_SENTENCE.search(sentence):
        return Section(kind=Kind.WORK)
    why = why or _first_match(_LEFT_OUT_UNLESS_WORK, sentence)
    return Section(kind=Kind.LEFT_OUT, why=why) if why else Section(kind=Kind.UNKNOWN)


def classify_summary(summary: str) -> Section:
    """What the summary of a fold says; what somebody said elsewhere is a quotation."""
    if set(simple(summary).split()) & vocabulary.QUOTING_SUMMARIES:
        return Section(kind=Kind.LEFT_OUT, name=summary, why="quoted: somebody else's words")
    return classify(summary)


def is_named_phase(text: str) -> bool:
    """Whether `text` is "Phase 1: …" with a name of its own, not longer than a heading."""
    match = _PHASE.match(text)
    return match is not None and bool(simple(text[match.end() :])) and len(text) <= 120


def is_imperative(text: str) -> bool:
    """Whether `text` starts like an order: "Add …", "Move …"."""
    words = simple(text[:80]).split()
    return len(words) > 1 and words[0] in vocabulary.IMPERATIVES


def _first_match(patterns: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str | None:
    return next((why for pattern, why in patterns if pattern.search(text)), None)


def _criteria(words: str) -> str:
    """Why "Phase 1: acceptance criteria" is left out; "Phase 2: getting started" is a phase."""
    why = vocabulary.LEFT_OUT_PHRASES.get(words, "")
    return "" if words in vocabulary.DESCRIBING_PHRASES or why.startswith("steps") else why


def _orders_work(shown: str) -> bool:
    """Whether a heading is an order or a story, whatever it is about: "Define the success metrics"."""
    first, _, rest = shown.partition(" ")
    return (first.lower() in vocabulary.HEADING_VERBS and bool(rest.strip())) or shown.lower().startswith(
        ("as a ", "as an ")
    )


def _left_out(shown: str, words: str) -> tuple[str, bool] | None:
    """Why nothing below counts, and whether that is sure; if it is not, open boxes count after all."""
    padded = f" {words} "
    for phrase, why in vocabulary.LEFT_OUT_PHRASES.items():
        if f" {phrase} " in padded:
            return why, phrase not in vocabulary.DESCRIBING_PHRASES or _stands_alone(phrase, shown)
    for start, why in vocabulary.LEFT_OUT_STARTS.items():
        if padded.startswith(f" {start} "):
            following = words[len(start) :].split()
            is_sure = not following or (
                following[0] in vocabulary.TOLD_BY_NEXT_WORD or following[-1] in vocabulary.TOLD_ELSEWHERE
            )
            return why, is_sure or " " in start or _is_qualified(start, shown)
    if words in vocabulary.LEFT_OUT_HEADINGS:
        return vocabulary.LEFT_OUT_HEADINGS[words], True
    first, *others = (simple(part) for part in _PARTS.split(shown.lower()))
    if first in vocabulary.LEFT_OUT_HEADINGS:
        return vocabulary.LEFT_OUT_HEADINGS[first], _is_qualified(first, shown) or all(map(_is_no_work, others))
    return next(((why, False) for word, why in vocabulary.BOXES_ONLY_PHRASES.items() if f" {word} " in padded), None)


def _stands_alone(phrase: str, shown: str) -> bool:
    """Whether no noun follows `phrase` that it would describe."""
    following = f" {simple(_QUALIFIER.split(shown)[0])} ".partition(f" {phrase} ")[2].split()
    return not following or following[0] in vocabulary.LISTING_WORDS


def _is_qualified(first: str, shown: str) -> bool:
    """Whether what follows `first` only says more of it: "Context (short)", but not "Labels: add colours"."""
    named, *more = _QUALIFIER.split(shown, maxsplit=1)
    return simple(named) == first and bool(more) and not is_imperative(more[0])


def _is_no_work(part: str) -> bool:
    known = (vocabulary.LEFT_OUT_HEADINGS, vocabulary.LEFT_OUT_PHRASES, vocabulary.SIDE_HEADINGS)
    return not part or any(part in words for words in known)
