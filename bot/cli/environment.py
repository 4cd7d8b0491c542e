"""`interlock environment`: every variable the bot reads."""

import typer

from bot.settings import VARIABLES


def environment() -> None:
    """Print every environment variable with its default and meaning, as the table of the README."""
    typer.echo(table())


def table() -> str:
    """The variables as a Markdown table; the README holds this text, and a test compares the two."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for variable in VARIABLES.values():
        default = "required" if variable.default is None else f"`{variable.default}`" if variable.default else ""
        rows.append(f"| `{variable.name}` | {default} | {variable.meaning} |")
    return "\n".join(rows)
