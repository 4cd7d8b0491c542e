"""Commands: who may, where they count, and how they are answered."""

import pytest

from bot.model.commands import Permission
from bot.registry import discover
from bot.sandbox import comments, issues
from bot.sandbox.state import Issue
from tests.harness.house import REPO, House
from tests.harness.story import WORK

COMMANDS = discover().commands
#: Everybody who might write a command, and the role GitHub gives them; None has no authority whatever the role.
PEOPLE = {
    "ada": Permission.ADMIN,
    "mia": Permission.MAINTAIN,
    "will": Permission.WRITE,
    "tria": Permission.TRIAGE,
    "rene": Permission.READ,
    "nora": Permission.NONE,
    "ghost": Permission.NONE,  # an account that GitHub does not know any more
    "robo[bot]": None,
    "interlock[bot]": None,
}
COUNTS = {"opening body", "comment", "edited comment"}
CHANNELS = (*sorted(COUNTS), "quoted")


def says(house: House, login: str, channel: str, line: str) -> Issue:
    """Somebody writes a command line somewhere; through the world itself, since GitHub would stop some of them."""
    world = house.sandbox.world
    person = world.user(login)
    ada = house.sandbox.actor("ada")
    if channel == "opening body":
        return issues.open_issue(
            world, world.repository(REPO), person, "Paint the station", f"{WORK}\n\n{line}", labels=[]
        )
    issue = ada.open_issue(REPO, "Paint the station", WORK)
    if channel == "comment":
        comments.add_comment(world, issue, person, line)
    elif channel == "edited comment":
        comments.edit_comment(world, comments.add_comment(world, issue, person, "Well."), person, f"Well.\n\n{line}")
    elif channel == "quoted":
        comments.add_comment(world, issue, person, f"> {line}\n\nNo.")
    return issue


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_the_whole_matrix_of_roles_and_channels(house: House, name: str) -> None:
    """Deny by default: a command is carried out for a human with the role, where it was newly written."""
    await house.restart(INTERLOCK_CEILINGS="comments=2000 labels=2000 reactions=2000 total=9000 issues=500 links=500")
    world = house.sandbox.world
    world.repository(REPO).private = True  # else everybody may read
    world.add_user("ghost")
    command, handler = COMMANDS[name]
    written: dict[tuple[str, str], int] = {}
    for login in PEOPLE:
        for channel in CHANNELS:
            written[login, channel] = says(house, login, channel, f"/{name}").number
    await house.sandbox.settle()
    ghost = world.users.pop("ghost")
    await house.works()
    world.users["ghost"] = ghost
    decided = {}
    for one in await house.decided():
        if one.command == name:
            decided.setdefault(one.number, []).append(one)
        assert not (one.command and one.command != name), one
    for (login, channel), number in written.items():
        role = PEOPLE[login]
        found = decided.get(number, [])
        if role is None or channel not in COUNTS:
            assert found == [], (login, channel)
            continue
        (one,) = found
        assert one.handler == handler.name
        assert (one.decision.rule != "not allowed") == role.at_least(command.may), (login, channel, one.decision)


async def test_reviews_do_not_command(house: House) -> None:
    """A review takes no reaction over REST, so it could not be acknowledged; nobody listens to reviews."""
    listened = {event for event, _ in discover().kinds}
    assert not listened & {"pull_request_review", "pull_request_review_comment", "pull_request_review_thread"}


async def test_help_lists_every_command_and_who_may(house: House) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint the station", WORK)
    house.sandbox.actor("rene").comment(issue, "/help")
    await house.works()
    (answer,) = house.comments(issue)
    for name in COMMANDS:
        assert f"`/{name}" in answer.body


async def test_why_tells_rule_and_reason(house: House) -> None:
    issue = house.sandbox.actor("rene").open_issue(REPO, "x")
    await house.works()
    house.sandbox.actor("rene").comment(issue, "/why")
    await house.works()
    answer = house.comments(issue)[-1].body
    assert "needs clarification" in answer
    assert "empty or only the untouched template" in answer


async def test_why_tells_what_waits(house: House) -> None:
    await house.restart(INTERLOCK_CEILINGS="labels=0")
    issue = house.sandbox.actor("rene").open_issue(REPO, "x")
    await house.works()
    house.sandbox.actor("rene").comment(issue, "/why")
    await house.works()
    assert "AddLabel (held): the daily ceiling of 0 labels" in house.comments(issue)[-1].body


async def test_stop_holds_everything_and_resume_lets_it_go(house: House) -> None:
    ada = house.sandbox.actor("ada")
    issue = ada.open_issue(REPO, "Paint the station", WORK)
    ada.comment(issue, "/stop too loud")
    await house.works()
    silent = house.sandbox.actor("rene").open_issue(REPO, "y")
    await house.works()
    assert house.comments(issue) == []
    assert house.comments(silent) == []
    assert "held" in (await house.states()).values()
    ada.comment(issue, "/resume")
    await house.works()
    assert "writes in this repository again" in house.comments(issue)[-1].body
    assert len(house.comments(silent)) == 1
    assert "held" not in (await house.states()).values()


@pytest.mark.parametrize(("word", "meant"), [("/decompse", "/decompose"), ("/retest", None), ("/lgtm", None)])
async def test_a_near_miss_is_answered_once_and_other_bots_commands_are_not(
    house: House, word: str, meant: str | None
) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint the station", WORK)
    house.sandbox.actor("rene").comment(issue, word)
    house.sandbox.actor("robo[bot]").comment(issue, "/decompse")
    await house.works()
    answers = [comment.body for comment in house.comments(issue)]
    assert len(answers) == (meant is not None)
    assert all(f"`{meant}`" in answer for answer in answers)
