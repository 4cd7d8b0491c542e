"""`GET /healthz`: whether deliveries can be stored, and how far the work is behind."""

from datetime import UTC, datetime

from aiohttp import web
from sqlalchemy import Connection, text

from bot.store import views
from bot.store.database import Database
from bot.store.errors import StoreUnavailable
from bot.web.webhook import Refusals

_PATIENCE = 0.9  # seconds for each of two questions to the store: every answer comes within 2 s (goal R1)
_LAG = 60.0  # seconds; a delivery that nobody reads for longer means that no worker is running
_OLD_JOB = 20 * 60.0  # seconds; a job that backs off waits 15 minutes at most


class Health:
    """Reports on this process and its store."""

    def __init__(self, database: Database, refusals: Refusals) -> None:
        self._database, self._refusals = database, refusals

    async def report(self, _: web.Request) -> web.Response:
        """200 with status `ok` or `degraded` (work is late, or nobody knows whether a write was done); 503 when
        nothing can be stored now. Times are in seconds, counters of refusals since this process was started.
        """
        here = {"refused_signatures": self._refusals.signature}
        try:
            await self._try_again_to_write()
            seen = await self._database.read(views.health, patience=_PATIENCE)
        except StoreUnavailable as error:
            return web.json_response({"status": "unavailable", "store": error.why, **here}, status=503)
        return web.json_response({**_summary(seen, datetime.now(UTC)), "store": "ok", **here})

    async def _try_again_to_write(self) -> None:
        # Who balances load by our answer sends nothing that could end the trouble, so the trouble is tried here.
        if self._database.stats().state != "ok":
            await self._database.write(_touch, patience=_PATIENCE)


def _touch(conn: Connection) -> None:
    conn.execute(text("update alembic_version set version_num = version_num"))


def _summary(seen: views.Health, now: datetime) -> dict[str, object]:
    lag = seen.lag(now)
    oldest_job = 0.0 if seen.oldest_unfinished is None else (now - seen.oldest_unfinished).total_seconds()
    is_behind = lag > _LAG or oldest_job > _OLD_JOB or seen.unknown > 0
    return {
        "status": "degraded" if is_behind else "ok",
        "lag_seconds": round(lag, 3),
        "oldest_job_seconds": round(oldest_job, 3),
        "unread_deliveries": seen.unread,
        "unfinished_jobs": seen.unfinished,
        "dead_letters": seen.dead,
        "held_writes": seen.held,
        "failed_writes": seen.failed,
        "unknown_writes": seen.unknown,
    }
