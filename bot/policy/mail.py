"""Where a mail that somebody sent as a comment begins to repeat what it answers to."""

import re

_SEPARATOR = re.compile(
    r"[ \t]{0,3}(?:-{2,}|_{2,}) ?(?:original message|forwarded message|urspr.ngliche nachricht|message d.origine"
    r"|mensaje original) ?(?:-{2,}|_{2,})[ \t]*|[ \t]{0,3}begin forwarded message:[ \t]*",
    re.IGNORECASE,
)
_HEADER = re.compile(r"[*_]{0,2}(?:from|von|de):[*_]{0,2} \S", re.IGNORECASE)
_NEXT_HEADER = re.compile(r"[*_]{0,2}(?:sent|date|to|gesendet|datum|an|envoy.|fecha|enviado):[*_]{0,2} ", re.IGNORECASE)
_WROTE = re.compile(
    r"(?:wrote|schrieb[^:]{0,200}|a .crit|escribi.|ha scritto|schreef[^:]{0,200}) ?:[ \t]*$", re.IGNORECASE
)
_ON = re.compile(r"(?:on|am|le|el|il|op) \S", re.IGNORECASE)
_MOST_LINES = 3  # mail programs break the "On …, … wrote:" of a long address


def tail_lines(lines: list[str]) -> frozenset[int]:
    """The numbers of those of `lines` after which everything is somebody else's words.

    "-----Original Message-----" and its kin; a "From:" line followed by "Sent:" or "To:"; and "On …, … wrote:" unless
    the lines after it are marked with `>`: those are a quote of their own, and what follows them is the answer.
    """
    return frozenset(number for number, line in enumerate(lines) if _begins_tail(lines, number, line))


def attribution_lines(lines: list[str]) -> frozenset[int]:
    """The numbers of the lines of every "On …, … wrote:": written by the mail program, by nobody else."""
    return frozenset(taken for number, line in enumerate(lines) for taken in _attribution(lines, number, line))


def _begins_tail(lines: list[str], number: int, line: str) -> bool:
    if _SEPARATOR.fullmatch(line):
        return True
    if _HEADER.match(line):
        return number + 1 < len(lines) and bool(_NEXT_HEADER.match(lines[number + 1]))
    return bool(_attribution(lines, number, line)) and not _is_marked(lines, number + 1)


def _attribution(lines: list[str], number: int, line: str) -> range:
    """The lines of the "On …, … wrote:" that ends with `line`; none if there is none."""
    if not _WROTE.search(line[-300:]):
        return range(0)
    for first in range(number, max(-1, number - _MOST_LINES), -1):
        if not lines[first].strip():
            break
        if _ON.match(lines[first].lstrip(" ")[:20]):
            return range(first, number + 1)
    return range(0)


def _is_marked(lines: list[str], number: int) -> bool:
    """Whether the next line that says anything carries the `>` of a quote."""
    following = (line for line in lines[number : number + 5] if line.strip())
    return next(following, "").lstrip(" ").startswith(">")
