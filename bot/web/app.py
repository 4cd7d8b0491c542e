"""Composes the web room: what may be asked, and what stands behind each answer."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.store import inbox
from bot.store.database import Database
from bot.store.errors import StoreUnavailable
from bot.web.body import SMALL, Bodies
from bot.web.health import Health
from bot.web.runner_api import RunnerApi
from bot.web.webhook import Accept, Refusals, Webhook

PATIENCE = 1.5  # seconds that an intake waits for a locked database: every answer comes within 2 s (goal R1)


def application(database: Database, secrets: Sequence[bytes]) -> web.Application:
    """The whole HTTP side over an open store; `secrets` are the webhook secrets that are valid now."""
    refusals = Refusals()
    bodies = Bodies()

    def accept_from(source: inbox.Source) -> Accept:
        async def accept(guid: str, name: str, body: bytes | bytearray) -> bool:
            now = datetime.now(UTC)
            packed = inbox.pack(body) if len(body) <= SMALL else await asyncio.to_thread(inbox.pack, body)
            return await database.write(
                inbox.accept, guid=guid, source=source, name=name, body=packed, received_at=now, patience=PATIENCE
            )

        return accept

    app = web.Application(middlewares=[_unavailable])
    app.router.add_post("/webhook", Webhook(accept_from("github"), secrets, bodies, refusals).receive)
    app.router.add_get("/healthz", Health(database, refusals).report)
    app.add_routes(RunnerApi(database, bodies, accept_from("runner")).routes)
    return app


@web.middleware
async def _unavailable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A store that cannot answer now is a 503: GitHub notes a failed delivery, which we ask for again later."""
    try:
        return await handler(request)
    except StoreUnavailable as error:
        raise web.HTTPServiceUnavailable(text=f"the store is not available: {error.why}") from error
