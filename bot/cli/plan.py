"""`interlock plan`: plan a worktree for an issue, from the server."""

import asyncio
import re
import time
import uuid
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot import bootstrap
from bot.cli._running import refuse, run, settings_or_exit
from bot.model.codec import encode
from bot.model.events import Event
from bot.model.ids import IssueRef, Repo
from bot.model.plan import Plan
from bot.ports import NotSent
from bot.settings import Settings
from bot.store import inbox, plans, repositories, views
from bot.store.database import Database
from bot.store.errors import CannotOpen, StoreUnavailable

_ISSUE = re.compile(r"([\w.-]+/[\w.-]+)#([1-9]\d{0,9})")


def plan(
    issue: Annotated[str, typer.Argument(help="owner/name#number")],
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for a worker's answer")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON")] = False,
) -> None:
    """Plan a worktree for an issue, as `/plan` in a comment does. A running worker does it."""
    match = _ISSUE.fullmatch(issue)
    if match is None:
        refuse(f"{issue!r} should look like owner/name#12")
    settings = settings_or_exit()
    try:
        found = run(_plan(settings, match[1], int(match[2]), wait))
    except (CannotOpen, StoreUnavailable) as problem:
        refuse(f"The store cannot be used: {problem}")
    except NotSent as problem:
        refuse(f"GitHub cannot be asked: {problem.why}")
    typer.echo(
        encode(found) if as_json else f"P{found.id}: branch {found.branch} from {found.base_branch} {found.base}"
    )


async def _plan(settings: Settings, full_name: str, number: int, wait: float) -> Plan:
    async with bootstrap.open_database(settings.database_url) as database:
        subject = IssueRef(await _repository(settings, database, full_name), number)
        guid = f"operator/{uuid.uuid4()}"
        now = datetime.now(UTC)
        event = Event(delivery=guid, name="plan", action="requested", repo=subject.repo, number=number, received_at=now)
        body = encode(event).encode()
        await database.write(inbox.accept, guid=guid, source="operator", name="plan", body=body, received_at=now)
        return await _answer(database, guid, subject, wait)


async def _repository(settings: Settings, database: Database, full_name: str) -> Repo:
    if known := await database.read(repositories.by_name, full_name):
        return known
    async with bootstrap.open_github(settings, database) as github:
        if found := await github.reader.find_repository(full_name):
            return found
    refuse(f"{full_name} does not exist, or the App is not installed there")


async def _answer(database: Database, guid: str, subject: IssueRef, wait: float) -> Plan:
    """The plan once the worker has decided; refuses with the decision's reason if it made none."""
    ends = time.monotonic() + wait
    while time.monotonic() < ends:
        decided = await database.read(views.decision_on, guid)
        if decided is not None:
            if found := await database.read(plans.plan_of_issue, subject):
                return found
            refuse(f"no plan was made: {decided.why}")
        await asyncio.sleep(0.1)
    refuse(f"no worker answered within {wait:g} s (is `interlock work` running?); the request is kept and will be done")
