"""`interlock sandbox`: a GitHub of one's own on loopback, to try any client or App against."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli._running import refuse, run, stop_signals
from bot.sandbox import installations
from bot.sandbox.seed import Seed, SeedError, default_seed, read_seed
from bot.sandbox.server import Sandbox


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes any free one.")] = 0,
    seed: Annotated[Path | None, typer.Option(help="A JSON file with another world than the default one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what a program needs, as one line of JSON.")] = False,
    webhook_url: Annotated[str | None, typer.Option(help="Where the App listens for webhooks.")] = None,
) -> None:
    """Start a stateful GitHub on loopback: REST, git and signed webhooks, with an App installed and people to act as.

    Prints the addresses, the App's credentials and a token for everybody, and runs until SIGINT or SIGTERM. Nothing
    is kept: the repositories and the App's private key live in a temporary folder that goes when the sandbox stops.
    """
    try:
        planted = default_seed() if seed is None else read_seed(seed)
        run(_serve(port, planted, webhook_url, as_json=as_json))
    except (OSError, SeedError) as error:
        refuse(f"The sandbox cannot start: {error}")


async def _serve(port: int, seed: Seed, webhook_url: str | None, *, as_json: bool) -> None:
    stopping = stop_signals()
    with tempfile.TemporaryDirectory(prefix="interlock-sandbox-") as folder:
        async with Sandbox.start(Path(folder), port, seed=seed) as running:
            key_file = Path(folder) / "app.private-key.pem"
            key_file.touch(mode=0o600)
            key_file.write_text(running.world.app.private_key, encoding="ascii")
            facts = _facts(running, key_file)
            typer.echo(json.dumps(facts) if as_json else _described(facts))
            if webhook_url is not None:
                running.world.webhooks.url = webhook_url
                installations.ping(running.world, running.world.app.owner)
            await stopping.wait()


def _facts(running: Sandbox, key_file: Path) -> dict[str, Any]:
    """What a client or an App server needs to talk to this sandbox."""
    world = running.world
    people = [user.login for user in world.users.values() if user is not world.app.bot and user.type != "Organization"]
    return {
        "url": running.url,
        "app_id": world.app.id,
        "client_id": world.app.client_id,
        "private_key_file": str(key_file),
        "webhook_secret": world.app.webhook_secret,
        "installations": {one.account.login: one.id for one in world.installations.values()},
        "clone_urls": {repo.full_name: f"{running.url}/{repo.full_name}.git" for repo in world.repositories.values()},
        "tokens": {login: running.actor(login).token for login in people},
    }


def _described(facts: dict[str, Any]) -> str:
    """The facts for a person: one a line, the nested ones indented."""
    lines = []
    for name, value in facts.items():
        if isinstance(value, dict):
            lines += [f"{name}:", *(f"  {key:<16} {inner}" for key, inner in value.items())]
        else:
            lines.append(f"{name + ':':<18} {value}")
    return "\n".join([*lines, "Stop with Ctrl-C."])
