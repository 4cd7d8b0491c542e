"""What a value may look like. Each shape reads a node, says what is wrong with it, and describes itself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.policy.repository_config.tree import Findings, Mapping, Node, Refused, Scalar, quoted
from bot.policy.repository_config.tree import Sequence as Listed
from bot.policy.spelling import CLOSE, nearest

#: GitHub's limit for the name of a label, in characters.
LONGEST_LABEL = 50
_DECIMAL = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17})")
_PROGRAM = re.compile(r"(?:.*_)?(?:commands?|programs?|scripts?|executables?)|exec|shell|run")
_NO_PROGRAM = (
    "a program is configured by the operator, in the environment of the server "
    "(INTERLOCK_TRIAGE_COMMAND, INTERLOCK_DECOMPOSE_COMMAND): whoever can push here would run programs there; "
    "delete this key"
)


class Shape(Protocol):
    """`read` gives the value, or None if it was refused; `words` completes the sentence "it must be …"."""

    @property
    def words(self) -> str: ...
    def read(self, node: Node, name: str, findings: Findings) -> Any: ...


@dataclass(frozen=True, slots=True)
class Whole:
    """A decimal number; `zero` says what 0 means where that is allowed although it is below `least`."""

    least: int
    most: int
    zero: str = ""

    @property
    def words(self) -> str:
        also = f", or 0 for {self.zero}" if self.zero else ""
        return f"a whole number from {self.least} to {self.most}{also}"

    def read(self, node: Node, name: str, findings: Findings) -> int | None:
        if isinstance(node, Scalar) and node.kind == "int" and _DECIMAL.fullmatch(node.text):
            number = int(node.text)
            if self.least <= number <= self.most or (self.zero and number == 0):
                return number
        right = f"it must be {self.words}"
        if isinstance(node, Scalar) and node.kind == "str" and _DECIMAL.fullmatch(node.text.strip()):
            right += ", without quotes"
        _refuse(node, name, right, findings)
        return None


@dataclass(frozen=True, slots=True)
class Switch:
    """true or false; YAML's `yes`, `no`, `on` and `off` are the same."""

    words: str = "true or false"

    def read(self, node: Node, name: str, findings: Findings) -> bool | None:
        if isinstance(node, Scalar) and node.kind == "bool":
            return node.text.lower() in ("true", "yes", "on")
        _refuse(node, name, f"it must be {self.words}{_meant(node, ('true', 'false'))}", findings)
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """A text on one line; `noun` is what it is to be."""

    noun: str
    longest: int
    forbidden: str = ""
    may_be_empty: bool = False

    @property
    def words(self) -> str:
        without = f", without {' or '.join(_SIGNS[sign] for sign in self.forbidden)}" if self.forbidden else ""
        empty = ', or "" for none' if self.may_be_empty else ""
        return f"{self.noun} of 1 to {self.longest} characters{without}{empty}"

    def read(self, node: Node, name: str, findings: Findings) -> str | None:
        if isinstance(node, Scalar) and node.kind == "str":
            right = self._amiss(node.text)
            if not right:
                return node.text
            had = f" ({len(node.text)} characters)" if len(node.text) > self.longest else ""
        else:
            right, had = f"it must be {self.words}", ""
            if isinstance(node, Scalar) and _is_plain(node.text):
                right += f'; if the text is meant, put quotes around it: "{node.text}"'
        _refuse(node, name, right, findings, had)
        return None

    def _amiss(self, text: str) -> str:
        """What would be right instead of `text`; empty if it is right."""
        if not all(c.isprintable() for c in text):
            return "it must be on one line, without invisible characters"
        if text != text.strip():
            return "it must not begin or end with a blank"
        fits = (bool(text) or self.may_be_empty) and len(text) <= self.longest
        return "" if fits and not any(sign in text for sign in self.forbidden) else f"it must be {self.words}"


_SIGNS = {",": "a comma"}
LABEL = Line("the name of a label", LONGEST_LABEL, forbidden=",")
LABEL_OR_NONE = Line("the name of a label", LONGEST_LABEL, forbidden=",", may_be_empty=True)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words."""

    choices: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"one of {', '.join(self.choices)}"

    def read(self, node: Node, name: str, findings: Findings) -> str | None:
        if isinstance(node, Scalar) and node.text in self.choices:
            return node.text
        _refuse(node, name, f"it must be {self.words}{_meant(node, self.choices)}", findings)
        return None


@dataclass(frozen=True, slots=True)
class Items:
    """A list without repetition, whatever the case of its letters."""

    item: Shape
    most: int

    @property
    def words(self) -> str:
        return f"a list of at most {self.most}, each {self.item.words}"

    def read(self, node: Node, name: str, findings: Findings) -> tuple[Any, ...] | None:
        if not isinstance(node, Listed):
            right = f"it must be {self.words}"
            if isinstance(node, Scalar) and node.kind == "str" and node.text:
                right = f"it must be a list, such as [{node.text}]" if _is_plain(node.text) else right
            _refuse(node, name, right, findings)
            return None
        if len(node.items) > self.most:
            _refuse(node, name, f"it must have at most {self.most} items", findings, f" of {len(node.items)}")
            return None
        found: dict[str, int] = {}
        values: list[Any] = []
        for one in node.items:
            value = self.item.read(one, f"an item of {name}", findings)
            if value is None:
                continue
            known = found.setdefault(str(value).casefold(), one.at)
            if known != one.at:
                where = f"line {findings.line_of(known)}"
                findings.add(one.at, f"{quoted(str(value))} is in {name} already, in {where}", "delete one of them")
            values.append(value)
        return tuple(values)


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping from a few known words."""

    keys: tuple[str, ...]
    value: Shape

    @property
    def words(self) -> str:
        return f"a mapping from {', '.join(self.keys)} to {self.value.words}"

    def read(self, node: Node, name: str, findings: Findings) -> dict[str, Any] | None:
        read = {
            key: self.value.read(value, f"{name}.{key}", findings)
            for key, value in known_pairs(node, name, self.keys, findings)
        }
        return {key: value for key, value in read.items() if value is not None}


def known_pairs(
    node: Node, name: str, keys: Sequence[str], findings: Findings, elsewhere: dict[str, str] | None = None
) -> Iterator[tuple[str, Node]]:
    """The pairs of a mapping whose keys are among `keys`; what else stands there is wrong.

    `name` is empty for the whole file. `elsewhere` are keys that belong to another place, with that place.
    """
    if isinstance(node, Scalar) and node.kind == "null":
        return  # a heading with nothing below it
    if not isinstance(node, Mapping):
        shown = name or "the file"
        _refuse(node, shown, f"it must be a mapping (key: value) with some of {', '.join(keys)}", findings)
        return
    seen: dict[str, int] = {}
    for key, value in node.pairs:
        if isinstance(key, Refused):
            continue
        if not isinstance(key, Scalar):
            findings.add(key.at, "a key that is a list or a mapping", f"a key is one of {', '.join(keys)}")
            continue
        first = seen.setdefault(key.text, key.at)
        if first != key.at:
            what = f"{quoted(key.text)} stands there already, in line {findings.line_of(first)}"
            findings.add(key.at, what, "delete one of them")
        elif key.text in keys:
            yield key.text, value
        elif not is_program(key.text):
            within = f" in {name}" if name else ""
            right = _instead(key.text, keys, elsewhere or {})
            findings.add(key.at, f"unknown key {quoted(key.text)}{within}", right)


def refuse_programs(root: Node, findings: Findings) -> None:
    """Wherever in the file a key would name a program, whatever else is wrong with that place."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            for key, _ in node.pairs:
                if isinstance(key, Scalar) and is_program(key.text):
                    findings.add(key.at, f"{quoted(key.text)} is not for a repository to say", _NO_PROGRAM)
        if isinstance(node, Mapping | Listed):
            waiting += node.items


def is_program(key: str) -> bool:
    """Whether a key would name something to be run."""
    return len(key) < 100 and bool(_PROGRAM.fullmatch(key.strip().lower().replace("-", "_").replace(" ", "_")))


def _instead(key: str, keys: Sequence[str], elsewhere: dict[str, str]) -> str:
    word = key.strip().lower().replace("-", "_")
    near = word if word in keys else _near(word, keys)
    if near:
        return f"did you mean {near}?"
    if word in elsewhere:
        return f"it belongs below {elsewhere[word]}"
    far = _near(word, elsewhere)
    if far:
        return f"did you mean {far}, below {elsewhere[far]}?"
    return f"known are {', '.join(keys)}"


def _near(word: str, known: Sequence[str] | dict[str, str]) -> str | None:
    """`nearest` among those that could be near at all: a file of 64 KiB may hold thousands of wrong words."""
    return nearest(word, [other for other in known if abs(len(other) - len(word)) <= CLOSE])


def _meant(node: Node, choices: tuple[str, ...]) -> str:
    near = _near(node.text.strip().lower(), choices) if isinstance(node, Scalar) else None
    return f"; did you mean {near}?" if near else ""


def _refuse(node: Node, name: str, right: str, findings: Findings, had: str = "") -> None:
    if not isinstance(node, Refused):
        findings.add(node.at, f"{name} is {_shown(node)}{had}", right)


def _shown(node: Node) -> str:
    match node:
        case Mapping():
            return "a mapping"
        case Listed():
            return "a list"
        case Scalar(kind="null") | Scalar(text=""):
            return "empty"
        case Scalar():
            return quoted(node.text)
    return "unreadable"


def _is_plain(text: str) -> bool:
    """Whether a value can be repeated as it stands, as part of advice."""
    return len(text) <= LONGEST_LABEL and bool(re.fullmatch(r"[\w .:/-]+", text))
