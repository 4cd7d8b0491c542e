"""The ledger: the rows of the outbox, counted by the UTC day on which they were reserved."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Connection, func, select, update

from bot.model.outbox import Charge, Claim
from bot.store import leases
from bot.store.locks import LEDGER, lock
from bot.store.outbox import place_of
from bot.store.schema import outbox


def reserve(conn: Connection, claim: Claim, charges: Sequence[Charge], now: datetime) -> Charge | None:
    """Reserves one unit at every charge and stores the intent, or neither (`ports.Ledger.reserve`).

    Returns the first charge whose limit is reached. A write that holds a reservation keeps it, whatever day it is
    of, and only its intent is renewed. Raises LeaseLost.
    """
    lane, seq = place_of(conn, claim)
    leases.hold(conn, lane, seq, claim.fence)
    lock(conn, LEDGER)  # nobody else counts until this reservation can be seen
    reserved_on = conn.scalar(select(outbox.c.reserved_on).where(outbox.c.seq == seq))
    if reserved_on is None:
        reserved_on = now.astimezone(UTC).date()
        for charge in charges:
            if used(conn, charge, reserved_on) >= charge.limit:
                return charge
    intent = {"state": "sent", "why": "", "intent_at": now, "reserved_on": reserved_on}
    counts = {"attempts": outbox.c.attempts + 1, "doubts": outbox.c.doubts + 1}
    conn.execute(update(outbox).where(outbox.c.seq == seq).values(counts | intent))
    return None


def give_back(conn: Connection, claim: Claim, *, refused: bool = False) -> None:
    """Ends reservation and intent: it is certain that nothing was done (`ports.Ledger.give_back`). Raises LeaseLost."""
    lane, seq = place_of(conn, claim)
    leases.hold(conn, lane, seq, claim.fence)
    nothing_sent = {"state": "waiting", "reserved_on": None, "intent_at": None}
    counts = {"doubts": outbox.c.doubts - 1, "refusals": outbox.c.refusals + int(refused)}
    conn.execute(update(outbox).where(outbox.c.seq == seq).values(counts | nothing_sent))


def used(conn: Connection, charge: Charge, day: date) -> int:
    """Reservations of a UTC day that count against `charge`."""
    query = select(func.count()).select_from(outbox).where(outbox.c.reserved_on == day)
    if charge.installation:
        query = query.where(outbox.c.installation == charge.installation)
    if charge.surface:
        query = query.where(outbox.c.surface == charge.surface)
    return conn.scalar(query) or 0
