"""A store function on its way through a database thread, and how a batch of them becomes one transaction."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from bot.store.errors import StoreUnavailable

#: Seconds between two attempts while the database is locked or restarting.
PAUSE = 0.05

#: Seconds between two looks of an idle batcher.
LOOK = 0.02

Transaction = Callable[[], AbstractContextManager[Connection]]
F = TypeVar("F", bound=Callable[..., Any])


def goes_first(function: F) -> F:
    """Marks a function that runs before all that waits: behind a claim, a renewal would find its lane taken over."""
    function.goes_first = True  # type: ignore[attr-defined]
    return function


@dataclass(slots=True, eq=False)
class Call:
    """`deadline` in seconds of the monotonic clock: until then a locked or restarting database is waited for."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    deadline: float
    answer: "asyncio.Future[Any]"
    value: Any = None
    error: Exception | None = None
    abandoned: bool = False  # its caller is gone, so it is not begun any more

    def run(self, conn: Connection) -> None:
        self.value = self.function(conn, *self.arguments, **self.keywords)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a driver's error means. `passes`: waiting may help, and certainly nothing was committed."""

    why: str
    passes: bool


class Health:
    """How the store is: "ok", or why not, and what it has done. `diagnose` is None for a function's own error."""

    def __init__(self, diagnose: Callable[[Exception], Trouble | None]) -> None:
        self.state = "ok"
        self.commits = 0
        self.calls = 0
        self.largest = 0  # calls in one commit
        self._diagnose = diagnose
        self._lock = threading.Lock()

    def committed(self, calls: int) -> None:
        with self._lock:
            self.state = "ok"
            self.commits += 1
            self.calls += calls
            self.largest = max(self.largest, calls)

    def examine(self, error: Exception) -> Trouble | None:
        trouble = self._diagnose(error)
        if trouble:
            self.state = trouble.why
        return trouble


def run_together(calls: Sequence[Call], transaction: Transaction, health: Health) -> None:
    """Runs all calls in one transaction, or, if that fails, each in its own: one that fails harms no other.

    Every call has its value or its error afterwards.
    """
    waiting = [call for call in calls if not call.abandoned]
    while waiting:
        error = _attempt(waiting, transaction)
        if error is None:
            health.committed(len(waiting))
            return
        trouble = health.examine(error)
        if trouble and trouble.passes:
            time.sleep(PAUSE)
            waiting = list(_still_patient(waiting, trouble))
        elif len(waiting) > 1:
            for call in waiting:
                run_together([call], transaction, health)
            return
        else:
            waiting.pop().error = StoreUnavailable(trouble.why) if trouble else error


def _attempt(calls: Sequence[Call], transaction: Transaction) -> Exception | None:
    try:
        with transaction() as conn:
            _run(conn, calls)
    except Exception as error:  # noqa: BLE001 - it belongs to the caller of the function, who gets it
        return error
    return None


def _run(conn: Connection, calls: Sequence[Call]) -> None:
    alike: dict[Callable[..., Any], list[Call]] = {}
    for call in calls:
        if all_at_once := getattr(call.function, "all_at_once", None):
            alike.setdefault(all_at_once, []).append(call)
        else:
            call.run(conn)
    for all_at_once, same in alike.items():
        values = all_at_once(conn, [call.keywords for call in same])
        for call, value in zip(same, values, strict=True):
            call.value = value


def _still_patient(calls: Sequence[Call], trouble: Trouble) -> Iterator[Call]:
    for call in calls:
        if time.monotonic() < call.deadline:
            yield call
        else:
            call.error = StoreUnavailable(trouble.why)


def deliver(loop: asyncio.AbstractEventLoop, calls: Sequence[Call]) -> None:
    """Hands values and errors to the callers, from a database thread."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(_answer, calls)


def _answer(calls: Sequence[Call]) -> None:
    for call in calls:
        if call.answer.done():
            continue
        if call.error is None:
            call.answer.set_result(call.value)
        else:
            call.answer.set_exception(call.error)


class Batcher(threading.Thread):
    """One thread that runs whatever waits, up to `most` calls in one transaction; first what `goes_first`.

    It is woken once for all calls of one turn of the event loop: woken by the first of them, it would commit that one
    alone, and the two threads would take the interpreter from each other at every step.
    While nothing waits it calls `look` every `LOOK` seconds, if there is one.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Sequence[Call]], None],
        look: Callable[[], None] | None = None,
        most: int = 512,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._run = run
        self._look = look
        self._most = most
        self._waiting: list[Call] = []
        self._changed = threading.Condition()
        self._will_wake = False
        self._is_due = False
        self._closing = False

    def submit(self, call: Call) -> None:
        """Called in the event loop's thread."""
        with self._changed:
            place = 0 if getattr(call.function, "goes_first", False) else len(self._waiting)
            self._waiting.insert(place, call)
            if not self._will_wake:
                self._will_wake = True
                call.answer.get_loop().call_soon(self._wake)

    def close(self) -> None:
        """Returns when everything submitted was run."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self.join()

    def run(self) -> None:
        while True:
            batch = self._next()
            if batch:
                self._run(batch)
            elif self._closing:
                return
            elif self._look:
                self._look()

    def _wake(self) -> None:
        with self._changed:
            self._will_wake = False
            self._is_due = bool(self._waiting)
            self._changed.notify()

    def _next(self) -> list[Call]:
        """What waits; nothing when it is time to look, or to end."""
        with self._changed:
            if not self._is_due and not self._closing:
                self._changed.wait(LOOK if self._look else None)
            if not self._is_due and not self._closing:
                return []
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._is_due = bool(self._waiting)
            return batch
