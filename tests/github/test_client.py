"""How the client asks: one origin, retries, redirects, conditional requests, limits, permits."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from aiohttp import web

from bot.github import shapes
from bot.github.app_auth import Purpose
from bot.github.client import MOST_PAGES, TRIES
from bot.github.errors import Answered, ForeignUrl, NoAnswer, TooManyPages
from bot.github.reader import Reader
from bot.github.transport import Permit, Request, UnguardedWrite, is_read
from bot.model.ids import IssueRef, Repo
from bot.model.outbox import Deadline
from bot.ports import Ambiguous, Limited, NotSent, Refused
from bot.sandbox import installations
from bot.sandbox.fault_kinds import Delay, DropBefore, Fault, Limit, LimitShape, Redirect, Status, WrongBody
from bot.sandbox.repositories import rename_repository
from tests.github.conftest import NAME, GitHub
from tests.github.scripted import Scripted, scripted

REPO = Repo(3, 7)
NAMED = {"id": 7, "full_name": "acme/rails", "default_branch": "main"}


def said(text: str, _request: web.Request) -> web.Response:
    return web.Response(text=text, content_type="application/json")


async def deny(running: Scripted, method: str, path: str) -> None:
    """What somebody would do who got around the guard."""
    transport = running.connect().client._transport
    with pytest.raises(UnguardedWrite, match=path):
        await transport.exchange(Request(method=method, url=running.url + path, installation=3))


async def test_nothing_but_a_read_leaves_without_a_permit() -> None:
    """GraphQL too: nothing here needs it, and a mutation looks like a query from outside."""
    async with scripted() as running:
        for method in ("POST", "PATCH", "PUT", "DELETE", "MERGE"):
            await deny(running, method, "/repos/acme/rails/issues")
        await deny(running, "POST", "/graphql")
        await deny(running, "POST", "/app/installations/3/access_tokens/more")
        await deny(running, "POST", "/app/hook/deliveries/3/attempts")
        assert running.requests == []


@pytest.mark.parametrize(
    ("method", "url", "read"),
    [
        ("GET", "https://x/repos", True),
        ("HEAD", "https://x/repos", True),
        ("get", "https://x/repos", False),
        ("POST", "https://x/app/installations/3/access_tokens", True),
        ("POST", "https://x/api/v3/app/installations/3/access_tokens", True),
        ("POST", "https://x/issues?x=/app/installations/3/access_tokens", False),
        ("DELETE", "https://x/app/installations/3/access_tokens", False),
        ("POST", "https://x/graphql", False),
    ],
)
def test_what_counts_as_a_read(method: str, url: str, read: bool) -> None:
    assert is_read(method, url) is read


async def test_every_request_says_who_asks_and_which_version() -> None:
    async with scripted() as running:
        running.answer = lambda _: web.json_response({"id": 1, "slug": "interlock"})
        client = running.connect().client
        await client.get_as_app("/app", shapes.App)
        running.answer = lambda _: web.json_response(NAMED | {"created_at": "x"}, status=201)
        await running.names.remember(REPO, "acme/rails")
        await client.send(REPO, Purpose.ISSUES, "POST", ("issues",), {}, permit=Permit(Deadline(time.monotonic() + 9)))
        assert {request.headers["x-github-api-version"] for request in running.requests} == {"2022-11-28"}
        assert {request.headers["user-agent"] for request in running.requests} == {"interlock"}
        assert all(request.headers["authorization"] for request in running.requests)


async def test_the_next_page_of_a_list_is_only_fetched_from_the_same_origin() -> None:
    """A hostile proxy or payload names another host, and the token would go there."""
    async with scripted() as running, scripted() as evil:
        await running.names.remember(REPO, "acme/rails")
        link = f'<{evil.url}/repos/acme/rails/issues?page=2>; rel="next"'
        running.answer = lambda _: web.json_response([], headers={"Link": link})
        with pytest.raises(ForeignUrl):
            await Reader(running.connect().client).comments(IssueRef(REPO, 1))
        assert evil.requests == []


async def test_below_a_path_nothing_beside_it_is_fetched() -> None:
    """GitHub Enterprise Server serves its API below /api/v3."""
    async with scripted() as running:
        await running.names.remember(REPO, "acme/rails")
        running.answer = lambda _: web.json_response([], headers={"Link": '</repos/acme/rails?page=2>; rel="next"'})
        with pytest.raises(ForeignUrl):
            await Reader(running.connect(base="/api/v3").client).comments(IssueRef(REPO, 1))
        assert all(path.startswith("/api/v3/") for path in running.paths())


async def test_a_list_without_end_is_given_up() -> None:
    async with scripted() as running:
        await running.names.remember(REPO, "acme/rails")
        running.answer = lambda request: web.json_response(
            [], headers={"Link": f'<{running.url}{request.path}?page=2>; rel="next"'}
        )
        with pytest.raises(TooManyPages):
            await Reader(running.connect().client).comments(IssueRef(REPO, 1))
        assert len(running.requests) == 1 + MOST_PAGES, "one token, and no page more"


@pytest.mark.parametrize(
    "fault", [Status(500), Status(502), Status(503), Status(504), DropBefore(), WrongBody("html"), WrongBody("cut")]
)
async def test_a_read_that_fails_is_tried_again(github: GitHub, reader: Reader, fault: Fault) -> None:
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    github.faults.add(fault, path=".*/issues/1", times=TRIES - 1)
    assert await reader.issue(issue)


async def test_a_read_that_always_fails_is_given_up(github: GitHub, reader: Reader) -> None:
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    github.faults.add(Status(502), path=".*/issues/1", times=None)
    with pytest.raises(NoAnswer, match=f"{TRIES} tries"):
        await reader.issue(issue)
    assert github.asked("/issues/1") == TRIES


async def test_an_answer_of_another_shape_is_no_success() -> None:
    async with scripted() as running:
        await running.names.remember(REPO, "acme/rails")
        for text in ("[]", '{"id": "7"}', '{"id": 7, "title": null}', '"text"', "null", ""):
            running.answer = partial(said, text)
            with pytest.raises(NoAnswer):
                await Reader(running.connect().client).issue(IssueRef(REPO, 1))


async def test_a_status_nobody_knows_is_no_success_and_no_crash() -> None:
    async with scripted() as running:
        await running.names.remember(REPO, "acme/rails")
        running.answer = lambda _: web.Response(status=522, text="<html>", content_type="application/json")
        with pytest.raises(NoAnswer, match="522"):
            await Reader(running.connect().client).issue(IssueRef(REPO, 1))
        running.answer = lambda _: web.Response(status=418, text="<html>", content_type="application/json")
        with pytest.raises(Answered, match="418: <html>"):
            await Reader(running.connect().client).issue(IssueRef(REPO, 1))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_read_under_a_former_name_finds_the_new_one(github: GitHub, reader: Reader, status: int) -> None:
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    assert await reader.issue(issue)
    rename_repository(github.sandbox.world, github.repository, github.repository.owner, "tramway")
    github.faults.add(Redirect(status, r"/elsewhere/\1"), path="/repos/acme/railway/(.*)", times=None)
    assert await reader.issue(issue)
    assert github.names.names[issue.repo] == "acme/tramway"
    github.faults.clear()
    assert await reader.issue(issue)
    assert github.asked("/acme/railway/issues/1") == 2, "the old name is not asked for again"
    assert github.asked("/elsewhere/issues/1") == 0, "nobody followed"


async def test_an_unknown_name_is_resolved_by_the_id(github: GitHub) -> None:
    """The answer to a token request need not list the repositories."""
    async with scripted() as running:
        running.answer = lambda request: web.json_response(
            {"total_count": 2, "repositories": [{"id": 8, "full_name": "acme/other"}, NAMED]}
            if request.path == "/installation/repositories"
            else NAMED
        )
        assert await Reader(running.connect().client).repository(REPO)
        assert running.paths()[1:] == ["/installation/repositories", "/repos/acme/rails"]
        assert running.names.names == {REPO: "acme/rails"}


async def test_what_has_not_changed_costs_nothing_and_is_the_same(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    made = ada.open_issue(NAME, "x", "before")
    first = await reader.issue(github.ref(made))
    assert await reader.issue(github.ref(made)) == first
    assert [seen.status for seen in github.faults.requests if seen.path.endswith("/issues/1")] == [200, 304]
    ada.edit_issue(made, body="after")
    changed = await reader.issue(github.ref(made))
    assert changed is not None
    assert changed.body == "after"


async def test_pages_of_a_list_that_has_not_changed_are_all_there(github: GitHub, reader: Reader) -> None:
    ada = github.actor("ada")
    issue = ada.open_issue(NAME, "x")
    for n in range(101):
        ada.comment(issue, f"{n}")
    first = await reader.comments(github.ref(issue))
    assert await reader.comments(github.ref(issue)) == first
    assert [seen.status for seen in github.faults.requests if seen.path.endswith("/comments")] == [200, 200, 304, 304]


async def test_an_answer_never_crosses_to_another_installation() -> None:
    """gidgethub's cache is keyed by the URL alone: token B got token A's private object (measured)."""
    async with scripted() as running:

        def answer(request: web.Request) -> web.Response:
            if request.headers.get("if-none-match"):
                return web.Response(status=304)
            return web.json_response(NAMED, headers={"ETag": '"one"'})

        running.answer = answer
        client = running.connect().client
        for repo in (REPO, Repo(4, 7)):
            await running.names.remember(repo, "acme/rails")
            await client.get(repo, (), shapes.Repository)
        asked = [request for request in running.requests if request.path == "/repos/acme/rails"]
        assert ["if-none-match" in request.headers for request in asked] == [False, False]
        await client.get(REPO, (), shapes.Repository)
        assert running.requests[-1].headers["if-none-match"] == '"one"'


async def test_an_answer_that_could_not_be_read_does_not_come_back_as_a_304() -> None:
    """Else a body that was cut once would be cut until the thing changes."""
    async with scripted() as running:
        await running.names.remember(REPO, "acme/rails")
        whole = web.json_response(NAMED).text or ""
        cut = iter([whole[:9]])

        def answer(request: web.Request) -> web.Response:
            if request.headers.get("if-none-match"):
                return web.Response(status=304)
            return web.Response(text=next(cut, whole), headers={"ETag": '"one"'}, content_type="application/json")

        running.answer = answer
        assert await Reader(running.connect().client).repository(REPO)


async def test_a_304_nobody_asked_for_is_no_answer() -> None:
    async with scripted() as running:
        await running.names.remember(REPO, "acme/rails")
        running.answer = lambda _: web.Response(status=304)
        with pytest.raises(Answered, match="304"):
            await running.connect().client.get(REPO, (), shapes.Repository)


@pytest.mark.parametrize("shape", ["403 retry-after", "403 reset", "403 bare", "429 retry-after", "429 reset"])
async def test_a_limited_read_closes_the_installation_and_is_not_tried_again(
    github: GitHub, reader: Reader, shape: LimitShape
) -> None:
    """The sandbox notes every request inside the window; the fixture fails the test for one."""
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    github.faults.add(Limit(shape, seconds=90), path=".*/issues/1")
    with pytest.raises(Limited):
        await reader.issue(issue)
    for _ in range(3):
        with pytest.raises(Limited):
            await reader.comments(issue)
    assert github.asked("/issues/1") == 1
    assert list(github.limits.closed) == [github.installation]


async def test_when_the_window_opens_reads_go_on(github: GitHub) -> None:
    now = datetime.now(UTC)
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    await github.limits.block(github.installation, now + timedelta(seconds=30), "a test")
    with pytest.raises(Limited) as limited:
        await Reader(github.connect(clock=lambda: now).client).issue(issue)
    assert limited.value.until == now + timedelta(seconds=30)
    assert await Reader(github.connect(clock=lambda: now + timedelta(seconds=30)).client).issue(issue)


async def test_many_reads_at_once_stop_with_the_first_that_is_limited(github: GitHub, reader: Reader) -> None:
    """Those already on their way may still arrive; whoever waits for a place must not set out."""
    ada = github.actor("ada")
    refs = [github.ref(ada.open_issue(NAME, f"{n}")) for n in range(60)]
    await reader.issue(refs[0])
    github.faults.add(Limit("403 retry-after", seconds=90), path=".*/issues/1")
    results = await asyncio.gather(*(reader.issue(ref) for ref in refs), return_exceptions=True)
    assert sum(isinstance(one, Limited) for one in results) >= 40
    assert len(github.faults.violations) < 20, "20 at a time, and one of them was refused"
    github.faults.violations.clear()


async def test_a_permit_that_ends_while_the_token_is_fetched_is_refused(github: GitHub) -> None:
    """The deadline holds for the byte that leaves, not for the beginning of the work."""
    client = github.connect().client
    await client.name(github.repo)
    github.faults.add(Delay(0.3), path=".*/access_tokens")
    permit = Permit(Deadline(time.monotonic() + 0.1))
    with pytest.raises(NotSent, match="expired"):
        await client.send(github.repo, Purpose.ISSUES, "POST", ("issues",), {"title": "x"}, permit=permit)
    assert github.faults.mutations() == []


async def test_a_permit_is_as_long_as_the_lease_is_now_not_as_it_was_when_it_was_given(github: GitHub) -> None:
    """Else what comes before the request may take no longer than one lease, however often that is renewed."""
    client = github.connect().client
    await client.name(github.repo)
    permit = Permit(Deadline(time.monotonic() - 1))
    where = (github.repo, Purpose.ISSUES, "POST", ("issues",), {"title": "x"})
    sending = asyncio.create_task(client.send(*where, permit=permit))
    await asyncio.sleep(0)  # it fetches its token now
    permit.deadline.at = time.monotonic() + 60
    await sending
    assert len(github.faults.mutations()) == 1


OUTCOMES: dict[type[Exception], list[int]] = {
    Refused: [400, 403, 404, 405, 409, 410, 422, 451],
    NotSent: [301, 401],
    Ambiguous: [304, 408, 500, 502, 503, 522],
}


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_what_the_status_of_a_write_means(outcome: type[Exception]) -> None:
    async with scripted() as running:
        for status in OUTCOMES[outcome]:
            await running.names.remember(REPO, "acme/rails")

            def answer(request: web.Request, status: int = status) -> web.Response:
                if request.path == "/installation/repositories":
                    return web.json_response({"repositories": [NAMED]})
                return web.json_response({"message": "words"}, status=status)

            running.answer = answer
            permit = Permit(Deadline(time.monotonic() + 9))
            with pytest.raises(outcome) as raised:
                await running.connect().client.send(REPO, Purpose.ISSUES, "POST", ("issues",), {}, permit=permit)
            assert isinstance(raised.value, Refused) is (outcome is Refused)


async def test_what_an_uninstalled_app_may_not_see_any_more_is_gone(github: GitHub) -> None:
    (installation,) = github.sandbox.world.installations.values()
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    reader = Reader(github.connect().client)
    assert await reader.issue(issue)
    installations.uninstall(github.sandbox.world, installation, github.actor("ada").user)
    assert await reader.issue(issue) is None
