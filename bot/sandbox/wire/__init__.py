"""State -> the JSON GitHub puts on the wire (REST 2022-11-28 and webhooks). Pure functions of world and record."""

from bot.sandbox.wire.accounts import organization, simple_user
from bot.sandbox.wire.app import (
    app,
    delivery,
    delivery_item,
    installation,
    installation_token,
    repository_reference,
)
from bot.sandbox.wire.issues import (
    REACTIONS,
    comment,
    issue,
    issue_html_url,
    issue_reference,
    label,
    milestone,
    reaction,
    timeline,
    webhook_issue,
)
from bot.sandbox.wire.repositories import (
    full_repository,
    minimal_repository,
    repository,
    simple_repository,
    webhook_repository,
)
from bot.sandbox.wire.times import instant, optional_instant

__all__ = [
    "REACTIONS",
    "app",
    "comment",
    "delivery",
    "delivery_item",
    "full_repository",
    "installation",
    "installation_token",
    "instant",
    "issue",
    "issue_html_url",
    "issue_reference",
    "label",
    "milestone",
    "minimal_repository",
    "optional_instant",
    "organization",
    "reaction",
    "repository",
    "repository_reference",
    "simple_repository",
    "simple_user",
    "timeline",
    "webhook_issue",
    "webhook_repository",
]
