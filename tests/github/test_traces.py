"""After a doubt: our own traces are found on every page and in every state, and nobody else's count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bot.model.ids import IssueRef
from bot.model.markers import sign
from bot.model.writes import AnyWrite, React, Receipt, Redeliver
from bot.ports import NotSent
from bot.sandbox import checks, comments, installations, issues
from bot.sandbox.fault_kinds import Status
from bot.sandbox.state import Comment, Issue, User
from tests.github.conftest import GitHub
from tests.github.writes import KEY, Samples, perform, prepare, writer


@pytest.fixture
async def samples(github: GitHub) -> Samples:
    return await prepare(github)


async def find(github: GitHub, write: AnyWrite, *, ago: float = 0) -> Receipt | None:
    return await writer(github).find(write, since=datetime.now(UTC) - timedelta(seconds=ago))


def say(github: GitHub, samples: Samples, author: User, text: str) -> Comment:
    return comments.add_comment(github.sandbox.world, samples.issue, author, text)


def open_issue(github: GitHub, author: User, text: str) -> Issue:
    return issues.open_issue(github.sandbox.world, github.repository, author, "A child", text)


async def test_nothing_is_found_where_nothing_was_done(github: GitHub, samples: Samples) -> None:
    for write in samples.all().values():
        assert await find(github, write) is None


async def test_a_comment_is_found_behind_two_pages_of_others(github: GitHub, samples: Samples) -> None:
    ada, write = github.actor("ada").user, samples.comment_on()
    for n in range(200):
        say(github, samples, ada, f"{n}")
    receipt = await perform(github, write)
    before = github.asked("/comments")
    assert await find(github, write) == receipt
    assert github.asked("/comments") == before + 3


async def test_an_issue_is_found_behind_a_page_of_our_newer_ones_and_closed(github: GitHub, samples: Samples) -> None:
    write, us = samples.create(), github.sandbox.world.app.bot
    receipt = await perform(github, write)
    github.actor("ada").close(github.repository.issues[receipt.number])
    for n in range(120):
        open_issue(github, us, f"{n}")
    before = github.asked("/issues")
    assert await find(github, write) == receipt
    assert github.asked("/issues") == before + 2


async def test_a_check_run_is_found_behind_newer_ones_of_its_name(github: GitHub, samples: Samples) -> None:
    """GitHub shows only the newest unless all are asked for."""
    write, world = samples.check(), github.sandbox.world
    receipt = await perform(github, write)
    for n in range(100):
        body = {"name": write.name, "head_sha": str(write.head), "conclusion": "failure", "external_id": f"check/x{n}"}
        await checks.create(world, github.repository, world.app, body)
    assert await find(github, write) == receipt


async def test_a_marker_that_somebody_else_repeats_is_no_trace(github: GitHub, samples: Samples) -> None:
    """Whoever quotes us carries a valid signature along (threat T7)."""
    question, child = samples.comment_on(), samples.create()
    for login in ("ada", "robo[bot]"):
        say(github, samples, github.actor(login).user, f"x\n\n{sign(question.marker, KEY)}")
        open_issue(github, github.actor(login).user, f"x\n\n{sign(child.marker, KEY)}")
    assert await find(github, question) is None
    assert await find(github, child) is None


@pytest.mark.parametrize(
    ("before", "key"),
    [("", b"another key, thirty-two bytes....."), ("> ", KEY)],
    ids=["signed by another", "in a quote"],
)
async def test_of_our_own_words_only_a_signed_marker_of_this_key_counts(
    github: GitHub, samples: Samples, before: str, key: bytes
) -> None:
    us, write = github.sandbox.world.app.bot, samples.comment_on()
    say(github, samples, us, before + sign(write.marker, key))
    say(github, samples, us, sign(msgspec.structs.replace(write.marker, id="comment/2"), KEY))
    assert await find(github, write) is None


async def test_a_check_run_of_another_app_or_key_is_no_trace(github: GitHub, samples: Samples) -> None:
    write, world = samples.check(), github.sandbox.world
    other = replace(world.app, id=world.new_id(), slug="other")
    body = {"name": write.name, "head_sha": str(write.head), "conclusion": "success"}
    await checks.create(world, github.repository, other, {**body, "external_id": write.key})
    await checks.create(world, github.repository, world.app, {**body, "external_id": "check/2"})
    assert await find(github, write) is None


async def test_a_reaction_of_somebody_else_is_no_trace(github: GitHub, samples: Samples) -> None:
    github.actor("ada").react(samples.issue.comments[0], "eyes")
    assert await find(github, samples.react()) is None
    receipt = await perform(github, samples.react())
    assert await find(github, samples.react()) == receipt


async def test_a_clock_that_is_ahead_of_githubs_hides_nothing(github: GitHub, samples: Samples) -> None:
    """Times are whole seconds, and clocks differ: a minute of slack."""
    writes: list[AnyWrite] = [samples.comment_on(), samples.create()]
    for write in writes:
        receipt = await perform(github, write)
        assert await find(github, write, ago=-50) == receipt


async def test_what_its_issue_is_gone_with_is_not_found(github: GitHub, samples: Samples) -> None:
    await perform(github, samples.comment_on())
    github.actor("ada").delete_issue(samples.issue)
    assert await find(github, samples.comment_on()) is None
    assert await find(github, samples.react()) is None


async def test_a_list_that_cannot_be_read_is_no_list_without_a_trace(github: GitHub, samples: Samples) -> None:
    """Else the write would be done again because GitHub was down."""
    writes: list[AnyWrite] = [samples.comment_on(), samples.create(), samples.check(), samples.react()]
    writes.append(samples.add_label())
    github.faults.add(Status(502), method="GET", path="/repos/.*", times=None)
    for write in writes:
        with pytest.raises(NotSent):
            await find(github, write)


async def test_a_repository_that_was_taken_out_has_no_trace(github: GitHub, samples: Samples) -> None:
    (installation,) = github.sandbox.world.installations.values()
    installations.remove_repository(github.sandbox.world, installation, github.repository, github.actor("ada").user)
    writes: list[AnyWrite] = [samples.comment_on(), samples.create(), samples.check(), samples.react()]
    for write in writes:
        assert await find(github, write) is None


async def test_state_that_holds_already_needs_no_write(github: GitHub, samples: Samples) -> None:
    ada = github.actor("ada")
    ada.label(samples.issue, "Needs-Clarification")
    ada.unlabel(samples.issue, "bug")
    await ada.add_sub_issue(samples.issue, samples.child)
    already = writer(github).already_true
    assert await already(samples.add_label("needs-clarification")) == Receipt()
    assert await already(samples.remove_label("bug")) == Receipt()
    assert await already(samples.link()) == Receipt(id=samples.child.id)


async def test_state_that_does_not_hold_needs_its_write(github: GitHub, samples: Samples) -> None:
    already = writer(github).already_true
    assert await already(samples.add_label()) is None
    assert await already(samples.remove_label("BUG")) is None
    assert await already(samples.link()) is None


async def test_what_makes_something_new_is_never_already_true(github: GitHub, samples: Samples) -> None:
    for write in samples.all().values():
        await perform(github, write)
    already = writer(github).already_true
    for write in (one for one in samples.all().values() if one.creates or isinstance(one, React | Redeliver)):
        assert await already(write) is None


async def test_an_issue_that_is_gone_has_no_state(github: GitHub, samples: Samples) -> None:
    """The write itself then hears GitHub's own refusal."""
    gone = IssueRef(github.repo, 4711)
    already = writer(github).already_true
    assert await already(msgspec.structs.replace(samples.add_label(), issue=gone)) is None
    assert await already(msgspec.structs.replace(samples.remove_label(), issue=gone)) is None
