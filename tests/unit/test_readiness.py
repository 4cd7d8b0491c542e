"""What is waited for and what is not: every state of a blocker, and every circle."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.edges import Deployment, Edge, End, called
from bot.model.facts import Happening, Issue
from bot.model.ids import Actor, IssueRef, Repo, Sha
from bot.policy.readiness import MOST_ENVIRONMENTS, UNKNOWN, circles, done_by, in_production, readiness

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE, THERE = Repo(1, 7), Repo(1, 8)


def edge(number: int, ends: End = "closed", repo: Repo = HERE, phrase: str = "depends on it") -> Edge:
    name = f"acme/{'railway' if repo == HERE else 'depot'}#{number}"
    blocked, blocker = IssueRef(HERE, 1), IssueRef(repo, number)
    return Edge(blocked=blocked, blocker=blocker, name=name, kind="depends_on", ends=ends, phrase=phrase)


def issue(number: int, state: str, repo: Repo = HERE) -> Issue:
    """`state`: `open`, a reason, or of a pull request `pull`, `merged`, `unmerged`."""
    is_pull = state in ("pull", "merged", "unmerged")
    return Issue(
        ref=IssueRef(repo, number),
        id=number * 10,
        title="",
        body="",
        author=Actor(1, "ada"),
        labels=frozenset(),
        assignees=frozenset(),
        is_open=state in ("open", "pull"),
        is_pull=is_pull,
        is_merged=state == "merged",
        reason="" if is_pull or state == "open" else state,
        repo_name="acme/railway" if repo == HERE else "acme/depot-2",
    )


@pytest.mark.parametrize(
    ("ends", "state", "is_over", "why"),
    [
        ("closed", "open", False, "is open"),
        ("closed", "completed", True, "is closed"),
        ("closed", "", True, "is closed"),
        ("closed", "not_planned", True, "is closed as not planned"),
        ("closed", "duplicate", True, "is closed as duplicate"),
        ("merged", "completed", True, "is closed"),
        ("closed", "pull", False, "is not merged yet"),
        ("closed", "merged", True, "is merged"),
        ("closed", "unmerged", False, "was closed without being merged"),
        ("merged", "merged", True, "is merged"),
        ("merged", "unmerged", False, "was closed without being merged"),
        ("deployed", "open", False, "is open"),
        ("deployed", "pull", False, "is not merged yet"),
        ("deployed", "unmerged", False, "was closed without being merged"),
        ("deployed", "completed", False, "is closed, but not known to be deployed"),
        ("deployed", "merged", False, "is merged, but not known to be deployed"),
    ],
)
def test_when_an_edge_has_ended(ends: End, state: str, is_over: bool, why: str) -> None:
    found = readiness([edge(5, ends)], {"7/5": issue(5, state)})
    (told,) = found.ended if is_over else found.waits_for
    assert (told.key, told.ref, told.name, told.why) == ("7/5", IssueRef(HERE, 5), "acme/railway#5", why)
    assert told.phrase == "depends on it"
    assert found.is_ready == is_over
    assert len(found.waits_for) + len(found.ended) == 1


@pytest.mark.parametrize(
    ("state", "is_over", "why"),
    [
        ("completed", True, "is closed and deployed"),
        ("merged", True, "is merged and deployed"),
        ("unmerged", False, "was closed without being merged"),
        ("open", False, "is open"),
    ],
)
def test_what_is_deployed_has_to_be_done_as_well(state: str, is_over: bool, why: str) -> None:
    found = readiness([edge(5, "deployed")], {"7/5": issue(5, state)}, {"7/5"})
    assert [one.why for one in (found.ended if is_over else found.waits_for)] == [why]
    assert not readiness([edge(5, "deployed")], {"7/5": issue(5, state)}, {"7/6"}).is_ready


def deployment(environment: str, *, is_production: bool) -> Deployment:
    return Deployment(environment=environment, is_production=is_production, head=Sha("1" * 40), at=NOON)


def test_production_counts_and_where_there_is_none_every_environment() -> None:
    live, stage = deployment("eu", is_production=True), deployment("stage", is_production=False)
    assert in_production([stage, live]) == (live,)
    assert in_production([stage]) == (stage,)
    assert in_production([]) == ()
    previews = [
        msgspec.structs.replace(deployment(f"pr-{n}", is_production=False), at=NOON + timedelta(minutes=n))
        for n in range(400)
    ]
    assert in_production(previews) == tuple(reversed(previews[-MOST_ENVIRONMENTS:]))


def test_what_ended_a_pull_request_is_its_merge_and_an_issue_its_last_closing() -> None:
    def entry(event: str, at: int, commit: Sha | None = None) -> Happening:
        return Happening(event=event, actor=None, at=NOON + timedelta(minutes=at), commit=commit)

    merge = entry("merged", 1, Sha("2" * 40))
    assert done_by([entry("labeled", 0), merge, entry("closed", 1)]) == merge
    assert done_by([entry("closed", 1), entry("reopened", 2), last := entry("closed", 3), entry("labeled", 4)]) == last
    assert done_by([entry("labeled", 0)]) is None


@pytest.mark.parametrize("known", [{}, {"7/5": None}])
def test_what_cannot_be_seen_is_waited_for(known: dict[str, Issue | None]) -> None:
    (told,) = readiness([edge(5)], known).waits_for
    assert told.why == UNKNOWN
    assert told.name == "acme/railway#5"


def test_nothing_is_waited_for_without_an_edge() -> None:
    assert readiness([], {"7/5": issue(5, "open")}).is_ready


def test_all_edges_to_one_blocker_have_to_end() -> None:
    known = {"7/5": issue(5, "merged")}
    for edges in itertools.permutations([edge(5), edge(5, "deployed"), edge(5, "merged")]):
        found = readiness(edges, known)
        assert [one.key for one in found.waits_for] == ["7/5"]
        assert found.ended == ()


def test_one_of_several_is_enough_to_wait_and_each_is_told_once() -> None:
    known = {"7/5": issue(5, "completed"), "7/6": issue(6, "open"), "8/5": issue(5, "open", THERE)}
    found = readiness([edge(5), edge(6), edge(6, "merged"), edge(5, repo=THERE)], known)
    assert [one.name for one in found.waits_for] == ["acme/railway#6", "acme/depot-2#5"]
    assert [one.name for one in found.ended] == ["acme/railway#5"]
    assert not found.is_ready


def test_an_unknown_repository_is_called_as_it_was_written() -> None:
    (told,) = readiness([edge(5, repo=Repo(0, 0))], {}).waits_for
    assert (told.key, told.name) == ("acme/depot#5", "acme/depot#5")


def test_it_is_called_by_its_number_only_at_home() -> None:
    assert called("acme/railway#5", IssueRef(HERE, 5), HERE) == "#5"
    assert called("acme/depot#5", IssueRef(THERE, 5), HERE) == "acme/depot#5"
    assert called("acme/depot#5", IssueRef(Repo(0, 0), 5), HERE) == "acme/depot#5"


@pytest.mark.parametrize(
    ("waits_for", "expected"),
    [
        ({"a": "b"}, []),
        ({"a": "b", "b": "c"}, []),
        ({"a": "a"}, ["a"]),
        ({"a": "b", "b": "a"}, ["ab"]),
        ({"a": "b", "b": "c", "c": "a"}, ["abc"]),
        ({"a": "b", "b": "c", "c": "b"}, []),
        ({"a": "bc", "b": "a", "c": "a"}, ["ab", "ac"]),
        ({"a": "bc", "b": "c", "c": "ab"}, ["abc", "ac"]),
        ({"a": "bc", "b": "c", "c": "a"}, ["abc", "ac"]),
        ({"a": "b", "b": "cd", "c": "d", "d": "a"}, ["abd"]),
        ({"b": "a"}, []),
    ],
)
def test_circles(waits_for: dict[str, str], expected: list[str]) -> None:
    assert circles("a", waits_for) == tuple(tuple(way) for way in expected)


_GRAPHS = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4).map("".join))


@settings(deadline=None)
@given(_GRAPHS)
def test_a_circle_is_found_wherever_there_is_one(waits_for: dict[str, str]) -> None:
    """Against every way there is, tried one after the other."""
    found = circles("a", waits_for)
    tried = (("a", *rest, "a") for length in range(6) for rest in itertools.permutations("bcdef", length))
    every = [way for way in tried if all(b in waits_for.get(a, "") for a, b in itertools.pairwise(way))]
    assert {way[1] for way in every} >= {(*way, "a")[1] for way in found}
    assert bool(found) == bool(every)
    for way in found:
        assert way[0] == "a"
        assert (*way, "a") in every
        assert len(way) + 1 == min(len(one) for one in every if one[1] == (*way, "a")[1])
    members = {frozenset(way) for way in found}
    assert len(members) == len(found)
    for first in {way[1] for way in every}:
        shortest = min(len(one) for one in every if one[1] == first)
        assert any(frozenset(one) in members for one in every if one[1] == first and len(one) == shortest)


@settings(deadline=None)
@given(_GRAPHS)
def test_the_order_of_what_is_waited_for_decides_nothing_about_whether(waits_for: dict[str, str]) -> None:
    turned = {key: value[::-1] for key, value in waits_for.items()}
    assert bool(circles("a", turned)) == bool(circles("a", waits_for))


def test_a_long_chain_is_followed_to_its_end() -> None:
    chain = {str(n): [str(n + 1)] for n in range(5000)}
    assert circles("0", chain) == ()
    assert len(circles("0", chain | {"5000": ["0"]})[0]) == 5001
