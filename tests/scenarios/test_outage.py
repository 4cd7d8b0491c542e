"""The server is away for more than 40 events: GitHub keeps them as failed, the timer asks for them, nothing is lost."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.sandbox.server import Sandbox
from bot.sandbox.state import Issue
from bot.sandbox.webhooks import Delivery
from bot.web.server import serving
from tests.harness.house import REPO, House
from tests.harness.projection import shown
from tests.harness.story import ANSWER, asked_for

TIMEOUT = aiohttp.ClientTimeout(total=20)
LOST = 40


class Story:
    """What people do before the outage, and what they do during it."""

    def __init__(self, github: Sandbox) -> None:
        self.github = github
        self.silent: list[Issue] = []

    def before(self) -> None:
        rene = self.github.actor("rene")
        self.silent = [rene.open_issue(REPO, f"Signal {n} fails") for n in range(8)]

    def during(self) -> None:
        """Answers, a label taken away, edits, new issues with and without words, epics by label and by command."""
        rene, ada, tria = (self.github.actor(login) for login in ("rene", "ada", "tria"))
        for n, issue in enumerate(self.silent[:5]):
            rene.comment(issue, f"Track {n}. {ANSWER}")
        tria.unlabel(self.silent[5], "needs-clarification")
        rene.edit_issue(self.silent[6], body=f"Track 6. {ANSWER}")
        tria.comment(self.silent[7], "Me too.")
        for n in range(8):
            rene.open_issue(REPO, f"Point {n} is stuck", "It does not move." if n % 2 else "")
        for n in range(4):
            epic = ada.open_issue(REPO, f"Line {n}", f"- [ ] track of {n}\n- [ ] signals of {n}\n")
            if n % 2:
                tria.comment(epic, "/decompose")
            else:
                ada.label(epic, "epic")
        for n in range(20):
            rene.comment(self.silent[7 - n % 2], f"Still waiting ({n}).")


def failed(github: Sandbox) -> list[Delivery]:
    return [one for one in github.world.webhooks.log if not one.is_success]


def again(github: Sandbox) -> list[Delivery]:
    return [one for one in github.world.webhooks.log if one.redelivery]


async def never_interrupted(folder: Path) -> object:
    async with Sandbox.start(folder) as github, House.open(github, f"sqlite:///{folder / 'twin.db'}") as house:
        story = Story(github)
        story.before()
        await house.works()
        story.during()
        await house.works()
        return shown(github, REPO)


async def test_away_for_forty_events_ends_as_if_it_had_never_been_away(
    github: Sandbox, house: House, tmp_path: Path
) -> None:
    story = Story(github)
    story.before()
    await house.works()
    await house.stop()
    story.during()
    await github.settle()
    lost = [one.guid for one in failed(github)]
    assert len(set(lost)) == len(lost) >= LOST
    await house.start()
    await house.works()
    assert again(github) == [], "GitHub sends nothing again by itself"
    await house.ticks()
    assert shown(github, REPO) == await never_interrupted(tmp_path / "twin")
    assert Counter(one.guid for one in again(github)) == Counter(lost), "each once, under its own GUID"
    assert all(one.is_success for one in again(github))
    asked = [state for key, state in (await house.states()).items() if key.startswith("redeliver/")]
    assert asked == ["done"] * len(lost), "asked for through the guard"
    assert await house.dead_letters() == []
    await house.ticks()
    assert asked_for(github)["Redeliver"] == len(lost)


async def test_what_was_stored_is_not_asked_for_though_its_answer_was_lost(github: Sandbox, house: House) -> None:
    async with deaf_proxy(house.address.url) as url:
        github.world.webhooks.url = f"{url}/webhook"
        issue = github.actor("rene").open_issue(REPO, "Signal fails")
        await house.works()
        assert house.labels(issue) == {"needs-clarification"}
        assert len(failed(github)) == len(github.world.webhooks.log) > 0
        await house.ticks()
    assert asked_for(github)["Redeliver"] == 0
    assert again(github) == []
    assert await house.rules("redelivery") == ["redelivery: nothing lost"]
    assert len(house.comments(issue)) == 1


async def test_a_server_that_stays_away_is_asked_for_again_later_not_at_once(github: Sandbox, house: House) -> None:
    """The second failure of a delivery makes it wait a minute: a tick before that asks for nothing."""
    reachable = github.world.webhooks.url
    async with House.open(github, house.environment["DATABASE_URL"]) as other:
        gone = f"{other.address.url}/webhook"
    github.world.webhooks.url = gone
    github.actor("rene").open_issue(REPO, "Signal fails")
    await house.ticks()
    await house.ticks()
    assert asked_for(github)["Redeliver"] == 1
    assert len(failed(github)) == 2
    github.world.webhooks.url = reachable
    await house.ticks()
    assert asked_for(github)["Redeliver"] == 1


@asynccontextmanager
async def deaf_proxy(target: str) -> AsyncIterator[str]:
    """Passes requests on and hangs up instead of passing the answer back: a broken line, seen from GitHub."""

    async def pass_on(request: web.Request) -> web.Response:
        body = await request.read()
        async with session.post(f"{target}{request.path}", data=body, headers=request.headers) as answer:
            assert answer.status in (200, 202)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhook", pass_on)
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session, serving(app, "127.0.0.1", 0) as address:
        yield address.url
