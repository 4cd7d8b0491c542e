"""What the guard asks beside its ports: which ceilings count, what is filled in, what makes a write stale."""

from datetime import UTC, datetime

import pytest

from bot.effects.ceilings import Ceilings, describe, next_day
from bot.effects.conditions import why_stale
from bot.effects.resolve import resolve
from bot.model.conditions import (
    BodyIs,
    Condition,
    EdgeIsSaid,
    EpicIsOpen,
    HeadIs,
    IssueIsOpen,
    ParentIsThere,
    QuestionIsOpen,
    VerdictIsNewest,
    WaitsFor,
)
from bot.model.facts import Issue, Pull
from bot.model.ids import Actor, Sha
from bot.model.markers import Marker, digest
from bot.model.outbox import Charge
from bot.model.writes import LinkSubIssue, PostComment, Receipt, Redeliver, RemoveLabel, ResultOf
from tests.unit.ports_in_memory import HEAD, ISSUE, REPO, MemoryGitHub, MemoryLedger, open_issue

CEILINGS = Ceilings(
    installation={"labels": 1, "redeliveries": 20, "total": 3},
    app={"labels": 10, "redeliveries": 5, "total": 30},
    reserve=100,
)
OTHER = Sha("b" * 40)


@pytest.mark.parametrize(("safety", "extra"), [(False, 0), (True, 100)])
def test_a_write_counts_against_its_surface_then_the_total_of_its_installation_and_of_the_app(
    safety: bool, extra: int
) -> None:
    write = RemoveLabel(key="u", issue=ISSUE, label="bug", safety=safety)
    assert CEILINGS.charges(write) == (
        Charge(7, "labels", 1 + extra),
        Charge(0, "labels", 10 + extra),
        Charge(7, "", 3 + extra),
        Charge(0, "", 30 + extra),
    )


def test_a_surface_nobody_gave_a_ceiling_has_ceiling_zero() -> None:
    write = LinkSubIssue(key="l", parent=ISSUE, child=1)
    assert [charge.limit for charge in CEILINGS.charges(write)[:2]] == [0, 0]


@pytest.mark.parametrize(("safety", "extra"), [(False, 0), (True, 100)])
def test_what_the_app_does_itself_counts_once_against_the_lower_of_both(safety: bool, extra: int) -> None:
    """It belongs to no installation; a ceiling that is lowered for installations must not leave it a hole."""
    write = Redeliver(key="r", delivery=1, guid="g", safety=safety)
    assert CEILINGS.charges(write) == (Charge(0, "redeliveries", 5 + extra), Charge(0, "", 3 + extra))


@pytest.mark.parametrize(
    ("charge", "words"),
    [
        (Charge(7, "labels", 2), "the daily ceiling of 2 labels for installation 7 is reached"),
        (Charge(0, "labels", 2), "the daily ceiling of 2 labels for the whole App is reached"),
        (Charge(7, "", 9), "9 writes a day for installation 7 is reached"),
    ],
)
def test_a_reached_ceiling_is_named(charge: Charge, words: str) -> None:
    assert describe(charge) == words


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 12, 31, 0, 0, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_ceilings_open_again_at_the_next_utc_midnight(now: datetime) -> None:
    assert next_day(now) == datetime(2027, 1, 1, tzinfo=UTC)


def test_numbers_stand_in_texts_and_ids_in_links() -> None:
    results = {"a": Receipt(id=1, number=11), "b": Receipt(id=2, number=22)}
    marker = Marker(REPO.id, 30, "summary", "s")
    text = PostComment(
        key="s", issue=ISSUE, body=("See ", ResultOf("a"), " and ", ResultOf("b"), "."), marker=marker, safety=True
    )
    done = resolve(text, results)
    assert done == PostComment(key="s", issue=ISSUE, body=("See #11 and #22.",), marker=marker, safety=True)
    link = LinkSubIssue(key="l", parent=ISSUE, child=ResultOf("b"), only_if=(IssueIsOpen(ISSUE),))
    assert resolve(link, results) == LinkSubIssue(key="l", parent=ISSUE, child=2, only_if=(IssueIsOpen(ISSUE),))


def test_what_names_no_result_stays_as_it_is_and_a_missing_result_is_an_error() -> None:
    write = RemoveLabel(key="u", issue=ISSUE, label="bug", only_if=(IssueIsOpen(ISSUE),))
    assert resolve(write, {}) is write
    with pytest.raises(KeyError, match="gone"):
        resolve(LinkSubIssue(key="l", parent=ISSUE, child=ResultOf("gone")), {})


def pull(head: Sha) -> Pull:
    return Pull(
        ref=ISSUE,
        head=head,
        head_ref="x",
        head_repo=REPO.id,
        base_ref="main",
        is_open=True,
        merged=False,
        author=Actor(1, "rene"),
    )


@pytest.mark.parametrize(
    ("condition", "issue", "words"),
    [
        (IssueIsOpen(ISSUE), open_issue(), ""),
        (IssueIsOpen(ISSUE), open_issue(is_open=False), "the issue is not open any more"),
        (IssueIsOpen(ISSUE), None, "the issue is not open any more"),
        (EpicIsOpen(ISSUE), open_issue(), ""),
        (EpicIsOpen(ISSUE), open_issue(is_open=False), "the epic is not open any more"),
        (EpicIsOpen(ISSUE), None, "the epic is not open any more"),
        (BodyIs(ISSUE, digest("Words.")), open_issue(body="Words."), ""),
        (BodyIs(ISSUE, digest("Words.")), open_issue(body="Words!"), "the description has been edited"),
        (BodyIs(ISSUE, digest("")), None, "the description has been edited"),
    ],
)
async def test_conditions_on_an_issue(condition: Condition, issue: Issue | None, words: str) -> None:
    assert await why_stale(condition, MemoryGitHub(issue).as_reader(), MemoryLedger()) == words


@pytest.mark.parametrize(
    ("made", "issue", "is_stale"),
    [("p", open_issue(), False), ("p", open_issue(is_open=False), False), ("p", None, True), ("q", open_issue(), True)],
)
async def test_a_parent_of_ours_may_be_closed_but_has_to_be_there(
    made: str, issue: Issue | None, is_stale: bool
) -> None:
    ledger = MemoryLedger(receipts={made: Receipt(id=30, number=3)})
    assert bool(await why_stale(ParentIsThere(REPO, "p"), MemoryGitHub(issue).as_reader(), ledger)) == is_stale


@pytest.mark.parametrize(
    ("found", "words"), [(pull(HEAD), ""), (pull(OTHER), "the head has moved"), (None, "the head has moved")]
)
async def test_the_head_is_still_the_one_that_was_judged(found: Pull | None, words: str) -> None:
    github = MemoryGitHub(other=found)
    assert await why_stale(HeadIs(ISSUE, HEAD), github.as_reader(), MemoryLedger()) == words


@pytest.mark.parametrize(("open_questions", "words"), [({"q"}, ""), ({"another"}, "a human has answered")])
async def test_a_question_that_was_answered_is_not_asked(open_questions: set[str], words: str) -> None:
    ledger = MemoryLedger(open_questions=open_questions)
    assert await why_stale(QuestionIsOpen("q"), MemoryGitHub().as_reader(), ledger) == words


@pytest.mark.parametrize(
    ("newest", "words"),
    [(2, ""), (3, "a newer verdict was given for this commit"), (1, "a newer verdict was given for this commit")],
)
async def test_only_the_newest_verdict_lands(newest: int, words: str) -> None:
    condition = VerdictIsNewest(REPO, HEAD, 2)
    assert await why_stale(condition, MemoryGitHub().as_reader(), MemoryLedger(revision=newest)) == words


@pytest.mark.parametrize(
    ("condition", "is_stale"),
    [
        (WaitsFor(ISSUE, "7/5"), False),
        (WaitsFor(ISSUE, "7/6"), True),
        (WaitsFor(ISSUE), False),
        (WaitsFor(ISSUE, is_so=False), True),
        (WaitsFor(ISSUE, "7/6", is_so=False), False),
        (EdgeIsSaid(ISSUE, "7/8"), False),
        (EdgeIsSaid(ISSUE, "7/5"), True),
        (EdgeIsSaid(ISSUE, "7/8", is_so=False), True),
        (EdgeIsSaid(ISSUE, "7/5", is_so=False), False),
    ],
)
async def test_a_blocker_that_came_or_went(condition: Condition, is_stale: bool) -> None:
    ledger = MemoryLedger(blockers=frozenset({"7/5"}), said=frozenset({"7/8"}))
    assert bool(await why_stale(condition, MemoryGitHub().as_reader(), ledger)) == is_stale


async def test_what_waits_for_nothing_waits_for_nothing() -> None:
    assert await why_stale(WaitsFor(ISSUE), MemoryGitHub().as_reader(), MemoryLedger())
    assert not await why_stale(WaitsFor(ISSUE, is_so=False), MemoryGitHub().as_reader(), MemoryLedger())
