"""Waits grow, and none is longer than is said."""

import pytest

from bot.policy.backoff import patience


@pytest.mark.parametrize(
    ("waited", "bound"), [(-5.0, 2.0), (0.0, 2.0), (2.0, 2.0), (40.0, 40.0), (300.0, 300.0), (6 * 3600.0, 300.0)]
)
def test_patience_grows_with_the_trouble_up_to_its_longest(waited: float, bound: float) -> None:
    waits = [patience(waited, base=2.0, fraction=fraction, longest=300.0) for fraction in (0.0, 0.5, 0.999)]
    assert waits == pytest.approx([0.0, bound / 2, 0.999 * bound])
