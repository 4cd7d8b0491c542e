"""Signed hidden comments by which the bot finds its own traces again.

A marker is a hint and never the only memory: it counts only in a text whose author is our bot, because whoever quotes
us carries a valid signature along. Signed: HMAC-SHA256 over repository id, issue id, kind and id (design section 6).
"""

import hashlib
import hmac
import re

import msgspec

_MARKER = re.compile(r"<!-- interlock:([a-z-]+) (\d+) (\d+) ([^\s>]{1,200}) ([0-9a-f]{32}) -->")
_RESERVED = re.compile(r"<!--\s*interlock:", re.IGNORECASE)


class Marker(msgspec.Struct, frozen=True):
    """`kind` names what the text is (`question`, `child`, `summary`, …); `id` is the key of the write that made it.

    `issue` is the database id of the issue the text belongs to (for a child: of its epic). 0 only where none exists.
    """

    repo: int
    issue: int
    kind: str
    id: str


def digest(text: str) -> str:
    """A short name for a text; equal texts have equal digests. Line endings and outer blanks do not count."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sign(marker: Marker, key: bytes) -> str:
    """The marker as it is hidden in a text."""
    return f"<!-- interlock:{marker.kind} {marker.repo} {marker.issue} {marker.id} {_signature(marker, key)} -->"


def markers_in(text: str, key: bytes) -> list[Marker]:
    """All markers in `text` that we signed, outside quotes; forged or foreign ones are left out.

    The caller has checked that the author is our bot.
    """
    unquoted = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">"))
    found = []
    for kind, repo, issue, ident, signature in _MARKER.findall(unquoted):
        marker = Marker(int(repo), int(issue), kind, ident)
        if hmac.compare_digest(signature, _signature(marker, key)):
            found.append(marker)
    return found


def without_markers(text: str) -> str:
    """`text` as it was before it was signed."""
    return _MARKER.sub("", text)


def strip_markers(text: str) -> str:
    """`text` with our reserved prefix made harmless: for everything of somebody else's that we repeat."""
    return _RESERVED.sub("<!-- not-interlock:", text)


def _signature(marker: Marker, key: bytes) -> str:
    signed = f"{marker.repo}\n{marker.issue}\n{marker.kind}\n{marker.id}".encode()
    return hmac.new(key, signed, hashlib.sha256).hexdigest()[:32]
