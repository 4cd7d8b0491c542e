"""`GET /healthz`: whether deliveries can be stored, and how far the work is behind."""

from aiohttp import web

from bot.store.database import Database
from bot.web.webhook import Refusals


class Health:
    """Reports on one process and its store."""

    def __init__(self, database: Database, refusals: Refusals) -> None:
        self._database, self._refusals = database, refusals

    async def report(self, _: web.Request) -> web.Response:
        state = self._database.stats().state
        return web.json_response({"store": state, "refused_signatures": self._refusals.signature})
