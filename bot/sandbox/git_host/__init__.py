"""The real git behind the sandbox: bare repositories on disk, changed by plumbing, served over smart HTTP."""

from bot.sandbox.git_host.host import GitHost
from bot.sandbox.git_host.values import (
    Commit,
    Comparison,
    FileChange,
    MergeConflict,
    MergeMethod,
    Person,
    RefMoved,
    RefUpdate,
    Signature,
    TreeEntry,
    UnknownRevision,
)

__all__ = [
    "Commit",
    "Comparison",
    "FileChange",
    "GitHost",
    "MergeConflict",
    "MergeMethod",
    "Person",
    "RefMoved",
    "RefUpdate",
    "Signature",
    "TreeEntry",
    "UnknownRevision",
]
