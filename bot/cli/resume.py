"""`interlock resume`: the kill switch, off."""

from typing import Annotated

import typer

from bot.cli._running import repository_or_exit, with_store
from bot.store import switches
from bot.store.database import Database


def resume(repo: Annotated[str, typer.Option(help="owner/name; by default the whole App")] = "") -> None:
    """Let writes go out again. What was held goes first, if it is still wanted."""

    async def switch(database: Database) -> bool:
        return await database.write(switches.resume, await repository_or_exit(database, repo) if repo else switches.APP)

    was_stopped = with_store(switch)
    typer.echo(f"{repo or 'the whole App'} {'goes on' if was_stopped else 'was not stopped'}")
