"""The child plan of an epic, stored before the first child is created."""

import msgspec


class PlannedChild(msgspec.Struct, frozen=True, kw_only=True):
    """One child. `key` is the idempotency key of the write that creates it: epic id, item, occurrence.

    `existing` is the database id of the issue that the item refers to; 0 for one that has to be created.
    """

    key: str
    title: str
    existing: int = 0


class NewChild(PlannedChild, frozen=True, kw_only=True):
    """A planned child with all that its creation needs.

    `body` is what stands in it, harmless already; `parent` the key of the planned child it goes under, empty for the
    epic itself; `under` the number of an existing issue it goes under, 0 for none. `number` is the number of an
    `existing` one. `section` are the headings it stands under; `why` the reason it was taken.
    """

    body: str = ""
    parent: str = ""
    under: int = 0
    number: int = 0
    depth: int = 0
    section: tuple[str, ...] = ()
    why: str = ""
