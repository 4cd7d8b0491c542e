"""Brings a database to this version's schema, in one transaction, one process at a time (fault K18)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.store import postgres, sqlite
from bot.store.database import parse_url
from bot.store.errors import CannotOpen
from bot.store.locks import MIGRATION, lock

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """Makes or upgrades the schema; does nothing if it is there. Any number of processes may call it at once.

    Raises CannotOpen if the database cannot be reached, or belongs to a newer version of Interlock.
    """
    parsed = parse_url(url)
    engine = _connect(parsed)
    try:
        with engine.begin() as conn:
            lock(conn, MIGRATION)
            upgrade(conn)
    except CommandError as error:
        raise CannotOpen(f"the database belongs to another version of Interlock: {error}") from error
    except DBAPIError as error:
        raise CannotOpen(f"the database cannot be used: {error.orig}") from error
    finally:
        engine.dispose()


def upgrade(conn: Connection) -> None:
    """Runs, in the transaction of `conn`, the revisions it lacks."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def _connect(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        sqlite.check_file(url)
        return sqlite.connect(url, busy_ms=sqlite.OPEN_BUSY_MS)
    return postgres.connect(url)
