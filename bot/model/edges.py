"""What waits for what: the edges between issues and pull requests, and how an issue stands with what it waits for."""

from datetime import datetime
from typing import Literal

import msgspec

from bot.model.ids import IssueRef, Repo, Sha

#: Which words say so; `linked` is a link on GitHub that people made.
Kind = Literal["depends_on", "blocked_by", "requires", "after", "based_on", "blocks", "linked"]
#: What has to happen to the blocker: an issue is closed, a pull request merged, either of them deployed.
End = Literal["closed", "merged", "deployed"]


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """`blocked` waits for `blocker` until `ends` happens to that.

    `name` is the blocker as `owner/name#n`. If nobody knows a repository of that name here, its id in `blocker` is 0
    and `name` alone says which one is meant. `phrase` are the words that say so, as somebody wrote them.
    """

    blocked: IssueRef
    blocker: IssueRef
    name: str
    kind: Kind
    ends: End
    phrase: str = ""

    @property
    def blocker_key(self) -> str:
        """One for each blocker, whatever its repository is called."""
        return str(self.blocker) if self.blocker.repo.id else self.name.lower()


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """The commit that was deployed last with success in an environment; `at` (GitHub's clock) it was begun."""

    environment: str
    is_production: bool
    head: Sha
    at: datetime


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An issue waits for `blocker` since the revision `since` of its standing.

    `key` is the edge's `blocker_key`, `name` is `owner/name#n`.
    """

    key: str
    blocker: IssueRef
    name: str
    since: int


class Link(msgspec.Struct, frozen=True):
    """A link on GitHub that the words ask for: the blocker's edge key and database id, and the key of our write.

    `write` is empty where people had made the link before us: it is theirs to remove.
    """

    key: str
    blocker: int
    write: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an issue stood with its blockers when it was looked at last; `revision` 0: it has never waited.

    `label` is the one that we have set to say so; empty where there was one before. `cycles` are the keys of the
    circles that it stands in.
    """

    revision: int = 0
    waits: tuple[Waiting, ...] = ()
    links: tuple[Link, ...] = ()
    label: str = ""
    cycles: tuple[str, ...] = ()


class Blocker(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an issue waits for. `key` is its edges' `blocker_key`, `name` is `owner/name#n`.

    `why` is the rest of a sentence about it. `phrase` are the words that made the edge, empty for a link.
    """

    key: str
    ref: IssueRef
    name: str
    why: str
    phrase: str = ""


def called(name: str, ref: IssueRef, here: Repo) -> str:
    """What is called `name` everywhere, as it is called in the repository `here`."""
    return f"#{ref.number}" if ref.repo.id == here.id else name
