"""The App, its installations, tokens and deliveries: schemas integration, installation, hook-delivery and kin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.sandbox.state import App, Installation, InstallationToken, Json, Repository
from bot.sandbox.wire.accounts import simple_user
from bot.sandbox.wire.repositories import repository
from bot.sandbox.wire.times import instant, optional_instant

if TYPE_CHECKING:
    from bot.sandbox.webhooks import Delivery
    from bot.sandbox.world import World


def app(world: World, one: App) -> Json:
    return {
        "id": one.id,
        "slug": one.slug,
        "node_id": one.node_id,
        "client_id": one.client_id,
        "owner": simple_user(world, one.owner),
        "name": one.name,
        "description": one.description,
        "external_url": world.url,
        "html_url": f"{world.url}/apps/{one.slug}",
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "permissions": dict(one.permissions),
        "events": list(one.events),
    }


def installation(world: World, one: Installation) -> Json:
    api = f"{world.url}/app/installations/{one.id}"
    return {
        "id": one.id,
        "client_id": one.app.client_id,
        "account": simple_user(world, one.account),
        "repository_selection": "all" if one.repository_ids is None else "selected",
        "access_tokens_url": f"{api}/access_tokens",
        "repositories_url": f"{world.url}/installation/repositories",
        "html_url": f"{world.url}/organizations/{one.account.login}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": "Organization" if one.account.type == "Organization" else "User",
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None if one.suspended_by is None else simple_user(world, one.suspended_by),
        "suspended_at": optional_instant(one.suspended_at),
    }


def installation_token(world: World, one: InstallationToken) -> Json:
    """The reply to a token request; `repositories` only when it was narrowed to some."""
    wire: Json = {
        "token": one.token,
        "expires_at": instant(one.expires_at),
        "permissions": dict(one.permissions),
        "repository_selection": "all" if one.repository_ids is None else "selected",
    }
    if one.repository_ids is not None:
        wire["repositories"] = [repository(world, world.repositories[number]) for number in sorted(one.repository_ids)]
    return wire


def repository_reference(repo: Repository) -> Json:
    """How installation events name a repository."""
    return {
        "id": repo.id,
        "node_id": repo.node_id,
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }


def delivery_item(one: Delivery) -> Json:
    """Schema `hook-delivery-item`; only attempts that were made have one."""
    if one.delivered_at is None:
        raise ValueError(f"delivery {one.id} has not been attempted yet")
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": instant(one.delivered_at),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }


def delivery(one: Delivery) -> Json:
    """Schema `hook-delivery`: with request and response."""
    return delivery_item(one) | {
        "url": one.url,
        "request": {"headers": one.request_headers, "payload": json.loads(one.body)},
        "response": {"headers": one.response_headers or None, "payload": one.response_body or None},
    }
