"""`interlock commands`: what people can write in comments, as each command's file declares it."""

from typing import Annotated

import msgspec
import typer

from bot.messages.commands import who_may
from bot.messages.commands_page import render_commands_page
from bot.model.commands import Command
from bot.registry import discover


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One command, as `--json` prints it. `may` is the least role, `on_hold` whether a hold of the issue lets it on."""

    command: str
    arguments: str
    may: str
    on_hold: bool
    summary: str
    examples: tuple[str, ...]


def commands(
    as_json: Annotated[bool, typer.Option("--json", help='Print [{"command": …, "may": …}]')] = False,
    document: Annotated[bool, typer.Option("--document", help="Print docs/commands.md instead")] = False,
) -> None:
    """List every slash command with who may use it, what it does and how it is written."""
    declared = declarations()
    if document:
        typer.echo(render_commands_page(declared), nl=False)
    elif as_json:
        typer.echo(msgspec.json.encode([_told(command, on_hold=on_hold) for command, on_hold in declared]))
    else:
        typer.echo("\n\n".join(_listed(command) for command, _ in declared))


def declarations() -> list[tuple[Command, bool]]:
    """Every command in the order of the names, with whether it goes on while an issue is on hold."""
    found = discover().commands
    return [(found[name][0], found[name][1].while_held) for name in sorted(found)]


def _told(command: Command, *, on_hold: bool) -> Told:
    return Told(
        command=command.name,
        arguments=command.arguments,
        may=command.may.name.lower(),
        on_hold=on_hold,
        summary=command.summary,
        examples=command.examples,
    )


def _listed(command: Command) -> str:
    line = f"/{command.name} {command.arguments}".strip()
    examples = ", ".join(command.examples)
    return f"{line}\n    {command.summary}\n    who may: {who_may(command)}\n    for example: {examples}"
