"""Parsers are linear in the worst texts we know (fault S10); `tests/bench/parsing.py` shows all figures."""

import pytest

from tests.bench.parsing import GROWTH, LONGEST, ORDINARY_MS, PARSERS, UNITS, WORST_MS, milliseconds, text_of

WORST = (
    "ordinary",
    "commands",
    "brackets",
    "images",
    "lists",
    "escapes",
    "details inline",
    "comments",
    "mail unquoted",
)
TRIES = 5  # a busy machine may slow one of the two measurements; a parser that is not linear fails every time


@pytest.mark.parametrize("kind", [*WORST, "invisible", "blanks", "long line"])
@pytest.mark.parametrize("parser", PARSERS)
def test_double_input_takes_little_more_than_double_time(parser: str, kind: str) -> None:
    tries = []
    for _ in range(TRIES):
        half, whole = (
            milliseconds(PARSERS[parser], text_of(UNITS[kind], length), 1) for length in (LONGEST // 2, LONGEST)
        )
        is_quick = whole <= (ORDINARY_MS if kind == "ordinary" else WORST_MS)
        if is_quick and (whole <= GROWTH * half or whole < 2):
            return
        tries.append((half, whole))
    pytest.fail(f"{parser} of {kind}, milliseconds for half and whole: {tries}")
