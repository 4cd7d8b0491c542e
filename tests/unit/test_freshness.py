"""What a read shows of the event that led to it."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bot.model.events import Event
from bot.model.facts import Comment, Issue
from bot.model.ids import Actor, IssueRef, Repo
from bot.policy.freshness import age, is_older, shows

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
RENE = Actor(3, "rene")
ISSUE = Issue(
    ref=IssueRef(Repo(1, 7), 1),
    id=30,
    title="Signal fails",
    body="",
    author=RENE,
    labels=frozenset(),
    assignees=frozenset(),
    is_open=True,
    is_pull=False,
)


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


def changed(seconds_ago: float) -> Issue:
    return msgspec.structs.replace(ISSUE, updated_at=NOW - timedelta(seconds=seconds_ago))


@pytest.mark.parametrize(
    ("issue", "expected"), [(None, True), (changed(6), True), (changed(5), False), (changed(4), False), (ISSUE, False)]
)
def test_an_issue_is_older_than_its_event_if_it_is_not_there_or_was_changed_before(
    issue: Issue | None, expected: bool
) -> None:
    assert is_older(issue, seen(received=1, happened=5)) is expected


def labelled(seconds_ago: float, *labels: str) -> Issue:
    return msgspec.structs.replace(changed(seconds_ago), labels=frozenset(labels))


@pytest.mark.parametrize(
    ("action", "issue", "expected"),
    [
        ("labeled", labelled(5), True),
        ("labeled", labelled(5, "Epic"), False),
        ("unlabeled", labelled(5, "Epic"), True),
        ("unlabeled", labelled(5), False),
        ("unlabeled", labelled(4, "epic"), False),  # somebody has set it again since
        ("edited", labelled(5, "epic"), False),
    ],
)
def test_within_one_second_a_label_that_is_not_as_the_event_says_gives_it_away(
    action: str, issue: Issue, expected: bool
) -> None:
    event = msgspec.structs.replace(seen(received=1, happened=5), action=action, label="epic")
    assert is_older(issue, event) is expected


def test_a_wake_tells_of_nothing_that_github_could_have_missed() -> None:
    assert not is_older(None, msgspec.structs.replace(seen(received=1), name="wake", action="triage"))


@pytest.mark.parametrize(
    ("action", "comments", "expected"),
    [
        ("created", [], False),
        ("created", [8], False),
        ("created", [8, 9], True),
        ("deleted", [8, 9], False),
        ("deleted", [8], True),
        ("edited", [], True),
        ("edited", [9], True),
    ],
)
def test_a_list_shows_what_was_said_and_not_what_was_taken_back(
    action: str, comments: list[int], expected: bool
) -> None:
    event = msgspec.structs.replace(seen(received=1), name="issue_comment", action=action, comment=9)
    listed = [Comment(id=one, author=RENE, body="", created_at=NOW, updated_at=NOW) for one in comments]
    assert shows(listed, event) is expected


def test_other_events_tell_of_no_comment() -> None:
    assert shows([], seen(received=1))
