"""Answers that look like success, or like ours, and are not: what only a GitHub that errs would say."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from aiohttp import web

from bot.github.app_auth import Purpose
from bot.github.errors import ForeignUrl
from bot.github.reader import Reader
from bot.github.transport import Request, Secret
from bot.github.writer import Writer
from bot.model.ids import IssueRef, Repo, Sha
from bot.model.markers import Marker, sign
from bot.model.outbox import Deadline
from bot.model.writes import AnyWrite, CreateCheckRun, CreateIssue, LinkSubIssue, PostComment, Receipt, RemoveLabel
from bot.ports import Ambiguous, Refused
from tests.github.scripted import Scripted, scripted
from tests.github.writes import KEY

REPO = Repo(3, 7)
ISSUE = IssueRef(REPO, 1)
HEAD = Sha("a" * 40)
MARKER = Marker(7, 99, "child", "k")
COMMENT = PostComment(key="k", issue=ISSUE, body=("x",), marker=MARKER)
CHILD = CreateIssue(key="k", repo=REPO, title="t", body=("x",), marker=MARKER)
LINK = LinkSubIssue(key="k", parent=ISSUE, child=55)
CHECK = CreateCheckRun(
    key="k", pull=ISSUE, name="interlock/provenance", head=HEAD, conclusion="failure", title="t", summary="s"
)
MADE: dict[str, Any] = {"id": 5, "number": 1, "title": "t", "state": "open", "created_at": "2026-11-21T00:00:00Z"}
RUN = {"id": 5, "name": "interlock/provenance", "head_sha": HEAD, "conclusion": "failure"}


@pytest.fixture
async def odd() -> AsyncIterator[Scripted]:
    async with scripted() as running:
        await running.names.remember(REPO, "acme/rails")
        yield running


async def perform(odd: Scripted, write: AnyWrite, body: object, status: int) -> Receipt:
    odd.answer = lambda _: web.json_response(text=msgspec.json.encode(body, enc_hook=str).decode(), status=status)
    client = odd.connect().client
    writer = Writer(client, Reader(client), marker_key=KEY)
    return await writer.perform(write, deadline=Deadline(time.monotonic() + 9))


@pytest.mark.parametrize("write", [COMMENT, CHILD, LINK, CHECK], ids=lambda write: type(write).__name__)
async def test_only_201_says_that_something_was_made(odd: Scripted, write: AnyWrite) -> None:
    """A 200 with the very shape of the thing may be an older one."""
    body = RUN if write is CHECK else MADE
    assert await perform(odd, write, body, 201)
    for status in (200, 202, 204):
        with pytest.raises(Ambiguous):
            await perform(odd, write, body, status)


@pytest.mark.parametrize("wrong", [{"head_sha": "b" * 40}, {"conclusion": "success"}, {"conclusion": None}])
async def test_a_check_run_that_says_something_else_is_a_doubt(odd: Scripted, wrong: dict[str, Any]) -> None:
    with pytest.raises(Ambiguous):
        await perform(odd, CHECK, {**RUN, **wrong}, 201)


async def test_a_link_that_answers_with_another_parent_is_a_doubt(odd: Scripted) -> None:
    with pytest.raises(Ambiguous, match="another issue"):
        await perform(odd, LINK, {**MADE, "number": 2}, 201)


@pytest.mark.parametrize("status", [403, 410, 422])
async def test_a_label_is_only_as_good_as_removed_where_it_is_missing(odd: Scripted, status: int) -> None:
    write = RemoveLabel(key="k", issue=ISSUE, label="bug")
    assert await perform(odd, write, {"message": "Label does not exist"}, 404) == Receipt()
    with pytest.raises(Refused):
        await perform(odd, write, {"message": "no"}, status)


async def test_a_list_that_disregards_the_creator_does_not_make_a_trace_of_a_copy(odd: Scripted) -> None:
    mallory = {"id": 666, "login": "mallory", "type": "User"}
    copy = {**MADE, "user": mallory, "body": sign(MARKER, KEY)}
    odd.answer = lambda request: web.json_response({"id": 1, "slug": "interlock"} if request.path == "/app" else [copy])
    client = odd.connect().client
    assert await Writer(client, Reader(client), marker_key=KEY).find(CHILD, since=datetime.now(UTC)) is None


async def test_a_fork_of_the_same_owner_is_not_our_branch(odd: Scripted) -> None:
    """`head=owner:branch` names an owner, and an organization may own the fork, too."""

    def pull(number: int, repo: int | None, ref: str = "fix") -> dict[str, Any]:
        head = {"sha": HEAD, "ref": ref, "repo": repo and {"id": repo}}
        return {"number": number, "state": "open", "head": head, "base": {"ref": "main"}}

    odd.answer = lambda _: web.json_response([pull(1, 7), pull(2, 8), pull(3, None), pull(4, 7, "fix2")])
    found = await Reader(odd.connect().client).open_pulls_of_branch(REPO, "fix")
    assert [one.ref.number for one in found] == [1]


async def test_a_token_that_was_renewed_already_is_not_dropped_by_a_late_401(odd: Scripted) -> None:
    """Else each of a hundred late callers would cause one more request."""
    tokens = odd.connect().client._tokens
    old = await tokens.token(REPO, Purpose.READ)
    tokens.forget(REPO, Purpose.READ, old)
    new = await tokens.token(REPO, Purpose.READ)
    tokens.forget(REPO, Purpose.READ, old)
    assert await tokens.token(REPO, Purpose.READ) is new


async def test_the_sender_itself_refuses_another_origin(odd: Scripted) -> None:
    async with scripted() as evil:
        request = Request(method="GET", url=f"{evil.url}/app", installation=3, secret=Secret("ghs_x"))
        with pytest.raises(ForeignUrl):
            await odd.connect().client._transport.exchange(request)
        assert evil.requests == []
