"""`interlock try commands`: which lines of a text are commands."""

from typing import Annotated, Any

import typer

from bot.cli.try_._lines import try_rule
from bot.policy.command_parsing import commands_in


def commands(
    file: Annotated[str, typer.Argument(help="A Markdown file, JSON {body}, or - for JSON lines on stdin")],
    as_json: Annotated[bool, typer.Option("--json", help='Print [{"command": …, "args": …}]')] = False,
) -> None:
    """Show every command line of a text, also words that are no command of Interlock's."""
    try_rule(file, as_json=as_json, from_text=str, from_json=_body, rule=_found, shown=_shown)


def _body(given: dict[str, Any]) -> str:
    body = given.get("body")
    if not isinstance(body, str):
        raise ValueError('"body" must be a text')
    return body


def _found(text: str) -> list[dict[str, str]]:
    return [{"command": call.name, "args": call.arguments} for call in commands_in(text)]


def _shown(found: list[dict[str, str]]) -> str:
    return "\n".join(f"/{one['command']} {one['args']}".strip() for one in found) or "no command"
