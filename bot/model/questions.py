"""A question the bot asked on an issue: a row, never something read out of a thread."""

from datetime import datetime

import msgspec

from bot.model.ids import IssueRef

LABEL_REMOVED = "label removed"
SAID_SO = "said so with /answered"
#: How a person closes a question without answering it.
WAIVED = (LABEL_REMOVED, SAID_SO)
#: Who closes a question that nobody answers any more, and how it is said of one whose comment never went out.
NOBODY = "nobody"
NEVER_PUT = "never put"


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A person has put an issue on hold."""

    by: str
    reason: str


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `id` is `<issue database id>/<round>`; `asked_of` the login it is put to.

    `is_void` says that its comment never went out and never will: nobody was asked, and no round is used up; then
    `answered_by` is `NOBODY`.

    `comment` and `asked_at` (GitHub's clock) come from the receipt of the comment; both are None until it is posted.
    `answered_by` is the login of the human who answered, empty while the question is open; `is_waived` says that this
    person did so without an answer, by taking the label away or with `/answered`.
    """

    id: str
    issue: IssueRef
    round: int
    asked_of: str
    write_key: str
    comment: int | None = None
    asked_at: datetime | None = None
    answered_by: str = ""
    is_waived: bool = False
    is_void: bool = False
