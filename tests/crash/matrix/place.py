"""Where runs are played: an empty, migrated store for each of those that go on at the same time."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Self

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from bot.sandbox import installations
from bot.store import calls
from bot.store.migrate import migrate
from tests.crash.matrix.points import Engine
from tests.store.conftest import POSTGRES, Server

HAS_POSTGRES = bool(POSTGRES)


class Place:
    """A folder, and stores on both engines; databases of PostgreSQL are used again, emptied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._migrated = folder / "migrated.db"
        self._servers: list[Server] = []
        self._making = asyncio.Lock()  # Alembic runs one migration at a time
        self._runs = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Self]:
        place = cls(folder)
        await asyncio.to_thread(migrate, f"sqlite:///{place._migrated}")
        try:
            with _cheaper():
                yield place
        finally:
            for server in place._servers:
                await asyncio.to_thread(server.close)

    @asynccontextmanager
    async def run(self, engine: Engine) -> AsyncIterator[tuple[Path, str]]:
        """A folder for one run, and the address of an empty store."""
        self._runs += 1
        folder = self._folder / str(self._runs)
        folder.mkdir()
        try:
            if engine == "sqlite":
                shutil.copy(self._migrated, folder / "interlock.db")
                yield folder, f"sqlite:///{folder / 'interlock.db'}"
            else:
                server = self._servers.pop() if self._servers else await self._another_server()
                try:
                    await asyncio.to_thread(server.empty)
                    yield folder, server.url
                finally:
                    self._servers.append(server)
        finally:
            shutil.rmtree(folder)

    async def _another_server(self) -> Server:
        async with self._making:
            return await asyncio.to_thread(Server, POSTGRES)


@contextmanager
def _cheaper() -> Iterator[None]:
    """What costs most of a run and is not what is tested, left out in this process.

    One private key for all Apps: making one takes 40 ms of CPU, reading it as much. And the stores of the web servers
    do not look fifty times a second whether somebody else has written: nobody here waits for that.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installations, "generate_private_key", cache(generate_private_key))
        patch.setattr(calls, "LOOK", 1.0)
        yield
