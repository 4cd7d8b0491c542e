"""Each fault does what it says to a real client on a real connection, and nothing else."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.process import GitFailed, clean_env, git, git_env, running
from bot.sandbox import installations
from bot.sandbox.fault_kinds import (
    Delay,
    DropAfter,
    DropBefore,
    Fault,
    HideCreated,
    Limit,
    LimitShape,
    Redirect,
    Status,
    Unauthorized,
    WrongBody,
)
from bot.sandbox.faults import Faults, Point, Seen
from bot.sandbox.server import Sandbox
from tests.sandbox.client import Api
from tests.sandbox.oracle import Oracle

SHAPES: list[LimitShape] = ["403 retry-after", "403 reset", "403 bare", "429 retry-after", "429 reset"]


@dataclass
class Board:
    """The smallest stateful server: notes that are posted, listed and read one by one."""

    faults: Faults
    session: aiohttp.ClientSession
    url: str
    notes: list[str] = field(default_factory=list)

    async def call(
        self, method: str, path: str, *, caller: str = "one", **headers: str
    ) -> tuple[int, str, aiohttp.ClientResponse]:
        async with self.session.request(
            method, self.url + path, data=b"{}", headers={"X-Caller": caller, **headers}, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(), answer

    async def status(self, method: str, path: str, *, caller: str = "one") -> int:
        return (await self.call(method, path, caller=caller))[0]


@pytest.fixture
async def board() -> AsyncIterator[Board]:
    async def create(request: web.Request) -> web.Response:
        known.notes.append("x")
        return web.json_response({"url": f"{known.url}/notes/{len(known.notes)}"}, status=201)

    async def listing(_: web.Request) -> web.Response:
        body = json.dumps(known.notes).encode()
        return web.Response(body=body, content_type="application/json", headers={"ETag": f'"{len(body)}"'})

    async def one(request: web.Request) -> web.Response:
        if int(request.match_info["n"]) > len(known.notes):
            raise web.HTTPNotFound
        return web.json_response({})

    faults = Faults(lambda request: request.headers.get("X-Caller"))
    app = web.Application(middlewares=[faults.middleware])
    app.router.add_post("/notes", create)
    app.router.add_post("/app/installations/{n}/access_tokens", create)
    app.router.add_post("/acme/railway.git/git-upload-pack", create)
    app.router.add_post("/acme/railway.git/git-receive-pack", create)
    app.router.add_get("/notes", listing)
    app.router.add_get("/rate_limit", listing)
    app.router.add_get("/notes/{n}", one)
    runner = web.AppRunner(app, shutdown_timeout=1.0)  # as the sandbox: a client that leaves cancels no handler
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        known = Board(faults, session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        yield known
    await runner.cleanup()


@pytest.mark.parametrize(
    ("fault", "status", "committed"),
    [
        (Status(500), 500, 0),
        (Status(503), 503, 0),
        (Status(500, after_commit=True), 500, 1),
        (Status(502, after_commit=True), 502, 1),
        (Unauthorized(), 401, 0),
        (Delay(0.01), 201, 1),
        (Redirect(307, "/elsewhere"), 307, 0),
        (WrongBody("cut"), 201, 1),
        (HideCreated(1.0), 201, 1),
        *[(Limit(shape), int(shape[:3]), 0) for shape in SHAPES],
    ],
)
async def test_status_and_whether_it_was_committed(board: Board, fault: Fault, status: int, committed: int) -> None:
    board.faults.add(fault, "POST", "/notes")
    assert await board.status("POST", "/notes") == status
    assert len(board.notes) == committed
    assert [(seen.status, seen.fault) for seen in board.faults.requests] == [(status, type(fault).__name__)]


@pytest.mark.parametrize(("fault", "committed"), [(DropBefore(), 0), (DropAfter(), 1)])
async def test_a_dropped_connection_brings_no_reply(board: Board, fault: Fault, committed: int) -> None:
    board.faults.add(fault, "POST")
    with pytest.raises(aiohttp.ClientConnectionError):
        await board.status("POST", "/notes")
    assert len(board.notes) == committed
    assert board.faults.requests[0].status is None
    assert await board.status("POST", "/notes") == 201


async def test_a_rule_strikes_only_what_it_names(board: Board) -> None:
    board.faults.add(Status(500), "POST", "/notes", caller="two", times=None)
    assert await board.status("POST", "/notes", caller="one") == 201
    assert await board.status("GET", "/notes", caller="two") == 200
    assert await board.status("POST", "/notes", caller="two") == 500
    board.faults.clear()
    board.faults.add(Status(500), path="/note")
    assert await board.status("GET", "/notes") == 200  # the whole path must match


async def test_after_and_times_count_matches(board: Board) -> None:
    rule = board.faults.add(Status(500), "POST", "/notes", after=1, times=2)
    await board.status("GET", "/notes")
    assert [await board.status("POST", "/notes") for _ in range(5)] == [201, 500, 500, 201, 201]
    assert rule.struck == 2


async def test_the_first_rule_that_still_strikes_wins(board: Board) -> None:
    board.faults.add(Status(500))
    board.faults.add(Status(503))
    assert [await board.status("GET", "/notes") for _ in range(3)] == [500, 503, 200]


async def test_chance_is_drawn_from_the_seed() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(lambda _: None, seed=seed)
        faults.add(Status(500), times=None, chance=0.5)
        seen = Seen("GET", "/", "", "one", 0, 0.0)
        return [faults._striking(seen) is not None for _ in range(50)]

    assert struck(1) == struck(1) != struck(2)
    assert 10 < sum(struck(1)) < 40


@pytest.mark.parametrize("after_commit", [False, True])
async def test_a_delay_lies_on_the_side_it_says(board: Board, after_commit: bool) -> None:
    board.faults.add(Delay(0.3, after_commit=after_commit), "POST")
    task = asyncio.create_task(board.status("POST", "/notes"))
    await asyncio.sleep(0.1)
    assert len(board.notes) == after_commit
    assert not task.done()
    assert await task == 201


async def test_html_comes_under_the_label_of_json(board: Board) -> None:
    board.faults.add(Status(502))
    _, text, answer = await board.call("GET", "/notes")
    assert text.startswith("<html>")
    assert answer.content_type == "application/json"


async def test_wrong_bodies_keep_the_status(board: Board) -> None:
    for kind in ("html", "empty", "cut"):
        board.faults.add(WrongBody(kind), "POST")
    bodies = [(await board.call("POST", "/notes"))[:2] for _ in range(3)]
    assert [status for status, _ in bodies] == [201] * 3
    assert bodies[0][1].startswith("<html>")
    assert bodies[1][1] == ""
    assert bodies[2][1].startswith('{"url"')
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(bodies[2][1])


async def test_a_redirect_names_the_new_address(board: Board) -> None:
    board.faults.add(Redirect(301, r"/moved/\1"), path=r"/notes/(\d+)")
    status, text, answer = await board.call("GET", "/notes/7?a=b%20c")
    assert (status, answer.headers["Location"]) == (301, f"{board.url}/moved/7?a=b%20c")
    assert json.loads(text)["message"] == "Moved Permanently"


@pytest.mark.parametrize("shape", SHAPES)
async def test_each_limit_speaks_in_its_own_shape(board: Board, shape: LimitShape) -> None:
    board.faults.add(Limit(shape, 30))
    status, text, answer = await board.call("GET", "/notes")
    assert status == int(shape[:3])
    assert ("secondary" in text) == ("reset" not in shape)
    assert answer.headers.get("Retry-After") == ("30" if "retry-after" in shape else None)
    reset = answer.headers.get("x-ratelimit-reset")
    if "reset" in shape:
        assert answer.headers["x-ratelimit-remaining"] == "0"
        assert reset is not None
        assert 29 <= int(reset) - time.time() <= 31
    else:
        assert reset is None
        assert answer.headers.get("x-ratelimit-remaining") == (None if "bare" in shape else "4771")


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_request_inside_the_window_is_a_violation_and_is_refused_again(board: Board, shape: LimitShape) -> None:
    board.faults.add(Limit(shape, 0.3), "POST")
    await board.status("POST", "/notes")
    assert board.faults.violations == []
    assert await board.status("GET", "/notes") == int(shape[:3])
    assert [(v.method, v.caller) for v in board.faults.violations] == [("GET", "one")]
    assert await board.status("GET", "/rate_limit") == 200
    assert await board.status("POST", "/notes", caller="two") == 201
    await asyncio.sleep(1.5 if "reset" in shape else 0.4)
    assert await board.status("POST", "/notes") == 201
    assert len(board.faults.violations) == 1


async def test_a_bare_limit_counts_as_a_minute(board: Board) -> None:
    assert Limit("403 bare").window() == 60


async def test_a_later_refusal_names_what_is_left_of_the_window(board: Board) -> None:
    board.faults.add(Limit("403 retry-after", 3))
    await board.status("GET", "/notes")
    await asyncio.sleep(1.2)
    _, _, answer = await board.call("GET", "/notes")
    assert answer.headers["Retry-After"] == "2"


async def test_a_stale_read_is_what_was_read_before(board: Board) -> None:
    await board.call("GET", "/notes")
    await board.status("POST", "/notes")
    board.faults.stale("/notes", 0.5)
    _, text, answer = await board.call("GET", "/notes")
    assert text == "[]"
    assert await board.status("POST", "/notes") == 201  # writes go through
    assert (await board.call("GET", "/notes"))[1] == "[]"
    assert (await board.call("GET", "/notes?page=2"))[1] == '["x", "x"]'  # never asked before: the truth
    old = answer.headers["ETag"]
    assert (await board.call("GET", "/notes", **{"If-None-Match": old}))[0] == 304
    await asyncio.sleep(0.6)
    assert (await board.call("GET", "/notes"))[1] == '["x", "x"]'


async def test_what_was_created_hides_for_a_while(board: Board) -> None:
    board.faults.add(HideCreated(0.4), "POST", "/notes")
    _, text, _ = await board.call("POST", "/notes")
    path = json.loads(text)["url"].removeprefix(board.url)
    assert await board.status("GET", path) == 404
    await asyncio.sleep(0.5)
    assert await board.status("GET", path) == 200


async def test_the_log_tells_writes_from_reads_and_tokens(board: Board) -> None:
    for method, path in (
        ("GET", "/notes?x=1"),
        ("POST", "/notes"),
        ("POST", "/app/installations/3/access_tokens"),
        ("POST", "/acme/railway.git/git-upload-pack"),
        ("POST", "/acme/railway.git/git-receive-pack"),
        ("GET", "/notes/99"),
    ):
        await board.status(method, path)
    assert [(s.method, s.path, s.status, s.index) for s in board.faults.requests] == [
        ("GET", "/notes", 200, 0),
        ("POST", "/notes", 201, 1),
        ("POST", "/app/installations/3/access_tokens", 201, 0),
        ("POST", "/acme/railway.git/git-upload-pack", 201, 0),
        ("POST", "/acme/railway.git/git-receive-pack", 201, 2),
        ("GET", "/notes/99", 404, 0),
    ]
    assert [s.index for s in board.faults.mutations()] == [1, 2]
    assert board.faults.requests[0].query == "x=1"


async def test_the_three_points_of_a_write_are_told_in_order(board: Board) -> None:
    told: list[tuple[Point, int, int]] = []

    async def callback(point: Point, seen: Seen) -> None:
        told.append((point, seen.index, len(board.notes)))

    board.faults.on_request(callback)
    await board.status("GET", "/notes")
    await board.status("POST", "/notes")
    board.faults.add(DropAfter(), "POST")
    with pytest.raises(aiohttp.ClientConnectionError):
        await board.status("POST", "/notes")
    assert told == [
        ("received", 1, 0),
        ("committed", 1, 1),
        ("replied", 1, 1),
        ("received", 2, 1),
        ("committed", 2, 2),
    ]


async def test_replied_means_that_the_client_can_have_it_while_the_callback_still_runs(board: Board) -> None:
    may_go_on = asyncio.Event()

    async def callback(point: Point, seen: Seen) -> None:
        if point == "replied":
            await may_go_on.wait()

    board.faults.on_request(callback)
    async with asyncio.timeout(5):
        assert await board.status("POST", "/notes") == 201
    may_go_on.set()


async def test_no_write_is_taken_while_the_callback_of_a_reply_runs(board: Board) -> None:
    """So that a worker killed there cannot have slipped in its next write; reads go on."""
    may_go_on = asyncio.Event()

    async def callback(point: Point, seen: Seen) -> None:
        if point == "replied" and seen.index == 1:
            await may_go_on.wait()

    board.faults.on_request(callback)
    await board.call("POST", "/notes", Connection="close")  # or the second would wait behind it anyhow
    second = asyncio.create_task(board.status("POST", "/notes"))
    await asyncio.sleep(0.1)
    assert await board.status("GET", "/notes") == 200
    assert len(board.notes) == 1
    may_go_on.set()
    assert await second == 201
    assert len(board.notes) == 2


async def test_a_client_that_dies_before_the_reply_is_told_as_not_replied(board: Board) -> None:
    told: list[Point] = []
    gone = asyncio.Event()

    async def callback(point: Point, seen: Seen) -> None:
        told.append(point)
        if point == "committed":
            task.cancel()
            await asyncio.sleep(0.1)
            gone.set()

    board.faults.on_request(callback)
    task = asyncio.create_task(board.status("POST", "/notes"))
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        await gone.wait()
        await asyncio.sleep(0.05)
    assert told == ["received", "committed"]
    assert (len(board.notes), board.faults.requests[0].status) == (1, None)


# In front of the whole sandbox

ISSUES = "/repos/acme/railway/issues"


async def test_a_fault_is_no_word_of_the_sandbox_and_its_work_is_done_nevertheless(
    sandbox: Sandbox, bot: Api, oracle: Oracle
) -> None:
    sandbox.faults.add(Status(503, after_commit=True), "POST", ISSUES)
    assert (await bot.post(ISSUES, {"title": "Twice?"})).status == 503
    assert [issue.title for issue in sandbox.world.repository("acme/railway").issues.values()] == ["Twice?"]
    assert oracle.kinds()[-1] == "issues-opened"
    assert ("POST", "/repos/{owner}/{repo}/issues", 503) not in oracle.answers


async def test_all_tokens_of_an_installation_share_its_ban(
    sandbox: Sandbox, bot: Api, app_api: Api, anonymous: Api
) -> None:
    (installation,) = sandbox.world.installations.values()
    other = anonymous.using(installations.create_token(sandbox.world, installation).token)
    sandbox.faults.add(Limit("403 bare"), "POST", ISSUES, caller=f"installation:{installation.id}")
    person = anonymous.using(sandbox.actor("ada").token)
    assert (await person.post(ISSUES, {"title": "Mine"})).status == 201
    assert (await bot.post(ISSUES, {"title": "Ours"})).status == 403
    assert sandbox.faults.violations == []
    assert (await other.get(ISSUES)).status == 403
    assert [seen.caller for seen in sandbox.faults.violations] == [f"installation:{installation.id}"]
    assert (await app_api.get("/app")).status == 200
    assert (await person.get(ISSUES)).status == 200
    assert len(sandbox.faults.violations) == 1


async def test_a_stale_pull_request_shows_the_old_head_while_git_has_the_new_one(sandbox: Sandbox, bot: Api) -> None:
    will, path = sandbox.actor("will"), "/repos/acme/railway/pulls/1"
    old = await will.push("acme/railway", "topic", {"a": "1"})
    await will.open_pull("acme/railway", "topic", "Topic")
    assert (await bot.get(path)).body["head"]["sha"] == old
    sandbox.faults.stale(path, 30)
    new = await will.push("acme/railway", "topic", {"a": "2"})
    assert (await bot.get(path)).body["head"]["sha"] == old
    assert (await bot.get("/repos/acme/railway/git/ref/heads/topic")).body["object"]["sha"] == new
    sandbox.faults.clear()
    assert (await bot.get(path)).body["head"]["sha"] == new


async def test_a_push_can_be_dropped_after_it_was_taken(sandbox: Sandbox, oracle: Oracle, tmp_path: Path) -> None:
    remote = sandbox.url.replace("://", f"://x:{sandbox.actor('will').token}@") + "/acme/railway.git"
    who = {f"GIT_{r}_{p}": "will@example.com" for r in ("AUTHOR", "COMMITTER") for p in ("NAME", "EMAIL")}
    env = git_env(protocols=["http"], **who)
    await git("clone", "-q", remote, "work", cwd=tmp_path, timeout=30, env=env)
    work = tmp_path / "work"
    await git("commit", "-q", "--allow-empty", "-m", "x", cwd=work, timeout=30, env=env)
    sandbox.faults.add(DropAfter(), "POST", ".*/git-receive-pack")
    with pytest.raises(GitFailed):
        await git("push", "-q", "origin", "HEAD:topic", cwd=work, timeout=30, env=env)
    assert await sandbox.git.branch(sandbox.world.repository("acme/railway").id, "topic")
    assert oracle.kinds().count("push") == 1, "git may send it again by itself, and nothing moves then"
    assert {seen.path for seen in sandbox.faults.mutations()} == {"/acme/railway.git/git-receive-pack"}


WORKER = """
import json, sys, urllib.request
for n in range(5):
    body = json.dumps({"title": f"issue {n}"}).encode()
    request = urllib.request.Request(sys.argv[1], body, {"Authorization": f"Bearer {sys.argv[2]}"})
    urllib.request.urlopen(request, timeout=10).read()
"""


@pytest.mark.parametrize(
    ("point", "opened", "status"), [("received", 2, None), ("committed", 3, None), ("replied", 3, 201)]
)
async def test_a_process_is_killed_exactly_where_a_test_wants_it(
    sandbox: Sandbox, point: Point, opened: int, status: int | None
) -> None:
    """SIGKILL at the third write: what was only received is not done, and no fourth slips through."""
    argv = [sys.executable, "-c", WORKER, sandbox.url + ISSUES, sandbox.actor("ada").token]
    async with running(argv, env=clean_env(), stop_timeout=5) as worker:

        async def kill(at: Point, seen: Seen) -> None:
            if at == point and seen.index == 3:
                await worker.kill()

        sandbox.faults.on_request(kill)
        assert await worker.wait(timeout=30) == -9
    assert len(sandbox.world.repository("acme/railway").issues) == opened
    assert [seen.index for seen in sandbox.faults.mutations()] == [1, 2, 3]
    assert sandbox.faults.mutations()[-1].status == status
