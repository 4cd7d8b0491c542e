"""What a report already says: nothing that stands here is asked for."""

import re
from collections.abc import Iterable

from bot.model.judgement import Found
from bot.model.triage_rules import TriageRules
from bot.policy.triage import words
from bot.policy.triage.reading import LABEL, Entry, sections

_LONGEST_EXCERPT = 80
#: Words that carry something, from which a section of its own, and a text, has told what happens.
_A_DESCRIPTION, _A_STORY = 6, 18
#: A place in the code of the project itself; whoever names it needs no version and no steps.
_PIN = re.compile(
    r"(?<![\w/.])(?:[\w.-]{1,60}/){1,12}[\w-]{1,80}\.(?:py|js|ts|tsx|jsx|go|rs|rb|java|kt|c|h|cc|cpp|cs|php"
    r"|swift|sh)\b"
    r"|\b[\w-]{1,80}\.(?:py|js|ts|tsx|jsx|go|rs|rb|java|kt|c|h|cc|cpp|cs|php|swift|sh)(?::\d+|,? line \d+)"
)
_NOT_DONE = re.compile(
    r"\b(?:(?:does|do|did|is|are|was|will|wo|ca|could)(?:n['’]?t| not)|can not|cannot|never|unable to|fails to"
    r"|no longer)"
    r" (?:\w+ly |be |being |get |to )?(?!work|function|run\b|know|figure|understand|use\b|think|reproduce|help"
    r"|matter|sure|seem|fix|want|expect|have|need|even)[a-z]{3,}",
    re.IGNORECASE,
)


class Evidence:
    """What the title and the entries of one issue say."""

    def __init__(self, title: str, entries: tuple[Entry, ...], rules: TriageRules) -> None:
        self.title = title
        self.entries = entries
        self.rules = rules
        self.body = "\n".join(entry.text for entry in entries if entry.what == "line")
        self.prose = f"{title}\n{self.body}"
        self.verbatim = "\n".join(entry.text for entry in entries if entry.what in ("code", "quote"))
        self.everything = f"{self.prose}\n{self.verbatim}"
        wished = self._in_sections("expected")
        seen = (entry.text for entry in entries if entry.what == "line" and id(entry) not in wished)
        self.observed = "\n".join([title, *seen])
        self.by_role: dict[str, str] = {}
        for heading, content in sections(entries):
            if heading.role and heading.role not in self.by_role:
                said = _said(content)
                if said:
                    self.by_role[heading.role] = said

    def found(self) -> dict[str, Found]:
        """What is understood, by the names of `bug_needs`."""
        kinds = {"steps": self._steps, "actual": self._actual, "expected": self._expected, "version": self._version}
        answers = {name: find() for name, find in kinds.items()}
        return {name: Found(name, _excerpt(said)) for name, said in answers.items() if said is not None}

    def is_thin(self, fewest: int, *, beyond_title: bool) -> bool:
        """Whether fewer than `fewest` words, and nothing shown, are left when complaint and politeness are gone."""
        if any(entry.what in ("code", "image", "quote") for entry in self.entries):
            return False
        where = self._in_sections("version")
        said = (entry.text for entry in self.entries if entry.what == "line" and id(entry) not in where)
        left = substance("\n".join(said))
        if beyond_title:
            left -= {word.lower() for word in words.WORD.findall(self.title)}
        return sum(1 if word.isascii() else len(word) for word in left) < fewest

    def _in_sections(self, role: str) -> set[int]:
        """The entries below a heading of that role; of `Label: value` only the value."""
        return {
            id(entry)
            for heading, content in sections(self.entries)
            if heading.role == role
            for entry in (content[:1] if heading.level == LABEL else content)
        }

    def is_foreign(self) -> bool:
        """Whether the text is in a language that these rules cannot read."""
        said = [word.lower() for word in words.WORD.findall(self.prose) if not word.isdigit()]
        if sum(not word.isascii() for word in said) * 3 > len(said):
            return True
        return len(said) >= 8 and sum(word in words.ENGLISH for word in said) * 12 < len(said)

    def _steps(self) -> str | None:
        if "steps" in self.by_role:
            return self.by_role["steps"]
        numbered = [entry.text for entry in self.entries if entry.mark == "1" and not entry.box]
        if len(numbered) >= 2:
            return "; ".join(numbered[:3])
        code = [entry.text for entry in self.entries if entry.what == "code" and not words.LOG.search(entry.text)]
        return (
            _first(self.body, words.ORDERS)
            or _first(self.prose, words.STEPS, words.COMMAND, words.PLACE, words.LINK_TO_REPRODUCE)
            or _first(self.verbatim, words.COMMAND, words.PLACE)
            or (code[0] if code else None)
        )

    def _actual(self) -> str | None:
        said = self.by_role.get("actual", "")
        if said and substance(said):
            return said
        described = self.by_role.get("description", "")
        if len(substance(described)) >= _A_DESCRIPTION:
            return described
        if len(substance(self.observed)) >= _A_STORY:
            return self.observed
        seen = _first(self.verbatim, words.LOG) or _first(self.observed, words.HARD_FAILURE, words.OBSERVED, _NOT_DONE)
        if seen is None and any(entry.what == "image" for entry in self.entries):
            return ""
        return seen or self.verbatim or None

    def _expected(self) -> str | None:
        return self.by_role.get("expected") or _first(
            self.everything, words.EXPECTED, words.HARD_FAILURE, words.LOG, _NOT_DONE, _PIN
        )

    def _version(self) -> str | None:
        return self.by_role.get("version") or _first(self.everything, words.VERSION) or _first(self.prose, _PIN)


def substance(text: str) -> set[str]:
    """The words of `text` that carry something, in lower case."""
    said = {word.lower() for word in words.WORD.findall(words.VAGUE.sub(" ", text))}
    return {word for word in said - words.EMPTY_WORDS if len(word) > 1 or word.isdigit()}


def _said(content: Iterable[Entry]) -> str:
    parts = ("a picture" if entry.what == "image" else entry.text for entry in content if entry.what != "heading")
    return "\n".join(part for part in parts if part.strip())


def _first(text: str, *patterns: re.Pattern[str]) -> str | None:
    """The words around the first match of the first pattern that matches, from the beginning of their sentence."""
    for pattern in patterns:
        match = pattern.search(text)
        if match:
            nearby = max(0, match.start() - _LONGEST_EXCERPT // 2)
            begins = (text.rfind(mark, nearby, match.start()) for mark in ("\n", ". ", ", ", " "))
            start = next((at + 1 for at in begins if at >= 0), nearby)
            end = text.find("\n", match.end())
            return text[start : end if end >= 0 else len(text)].strip() or match[0]
    return None


def _excerpt(text: str) -> str:
    line = " ".join(text[: 4 * _LONGEST_EXCERPT].split())
    return line if len(line) <= _LONGEST_EXCERPT else line[: _LONGEST_EXCERPT - 1].rstrip() + "…"
