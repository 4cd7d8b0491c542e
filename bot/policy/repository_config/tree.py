"""A configuration's text as a tree of values that know where they stand; what YAML would hide is a problem here.

Built from PyYAML's events and not from its own nodes: those are made by recursion, swallow double keys, and have lost
whether a tag or an anchor stood there. Whatever the text, the time is bounded: by its length, its depth and its values.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from bot.model.config import Problem

#: Bytes of the file. A full configuration has about two thousand.
LONGEST = 64 * 1024
_DEEPEST = 16
_MOST_VALUES = 2_000
_LONGEST_WORD = 60  # characters of the file that a problem repeats


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `kind` is YAML's for it: `str`, `int`, `bool`, `null`, `float`, …; `at` counts characters."""

    at: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Sequence:
    at: int
    items: "list[Node]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in turn, as they stand in the text."""

    at: int
    items: "list[Node]" = field(default_factory=list)

    @property
    def pairs(self) -> "Iterator[tuple[Node, Node]]":
        return zip(self.items[::2], self.items[1::2], strict=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """What stands here was refused already; nothing more is to be said about it."""

    at: int


Node: TypeAlias = Scalar | Sequence | Mapping | Refused


class Findings:
    """Collects what is wrong, and knows line and column of every place."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._found: list[Problem] = []

    def add(self, at: int, what: str, right: str) -> None:
        line = bisect_right(self._starts, at)
        self._found.append(Problem(line, at - self._starts[line - 1] + 1, what, right))

    def line_of(self, at: int) -> int:
        return bisect_right(self._starts, at)

    def all(self) -> tuple[Problem, ...]:
        """In the order of the text, each once."""
        return tuple(sorted(set(self._found)))


def quoted(word: str) -> str:
    """A word of the file as it is repeated: short, on one line, nothing hidden."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in word[: _LONGEST_WORD + 1])
    return f"'{shown[:_LONGEST_WORD]}…'" if len(shown) > _LONGEST_WORD else f"'{shown}'"


def read_tree(text: str, findings: Findings) -> Node | None:
    """The one value that `text` is; None for an empty text, or one of which too little can be read."""
    loader: Any = None  # its methods have no types
    try:
        loader = yaml.SafeLoader(text)
        return _built(loader, findings)
    except yaml.reader.ReaderError as error:
        findings.add(error.position, "a character that no text has (a control character)", "delete it")
    except yaml.MarkedYAMLError as error:
        _add_syntax_error(error, text, findings)
    except (ValueError, OverflowError):  # PyYAML lets them through: "\U99999999", %YAML with thousands of digits
        findings.add(loader.index, "a number that is too large", "write the character itself")
    return None


def _built(loader: Any, findings: Findings) -> Node | None:
    root: Node | None = None
    open_: list[Sequence | Mapping] = []
    values = 0
    while loader.check_event():
        event = loader.get_event()
        at = event.start_mark.index
        if isinstance(event, yaml.DocumentStartEvent):
            if root is not None:
                findings.add(at, "a second document", "one file holds one configuration; delete one of them")
                return root
            if event.version or event.tags:
                findings.add(at, "a directive (a line that begins with %)", "delete it; none is needed")
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            open_.pop()
        elif isinstance(event, yaml.NodeEvent):
            node = _node(event, at, loader, findings)
            values += 1
            if open_:
                open_[-1].items.append(node)
            root = root or node
            if isinstance(node, Sequence | Mapping):
                open_.append(node)
            if values > _MOST_VALUES or len(open_) > _DEEPEST:
                findings.add(at, *(_TOO_MANY if values > _MOST_VALUES else _TOO_DEEP))
                return root
    return root


_TOO_MANY = (f"more than {_MOST_VALUES} values", "leave out what is not needed; what follows was not read")
_TOO_DEEP = (f"more than {_DEEPEST} levels, one inside the other", "no setting needs more than four")


def _node(event: yaml.NodeEvent, at: int, loader: Any, findings: Findings) -> Node:
    if isinstance(event, yaml.AliasEvent):
        findings.add(at, f"an alias, {quoted(f'*{event.anchor}')}", "write the value itself wherever it is needed")
        return Refused(at)
    if event.anchor is not None:
        findings.add(at, f"an anchor, {quoted(f'&{event.anchor}')}", "write the value itself wherever it is needed")
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
        tag = quoted(event.tag.replace("tag:yaml.org,2002:", "!!"))
        findings.add(at, f"a tag, {tag}", "delete it; every value is plain text, a number, true or false")
    if isinstance(event, yaml.ScalarEvent):
        kind = loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        return Scalar(at, event.value, kind.rpartition(":")[2])
    return Sequence(at) if isinstance(event, yaml.SequenceStartEvent) else Mapping(at)


#: PyYAML's words -> what is wrong, and what would be right, in ours. The first that is found counts.
_SYNTAX: tuple[tuple[str, str, str], ...] = (
    (r"found character '\\t'", "a tab", "indent with blanks; YAML takes no tabs there"),
    (r"that cannot start any token", "a character that YAML keeps for itself", "put quotes around the text"),
    (
        r"mapping values are not allowed",
        "a colon where none can be",
        'check the indentation; a text with ": " in it needs quotes',
    ),
    (r"could not find expected ':'", "a line without a colon", "every setting is written as key: value"),
    (
        r"expected <block end>|invalid indentation",
        "something that fits neither its line nor the block it stands in",
        "check the indentation, and put quotes around the whole of a text",
    ),
    (r"expected ',' or", "a bracket that is not closed, or a comma that lacks", "close the list or mapping"),
    (r"unexpected end of stream", "a quote that is never closed", "close it"),
    (r"unexpected document separator", "--- or ... inside a quoted text", "close the quote before it"),
    (r"escape|hexadecimal", "an escape that YAML does not know", "use single quotes, or write two backslashes for one"),
    (r"expected '<document start>'", "something behind the end of the configuration", "delete it"),
    (r"sequence entries|mapping keys are", "a list or mapping where none can begin", "begin it on a line of its own"),
    (r"expected the node content", "a sign where a value is expected", "put quotes around the text"),
    (r"scanning a block scalar", "a text block (| or >) that is not in order", "write the text in quotes"),
    (r"directive", "a directive (a line that begins with %)", "delete it; none is needed"),
    (r"tag|URI|'!'|alphabetic", "a tag, an anchor or an alias", "put quotes around a text that begins with !, & or *"),
)
#: What is never closed is told where it was opened, and a missing colon where its line begins.
_OPENED = re.compile(r"unexpected end of stream|expected ',' or|could not find expected ':'")


def _add_syntax_error(error: yaml.MarkedYAMLError, text: str, findings: Findings) -> None:
    told = f"{error.problem} {error.context or ''}"
    mark = error.problem_mark
    if error.context_mark and (mark is None or _OPENED.search(told)):
        mark = error.context_mark
    at = mark.index if mark else 0
    start = text.rfind("\n", 0, at) + 1
    before = text[start : at + 1]
    if "\t" in before[: len(before) - len(before.lstrip())]:
        told = r"found character '\t'"
    known = ((what, right) for pattern, what, right in _SYNTAX if re.search(pattern, told))
    what, right = next(known, ("something unreadable", "look for a missing quote, bracket, colon or blank"))
    findings.add(at, f"not YAML: {what}", f"{right} (nothing behind this was read)")
