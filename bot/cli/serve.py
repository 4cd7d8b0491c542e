"""`interlock serve`: take webhooks in."""

from typing import Annotated

import typer

from bot import bootstrap
from bot.cli._running import log_to_stderr, refuse, run, settings_or_exit, stop_signals, work_until
from bot.settings import Settings
from bot.store.errors import CannotOpen
from bot.web.server import serving


def serve(
    with_worker: Annotated[bool, typer.Option("--with-worker", help="Also do the work, in the same process")] = False,
) -> None:
    """Serve the webhook, the runner API and /healthz until SIGINT or SIGTERM."""
    settings = settings_or_exit()
    log_to_stderr()
    try:
        run(_serve(settings, with_worker=with_worker))
    except CannotOpen as problem:
        refuse(str(problem))
    except OSError as problem:
        refuse(f"cannot listen on {settings.host}:{settings.port}: {problem}")


async def _serve(settings: Settings, *, with_worker: bool) -> None:
    stopping = stop_signals()
    async with bootstrap.open_database(settings.database_url) as database:
        application = bootstrap.web_application(settings, database)
        async with serving(application, settings.host, settings.port) as address:
            typer.echo(f"listening on {address.url}")
            if with_worker:
                await work_until(stopping, settings, database)
            else:
                await stopping.wait()
