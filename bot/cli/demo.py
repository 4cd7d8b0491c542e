"""`interlock demo`: the whole story against a GitHub of its own, on this machine."""

import logging
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli._running import run, stop_signals
from bot.cli._story import Story, Told


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running afterwards, with its addresses")
    ] = False,
) -> None:
    """Play the story: one question, one epic, and two worktrees that are mixed up. Exit code 1 if it ends otherwise.

    Starts a sandbox GitHub with real git, the server and a worker on SQLite in a temporary folder; nothing leaves
    this machine. Waits that protect a real GitHub are shortened: one write every 0.05 s instead of one a second.
    """
    logging.basicConfig(level=logging.ERROR)
    console = Console()
    try:
        run(_demo(console, keep=keep))
    except Told as otherwise:
        console.print(f"\n[bold red]The story did not end as told:[/] {otherwise}", highlight=False)
        raise typer.Exit(1) from None


async def _demo(console: Console, *, keep: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="interlock-demo-") as folder:
        async with Story.begin(Path(folder), console) as story:
            await story.clarification()
            await story.decomposition()
            await story.provenance()
            console.print()
            console.print(await story.summary())
            if keep:
                stopping = stop_signals()
                console.print(story.addresses(), highlight=False)
                await stopping.wait()
