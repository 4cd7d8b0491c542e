"""Deliveries as GitHub posts them, signed with the App's secret, whatever their body."""

import hashlib
import hmac
import io
import json
from typing import Any

import aiohttp
from sqlalchemy import select

from bot.model.codec import decode
from bot.model.events import Event
from bot.store.schema import decisions, inbox, jobs
from tests.harness.house import House

TIMEOUT = aiohttp.ClientTimeout(total=30)


def event_of(kind: str, body: dict[str, Any]) -> str:
    """The X-GitHub-Event of a kind: what is left of it without the action, which only a dispatch can choose."""
    if kind.startswith("repository-dispatch-"):
        return "repository_dispatch"
    suffix = str(body.get("action", "")).replace("_", "-")
    name = kind.removesuffix(f"-{suffix}") if suffix else kind
    return name.replace("-", "_")


async def deliver(house: House, event: str, guid: str, body: bytes | dict[str, Any], **headers: str) -> int:
    """Posts one delivery to the real server; the status of its answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = hmac.new(house.settings.webhook_secret, raw, hashlib.sha256).hexdigest()
    sent = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": f"sha256={digest}",
        **headers,
    }
    async with (
        aiohttp.ClientSession(timeout=TIMEOUT) as session,
        session.post(
            f"{house.address.url}/webhook", data=io.BytesIO(raw), headers=sent, allow_redirects=False
        ) as answer,
    ):
        return answer.status


async def inbox_states(house: House) -> dict[str, tuple[str, str]]:
    """GUID -> (state, why) of everything that came in."""
    rows = await house.database.read(lambda conn: conn.execute(select(inbox.c.guid, inbox.c.state, inbox.c.why)).all())
    return {row.guid: (row.state, row.why) for row in rows}


async def reactions(house: House, guid_prefix: str = "") -> set[tuple[str, str, str]]:
    """(handler, event, action) of every decision that a delivery with such a GUID led to by itself."""
    query = (
        select(jobs.c.handler, jobs.c.event)
        .join(decisions, decisions.c.job == jobs.c.id)
        .join(inbox, inbox.c.id == jobs.c.delivery)
        .where(inbox.c.guid.startswith(guid_prefix, autoescape=True))
    )
    rows = await house.database.read(lambda conn: conn.execute(query).all())
    return {(row.handler, *decode(row.event, Event).kind) for row in rows}
