"""The two clocks of the store, as SQL expressions in microseconds.

Leases of one machine are measured with the monotonic clock, which all its processes share and no clock jump moves
(fault S4); those of several machines with PostgreSQL's clock, the only one they share. A lease is alive while
`leased_at <= now < lease_until`: one that seems to start in the future was given before the machine restarted.
"""

import time

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, cast, extract, func


def lease_clock(conn: Connection) -> ColumnElement[int]:
    """What leases are measured with; the clock is read whenever a statement with it is executed."""
    if conn.dialect.name == "sqlite":
        return bindparam(None, callable_=lambda: time.monotonic_ns() // 1000, type_=BigInteger)
    return _server_clock()


def wall_clock(conn: Connection) -> ColumnElement[int]:
    """The time of day, for `not_before`: a wait survives a restart."""
    if conn.dialect.name == "sqlite":
        return bindparam(None, callable_=lambda: time.time_ns() // 1000, type_=BigInteger)
    return _server_clock()


def _server_clock() -> ColumnElement[int]:
    # clock_timestamp() goes on inside a transaction, now() does not: a lease must not count the wait for a lock.
    return cast(extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
