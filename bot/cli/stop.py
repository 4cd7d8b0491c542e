"""`interlock stop`: the kill switch."""

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli._running import repository_or_exit, with_store
from bot.store import switches
from bot.store.database import Database


def stop(
    reason: Annotated[str, typer.Option(help="Why; everybody who asks why nothing happens will read it")],
    repo: Annotated[str, typer.Option(help="owner/name; by default the whole App")] = "",
) -> None:
    """Hold every write at once. What is decided meanwhile is kept, and goes out after `interlock resume`."""

    async def switch(database: Database) -> None:
        number = await repository_or_exit(database, repo) if repo else switches.APP
        by = getpass.getuser()
        await database.write(switches.stop, number, reason=reason, by=by, now=datetime.now(UTC))

    with_store(switch)
    typer.echo(f"{repo or 'the whole App'} is stopped: nothing is written until `interlock resume`")
