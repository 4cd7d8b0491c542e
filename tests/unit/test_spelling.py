"""Near misses of a command, and words that are something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.spelling import distance, nearest

KNOWN = ("decompose", "plan", "help", "why", "stop", "resume")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("decompse", "decompose"),
        ("decompose-", "decompose"),
        ("pln", "plan"),
        ("halp", "help"),
        ("plans", "plan"),
        ("resumee", "resume"),
        ("lgtm", None),
        ("retest", None),
        ("hi", None),
        ("x", None),
        ("assign", None),
    ],
)
def test_the_nearest_word_is_meant_if_it_is_near(word: str, meant: str | None) -> None:
    assert nearest(word, KNOWN) == meant


@given(st.text("ab", max_size=6), st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_the_distance_is_one(first: str, second: str, third: str) -> None:
    assert (distance(first, second) == 0) == (first == second)
    assert distance(first, second) == distance(second, first)
    assert distance(first, third) <= distance(first, second) + distance(second, third)
    assert distance(first, first + "b") == 1
