"""git's machine-readable diff output -> file changes."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from bot.sandbox.git_host.values import FileChange, FileStatus

_STATUS: dict[str, FileStatus] = {
    "A": "added",
    "D": "removed",
    "M": "modified",
    "R": "renamed",
    "T": "changed",
}
_FILE = re.compile(rb"^diff --git ", re.MULTILINE)  # content lines start with a space, + or -
_HUNK = re.compile(rb"^@@ ", re.MULTILINE)


def parse_changes(lists: bytes, patch: bytes) -> list[FileChange]:
    """Join `diff-tree --raw --numstat -z` with `diff-tree -p` of the same two trees: same files, same order."""
    fields = iter(lists.decode(errors="surrogateescape").split("\0"))
    raw: list[_Raw] = []
    counts: list[tuple[int, int]] = []
    for field in fields:
        if field.startswith(":"):
            raw.append(_raw_entry(field, fields))
        elif field:
            counts.append(_numbers(field, fields))
    patches = iter(_FILE.split(patch)[1:])
    return [
        FileChange(
            path=entry.path,
            status=_STATUS[entry.letter],
            sha=entry.sha,
            additions=added,
            deletions=removed,
            patch=_patch(entry.letter, patches),
            previous_path=entry.source if entry.letter == "R" else None,
        )
        for entry, (added, removed) in zip(raw, counts, strict=True)
    ]


class _Raw(NamedTuple):
    letter: str
    sha: str
    path: str
    source: str  # where a rename came from, else the path


def _raw_entry(field: str, rest: Iterator[str]) -> _Raw:
    """`:100644 100644 <sha> <sha> R087`, then one path, or two for a rename."""
    _, _, before, after, status = field.split(" ")
    letter, source = status[0], next(rest)
    return _Raw(letter, before if letter == "D" else after, next(rest) if letter == "R" else source, source)


def _numbers(field: str, rest: Iterator[str]) -> tuple[int, int]:
    """`12<tab>3<tab>path`; a rename leaves the path empty and two more fields follow; binary files have dashes."""
    added, removed, path = field.split("\t", 2)
    if not path:
        next(rest)
        next(rest)
    return (0, 0) if added == "-" else (int(added), int(removed))


def _patch(letter: str, sections: Iterator[bytes]) -> str | None:
    section = next(sections)
    if letter == "T":  # git writes a changed type as a removal and an addition
        section = next(sections)
    start = _HUNK.search(section)
    return section[start.start() :].decode(errors="replace").rstrip("\n") if start else None
