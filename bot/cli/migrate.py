"""`interlock migrate`: bring the schema of the store up to date."""

import typer

from bot.cli._running import refuse, settings_or_exit
from bot.store import migrate as store
from bot.store.errors import CannotOpen


def migrate() -> None:
    """Bring the store's schema up to date. `serve` and `work` do it at start; this is for a release step."""
    settings = settings_or_exit()
    try:
        store.migrate(settings.database_url)
    except CannotOpen as problem:
        refuse(str(problem))
    typer.echo("the store is up to date")
