"""An agent with a real clone of the sandbox's repository: commits, pushes and attests as `interlock attest` does."""

from pathlib import Path
from typing import Self

import aiohttp

from bot.cli.attest import TIMEOUT, attest_worktree
from bot.model.events import Evidence
from bot.model.plan import Plan
from bot.process import git, git_env
from bot.sandbox.server import Sandbox

SECONDS = 30.0


class Worktree:
    """One clone for one plan, as every agent should have (faults 1.4)."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self._url = folder, url

    @classmethod
    async def of(cls, github: Sandbox, plan: Plan, folder: Path, *, by: str = "will") -> Self:
        """A clone with the planned branch checked out at the planned base."""
        full_name = github.world.repositories[plan.issue.repo.id].full_name
        token = github.actor(by).token
        url = f"{github.url.replace('://', f'://x-access-token:{token}@')}/{full_name}.git"
        folder.mkdir(parents=True)
        tree = cls(folder, url)
        await tree.git("clone", "--quiet", url, ".")
        await tree.git("checkout", "--quiet", "-b", plan.branch, plan.base)
        return tree

    async def git(self, *args: str) -> str:
        env = git_env(
            protocols=("http",),
            GIT_AUTHOR_NAME="agent",
            GIT_AUTHOR_EMAIL="agent@example.org",
            GIT_COMMITTER_NAME="agent",
            GIT_COMMITTER_EMAIL="agent@example.org",
        )
        done = await git(*args, cwd=self.folder, timeout=SECONDS, env=env)
        return done.stdout.decode().strip()

    async def commit(self, **files: str) -> str:
        """Writes files (`name_txt` is `name.txt`) and commits them; the new HEAD."""
        for name, text in files.items():
            (self.folder / name.replace("_", ".")).write_text(text)
        await self.git("add", "--all")
        await self.git("commit", "--quiet", "--message", f"change {', '.join(files)}")
        return await self.git("rev-parse", "HEAD")

    async def push(self, to: str = "", *, force: bool = False) -> None:
        """Pushes HEAD to a branch, by default to its own."""
        branch = to or await self.git("symbolic-ref", "--short", "HEAD")
        await self.git("push", "--quiet", *(["--force"] if force else []), self._url, f"HEAD:refs/heads/{branch}")

    async def attest(self, server: str, token: str, plan: int | None = None) -> Evidence:
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session:
            return (await attest_worktree(session, server, plan, self.folder))[1]
