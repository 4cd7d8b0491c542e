"""`ports.Configs`: each repository's configuration, read from its default branch, remembered, never guessed."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

import cachetools

from bot.github.single_flight import SingleFlight
from bot.model.config import CONFIG_FILE, Config, RepositoryConfig
from bot.model.facts import File
from bot.model.ids import Repo
from bot.policy.repository_config import applied, read_config, read_file
from bot.ports import GitHubReader, NotSent
from bot.store import configs
from bot.store.database import Database

log = logging.getLogger(__name__)

_MOST_REPOSITORIES = 4096


class RepositoryConfigs:
    """A file that is bad, or cannot be read, leaves the last good one in force, also after a restart.

    What was read is not asked for again for `age` seconds, and many callers who want the same cause one request.
    """

    def __init__(
        self,
        *,
        defaults: Config,
        github: GitHubReader,
        database: Database,
        age: float,
        now: Callable[[], datetime],
    ) -> None:
        self._defaults = defaults
        self._github = github
        self._database = database
        self._now = now
        self._known: cachetools.TTLCache[Repo, Config] = cachetools.TTLCache(_MOST_REPOSITORIES, ttl=age)
        self._flights: SingleFlight[Repo, Config] = SingleFlight()

    async def of(self, repo: Repo) -> Config:
        if not repo.id or not repo.installation:
            return self._defaults
        known = self._known.get(repo)
        return known or await self._flights.get(repo, lambda: self._read(repo))

    async def _read(self, repo: Repo) -> Config:
        last = await self._database.read(configs.adopted, repo)
        try:
            file = await self._file(repo, is_known=bool(last and last.body))
        except NotSent as error:
            if last is None:
                raise  # there may be a file: whatever is decided without it could be wrong
            log.warning("the configuration of repository %s stays as it was: %s", repo.id, error)
            followed = await self._stored(repo, last.body)
        else:
            followed = await self._adopted(repo, file, last.body if last else "")
        config = applied(self._defaults, followed)
        self._known[repo] = config
        return config

    async def _file(self, repo: Repo, *, is_known: bool) -> File | None:
        """None if it has certainly none: a repository that may not be seen looks the same."""
        file = await self._github.file(repo, CONFIG_FILE)
        if file is None and is_known and await self._github.repository(repo) is None:
            raise NotSent("the repository cannot be seen")
        return file

    async def _adopted(self, repo: Repo, file: File | None, last: str) -> RepositoryConfig:
        """A hostile file takes a moment to read: that is a thread's business."""
        found, problems = await asyncio.to_thread(read_file, file)
        if found is None:
            log.info("the configuration of repository %s has %s problems and is not followed", repo.id, len(problems))
            return await self._stored(repo, last)
        await self._database.write(configs.adopt, repo, file.content.decode() if file else "", self._now())
        return found

    async def _stored(self, repo: Repo, body: str) -> RepositoryConfig:
        found, _ = await asyncio.to_thread(read_config, body)
        if found is None:
            log.error("the last good configuration of repository %s is not understood any more: all defaults", repo.id)
        return found or RepositoryConfig()
