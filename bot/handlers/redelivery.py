"""Asks GitHub to send again what never reached us: without this each restart would lose a human's answer."""

from datetime import datetime

import msgspec

from bot.model.config import Config
from bot.model.decision import Decision
from bot.model.events import Event
from bot.model.facts import DeliveryAttempt
from bot.model.writes import Redeliver
from bot.policy.redelivery import KEPT, to_redeliver
from bot.ports import Read

WHILE_HELD = True
ON = frozenset({("timer", "redelivery")})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    failed: tuple[DeliveryAttempt, ...]
    received: frozenset[str]
    now: datetime


async def gather(event: Event, read: Read) -> Facts:
    now = read.now()
    failed = await read.github.failed_deliveries(now - KEPT)
    received = await read.store.received({attempt.guid for attempt in failed})
    return Facts(failed=failed, received=received, now=now)


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    due = to_redeliver(facts.failed, facts.received, facts.now)
    if not due:
        return Decision(rule="nothing lost", why=f"{len(facts.failed)} failed attempts, none of them is due again.")
    return Decision(
        rule="redeliver",
        why=f"{len(due)} deliveries never reached the inbox.",
        writes=tuple(
            Redeliver(key=f"redeliver/{attempt.guid}/{attempt.id}", delivery=attempt.id, guid=attempt.guid)
            for attempt in due
        ),
    )
