"""The primary rate limit: so many requests in an hour for each installation and user (REST "Rate limits")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

PER_HOUR = 5000
_HOUR = 3600  # seconds


class Limits:
    """Counts by caller, as `access.who` names them. Conditional requests answered 304 are given back."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._hour = 0
        self._used: Counter[str | None] = Counter()

    def count(self, caller: str | None) -> bool:
        """Take one request off the hour; False when there is none left."""
        hour = int(self._clock().timestamp()) // _HOUR
        if hour != self._hour:
            self._hour, self._used = hour, Counter()
        if self._used[caller] >= PER_HOUR:
            return False
        self._used[caller] += 1
        return True

    def give_back(self, caller: str | None) -> None:
        self._used[caller] -= 1

    def state(self, caller: str | None) -> dict[str, int]:
        """limit, used and remaining requests; `reset` in seconds since 1970."""
        used = self._used[caller]
        reset = (int(self._clock().timestamp()) // _HOUR + 1) * _HOUR
        return {"limit": PER_HOUR, "used": used, "remaining": PER_HOUR - used, "reset": reset}
