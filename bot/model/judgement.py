"""What triage says about an issue: a suggestion with its reasons, never an act."""

from typing import Literal, TypeAlias

import msgspec

Outcome: TypeAlias = Literal["ready", "needs-clarification", "epic", "duplicate-of?", "blocked"]


class Missing(msgspec.Struct, frozen=True):
    """One thing to ask for. `name` is short and stable (`steps`, `answer: <question>`), `question` is for a person.

    Both may repeat words of the issue: neutralise them before they are posted.
    """

    name: str
    question: str


class Found(msgspec.Struct, frozen=True):
    """One thing the issue already says, with the words that say it (at most 80 characters; may be empty)."""

    name: str
    words: str = ""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """`missing` in order of importance, empty unless the outcome is `needs-clarification`; `why` is one sentence.

    `refers_to` is the issue that a `duplicate-of?` or `blocked` names, as it was written (`#12`), or empty.
    """

    outcome: Outcome
    why: str
    missing: tuple[Missing, ...] = ()
    understood: tuple[Found, ...] = ()
    refers_to: str = ""
