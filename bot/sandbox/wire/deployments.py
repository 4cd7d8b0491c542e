"""The `deployment_status` event. GitHub's REST for deployments is not part of the sandbox: the bot only listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.state import Deployment, Json
from bot.sandbox.wire.accounts import simple_user
from bot.sandbox.wire.repositories import repository_url
from bot.sandbox.wire.times import instant

if TYPE_CHECKING:
    from bot.sandbox.world import World


def deployment_status(world: World, one: Deployment) -> Json:
    """The keys that the event has on top of those of every event."""
    repo_url, at = repository_url(world, one.repository), instant(one.created_at)
    url = f"{repo_url}/deployments/{one.id}"
    times = {"created_at": at, "updated_at": at, "repository_url": repo_url, "creator": simple_user(world, one.creator)}
    return {
        "deployment": times
        | {
            "id": one.id,
            "node_id": world.node_id("DE", one.id),
            "url": url,
            "statuses_url": f"{url}/statuses",
            "sha": one.sha,
            "ref": one.ref,
            "task": "deploy",
            "payload": {},
            "environment": one.environment,
            "original_environment": one.environment,
            "description": None,
            "production_environment": one.is_production,
            "transient_environment": False,
        },
        "deployment_status": times
        | {
            "id": one.status_id,
            "node_id": world.node_id("DES", one.status_id),
            "url": f"{url}/statuses/{one.status_id}",
            "deployment_url": url,
            "state": one.state,
            "environment": one.environment,
            "description": "",
            "target_url": "",
        },
        "check_run": None,
        "workflow": None,
        "workflow_run": None,
    }
