"""A sandbox GitHub with one repository, and our client connected to it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bot.github.app_auth import PERMISSIONS
from bot.github.connection import Connection, connect
from bot.github.reader import Reader
from bot.model.ids import IssueRef, Repo
from bot.sandbox.actors import Actor
from bot.sandbox.faults import Faults
from bot.sandbox.server import Sandbox
from bot.sandbox.state import InstallationToken, Issue, Repository
from tests.sandbox.oracle import Oracle

NAME = "acme/railway"


@dataclass
class MemoryLimits:
    """`ports.Limits` for one process."""

    closed: dict[int, tuple[datetime, str]] = field(default_factory=dict)

    async def blocked_until(self, installation: int) -> datetime | None:
        return self.closed[installation][0] if installation in self.closed else None

    async def block(self, installation: int, until: datetime, why: str) -> None:
        before = self.closed.get(installation)
        if before is None or before[0] < until:
            self.closed[installation] = (until, why)


@dataclass
class MemoryNames:
    """`ports.RepositoryNames` for one process."""

    names: dict[Repo, str] = field(default_factory=dict)

    async def name(self, repo: Repo) -> str:
        return self.names.get(repo, "")

    async def remember(self, repo: Repo, full_name: str) -> None:
        self.names[repo] = full_name


@dataclass
class GitHub:
    """The sandbox, and what our side keeps."""

    sandbox: Sandbox
    session: aiohttp.ClientSession
    limits: MemoryLimits = field(default_factory=MemoryLimits)
    names: MemoryNames = field(default_factory=MemoryNames)

    @property
    def installation(self) -> int:
        return next(iter(self.sandbox.world.installations))

    @property
    def repository(self) -> Repository:
        return self.sandbox.world.repository(NAME)

    @property
    def repo(self) -> Repo:
        return Repo(self.installation, self.repository.id)

    def ref(self, issue: Issue) -> IssueRef:
        return IssueRef(self.repo, issue.number)

    def actor(self, login: str) -> Actor:
        return self.sandbox.actor(login)

    @property
    def faults(self) -> Faults:
        return self.sandbox.faults

    def asked(self, ending: str = "", method: str = "GET") -> int:
        """How many requests of this method had a path that ends so."""
        return len([one for one in self.faults.requests if one.method == method and one.path.endswith(ending)])

    def connect(self, *, first_pause: float = 60.0, clock: Callable[[], datetime] | None = None) -> Connection:
        """A new process, so to speak: nothing cached, no token."""
        app = self.sandbox.world.app
        return connect(
            self.session,
            api_url=self.sandbox.url,
            app_id=app.id,
            private_key=app.private_key,
            limits=self.limits,
            names=self.names,
            retry_base=0.001,
            first_pause=first_pause,
            clock=clock or (lambda: datetime.now(UTC)),
        )


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[GitHub]:
    """Every test ends with the same questions: did the sandbox speak as GitHub does, did we stay silent while a limit
    held, and could each token we asked for do no more than its purpose needs, in one repository?"""
    oracle = Oracle()
    async with Sandbox.start(tmp_path, observer=oracle) as sandbox, aiohttp.ClientSession() as session:
        yield GitHub(sandbox, session)
    oracle.assert_clean()
    assert not sandbox.faults.violations
    granted = [one for one in sandbox.world.tokens.values() if isinstance(one, InstallationToken)]
    assert all(one.repository_ids is not None and len(one.repository_ids) == 1 for one in granted)
    assert all(one.permissions in NARROW for one in granted)


#: The whole of what tokens may be asked for: reading, writing issues, writing checks, and finding an id by a name.
NARROW = [*PERMISSIONS.values(), {"metadata": "read"}]


@pytest.fixture
def connection(github: GitHub) -> Connection:
    return github.connect()


@pytest.fixture
def reader(connection: Connection) -> Reader:
    return Reader(connection.client)
