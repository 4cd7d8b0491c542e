"""Fixtures that every folder may use: a sandbox under the oracle's eyes, and a bot beside it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.server import Sandbox
from tests.harness.house import House
from tests.sandbox.oracle import Oracle


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """The default world. The test fails if anything it said breaks GitHub's schemas, or a limit was disregarded."""
    oracle = Oracle()
    async with Sandbox.start(tmp_path / "github", observer=oracle) as running:
        yield running
    oracle.assert_clean()
    assert running.faults.violations == []


@pytest.fixture
async def house(github: Sandbox, tmp_path: Path) -> AsyncIterator[House]:
    async with House.open(github, f"sqlite:///{tmp_path / 'interlock.db'}") as running:
        yield running
