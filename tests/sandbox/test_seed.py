"""A seed file makes the world it describes, or says what is wrong with it; never quietly another world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.seed import SeedError, read_seed
from bot.sandbox.server import Sandbox

SEED: dict[str, Any] = {
    "accounts": [{"login": "ann"}, {"login": "dep[bot]", "type": "Bot"}],
    "repositories": [
        {
            "full_name": "ann/garden",
            "private": True,
            "default_branch": "trunk",
            "collaborators": {"dep[bot]": "triage"},
            "labels": ["epic"],
            "files": {"a.txt": "a\n"},
            "issues": [{"title": "Rake", "labels": ["epic", "new"], "author": "dep[bot]"}],
        }
    ],
    "app": {"slug": "gate", "permissions": {"issues": "write"}, "events": ["issues"]},
}


def written(tmp_path: Path, seed: object) -> Path:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed))
    return path


async def test_a_seed_file_makes_its_world(tmp_path: Path) -> None:
    async with Sandbox.start(tmp_path, seed=read_seed(written(tmp_path, SEED))) as sandbox:
        repo = sandbox.world.repository("ann/garden")
        assert (repo.private, repo.default_branch) == (True, "trunk")
        assert [label.name for label in repo.issues[1].labels] == ["epic", "new"]
        assert repo.issues[1].author.login == "dep[bot]"
        assert (sandbox.world.app.slug, sandbox.world.app.events) == ("gate", ["issues"])
        assert await sandbox.git.read_file(repo.id, "trunk", "a.txt") == b"a\n"
        (installation,) = sandbox.world.installations.values()
        assert installation.permissions == {"metadata": "read", "issues": "write"}


@pytest.mark.parametrize(
    ("seed", "complaint"),
    [
        ([], "must be an object"),
        ({**SEED, "people": []}, "people"),
        ({**SEED, "accounts": {}}, "accounts must be a list"),
        ({**SEED, "accounts": [{"login": "ann", "role": "admin"}]}, "role"),
        ({**SEED, "accounts": [{}]}, "lacks login"),
        ({**SEED, "app": {"name": "gate"}}, "name"),
        ({**SEED, "repositories": []}, "at least one"),
        ({**SEED, "repositories": [{"full_name": "garden"}]}, "owner/name"),
        ({**SEED, "repositories": [{"full_name": "ann/x", "collaborators": {"bob": "read"}}]}, "bob"),
        ({**SEED, "repositories": [{"full_name": "ann/x", "collaborators": {"ann": "owner"}}]}, "owner"),
        ({**SEED, "repositories": [{"full_name": "ann/x", "issues": [{"titel": "t"}]}]}, "titel"),
        ({**SEED, "repositories": [{"full_name": "ann/x", "issues": [{"title": "t", "author": "x"}]}]}, "'x'"),
        ({**SEED, "accounts": [{"login": "ann", "type": "Robot"}]}, "Robot"),
    ],
)
async def test_a_wrong_seed_is_refused_by_name(tmp_path: Path, seed: object, complaint: str) -> None:
    async def start() -> None:
        async with Sandbox.start(tmp_path, seed=read_seed(written(tmp_path, seed))):
            raise AssertionError("it started")

    with pytest.raises(SeedError, match=complaint):
        await start()


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text("accounts: []")
    with pytest.raises(SeedError, match="not JSON"):
        read_seed(path)
