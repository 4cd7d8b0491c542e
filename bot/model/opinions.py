"""What a program of the operator is asked, and what it may answer: the JSON of docs/programs.md as types.

An answer is decoded strictly: an unknown field, a text that is too long or a child without its parent is no answer.
"""

import re
from typing import Annotated, Literal, TypeAlias

import msgspec

from bot.model.judgement import Missing, Outcome

#: Of the JSON that programs are given; raised when a field changes its meaning or goes away.
SCHEMA = 1
MOST_MISSING = 10
LONGEST_ASKED = 500  # characters, of a name or a question
LONGEST_WHY = 1_000
MOST_PROPOSED = 100  # sub-issues of one issue at GitHub
LONGEST_TITLE = 256  # GitHub's
LONGEST_BODY = 20_000
MOST_LEVELS = 7  # below the epic, which is the first of GitHub's eight

Kind: TypeAlias = Literal["triage", "decompose"]
Asked: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ASKED)]
Why: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_WHY)]
Title: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TITLE)]
Body: TypeAlias = Annotated[str, msgspec.Meta(max_length=LONGEST_BODY)]

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a program reads on stdin. `repository` is `owner/name`, `author` a login, `labels` are sorted."""

    schema: int = SCHEMA
    kind: Kind
    repository: str
    number: int
    title: str
    body: str
    labels: tuple[str, ...]
    author: str


class Lacking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a program would ask for: a short stable name, and the question for a person."""

    name: Asked
    question: Asked

    def __post_init__(self) -> None:
        _check_text(name=self.name, question=self.question)
        _check_words(name=self.name, question=self.question)


class Opinion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second opinion about an issue: a suggestion like a `Judgement`. Its words are foreign: neutralise them."""

    outcome: Outcome
    why: Why
    missing: Annotated[tuple[Lacking, ...], msgspec.Meta(max_length=MOST_MISSING)] = ()

    def __post_init__(self) -> None:
        _check_text(why=self.why)
        _check_words(why=self.why)
        if self.outcome == "needs-clarification" and not self.missing:
            raise ValueError("`missing` is empty; with the outcome needs-clarification it says what to ask for")
        if self.outcome != "needs-clarification" and self.missing:
            raise ValueError(f"`missing` must be empty with the outcome {self.outcome}")
        names = [_same(one.name) for one in self.missing]
        if (twice := _first_repeated(names)) is not None:
            raise ValueError(f"`missing[{twice}].name` stands there twice")

    @property
    def asks_for(self) -> tuple[Missing, ...]:
        """What is missing, as the rules of triage would say it."""
        return tuple(Missing(name=one.name, question=one.question) for one in self.missing)


class ProposedChild(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One new sub-issue. `parent` is the index of a child before it; None for one right under the epic."""

    title: Title
    body: Body = ""
    parent: int | None = None

    def __post_init__(self) -> None:
        _check_text(title=self.title, body=self.body)
        _check_words(title=self.title)
        if len(self.title.strip().splitlines()) > 1:
            raise ValueError("`title` has more than one line")


class ProposedPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The children that a program proposes for an epic; none if it found no work. Its words are foreign, too."""

    children: Annotated[tuple[ProposedChild, ...], msgspec.Meta(max_length=MOST_PROPOSED)]

    def __post_init__(self) -> None:
        levels: list[int] = []
        for at, child in enumerate(self.children):
            if child.parent is not None and not 0 <= child.parent < at:
                raise ValueError(f"`children[{at}].parent` must be the index of a child before it, or null")
            levels.append(1 if child.parent is None else levels[child.parent] + 1)
            if levels[at] > MOST_LEVELS:
                raise ValueError(f"`children[{at}].parent` makes more than {MOST_LEVELS} levels below the epic")
        if (twice := _first_repeated([_same(child.title) for child in self.children])) is not None:
            raise ValueError(f"`children[{twice}].title` stands there twice")


class NoOpinion(msgspec.Struct, frozen=True):
    """The program gave no usable answer.

    `why` is a short clause that names no path and no argument of the command, but may repeat a word of the answer.
    `stderr` is the end of what the program wrote there: for the operator, since nobody knows what it holds.
    """

    why: str
    stderr: str = ""

    @property
    def reason(self) -> str:
        """Both together, to be recorded where the operator looks."""
        return f"{self.why}; stderr: {self.stderr}" if self.stderr else self.why


def _check_text(**texts: str) -> None:
    for name, text in texts.items():
        if found := _NO_TEXT.search(text):
            raise ValueError(f"`{name}` holds U+{ord(found[0]):04X}, which is no text")


def _check_words(**texts: str) -> None:
    for name, text in texts.items():
        if not text.strip():
            raise ValueError(f"`{name}` is blank")


def _same(text: str) -> str:
    """Texts that a reader takes for the same are the same."""
    return " ".join(text.casefold().split())


def _first_repeated(texts: list[str]) -> int | None:
    """The index of the first text that stood there before, or None."""
    seen: set[str] = set()
    for at, text in enumerate(texts):
        if text in seen:
            return at
        seen.add(text)
    return None
