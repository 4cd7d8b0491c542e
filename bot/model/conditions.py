"""What must still be true when a write goes out, however long it waited. A closed union; the guard judges it."""

from datetime import datetime

import msgspec

from bot.model.ids import IssueRef, Repo, Sha


class IssueIsOpen(msgspec.Struct, frozen=True, tag=True):
    issue: IssueRef


class EpicIsOpen(msgspec.Struct, frozen=True, tag=True):
    """The epic is open. Seen a moment ago will do: there are many writes below one epic, and each changes it."""

    epic: IssueRef


class ParentIsThere(msgspec.Struct, frozen=True, tag=True):
    """The issue that the write with this key made is there, open or not; as for an epic, seen a moment ago."""

    repo: Repo
    key: str


class BodyIs(msgspec.Struct, frozen=True, tag=True):
    """The issue's body is still the one that was judged: `digest` = `markers.digest(body)`."""

    issue: IssueRef
    digest: str


class QuestionIsOpen(msgspec.Struct, frozen=True, tag=True):
    """Nobody has answered the question since: the last word is not a human's."""

    question: str


class HasNotSpoken(msgspec.Struct, frozen=True, tag=True):
    """Whoever is asked (a login) has added nothing since the comment with the id `after`, the newest judged."""

    issue: IssueRef
    login: str
    after: int


class HeadIs(msgspec.Struct, frozen=True, tag=True):
    pull: IssueRef
    head: Sha


class VerdictIsNewest(msgspec.Struct, frozen=True, tag=True):
    """No later verdict was given for this commit: an old success never lands on top of a newer failure."""

    repo: Repo
    head: Sha
    revision: int


class TextIsNewest(msgspec.Struct, frozen=True, tag=True):
    """No later revision of this living text was decided: an old progress list never overwrites a newer one."""

    text: str
    revision: int


class RunIsActive(msgspec.Struct, frozen=True, tag=True):
    """Nobody has undone this run of a decomposition."""

    epic: IssueRef
    run: int


class UnchangedSince(msgspec.Struct, frozen=True, tag=True):
    """Nothing at all has happened to the issue since GitHub's `updated_at` of it that was judged."""

    issue: IssueRef
    updated_at: datetime


class WaitsFor(msgspec.Struct, frozen=True, tag=True):
    """The issue waits for the blocker with this key, an empty one for any; or, if not `is_so`, it does not any more."""

    issue: IssueRef
    blocker: str = ""
    is_so: bool = True


class EdgeIsSaid(msgspec.Struct, frozen=True, tag=True):
    """Somebody says that the issue waits for the blocker with this key; or, if not `is_so`, nobody does any more."""

    issue: IssueRef
    blocker: str
    is_so: bool = True


Condition = (
    IssueIsOpen
    | EpicIsOpen
    | ParentIsThere
    | BodyIs
    | QuestionIsOpen
    | HasNotSpoken
    | HeadIs
    | VerdictIsNewest
    | TextIsNewest
    | RunIsActive
    | UnchangedSince
    | WaitsFor
    | EdgeIsSaid
)
