"""A living text: one comment of ours that is edited in place as things move on."""

import msgspec


class LivingText(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is that of the write that posts it first; `revision` counts its wordings, 0 for none yet.

    `is_final` until something new happens: a text that is not is looked at again.
    """

    key: str
    revision: int = 0
    digest: str = ""
    is_final: bool = True
