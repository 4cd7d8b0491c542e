"""Which issues an issue waits for, and which wait for it, as its text says.

Words alone decide nothing: a phrase counts with a reference behind it, in a sentence that is no question, no negation
and no report of the past, outside quotes, code, struck-through words and checked boxes. An issue that waits for
another one is `blocked_by` it; one that another waits for is `blocking` it, whichever words say so.
"""

import html
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from typing import Literal

import msgspec

from bot.policy.epic.blocks import Block, blocks_of
from bot.policy.epic.items import read_item
from bot.policy.epic.references import Reference, references_in
from bot.policy.epic.sections import simple
from bot.policy.epic.words import Words, words_of

Kind = Literal["depends_on", "blocked_by", "requires", "after", "based_on", "blocks"]
Direction = Literal["blocked_by", "blocking"]


class Dependency(msgspec.Struct, frozen=True, kw_only=True):
    """One edge. `ref` is `owner/name#n`; `direction` is what the issue is to it; `phrase` are the words that say so.

    `is_pull` and `until_deployed` only where the text itself says so.
    """

    kind: Kind
    ref: str
    direction: Direction
    phrase: str
    is_pull: bool = False
    until_deployed: bool = False


#: Characters before a phrase that may take it back.
_LONGEST_CLAUSE = 200
#: Characters of the text that an edge is shown with.
_LONGEST_PHRASE = 120


class _Phrase(msgspec.Struct, frozen=True):
    """`words` stand before the references; at most `most_between` other words may stand in between."""

    kind: Kind
    words: re.Pattern[str]
    most_between: int = 5


class _Sentence(msgspec.Struct, frozen=True):
    """`[start, end)` of `text`, and the references that stand there."""

    text: str
    start: int
    end: int
    references: tuple[Reference, ...]

    def before(self, position: int) -> str:
        """What the sentence says before `position`; no further back than a clause reaches."""
        return self.text[max(self.start, position - _LONGEST_CLAUSE) : position]

    def around(self, start: int, end: int) -> str:
        """What it says between `start` and `end`, and as far as a clause reaches on both sides."""
        return self.text[max(self.start, start - _LONGEST_CLAUSE) : min(self.end, end + _LONGEST_CLAUSE)]


def _phrase(kind: Kind, words: str, most_between: int = 5) -> _Phrase:
    return _Phrase(kind, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])\s*:?", re.IGNORECASE), most_between)


#: The first that fits wins: "required by" is no "requires", "blocked by" no "blocks".
_PHRASES = (
    _phrase(
        "after",
        r"(?:can(?:no|['’])t|can not|do not|don['’]t|must not|should not|shouldn['’]t|won['’]t|"
        r"not) (?:\w+ ){1,4}(?:until|before)",
        2,
    ),
    _phrase(
        "blocks",
        r"(?:required|needed) (?:by|for)|"
        r"(?:(?:pre-?requisites?|blockers?|dependenc(?:y|ies)) (?:for|of)|pre-?requisites? to)"
        r"(?! (?:this|that|it|us)\b)|"
        r"unblocks|blocks|(?:is |are )?blocking",
    ),
    _phrase(
        "blocks", r"(?:must|has to|needs to|should) (?:land|merge|ship|be merged|be done|go in|happen|come) before", 2
    ),
    _phrase(
        "blocked_by", r"blocked (?:by|on|until|behind)|blockers?|gated (?:by|on)|wait(?:s|ing)? (?:for|on)|held up by"
    ),
    _phrase(
        "depends_on", r"depends?[- ](?:up)?on|depend(?:ent|ing) (?:up)?on|dependenc(?:y|ies)(?: on)?|relies on|rely on"
    ),
    _phrase("based_on", r"based on(?: top of)?|(?:builds?|built|stacked|stacks) (?:up)?on(?: top of)?|on top of", 3),
    _phrase("requires", r"requires?|needs?|prerequisites?(?: is| are)?|pre-requisites?", 4),
    _phrase("after", r"after|once|as soon as|when|until", 2),
)
#: Headings, and lines above a list, whose items are the references.
_HEADINGS: dict[str, Kind] = {
    **dict.fromkeys(("dependencies", "depends on", "dependency", "depends"), "depends_on"),
    **dict.fromkeys(("blocked by", "blockers", "blocked on", "blocked", "waiting for", "waiting on"), "blocked_by"),
    **dict.fromkeys(("prerequisites", "requires", "prerequisite", "required first", "needs"), "requires"),
    **dict.fromkeys(("blocks", "blocking"), "blocks"),
    **dict.fromkeys(("based on", "builds on", "stacked on"), "based_on"),
}
#: Words of a line above a list that leave its meaning as it is.
_AROUND_LEAD_IN = re.compile(
    r"^(?:(?:this|the|it|we|issue|epic|task|pr|pull request|work|is|are|currently|still|also)\s+){1,6}|"
    r"\s+(?:the following|these|all of)(?: \w+){0,2}$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n(?=\s{0,8}[\w-]{1,40}:\s)|\n(?=[A-Z])")
#: Words that take back what follows in their clause; a second group only where they are about waiting itself: "this
#: may start after #1" and "nothing starts until #1" wait, "this may depend on #1" does not.
_DENIALS = (
    r"not|never|no longer|no more|neither|nor|without|cannot|\w+n[’']t|was|were|had|been|used to|previously|formerly|"
    r"originally|earlier|once was|if|whether|unsure|instead of|rather than|does|is this|unlike|avoid"
)
_DOUBTS = r"nothing|no|none|nobody|might|may|maybe|perhaps|could|would|removes?|removed|drop(?:s|ped)?"
_REST_OF_CLAUSE = r"(?P<after>(?:(?!\bbut\b| - )[^,;:()\[\]#–—])*)$"
_DENIED = re.compile(rf"\b(?:{_DENIALS}|{_DOUBTS})\b{_REST_OF_CLAUSE}", re.IGNORECASE)
_DENIED_OF_TIME = re.compile(rf"\b(?:{_DENIALS})\b{_REST_OF_CLAUSE}", re.IGNORECASE)
_HAS_BEEN = re.compile(r"\b(?:has|have) been\s*$|\b(?:does|do) (?:also |indeed |still )?$", re.IGNORECASE)
#: "It is not urgent and depends on #1": a verb of its own begins a clause of its own.
_AND = re.compile(r"\band (?:it |this )?(?P<verb>(?:is|are) )?(?:also |still )?$", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\b(?:see|like|cf|similar|related|fix(?:es|ed)?|closes?|closed|resolves?|mentioned|discussed|follow|not|"
    r"than|except|"
    r"e\.g|eg|unlike|without|conflicts?|duplicates?|supersedes|but|because|none|n/a)\b",
    re.IGNORECASE,
)
#: What stands between a phrase of this kind and a reference that the phrase is not about.
_NOT_ABOUT = {
    "requires": re.compile(r"\bfor\b", re.IGNORECASE),
    "based_on": re.compile(
        r"\b(?:discussions?|feedback|comments?|suggestions?|reviews?|reports?|ideas?|analysis|findings|experience)\b",
        re.IGNORECASE,
    ),
}
_JOIN = re.compile(
    r"(?:[\s,;:&+/*–—-]|\([^()#]{0,80}\)|\b(?:and|or|as|well|both|issues?|prs?|pull requests?|"
    r"the|also|plus|then|on|by)\b)*",
    re.IGNORECASE,
)
_HAPPENS = re.compile(
    r"\W*(?:lands?|is|are|has|have|gets?|ships?|merges?|closes?|goes|go|deploys?|rolls?|completes?|finishes|"
    r"releases?)\b",
    re.IGNORECASE,
)
_TO_BE_DONE = re.compile(
    r"\b(?:do|start|work|land|merge|ship|schedule|happen|must|should|can|only|goes|go|comes|come|begin|tackle|"
    r"to be|wait|"
    r"blocked|planned|will)\b[^.]*$|^\W*$",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\W*(?:was|were|had|did|landed|merged|shipped|broke|introduced|closed|went|got)\b", re.IGNORECASE
)
#: What breaks at some moment is told, not planned.
_SYMPTOM = re.compile(
    r"\b(?:fail(?:s|ed)?|breaks?|broke|crash(?:es|ed)?|appears?|shows|hangs|throws|regress(?:es|ed)?|"
    r"(?:is|are) broken)\b",
    re.IGNORECASE,
)
#: Between a reference and a phrase of which it is the subject; no longer than this.
_LONGEST_SUBJECT_END = 60
#: Verbs whose subjects may be several.
_OF_MANY = re.compile(r"\W*(?:(?:must|need|have|should|are|block|depend|rely|wait|all|both)\b)", re.IGNORECASE)
_SUBJECT_END = re.compile(
    r"(?:\s|,|\)|\b(?:is|are|also|itself|currently|still|which|that|and|has|been)\b)*", re.IGNORECASE
)
_THIS = re.compile(r"\s*(?:this|the present|our)\b(?!\s+(?:and|or)\s+#)", re.IGNORECASE)
_FIRST = re.compile(
    r"\W{0,4}(?:block (?:this|us)\b|is (?:a|the) (?:prerequisite|blocker)\b(?! (?:for|of) #)|"
    r"(?:must|needs?|has|have|should)\s+(?:to\s+)?(?:be\s+)?"
    r"(?:land|merged?|ship|shipped|done|go in|closed|happen|finished|deployed)\b"
    r"[^.,;]{0,30}\b(?:first|before this)\b)",
    re.IGNORECASE,
)

#: That something is to run where people use it, before a reference ("the rollout of #1") or behind it ("#1 is live").
_DEPLOYED = re.compile(
    r"\b(?:deploy(?:ed|s|ment)?|roll(?:ed|s) out|roll-?out|(?:is|are|goes|go|being) live|(?:in|to) production)\b",
    re.IGNORECASE,
)
#: Characters behind the references that may say so.
_DEPLOYED_WITHIN = 40
#: What every phrase has a part of, and what every reference looks like, once the marks of Markdown are taken away.
_HINT = re.compile(
    r"block|depend|rel(?:y|ies)|requir|need|prereq|pre-req|gated|wait|held up|base|buil|stack|top of|after|once|soon|"
    r"when|until|before|first",
    re.IGNORECASE,
)
_REFERENCE_HINT = re.compile(r"#\d|gh-\d|/(?:issues|pulls?)/\d", re.IGNORECASE)
_MARKS = str.maketrans("", "", "*_~`\\")


def may_state_any(text: str) -> bool:
    """Whether `dependencies_in` could find something, told fast: no for nearly every text in which it finds nothing."""
    if not _REFERENCE_HINT.search(text):
        return False
    return bool(_HINT.search(text) or _HINT.search(html.unescape(text).translate(_MARKS)))


def dependencies_in(text: str, *, repo: str) -> tuple[Dependency, ...]:
    """Every edge that the Markdown `text` of an issue of `repo` (`owner/name`) states, each once, in its order."""
    found: dict[tuple[str, str, str], Dependency] = {}
    for edge in _in_blocks(blocks_of(text), repo, None):
        found.setdefault((edge.kind, edge.ref.lower(), edge.direction), edge)
    return tuple(found.values())


def _in_blocks(blocks: list[Block], repo: str, around: Kind | None) -> Iterator[Dependency]:
    """`around`: what the heading above says of references that stand as items below it."""
    above: Kind | None = None
    for block in blocks:
        if block.kind == "quote":
            continue
        words = words_of(block.inline)
        if block.inline is not None:
            yield from _in_words(words, repo)
        if block.kind == "heading":
            around = _HEADINGS.get(simple(words.text))
        elif block.kind == "list":
            yield from _in_list(block, repo, above or around)
        elif block.kind == "paragraph" and around is not None:
            yield from _all_of(words, repo, around)
        else:
            yield from _in_blocks(block.children, repo, around)
        above = _lead_in(words.text.split("\n")[-1]) if block.kind == "paragraph" else None


def _lead_in(line: str) -> Kind | None:
    """What a line above a list says of its items: "Blocked by", "This issue depends on the following:"."""
    kind = _HEADINGS.get(simple(line))
    if kind is not None or not line.rstrip().endswith(":"):
        return kind
    return _HEADINGS.get(simple(_AROUND_LEAD_IN.sub("", line.strip(" :*_"))))


def _all_of(words: Words, repo: str, around: Kind) -> Iterator[Dependency]:
    """Below such a heading a paragraph of references alone, as issue forms write what was filled in."""
    references = references_in(words)
    ends = [0, *(one.end for one in references)]
    starts = [*(one.start for one in references), len(words.text)]
    gaps = [words.text[end:start] for end, start in zip(ends, starts, strict=True)]
    if all(len(gap) <= _LONGEST_PHRASE and _JOIN.fullmatch(gap) for gap in gaps):
        for reference in references:
            yield _edge(around, reference, repo, around.replace("_", " "))


def _in_list(block: Block, repo: str, around: Kind | None) -> Iterator[Dependency]:
    for item in block.children:
        head = item.children[0] if item.children and item.children[0].kind == "paragraph" else None
        read = read_item(words_of(head.inline)) if head else None
        if read is not None and read.box:
            continue  # what is checked is waited for no longer
        if around is not None and read is not None:
            for reference in read.refers_to:
                yield _edge(around, reference, repo, around.replace("_", " "))
        yield from _in_blocks(item.children, repo, around)


def _in_words(words: Words, repo: str) -> Iterator[Dependency]:
    references = references_in(words)
    if not references:
        return
    start = 0
    for piece in [*_SENTENCE.finditer(words.text), None]:
        end = piece.start() if piece else len(words.text)
        inside = tuple(one for one in references if start <= one.start < end)
        if inside and not words.text[start:end].rstrip().endswith("?"):
            yield from _in_sentence(_Sentence(words.text, start, end, inside), words.code, repo)
        start = piece.end() if piece else end


def _in_sentence(said: _Sentence, code: tuple[tuple[int, int], ...], repo: str) -> Iterator[Dependency]:
    taken = bytearray(said.end)  # 1 where a character belongs to code, a reference or an earlier phrase
    for a, b in [*code, *((one.start, one.end) for one in said.references)]:
        taken[a : min(b, said.end)] = b"\1" * (min(b, said.end) - a)
    found: list[tuple[int, _Phrase, re.Match[str]]] = []
    for phrase in _PHRASES:
        for match in phrase.words.finditer(said.text, said.start, said.end):
            if 1 in taken[match.start() : match.end()]:
                continue
            taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
            if not _is_denied(said.before(match.start()), phrase, match[0]):
                found.append((match.start(), phrase, match))
    for _, phrase, match in sorted(found, key=itemgetter(0)):
        yield from _edges(phrase, match, said, repo)
    for place, one in enumerate(said.references):
        first = _FIRST.match(said.text, one.end, said.end)
        subjects = _subjects(said, place, first[0]) if first else []
        if first and not _is_denied(said.before(subjects[0].start)):
            until_deployed = bool(_DEPLOYED.search(first[0]))
            for subject in subjects:
                words = said.text[subject.start : min(said.end, subject.start + _LONGEST_PHRASE)]
                yield _edge("blocked_by", subject, repo, words, until_deployed=until_deployed)


def _edges(phrase: _Phrase, match: re.Match[str], said: _Sentence, repo: str) -> Iterator[Dependency]:
    text = said.text
    next_one = bisect_left(said.references, match.end(), key=_start)
    last = said.references[next_one - 1] if next_one else None
    if last and _is_subject(last, match, text):
        # "#1 depends on …" speaks of #1; only what it says of this issue counts, the other way round
        if _THIS.match(text, match.end(), said.end) and phrase.kind != "after":
            kind: Kind = "blocked_by" if phrase.kind == "blocks" else "blocks"
            for one in _subjects(said, next_one - 1, text[last.end : match.end()]):
                yield _edge(kind, one, repo, text[one.start : min(said.end, one.start + _LONGEST_PHRASE)])
        return
    objects = _objects(phrase, match, said, next_one)
    if objects and (phrase.kind != "after" or _is_to_come(match, said, objects[-1].end)):
        until_deployed = _is_until_deployed(match, said, objects)
        for one in objects:
            words = text[match.start() : min(one.end, match.start() + _LONGEST_PHRASE)]
            yield _edge(phrase.kind, one, repo, words, until_deployed=until_deployed)


def _is_subject(reference: Reference, match: re.Match[str], text: str) -> bool:
    """Whether the phrase says something of the reference in front of it."""
    if match.start() - reference.end > _LONGEST_SUBJECT_END:
        return False
    return bool(_SUBJECT_END.fullmatch(text, reference.end, match.start())) and not _is_listed(text, reference.end)


def _subjects(said: _Sentence, place: int, verb: str) -> list[Reference]:
    """The reference at `place`; before a verb of many also those listed in front of it: "#1 and #2 block this"."""
    found = [said.references[place]]
    while place and _OF_MANY.match(verb):
        before = said.references[place - 1]
        gap = said.text[before.end : found[0].start]
        if len(gap) > _LONGEST_PHRASE or not _JOIN.fullmatch(gap):
            break
        found.insert(0, before)
        place -= 1
    return found


def _is_until_deployed(match: re.Match[str], said: _Sentence, objects: list[Reference]) -> bool:
    """Whether the words around the references ask for more than that the work is done."""
    if _DEPLOYED.search(said.text, match.start(), objects[0].start):
        return True
    behind = said.text[objects[-1].end : min(said.end, objects[-1].end + _DEPLOYED_WITHIN)]
    return bool(_DEPLOYED.search(re.split(r"[,;()#]", behind)[0]))


def _start(reference: Reference) -> int:
    return reference.start


def _objects(phrase: _Phrase, match: re.Match[str], said: _Sentence, next_one: int) -> list[Reference]:
    """The references that the phrase is about: a list without other words in it."""
    objects: list[Reference] = []
    for one in islice(said.references, next_one, None):
        end = objects[-1].end if objects else match.end()
        if one.start - end > _LONGEST_PHRASE:
            break
        gap = said.text[end : one.start]
        if not (_JOIN.fullmatch(gap) if objects else _leads_to(phrase, gap)):
            break
        objects.append(one)
    return objects


def _leads_to(phrase: _Phrase, gap: str) -> bool:
    """Whether the words between a phrase and a reference let the phrase be about it."""
    if len(gap.split()) > phrase.most_between or "," in gap or "." in gap.strip(".") or _BETWEEN.search(gap):
        return False
    not_about = _NOT_ABOUT.get(phrase.kind)
    return not_about is None or not not_about.search(gap)


def _is_listed(text: str, position: int) -> bool:
    """Whether a comma or "and" ends what came before: "depends on #1, blocks #2" is about this issue twice."""
    return bool(re.match(r"\s*(?:,|;|and\b)(?!\s*(?:which|that)\b)", text[position : position + 12]))


def _is_to_come(match: re.Match[str], said: _Sentence, after: int) -> bool:
    """Whether "after #1 …" waits for something, and does not tell what happened then."""
    if _HAPPENED.match(said.text, after, said.end) or _SYMPTOM.search(said.around(match.start(), after)):
        return False
    if _HAPPENS.match(said.text, after, said.end):
        return True
    word = match[0].lower().strip(" :")
    if " " in word and word.endswith(("until", "before")):  # "not … until #1": the only negation that makes an edge
        return True
    return word == "after" and bool(_TO_BE_DONE.search(said.before(match.start())))


def _is_denied(before: str, phrase: _Phrase | None = None, words: str = "") -> bool:
    """Whether a word before the phrase, in the same clause, takes it back."""
    denied = _DENIED_OF_TIME if phrase and phrase.kind == "after" else _DENIED
    match = denied.search(before)
    if match is None or _HAS_BEEN.search(before) or len(match["after"].split()) > 4:
        return False
    clause = _AND.search(before)
    verb = words.partition(" ")[0].lower()
    return not (clause and (clause["verb"] or verb.endswith("s")))


def _edge(kind: Kind, reference: Reference, repo: str, phrase: str, *, until_deployed: bool = False) -> Dependency:
    direction: Direction = "blocking" if kind == "blocks" else "blocked_by"
    return Dependency(
        kind=kind,
        ref=reference.name(repo),
        direction=direction,
        phrase=" ".join(phrase[:_LONGEST_PHRASE].split()),
        is_pull=reference.is_pull,
        until_deployed=until_deployed,
    )
