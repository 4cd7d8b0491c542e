"""Why the store could not do what it was asked. What a store function raises itself reaches its caller unchanged."""


class StoreUnavailable(Exception):
    """Nothing is known to be stored: the disk is full, the database locked, restarting or gone. Try again later."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CannotOpen(Exception):
    """The database cannot be used as it is; the message says what to change."""


class Conflict(Exception):
    """The facts that a decision was made from are not true any more; the job reads them again."""
