"""Tells whoever waits for an issue or pull request that something has become of it."""

from datetime import datetime, timedelta

import msgspec

from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.edges import Deployment
from bot.model.events import Event
from bot.model.ids import IssueRef
from bot.model.records import AnyRecord, DeploymentSeen, WaitersWoken
from bot.ports import Read

WHILE_HELD = True
ON = frozenset(
    {
        ("issues", "opened"),
        ("issues", "closed"),
        ("issues", "reopened"),
        ("issues", "deleted"),
        ("issues", "transferred"),
        ("pull_request", "opened"),
        ("pull_request", "closed"),
        ("pull_request", "reopened"),
        ("deployment_status", "created"),
        ("timer", "dependencies"),
    }
)
#: Whoever waits is looked at again after this time, whatever was heard: an event may be lost, the App newly installed.
LOOK_AGAIN = timedelta(hours=1)
#: At one tick of the timer.
MOST_AT_ONCE = 100


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` are those to be told; at a tick of the timer those that nobody has looked at for long."""

    waiting: tuple[IssueRef, ...]


async def gather(event: Event, read: Read) -> Facts:
    """Our own store alone knows."""
    if event.name == "deployment_status":
        return Facts(waiting=await read.store.awaiting_deployment(event.repo) if _succeeded(event) else ())
    if event.name == "timer":
        return Facts(waiting=await read.store.waiting_since(_before(read.now()), MOST_AT_ONCE))
    return Facts(waiting=await read.store.dependents(event.subject))


def _before(now: datetime) -> datetime:
    return now - LOOK_AGAIN


def _succeeded(event: Event) -> bool:
    return event.deployed is not None and event.deployed.state == "success" and event.head is not None


def decide(event: Event, facts: Facts, config: Config) -> Decision:
    waiting = tuple(ref for ref in facts.waiting if ref != event.subject)
    records: tuple[AnyRecord, ...] = ()
    if event.head and event.deployed and _succeeded(event):
        told = event.deployed
        seen = Deployment(environment=told.environment, is_production=told.is_production, head=event.head, at=told.at)
        records = (DeploymentSeen(repo=event.repo, deployment=seen),)
    if not waiting and records:
        return Decision(rule="deployed", why="It is remembered; nobody waits for a deployment.", records=records)
    if not waiting:
        return Decision(rule="nobody waits", why="No issue waits for it, or has waited long without a look.")
    why = f"{len(waiting)} issues wait and have to look again."
    if event.name == "timer":
        records = (WaitersWoken(issues=waiting),)
    return Decision(rule="tell", why=why, records=records, wakes=tuple(Wake(ref, "dependencies") for ref in waiting))
