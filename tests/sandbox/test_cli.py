"""`interlock sandbox` as a program of its own: what it prints is enough to drive it, and a signal ends it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import aiohttp
import jwt
import pytest

from bot.process import clean_env, run, running
from tests.sandbox.client import Api, receiving

PROGRAM = [sys.executable, "-m", "bot", "sandbox"]
FOLDER = Path(__file__).parents[2]


def read(path: str) -> tuple[str, int]:
    """Content and mode of a file."""
    return Path(path).read_text(encoding="ascii"), Path(path).stat().st_mode


async def test_what_it_prints_is_enough_to_act_as_the_app_and_as_everybody() -> None:
    async with (
        receiving() as receiver,
        running(
            [*PROGRAM, "--json", "--webhook-url", receiver.url], env=clean_env(), cwd=FOLDER, stop_timeout=10
        ) as child,
        aiohttp.ClientSession() as session,
    ):
        facts = json.loads(await child.line("private_key_file", timeout=20))
        assert facts["url"].startswith("http://127.0.0.1:")
        private_key, mode = read(facts["private_key_file"])
        assert mode & 0o077 == 0, "nobody else may read the key"
        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + 500, "iss": str(facts["app_id"])}
        app = Api(session, facts["url"], jwt.encode(claims, private_key, algorithm="RS256"))
        token = await app.post(f"/app/installations/{facts['installations']['acme']}/access_tokens")
        made = await app.using(token.body["token"]).post("/repos/acme/railway/issues", {"title": "from outside"})
        assert made.status == 201
        ada = app.using(facts["tokens"]["ada"])
        assert (await ada.patch("/repos/acme/railway/issues/1", {"state": "closed"})).body["closed_by"][
            "login"
        ] == "ada"
        assert set(facts["tokens"]) == {"ada", "mia", "will", "tria", "rene", "nora", "robo[bot]"}
        assert facts["clone_urls"] == {"acme/railway": f"{facts['url']}/acme/railway.git"}
        assert receiver.events()[0] == "ping"
        assert await child.stop(timeout=10) == 0
        with pytest.raises(FileNotFoundError):
            read(facts["private_key_file"])


async def test_a_wrong_seed_is_exit_code_2_with_the_reason(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text('{"acounts": []}')
    done = await run([*PROGRAM, "--seed", str(seed)], env=clean_env(), cwd=FOLDER, timeout=20)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"acounts" in done.stderr


@pytest.mark.parametrize("port", ["70000", "x"])
async def test_a_wrong_port_is_exit_code_2(port: str) -> None:
    done = await run([*PROGRAM, "--port", port], env=clean_env(), cwd=FOLDER, timeout=20)
    assert done.returncode == 2


async def test_a_taken_port_is_exit_code_2_with_the_reason() -> None:
    async with receiving() as taken:
        port = taken.url.rpartition(":")[2].split("/")[0]
        done = await run([*PROGRAM, "--port", port], env=clean_env(), cwd=FOLDER, timeout=20)
    assert done.returncode == 2
    assert port.encode() in done.stderr
