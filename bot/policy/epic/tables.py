"""Tables whose rows are work: which column names the task, and which its state."""

import re
from collections.abc import Iterator

import msgspec

from bot.policy.epic import vocabulary
from bot.policy.epic.blocks import Block
from bot.policy.epic.items import Item, read_item
from bot.policy.epic.references import Reference, references_in
from bot.policy.epic.sections import Kind, Section, simple
from bot.policy.epic.words import Words, words_of

_FIRST_WORD = re.compile(r"\W*(\w+)")
#: What may stand behind "done" and leave it done: by whom, in which change or release, on which day.
_WHERE_OR_WHEN = re.compile(
    r"[.,:!–—-]*\s*(?:\(|by\b|(?:(?:in|on|via|with|at|since|as of)\s+)?(?:the\s+)?(?:"
    r"prs?\b|pull requests?\b|[\w./-]*#\d|gh-\d|https?://|@\w|v\d|\d+\.\d+|releases?\b|sprint\b|main\b|master\b|"
    r"prod(?:uction)?\b|q[1-4]\b|\d{4}-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}|(?:\d{1,2}(?:st|nd|rd|th)?\.?\s+)?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|last (?:week|month|year)\b|yesterday\b|today\b))"
)
_RESERVATION = re.compile(
    r"\b(?:except|but|needs?|not|no|partly|partially|pending|missing|without|todo|remaining|almost|only|still|wip)\b"
    r"|[%?]|\d\s*(?:/|of)\s*\d+(?![/\d])"
)


class Columns(msgspec.Struct, frozen=True):
    """Positions of the columns; -1 where there is none."""

    task: int
    status: int = -1
    reference: int = -1
    pull: int = -1


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """`is_done` and `given_up` come from the state column, `refers_to` from the reference column or the task itself."""

    item: Item
    is_done: bool = False
    given_up: str = ""
    refers_to: tuple[Reference, ...] = ()


def columns_of(table: Block, section: Section) -> Columns | None:
    """Which columns make the rows of `table` work; None if they are something else."""
    heads = [_head(words_of(cell.inline)) for cell in _cells(table, 0)]
    status = _first(heads, vocabulary.STATUS_COLUMNS)
    reference = _first(heads, vocabulary.REFERENCE_COLUMNS)
    ordinal = _first(heads, frozenset("#"))
    pull = _first(heads, vocabulary.PULL_COLUMNS)
    named = _first(heads, vocabulary.TASK_COLUMNS - vocabulary.REFERENCE_COLUMNS)
    weak = _first(heads, vocabulary.WEAK_COLUMNS)
    if named < 0 and weak >= 0 and (status >= 0 or section.kind is Kind.WORK):
        named = weak
    if named < 0:
        named = reference
    if named < 0 and section.kind is Kind.WORK and not vocabulary.OTHER_COLUMNS & set(heads[:1]):
        named = next(
            (i for i in range(len(heads)) if i not in (status, pull) and heads[i] not in ("#", "no", "nr")), -1
        )
    if named < 0:
        return None
    return Columns(
        task=named, status=status, reference=reference if reference not in (named, -1) else ordinal, pull=pull
    )


def rows_of(table: Block, columns: Columns) -> Iterator[Row]:
    """The rows below the head of `table`."""
    for row in table.children[1].children if len(table.children) > 1 else ():
        cells = [words_of(cell.inline) for cell in row.children]
        item = read_item(cells[columns.task])
        state = _state(cells[columns.status]) if columns.status >= 0 else ""
        refers_to = item.refers_to
        if columns.reference >= 0 and not refers_to:
            refers_to = references_in(cells[columns.reference])[:1]
        yield Row(
            item=item,
            is_done=state in vocabulary.DONE_STATES or bool(item.box) or bool(item.sign),
            given_up=state if state in vocabulary.GIVEN_UP_STATES else "",
            refers_to=refers_to,
        )


def _cells(table: Block, part: int) -> list[Block]:
    rows = table.children[part].children if len(table.children) > part else []
    return rows[0].children if rows else []


def _head(words: Words) -> str:
    return simple(words.text) or words.text.strip().lower()


def _state(words: Words) -> str:
    """The state without its sign ("✅ Done" is done); the sign where there is nothing else."""
    text = words.text.strip().lower()
    said = simple(text)
    if text in ("[x]", "x", "100%"):
        return "done"
    if text.startswith(("✅", "✔", "☑", ":white_check_mark:", ":heavy_check_mark:")):
        return "done"
    if said in vocabulary.DONE_STATES | vocabulary.GIVEN_UP_STATES:
        return "" if text.endswith("?") else said
    return _first_word(text)


def _first_word(text: str) -> str:
    """ "done in #12" is done; "not done", "done, needs QA", "done (except tests)" and "done? no" are not."""
    first = _FIRST_WORD.match(text)
    if first is None:
        return ""
    if first[1] in vocabulary.GIVEN_UP_STATES:
        return "" if text.startswith("?", first.end()) else first[1]
    is_settled = _WHERE_OR_WHEN.match(text, first.end()) and not _RESERVATION.search(text, first.end())
    return first[1] if is_settled else ""


def _first(heads: list[str], names: frozenset[str]) -> int:
    return next((position for position, head in enumerate(heads) if head in names), -1)
