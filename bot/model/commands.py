"""A slash command: how a file declares one, and one use of it in a text."""

from enum import Enum

import msgspec


class Permission(Enum):
    """A person's role in a repository, least first (GitHub's `role_name`; unknown custom roles count as none)."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5

    def at_least(self, other: "Permission") -> bool:
        return self.value >= other.value


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration of a command in its file: help and the documentation are generated from it.

    `name` without the slash, lowercase ASCII; `may` the least permission that may use it;
    `arguments` as a person would write them; `examples` whole lines.
    """

    name: str
    summary: str
    may: Permission
    arguments: str = ""
    examples: tuple[str, ...] = ()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One command line that somebody wrote.

    `name` is lowercase and has no slash; `arguments` is the trimmed rest of the line, quotes kept.
    `comment` is the id of the comment it stands in, 0 if it stands in the opening body.
    `ordinal` counts the commands of one text from 0: it tells two equal lines apart.
    """

    name: str
    arguments: str
    comment: int
    ordinal: int
