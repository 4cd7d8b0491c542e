"""GitHub's rate limits: which answers close an installation, for how long, and that nothing is sent meanwhile.

Source: docs.github.com, "Best practices for using the REST API" (retry-after; remaining 0 and reset; neither: at
least a minute, then doubling) and "Rate limits for the REST API". Whoever goes on regardless may be banned.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.github.answers import Answer
from bot.ports import Limited, Limits

FIRST_PAUSE = 60.0  # seconds, where GitHub does not say how long
LONGEST_PAUSE = 900.0
_LONGEST_WINDOW = 86400.0  # seconds; nothing GitHub announces is longer, and a wrong header must not stop us for ever

#: A permission 403 and a secondary limit without headers differ in the message alone.
_SAYS_LIMIT = re.compile(r"rate limit|abuse detection|too many requests", re.IGNORECASE)


def is_limit(answer: Answer) -> bool:
    """Whether GitHub refused because of a limit, and not for want of permission."""
    if answer.status == 429:
        return True
    if answer.status != 403:
        return False
    return "retry-after" in answer.headers or _none_left(answer) or bool(_SAYS_LIMIT.search(answer.message))


def announced_wait(answer: Answer, now: datetime) -> float | None:
    """Seconds until GitHub will answer again, by its own word; None if it does not say.

    The reset is a time by GitHub's clock, so it is compared with GitHub's `Date`: ours may be wrong.
    """
    after = answer.headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        return min(max(float(after), 1.0), _LONGEST_WINDOW)
    reset = answer.headers.get("x-ratelimit-reset", "")
    if reset.isascii() and reset.isdigit() and (_none_left(answer) or "x-ratelimit-remaining" not in answer.headers):
        seconds = float(reset) - (answer.date or now).timestamp()
        return min(max(seconds, 0.0) + 1.0, _LONGEST_WINDOW)  # both are whole seconds
    return None


class Windows:
    """Closed windows by installation (0: the App itself): remembered here at once, and in the store for all others."""

    def __init__(
        self,
        limits: Limits,
        *,
        first_pause: float = FIRST_PAUSE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limits = limits
        self._first_pause = first_pause
        self._clock = clock
        self._closed: dict[int, datetime] = {}
        self._unexplained: dict[int, int] = {}  # limits in a row for which GitHub named no time

    async def closed_until(self, installation: int) -> datetime | None:
        """When the window opens, None if it is open."""
        stored = await self._limits.blocked_until(installation)
        ends = [until for until in (stored, self._closed.get(installation)) if until and until > self._clock()]
        return max(ends, default=None)

    async def check(self, installation: int) -> None:
        """Raises Limited while the window is closed. Nothing may be awaited between this and the sending."""
        if until := await self.closed_until(installation):
            raise Limited(f"GitHub's limit for installation {installation} is used up", until=until)

    async def note(self, installation: int, answer: Answer) -> None:
        """Closes the window if `answer` says so. Raises Limited if the request itself fell to the limit."""
        now = self._clock()
        if is_limit(answer):
            until = now + timedelta(seconds=self._wait(installation, answer, now))
            why = f"GitHub answered {answer.status}: {answer.message}"
            await self._close(installation, until, why)
            raise Limited(why, until=until)
        if answer.status < 400:
            self._unexplained.pop(installation, None)
        if _none_left(answer) and (wait := announced_wait(answer, now)):
            await self._close(installation, now + timedelta(seconds=wait), "no request is left in this hour")

    def _wait(self, installation: int, answer: Answer, now: datetime) -> float:
        announced = announced_wait(answer, now)
        if announced is not None:
            return announced
        closed = self._closed.get(installation)
        if closed is not None and now < closed:
            return (closed - now).total_seconds()  # refused together with the one that closed the window: one limit
        count = self._unexplained.get(installation, 0)
        self._unexplained[installation] = count + 1
        return float(min(self._first_pause * 2**count, LONGEST_PAUSE))

    async def _close(self, installation: int, until: datetime, why: str) -> None:
        self._closed[installation] = max(until, self._closed.get(installation, until))
        await self._limits.block(installation, until, why)


def _none_left(answer: Answer) -> bool:
    return answer.headers.get("x-ratelimit-remaining") == "0"
