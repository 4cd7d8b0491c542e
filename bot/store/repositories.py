"""What repositories are called now. A rename or transfer changes a row here and nothing else."""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, or_, select

from bot.model.ids import Repo
from bot.store.database import Database
from bot.store.schema import repositories
from bot.store.upsert import insert_or_ignore


def remember(conn: Connection, repo: Repo, full_name: str, now: datetime) -> None:
    """Stores the name and the installation a repository had at `now`; a delivery that comes late changes nothing."""
    row = {"id": repo.id, "installation": repo.installation, "full_name": full_name, "seen_at": now}
    if insert_or_ignore(conn, repositories, row):
        return
    differs = or_(repositories.c.installation != repo.installation, repositories.c.full_name != full_name)
    older = repositories.update().where(repositories.c.id == repo.id, repositories.c.seen_at <= now, differs)
    conn.execute(older.values(row))


def name_of(conn: Connection, repo: int) -> str | None:
    """`owner/name` of the repository with this id."""
    return conn.scalar(select(repositories.c.full_name).where(repositories.c.id == repo))


def by_name(conn: Connection, full_name: str) -> Repo | None:
    """The repository that has this name now, in whatever case; of two that had it, the one seen last."""
    named = select(repositories).where(func.lower(repositories.c.full_name) == full_name.lower())
    row = conn.execute(named.order_by(repositories.c.seen_at.desc()).limit(1)).one_or_none()
    return None if row is None else Repo(installation=row.installation, id=row.id)


def names(conn: Connection) -> tuple[tuple[int, str], ...]:
    """Every repository the bot has heard of, with the name it has now."""
    rows = conn.execute(select(repositories.c.id, repositories.c.full_name).order_by(repositories.c.id))
    return tuple((row.id, row.full_name) for row in rows)


class StoreNames:
    """`ports.RepositoryNames` over the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def name(self, repo: Repo) -> str:
        return await self._database.read(name_of, repo.id) or ""

    async def remember(self, repo: Repo, full_name: str) -> None:
        await self._database.write(remember, repo, full_name, datetime.now(UTC))
