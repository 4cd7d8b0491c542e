"""A running sandbox under the eyes of the oracle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox import installations
from bot.sandbox.server import Sandbox
from tests.sandbox.client import Api, Receiver, app_jwt, receiving
from tests.sandbox.oracle import Oracle


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
async def sandbox(tmp_path: Path, oracle: Oracle) -> AsyncIterator[Sandbox]:
    """The default world; fails the test when anything it said breaks GitHub's schemas."""
    async with Sandbox.start(tmp_path, observer=oracle) as running:
        yield running
    oracle.assert_clean()


@pytest.fixture
async def anonymous(sandbox: Sandbox) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session, sandbox.url)


@pytest.fixture
def app_api(sandbox: Sandbox, anonymous: Api) -> Api:
    """The App, with its JWT."""
    return anonymous.using(app_jwt(sandbox))


@pytest.fixture
def bot(sandbox: Sandbox, anonymous: Api) -> Api:
    """The App's installation, with all its permissions."""
    (installation,) = sandbox.world.installations.values()
    return anonymous.using(installations.create_token(sandbox.world, installation).token)


@pytest.fixture
async def receiver(sandbox: Sandbox) -> AsyncIterator[Receiver]:
    async with receiving() as running:
        sandbox.world.webhooks.url = running.url
        yield running
