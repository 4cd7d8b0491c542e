"""What is said and done in a thread, live: what answers, what is a reason to look again, and what is neither."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, update

from bot.sandbox import issues
from bot.sandbox.repositories import create_repository, set_role
from bot.sandbox.state import Issue
from bot.store.schema import outbox
from tests.harness.house import REPO, House
from tests.harness.story import ANSWER, WORK

LABEL, HUMAN = "needs-clarification", "human-needed"
#: Says something, and lacks most.
LITTLE = "It stays red at track 3."


async def opens(house: House, body: str = "", title: str = "Signal fails") -> Issue:
    issue = house.sandbox.actor("rene").open_issue(REPO, title, body)
    await house.works()
    return issue


async def says(house: House, issue: Issue, login: str, text: str) -> None:
    house.sandbox.actor(login).comment(issue, text)
    await house.works()


async def clarified(house: House, issue: Issue) -> str:
    """What was decided last about whose turn it is."""
    return (await house.rules("clarification", issue.number))[-1].removeprefix("clarification: ")


async def looks(house: House, issue: Issue) -> int:
    """How often triage has looked at the issue."""
    return len(await house.rules("triage", issue.number))


def time_passes(house: House, seconds: float) -> None:
    """GitHub's times are whole seconds; within one nobody knows who came first."""
    clock = house.sandbox.world.clock
    house.sandbox.world.clock = lambda: clock() + timedelta(seconds=seconds)


# What is edited


async def test_an_edit_that_was_made_before_the_question_and_is_told_late_does_not_answer_it(house: House) -> None:
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.sandbox.settle()
    house.sandbox.world.webhooks.hold()
    house.sandbox.actor("rene").edit_issue(issue, body=LITTLE)
    time_passes(house, 5)
    await house.works()
    assert len(house.comments(issue)) == 1, "triage has read the edited description, and asks"
    house.sandbox.world.webhooks.release()
    await house.works()
    assert await clarified(house, issue) == "still waiting"
    assert len(house.comments(issue)) == 1
    house.sandbox.actor("rene").edit_issue(issue, body=f"{LITTLE} And at track 4.")
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)


async def test_a_title_answers_nothing_whatever_the_description_says(house: House) -> None:
    issue = await opens(house, LITTLE)
    house.sandbox.actor("rene").edit_issue(issue, title="The signal fails at track 3")
    await house.works()
    assert await clarified(house, issue) == "still waiting"
    house.sandbox.actor("rene").edit_issue(issue, title="The signal fails", body=f"{LITTLE} And at track 4.")
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)


@pytest.mark.parametrize("body", ["+1", "Thanks!", "### Version\n\n_No response_\n", ""])
async def test_a_description_that_says_nothing_answers_nothing(house: House, body: str) -> None:
    issue = await opens(house, LITTLE)
    house.sandbox.actor("rene").edit_issue(issue, body=body)
    await house.works()
    assert await clarified(house, issue) == "still waiting"


async def test_a_bystander_who_edits_a_comment_is_heard_as_if_it_were_a_new_one(house: House) -> None:
    issue = await opens(house)
    before = house.sandbox.actor("tria").comment(issue, "+1")
    await house.works()
    assert await clarified(house, issue) == "still waiting"
    house.sandbox.actor("tria").edit_comment(before, "+1, with version 2.1 at track 3 as well")
    await house.works()
    assert await clarified(house, issue) == "another look"
    assert house.labels(issue) == {LABEL}
    house.sandbox.actor("will").edit_comment(before, "Version 2.1 at every track, she says")
    await house.works()
    assert await clarified(house, issue) == "still waiting", "nobody puts words into somebody else's mouth"


async def test_an_edit_of_an_old_comment_answers_and_an_edit_before_the_question_does_not(house: House) -> None:
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    early, late = (house.sandbox.actor("rene").comment(issue, "Help!") for _ in range(2))
    await house.sandbox.settle()
    house.sandbox.world.webhooks.hold()
    house.sandbox.actor("rene").edit_comment(early, LITTLE)
    time_passes(house, 5)
    await house.works()
    house.sandbox.world.webhooks.release()
    await house.works()
    assert "clarification: answered" not in await house.rules("clarification", issue.number)
    house.sandbox.actor("rene").edit_comment(late, LITTLE)
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)


async def test_an_edit_counts_though_its_author_has_got_another_name_since(house: House) -> None:
    issue = await opens(house)
    rene = house.sandbox.actor("rene")
    comment = rene.comment(issue, "Help!")
    await house.works()
    time_passes(house, 5)
    house.sandbox.world.webhooks.hold()
    rene.edit_comment(comment, LITTLE)
    rene.user.login = "rene-2"
    house.sandbox.world.webhooks.release()
    await house.works()
    assert "clarification: answered" in await house.rules("clarification", issue.number)


# While nothing is asked


async def out_of_rounds(house: House) -> Issue:
    issue = await opens(house)
    await says(house, issue, "rene", LITTLE)
    await says(house, issue, "rene", "I do not know where to look.")
    assert house.labels(issue) == {HUMAN}
    return issue


async def test_who_knows_at_last_is_heard_after_the_rounds_are_used_up(house: House) -> None:
    issue = await out_of_rounds(house)
    before = await looks(house, issue)
    house.sandbox.actor("robo[bot]").comment(issue, ANSWER)
    await says(house, issue, "tria", "+1")
    assert await clarified(house, issue) == "no question"
    assert await looks(house, issue) == before, "neither a bot nor a word that adds nothing is a reason to look"
    await says(house, issue, "tria", LITTLE)
    assert await clarified(house, issue) == "another look"
    assert (await house.rules("triage", issue.number))[-1] == "triage: human-needed"
    assert len(house.comments(issue)) == 2, "and nobody is asked again"
    await says(house, issue, "rene", ANSWER)
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"


async def test_an_edited_comment_is_heard_then_too_and_only_as_its_authors(house: House) -> None:
    issue = await out_of_rounds(house)
    comment = next(one for one in issue.comments if one.author.login == "rene")
    before = await looks(house, issue)
    house.sandbox.actor("will").edit_comment(comment, LITTLE + " It is version 2.1.")
    await house.works()
    assert await looks(house, issue) == before
    house.sandbox.actor("rene").edit_comment(comment, ANSWER)
    await house.works()
    assert (await house.rules("triage", issue.number))[-1] == "triage: ready"


async def test_an_issue_that_is_ready_is_left_to_those_who_discuss_it(house: House) -> None:
    issue = await opens(house, WORK, "Paint the station")
    assert await looks(house, issue) == 1
    before = len(house.sandbox.faults.requests)
    await says(house, issue, "rene", "The app crashes when I open the picture of it.")
    assert await looks(house, issue) == 1
    assert house.comments(issue) == []
    about = [seen.path for seen in house.sandbox.faults.requests[before:] if "/issues/" in seen.path]
    assert about == [], "and GitHub is not asked about it"


async def test_a_pull_request_is_not_looked_at_because_somebody_speaks(house: House) -> None:
    will = house.sandbox.actor("will")
    await will.push(REPO, "topic", {"train.txt": "0"})
    pull = await will.open_pull(REPO, "topic", "A train", "It fails.")
    await says(house, pull.issue, "rene", LITTLE)
    assert await house.rules("triage", pull.issue.number) == []


async def test_a_description_that_is_edited_is_looked_at_again_whatever_was_said_of_it(house: House) -> None:
    issue = await opens(house, ANSWER)
    assert await house.rules("triage", issue.number) == ["triage: ready"]
    robo = house.sandbox.world.user("robo[bot]")
    issues.edit_issue(house.sandbox.world, issue, robo, body=f"{ANSWER}\n\nSee #7.")
    issues.edit_issue(house.sandbox.world, issue, house.sandbox.world.user("nora"), body=LITTLE)
    await house.works()
    assert await looks(house, issue) == 1, "neither a bot's edit nor that of somebody without a say"
    house.sandbox.actor("rene").edit_issue(issue, body="Thanks!")
    await house.works()
    assert await looks(house, issue) == 1
    house.sandbox.actor("rene").edit_issue(issue, title="Duplicate of #1")
    await house.works()
    assert await looks(house, issue) == 2
    house.sandbox.actor("tria").edit_issue(issue, title="Signal fails")
    await house.works()
    assert await looks(house, issue) == 2, "she may edit it, and is not one of those who may answer"
    house.sandbox.actor("will").edit_issue(issue, body=LITTLE)
    await house.works()
    assert await looks(house, issue) == 3
    assert house.labels(issue) == {LABEL}


async def test_a_label_that_a_bot_had_set_waits_for_nobody_once_a_human_takes_it_away(house: House) -> None:
    house.sandbox.actor("ada").open_issue(REPO, "Make the label", WORK, labels=[LABEL])
    issue = house.sandbox.actor("robo[bot]").open_issue(REPO, "Signal fails", "", labels=[LABEL])
    issue.author = house.sandbox.world.user("rene")  # opened in a form whose bot sets the label
    await house.works()
    assert await house.rules("triage", issue.number) == ["triage: waiting"]
    house.sandbox.actor("robo[bot]").unlabel(issue, LABEL)
    await house.works()
    assert await looks(house, issue) == 1
    house.sandbox.actor("robo[bot]").label(issue, LABEL)
    house.sandbox.actor("tria").unlabel(issue, LABEL)
    await house.works()
    assert "clarification: another look" in await house.rules("clarification", issue.number)
    assert await house.rules("triage", issue.number) == ["triage: waiting", "triage: needs clarification"]


async def test_what_was_never_triaged_is_not_looked_at_because_of_an_edit(house: House) -> None:
    """An issue older than the installation: its author mends a typo, and is not asked anything for it."""
    house.sandbox.world.webhooks.drop = lambda delivery: delivery.action == "opened"
    issue = await opens(house, LITTLE)
    house.sandbox.world.webhooks.drop = lambda _: False
    house.sandbox.actor("rene").edit_issue(issue, body=f"{LITTLE}.")
    await says(house, issue, "rene", "I have mended a typo.")
    assert await looks(house, issue) == 0
    assert house.comments(issue) == []


# What is hidden, quoted, gone


async def test_a_hidden_comment_does_not_answer_and_shown_again_it_does(house: House) -> None:
    issue = await opens(house)
    rene, tria = house.sandbox.actor("rene"), house.sandbox.actor("tria")
    hidden = rene.comment(issue, ANSWER)
    tria.minimize(hidden)
    await house.works()
    assert await clarified(house, issue) == "still waiting"
    time_passes(house, 5)
    rene.edit_comment(hidden, f"{ANSWER} It rains.")
    await house.works()
    assert await clarified(house, issue) == "still waiting", "an edit does not bring it to light"
    helpful = tria.comment(issue, "I have seen it at track 3 as well.")
    tria.minimize(helpful)
    await house.works()
    assert await clarified(house, issue) == "still waiting", "nor does a hidden word of a bystander help"
    tria.minimize(hidden, None)
    await says(house, issue, "robo[bot]", "Beep.")
    assert "clarification: answered" in await house.rules("clarification", issue.number), "whatever tells us to look"


async def test_a_hidden_comment_is_no_reason_to_look_while_nothing_is_asked(house: House) -> None:
    issue = await out_of_rounds(house)
    before = await looks(house, issue)
    house.sandbox.actor("ada").minimize(house.sandbox.actor("rene").comment(issue, ANSWER))
    await house.works()
    assert await looks(house, issue) == before


@pytest.mark.parametrize("login", ["rene", "will", "tria"])
async def test_who_quotes_our_question_with_its_marker_and_adds_nothing_does_not_answer(
    house: House, login: str
) -> None:
    issue = await opens(house)
    (question,) = house.comments(issue)
    quoted = "\n".join(f"> {line}" for line in question.body.splitlines())
    for text in (quoted, f"{quoted}\n\n+1", f"{quoted}\n\n/why", question.body.splitlines()[-1]):
        await says(house, issue, login, text)
    rules = await house.rules("clarification", issue.number)
    assert set(rules) == {"clarification: still waiting"}
    assert await looks(house, issue) == 1
    assert house.labels(issue) == {LABEL}


async def another_repository(house: House) -> None:
    """One of which we are told nothing: what becomes of an issue there is another story."""
    world = house.sandbox.world
    tram = await create_repository(world, world.user("acme"), "tram")
    set_role(tram, world.user("ada"), "admin")
    world.webhooks.drop = lambda delivery: delivery.repository_id == tram.id


@pytest.mark.parametrize("how", ["moved", "deleted"])
async def test_a_question_whose_issue_is_gone_is_left_alone_and_nobody_is_reminded(house: House, how: str) -> None:
    """What was said before is told late, and where the issue was nothing can be read or written any more."""
    world, (rene, ada) = house.sandbox.world, (house.sandbox.actor(login) for login in ("rene", "ada"))
    await another_repository(house)
    issue = await opens(house, LITTLE)
    number, (question,) = issue.number, house.comments(issue)
    world.webhooks.hold()
    rene.edit_comment(rene.comment(issue, ANSWER), f"{ANSWER} It rains.")
    rene.edit_issue(issue, title="Signal fails at track 3", body=ANSWER)
    for login in ("rene", "tria"):
        house.sandbox.actor(login).comment(issue, "/answered\n/triage\n/hold\n/why")
    ada.unlabel(issue, LABEL)
    ada.delete_comment(question)
    if how == "moved":
        ada.transfer_issue(issue, "acme/tram")
    else:
        ada.delete_issue(issue)
    before = len(house.sandbox.faults.mutations())
    world.webhooks.release()
    await house.works()
    assert ("issues", "transferred" if how == "moved" else "deleted") in {
        (one.event, one.action) for one in world.webhooks.log
    }
    rules = await house.rules("clarification", number)
    assert rules == ["clarification: still waiting"] * 2 + ["clarification: gone"] * 9
    await house.days_pass(30)
    for _ in range(3):
        await house.ticks()
    assert (await house.rules("clarification", number))[len(rules) :] == ["clarification: gone"]
    assert await house.rules("reminders") == ["reminders: remind", *["reminders: nobody to remind"] * 2]
    assert len(house.sandbox.faults.mutations()) == before
    assert await house.dead_letters() == []


async def test_an_issue_that_moved_away_is_asked_nothing_where_it_was(house: House) -> None:
    """The question is held by a ceiling while the issue moves; then there is nobody to ask there."""
    await another_repository(house)
    await house.restart(INTERLOCK_CEILINGS="comments=0 labels=0")
    issue = await opens(house)
    key = f"question/{issue.id}/1"
    assert (await house.states())[key] == "held"
    house.sandbox.actor("ada").transfer_issue(issue, "acme/tram")
    await house.restart(INTERLOCK_CEILINGS="comments=60 labels=60")
    await house.database.write(open_ceilings)
    await house.works()
    assert (await house.states())[key] == "stale"
    assert house.sandbox.faults.mutations() == []
    assert await house.dead_letters() == []


def open_ceilings(conn: Connection) -> None:
    """The next day."""
    conn.execute(update(outbox).where(outbox.c.state == "held").values(not_before=datetime.now(UTC)))
