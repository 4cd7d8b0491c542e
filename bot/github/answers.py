"""One HTTP answer as bytes, before anybody trusts it.

gidgethub decodes first and asks for the status later: HTML labelled JSON and unusual statuses then end in foreign
exceptions (measured). Here status and headers are judged first, and a body is decoded into a type or refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from bot.model import codec

T = TypeVar("T")
_LONGEST_MESSAGE = 300  # characters of GitHub's words that we repeat


class WrongShape(ValueError):
    """The body is not what was asked for, whatever the status says."""


class _Error(msgspec.Struct):
    message: str = ""
    errors: msgspec.Raw = msgspec.Raw(b"")


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name; `next` is the URL of the next page, empty on the last."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    next: str = ""

    def decoded(self, kind: type[T]) -> T:
        """The body as a value of `kind`. Raises WrongShape."""
        try:
            return codec.decode(self.body, kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise WrongShape(f"{self.status} with a body that is not what was asked for: {error}") from error

    @property
    def message(self) -> str:
        """What GitHub says is wrong, in its words; the beginning of the body where there is no such word."""
        try:
            error = self.decoded(_Error)
        except WrongShape:
            return self.body[:_LONGEST_MESSAGE].decode(errors="replace")
        details = bytes(error.errors).decode(errors="replace")
        return f"{error.message} {details}".strip()[:_LONGEST_MESSAGE]

    @property
    def reason(self) -> str:
        """Status, message and, where GitHub names it, the permission that would have been needed."""
        needed = self.headers.get("x-accepted-github-permissions", "")
        hint = f" (needs {needed})" if needed and self.status in (403, 404) else ""
        return f"GitHub answered {self.status}: {self.message}{hint}"

    @property
    def date(self) -> datetime | None:
        """GitHub's clock when it answered."""
        try:
            date = parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return None
        return date if date.tzinfo else date.replace(tzinfo=UTC)
