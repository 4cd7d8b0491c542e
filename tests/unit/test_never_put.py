"""A question whose comment never went out was never asked: it silences nobody, and uses up no round."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from bot.handlers import clarification, triage
from bot.model.commands import Permission
from bot.model.config import Config
from bot.model.events import Event
from bot.model.facts import Issue
from bot.model.ids import Actor, AppIdentity, IssueRef, Repo
from bot.model.questions import LABEL_REMOVED, NEVER_PUT, NOBODY, Question
from bot.model.records import QuestionAnswered, QuestionAsked
from bot.model.writes import RemoveLabel

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
REPO = Repo(1, 7)
RENE, TRIA, ROBO = Actor(3, "rene"), Actor(4, "tria"), Actor(5, "robo[bot]", kind="Bot")
CONFIG = Config(us=AppIdentity(1, "interlock"))
LABEL = CONFIG.clarification_label
SAYS_NOTHING = Issue(
    ref=IssueRef(REPO, 1),
    id=30,
    title="Signal fails",
    body="",
    author=RENE,
    labels=frozenset(),
    assignees=frozenset(),
    is_open=True,
    is_pull=False,
)
READY = msgspec.structs.replace(
    SAYS_NOTHING, title="Document the timetable", body="The README should say how the timetable is read.\n"
)
NEVER = Question(
    id="30/1", issue=SAYS_NOTHING.ref, round=1, asked_of="rene", write_key="q", answered_by=NOBODY, is_void=True
)
ON_ITS_WAY = msgspec.structs.replace(NEVER, answered_by="", is_void=False)


def event(name: str, action: str, sender: Actor | None = None, **more: Any) -> Event:
    return Event(delivery="g", name=name, action=action, repo=REPO, number=1, received_at=NOW, sender=sender, **more)


def looked(issue: Issue, *questions: Question) -> tuple[str, list[str], list[str]]:
    """What triage says, the rounds it asks, and the labels it takes away."""
    used = max(question.round for question in questions)
    facts = triage.Facts(issue=issue, questions=questions, used_rounds=used, asked_of="rene")
    decision = triage.decide(event("issues", "reopened", RENE), facts, CONFIG)
    asked = [record.id for record in decision.records if isinstance(record, QuestionAsked)]
    return decision.rule, asked, [write.label for write in decision.writes if isinstance(write, RemoveLabel)]


def labelled(issue: Issue) -> Issue:
    return msgspec.structs.replace(issue, labels=frozenset({LABEL}))


@pytest.mark.parametrize("issue", [SAYS_NOTHING, labelled(SAYS_NOTHING)])
def test_it_is_asked_again_under_a_key_of_its_own(issue: Issue) -> None:
    assert looked(issue, NEVER) == ("needs clarification", ["30/2"], [])


def test_it_uses_up_no_round() -> None:
    twice = (NEVER, msgspec.structs.replace(NEVER, id="30/2", round=2))
    assert looked(SAYS_NOTHING, *twice) == ("needs clarification", ["30/3"], [])


def test_one_that_is_on_its_way_is_waited_for() -> None:
    assert looked(SAYS_NOTHING, ON_ITS_WAY) == ("waiting", [], [])
    assert looked(SAYS_NOTHING, NEVER, msgspec.structs.replace(ON_ITS_WAY, id="30/2", round=2))[0] == "waiting"


def test_its_label_goes_if_nothing_is_missing_any_more() -> None:
    assert looked(READY, NEVER) == ("ready", [], [])
    assert looked(labelled(READY), NEVER) == ("ready", [], [LABEL])


def test_a_persons_word_that_nothing_more_is_needed_still_counts() -> None:
    waived = msgspec.structs.replace(NEVER, answered_by="tria", is_waived=True, is_void=False)
    later = msgspec.structs.replace(NEVER, id="30/2", round=2)
    assert looked(SAYS_NOTHING, waived, later)[0] == "ready"


def heard(event: Event, question: Question, *, overtaken: bool = False, issue: Issue = SAYS_NOTHING) -> Any:
    facts = clarification.Facts(
        question=question,
        questions=(question,),
        issue=issue,
        permissions={"rene": Permission.READ, "tria": Permission.TRIAGE},
        is_overtaken=overtaken,
    )
    return clarification.decide(event, facts, CONFIG)


@pytest.mark.parametrize("person", [RENE, TRIA, ROBO])
@pytest.mark.parametrize(("question", "overtaken"), [(ON_ITS_WAY, True), (NEVER, False)])
def test_whoever_edits_the_description_under_it_has_triage_look_again(
    person: Actor, question: Question, overtaken: bool
) -> None:
    decision = heard(event("issues", "edited", person), question, overtaken=overtaken)
    assert decision.rule == "overtaken"
    assert decision.records == (QuestionAnswered(question="30/1", by=NOBODY, how=NEVER_PUT),)
    assert [wake.reason for wake in decision.wakes] == ["triage"]


def test_what_does_not_touch_the_question_leaves_it_on_its_way() -> None:
    assert heard(event("issues", "edited", TRIA), ON_ITS_WAY).rule == "still waiting"
    assert heard(event("issue_comment", "created", ROBO, comment=9), ON_ITS_WAY, overtaken=True).rule == "still waiting"


def test_who_takes_its_label_away_has_said_that_nothing_is_needed() -> None:
    decision = heard(event("issues", "unlabeled", TRIA, label=LABEL), NEVER)
    assert decision.records == (QuestionAnswered(question="30/1", by="tria", how=LABEL_REMOVED),)


def test_who_sets_the_label_waits_by_hand() -> None:
    decision = heard(event("issues", "labeled", TRIA, label=LABEL), NEVER, issue=labelled(SAYS_NOTHING))
    assert decision.rule == "waiting by hand"
