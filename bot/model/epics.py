"""The child plan of an epic, stored before the first child is created, and what became of it."""

from typing import Literal

import msgspec


class PlannedChild(msgspec.Struct, frozen=True, kw_only=True):
    """One child. `key` is the idempotency key of the write that creates it: epic id, item, occurrence.

    `existing` is the database id of the issue that the item refers to, and `number` its number; both are 0 for one
    that has to be created. `above` is the key of the item it stands under in the text, empty for none, and None where
    it was not written down.
    """

    key: str
    title: str
    existing: int = 0
    number: int = 0
    above: str | None = None


class NewChild(PlannedChild, frozen=True, kw_only=True):
    """A planned child with all that its creation needs.

    `body` is what stands in it, harmless already; `parent` the key of the planned child it goes under, empty for the
    epic itself; `under` the number of an existing issue it goes under, 0 for none. `section` are the headings it stands
    under; `why` the reason it was taken.
    """

    body: str = ""
    parent: str = ""
    under: int = 0
    depth: int = 0
    section: tuple[str, ...] = ()
    why: str = ""


class StoredChild(PlannedChild, frozen=True, kw_only=True):
    """A child that `run` planned, with what became of the writes that create and link it.

    `id` and `number` are 0 until it is there; `failed` says why it never will be, or why it was not linked.
    `in_doubt`: its creation was sent without an answer, so it may be there.
    """

    run: int
    id: int = 0
    failed: str = ""
    in_doubt: bool = False

    @property
    def is_lost(self) -> bool:
        """It was never created, and will not be."""
        return bool(self.failed) and not self.id


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One decomposition of an epic; the first is 1. `issue` is the epic's database id.

    `left_out` are its items that became no child, a line for each. `by` is the login of whoever commanded it,
    `undone_by` of whoever took it back, empty if nobody did.
    """

    id: int
    issue: int
    by: str
    left_out: tuple[str, ...] = ()
    undone_by: str = ""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The plan that people were shown last, and the digest of the description it was made from."""

    body: str
    children: tuple[NewChild, ...]


#: What has become of a child: `coming` is not created yet, `failed` never will be or could not be linked, `gone` was
#: deleted or transferred, `moved` is an issue still but no sub-issue of its epic any more.
Status = Literal["coming", "failed", "open", "done", "gone", "moved"]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an epic's progress list. `number` is 0 for what is not, or not here; `why` tells of what failed."""

    title: str
    number: int
    status: Status
    why: str = ""
