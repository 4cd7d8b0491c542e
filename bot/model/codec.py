"""Values of this room as JSON and back. A text that does not fit its type is refused with the place named."""

from typing import Any, TypeVar

import msgspec

from bot.model.ids import Sha

T = TypeVar("T")


def encode(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=_encode_other).decode()


def decode(text: str | bytes, kind: type[T]) -> T:
    """`text` as a value of `kind` (also a union). Raises msgspec.ValidationError with the path of what is wrong."""
    return msgspec.json.decode(text, type=kind, dec_hook=_decode_other)


def _encode_other(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def _decode_other(kind: type, value: Any) -> Any:
    if kind is Sha:
        return Sha(value)
    raise NotImplementedError(f"{kind.__name__} has no JSON form")
