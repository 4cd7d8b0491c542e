"""Stored bytes -> `Event` -> one job for each command and each interested handler.

Parsing happens here and not in the request: a hostile body can cost a worker a moment, never an acknowledgement.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from bot.github.payloads import MalformedPayload, read_event, repository_seen
from bot.model.codec import decode
from bot.model.events import Event
from bot.model.ids import AppIdentity, Repo
from bot.policy.command_parsing import commands_in, look_alikes
from bot.ports import Handlers
from bot.store import inbox, jobs, repositories
from bot.store.database import Database

log = logging.getLogger(__name__)

#: Rows understood and turned into jobs in one transaction.
BATCH = 64
#: Names of our own events. The name of a delivery stands in a header that its signature does not cover (fault I9),
#: so a delivery must not be able to take one of them.
OUR_OWN = frozenset({"wake", "timer", "attestation", "plan", "command"})
#: Where a text was newly written, so that its commands count.
WITH_COMMANDS = frozenset({("issues", "opened"), ("issue_comment", "created"), ("issue_comment", "edited")})


@dataclass(frozen=True, slots=True)
class Understood:
    """What one inbox row means: jobs to make, or why there are none. `dead` rows are shown to people."""

    row: inbox.Delivery
    jobs: tuple[tuple[str, Event], ...] = ()
    why: str = ""
    dead: bool = False
    seen: tuple[Repo, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Any number of workers may run it: deliveries become jobs once, in the order in which they came."""

    database: Database
    handlers: Handlers
    us: AppIdentity

    async def step(self) -> bool:
        """Reads the oldest unread deliveries; False if there were none.

        Understanding them takes no transaction: nobody waits for the database while a large body is parsed.
        """
        rows = await self.database.read(inbox.unread, BATCH)
        if not rows:
            return False
        understood = await asyncio.to_thread(lambda: {row.id: self._understand(row) for row in rows})
        await self.database.write(_store, understood)
        return True

    def _understand(self, row: inbox.Delivery) -> Understood:
        try:
            event, seen = self._event(row)
        except MalformedPayload as malformed:
            return Understood(row, why=malformed.why, dead=True)
        found = tuple(self._jobs(event))
        return Understood(
            row, found, "" if found else f"nobody reacts to {event.name} {event.action}".strip(), seen=seen
        )

    def _event(self, row: inbox.Delivery) -> tuple[Event, tuple[Repo, str] | None]:
        if row.source != "github":
            return decode(row.body, Event), None
        if row.name in OUR_OWN:
            raise MalformedPayload(f"{row.name} is no event of GitHub's")
        return read_event(row.name, row.guid, row.body, row.received_at), repository_seen(row.body)

    def _jobs(self, event: Event) -> Iterator[tuple[str, Event]]:
        """Commands first, in the order they were written; then every interested handler by name."""
        if not event.repo.installation and event.name not in OUR_OWN:
            return  # nobody has installed us where this comes from: there is no token to act with
        bare = msgspec.structs.replace(event, text="", text_before="")
        if event.kind in WITH_COMMANDS and event.sender and event.sender.is_human:
            for line in look_alikes(event.text):
                log.info("%s: no command, though it looks like one: %s", event.subject, line)
            for call in commands_in(event.text, before=event.text_before, comment=event.comment):
                said = msgspec.structs.replace(bare, command=call)
                if known := self.handlers.of_command(call.name):
                    yield known[1].name, said
                else:
                    unknown = msgspec.structs.replace(said, name="command", action="unknown")
                    for handler in self.handlers.interested(unknown):
                        yield handler.name, unknown
        for handler in self.handlers.interested(event):
            yield handler.name, bare


def _store(conn: Connection, understood: Mapping[int, Understood]) -> None:
    """Makes the jobs of all that are unread still, oldest first; another worker may have been faster."""
    for delivery in inbox.take(conn, len(understood)):
        item = understood.get(delivery)
        if item is None:
            return  # an older one that had not been seen yet: the order of its lane comes first
        if item.dead:
            inbox.mark_dead(conn, delivery, item.why)
        elif not item.jobs:
            inbox.mark_ignored(conn, delivery, item.why)
        else:
            inbox.mark_read(conn, delivery)
        for ordinal, (handler, event) in enumerate(item.jobs):
            jobs.enqueue(conn, delivery=delivery, handler=handler, event=event, ordinal=ordinal)
        if item.seen:
            repositories.remember(conn, *item.seen, item.row.received_at)
