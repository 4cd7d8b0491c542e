"""`interlock token`: let a runner in."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli._running import refuse, repository_or_exit, with_store
from bot.store import tokens
from bot.store.database import Database
from bot.store.errors import Conflict


def token(
    name: Annotated[str, typer.Argument(help="What the token is for: a machine, a fleet of agents")],
    repo: Annotated[str, typer.Option(help="owner/name: only for this repository's plans; by default for all")] = "",
    revoke: Annotated[bool, typer.Option("--revoke", help="End the token of this name instead")] = False,
) -> None:
    """Make a runner token, which `interlock attest` needs in INTERLOCK_TOKEN. It is shown this once."""

    async def create(database: Database) -> str:
        only = await repository_or_exit(database, repo) if repo else None
        try:
            return await database.write(tokens.create, name, only, datetime.now(UTC))
        except Conflict as taken:
            refuse(str(taken))

    async def end(database: Database) -> str:
        if not await database.write(tokens.revoke, name, datetime.now(UTC)):
            refuse(f"there is no valid token named {name!r}")
        return f"the token {name!r} is revoked"

    typer.echo(with_store(end if revoke else create))
