"""`interlock try triage`: what triage says about an issue, and what it would ask."""

from typing import Annotated, Any

import msgspec
import typer

from bot.cli.try_._lines import try_rule
from bot.policy.triage import judge


class Opening(msgspec.Struct, frozen=True):
    """An issue as it was opened."""

    title: str
    body: str | None = ""
    labels: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True):
    """What is printed."""

    outcome: str
    missing: tuple[str, ...]
    why: str


def triage(
    file: Annotated[
        str,
        typer.Argument(
            help="Markdown (title in the first '# ' line), JSON {title, body, labels}, or - for JSON lines on stdin"
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help='Print {"outcome": …, "missing": […], "why": …}')] = False,
) -> None:
    """Say whether an issue is ready, an epic, blocked or a duplicate, or what is missing."""
    try_rule(file, as_json=as_json, from_text=_from_text, from_json=_from_json, rule=_judged, shown=_shown)


def _from_text(text: str) -> Opening:
    """The first line that starts with `# ` is the title, what follows it the description."""
    lines = text.removeprefix("\ufeff").splitlines()
    at = next((number for number, line in enumerate(lines) if line.startswith("# ")), None)
    if at is None:
        return Opening(title="", body=text)
    return Opening(title=lines[at][2:].strip(), body="\n".join([*lines[:at], *lines[at + 1 :]]))


def _from_json(given: dict[str, Any]) -> Opening:
    """Labels are names, or objects with a name as GitHub's export has them; a missing body is an empty one."""
    labels = given.get("labels")
    if isinstance(labels, list):
        labels = [label.get("name") if isinstance(label, dict) else label for label in labels]
    return msgspec.convert({**given, "labels": labels or []}, Opening)


def _judged(opening: Opening) -> Answer:
    judgement = judge(opening.title, opening.body or "", opening.labels)
    return Answer(judgement.outcome, tuple(one.name for one in judgement.missing), judgement.why)


def _shown(answer: Answer) -> str:
    return "\n".join([answer.outcome, *(f"  missing: {name}" for name in answer.missing), f"  {answer.why}"])
