"""What became of a write at the guard. Typed, exhaustive, and never silent: each says why."""

from datetime import datetime

import msgspec

from bot.model.writes import Receipt

#: How the reason begins of a write that the kill switch holds; its end releases those at once.
KILL_SWITCH = "kill switch"


class Done(msgspec.Struct, frozen=True, tag="done"):
    receipt: Receipt


class AlreadyDone(msgspec.Struct, frozen=True, tag="already_done"):
    receipt: Receipt


class Adopted(msgspec.Struct, frozen=True, tag="adopted"):
    """An earlier attempt had succeeded without our hearing of it; its trace was found."""

    receipt: Receipt


class NoOp(msgspec.Struct, frozen=True, tag="no_op"):
    """It was true on GitHub already. Costs nothing."""

    receipt: Receipt
    why: str


class DryRun(msgspec.Struct, frozen=True, tag="dry_run"):
    why: str


class Held(msgspec.Struct, frozen=True, tag="held"):
    """Queued and visible, never dropped; looked at again at `until`.

    `whole_lane`: what comes after it in its lane would be held for the same reason, and waits for its turn.
    """

    until: datetime
    why: str
    whole_lane: bool = False


class Overridden(msgspec.Struct, frozen=True, tag="overridden"):
    """A human undid exactly this before."""

    why: str


class Stale(msgspec.Struct, frozen=True, tag="stale"):
    """Its `only_if` is not true any more."""

    why: str


class Denied(msgspec.Struct, frozen=True, tag="denied"):
    """GitHub refuses it and will go on refusing it. A human has to look."""

    why: str


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Certainly not done; tried again at `retry_at`."""

    retry_at: datetime
    why: str


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """It may or may not have been done. Its trace is looked for at `retry_at`, before anything is repeated."""

    retry_at: datetime
    why: str


Outcome = Done | AlreadyDone | Adopted | NoOp | DryRun | Held | Overridden | Stale | Denied | Failed | Unknown
