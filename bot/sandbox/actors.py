"""People (and bots) of a sandbox, as verbs for tests and the demo. Every verb goes through the rules REST uses."""

from __future__ import annotations

from bot.sandbox.state import User
from bot.sandbox.world import World


class Actor:
    """Somebody who acts on GitHub: `sandbox.actor("ada").open_issue("acme/railway", "Signals fail")`."""

    def __init__(self, world: World, user: User) -> None:
        self.world = world
        self.user = user
        self.token = world.issue_token(user)
