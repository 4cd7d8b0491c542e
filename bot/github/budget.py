"""`ports.Budget`: when GitHub's limits, and our own pacing below them, let the next write of an installation out."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.github.limits import Windows
from bot.model.writes import AnyWrite, repo_of

#: Below GitHub's 80 a minute and 500 an hour, in which what people create in the browser counts too (goal R6).
PER_MINUTE = 60
PER_HOUR = 400


@dataclass(slots=True)
class _Pace:
    last_write: datetime | None = None
    creations: deque[datetime] = field(default_factory=lambda: deque(maxlen=PER_HOUR))


class Budget:
    """Kept in memory: each process paces itself. The closed windows are shared through the store."""

    def __init__(
        self,
        windows: Windows,
        *,
        write_interval: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`write_interval`: least time in seconds between two writes of one installation."""
        self._windows = windows
        self._interval = timedelta(seconds=write_interval)
        self._clock = clock
        self._paces: defaultdict[int, _Pace] = defaultdict(_Pace)

    async def opening(self, write: AnyWrite) -> datetime | None:
        """None: it may go out now, and its turn is taken, so that of two who ask at once one has to wait.

        Else the time at which to ask again.
        """
        installation = repo_of(write).installation
        if until := await self._windows.closed_until(installation):
            return until
        now, pace = self._clock(), self._paces[installation]
        opens = self._opens(pace, write)
        if opens > now:
            return opens
        pace.last_write = now
        if write.creates:
            pace.creations.append(now)
        return None

    def _opens(self, pace: _Pace, write: AnyWrite) -> datetime:
        opens = pace.last_write + self._interval if pace.last_write else datetime.min.replace(tzinfo=UTC)
        if write.creates and len(pace.creations) >= PER_MINUTE:
            opens = max(opens, pace.creations[-PER_MINUTE] + timedelta(minutes=1))
        if write.creates and len(pace.creations) == PER_HOUR:
            opens = max(opens, pace.creations[0] + timedelta(hours=1))
        return opens
