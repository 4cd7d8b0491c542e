"""`interlock attest`: swear which commit the planned worktree is at."""

import asyncio
import os
import uuid
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from bot.cli._running import refuse, run
from bot.git.worktree import NoEvidence, current_branch, read_evidence
from bot.model.codec import decode, encode
from bot.model.events import Evidence
from bot.model.plan import Plan
from bot.process import ProcessError

#: Seconds for one call of the server, in all; a call that got no answer is repeated under the same delivery id.
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=10)
TRIES = 5
TOKEN = "INTERLOCK_TOKEN"  # noqa: S105  # the name of a variable


class ServerRefused(Exception):
    """The server answered, and did not do what was asked; the message is its own."""


def attest(
    server: Annotated[str, typer.Option(help="Address of the Interlock server, e.g. https://interlock.example.org")],
    plan: Annotated[int | None, typer.Option(help="Plan id; by default the plan of the branch")] = None,
    worktree: Annotated[Path, typer.Option(help="The worktree to attest")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print the evidence as JSON")] = False,
) -> None:
    """Attest the worktree: tell the server its HEAD, tree, patch and whether it is dirty.

    Needs a runner token in INTERLOCK_TOKEN (made with `interlock token NAME` on the server).
    """
    token = os.environ.get(TOKEN, "")
    if not token:
        refuse(f"{TOKEN} is not set: make a runner token with `interlock token NAME` on the server")
    try:
        found, evidence = run(_attest(server.rstrip("/"), token, plan, worktree))
    except (NoEvidence, ServerRefused, ProcessError) as problem:
        refuse(str(problem))
    if as_json:
        typer.echo(encode(evidence))
    else:
        state = "dirty, so it cannot pass the gate: commit and attest again" if evidence.dirty else "clean"
        typer.echo(f"P{found.id} ({found.branch}): HEAD {evidence.head}, {state}")


async def _attest(server: str, token: str, number: int | None, worktree: Path) -> tuple[Plan, Evidence]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session:
        return await attest_worktree(session, server, number, worktree)


async def attest_worktree(
    session: aiohttp.ClientSession, server: str, number: int | None, worktree: Path
) -> tuple[Plan, Evidence]:
    """Reads the worktree and tells the server; `number` None takes the plan of the branch that is checked out.

    `session` carries the runner token. Raises NoEvidence, ServerRefused, ProcessError.
    """
    if number is None:
        query = {"branch": await current_branch(worktree)}
        plan = decode(await _call(session, "GET", f"{server}/runner/plans", params=query), Plan)
    else:
        plan = decode(await _call(session, "GET", f"{server}/runner/plans/{number}"), Plan)
    evidence = await read_evidence(worktree, plan)
    delivery = {"X-Interlock-Delivery": str(uuid.uuid4()), "Content-Type": "application/json"}
    await _call(session, "POST", f"{server}/runner/attestations", data=encode(evidence), headers=delivery)
    return plan, evidence


async def _call(session: aiohttp.ClientSession, method: str, url: str, **how: Any) -> bytes:
    """The body of a 2xx answer. What the server cannot take just now is tried again."""
    problem = ""
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(0.5 * 2**attempt)
        try:
            async with session.request(method, url, allow_redirects=False, **how) as answer:
                body = await answer.read()
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            problem = f"{url} cannot be reached: {error}"
            continue
        if answer.status < 300:
            return body
        problem = f"{url} answered {answer.status}: {body.decode(errors='replace').strip()}"
        if answer.status < 500:
            break
    raise ServerRefused(problem)
