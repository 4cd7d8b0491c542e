"""Points in time, as GitHub writes them."""

from datetime import datetime


def instant(moment: datetime) -> str:
    """`2026-11-21T09:33:00Z`: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def optional_instant(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)
