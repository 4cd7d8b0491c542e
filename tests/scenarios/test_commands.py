"""Commands: who may, where they count, and how they are answered."""

import uuid

import pytest

from bot.messages.commands import who_may
from bot.model.commands import Permission
from bot.registry import discover
from bot.sandbox import comments, issues
from bot.sandbox.state import Comment, Issue
from tests.harness.deliveries import deliver
from tests.harness.house import REPO, Decided, House
from tests.harness.story import WORK

COMMANDS = discover().commands
#: Those that not everybody who may read may use.
RESERVED = sorted(name for name, (command, _) in COMMANDS.items() if command.may.at_least(Permission.TRIAGE))
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
    decided: dict[int, list[Decided]] = {}
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


# How a command is written


def acknowledged(house: House, comment: Comment) -> list[str]:
    """What the bot has set under a comment."""
    return [one.content for one in comment.reactions if one.user is house.sandbox.world.app.bot]


@pytest.mark.parametrize("line", ["/WHY", "/Why", "  /wHy  "])
async def test_capitals_make_no_difference(house: House, line: str) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint the station", WORK)
    comment = house.sandbox.actor("rene").comment(issue, line)
    await house.works()
    (answer,) = house.comments(issue)
    assert "What was decided here" in answer.body
    assert acknowledged(house, comment) == ["eyes"]
    assert [one.command for one in await house.decided("why")] == ["why"]


async def test_several_commands_in_one_comment_are_each_carried_out_once_and_in_order(house: House) -> None:
    """One reaction, since GitHub keeps one of each kind from anybody; for each line one answer."""
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint the station", WORK)
    comment = house.sandbox.actor("tria").comment(
        issue, "Let us see:\r\n/help\r\n/why\r\nand\r\n/Triage\r\n/plan\r\n/lgtm"
    )
    await house.works()
    for again in [one for one in house.sandbox.world.webhooks.log if one.event == "issue_comment"]:
        assert await deliver(house, again.event, str(uuid.uuid4()), again.body) == 202
    await house.works()
    answers = [one.body for one in house.comments(issue)]
    beginnings = ("| command |", "What was decided here", "Triage says **ready**", "@tria, `/plan` can be used by")
    assert len(answers) == len(beginnings)
    for answer, beginning in zip(answers, beginnings, strict=True):
        assert answer.startswith(beginning)
    assert acknowledged(house, comment) == ["eyes"]
    assert await house.dead_letters() == []


async def test_two_equal_lines_are_two_uses(house: House) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint the station", WORK)
    house.sandbox.actor("rene").comment(issue, "/why\n/why")
    await house.works()
    assert len(house.comments(issue)) == 2


async def test_arguments_in_quotes_reach_who_carries_the_command_out(house: House) -> None:
    ada, tria = house.sandbox.actor("ada"), house.sandbox.actor("tria")
    issue = ada.open_issue(REPO, "Paint the station", WORK)
    tria.comment(issue, "/clarify  Is it \"Prussian 'blue'\", or `#003153`?  ")
    epic = ada.open_issue(REPO, "A new line", "## Phase 1\n\n- [ ] lay the track\n\n## Phase 2\n\n- [ ] run a train\n")
    tria.comment(epic, '/decompose only="Phase 2"')
    held = ada.open_issue(REPO, "Paint the bridge", WORK)
    tria.comment(held, '/hold "not now"')
    await house.works()
    (question,) = house.comments(issue)
    assert "> Is it \"Prussian 'blue'\", or `#003153`?\n" in question.body
    assert [child.title for child in epic.children] == ["run a train"]
    assert 'On hold: "not now"' in house.comments(held)[-1].body


# How a command is refused


@pytest.mark.parametrize("name", RESERVED)
async def test_a_refusal_is_one_reply_that_says_who_may_and_what_to_do(house: House, name: str) -> None:
    """And nothing else: no reaction, no label, no other write, and no second reply to whatever is delivered again."""
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint the station", f"- [ ] {WORK}")
    await house.works()
    written = set(await house.states())
    comment = house.sandbox.actor("rene").comment(issue, f"/{name} one")
    await house.works()
    told = house.sandbox.world.webhooks.log
    (delivery,) = [one for one in told if one.event == "issue_comment" and one.body.count(f"/{name} one".encode()) == 1]
    house.sandbox.world.webhooks.redeliver(delivery)
    assert await deliver(house, delivery.event, str(uuid.uuid4()), delivery.body) == 202
    await house.works()
    (refusal,) = house.comments(issue)
    assert refusal.body.startswith(f"@rene, `/{name}` can be used by {who_may(COMMANDS[name][0])} of this repository. ")
    assert "Ask one of them to write it here." in refusal.body
    assert acknowledged(house, comment) == []
    assert {key.split("/")[0] for key in set(await house.states()) - written} == {"reply"}
    assert set(await house.rules(COMMANDS[name][1].name, issue.number)) >= {f"{COMMANDS[name][1].name}: not allowed"}
    assert issue.children == []
    assert house.labels(issue) == set()


async def test_a_refused_command_does_not_keep_the_others_from_being_carried_out(house: House) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint the station", WORK)
    comment = house.sandbox.actor("rene").comment(issue, "/hold\n/why")
    await house.works()
    refusal, answer = house.comments(issue)
    assert "`/hold` can be used by" in refusal.body
    assert "hold | not allowed" in answer.body
    assert acknowledged(house, comment) == ["eyes"]


# What commands say


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


async def test_the_answer_to_a_near_miss_is_edited_in_place(house: House) -> None:
    issue = house.sandbox.actor("ada").open_issue(REPO, "Paint the station", WORK)
    rene = house.sandbox.actor("rene")
    said = rene.comment(issue, "/decompse")
    await house.works()
    rene.edit_comment(said, "/relp")
    await house.works()
    (answer,) = house.comments(issue)
    assert "`/help`" in answer.body
    assert "decompose" not in answer.body
    rene.edit_comment(said, "/relp\n/hodl")
    await house.works()
    assert len(house.comments(issue)) == 2, "another line is another near miss"
