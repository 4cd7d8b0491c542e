"""`interlock work`: do what came in."""

import typer

from bot import bootstrap
from bot.cli._running import log_to_stderr, refuse, run, settings_or_exit, stop_signals, work_until
from bot.settings import Settings
from bot.store.errors import CannotOpen


def work() -> None:
    """Work on what the webhook stored until SIGINT or SIGTERM; what is begun is finished first, within 10 s."""
    settings = settings_or_exit()
    log_to_stderr()
    try:
        run(_work(settings))
    except CannotOpen as problem:
        refuse(str(problem))
    typer.echo("stopped")


async def _work(settings: Settings) -> None:
    stopping = stop_signals()
    async with bootstrap.open_database(settings.database_url) as database:
        await work_until(stopping, settings, database)
