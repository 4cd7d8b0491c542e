"""The one door in: deliveries, as the bytes they came in."""

import zlib
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Literal, TypedDict, TypeVar

import msgspec
from sqlalchemy import Connection, select, update

from bot.store.locks import intake_is_free
from bot.store.schema import UNREAD, inbox
from bot.store.upsert import insert_new
from bot.store.work import announce

Source = Literal["github", "runner", "operator", "timer", "wake"]
F = TypeVar("F", bound=Callable[..., object])


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the inbox. `name` is the event's name where the source has one (X-GitHub-Event)."""

    id: int
    guid: str
    source: Source
    name: str
    body: bytes
    received_at: datetime


class Packed(bytes):
    """A body as it is stored: zlib level 1, which makes GitHub's payloads 5 to 7 times smaller in 0.1 ms."""


def pack(body: bytes | bytearray) -> Packed:
    """Packs a body before it is accepted, so that the one writer thread need not."""
    return Packed(zlib.compress(body, 1))


class Arrived(TypedDict):
    """A delivery on its way in."""

    guid: str
    source: Source
    name: str
    body: bytes
    received_at: datetime


def shares_commits(all_at_once: Callable[[Connection, Sequence[Arrived]], list[bool]]) -> Callable[[F], F]:
    """Marks a function that does no harm if it is run again after a commit nobody heard of.

    Many calls of it, waiting together, are made as one call of `all_at_once` with the keywords of each.
    """

    def mark(function: F) -> F:
        function.shares_commits = True  # type: ignore[attr-defined]
        function.all_at_once = all_at_once  # type: ignore[attr-defined]
        return function

    return mark


def accept_all(conn: Connection, arrived: Sequence[Arrived]) -> list[bool]:
    """`accept` for each, in one statement; of two with the same GUID the first counts."""
    first = {delivery["guid"]: place for place, delivery in reversed(list(enumerate(arrived)))}
    rows = [
        {**delivery, "body": _packed(delivery["body"]), "state": "unread", "why": ""}
        for delivery in (arrived[place] for place in sorted(first.values()))
    ]
    stored = insert_new(conn, inbox, rows, inbox.c.guid)
    if stored:
        announce(conn)
    return [delivery["guid"] in stored and first[delivery["guid"]] == place for place, delivery in enumerate(arrived)]


@shares_commits(accept_all)
def accept(conn: Connection, *, guid: str, source: Source, name: str, body: bytes, received_at: datetime) -> bool:
    """Writes a delivery down; `body` as it came, or `Packed` already.

    False: this GUID was here before, however long ago, and nothing is stored.
    """
    delivery = Arrived(guid=guid, source=source, name=name, body=body, received_at=received_at)
    return accept_all(conn, [delivery])[0]


def _packed(body: bytes) -> Packed:
    return body if isinstance(body, Packed) else pack(body)


def unread(conn: Connection, limit: int) -> tuple[Delivery, ...]:
    """The oldest deliveries nobody has read, with their bytes. Others may see the same."""
    columns = (inbox.c.id, inbox.c.guid, inbox.c.source, inbox.c.name, inbox.c.body, inbox.c.received_at)
    rows = conn.execute(select(*columns).where(UNREAD).order_by(inbox.c.id).limit(limit))
    return tuple(
        Delivery(
            id=row.id,
            guid=row.guid,
            source=row.source,
            name=row.name,
            body=zlib.decompress(row.body),
            received_at=row.received_at,
        )
        for row in rows
    )


def take(conn: Connection, limit: int) -> tuple[int, ...]:
    """Ids of the oldest deliveries nobody has read, for this transaction to make jobs of and to mark.

    One transaction at a time gets any: jobs of a lane must be counted in the order of their deliveries.
    """
    if not intake_is_free(conn):
        return ()
    return tuple(conn.scalars(select(inbox.c.id).where(UNREAD).order_by(inbox.c.id).limit(limit)))


def mark_read(conn: Connection, delivery: int) -> None:
    """Its jobs are made."""
    _mark(conn, delivery, "read", "")


def mark_ignored(conn: Connection, delivery: int, why: str) -> None:
    """Nobody is interested in it."""
    _mark(conn, delivery, "ignored", why)


def mark_dead(conn: Connection, delivery: int, why: str) -> None:
    """It cannot be read; it stays as a visible dead letter."""
    _mark(conn, delivery, "dead", why)


def received(conn: Connection, guids: Collection[str]) -> frozenset[str]:
    """Those of `guids` that were accepted at some time."""
    return frozenset(conn.scalars(select(inbox.c.guid).where(inbox.c.guid.in_(guids))))


def _mark(conn: Connection, delivery: int, state: str, why: str) -> None:
    done = update(inbox).where(inbox.c.id == delivery).values(state=state, why=why, read_at=datetime.now(UTC))
    conn.execute(done)
