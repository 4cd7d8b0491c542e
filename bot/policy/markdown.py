"""Markdown as structure. GitHub bodies are parsed, never searched with patterns over raw text."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark")


def tokens_of(text: str) -> list[Token]:
    """The block tokens of `text`; `\\r\\n` counts as one line end."""
    return _PARSER.parse(text.replace("\r\n", "\n"))


def outside_quotes(tokens: list[Token]) -> Iterator[Token]:
    """`tokens` without everything that stands in a block quote: somebody else's words."""
    depth = 0
    for token in tokens:
        if token.type == "blockquote_open":
            depth += 1
        elif token.type == "blockquote_close":
            depth -= 1
        elif depth == 0:
            yield token


def plain_text(inline: Token) -> str:
    """The words of an inline token: marks, images and HTML left out; line breaks become blanks."""
    words = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline"):
            words.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            words.append(" ")
    return "".join(words).strip()
