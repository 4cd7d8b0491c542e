"""Walks through the blocks of an epic and decides, item by item, what is a piece of work."""

from dataclasses import dataclass, field

import msgspec

from bot.policy.epic.blocks import Block, blocks_of
from bot.policy.epic.items import Item, clean_title, read_item
from bot.policy.epic.lines import (
    gives_orders,
    has_box,
    head_of,
    heading_level,
    in_fold,
    is_how_to,
    lists_work,
    notes_of,
    why_not_plain,
)
from bot.policy.epic.plan import LeftOut
from bot.policy.epic.references import Reference
from bot.policy.epic.sections import TOP, Kind, Section, is_imperative, is_named_phase
from bot.policy.epic.sentences import listed_in
from bot.policy.epic.tables import columns_of, rows_of
from bot.policy.epic.words import Words, plain, words_of

_QUOTED = "quoted: somebody else's words"


@dataclass(slots=True)
class Found:
    """A piece of work as it was found. `is_weak`: only if the epic says nothing more explicit anywhere."""

    title: str
    why: str
    section: Section
    parent: "Found | None" = None
    is_done: bool = False
    is_weak: bool = False
    is_box: bool = False
    is_heading: bool = False
    is_sentence: bool = False  # listed in running text; neither a phase nor an issue
    is_parent_only: bool = False  # a plain bullet that is here for the boxes below it
    refers_to: Reference | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _OpenHeading:
    level: int
    section: Section
    outer: Section
    found_before: int
    is_followed: bool = False  # by any text of its own
    lead: str = ""  # what stands behind a bold lead-in, in its line
    below: list[Block] = field(default_factory=list)


class Reader:
    """Reads the blocks of one description; `found` and `left_out` grow in the order of the text."""

    def __init__(self, repo: str) -> None:
        self.repo = repo
        self.found: list[Found] = []
        self.left_out: list[LeftOut] = []

    def read(
        self,
        blocks: list[Block],
        around: Section = TOP,
        parent: Found | None = None,
        above: Section | None = None,
    ) -> None:
        """Reads sibling blocks that stand in the section `around`, below `parent`.

        `above`: what the sentence right above the first of them says.
        """
        headings: list[_OpenHeading] = []
        for block in blocks:
            section = headings[-1].section if headings else around
            words = words_of(block.inline) if block.kind in ("heading", "paragraph") else Words("")
            level = heading_level(block, words)
            if level:
                self._close(headings, level, parent)
                outer = headings[-1].section if headings else around
                name = words.text if block.kind == "heading" else words.lead()
                heading = _OpenHeading(level, outer.below(name), outer, len(self.found))
                if words.struck.strip() and not words.text.strip():
                    heading.section = Section(kind=Kind.LEFT_OUT, why="struck through")
                headings.append(heading)
                above = None
                if block.kind == "paragraph" and not words.is_all_bold():
                    above = self._paragraph(words, heading.section, parent)
                    heading.is_followed = True
                    heading.lead = " ".join(words.text[words.bold[0][1] :].strip(" \n:.–—-").split())
                continue
            if headings and block.kind != "html":
                headings[-1].is_followed = True
                headings[-1].below.append(block)
            here = above or section
            above = None
            if block.kind == "paragraph":
                above = self._paragraph(words, section, parent)
            else:
                self._block(block, here, parent)
        self._close(headings, 0, parent)

    def _block(self, block: Block, section: Section, parent: Found | None) -> None:
        if block.kind == "list":
            self._list(block, section, parent)
        elif block.kind == "table":
            self._table(block, section, parent)
        elif block.kind == "details":
            self.read(block.children, in_fold(section, block.raw), parent)
        elif block.kind == "fence" and block.info.lower().replace(" ", "") in ("[tasklist]", "tasklist"):
            self._tasklist(block, section, parent)
        elif block.kind == "quote":
            self._skip_items(block, _QUOTED)
        elif block.kind == "fence" and has_box(block.raw):
            self._skip(block.raw.strip().split("\n")[0], "code, not work")
        elif block.kind == "html" and has_box(block.raw):
            self._skip(block.raw.strip(" \n<!->").split("\n")[0], "an HTML comment or HTML, not work")

    def _tasklist(self, block: Block, section: Section, parent: Found | None) -> None:
        inside = section if section.kind is Kind.LEFT_OUT else section.below("Tasks")
        self.read(blocks_of(block.raw), inside, parent)

    # headings

    def _close(self, headings: list[_OpenHeading], level: int, parent: Found | None) -> None:
        """Ends the sections that a heading of `level` ends; one that named work and had no items is a piece itself."""
        while headings and headings[-1].level >= level:
            heading = headings.pop()
            if len(self.found) == heading.found_before:
                self._heading_as_work(heading, parent)

    def _heading_as_work(self, heading: _OpenHeading, parent: Found | None) -> None:
        section = heading.section
        is_listed = (
            heading.outer.kind is Kind.WORK and not heading.outer.names_work and section.name != heading.outer.name
        )
        is_piece = section.is_phase or section.names_work or (is_listed and section.kind is Kind.WORK)
        if section.kind is not Kind.WORK or not is_piece or heading.outer.is_phase:
            return
        if section.is_phase and not heading.is_followed and len(section.name.split()) < 3:
            self._skip(section.name, "a phase without a name or content")
            return
        item = read_item(plain(section.name))
        if item.nothing:
            self._skip(section.name, item.nothing)
            return
        kind = "phase" if section.is_phase else "heading that names work"
        is_weak = section.names_work and not is_listed
        why = f"a {kind} without items of its own"
        found = self._add(item, why, heading.outer, parent, is_weak=is_weak, is_done=section.is_done)
        if found is not None:
            found.is_heading = True
            found.notes += [heading.lead] * bool(heading.lead) + notes_of(heading.below)

    # paragraphs

    def _paragraph(self, words: Words, section: Section, parent: Found | None) -> Section | None:
        """Lists in the sentence; gives the section of the list right below, if the sentence says what that is."""
        text = words.text.strip()
        if section.kind in (Kind.WORK, Kind.WEAK, Kind.UNKNOWN):
            pieces = listed_in(text, is_work=section.kind is Kind.WORK)
            for piece in pieces:
                self._piece(piece, section, parent)
            if pieces:
                return None
        if section.kind is Kind.LEFT_OUT or not text.endswith((":", ":-", "：")):
            return None
        last = text.split("\n")[-1] if len(text) > 200 else text
        return section.below_sentence(last)

    def _piece(self, piece: str, section: Section, parent: Found | None) -> None:
        item = read_item(plain(piece))
        if item.nothing:
            self._skip(piece, item.nothing)
        else:
            is_weak = section.kind is not Kind.WORK
            found = self._add(item, "listed in a sentence", section, parent, is_weak=is_weak)
            if found is not None:
                found.is_sentence = not (is_named_phase(piece) or item.refers_to)

    # tables

    def _table(self, table: Block, section: Section, parent: Found | None) -> None:
        columns = columns_of(table, section)
        if columns is None or section.kind in (Kind.LEFT_OUT, Kind.SIDE, Kind.BOXES, Kind.NOTES):
            return
        for row in rows_of(table, columns):
            why = row.item.nothing or (f"state: {row.given_up}" if row.given_up else "")
            if why and not (row.refers_to and not row.given_up):
                self._skip(row.item.title, why)
                continue
            self._add(
                row.item,
                "a row of a table of work",
                section,
                parent,
                is_done=row.is_done,
                refers_to=row.refers_to,
            )

    # lists

    def _list(self, block: Block, section: Section, parent: Found | None) -> None:
        items = [head_of(child) for child in block.children]
        plain_items = [item for item in items if item.box is None and not item.nothing]
        if section.kind in (Kind.WEAK, Kind.UNKNOWN) and is_how_to(plain_items):
            section = msgspec.structs.replace(section, kind=Kind.SIDE, why="steps of a how-to, not work")
        all_refer = bool(plain_items) and all(item.refers_to for item in plain_items)
        all_orders = len(plain_items) > 1 and all(is_imperative(item.title) for item in plain_items)
        for child, item in zip(block.children, items, strict=True):
            self._item(child, item, section, parent, all_refer=all_refer, all_orders=all_orders)

    def _item(
        self, block: Block, item: Item, section: Section, parent: Found | None, *, all_refer: bool, all_orders: bool
    ) -> None:
        has_head = bool(block.children) and block.children[0].kind == "paragraph"
        rest = block.children[1:] if has_head else block.children
        why = self._why_left_out(item, section, [inner for inner in rest if inner.kind == "list"])
        if not why and item.box is None and item.sign is not False:
            why = why_not_plain(item, section, all_refer=all_refer, all_orders=all_orders)
        if section.kind is Kind.LEFT_OUT or (why and why == item.label):
            self._skip(item.title, why)
            self._skip_nested(rest, why)
            return
        if why and item.box is None and not item.nothing and has_head:
            self._maybe_parent(item, rest, section, parent, why)
        elif why:
            if has_head:
                self._skip(item.title, why)
            self.read(rest, section.inside_item(), parent)
        else:
            self._take(
                item,
                rest,
                section,
                parent,
                is_weak=item.box is None and section.kind is not Kind.WORK and not all_refer,
            )

    def _why_left_out(self, item: Item, section: Section, lists: list[Block]) -> str:
        if section.kind is Kind.LEFT_OUT:
            return section.why
        if item.nothing:
            return item.nothing
        if item.box is None:
            is_label = lists or item.ends_with_colon or ":" in item.title[:40]
            return item.label if is_label and not (item.is_part_name and any(map(lists_work, lists))) else ""
        if section.kind is Kind.SIDE and item.refers_to:
            return section.why
        return item.label if lists else ""

    def _maybe_parent(self, item: Item, rest: list[Block], section: Section, parent: Found | None, why: str) -> None:
        """A plain bullet becomes a child if boxes stand below it; otherwise it is left out, or a note of its parent."""
        found = self._add(item, "parent of the boxes below it", section, parent)
        if found is None:
            return
        found.is_parent_only = True
        before = len(self.found)
        self.read(rest, section.inside_item(), found, _below(item, section))
        if len(self.found) > before:
            found.notes += notes_of(rest, is_left_out=bool(item.below))
            return
        self.found.pop()
        if section.kind is not Kind.NOTES:
            self._skip(item.title, why)

    def _take(self, item: Item, rest: list[Block], section: Section, parent: Found | None, *, is_weak: bool) -> None:
        why = {True: "a checked box", False: "an open box", None: "an item of a list of work"}[item.box]
        is_done = bool(item.box) or bool(item.sign) or (section.is_done and item.box is None)
        found = self._add(item, why, section, parent, is_done=is_done, is_weak=is_weak)
        if found is not None:
            found.is_box = item.box is not None
        lists = [inner for inner in rest if inner.kind == "list"]
        is_group = item.is_group or (item.is_noun and all(map(gives_orders, lists)))
        if found is not None and item.box is None and section.kind is Kind.WORK and is_group and lists:
            self.read(rest, section, found, _below(item, section))
            return
        if found is not None:
            found.notes += notes_of(rest, is_left_out=bool(item.below))
        self.read(rest, section.inside_item(), found or parent, _below(item, section))

    # results

    def _add(
        self,
        item: Item,
        why: str,
        section: Section,
        parent: Found | None,
        *,
        is_done: bool = False,
        is_weak: bool = False,
        refers_to: tuple[Reference, ...] = (),
    ) -> Found | None:
        """Notes a piece of work, or one for each issue the item is; gives the last."""
        where = f"{why} under “{section.name}”" if section.name else why
        references = refers_to or item.refers_to
        if not references:
            self.found.append(Found(item.title, where, section, parent, is_done, is_weak, notes=[*item.notes]))
            return self.found[-1]
        added = None
        for reference in references:
            title = item.title if len(references) == 1 else reference.name(self.repo)
            shown = title if title.endswith(f"#{reference.number}") else f"{reference.name(self.repo)} {title}"
            if reference.is_pull:
                self._skip(shown, "a pull request: listed, not linked")
            elif not reference.is_of_owner(self.repo):
                self._skip(shown, "an issue of another owner: listed, not linked")
            else:
                added = Found(title, where, section, parent, is_done, is_weak, refers_to=reference)
                self.found.append(added)
        return added

    def _skip(self, text: str, why: str) -> None:
        shown = clean_title(text)
        self.left_out.append(LeftOut(shown, why))

    def _skip_items(self, block: Block, why: str) -> None:
        """Names every item inside `block` as left out."""
        for child in block.children:
            if child.kind == "item" and child.children and child.children[0].kind == "paragraph":
                self._skip(read_item(words_of(child.children[0].inline)).title, why)
            self._skip_items(child, why)

    def _skip_nested(self, blocks: list[Block], why: str) -> None:
        for block in blocks:
            self._skip_items(block, why)


def _below(item: Item, section: Section) -> Section | None:
    """The section of the list right below an item whose last line is "Acceptance:"."""
    return msgspec.structs.replace(section, kind=Kind.LEFT_OUT, why=item.below) if item.below else None
