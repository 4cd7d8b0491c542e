"""`interlock work` as a fork of a process that has imported everything: to be killed by the hundred.

Starting Python and importing the bot costs a second of CPU, a fork some milliseconds. What runs in it is the real
subcommand; only what is said in `_work` differs from `python -m bot work`.
"""

import asyncio
import contextlib
import encodings.idna  # noqa: F401 - this and the next ones are imported late, otherwise: in each fork anew
import functools
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import jwt.algorithms
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import bot.store.postgres
import bot.store.sqlite  # noqa: F401
from bot import bootstrap, registry
from bot.cli.work import work
from bot.github import transport
from bot.store import calls
from bot.worker import service
from tests.crash.matrix.calls import AGENT

with contextlib.suppress(ImportError):  # not on every platform
    import uvloop  # noqa: F401
registry.discover()
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


class Fork:
    """A worker process that will be killed."""

    def __init__(self, process: ForkServerProcess) -> None:
        self.pid = process.pid or 0
        self.returncode: int | None = None
        self._process = process
        self._dead = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._bury)

    def freeze(self) -> None:
        """It does nothing more from now on, also with what it is still sent."""
        self._signal(signal.SIGSTOP)

    async def kill(self) -> None:
        """SIGKILL; returns when it is dead and gone."""
        self._signal(signal.SIGKILL)
        await self._dead.wait()

    def _signal(self, number: signal.Signals) -> None:
        if not self._dead.is_set():
            os.kill(self.pid, number)

    def _bury(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self.returncode = self._process.exitcode
        self._process.close()
        self._dead.set()


@asynccontextmanager
async def forked_worker(environment: Mapping[str, str], log: Path) -> AsyncIterator[Fork]:
    """A worker for as long as the block lasts; it is not told to stop but killed. What it writes goes to `log`."""
    log.touch()
    process = _FORKS.Process(target=_work, args=(dict(environment), str(log)))
    await asyncio.to_thread(process.start)
    fork = Fork(process)
    try:
        yield fork
    finally:
        await fork.kill()


def _work(environment: dict[str, str], log: str) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    patch = pytest.MonkeyPatch()  # of this process alone, which does not live to undo it
    patch.setattr(transport, "_USER_AGENT", f"{AGENT}{os.getpid()}")
    # What is not tested here and would cost a third of the CPU. Two lanes at once are enough: all is in one of them.
    patch.setattr(service, "JOBS_AT_ONCE", 2)
    patch.setattr(service, "WRITES_AT_ONCE", 2)
    patch.setattr(calls, "LOOK", 0.1)
    patch.setattr(bootstrap, "migrate", lambda url: None)  # `Place` has done that
    unchecked = functools.partial(load_pem_private_key, unsafe_skip_rsa_key_validation=True)
    patch.setattr(jwt.algorithms, "load_pem_private_key", unchecked)
    gc.disable()
    work()


def _end_with_parent() -> None:
    """Nobody would be left to kill it."""
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
