"""Near misses: a word that was meant to be another."""

from collections.abc import Iterable

#: Insertions, deletions and replacements that still count as the same word.
CLOSE = 2


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word at most `CLOSE` edits away, the closest first; None if there is none.

    A word is never taken for one that shares too little with it: at least half of its letters must stay.
    """
    ranked = sorted((distance(word, other), other) for other in known)
    return next(
        (other for edits, other in ranked if edits <= CLOSE and 2 * edits <= min(len(word), len(other))),
        None,
    )


def distance(first: str, second: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(second) + 1))
    for number, letter in enumerate(first, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(second, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != other))
    return row[-1]
