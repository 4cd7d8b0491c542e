"""`interlock environment`: every variable the bot reads, every ceiling it keeps, every command it understands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.messages.commands import render_help
from bot.model.writes import SURFACES, WRITES
from bot.registry import discover
from bot.settings import DEFAULT_APP_CEILINGS, DEFAULT_CEILINGS, VARIABLES


def environment(
    into: Annotated[Path | None, typer.Option(help="A file, such as the README, to renew between its markers")] = None,
) -> None:
    """Print every environment variable, default ceiling and slash command, as the tables of the README."""
    if into is None:
        typer.echo("\n\n".join(tables().values()))
    else:
        into.write_text(filled(into.read_text(encoding="utf-8")), encoding="utf-8")


def tables() -> dict[str, str]:
    """Each generated Markdown table by the name of its markers, `<!-- name -->` and `<!-- /name -->`."""
    return {"environment": variables_table(), "ceilings": ceilings_table(), "commands": commands_table()}


def filled(text: str) -> str:
    """`text` with every table renewed between its markers; where it lacks a marker, nothing is added."""
    for name, table in tables().items():
        head, opening, rest = text.partition(f"<!-- {name} -->\n")
        _, closing, tail = rest.partition(f"<!-- /{name} -->")
        if closing:
            text = f"{head}{opening}{table}\n{closing}{tail}"
    return text


def variables_table() -> str:
    """The variables as a Markdown table; the README holds this text, and a test compares the two."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for variable in VARIABLES.values():
        default = "required" if variable.default is None else f"`{variable.default}`" if variable.default else ""
        rows.append(f"| `{variable.name}` | {default} | {variable.meaning} |")
    return "\n".join(rows)


def ceilings_table() -> str:
    """Every write surface with what is written there and its ceilings, in writes per UTC day."""
    rows = ["| surface | writes | for an installation | for the whole App |", "|---|---|---|---|"]
    for surface in (*SURFACES, "total"):
        kinds = ", ".join(f"`{kind.__name__}`" for kind in WRITES if kind.surface == surface) or "all of them"
        rows.append(f"| {surface} | {kinds} | {DEFAULT_CEILINGS[surface]} | {DEFAULT_APP_CEILINGS[surface]} |")
    return "\n".join(rows)


def commands_table() -> str:
    """Every slash command with who may use it, as `/help` shows it."""
    return render_help(discover().all_commands)
