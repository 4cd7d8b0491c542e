"""What git says, as frozen values. SHAs are 40 lowercase hex digits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

MergeMethod: TypeAlias = Literal["merge", "squash", "rebase"]
FileStatus: TypeAlias = Literal["added", "removed", "modified", "renamed", "changed"]
NO_COMMIT = "0" * 40
"""How git and GitHub write "there was (or is) nothing" in a ref update."""


class UnknownRevision(LookupError):
    """The repository has no such commit, branch or tag."""


class RefMoved(Exception):
    """A ref is not where the caller believed it to be; nothing was changed."""


class MergeConflict(Exception):
    """The two sides change the same lines; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit, and when (aware, whole seconds)."""

    name: str
    email: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a comparison. `patch` starts at the first @@; None for binary files and pure renames.

    `sha` is the blob after the change, or before it when the file was removed.
    """

    path: str
    status: FileStatus
    sha: str
    additions: int
    deletions: int
    patch: str | None
    previous_path: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `head` has since the merge base with `base`; `commits` oldest first, as GitHub lists them."""

    base: Commit
    head: Commit
    merge_base: Commit
    ahead_by: int
    behind_by: int
    commits: tuple[Commit, ...]
    files: tuple[FileChange, ...]

    @property
    def status(self) -> Literal["identical", "ahead", "behind", "diverged"]:
        if self.ahead_by and self.behind_by:
            return "diverged"
        if self.ahead_by:
            return "ahead"
        return "behind" if self.behind_by else "identical"


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a directory. `size` in bytes, None for what is no blob; `mode` as git writes it (100644)."""

    path: str
    mode: str
    type: Literal["blob", "tree", "commit"]
    sha: str
    size: int | None


class RefUpdate(NamedTuple):
    """One ref before and after; NO_COMMIT for a ref that was created or deleted."""

    ref: str
    before: str
    after: str
