"""The breaker as a table: what is counted, what trips it, and what lets it go on."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.decision import Past
from bot.model.ids import IssueRef, Repo, Sha
from bot.model.writes import AddLabel, CreateCheckRun
from bot.policy.breaker import RULE, WINDOW, speaks, state

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ISSUE = IssueRef(Repo(1, 2), 3)
LABEL = AddLabel(key="l", issue=ISSUE, label="x", cause="c")
CHECK = CreateCheckRun(key="c", pull=ISSUE, name="n", head=Sha("1" * 40), conclusion="success", title="t", summary="s")


def past(what: str) -> list[Past]:
    """Newest first: `w` wrote, `.` did not, `h` a human's that wrote, `n` a human's that did not, `B` the breaker's,
    `o` wrote an hour ago to the second."""
    return [
        Past(
            rule=RULE if one == "B" else "any",
            at=NOW - (WINDOW if one == "o" else timedelta(minutes=1)),
            by_human=one in "hn",
            wrote=one in "who",
        )
        for one in what
    ]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("", "closed"),
        ("ww", "closed"),
        ("www", "trips"),
        ("wwww", "trips"),
        ("w.w.w", "trips"),  # what wrote nothing is between them and counts for nothing
        ("....", "closed"),
        ("wwo", "closed"),  # the hour is over
        ("hww", "closed"),
        ("wwhw", "closed"),  # a human has acted since
        ("wwnw", "closed"),  # also one whose act led to no write
        ("wwwh", "trips"),
        ("B", "open"),
        ("..B.www", "open"),
        ("hBwww", "closed"),
        ("wwwhB", "trips"),
    ],
)
def test_three_in_an_hour(what: str, expected: str) -> None:
    assert state(past(what), NOW, 3) == expected


def test_it_stays_open_after_the_hour_until_a_human_acts() -> None:
    assert state(past("B"), NOW + 10 * WINDOW, 3) == "open"


def test_a_verdict_alone_does_not_count() -> None:
    assert not speaks([])
    assert not speaks([CHECK, CHECK])
    assert speaks([LABEL])
    assert speaks([CHECK, LABEL])
