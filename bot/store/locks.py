"""Locks that last until the transaction ends. On SQLite the transaction itself is the lock: there is one writer."""

from sqlalchemy import Connection, func, select

#: Keys of PostgreSQL's advisory locks, in one place so that none is used twice.
MIGRATION = 0x1A7E_0001
INTAKE = 0x1A7E_0002
LEDGER = 0x1A7E_0003


def lock(conn: Connection, key: int) -> None:
    """Waits until no other transaction holds `key`."""
    if conn.dialect.name == "postgresql":
        conn.execute(select(func.pg_advisory_xact_lock(key)))


def intake_is_free(conn: Connection) -> bool:
    """Takes the lock of the intake, unless another transaction holds it."""
    if conn.dialect.name == "postgresql":
        return bool(conn.scalar(select(func.pg_try_advisory_xact_lock(INTAKE))))
    return True
