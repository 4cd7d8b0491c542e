"""What is decided once it is known what an issue waits for: its label, its links, and who has to look again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.handlers.dependencies import decide
from bot.handlers.dependencies.looking import Facts
from bot.model.config import Config
from bot.model.decision import Decision, Wake
from bot.model.edges import Edge, Link, Standing, Waiting
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.ids import Actor, AppIdentity, IssueRef, Repo
from bot.model.records import StandingStored
from bot.model.writes import AddBlockedBy, AddLabel, RemoveBlockedBy, RemoveLabel

HERE = Repo(1, 7)
US = AppIdentity(9, "interlock")
EVENT = Event(
    delivery="d", name="issues", action="edited", repo=HERE, number=1, received_at=datetime(2026, 3, 1, tzinfo=UTC)
)


def issue(number: int, *, labels: tuple[str, ...] = (), is_open: bool = True) -> Issue:
    return Issue(
        ref=IssueRef(HERE, number),
        id=1000 + number,
        title="",
        body="",
        author=Actor(1, "ada"),
        labels=frozenset(labels),
        assignees=frozenset(),
        is_open=is_open,
        is_pull=False,
        repo_name="acme/railway",
    )


EDGE = Edge(
    blocked=IssueRef(HERE, 1), blocker=IssueRef(HERE, 5), name="acme/railway#5", kind="depends_on", ends="closed"
)
WAITING = Waiting(key="7/5", blocker=EDGE.blocker, name=EDGE.name, since=1)


def decided(
    standing: Standing,
    *,
    labels: tuple[str, ...] = (),
    blocker_is_open: bool = True,
    name: str = "blocked",
    **more: Any,
) -> Decision:
    known = {"7/5": issue(5, is_open=blocker_is_open)}
    facts = Facts(issue=issue(1, labels=labels), standing=standing, known=known, **({"said": (EDGE,)} | more))
    return decide(EVENT, facts, Config(us=US, blocked_label=name))


def standing_after(decision: Decision) -> Standing:
    (stored,) = [record for record in decision.records if isinstance(record, StandingStored)]
    return stored.standing


def labels_written(decision: Decision) -> list[str]:
    """`+name` for each that is set, `-name` for each that is taken off."""
    signs = {AddLabel: "+", RemoveLabel: "-"}
    found = [write for write in decision.writes if isinstance(write, AddLabel | RemoveLabel)]
    return [f"{signs[type(write)]}{write.label}" for write in found]


WAITED = Standing(revision=1, waits=(WAITING,), links=(Link("7/5", 1005, "made"),), label="blocked")
OVER = Standing(revision=2, links=WAITED.links)


def test_the_label_is_set_and_taken_off() -> None:
    first = decided(Standing())
    assert labels_written(first) == ["+blocked"]
    assert standing_after(first).label == "blocked"
    over = decided(WAITED, labels=("blocked",), blocker_is_open=False, before=(EDGE,))
    assert labels_written(over) == ["-blocked"]
    assert standing_after(over).label == ""


def test_a_label_that_was_there_before_is_not_ours() -> None:
    found = decided(OVER, labels=("blocked",), before=(EDGE,))
    assert labels_written(found) == []
    assert standing_after(found).label == ""


def test_a_label_that_we_were_about_to_take_off_is_ours_again() -> None:
    """The removal was held, and falls away now that the blocker was reopened: else the label would stay for ever."""
    found = decided(OVER, labels=("blocked",), leaving=frozenset({"blocked"}), before=(EDGE,))
    assert standing_after(found).label == "blocked"


@pytest.mark.parametrize(
    ("labels", "written"), [(("blocked",), ["-blocked", "+waiting"]), ((), ["-blocked"])], ids=["there", "removed"]
)
def test_another_name_for_the_label_replaces_the_old_one(labels: tuple[str, ...], written: list[str]) -> None:
    """Where a person has taken the old one off, the new one is not set either."""
    found = decided(WAITED, labels=labels, name="waiting", before=(EDGE,), native=frozenset({1005}))
    assert labels_written(found) == written
    assert standing_after(found).label == "waiting"
    over = decided(WAITED, labels=labels, name="waiting", blocker_is_open=False, before=(EDGE,))
    assert labels_written(over) == ["-blocked"], "the one that we have set"


@pytest.mark.parametrize("blocker_is_open", [True, False])
def test_a_new_edge_is_looked_at_once_more_when_it_is_stored(blocker_is_open: bool) -> None:
    """What becomes of the blocker between look and store wakes nobody, also if it was closed and is reopened."""
    found = decided(Standing(), blocker_is_open=blocker_is_open)
    assert Wake(IssueRef(HERE, 1), "dependencies") in found.wakes
    assert decided(WAITED, labels=("blocked",), before=(EDGE,), blocker_is_open=blocker_is_open).wakes == ()


def links_written(decision: Decision) -> list[AddBlockedBy | RemoveBlockedBy]:
    return [write for write in decision.writes if isinstance(write, AddBlockedBy | RemoveBlockedBy)]


def test_a_link_that_people_had_made_is_theirs_to_remove() -> None:
    there = decided(Standing(), native=frozenset({1005}))
    assert links_written(there) == []
    assert standing_after(there).links == (Link("7/5", 1005, ""),)
    removed = decided(standing_after(there), labels=("blocked",), before=(EDGE,))
    assert links_written(removed) == []
    silent = decided(standing_after(there), labels=("blocked",), before=(EDGE,), said=(), native=frozenset({1005}))
    assert links_written(silent) == [], "nor is it ours to remove"


def test_a_link_of_ours_goes_with_the_words() -> None:
    (made,) = links_written(decided(Standing()))
    assert isinstance(made, AddBlockedBy)
    (gone,) = links_written(decided(WAITED, before=(EDGE,), said=(), made=frozenset({"made"})))
    assert isinstance(gone, RemoveBlockedBy)
