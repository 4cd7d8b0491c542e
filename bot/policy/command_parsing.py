"""Which lines of a text are commands.

A line of its own that starts with `/word`, ASCII only, in running text: not in quotes, code, lists or HTML
(design section 6). No normalising: NFKC would turn full-width look-alikes into commands (faults 1.3).
"""

import re
from collections import Counter

from bot.model.commands import Call
from bot.policy.markdown import outside_quotes, tokens_of

_LINE = re.compile(r"/([A-Za-z][A-Za-z-]{0,39})(?:[ \t]+(.*))?", re.ASCII)


def commands_in(text: str, *, before: str = "", comment: int = 0) -> tuple[Call, ...]:
    """The command lines of `text`, in order, less those that `before` (the text before an edit) already had.

    Every `/word` is found, also words that are no command of ours. `comment` is the id the calls carry.
    """
    already = Counter(_lines(before))
    calls = []
    for ordinal, (name, arguments) in enumerate(_lines(text)):
        if already[name, arguments]:
            already[name, arguments] -= 1
            continue
        calls.append(Call(name=name, arguments=arguments, comment=comment, ordinal=ordinal))
    return tuple(calls)


def _lines(text: str) -> list[tuple[str, str]]:
    if not any(line.lstrip(" ").startswith("/") for line in text.splitlines()):
        return []  # ordinary text costs no parse
    found = []
    for token in outside_quotes(tokens_of(text)):
        if token.type == "inline" and token.level == 1:
            for line in token.content.split("\n"):
                match = _LINE.fullmatch(line.rstrip())
                if match and _is_plain(line):
                    found.append((match[1].lower(), (match[2] or "").strip()))
    return found


def _is_plain(line: str) -> bool:
    """No control, format or bidirectional characters: what a person sees is what is there."""
    return all(character.isprintable() or character == "\t" for character in line)
