"""A write in the hands of one worker, and what it costs."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from bot.model.writes import AnyWrite, Receipt


class Deadline(msgspec.Struct):
    """When a lease ends, in seconds of this process's monotonic clock. Whoever renews the lease moves it."""

    at: float


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One write of the outbox, leased to one worker.

    `fence` grows with every claim of this write: an older one is refused. `attempts` counts the claims that
    got as far as an intent or failed before it: the more are in vain, the longer the waits between them. Of those,
    `doubts` may have been done, and `refusals` GitHub has answered without doing it. `intent_at` is set where an
    earlier attempt stored its intent and no receipt: it may have been done. `results` holds the receipts of the writes
    this one depends on.
    """

    write: AnyWrite
    fence: int
    deadline: Deadline
    attempts: int = 0
    doubts: int = 0
    refusals: int = 0
    intent_at: datetime | None = None
    results: Mapping[str, Receipt] = {}


class Charge(msgspec.Struct, frozen=True):
    """One daily ceiling that a write counts against.

    `installation` 0 is the whole App; `surface` empty is all surfaces together; `limit` in writes per UTC day.
    """

    installation: int
    surface: str
    limit: int
