"""Tables whose rows are work: which column names the task, and which its state."""

from collections.abc import Iterator

import msgspec

from bot.policy.epic import vocabulary
from bot.policy.epic.blocks import Block
from bot.policy.epic.items import Item, read_item
from bot.policy.epic.references import Reference, references_in
from bot.policy.epic.sections import Kind, Section, simple
from bot.policy.epic.words import Words, words_of


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
    pull = _first(heads, vocabulary.PULL_COLUMNS)
    named = _first(heads, vocabulary.TASK_COLUMNS - vocabulary.REFERENCE_COLUMNS)
    weak = _first(heads, vocabulary.WEAK_COLUMNS)
    if named < 0 and weak >= 0 and (status >= 0 or section.kind is Kind.WORK):
        named = weak
    if named < 0 and reference >= 0 and heads[reference] != "#":
        named = reference
    if named < 0 and section.kind is Kind.WORK and not vocabulary.OTHER_COLUMNS & set(heads[:1]):
        named = next(
            (i for i in range(len(heads)) if i not in (status, pull) and heads[i] not in ("#", "no", "nr")), -1
        )
    if named < 0:
        return None
    return Columns(task=named, status=status, reference=reference if reference != named else -1, pull=pull)


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
    if text in ("[x]", "x"):
        return "done"
    if text.startswith(("✅", "✔", "☑", ":white_check_mark:", ":heavy_check_mark:")):
        return "done"
    return said if said in vocabulary.DONE_STATES | vocabulary.GIVEN_UP_STATES else _first_word(said)


def _first_word(said: str) -> str:
    """ "done in #12" is done, "not done" is not."""
    return said.split(maxsplit=1)[0] if said else ""


def _first(heads: list[str], names: frozenset[str]) -> int:
    return next((position for position, head in enumerate(heads) if head in names), -1)
