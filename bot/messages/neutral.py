"""Making foreign words harmless before we repeat them."""

import re

from bot.model.markers import strip_markers

_MENTION = re.compile(r"@(?=[A-Za-z0-9])")
_CLOSING = re.compile(r"\b(clos(?:e|es|ed)|fix(?:es|ed)?|resolv(?:e|es|ed))(:?\s+)(?=\S*#\d|https?://)", re.IGNORECASE)
_COMMAND = re.compile(r"(?m)^(\s*)/(?=[A-Za-z])")
#: Where a link, an image, a definition or HTML would begin.
_MARKUP = re.compile(r"\](?=[(\[:])|<(?=[A-Za-z/!?])")
_WORD_JOINER = "\u2060"  # invisible; what follows is not a mention, a keyword or a command any more


def neutral(text: str) -> str:
    """`text` without live mentions, closing keywords, command lines, markers or hidden control characters."""
    shown = "".join(c for c in text if c.isprintable() or c in "\n\t")
    shown = strip_markers(shown)
    shown = _MENTION.sub(f"@{_WORD_JOINER}", shown)
    shown = _CLOSING.sub(rf"\1{_WORD_JOINER}\2", shown)
    return _COMMAND.sub(rf"\1{_WORD_JOINER}/", shown)


def one_line(text: str) -> str:
    """The same on one line, without links, images or HTML either: words that must not look like our own."""
    return _MARKUP.sub(rf"\g<0>{_WORD_JOINER}", neutral(" ".join(text.split())))


def mention(login: str) -> str:
    """A mention that is meant: of somebody who is asked something."""
    return f"@{login}"
