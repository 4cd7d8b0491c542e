"""Waits grow, and none is longer than is said."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.events import Event
from bot.model.ids import Repo
from bot.policy.backoff import patience
from bot.policy.freshness import LAG, age, may_lag

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("waited", "bound"), [(-5.0, 2.0), (0.0, 2.0), (2.0, 2.0), (40.0, 40.0), (300.0, 300.0), (6 * 3600.0, 300.0)]
)
def test_patience_grows_with_the_trouble_up_to_its_longest(waited: float, bound: float) -> None:
    waits = [patience(waited, base=2.0, fraction=fraction, longest=300.0) for fraction in (0.0, 0.5, 0.999)]
    assert waits == pytest.approx([0.0, bound / 2, 0.999 * bound])


def seen(*, received: float, happened: float | None = None) -> Event:
    """An event received, and happened, so many seconds before now."""
    happened_at = None if happened is None else NOW - timedelta(seconds=happened)
    return Event(
        delivery="g",
        name="issues",
        action="opened",
        repo=Repo(1, 7),
        number=1,
        received_at=NOW - timedelta(seconds=received),
        happened_at=happened_at,
    )


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (seen(received=3), 3.0),
        (seen(received=3, happened=4), 4.0),
        (seen(received=3, happened=4000), 4000.0),
        (seen(received=3, happened=-500), 3.0),
    ],
)
def test_an_event_is_as_old_as_what_it_tells_of_and_never_younger_than_its_delivery(
    event: Event, expected: float
) -> None:
    assert age(event, NOW) == expected


def test_reads_may_lag_behind_an_event_for_a_minute() -> None:
    assert may_lag(seen(received=LAG - 1), NOW)
    assert not may_lag(seen(received=LAG), NOW)
    assert not may_lag(seen(received=1, happened=LAG + 1), NOW)
