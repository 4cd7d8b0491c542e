"""`interlock check-config`: what is wrong with a `.github/interlock.yml`, before anybody pushes it."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bot.cli._running import refuse
from bot.messages.repository_config import render_document, render_line
from bot.model.config import CONFIG_FILE, RepositoryConfig
from bot.policy.repository_config import documented, read_config, said


class Told(msgspec.Struct, frozen=True):
    """One problem, as `--json` prints it."""

    line: int
    column: int
    problem: str


class Answer(msgspec.Struct, frozen=True):
    """What `--json` prints."""

    ok: bool
    problems: tuple[Told, ...]


def check_config(
    file: Annotated[str, typer.Argument(help=f"A file such as {CONFIG_FILE}, or - for stdin")] = "",
    as_json: Annotated[bool, typer.Option("--json", help='Print {"ok": …, "problems": […]}')] = False,
    document: Annotated[bool, typer.Option("--document", help="Print what every key means instead")] = False,
) -> None:
    """Say what is wrong with a repository's configuration, each with its line and column; exit code 2 if anything."""
    if document:
        typer.echo(render_document(documented()), nl=False)
        return
    if not file:
        refuse(f"name a file, such as {CONFIG_FILE}, or - for stdin")
    try:
        given = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as problem:
        refuse(f"{file}: {problem.strerror or problem}")
    config, problems = read_config(given)
    if as_json:
        told = tuple(Told(one.line, one.column, str(one)) for one in problems)
        typer.echo(msgspec.json.encode(Answer(not told, told)))
    elif config is not None:
        typer.echo(_good(file, config))
    else:
        typer.echo("\n".join(render_line(file, one) for one in problems))
    if config is None:
        raise typer.Exit(2)


def _good(file: str, config: RepositoryConfig) -> str:
    changed = ", ".join(said(config)) or "nothing; all is as it is without it"
    return f"good: {file} changes {changed}"
