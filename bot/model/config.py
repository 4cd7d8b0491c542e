"""What a repository may decide about the bot's behaviour. Every default stands here."""

import msgspec

from bot.model.commands import Command
from bot.model.ids import AppIdentity


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`us` is our own identity, `commands` all that there are.

    `most_children` bounds one decomposition: 20 by default, 100 at GitHub.
    """

    us: AppIdentity
    commands: tuple[Command, ...] = ()
    clarification_label: str = "needs-clarification"
    epic_label: str = "epic"
    most_children: int = 20
    check_name: str = "interlock/provenance"
