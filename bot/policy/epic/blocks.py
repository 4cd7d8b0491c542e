"""A description as a tree of blocks: GitHub's Markdown, parsed once, with the folds of `<details>` as blocks."""

from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

#: Lists nest 10 deep, folds 20 (the parser's own limit; `![[…` costs time with a power of it). GitHub's sub-issues: 8.
_DEEPEST = 20
_PARSER = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])

_KINDS = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "blockquote_open": "quote",
    "table_open": "table",
    "thead_open": "rows",
    "tbody_open": "rows",
    "tr_open": "row",
    "th_open": "cell",
    "td_open": "cell",
}
_LEAVES = {"fence": "fence", "code_block": "fence", "html_block": "html", "hr": "rule"}


@dataclass(slots=True)
class Block:
    """One block. `inline` is the text of a heading, paragraph or cell; `raw` that of a fence (`info` is its first
    line) or of HTML; `level` is 1 to 6 for a heading. A `details` block has its summary as `raw`."""

    kind: str
    inline: Token | None = None
    raw: str = ""
    info: str = ""
    level: int = 0
    children: list["Block"] = field(default_factory=list)


def blocks_of(text: str) -> list[Block]:
    """The top blocks of `text`. Line ends of every kind count as one; the parser's cost is linear."""
    top: list[Block] = []
    open_blocks = [Block("document", children=top)]
    for token in _PARSER.parse(text.replace("\r\n", "\n").replace("\r", "\n")):
        parent = open_blocks[-1]
        if token.nesting == 1:
            level = int(token.tag[1]) if token.type == "heading_open" else 0
            block = Block(_KINDS.get(token.type, "other"), level=level)
            parent.children.append(block)
            open_blocks.append(block)
        elif token.nesting == -1:
            parent.children = _folded(parent.children)
            open_blocks.pop()
        elif token.type == "inline":
            parent.inline = token
        elif token.type in _LEAVES:
            parent.children.append(Block(_LEAVES[token.type], raw=token.content, info=token.info.strip()))
    return _folded(top)


def _folded(blocks: list[Block]) -> list[Block]:
    """`blocks` with what stands between `<details>` and `</details>` put into one block."""
    if not any(block.kind == "html" for block in blocks):
        return blocks
    top: list[Block] = []
    folds: list[list[Block]] = [top]
    for block in blocks:
        folds[-1].append(block)
        if block.kind != "html" or block.raw.lstrip().startswith("<!--"):
            continue
        raw = block.raw.lower()
        change = raw.count("<details") - raw.count("</details")
        if change > 0 and len(folds) <= _DEEPEST:
            block.kind = "details"
            block.raw = _summary(block.raw)
            folds.append(block.children)
        elif change < 0 and len(folds) > 1:
            folds.pop()
        elif "<summary" in raw and len(folds) > 1 and folds[-2][-1].kind == "details" and not folds[-2][-1].raw:
            folds[-2][-1].raw = _summary(block.raw)
    return top


def _summary(html: str) -> str:
    """The words between `<summary>` and `</summary>`, tags left out."""
    lower = html.lower()
    start = lower.find("<summary")
    end = lower.find("</summary", start)
    inside = html[start : end if end >= 0 else len(html)] if start >= 0 else ""
    words = [piece.partition(">")[2] for piece in inside.split("<")]
    return " ".join(" ".join(words).split())
