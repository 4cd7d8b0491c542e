"""What a handler decided: data, carried out by others."""

from datetime import datetime

import msgspec

from bot.model.ids import IssueRef
from bot.model.records import AnyRecord
from bot.model.writes import AnyWrite


class Wake(msgspec.Struct, frozen=True):
    """A lane that must look again; it arrives there as the event (`wake`, `reason`)."""

    subject: IssueRef
    reason: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """`rule` is the short name of the rule that decided, `why` one sentence a person understands.

    A decision to do nothing has both, too.
    """

    rule: str
    why: str
    writes: tuple[AnyWrite, ...] = ()
    records: tuple[AnyRecord, ...] = ()
    wakes: tuple[Wake, ...] = ()


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What counts of an earlier decision when it is asked whether the bot talks to itself."""

    rule: str
    at: datetime
    by_human: bool
    wrote: bool


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a decision to those who ask why."""

    handler: str
    rule: str
    why: str
    at: datetime
