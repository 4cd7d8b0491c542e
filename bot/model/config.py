"""What a repository may decide about the bot's behaviour. Every default stands here."""

import msgspec

from bot.model.ids import AppIdentity


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`us` is our own identity. `most_children` bounds one decomposition: 20 by default, 100 at GitHub."""

    us: AppIdentity
    clarification_label: str = "needs-clarification"
    epic_label: str = "epic"
    most_children: int = 20
    check_name: str = "interlock/provenance"
