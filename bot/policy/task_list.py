"""Reading the tasks of an epic: the open boxes of its task lists."""

import re
from collections.abc import Iterator

import msgspec
from markdown_it.token import Token

from bot.policy.markdown import outside_quotes, plain_text, tokens_of

_BOX = re.compile(r"\[([ xX])\]\s+(?=\S)")
#: `#12`, `owner/repo#12` or the address of an issue, and nothing else.
_REFERENCE = re.compile(
    r"(?:https?://[^/\s]+/(?P<url_repo>[\w.-]+/[\w.-]+)/issues/|(?P<repo>[\w.-]+/[\w.-]+)?#)(?P<number>[1-9]\d{0,9})"
)
#: GitHub's limit for an issue title, in characters.
LONGEST_TITLE = 256


class Task(msgspec.Struct, frozen=True):
    """One open box. `title` is plain text; `refers_to` is (full name or empty, number) if the item *is* an issue."""

    title: str
    refers_to: tuple[str, int] | None = None


def open_tasks(body: str) -> tuple[Task, ...]:
    """The open boxes of `body`, at every depth, in reading order; not those in quotes or code."""
    return tuple(_tasks(body))


def _tasks(body: str) -> Iterator[Task]:
    previous: list[Token] = []
    for token in outside_quotes(tokens_of(body)):
        starts_item = len(previous) == 2 and [t.type for t in previous] == ["list_item_open", "paragraph_open"]
        previous = [*previous[-1:], token]
        if not (token.type == "inline" and starts_item):
            continue
        box = _BOX.match(token.content)
        if box is None or box[1] != " ":
            continue
        title = _title(token, box)
        if title:
            yield Task(title, _reference(title))


def _title(inline: Token, box: re.Match[str]) -> str:
    words = plain_text(inline)
    words = words[box.end() :] if words.startswith(box[0].rstrip()) else words
    return " ".join(words.split())[:LONGEST_TITLE].strip()


def _reference(title: str) -> tuple[str, int] | None:
    match = _REFERENCE.fullmatch(title)
    if match is None:
        return None
    return (match["url_repo"] or match["repo"] or "", int(match["number"]))
