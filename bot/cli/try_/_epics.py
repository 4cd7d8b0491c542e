"""How the commands about epics are given an issue: as a Markdown file or as JSON."""

from typing import Any

import msgspec


class Epic(msgspec.Struct, frozen=True):
    """What the rules read. `repo` is `owner/name`."""

    repo: str
    body: str
    title: str = ""


def epic_from_text(text: str, repo: str) -> Epic:
    """A Markdown file; its first line is the title, not part of the body, if it is a `# ` heading."""
    lines = text.replace("\r\n", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("# "):
        return Epic(_repository(repo), "\n".join(lines[first + 1 :]), lines[first].removeprefix("# ").strip())
    return Epic(_repository(repo), text)


def epic_from_json(given: dict[str, Any], repo: str) -> Epic:
    """A JSON object {title, body, labels, repo}; an issue without text has no body, or null."""
    title, body = (_text(given, name) for name in ("title", "body"))
    named = given.get("repo") or repo
    if not isinstance(named, str):
        raise ValueError('"repo" must be a text, owner/name')
    return Epic(_repository(named), body, title)


def _text(given: dict[str, Any], name: str) -> str:
    text = given.get(name)
    if text is not None and not isinstance(text, str):
        raise ValueError(f'"{name}" must be a text')
    return text or ""


def _repository(name: str) -> str:
    owner, slash, rest = name.partition("/")
    if not (owner and slash and rest) or "/" in rest:
        raise ValueError("a repository is needed: --repo owner/name")
    return name
