"""A description as entries: headings, lines, code, quotes, images, in reading order. One pass, no inline parse.

Only the blocks are parsed: inline parsing costs up to a second on brackets, and nothing here needs it.
"""

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.model.triage_rules import TriageRules
from bot.policy.triage.skeleton import is_confirmation, is_skeleton, unmarked

#: The longest description GitHub stores, in characters; what a file of `interlock try` has beyond it is not read.
LONGEST_BODY = 65_536
#: Of a longer text the beginning and the end are read: a report says what it has to say there, the middle is a log.
_HEAD, _TAIL = 16_384, 8_192
_MOST_LINES = 4_096
_CODE_HEAD, _CODE_TAIL = 2_048, 2_048
_BLOCKS = MarkdownIt("commonmark").disable(["inline", "text_join", "reference"])
_IMAGE = re.compile(
    r"!\[[^\[\]\n]{0,200}\]\([^()\n]{0,1000}\)|<(?:img|video)\b[^<>\n]{0,1000}>"
    r"|https?://\S{0,80}user-attachments/\S+",
    re.I,
)
_SUMMARY = re.compile(r"<summary>([^<>\n]{0,200})</summary>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,500}>")
_BOLD_LINE = re.compile(r"(?:\*\*|__)([^*_\n]{2,100})(?:\*\*|__)\s*:?")
_LABELLED = re.compile(r"([A-Za-z][^:?\n]{1,60}[^:?\s])\s*(?::|\?|\s[-–—]\s)\s*(?!//)(.*)")
#: Words in the name of a section; what is longer is a sentence.
_LONGEST_NAME = 8
#: Levels of what acts as a heading without being one: a bold line, `Label: value`.
BOLD, LABEL = 7, 8

What: TypeAlias = Literal["heading", "line", "code", "quote", "image"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`level` of a heading (1 to 6, BOLD, LABEL), else 0; `role` what its name means (`steps`), empty if unknown.

    `mark` is `1` for an item of an ordered list, `-` for another list item; `box` is `" "` or `"x"` for a task.
    """

    what: What
    text: str
    level: int = 0
    role: str = ""
    mark: str = ""
    box: str = ""


def read(body: str, rules: TriageRules) -> tuple[Entry, ...]:
    """The entries of `body` that a person wrote: without comments, prompts of templates and empty fields."""
    lines = body[:LONGEST_BODY].replace("\r\n", "\n").split("\n")
    if len(lines) > _MOST_LINES:
        del lines[_MOST_LINES // 2 : -_MOST_LINES // 2]
    return tuple(_entries("\n".join(lines), rules))


def sections(entries: tuple[Entry, ...]) -> Iterator[tuple[Entry, tuple[Entry, ...]]]:
    """Each heading with what stands below it, down to the next heading of its own or a higher level."""
    for at, heading in enumerate(entries):
        if heading.what == "heading":
            end = at + 1
            while end < len(entries) and not 0 < entries[end].level <= heading.level:
                end += 1
            yield heading, entries[at + 1 : end]


def role_of(name: str, rules: TriageRules) -> str:
    """What a section of that name is for: a key of `rules.sections`, or empty."""
    words = heading_words(name)
    for role, names in rules.sections.items():
        if words in names:
            return role
    if len(words.split()) > _LONGEST_NAME:
        return ""
    for role in ("steps", "expected", "actual", "version"):
        for known in rules.sections[role]:
            is_whole = " " in known or known == role
            if is_whole and (words.startswith(f"{known} ") or words.endswith(f" {known}")):
                return role
    return ""


def heading_words(name: str) -> str:
    """The name of a section as names are compared: its words in lower case, letters and digits of any language."""
    return " ".join(re.findall(r"(?:[^\W_]|')+", name.lower()))


def without_comments(text: str) -> str:
    """`text` without HTML comments; one that is never closed hides the rest, as on GitHub."""
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0:
        kept.append(text[at:start])
        end = text.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        at = end + 3
    return "".join([*kept, text[at:]])


def _entries(body: str, rules: TriageRules) -> Iterator[Entry]:
    lists: list[str] = []
    quotes = 0
    before: list[Token] = []
    for token in _ends(_BLOCKS.parse(body)):
        match token.type:
            case "inline" if not token.content:
                pass
            case "blockquote_open" | "blockquote_close":
                quotes += token.nesting
            case "ordered_list_open" | "bullet_list_open":
                lists.append("1" if token.type.startswith("ordered") else "-")
            case "ordered_list_close" | "bullet_list_close":
                lists.pop()
            case "fence" | "code_block":
                yield from _verbatim(token.content, "quote" if quotes else "code", rules)
            case "inline" if quotes:
                yield Entry(what="quote", text=token.content)
            case "html_block" if not quotes:
                yield from _html(token.content, rules)
            case "inline":
                is_first = [t.type for t in before] == ["list_item_open", "paragraph_open"]
                yield from _inline(token, before[-1], lists[-1] if lists and is_first else "", rules)
        before = [*before[-1:], token]


def _ends(tokens: list[Token]) -> list[Token]:
    """`tokens` with the middle of long code, and of a long text as a whole, cut out of their contents."""
    for token in tokens:
        if token.type in ("fence", "code_block") and len(token.content) > _CODE_HEAD + _CODE_TAIL:
            token.content = f"{token.content[:_CODE_HEAD]}\n{token.content[-_CODE_TAIL:]}"
    left_out = sum(len(token.content) for token in tokens) - _HEAD - _TAIL
    at = 0
    for token in tokens if left_out > 0 else ():
        length = len(token.content)
        first, last = max(0, _HEAD - at), max(0, _HEAD + left_out - at)
        token.content = token.content[:first] + token.content[max(first, last) :]
        at += length
    return tokens


def _verbatim(content: str, what: What, rules: TriageRules) -> Iterator[Entry]:
    if content.strip() and not all(is_skeleton(line, rules.prompts) for line in content.splitlines()):
        yield Entry(what=what, text=content)


def _html(content: str, rules: TriageRules) -> Iterator[Entry]:
    content = without_comments(content)
    for summary in _SUMMARY.findall(content):
        yield Entry(what="heading", text=summary, level=BOLD, role=role_of(summary, rules))
    for line in _SUMMARY.sub("", content).split("\n"):
        yield from _line(line, "", rules)


def _inline(token: Token, opened_by: Token, mark: str, rules: TriageRules) -> Iterator[Entry]:
    content = token.content if "<!--" not in token.content else _inline_comments(token.content)
    if opened_by.type == "heading_open" and not _is_sentence(content):
        text = unmarked(content)
        yield Entry(what="heading", text=text, level=int(opened_by.tag[1:]), role=role_of(text, rules))
        return
    for number, line in enumerate(content.split("\n")):
        yield from _line(line, mark if number == 0 else "", rules)


def _inline_comments(content: str) -> str:
    """Inside a paragraph an unclosed comment is text."""
    return without_comments(content) if content.rfind("-->") > content.rfind("<!--") else content


def _is_sentence(content: str) -> bool:
    """A whole report written as a heading, often by a `---` right below a paragraph."""
    return len(content) > 45 and len(content.split()) >= 7 and "?" not in content and not is_skeleton(content)


def _line(line: str, mark: str, rules: TriageRules) -> Iterator[Entry]:
    if _IMAGE.search(line):
        yield Entry(what="image", text="")
        line = _IMAGE.sub("", line)
    line = _TAG.sub("", line).strip()
    bold = _BOLD_LINE.fullmatch(line)
    if bold:
        yield Entry(what="heading", text=bold[1].strip(" :"), level=BOLD, role=role_of(bold[1], rules))
        return
    box = re.match(r"\[([ xX])\]\s+", line) if mark else None
    words = unmarked(line)
    labelled = None if box else _LABELLED.fullmatch(words)
    role = role_of(labelled[1], rules) if labelled else ""
    if labelled and role:
        yield Entry(what="heading", text=labelled[1], level=LABEL, role=role)
        words = labelled[2]
    if not is_skeleton(words, rules.prompts) and not (box and is_confirmation(words)):
        yield Entry(what="line", text=words, mark=mark, box=box[1].lower() if box else "")
