"""Which lines of a text are commands.

A line of its own that starts with `/word`, ASCII only: not in quotes (block quotes, e-mail tails, `<blockquote>`),
code, HTML comments or folded `<details>` (design section 6). What counts is Markdown structure as GitHub renders it.
No normalising: NFKC would turn full-width look-alikes into commands (faults 1.3).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, html_inline
from markdown_it.token import Token

from bot.model.commands import Call
from bot.policy.mail import tail_lines

LONGEST_LINE = 2_000  # characters; a longer line is a paste, no command (fault T5)
_MAY_START = re.compile(r"^ {0,3}/[A-Za-z]", re.MULTILINE)
_LINE = re.compile(r" {0,3}/([A-Za-z][A-Za-z0-9_-]{0,39})(?:[ \t]+(.*))?", re.ASCII)
_LOOKS_LIKE_ONE = re.compile(
    r"^[^\w\n!-~]{0,20}?[/\uff0f\u2044\u2215\u29f8\u2571][^\w\n!-~]{0,8}[^\W\d_].*$", re.MULTILINE
)
_LOGGED_LINES, _LOGGED_CHARACTERS = 10, 200

# Drawn as nothing, though no format characters: fillers, joiners, selectors (Unicode: Default_Ignorable_Code_Point,
# less the selectors FE0E and FE0F, which ordinary emoji carry) and the blank Braille pattern.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)

# `<!--` or the tags of elements whose text is quoted, code or folded away.
_ELEMENT = re.compile(r"<!--|<(/?)(details|blockquote|pre|code|script|style|textarea)(?=[\s/>])", re.IGNORECASE)


def commands_in(text: str, *, before: str = "", comment: int = 0) -> tuple[Call, ...]:
    """The command lines of `text`, in order, less those that `before` (the text before an edit) already had.

    Every `/word` is found, also words that are no command of ours. `comment` is the id the calls carry.
    """
    already = Counter((name, arguments) for _, name, arguments in _lines(before))
    calls = []
    for ordinal, (_, name, arguments) in enumerate(_lines(text)):
        if already[name, arguments]:
            already[name, arguments] -= 1
            continue
        calls.append(Call(name=name, arguments=arguments, comment=comment, ordinal=ordinal))
    return tuple(calls)


def look_alikes(text: str) -> tuple[str, ...]:
    """Lines that a reader may take for a command although they are none, escaped to ASCII for the log.

    That is: a slash (or a character drawn like one) and a word, with a look-alike letter or something invisible in
    it. At most ten lines of 200 characters each; lines in quotes and code are not told apart.
    """
    if text.isascii():
        return ()
    found = []
    for match in _LOOKS_LIKE_ONE.finditer(_one_line_end(text)):
        line = match[0].strip(" \t")
        if not line.isascii() and not (_LINE.fullmatch(line) and _is_plain(line)):
            found.append(_escaped(line[:_LOGGED_CHARACTERS]))
        if len(found) == _LOGGED_LINES:
            break
    return tuple(found)


def without_bare_commands(text: str) -> str:
    """`text` less its command lines without arguments: what a person says beside them."""
    taken = {number for number, _, arguments in _lines(text) if not arguments}
    lines = _one_line_end(text).split("\n")
    return "\n".join(line for number, line in enumerate(lines) if number not in taken)


def blocks_of(text: str, references: dict[str, Any]) -> list[Token]:
    """The block tokens of `text`, inline ones not read any further; its link definitions are put into `references`."""
    tokens: list[Token] = []
    _PARSER.block.parse(text, _PARSER, references, tokens)
    return tokens


def _lines(text: str) -> list[tuple[int, str, str]]:
    """Line number (from 0), name in lower case and trimmed arguments of every command."""
    text = _one_line_end(text)
    if not _MAY_START.search(text):
        return []  # ordinary text costs no parse
    lines = text.split("\n")
    found = []
    for number in _own_lines(text, lines):
        match = _LINE.fullmatch(lines[number].rstrip(" \t"))
        if match and len(lines[number]) <= LONGEST_LINE and _is_plain(lines[number]):
            found.append((number, match[1].lower(), (match[2] or "").strip()))
    return found


def _own_lines(text: str, lines: list[str]) -> Iterator[int]:
    """The numbers of the lines that may be commands by their look and by their place."""
    tails = tail_lines(lines)
    place = _Place()
    references: dict[str, Any] = {}
    for token in blocks_of(text, references):
        if token.type not in ("inline", "html_block") or place.is_quoted:
            place.pass_by(token)
            continue
        first, after = token.map or (0, 0)
        tail = next((number for number in range(first, after) if number in tails), after)
        if token.type == "html_block":
            starts = _html_line_starts(lines[first:after], place)
        elif _ELEMENT.search(token.content) or any(_may_start(line, place) for line in lines[first:after]):
            starts = _line_starts(token, place, references)
        else:
            starts = []
        for number, is_start in enumerate(starts[: tail - first], first):
            if is_start and _may_start(lines[number], place):
                yield number
        if tail < after:
            return  # the rest of the mail is what it answers to


def _may_start(line: str, place: "_Place") -> bool:
    """An indented line of a list belongs to its item; one that is not is meant for us."""
    return line.startswith("/") if place.is_in_list else bool(_MAY_START.match(line))


class _Place:
    """Where in the document the next token stands."""

    def __init__(self) -> None:
        self.quotes = 0
        self.lists = 0
        self.elements = 0
        self.is_in_comment = False

    @property
    def is_quoted(self) -> bool:
        return self.quotes > 0

    @property
    def is_in_list(self) -> bool:
        return self.lists > 0

    @property
    def is_shown_as_own(self) -> bool:
        return not self.is_in_comment and self.elements == 0

    def pass_by(self, token: Token) -> None:
        if token.type in ("blockquote_open", "blockquote_close"):
            self.quotes += token.nesting
        elif token.type in ("list_item_open", "list_item_close"):
            self.lists += token.nesting

    def read_html(self, html: str) -> None:
        """Follows tags and comments; what is opened and never closed reaches to the end, as in a browser."""
        at = 0
        while at < len(html):
            if self.is_in_comment:
                end = html.find("-->", at)
                if end < 0:
                    return
                self.is_in_comment, at = False, end + 3
            tag = _ELEMENT.search(html, at)
            if tag is None:
                return
            at = tag.end()
            if tag[2] is None:
                self.is_in_comment, at = True, at - 2  # `<!-->` is a whole comment
            else:
                self.elements = max(0, self.elements + (-1 if tag[1] else 1))


def _line_starts(inline: Token, place: _Place, references: dict[str, Any]) -> list[bool]:
    """For each line of a paragraph, whether its start is running text: not within code, a tag, a link or a comment."""
    marks: list[tuple[int, str]] = []
    content = inline.content
    parser = _PARSER if len(content) <= _LONG_PARAGRAPH else _PARSER_OF_LONG
    parser.inline.parse(content, parser, {**references, "text": content, "marks": marks}, [])
    starts = {0: place.is_shown_as_own}
    for at, html in marks:
        if html:
            place.read_html(html)
        else:
            starts[at] = place.is_shown_as_own
    at, found = 0, []
    for line in content.split("\n"):
        found.append(starts.get(at, False))
        at += len(line) + 1
    return found


def _html_line_starts(lines: list[str], place: _Place) -> list[bool]:
    """The same for a block of HTML, which goes on behind its last tag until a blank line."""
    starts, is_in_tag = [], False
    for line in lines:
        starts.append(place.is_shown_as_own and not is_in_tag)
        place.read_html(line + "\n")
        opened, closed = line.rfind("<"), line.rfind(">")
        is_in_tag = opened > closed or (is_in_tag and closed < 0)
    return starts


def _mark_line_end(state: StateInline, silent: bool) -> bool:
    """Notes every line end of running text, and leaves it to the rules that follow."""
    if not silent and state.src is state.env["text"] and state.linkLevel <= 0:
        line_end = state.pos + (state.src[state.pos] == "\\")
        if state.src.startswith("\n", line_end):
            state.env["marks"].append((line_end + 1, ""))
    return False


def _mark_html(state: StateInline, silent: bool) -> bool:
    """The HTML rule, which also notes each tag that it finds."""
    start = state.pos
    is_html = html_inline(state, silent)
    if is_html and not silent and state.src is state.env["text"]:
        state.env["marks"].append((start, state.src[start : state.pos]))
    return is_html


def _structure_parser() -> MarkdownIt:
    """CommonMark as far as lines need it: emphasis and entities never move a line's start."""
    parser = MarkdownIt("commonmark").disable(["emphasis", "entity", "balance_pairs", "fragments_join"])
    parser.inline.ruler.at("html_inline", _mark_html)
    parser.inline.ruler.before("text", "line end", _mark_line_end)
    return parser


_PARSER = _structure_parser()
_LONG_PARAGRAPH = 10_000  # characters; in a longer one links may not span lines, or brackets would cost seconds
_PARSER_OF_LONG = _structure_parser().disable(["link", "image"])


def _one_line_end(text: str) -> str:
    """`\\r\\n` and a lone `\\r` end a line as `\\n` does (CommonMark 2.1)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_plain(line: str) -> bool:
    """No control, format, bidirectional or otherwise invisible characters: what a person sees is what is there."""
    return not _INVISIBLE.search(line) and all(
        character.isprintable() or character == "\t" or unicodedata.category(character) in ("Zs", "Cn", "Co")
        for character in line
    )


def _escaped(line: str) -> str:
    return "".join(c if " " <= c <= "~" else c.encode("unicode_escape").decode("ascii") for c in line)
