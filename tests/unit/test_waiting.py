"""From words to edges, which links are wanted, and since when something is waited for."""

from typing import Any

import msgspec
import pytest

from bot.model.edges import Blocker, Edge, Link, Standing, Waiting
from bot.model.facts import Issue
from bot.model.ids import Actor, IssueRef, Repo
from bot.policy.waiting import (
    MOST_SAID,
    circles_of,
    dependencies_of,
    edges_of,
    links_said,
    new_links,
    waitings,
)

HERE, THERE = Repo(1, 7), Repo(1, 8)
ISSUE = Issue(
    ref=IssueRef(HERE, 1),
    id=1001,
    title="Set the signals",
    body="",
    author=Actor(1, "ada"),
    labels=frozenset(),
    assignees=frozenset(),
    is_open=True,
    is_pull=False,
    repo_name="acme/railway",
)
REPOS = {"acme/railway": HERE, "acme/depot": THERE}


def issue(number: int = 1, **more: Any) -> Issue:
    return msgspec.structs.replace(ISSUE, ref=IssueRef(HERE, number), id=1000 + number, **more)


def said(body: str, title: str = "", **more: Any) -> list[tuple[str, str, str, str]]:
    """(blocked, blocker, name, what ends it) of each edge."""
    one = issue(title=title, body=body, **more)
    edges = edges_of(one, dependencies_of(one.title, one.body, repo=one.repo_name), REPOS)
    return [(str(edge.blocked), str(edge.blocker), edge.name, edge.ends) for edge in edges]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Depends on #5.", [("7/1", "7/5", "acme/railway#5", "closed")]),
        ("Depends on PR #5.", [("7/1", "7/5", "acme/railway#5", "merged")]),
        ("Start after PR #5 is deployed.", [("7/1", "7/5", "acme/railway#5", "deployed")]),
        ("Depends on Acme/Depot#5.", [("7/1", "8/5", "Acme/Depot#5", "closed")]),
        ("Depends on acme/other#5.", [("7/1", "0/5", "acme/other#5", "closed")]),
        ("Blocks #5.", [("7/5", "7/1", "acme/railway#1", "closed")]),
        ("Blocks acme/depot#5.", [("8/5", "7/1", "acme/railway#1", "closed")]),
        ("Blocks acme/other#5.", []),
        ("Depends on #5. It is blocked by #5, too.", [("7/1", "7/5", "acme/railway#5", "closed")]),
        (
            "Blocks #5.\n\nDepends on #5.",
            [("7/5", "7/1", "acme/railway#1", "closed"), ("7/1", "7/5", "acme/railway#5", "closed")],
        ),
        (
            "Depends on #5. Start after #5 is deployed.",
            [("7/1", "7/5", "acme/railway#5", "closed"), ("7/1", "7/5", "acme/railway#5", "deployed")],
        ),
        ("Nothing.", []),
    ],
)
def test_what_words_make_of_whom(body: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert said(body) == expected


def test_what_a_pull_request_blocks_waits_until_it_is_merged() -> None:
    assert said("Blocks #5.", is_pull=True) == [("7/5", "7/1", "acme/railway#1", "merged")]


def test_the_title_speaks_first_and_a_text_of_thousands_is_followed_so_far() -> None:
    body = ", ".join(f"depends on #{number}" for number in range(100, 1100))
    found = said(body, title="Signals (after #5 lands)")
    assert found[0] == ("7/1", "7/5", "acme/railway#5", "closed")
    assert len(found) == MOST_SAID


def edge(number: int, repo: Repo = HERE, kind: str = "after") -> Edge:
    ref = IssueRef(repo, number)
    made = Edge(blocked=ISSUE.ref, blocker=ref, name=f"acme/x#{number}", kind="after", ends="closed")
    return msgspec.structs.replace(made, kind=kind)


def test_only_open_issues_of_the_same_repository_are_linked() -> None:
    known: dict[str, Issue | None] = {
        "7/5": issue(5),
        "7/6": issue(6, is_open=False),
        "7/7": issue(7, is_pull=True),
        "8/8": issue(8),
        "7/9": None,
        "7/1": issue(1),
        "7/3": issue(3),
    }
    edges = [edge(number) for number in (5, 6, 7, 9, 1, 4)] + [edge(8, THERE), edge(3, kind="linked")]
    assert list(links_said(edges, known)) == ["7/5"]


def test_a_link_is_made_once_as_long_as_it_is_said() -> None:
    wanted = {"7/5": issue(5), "7/6": issue(6), "7/7": issue(7)}
    before = Standing(revision=3, links=(Link("7/6", 1006, "earlier"),))
    made, theirs = new_links(before, wanted, frozenset({1007}), ISSUE)
    assert made == Link("7/5", 1005, "blocked-by/1001/1005/4")
    assert theirs == Link("7/7", 1007, ""), "remembered, so that it stays away once people remove it"


def blocker(key: str) -> Blocker:
    repo, _, number = key.partition("/")
    return Blocker(key=key, ref=IssueRef(Repo(1, int(repo)), int(number)), name=f"acme/x#{number}", why="is open")


def wait(key: str, since: int) -> Waiting:
    one = blocker(key)
    return Waiting(key=key, blocker=one.ref, name=one.name, since=since)


def test_who_was_waited_for_keeps_since_when() -> None:
    before = Standing(revision=3, waits=(wait("7/5", 1), wait("7/6", 3)))
    assert waitings([blocker("7/6"), blocker("7/9")], before) == (wait("7/6", 3), wait("7/9", 4))


def test_circles_are_seen_through_what_others_wait_for() -> None:
    others = {"7/5": (wait("7/6", 1),), "7/6": (wait("7/1", 1), wait("8/1", 1)), "8/1": ()}
    assert circles_of(ISSUE.ref, [blocker("7/5"), blocker("8/1")], others) == (("7/1", "7/5", "7/6"),)
    assert circles_of(IssueRef(THERE, 1), [blocker("7/5")], others) == (("8/1", "7/5", "7/6"),)
    assert circles_of(ISSUE.ref, [blocker("8/1")], others) == ()
