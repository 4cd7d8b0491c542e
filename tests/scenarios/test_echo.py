"""Every text of ours comes back, from people and from our own account: nobody commands, answers or is asked."""

from bot.sandbox import comments, issues
from bot.sandbox.state import Issue
from tests.harness.emitted import emitted
from tests.harness.house import REPO, House
from tests.harness.story import WORK

TEXTS = list(emitted().values())
#: Above what this file writes.
CEILINGS = "comments=2000 labels=2000 issues=500 links=500 reactions=500 total=9000"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def title(text: str) -> str:
    return " ".join(text.split())[:200]


async def assert_no_commands(house: House) -> None:
    assert [(one.number, one.command) for one in await house.decided() if one.command] == []
    assert await house.dead_letters() == []


async def test_a_person_who_repeats_us_commands_nothing(house: House) -> None:
    """As title and description, as a comment, in an edit, quoted, and in a review; by somebody who might command."""
    await house.restart(INTERLOCK_CEILINGS=CEILINGS)
    ada = house.sandbox.actor("ada")
    thread = ada.open_issue(REPO, "Paint the station", WORK)
    await ada.push(REPO, "topic", {"train.txt": "runs"})
    pull = await ada.open_pull(REPO, "topic", "A train", "It runs.")
    for text in TEXTS:
        ada.open_issue(REPO, title(text), text)
        ada.comment(thread, text)
        ada.edit_comment(ada.comment(thread, "Well."), f"Well.\n\n{text}")
        ada.comment(thread, quoted(text))
        ada.edit_issue(thread, title=title(text), body=f"{WORK}\n\n{text}")
        ada.review(pull, "COMMENTED", text)
        ada.comment(pull.issue, text)
    await house.works()
    await assert_no_commands(house)
    done = {
        rule for rule in await house.rules() if rule.startswith(("decompose", "plan", "hold", "switch", "near_miss"))
    }
    assert done == {"decompose: not a human"}, "our own label comes back, too"


async def test_our_own_account_commands_nothing_answers_nothing_and_is_asked_nothing(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS=CEILINGS)
    world = house.sandbox.world
    us, repository = world.app.bot, world.repository(REPO)
    waiting = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.works()
    said = len(waiting.comments)
    ours: list[Issue] = []
    for text in TEXTS:
        ours.append(issues.open_issue(world, repository, us, title(text), text, labels=[]))
        comment = comments.add_comment(world, waiting, us, text)
        comments.edit_comment(world, comment, us, f"{text}\n\nAnd more of it: 3.2")
        comments.add_comment(world, ours[-1], us, quoted(text))
    await house.works()
    await assert_no_commands(house)
    for issue in ours:
        assert await house.rules("triage", issue.number) == ["triage: not triaged"]
        assert len(issue.comments) == 1, "what we said ourselves"
        assert house.labels(issue) <= {"blocked"}, "a child of ours waits for what its own words name"
    assert len(waiting.comments) == said + len(TEXTS)
    assert house.labels(waiting) == {"needs-clarification"}
    assert set(await house.rules("clarification", waiting.number)) == {"clarification: still waiting"}
    assert await house.rules("triage", waiting.number) == ["triage: needs clarification"]
