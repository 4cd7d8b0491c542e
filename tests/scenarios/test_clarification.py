"""One question, asked once; a human's answer and nothing else takes the turn back."""

import pytest

from bot.model.markers import markers_in
from bot.sandbox.state import Issue
from tests.harness.house import REPO, House
from tests.harness.story import ANSWER

LABEL = "needs-clarification"


async def asked(house: House, body: str | None = None) -> Issue:
    """An issue of a reader that says nothing, and the bot's question on it."""
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails", body)
    await house.works()
    assert house.labels(issue) == {LABEL}
    assert len(house.comments(issue)) == 1
    return issue


async def assert_waiting(house: House, issue: Issue) -> None:
    """Nothing was asked again, and no decision to ask was even made: idempotency would hide that."""
    assert len(house.comments(issue)) == 1
    assert LABEL in house.labels(issue)
    asks = [rule for rule in await house.rules("triage", issue.number) if "needs clarification" in rule]
    assert len(asks) == 1
    assert "clarification: answered" not in await house.rules("clarification", issue.number)


@pytest.mark.parametrize("body", [None, "", "### Version\n\n_No response_\n"])
async def test_an_issue_that_says_nothing_gets_a_label_and_one_marked_question(house: House, body: str | None) -> None:
    issue = await asked(house, body)
    (question,) = house.comments(issue)
    assert "@rene" in question.body
    (marker,) = markers_in(question.body, house.settings.signing_key)
    assert (marker.kind, marker.issue) == ("question", issue.id)


async def test_an_issue_that_says_something_is_ready(house: House) -> None:
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails", ANSWER)
    await house.works()
    assert house.comments(issue) == []
    assert await house.rules("triage", issue.number) == ["triage: ready"]


async def test_the_founding_bug_our_own_question_is_not_an_answer(house: House) -> None:
    """GitHub echoes the bot's comment and label back as webhooks; neither changes whose turn it is."""
    issue = await asked(house)
    echoes = [one for one in house.sandbox.world.webhooks.log if one.event == "issue_comment"]
    assert len(echoes) == 1
    assert await house.rules("clarification", issue.number) == ["clarification: still waiting"] * 2
    await assert_waiting(house, issue)


async def test_other_bots_and_bystanders_do_not_answer(house: House) -> None:
    issue = await asked(house)
    for login in ("robo[bot]", "tria"):
        house.sandbox.actor(login).comment(issue, "I think it is the points.")
        await house.works()
        await assert_waiting(house, issue)


async def test_a_bystander_who_helps_causes_another_look_and_one_who_does_not_causes_none(house: House) -> None:
    issue = await asked(house)
    house.sandbox.actor("tria").comment(issue, "+1")
    await house.works()
    assert "clarification: another look" not in await house.rules("clarification", issue.number)
    house.sandbox.actor("tria").comment(issue, "I have seen it at track 3 as well, with version 2.1.")
    await house.works()
    assert (await house.rules("clarification", issue.number))[-1] == "clarification: another look"
    assert (await house.rules("triage", issue.number))[-1] == "triage: waiting"
    await assert_waiting(house, issue)


@pytest.mark.parametrize("text", ["+1", "any news?", "/why", "thanks!"])
async def test_words_that_add_nothing_do_not_answer(house: House, text: str) -> None:
    issue = await asked(house)
    house.sandbox.actor("rene").comment(issue, text)
    await house.works()
    assert LABEL in house.labels(issue)
    assert "clarification: answered" not in await house.rules("clarification", issue.number)


async def test_a_person_may_ask_and_may_say_that_it_is_answered(house: House) -> None:
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails", ANSWER)
    house.sandbox.actor("tria").comment(issue, "/clarify Which track, @will?")
    await house.works()
    assert house.labels(issue) == {LABEL}
    (question,) = house.comments(issue)
    assert "Which track" in question.body
    assert "@will" not in question.body
    house.sandbox.actor("tria").comment(issue, "/clarify And when?")
    await house.works()
    assert "/answered" in house.comments(issue)[-1].body
    house.sandbox.actor("tria").comment(issue, "/answered")
    await house.works()
    assert house.labels(issue) == set()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"
    house.sandbox.actor("tria").comment(issue, "/answered")
    house.sandbox.actor("tria").comment(issue, "/triage")
    await house.works()
    assert "No question is open" in house.comments(issue)[-2].body
    assert "**ready**" in house.comments(issue)[-1].body


@pytest.mark.parametrize("login", ["rene", "will", "ada"])
async def test_the_author_and_writers_answer_with_a_comment(house: House, login: str) -> None:
    issue = await asked(house)
    house.sandbox.actor(login).comment(issue, ANSWER)
    await house.works()
    assert house.labels(issue) == set()
    assert len(house.comments(issue)) == 1
    assert await house.rules("triage", issue.number) == ["triage: needs clarification", "triage: ready"]


async def test_editing_the_description_answers(house: House) -> None:
    issue = await asked(house)
    house.sandbox.actor("rene").edit_issue(issue, body=ANSWER)
    await house.works()
    assert house.labels(issue) == set()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"


async def test_editing_the_title_does_not(house: House) -> None:
    issue = await asked(house)
    house.sandbox.actor("rene").edit_issue(issue, title="Signal fails!")
    await house.works()
    await assert_waiting(house, issue)


async def test_a_human_who_takes_the_label_away_answers_and_it_stays_away(house: House) -> None:
    issue = await asked(house)
    house.sandbox.actor("tria").unlabel(issue, LABEL)
    await house.works()
    assert house.labels(issue) == set()
    assert "label_override: override" in await house.rules(number=issue.number)
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"


async def test_a_bot_that_takes_the_label_away_does_not_answer(house: House) -> None:
    issue = await asked(house)
    house.sandbox.actor("robo[bot]").unlabel(issue, LABEL)
    await house.works()
    assert "clarification: answered" not in await house.rules("clarification", issue.number)


async def test_a_quote_of_our_question_with_its_marker_is_the_authors_word_not_ours(house: House) -> None:
    issue = await asked(house)
    (question,) = house.comments(issue)
    quoted = "\n".join(f"> {line}" for line in question.body.splitlines())
    house.sandbox.actor("robo[bot]").comment(issue, quoted)
    await house.works()
    await assert_waiting(house, issue)
    house.sandbox.actor("rene").comment(issue, f"{quoted}\n\n{ANSWER}")
    await house.works()
    assert house.labels(issue) == set()


async def test_the_human_who_was_faster_than_our_question_wins(house: House) -> None:
    """Fault D9: the question is held by a ceiling while the author adds the description."""
    await house.restart(INTERLOCK_CEILINGS="comments=0")
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.works()
    assert (await house.states())[f"question/{issue.id}/1"] == "held"
    house.sandbox.actor("rene").comment(issue, ANSWER)
    await house.works()
    await house.restart(INTERLOCK_CEILINGS="comments=60")
    await house.database.write(_release_held)
    await house.works()
    assert house.comments(issue) == []
    assert house.labels(issue) == set()
    assert (await house.states())[f"question/{issue.id}/1"] == "stale"


async def test_words_that_left_something_open_do_not_answer_the_next_question_while_it_is_on_its_way(
    house: House,
) -> None:
    """Found by the demo: the second question waits for its turn, and any event of the lane looks at the thread."""
    issue = await asked(house)
    await house.restart(INTERLOCK_CEILINGS="comments=1")
    house.sandbox.actor("rene").comment(issue, "It stays red at track 3.")
    await house.works()
    second = f"question/{issue.id}/2"
    assert (await house.states())[second] == "held"
    house.sandbox.actor("robo[bot]").comment(issue, "Beep.")
    await house.works()
    assert (await house.rules("clarification", issue.number))[-1] == "clarification: still waiting"
    house.sandbox.actor("rene").comment(issue, ANSWER)
    await house.works()
    assert (await house.rules("clarification", issue.number)).count("clarification: answered") == 2
    await house.restart(INTERLOCK_CEILINGS="comments=60")
    await house.database.write(_release_held)
    await house.works()
    assert (await house.states())[second] == "stale"
    assert house.labels(issue) == set()


@pytest.mark.parametrize("ceilings", ["comments=0", "comments=0 labels=0"])
async def test_a_question_that_came_too_late_is_put_when_the_issue_is_reopened(house: House, ceilings: str) -> None:
    """It was held while the author closed the issue: nobody has been asked, so nobody is waited for."""
    await house.restart(INTERLOCK_CEILINGS=ceilings)
    rene = house.sandbox.actor("rene")
    issue = rene.open_issue(REPO, "Signal fails")
    await house.works()
    rene.close(issue)
    await house.works()
    await house.restart(INTERLOCK_CEILINGS="comments=60 labels=60")
    await house.looks_at_held()
    assert (await house.states())[f"question/{issue.id}/1"] == "stale"
    assert house.comments(issue) == []
    rene.reopen(issue)
    await house.works()
    assert (await house.states())[f"question/{issue.id}/2"] == "done"
    assert len(house.comments(issue)) == 1
    assert house.labels(issue) == {LABEL}
    rene.comment(issue, ANSWER)
    await house.works()
    assert house.labels(issue) == set()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"


@pytest.mark.parametrize("login", ["tria", "robo[bot]"])
@pytest.mark.parametrize("is_stale_already", [False, True])
async def test_who_edits_the_description_before_the_question_goes_out_does_not_silence_it(
    house: House, login: str, is_stale_already: bool
) -> None:
    await house.restart(INTERLOCK_CEILINGS="comments=0")
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.works()
    if is_stale_already:  # what tells of the edit is lost, and comes only after the question was looked at
        house.sandbox.world.webhooks.url = "http://127.0.0.1:9/webhook"
    house.sandbox.actor(login).edit_issue(issue, body="<!-- triage: tracked -->")
    await house.works()
    await house.restart(INTERLOCK_CEILINGS="comments=60")
    await house.looks_at_held()
    assert (await house.states())[f"question/{issue.id}/1"] == "stale"
    assert (house.comments(issue) == []) is is_stale_already
    await house.ticks()
    assert (await house.states())[f"question/{issue.id}/2"] == "done"
    assert len(house.comments(issue)) == 1
    assert house.labels(issue) == {LABEL}


async def test_the_same_delivery_again_and_again_asks_once(house: House) -> None:
    house.sandbox.world.webhooks.copies = 5
    issue = await asked(house)
    await assert_waiting(house, issue)


async def test_bots_are_not_asked(house: House) -> None:
    issue = house.sandbox.actor("robo[bot]").open_issue(REPO, "Dependency update")
    await house.works()
    assert house.comments(issue) == []
    assert await house.rules("triage", issue.number) == ["triage: not triaged"]


def _release_held(conn):  # type: ignore[no-untyped-def]
    """The next day: ceilings are open again."""
    from datetime import UTC, datetime

    from bot.store.schema import outbox

    conn.execute(outbox.update().where(outbox.c.state == "held").values(not_before=datetime.now(UTC)))
