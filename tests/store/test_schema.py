"""The migrated schema is the declared one, whoever migrates, however many at once."""

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text

from bot.store.errors import CannotOpen
from bot.store.migrate import migrate
from bot.store.schema import metadata
from tests.store.conftest import Server


@pytest.fixture(params=["sqlite", "postgres"])
def own_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database for this test alone: what it does to the schema harms no other."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/own.db"
    else:
        server: Server = request.getfixturevalue("postgres")
        name = server.create()
        yield server.url_of(name)
        server.drop(name)


def engine_of(url: str) -> Engine:
    parsed = make_url(url)
    return create_engine(parsed.set(drivername="postgresql+psycopg") if "postgres" in url else parsed)


def differences(conn: Connection) -> list[object]:
    found = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata)
    return [difference for difference in found if "alembic_version" not in str(difference)]


def everything_declared(conn: Connection) -> set[tuple[str, ...]]:
    """Tables, columns, indexes with their conditions, and constraints, as the engine itself tells them."""
    if conn.dialect.name == "sqlite":
        rows = conn.execute(text("select name, sql from sqlite_master where name not like '%alembic%'"))
        return {(name, *clauses(sql or "")) for name, sql in rows}
    checks = text(
        "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint "
        "where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'alembic_version'"
    )
    indexes = text("select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'")
    found = {tuple(map(str, row)) for query in (checks, indexes) for row in conn.execute(query)}
    return {row for row in found if "alembic" not in row[0]}


def clauses(sql: str) -> list[str]:
    """The columns and constraints of one CREATE, in any order; those that were added later stand in one line."""
    lines = re.split(r"\n|, (?![^(]*\))", sql.replace('"', ""))
    return sorted(clause for line in lines if (clause := " ".join(line.split()).strip(" ,)")))


def test_the_revisions_make_exactly_what_the_schema_declares(own_url: str) -> None:
    migrate(own_url)
    engine = engine_of(own_url)
    with engine.begin() as conn:
        assert differences(conn) == []
        migrated = everything_declared(conn)
        metadata.drop_all(conn)
        metadata.create_all(conn)
        assert migrated == everything_declared(conn)
    engine.dispose()


async def test_four_processes_that_migrate_at_once_all_succeed(own_url: str) -> None:
    program = "import sys; from bot.store.migrate import migrate; migrate(sys.argv[1])"
    started = [await asyncio.create_subprocess_exec(sys.executable, "-c", program, own_url) for _ in range(4)]
    assert [await asyncio.wait_for(process.wait(), 30) for process in started] == [0, 0, 0, 0]
    engine = engine_of(own_url)
    assert set(inspect(engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    engine.dispose()


def test_migrating_again_keeps_what_is_stored(url: str) -> None:
    engine = engine_of(url)
    with engine.begin() as conn:
        conn.execute(text("insert into switches values (1, 'because', 'me', 0)"))
    migrate(url)
    with engine.connect() as conn:
        assert conn.scalar(text("select count(*) from switches")) == 1
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(own_url: str) -> None:
    migrate(own_url)
    engine = engine_of(own_url)
    with engine.begin() as conn:
        conn.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(CannotOpen, match="another version"):
        migrate(own_url)
    engine.dispose()


def test_a_revision_that_fails_leaves_nothing_behind(own_url: str) -> None:
    """Both engines roll DDL back: a table in the way makes the whole first revision undone."""
    engine = engine_of(own_url)
    with engine.begin() as conn:
        conn.execute(text("create table verdicts (in_the_way int)"))
    with pytest.raises(CannotOpen):
        migrate(own_url)
    assert set(inspect(engine).get_table_names()) == {"verdicts"}
    engine.dispose()
