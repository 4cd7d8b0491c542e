"""`interlock try dependencies`: which issues a text waits for, and which it blocks."""

from typing import Annotated

import typer

from bot.cli.try_._epics import Epic, epic_from_json, epic_from_text
from bot.cli.try_._lines import try_rule
from bot.messages.neutral import neutral
from bot.policy.waiting import dependencies_of


def dependencies(
    file: Annotated[
        str,
        typer.Argument(
            help="A Markdown file, a .json file {title, body, labels, repo}, or - for such JSON lines on stdin"
        ),
    ],
    repo: Annotated[
        str, typer.Option(help="The repository of the issue, owner/name; a `repo` in JSON counts more")
    ] = "",
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help='Print [{"kind", "ref", "direction", "phrase"}]; kind is depends_on, blocked_by, requires, after, '
            "based_on or blocks, ref owner/name#n, direction blocked_by (this issue waits for ref) or blocking "
            "(ref waits for this issue)",
        ),
    ] = False,
) -> None:
    """Show the dependencies that title and description of an issue state."""
    try_rule(
        file,
        as_json=as_json,
        from_text=lambda text: epic_from_text(text, repo),
        from_json=lambda given: epic_from_json(given, repo),
        rule=stated,
        shown=_shown,
    )


def stated(issue: Epic) -> list[dict[str, str]]:
    """The edges of `issue` as `--json` prints them."""
    return [
        {"kind": edge.kind, "ref": edge.ref, "direction": edge.direction, "phrase": neutral(edge.phrase)}
        for edge in dependencies_of(issue.title, issue.body, repo=issue.repo)
    ]


def _shown(edges: list[dict[str, str]]) -> str:
    return "\n".join(f"{edge['direction']} {edge['ref']}: {edge['phrase']}" for edge in edges) or "no dependency"
