"""A person's or an agent's clone of a sandbox repository: real git over the sandbox's smart HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from bot.process import git, git_env

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

TIMEOUT = 30.0  # seconds for one git command; all of them are local


class Clone:
    """One clone in a folder of its own, as every agent should have: worktrees that share a `.git` share its refs."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self._url = folder, url

    @classmethod
    async def of(cls, sandbox: Sandbox, repository: str, folder: Path, *, branch: str, at: str, by: str) -> Self:
        """A clone of `owner/name`, made by the actor `by`; `branch` is new, at the commit `at`."""
        token = sandbox.actor(by).token
        url = f"{sandbox.url.replace('://', f'://x-access-token:{token}@')}/{repository}.git"
        folder.mkdir(parents=True)
        clone = cls(folder, url)
        await clone.git("clone", "--quiet", url, ".")
        await clone.git("checkout", "--quiet", "-b", branch, at)
        return clone

    async def git(self, *args: str) -> str:
        """What git prints, trimmed. Raises GitFailed."""
        who = {"NAME": "agent", "EMAIL": "agent@example.org"}
        names = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
        done = await git(*args, cwd=self.folder, timeout=TIMEOUT, env=git_env(protocols=("http",), **names))
        return done.stdout.decode().strip()

    async def commit(self, files: dict[str, str]) -> str:
        """Writes `files` (name to text) and commits everything; the new HEAD."""
        for name, text in files.items():
            (self.folder / name).write_text(text)
        await self.git("add", "--all")
        await self.git("commit", "--quiet", "--message", f"Change {', '.join(files)}")
        return await self.git("rev-parse", "HEAD")

    async def push(self, branch: str = "", *, force: bool = False) -> None:
        """Pushes HEAD to `branch`, by default to the branch that is checked out."""
        to = branch or await self.git("symbolic-ref", "--short", "HEAD")
        await self.git("push", "--quiet", *(["--force"] if force else []), self._url, f"HEAD:refs/heads/{to}")
