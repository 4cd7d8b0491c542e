"""An agent's clone for one plan, which it attests as `interlock attest` does."""

from pathlib import Path
from typing import Self

import aiohttp

from bot.cli.attest import TIMEOUT, attest_worktree
from bot.model.events import Evidence
from bot.model.plan import Plan
from bot.sandbox.clone import Clone
from bot.sandbox.server import Sandbox


class Worktree(Clone):
    @classmethod
    async def planned(cls, github: Sandbox, plan: Plan, folder: Path) -> Self:
        """A clone with the planned branch checked out at the planned base."""
        full_name = github.world.repositories[plan.issue.repo.id].full_name
        return await cls.of(github, full_name, folder, branch=plan.branch, at=plan.base, by="will")

    async def attest(self, server: str, token: str, plan: int | None = None) -> Evidence:
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session:
            return (await attest_worktree(session, server, plan, self.folder))[1]
