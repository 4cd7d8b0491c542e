"""Real programs in a temporary folder, and who asks them."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from bot.model.facts import Issue
from bot.model.ids import Actor, IssueRef, Repo
from bot.programs.advisors import Programs

REPO = Repo(7, 100)
ISSUE = Issue(
    ref=IssueRef(REPO, 12),
    id=30,
    title="Signal 4 stays red",
    body="Since Monday.",
    author=Actor(1, "rene"),
    labels=frozenset({"signals", "bug"}),
    assignees=frozenset(),
    is_open=True,
    is_pull=False,
)
READY = {"outcome": "ready", "why": "Nothing is missing."}
PLAN = {"children": [{"title": "Renew the signals", "body": "All four.", "parent": None}]}
#: For programs that end by themselves, on a busy machine. Seconds.
ENOUGH = 60.0


class Names:
    """`ports.RepositoryNames` that knows one repository."""

    async def name(self, repo: Repo) -> str:
        return "acme/railway" if repo == REPO else ""

    async def remember(self, repo: Repo, full_name: str) -> None:
        raise AssertionError("nobody who asks a program has a name to remember")


def asking(
    *, triage: list[str] | tuple[str, ...] = (), decompose: list[str] | tuple[str, ...] = (), timeout: float = ENOUGH
) -> Programs:
    return Programs(names=Names(), triage_command=triage, decompose_command=decompose, timeout=timeout)


def python(folder: Path, code: str, *arguments: str) -> list[str]:
    """A command that runs `code` from a file in `folder`."""
    file = folder / "program.py"
    file.write_text(code, encoding="utf-8")
    return [sys.executable, "-I", str(file), *arguments]


def saying(folder: Path, answer: Any) -> list[str]:
    """A command that answers `answer`: bytes as they are, anything else as JSON."""
    file = folder / "answer.json"
    file.write_bytes(answer if isinstance(answer, bytes) else msgspec.json.encode(answer))
    return ["/bin/cat", str(file)]


def issue(**changes: Any) -> Issue:
    return msgspec.structs.replace(ISSUE, **changes)
