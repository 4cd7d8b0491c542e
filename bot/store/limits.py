"""When GitHub will listen to an installation again. Stored, so that a restart does not ask too early (fault K20)."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, case, delete, literal, select

from bot.store.columns import UtcTime
from bot.store.database import Database
from bot.store.schema import limits
from bot.store.upsert import insert_or_ignore
from bot.store.work import announce


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """`strikes` counts the limits in a row without a success between: the wait doubles with each."""

    until: datetime
    why: str
    strikes: int


def block(conn: Connection, installation: int, until: datetime, why: str) -> Limit:
    """Remembers a limit and counts a strike. Of two limits the later one counts."""
    first = {"installation": installation, "until": until, "why": why, "strikes": 1}
    if insert_or_ignore(conn, limits, first):
        return Limit(until=until, why=why, strikes=1)
    is_later = limits.c.until < until
    again = (
        limits.update()
        .where(limits.c.installation == installation)
        .values(
            strikes=limits.c.strikes + 1,
            until=case((is_later, literal(until, UtcTime)), else_=limits.c.until),
            why=case((is_later, why), else_=limits.c.why),
        )
    )
    row = conn.execute(again.returning(limits.c.until, limits.c.why, limits.c.strikes)).one()
    return Limit(until=row.until, why=row.why, strikes=row.strikes)


def limit_of(conn: Connection, installation: int) -> Limit | None:
    """The last limit, over or not; None after `clear`."""
    row = conn.execute(select(limits).where(limits.c.installation == installation)).one_or_none()
    return None if row is None else Limit(until=row.until, why=row.why, strikes=row.strikes)


def blocked_until(conn: Connection, installation: int) -> datetime | None:
    """When the last limit ends or ended; None if there was none since the last success."""
    limit = limit_of(conn, installation)
    return limit.until if limit else None


def clear(conn: Connection, installation: int) -> None:
    """GitHub has listened: no limit, and the strikes start again."""
    if conn.execute(delete(limits).where(limits.c.installation == installation)).rowcount:
        announce(conn)


class StoreLimits:
    """`ports.Limits` over the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def blocked_until(self, installation: int) -> datetime | None:
        return await self._database.read(blocked_until, installation)

    async def block(self, installation: int, until: datetime, why: str) -> None:
        await self._database.write(block, installation, until, why)
