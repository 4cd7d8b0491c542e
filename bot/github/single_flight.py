"""Many callers who want the same thing at the same time cause one request and share its result."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """A failure is shared, too: a hundred waiting callers must not become a hundred tries."""

    def __init__(self) -> None:
        self._flying: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, make: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """What `make` returns or raises; called only if nobody waits for `key` already.

        A caller that is cancelled leaves the flight to the others.
        """
        task = self._flying.get(key)
        if task is None:
            task = self._flying[key] = asyncio.create_task(make())
            task.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(task)

    def _land(self, key: K, done: asyncio.Task[V]) -> None:
        del self._flying[key]
        if not done.cancelled():
            done.exception()  # seen, even if every caller was cancelled meanwhile
