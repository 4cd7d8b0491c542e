"""Filling in what earlier writes made: numbers into texts, ids into links."""

from collections.abc import Mapping

import msgspec

from bot.model.writes import AnyWrite, NumberOf, Receipt, ResultOf


def resolve(write: AnyWrite, results: Mapping[str, Receipt]) -> AnyWrite:
    """`write` with every `ResultOf` replaced. Raises KeyError for a result that is not there."""
    changes: dict[str, object] = {}
    for name in write.__struct_fields__:
        value = getattr(write, name)
        if isinstance(value, ResultOf):
            changes[name] = results[value.key].id
        elif isinstance(value, NumberOf):
            changes[name] = results[value.key].number
        elif isinstance(value, tuple) and any(isinstance(piece, ResultOf) for piece in value):
            pieces = (f"#{results[p.key].number}" if isinstance(p, ResultOf) else p for p in value)
            changes[name] = ("".join(pieces),)
    return msgspec.structs.replace(write, **changes) if changes else write
