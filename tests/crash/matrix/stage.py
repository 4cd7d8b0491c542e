"""The scene of every run: a GitHub with an epic and `/decompose`, the bot's server, and workers that come and go."""

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from bot import bootstrap
from bot.model.markers import markers_in
from bot.sandbox.state import Issue
from bot.store.database import Database
from bot.web.server import serving
from tests.crash.matrix.calls import DeadlyGitHub
from tests.crash.matrix.forks import Fork, forked_worker
from tests.harness.house import REPO, House
from tests.harness.processes import still_open
from tests.harness.projection import shown

#: Shortened: the lease, so that nobody has to wait 15 s for a dead worker's, and the look-again window (60 s), which is
#: still longer than a request may be delayed on a busy machine. Not paced: `tests/harness/house.py`, QUICK.
SHORTENED = {"INTERLOCK_LEASE": "1", "INTERLOCK_LOOK_AGAIN": "1.5"}
#: As in production, unlike in QUICK: the configuration is read once and not for every job.
AS_IT_IS = {"INTERLOCK_CONFIG_AGE": "60"}
#: Seconds for everything to come to rest on a busy machine.
PATIENCE = 180.0
LOOK_EVERY = 0.2
SETTLED_WELL = {"done", "adopted", "no_op"}


@dataclass(frozen=True)
class Twin:
    """The same story in peace: what the worker called, in order, and what GitHub shows in the end."""

    calls: list[str]
    shown: Any


class Stage:
    def __init__(self, house: House, github: DeadlyGitHub, folder: Path, epic: Issue, titles: list[str]) -> None:
        self.house, self.github, self._folder = house, github, folder
        self.epic, self._titles = epic, titles
        self._logs: list[Path] = []

    @classmethod
    @asynccontextmanager
    async def set(cls, folder: Path, url: str, n: int, *, copies: int = 1) -> AsyncIterator[Self]:
        """Everything is delivered, `copies` times, and nothing is done yet. `url`: an empty, migrated store."""
        async with AsyncExitStack() as stack:
            github = await stack.enter_async_context(DeadlyGitHub.start(folder / "github"))
            assert isinstance(github, DeadlyGitHub)
            house = House(github, url)
            house.database = await stack.enter_async_context(await Database.open(url))
            app = bootstrap.web_application(house.settings, house.database)
            address = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
            github.world.webhooks.url = f"{address.url}/webhook"
            github.world.webhooks.copies = copies
            titles = [f"lay track {number}" for number in range(1, n + 1)]
            text = "\n".join(["## Work", "", *(f"- [ ] {title}" for title in titles)])
            epic = github.actor("ada").open_issue(REPO, "A new line", text)
            github.actor("tria").comment(epic, "/decompose")
            await github.settle()
            yield cls(house, github, folder, epic, titles)

    @asynccontextmanager
    async def worker(self, **environment: str) -> AsyncIterator[Fork]:
        self._logs.append(self._folder / f"worker-{len(self._logs) + 1}.log")
        wanted = self.house.environment | SHORTENED | AS_IT_IS | environment
        async with forked_worker(wanted, self._logs[-1]) as worker:
            await self.github.has(worker)
            yield worker

    async def rests(self, worker: Fork) -> None:
        """Until `worker` has brought everything to its end. Raises AssertionError if it does not."""
        give_up = time.monotonic() + PATIENCE
        while True:
            await self.github.settle()
            if not (left := await self.house.database.read(still_open)):
                return
            assert worker.returncode is None, f"the worker has ended; open: {left}"
            assert time.monotonic() < give_up, f"not at rest; open: {left}"
            await asyncio.sleep(LOOK_EVERY)

    async def commanded_again(self) -> None:
        """The delivery of `/decompose` comes once more, under a GUID of its own."""
        webhooks = self.github.world.webhooks
        sent = next(one for one in webhooks.log if one.event == "issue_comment")
        webhooks.redeliver(replace(sent, guid=str(uuid.uuid4())))
        await self.github.settle()

    def twin(self) -> Twin:
        return Twin(list(self.github.calls), self._shown())

    async def problems(self, twin: Twin) -> list[str]:
        """What there is too much or too little of, now that everything rests; nothing if all is well."""
        issues = self.github.world.repository(REPO).issues.values()
        key = self.house.settings.signing_key
        kinds = [marker.kind for one in self.house.comments(self.epic) for marker in markers_in(one.body, key)]
        ends = await self.house.states()
        compared: dict[str, tuple[object, object]] = {
            "issues besides the epic": (sorted(one.title for one in issues if one is not self.epic), self._sorted),
            "sub-issues": (sorted(child.title for child in self.epic.children), self._sorted),
            "children whose parent it is": (sum(one.parent is self.epic for one in issues), len(self._titles)),
            "summaries": (kinds.count("summary"), 1),
            "writes that did not end well": (Counter(ends.values()).keys() - SETTLED_WELL, set()),
            "dead letters": (await self.house.dead_letters(), []),
            "what GitHub shows": (self._shown(), twin.shown),
        }
        return [f"{what}: {found}, and not {right}" for what, (found, right) in compared.items() if found != right]

    async def story(self) -> list[str]:
        """What was called, what is left in the store, and what the workers wrote."""
        left = [f"open: {what}" for what in await self.house.database.read(still_open)]
        dead = [f"dead: {what}" for what in await self.house.dead_letters()]
        written = [
            line for log in self._logs for line in (f"-- {log.name}", *log.read_text(errors="replace").splitlines())
        ]
        return [*self.github.calls, *left, *dead, *written]

    def _shown(self) -> Any:
        """In no order where several lanes write: the summary, and the answer to a second command, in one thread."""
        there = shown(self.github, REPO)
        for issue in there["issues"].values():
            issue["comments"].sort()
        return there

    @property
    def _sorted(self) -> list[str]:
        return sorted(self._titles)
