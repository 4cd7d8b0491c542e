"""Small questions about single blocks, asked while an epic is read."""

from bot.policy.epic import vocabulary
from bot.policy.epic.blocks import Block
from bot.policy.epic.items import Item, read_item
from bot.policy.epic.sections import Kind, Section, classify, classify_sentence, classify_summary, is_imperative, simple
from bot.policy.epic.words import Words, words_of


def head_of(item: Block) -> Item:
    """What the first paragraph of a list item says."""
    head = item.children[0] if item.children and item.children[0].kind == "paragraph" else None
    return read_item(words_of(head.inline if head else None))


def gives_orders(block: Block) -> bool:
    """Whether every item of a list starts like an order."""
    return all(is_imperative(head_of(child).title) for child in block.children)


def lists_work(block: Block) -> bool:
    """Whether a list has open boxes, or only orders."""
    return any(head_of(child).box is False for child in block.children) or gives_orders(block)


def is_how_to(items: list[Item]) -> bool:
    """Whether at least half of the items are steps at a screen: "Open …", "Click …"."""
    steps = [item for item in items if simple(item.title[:80]).partition(" ")[0] in vocabulary.HOW_TO_VERBS]
    return 2 * len(steps) >= len(items) > 0


def why_not_plain(item: Item, section: Section, *, all_refer: bool, all_orders: bool) -> str:
    """Why an item without a box is no work here; empty if it is."""
    if section.names_work and not all_orders and not item.refers_to:
        return "a note of the piece of work that its heading names"
    if section.kind is Kind.WORK or (all_refer and section.kind in (Kind.UNKNOWN, Kind.WEAK)):
        return ""
    if section.kind is Kind.WEAK or (section.kind is Kind.UNKNOWN and all_orders):
        return ""
    if section.kind in (Kind.SIDE, Kind.BOXES):
        return section.why
    return "a note of its item" if section.kind is Kind.NOTES else "no box, and not under words that announce work"


def heading_level(block: Block, words: Words) -> int:
    """1 to 6 for a heading, 7 for a bold line that works as one, 0 for everything else."""
    if block.kind == "heading":
        return block.level
    lead = words.lead() if block.kind == "paragraph" else ""
    if not lead or len(lead) > 120:
        return 0
    return 7 if words.is_all_bold() or classify(lead).kind is not Kind.UNKNOWN else 0


def in_fold(section: Section, summary: str) -> Section:
    own = classify_summary(summary)
    return own if own.kind is Kind.LEFT_OUT and section.kind is not Kind.LEFT_OUT else section.below(summary)


def has_box(text: str) -> bool:
    return "[ ]" in text or "[x]" in text


def notes_of(blocks: list[Block], *, is_left_out: bool = False) -> list[str]:
    """What stands below an item and is no work: its paragraphs and plain bullets, without boxes, code and quotes.

    The boxes of a list that `is_left_out`, or stands below "Acceptance criteria:", are no work either: they are notes.
    """
    lines: list[str] = []
    for block in blocks:
        if block.kind == "paragraph":
            words = words_of(block.inline)
            text = words.with_addresses()
            if text:
                lines.append(text)
            is_left_out = _names_no_work(words)
        elif block.kind == "list":
            for item in block.children:
                head, rest = head_of(item), item.children[1:]
                if head.box is None and not is_left_out:
                    lines += notes_of(item.children)
                elif head.box is None:
                    lines += notes_of(item.children[:1]) + notes_of(rest, is_left_out=True)
                elif is_left_out or (head.label and any(inner.kind == "list" for inner in rest)):
                    lines += [head.title, *head.notes, *notes_of(rest, is_left_out=True)]
            is_left_out = False
    return lines


def _names_no_work(words: Words) -> bool:
    """Whether a paragraph names the list below it as something else than work."""
    text = words.text.strip()
    is_name = text.endswith(":") or words.is_all_bold() or len(text.split()) <= 3
    return is_name and len(text) <= 200 and classify_sentence(text).kind is Kind.LEFT_OUT
