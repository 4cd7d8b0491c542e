"""State -> the JSON GitHub puts on the wire (REST 2022-11-28 and webhooks). Pure functions of world and record."""

from bot.sandbox.wire.accounts import organization, simple_user
from bot.sandbox.wire.repositories import (
    full_repository,
    minimal_repository,
    repository,
    webhook_repository,
)
from bot.sandbox.wire.times import instant, optional_instant

__all__ = [
    "full_repository",
    "instant",
    "minimal_repository",
    "optional_instant",
    "organization",
    "repository",
    "simple_user",
    "webhook_repository",
]
