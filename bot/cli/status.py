"""`interlock status`: what came in, what was decided and why, what waits."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from bot.cli._running import with_store
from bot.store import repositories, switches, views
from bot.store.database import Database

#: States of writes that somebody may want to know about.
WAITING = ("waiting", "sent", "held", "failed", "unknown")


def status(
    limit: Annotated[int, typer.Option(min=1, help="Rows of each list, newest first")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Show decisions with their reasons, jobs and writes that wait, dead letters and switches."""

    async def read(database: Database) -> dict[str, Any]:
        return await database.read(read_status, limit)

    found = with_store(read)
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        show(found, Console())


def read_status(conn: Connection, limit: int) -> dict[str, Any]:
    """All that `show` shows."""
    return {
        "health": views.health(conn),
        "switches": switches.all_switches(conn),
        "decisions": views.list_decisions(conn, limit),
        "waiting_jobs": views.waiting_jobs(conn, limit),
        "waiting": views.list_writes(conn, limit, states=WAITING),
        "dead_letters": views.dead_letters(conn, limit),
        "names": dict(repositories.names(conn)),
    }


def show(found: dict[str, Any], console: Console) -> None:
    """The same for people."""
    names: dict[int, str] = found["names"]
    health: views.Health = found["health"]
    console.print(
        f"unread deliveries {health.unread} (lag {health.lag(datetime.now(UTC)):.0f} s) · unfinished jobs "
        f"{health.unfinished} · held {health.held} · unknown {health.unknown} · dead letters {health.dead}"
    )
    for switch in found["switches"]:
        where = names.get(switch.repo, f"repository {switch.repo}") if switch.repo else "The whole App"
        stopped = Text.assemble((f"{where} is stopped", "bold red"), f" by {switch.by}: ", _plain(switch.reason))
        console.print(stopped, highlight=False)
    decisions = Table("subject", "handler", "rule", "why", title="Decisions", title_justify="left")
    for row in found["decisions"]:
        decisions.add_row(_subject(names, row.repo, row.number), row.handler, row.rule, _plain(row.why))
    begun = Table("subject", "handler", "not before", "why", title="Jobs that wait", title_justify="left")
    for row in found["waiting_jobs"]:
        begun.add_row(_subject(names, row.repo, row.number), row.handler, _until(row.not_before), _plain(row.error))
    waiting = Table("subject", "write", "state", "not before", "why", title="Writes that wait", title_justify="left")
    for row in found["waiting"]:
        subject = _subject(names, row.repo, row.number)
        waiting.add_row(subject, row.kind, row.state, _until(row.not_before), _plain(row.why))
    letters = Table("what", "id", "received", "why", title="Dead letters", title_justify="left")
    for row in found["dead_letters"]:
        letters.add_row(
            f"{row.kind} {row.what}", str(row.id), f"{row.received_at:%Y-%m-%d %H:%M:%S}", _plain(row.error)
        )
    for table in (decisions, begun, waiting, letters):
        if table.row_count:
            console.print(table)


def _until(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.year > 1970 else "now"


def _plain(said: str) -> Text:
    """A reason may repeat words of anybody: they are neither Rich's markup nor the terminal's."""
    return Text("".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in said))


def _subject(names: dict[int, str], repo: int, number: int) -> str:
    if not repo:
        return "the App"
    name = names.get(repo, f"repository {repo}")
    return f"{name}#{number}" if number else name
