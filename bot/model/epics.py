"""The child plan of an epic, stored before the first child is created."""

import msgspec


class PlannedChild(msgspec.Struct, frozen=True, kw_only=True):
    """One child. `key` is the idempotency key of the write that creates it: epic id, item, occurrence.

    `existing` is the database id of the issue that the item refers to; 0 for one that has to be created.
    """

    key: str
    title: str
    existing: int = 0
