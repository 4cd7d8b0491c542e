"""What triage may be told by a repository: thresholds, names of sections and labels, texts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal["bug", "feature", "question", "docs", "chore", "task"]

_LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bug": ("bug", "defect", "regression", "crash", "error"),
        "feature": ("enhancement", "feature", "feature request", "idea", "proposal", "improvement", "rfc"),
        "question": ("question", "support", "help", "discussion"),
        "docs": ("documentation", "docs", "doc"),
        "chore": (
            "chore",
            "refactor",
            "refactoring",
            "maintenance",
            "cleanup",
            "tech debt",
            "dependencies",
            "ci",
            "test",
            "tests",
        ),
    }
)
#: Names of sections, in lower case and without punctuation. A longer heading that begins or ends with one counts too.
_SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "description": (
            "description",
            "describe the bug",
            "describe the issue",
            "describe the problem",
            "bug description",
            "summary",
            "what is the problem",
            "problem",
            "issue",
            "overview",
        ),
        "steps": (
            "steps",
            "steps to reproduce",
            "to reproduce",
            "reproduce",
            "reproduction",
            "reproduction steps",
            "reproducer",
            "repro",
            "repro steps",
            "how to reproduce",
            "how can we reproduce",
            "how can we reproduce it",
            "how do you trigger this bug",
            "minimal example",
            "minimal reproducible example",
            "reproducible example",
            "code to reproduce",
            "code example",
            "code sample",
            "what did you do",
            "what i did",
            "test case",
            "how to trigger",
            "trigger",
            "how it happens",
        ),
        "expected": (
            "expected",
            "expected behavior",
            "expected behaviour",
            "expected result",
            "expected results",
            "expected output",
            "expected outcome",
            "expectation",
            "what did you expect",
            "what did you expect to happen",
            "what you expected to happen",
            "what you expected",
            "what i expected",
            "what should happen",
            "should",
            "what i want to see",
            "what i want",
            "wanted",
            "desired behavior",
            "desired behaviour",
        ),
        "actual": (
            "actual",
            "actual behavior",
            "actual behaviour",
            "actual result",
            "actual results",
            "actual output",
            "current behavior",
            "current behaviour",
            "observed",
            "observed behavior",
            "observed behaviour",
            "what happened",
            "what happens",
            "what is happening",
            "what is wrong",
            "what i see",
            "what i saw",
            "what happened instead",
            "what happens instead",
            "what actually happened",
            "what went wrong",
            "what did you see",
            "what did you see instead",
            "got",
            "instead",
            "error",
            "error message",
            "error output",
            "log",
            "logs",
            "log output",
            "relevant log output",
            "stack trace",
            "stacktrace",
            "traceback",
            "symptoms",
        ),
        "version": (
            "version",
            "versions",
            "app version",
            "package version",
            "environment",
            "your environment",
            "environment details",
            "environment information",
            "system info",
            "system information",
            "system details",
            "setup",
            "os",
            "operating system",
            "platform",
            "browser",
            "desktop",
            "smartphone",
            "release",
            "commit",
            "build",
            "affected version",
        ),
        "tasks": (
            "tasks",
            "task list",
            "sub tasks",
            "subtasks",
            "sub issues",
            "work items",
            "to do",
            "todo",
            "plan",
            "scope",
        ),
        "criteria": (
            "acceptance criteria",
            "acceptance",
            "definition of done",
            "done when",
            "it is done when",
            "success criteria",
            "checklist",
            "before submitting",
            "before you submit",
            "prerequisites",
            "preflight checklist",
            "code of conduct",
        ),
        "open questions": (
            "open question",
            "open questions",
            "decision needed",
            "decisions needed",
            "to decide",
            "to be decided",
            "undecided",
            "unresolved questions",
            "unresolved",
        ),
        "blocked": (
            "blocked by",
            "blocked on",
            "depends on",
            "dependencies",
            "waiting for",
            "waits for",
            "needs first",
        ),
    }
)
_QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "description": "What is this about? For a bug: what happens, and where? Otherwise: what should be true"
        " when it is done?",
        "steps": "What did you do, step by step, until it happened? The exact command or clicks, please.",
        "actual": "What exactly happens? The error message, log or a screenshot, please.",
        "expected": "What did you expect to happen instead?",
        "version": "Which version or commit do you use, and on which system?",
        "answer": "Still open in the description:",
    }
)


class TriageRules(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of triage. Order matters in `bug_needs`: it is the order in which is asked.

    `many_tasks`: open boxes from which an issue looks like an epic. `few_words`: a description of a bug with fewer
    words of its own (not in the title, not only "it does not work") does not describe it. `labels`: kind -> names;
    `sections`: role -> names of headings; `questions`: name of what is missing -> the text a person reads;
    `prompts`: further lines of a template that say nothing when left as they are.
    """

    many_tasks: int = 4
    few_words: int = 3
    bug_needs: tuple[str, ...] = ("description", "steps", "actual", "expected", "version")
    epic_labels: tuple[str, ...] = ("epic", "needs-decompose")
    blocked_labels: tuple[str, ...] = ("blocked", "on hold")
    duplicate_labels: tuple[str, ...] = ("duplicate",)
    labels: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: _LABELS)
    sections: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: _SECTIONS)
    questions: Mapping[str, str] = msgspec.field(default_factory=lambda: _QUESTIONS)
    prompts: tuple[str, ...] = ()


DEFAULT = TriageRules()
