"""The child plan of an epic: what becomes a sub-issue, what is one already, what is left out, and why."""

from typing import Literal

import msgspec


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work. `title`: plain text of at most 256 characters, still to be neutralised by who shows it.

    `ref`: `owner/name#n` of the issue that the item *is*, or None. `parent`: index of the parent in the plan, or None.
    `section`: the headings it stands under, outermost first; `notes`: the lines below it that are no children.
    """

    title: str
    state: Literal["open", "done", "existing"]
    ref: str | None
    parent: int | None
    why: str
    section: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class LeftOut(msgspec.Struct, frozen=True):
    """Something the epic lists that does not become a child, and the reason."""

    text: str
    why: str


class EpicPlan(msgspec.Struct, frozen=True):
    """Parents stand before their children; otherwise the order is that of the text."""

    children: tuple[Child, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def action(self) -> Literal["decompose", "clarify", "nothing"]:
        """`decompose` if anything is to be created or linked, `clarify` if no work was found, else `nothing`."""
        if any(child.state != "done" for child in self.children):
            return "decompose"
        return "nothing" if self.children else "clarify"
