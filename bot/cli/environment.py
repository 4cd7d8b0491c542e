"""`interlock environment`: every variable the bot reads, and every ceiling it keeps."""

import typer

from bot.model.writes import SURFACES, WRITES
from bot.settings import DEFAULT_APP_CEILINGS, DEFAULT_CEILINGS, VARIABLES


def environment() -> None:
    """Print every environment variable and every default ceiling, as the tables of the README."""
    typer.echo(f"{variables_table()}\n\n{ceilings_table()}")


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
