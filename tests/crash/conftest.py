"""A database of either engine, empty, for processes that migrate it themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.conftest import POSTGRES, Server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'interlock.db'}"
        return
    if not POSTGRES:
        pytest.skip("PostgreSQL was not tested: set INTERLOCK_TEST_POSTGRES=postgresql://…")
    server = Server(POSTGRES)
    yield server.url
    server.close()
