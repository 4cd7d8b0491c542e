"""The words of one line of Markdown: what a reader sees, and where links, code and struck-through text are."""

import re

import msgspec
from markdown_it.token import Token

_TAG = re.compile(r"<(/?)(del|s|strike|br)\b[^>]*>", re.IGNORECASE)


class Words(msgspec.Struct, frozen=True):
    """`text` keeps line breaks as `\\n`. `links` are (start, end, address), `code` and `bold` (start, end) of `text`.

    Images, HTML and struck-through words are left out of `text`; `struck` has the latter.
    `written` is the source, to tell what was escaped or coded.
    """

    text: str
    links: tuple[tuple[int, int, str], ...] = ()
    code: tuple[tuple[int, int], ...] = ()
    bold: tuple[tuple[int, int], ...] = ()
    struck: str = ""
    written: str = ""

    def lead(self) -> str:
        """The bold words it starts with, without a colon; empty if it starts with none."""
        if self.bold and not self.text[: self.bold[0][0]].strip():
            return self.text[self.bold[0][0] : self.bold[0][1]].strip().rstrip(":.").strip()
        return ""

    def is_all_bold(self) -> bool:
        """Whether nothing but the bold lead and a colon is there: a heading that is not written as one."""
        return bool(self.lead()) and not self.text[self.bold[0][1] :].strip(" \n:.")

    def part(self, start: int, end: int | None = None) -> "Words":
        """What stands at `[start, end)` of the text; struck-through words and the source stay whole."""
        last = len(self.text) if end is None else end
        return Words(
            text=self.text[start:last],
            links=tuple((a - start, b - start, address) for a, b, address in self.links if start <= a and b <= last),
            code=tuple((a - start, b - start) for a, b in self.code if start <= a and b <= last),
            bold=tuple((a - start, b - start) for a, b in self.bold if start <= a and b <= last),
            struck=self.struck,
            written=self.written,
        )

    def with_addresses(self) -> str:
        """One line of text that says where its links lead."""
        pieces, at = [], 0
        for start, end, address in self.links:
            shown = self.text[start:end]
            pieces.append(
                self.text[at:end] if address in (shown, f"mailto:{shown}") else f"{self.text[at:end]} ({address})"
            )
            at = end
        return " ".join("".join([*pieces, self.text[at:]]).split())


def plain(text: str) -> Words:
    """`text` without any mark-up."""
    return Words(text=text, written=text)


def words_of(inline: Token | None) -> Words:
    """The words of an inline token; none for None."""
    if inline is None:
        return Words("")
    children = inline.children or []
    if len(children) == 1 and children[0].type == "text":
        return Words(text=children[0].content, written=inline.content)
    return _Writer().write(children, inline.content)


class _Writer:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.struck = 0
        self.struck_words = ""
        self.links: list[tuple[int, int, str]] = []
        self.code: list[tuple[int, int]] = []
        self.bold: list[tuple[int, int]] = []
        self.open_links: list[tuple[int, str]] = []
        self.open_bold: list[int] = []

    def write(self, children: list[Token], written: str) -> Words:
        for child in children:
            self._one(child)
        return Words(
            text="".join(self.pieces),
            links=tuple(self.links),
            code=tuple(self.code),
            bold=tuple(self.bold),
            struck=self.struck_words,
            written=written,
        )

    def _one(self, child: Token) -> None:
        kind = child.type
        if kind in ("text", "code_inline"):
            start = self.length
            self._add(child.content)
            if kind == "code_inline" and self.length > start:
                self.code.append((start, self.length))
        elif kind in ("softbreak", "hardbreak"):
            self._add("\n")
        elif kind in ("s_open", "s_close"):
            self.struck = max(0, self.struck + child.nesting)
        elif kind == "html_inline":
            self._tag(child.content)
        elif kind == "link_open":
            self.open_links.append((self.length, str(child.attrs.get("href", ""))))
        elif kind == "link_close" and self.open_links:
            start, address = self.open_links.pop()
            if self.length > start:
                self.links.append((start, self.length, address))
        elif kind == "strong_open":
            self.open_bold.append(self.length)
        elif kind == "strong_close" and self.open_bold:
            self.bold.append((self.open_bold.pop(), self.length))

    def _tag(self, html: str) -> None:
        match = _TAG.match(html)
        if match is None:
            return
        if match[2].lower() == "br":
            self._add("\n")
        else:
            self.struck = max(0, self.struck + (-1 if match[1] else 1))

    def _add(self, text: str) -> None:
        if self.struck:
            self.struck_words += text
            return
        self.pieces.append(text)
        self.length += len(text)
