"""The one door out: the order of its questions, what it reserves and gives back, and what it does in doubt."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.effects.guard import FIRST_LOOK, MOST_ANSWERS, MOST_ATTEMPTS, MOST_LOOKS, SWITCH_LOOK
from bot.model.conditions import IssueIsOpen
from bot.model.markers import Marker
from bot.model.outbox import Deadline
from bot.model.outcomes import (
    Adopted,
    AlreadyDone,
    Denied,
    Done,
    DryRun,
    Failed,
    Held,
    NoOp,
    Outcome,
    Overridden,
    Stale,
    Unknown,
)
from bot.model.writes import AnyWrite, LinkSubIssue, PostComment, Receipt, RemoveLabel, ResultOf
from bot.ports import Ambiguous, LeaseLost, Limited, NotSent, Refused
from tests.unit.ports_in_memory import FOUND, ISSUE, NOON, RECEIPT, REPO, MemoryLedger, MemoryWriter, Scene, open_issue

LATER = NOON + timedelta(minutes=7)
MIDNIGHT = datetime(2026, 3, 5, tzinfo=UTC)
COMMENT = PostComment(
    key="c/1",
    issue=ISSUE,
    body=("Hello.",),
    marker=Marker(REPO.id, 30, "question", "c/1"),
    only_if=(IssueIsOpen(ISSUE),),
)
UNLABEL = RemoveLabel(key="u/1", issue=ISSUE, label="bug")


@dataclass(frozen=True)
class Step:
    """One question of the guard: how to arrange that it ends the write, and the outcome it gives."""

    name: str
    arrange: Callable[[Scene], object]
    outcome: Outcome


def attempted(scene: Scene, *, seconds_ago: float, attempts: int = 1, trace: Receipt | None = None) -> None:
    """An earlier attempt stored its intent, holds its reservation and heard nothing."""
    scene.ledger.intents[COMMENT.key] = scene.now - timedelta(seconds=seconds_ago)
    scene.ledger.attempts[COMMENT.key] = scene.ledger.doubts[COMMENT.key] = attempts
    scene.ledger.held[COMMENT.key] = ()
    scene.writer.trace = trace


def no_room(scene: Scene) -> None:
    scene.ceilings["comments"] = 0
    scene.ledger.held.clear()  # of an attempt that another step arranged


STEPS = (
    Step("kill switch", lambda s: setattr(s.ledger, "switch", "smoke"), Held(NOON + SWITCH_LOOK, "kill switch: smoke")),
    Step("dry run", lambda s: setattr(s, "dry_run", True), DryRun("dry run: nothing leaves")),
    Step("receipt", lambda s: s.ledger.receipts.update({COMMENT.key: RECEIPT}), AlreadyDone(RECEIPT)),
    Step("trace", lambda s: attempted(s, seconds_ago=1, trace=FOUND), Adopted(FOUND)),
    Step(
        "no trace yet",
        lambda s: attempted(s, seconds_ago=10),
        Unknown(NOON + timedelta(seconds=20), "no answer, no trace yet"),
    ),
    Step(
        "attempts",
        lambda s: attempted(s, seconds_ago=60, attempts=MOST_ATTEMPTS),
        Denied("3 attempts without an answer and without a trace; a human has to look"),
    ),
    Step("override", lambda s: setattr(s.ledger, "override", "a human removed it"), Overridden("a human removed it")),
    Step("already true", lambda s: setattr(s.writer, "state", FOUND), NoOp(FOUND, "it was so already")),
    Step(
        "still wanted",
        lambda s: setattr(s.github, "one", open_issue(is_open=False)),
        Stale("the issue is not open any more"),
    ),
    Step(
        "GitHub's budget",
        lambda s: setattr(s.budget, "opens", LATER),
        Held(LATER, "GitHub's budget or our own pacing", whole_lane=True),
    ),
    Step("ceilings", no_room, Held(MIDNIGHT, "the daily ceiling of 0 comments for installation 7 is reached")),
    Step("perform", lambda s: s.writer.answers.append(Refused("422")), Denied("422")),
    Step("nothing stands in the way", lambda s: None, Done(RECEIPT)),
)
PAIRS = [(first, second) for place, first in enumerate(STEPS) for second in STEPS[place + 1 :]]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda step: step.name)
async def test_of_two_reasons_the_earlier_one_decides(first: Step, second: Step) -> None:
    """Every pair, not only neighbours. What is arranged last wins where both arrange the same thing."""
    scene = Scene()
    second.arrange(scene)
    first.arrange(scene)
    assert await scene.perform(COMMENT) == first.outcome


@pytest.mark.parametrize("step", STEPS[:-2], ids=lambda step: step.name)
async def test_what_ends_a_write_early_costs_nothing_and_sends_nothing(step: Step) -> None:
    scene = Scene()
    step.arrange(scene)
    before = dict(scene.ledger.held), dict(scene.ledger.intents), dict(scene.ledger.used)
    await scene.perform(COMMENT)
    assert scene.writer.performed == []
    assert (dict(scene.ledger.held), dict(scene.ledger.intents), +scene.ledger.used) == before


async def test_without_an_earlier_attempt_no_trace_is_looked_for() -> None:
    scene = Scene()
    scene.writer.trace = FOUND
    assert await scene.perform(COMMENT) == Done(RECEIPT)
    assert scene.writer.looked_for == []


@pytest.mark.parametrize(
    ("answer", "outcome", "is_given_back"),
    [
        (RECEIPT, Done(RECEIPT), False),
        (Limited("slow down", until=LATER), Held(LATER, "slow down", whole_lane=True), True),
        (Refused("403"), Denied("403"), True),
        (NotSent("not now", retry_after=3), Failed(NOON + timedelta(seconds=3), "not now"), True),
        (NotSent("at once", retry_after=0), Failed(NOON, "at once"), True),
        (Ambiguous("502"), Unknown(NOON + timedelta(seconds=FIRST_LOOK), "502"), False),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_reservation_is_given_back_only_when_certainly_nothing_was_sent(
    answer: Receipt | Exception, outcome: Outcome, is_given_back: bool
) -> None:
    scene = Scene()
    scene.writer.answers = [answer]
    assert await scene.perform(COMMENT) == outcome
    assert scene.writer.performed == [(COMMENT, 1234.5)]
    assert (COMMENT.key not in scene.ledger.held) == is_given_back
    assert (COMMENT.key not in scene.ledger.intents) == is_given_back
    assert scene.ledger.used.total() == (0 if is_given_back else 4)


async def test_what_nobody_answered_is_tried_for_ever_with_growing_waits() -> None:
    for attempts, longest in ((0, 2.0), (1, 4.0), (MOST_ANSWERS, 15 * 60.0)):
        scene = Scene()
        scene.ledger.attempts[COMMENT.key] = attempts
        scene.writer.answers = [NotSent("no connection")]
        outcome = await scene.perform(COMMENT)
        assert isinstance(outcome, Failed)
        assert timedelta() <= outcome.retry_at - NOON <= timedelta(seconds=longest)
        assert scene.ledger.held == {}


@pytest.mark.parametrize("wait", [0.0, 3.0])
@pytest.mark.parametrize(("refusals", "is_last"), [(MOST_ANSWERS - 2, False), (MOST_ANSWERS - 1, True)])
async def test_what_github_puts_off_again_and_again_is_given_up(refusals: int, is_last: bool, wait: float) -> None:
    scene = Scene()
    scene.ledger.refusals[COMMENT.key] = refusals
    scene.writer.answers = [NotSent("not now", retry_after=wait)]
    outcome = await scene.perform(COMMENT)
    assert isinstance(outcome, Denied if is_last else Failed)
    assert scene.ledger.held == {}


async def test_what_we_have_just_made_and_github_does_not_find_is_looked_for_again() -> None:
    """A link refused for good would leave an issue without its epic (fault G7: replicas lag)."""
    missing, results = Refused("404", is_missing=True), {"child/30/fix": RECEIPT}
    for refused, made, times in ((missing, results, MOST_LOOKS), (missing, {}, 1), (Refused("422"), results, 1)):
        scene = Scene(results=results if made else {})
        scene.writer.answers = [refused] * MOST_LOOKS
        outcomes = [await scene.perform(COMMENT) for _ in range(times)]
        assert [type(outcome) for outcome in outcomes] == [Failed] * (times - 1) + [Denied]
        assert scene.ledger.held == {}
    scene = Scene(results=results)
    scene.writer.answers = [missing, RECEIPT]
    await scene.perform(COMMENT)
    scene.passes(60)
    assert await scene.perform(COMMENT) == Done(RECEIPT)


@pytest.mark.parametrize(
    ("failure", "kind"), [(NotSent("no answer"), Failed), (Limited("l", until=LATER), Held), (Refused("r"), Denied)]
)
async def test_a_read_that_fails_ends_nothing_that_an_earlier_attempt_began(
    failure: Exception, kind: type[Outcome]
) -> None:
    """Whether the earlier attempt was done is as unknown as before: its reservation and its intent stay."""
    scene = Scene()
    attempted(scene, seconds_ago=100)
    scene.writer.trace = failure
    assert isinstance(await scene.perform(COMMENT), kind)
    assert COMMENT.key in scene.ledger.held
    assert COMMENT.key in scene.ledger.intents
    assert scene.writer.performed == []


async def test_in_doubt_it_looks_until_the_window_ends_and_only_then_sends_again_three_times_in_all() -> None:
    scene = Scene()
    scene.writer.answers = [Ambiguous("1"), Ambiguous("2"), Ambiguous("3")]
    for sent in range(1, MOST_ATTEMPTS + 1):
        began = scene.now
        outcome = await scene.perform(COMMENT)
        assert isinstance(outcome, Unknown)
        looks = []
        while scene.now < began + timedelta(seconds=60):
            assert isinstance(outcome, Unknown)
            assert len(scene.writer.performed) == sent
            scene.now = outcome.retry_at
            looks.append((scene.now - began).total_seconds())
            if scene.now < began + timedelta(seconds=60):
                outcome = await scene.perform(COMMENT)
        assert looks == pytest.approx([FIRST_LOOK, 20 + FIRST_LOOK, 40 + FIRST_LOOK, 60])
        assert scene.ledger.used.total() == 4, "one write, one reservation, however often it was sent"
    assert {since for _, since in scene.writer.looked_for} == {NOON + timedelta(seconds=60 * n) for n in range(3)}
    assert isinstance(await scene.perform(COMMENT), Denied)
    assert len(scene.writer.performed) == MOST_ATTEMPTS


async def test_tries_that_reached_nobody_are_no_doubts() -> None:
    """An outage of GitHub that ends with one lost answer: two more tries are left, not none."""
    scene = Scene()
    scene.writer.answers = [*[NotSent("no connection")] * 5, Ambiguous("502")]
    for _ in range(6):
        await scene.perform(COMMENT)
        scene.passes(60)
    assert await scene.perform(COMMENT) == Done(RECEIPT)


async def test_tries_that_reached_nobody_or_were_left_in_doubt_are_no_refusals() -> None:
    scene = Scene()
    answers = [*[NotSent("no connection")] * MOST_ANSWERS, Ambiguous("502"), NotSent("401", retry_after=60)]
    scene.writer.answers = list(answers)
    for _ in answers:
        outcome = await scene.perform(COMMENT)
        scene.passes(60)
    assert isinstance(outcome, Failed)
    assert await scene.perform(COMMENT) == Done(RECEIPT)


async def test_refusals_are_no_doubts() -> None:
    scene = Scene()
    scene.writer.answers = [*[NotSent("401", retry_after=1)] * MOST_ATTEMPTS, Ambiguous("502")]
    for _ in range(MOST_ATTEMPTS + 1):
        await scene.perform(COMMENT)
        scene.passes(60)
    assert await scene.perform(COMMENT) == Done(RECEIPT)


async def test_a_trace_that_appears_late_is_adopted_and_nothing_is_sent_twice() -> None:
    scene = Scene()
    scene.writer.answers = [Ambiguous("502")]
    await scene.perform(COMMENT)
    scene.passes(59)
    scene.writer.trace = FOUND
    assert await scene.perform(COMMENT) == Adopted(FOUND)
    assert len(scene.writer.performed) == 1


async def test_what_can_be_done_twice_is_not_waited_for() -> None:
    scene = Scene()
    scene.writer.answers = [Ambiguous("502")]
    assert isinstance(await scene.perform(UNLABEL), Unknown)
    assert await scene.perform(UNLABEL) == Done(RECEIPT)
    assert len(scene.writer.looked_for) == 1


async def test_what_can_be_done_twice_is_repeated_with_growing_waits_and_given_up_in_the_end() -> None:
    """GitHub answers 502 and does nothing: five hundred requests in half a minute would be our part of the outage."""
    scene = Scene()
    scene.writer.answers = [Ambiguous("502")] * (MOST_ANSWERS + 1)
    longest = 2.0
    for sent in range(1, MOST_ANSWERS + 1):
        outcome = await scene.perform(UNLABEL)
        assert isinstance(outcome, Unknown)
        assert len(scene.writer.performed) == sent
        assert timedelta(seconds=FIRST_LOOK) <= outcome.retry_at - scene.now <= timedelta(seconds=longest)
        scene.now = outcome.retry_at
        longest *= 2
    assert scene.now > NOON + timedelta(seconds=5), "less by chance: once in 10 ** 15"
    assert await scene.perform(UNLABEL) == Denied(
        "10 attempts without an answer and without a trace; a human has to look"
    )
    assert len(scene.writer.performed) == MOST_ANSWERS


async def test_a_read_that_nobody_answers_is_tried_for_ever_with_growing_waits() -> None:
    scene = Scene()
    scene.writer.state = NotSent("no answer")
    longest = 2.0
    for _ in range(50):
        outcome = await scene.perform(UNLABEL)
        assert isinstance(outcome, Failed)
        assert timedelta() <= outcome.retry_at - scene.now <= timedelta(seconds=longest)
        scene.now = outcome.retry_at
        longest = min(longest * 2, 15 * 60.0)
    assert scene.now > NOON + timedelta(hours=1), "50 waits that do not grow are less than two minutes"


async def test_a_reserved_write_is_sent_again_though_the_ceiling_was_lowered_since() -> None:
    scene = Scene()
    scene.writer.answers = [Ambiguous("502")]
    await scene.perform(UNLABEL)
    scene.ceilings["labels"] = 0
    assert await scene.perform(UNLABEL) == Done(RECEIPT)


async def test_without_the_lease_nothing_is_sent() -> None:
    scene = Scene()
    scene.ledger.lost = True
    with pytest.raises(LeaseLost):
        await scene.perform(COMMENT)
    assert scene.writer.performed == []


@dataclass
class LosesTheLease(MemoryWriter):
    """Another worker takes over while GitHub refuses."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)

    async def perform(self, write: AnyWrite, *, deadline: Deadline) -> Receipt:
        self.ledger.lost = True
        raise Refused("403")


async def test_a_lease_lost_while_sending_is_said_aloud() -> None:
    scene = Scene()
    scene.writer = LosesTheLease(ledger=scene.ledger)
    with pytest.raises(LeaseLost):
        await scene.perform(COMMENT)


async def test_results_of_earlier_writes_are_filled_in_before_anybody_is_asked() -> None:
    link = LinkSubIssue(key="l/1", parent=ISSUE, child=ResultOf("child"))
    scene = Scene(results={"child": Receipt(id=77)})
    assert await scene.perform(link) == Done(RECEIPT)
    resolved = LinkSubIssue(key="l/1", parent=ISSUE, child=77)
    assert scene.writer.performed == [(resolved, 1234.5)]
    scene.ledger.attempts[link.key] = 1
    assert await scene.perform(link) == Done(RECEIPT)
    assert scene.writer.looked_for == [(resolved, NOON)]


@pytest.mark.parametrize(("safety", "kind"), [(True, Done), (False, Held)])
async def test_only_a_safety_write_uses_the_reserve(safety: bool, kind: type[Outcome]) -> None:
    scene = Scene(ceilings={}, reserve=1)
    write = RemoveLabel(key="u/2", issue=ISSUE, label="bug", safety=safety)
    assert isinstance(await scene.perform(write), kind)
