"""How a read can fail. `ports.Limited` comes on top: GitHub's budget is used up until a known time.

A read that fails has certainly changed nothing, so each of these is a `ports.NotSent`: whoever reads on the way to a
write (the guard) needs no other word. Writes end in NotSent, Limited, Refused or Ambiguous.
"""

from bot.ports import NoAccess, NotSent, Refused

#: Seconds until it is worth asking again what GitHub has refused to tell: somebody has to change something first.
ASK_AGAIN = 60.0


class ReadFailed(NotSent):
    """GitHub did not tell what was asked."""


class NoAnswer(ReadFailed):
    """No usable answer after all tries: the network, a 5xx, or a body that is not what was asked for."""


class Answered(ReadFailed):
    """GitHub said no (4xx, or a redirect that leads nowhere)."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why, retry_after=ASK_AGAIN)
        self.status = status


class Forbidden(Answered, NoAccess):
    """403 or 451, or no token for want of a permission that the owner has not granted yet."""


class Missing(Answered):
    """404 or 410: it does not exist, or this installation may not see it.

    Within a minute of our own write a 404 may be a replica that lags behind (fault G7): callers that wrote wait.
    """


class ForeignUrl(ReadFailed):
    """GitHub named a next page that is not on the configured origin; the token does not go there."""


class TooManyPages(ReadFailed):
    """A list is longer than anything the bot is meant to read."""


class Rejected(Refused):
    """A write that GitHub refused with this status; certainly nothing was changed."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why, is_missing=status == 404)
        self.status = status
