"""What must still be true when a write goes out, however long it waited. A closed union; the guard judges it."""

import msgspec

from bot.model.ids import IssueRef, Repo, Sha


class IssueIsOpen(msgspec.Struct, frozen=True, tag=True):
    issue: IssueRef


class BodyIs(msgspec.Struct, frozen=True, tag=True):
    """The issue's body is still the one that was judged: `digest` = `markers.digest(body)`."""

    issue: IssueRef
    digest: str


class QuestionIsOpen(msgspec.Struct, frozen=True, tag=True):
    """Nobody has answered the question since: the last word is not a human's."""

    question: str


class HeadIs(msgspec.Struct, frozen=True, tag=True):
    pull: IssueRef
    head: Sha


class VerdictIsNewest(msgspec.Struct, frozen=True, tag=True):
    """No later verdict was given for this commit: an old success never lands on top of a newer failure."""

    repo: Repo
    head: Sha
    revision: int


Condition = IssueIsOpen | BodyIs | QuestionIsOpen | HeadIs | VerdictIsNewest
