"""Every test of this folder runs on SQLite and on PostgreSQL, each time on an empty database that `migrate` made."""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, delete, make_url, text

from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.schema import metadata

POSTGRES = os.environ.get("INTERLOCK_TEST_POSTGRES", "")


class Server:
    """A PostgreSQL server, and a migrated database on it that is emptied for each test."""

    def __init__(self, url: str) -> None:
        self._url: URL = make_url(url)
        self._admin = create_engine(
            self._url.set(drivername="postgresql+psycopg", database="postgres"),
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 5},
        )
        self._name = self.create()
        self.url = self.url_of(self._name)
        migrate(self.url)
        # tests cut lines of this database: a connection is looked at before it is used again
        url = self._url.set(drivername="postgresql+psycopg", database=self._name)
        self._migrated = create_engine(url, pool_pre_ping=True)

    def create(self) -> str:
        name = f"interlock_test_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{name}"')
        return name

    def empty(self) -> None:
        """Not with TRUNCATE, which makes new files for every table and index: 100 ms and more, where these are 5."""
        tables = list(reversed(metadata.sorted_tables))
        with self._migrated.begin() as conn:
            conn.execute(text("SET LOCAL lock_timeout = '10s'"))
            # whoever was killed may be about to commit
            conn.execute(text(f"LOCK TABLE {', '.join(table.name for table in tables)}"))
            for table in tables:
                conn.execute(delete(table))
            conn.execute(text("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"))

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def url_of(self, name: str) -> str:
        return self._url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        self._migrated.dispose()
        self.drop(self._name)
        self._admin.dispose()

    def _run(self, statement: str) -> None:
        with self._admin.connect() as conn:
            conn.execute(text(statement))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    if not POSTGRES:
        pytest.skip("PostgreSQL was not tested: set INTERLOCK_TEST_POSTGRES=postgresql://…")
    server = Server(POSTGRES)
    yield server
    server.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database of each engine."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
    else:
        server: Server = request.getfixturevalue("postgres")
        server.empty()
        yield server.url


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    async with await Database.open(url) as database:
        yield database
