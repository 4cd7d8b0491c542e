"""Whatever a client sends, the sandbox answers as GitHub would or refuses: it never breaks, and the oracle agrees."""

from __future__ import annotations

import random
from typing import Any

import aiohttp
import pytest

from bot.sandbox.server import Sandbox
from tests.sandbox.client import Api

R = "/repos/acme/railway"
WRITES = [  # method, path, the keys its body may have
    ("POST", f"{R}/issues", ("title", "body", "labels", "assignees", "assignee", "milestone")),
    ("PATCH", f"{R}/issues/1", ("title", "body", "labels", "assignees", "milestone", "state", "state_reason")),
    ("POST", f"{R}/issues/1/comments", ("body",)),
    ("PATCH", f"{R}/issues/comments/%COMMENT%", ("body",)),
    ("POST", f"{R}/issues/comments/%COMMENT%/reactions", ("content",)),
    ("POST", f"{R}/issues/1/labels", ("labels",)),
    ("PUT", f"{R}/issues/1/labels", ("labels",)),
    ("POST", f"{R}/labels", ("name", "color", "description")),
    ("POST", f"{R}/milestones", ("title", "description", "due_on", "state")),
    ("PATCH", f"{R}/milestones/1", ("title", "description", "due_on", "state")),
    ("POST", f"{R}/issues/1/sub_issues", ("sub_issue_id", "replace_parent")),
    ("DELETE", f"{R}/issues/1/sub_issue", ("sub_issue_id",)),
    ("PATCH", f"{R}/issues/1/sub_issues/priority", ("sub_issue_id", "after_id", "before_id")),
    ("POST", f"{R}/issues/1/dependencies/blocked_by", ("issue_id",)),
    ("POST", f"{R}/pulls", ("title", "head", "base", "body", "draft", "issue", "maintainer_can_modify")),
    ("POST", f"{R}/check-runs", ("name", "head_sha", "status", "conclusion", "output", "actions", "details_url")),
]
VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, "", " ", "x", "open", "closed", "main", "eyes", "2027-01-01", "ff0000"),
    *([], {}, [None], [{}], ["x", "x"], [{"name": "x"}], {"title": "x", "summary": "y"}, "a" * 300, "\u202e🚂", "\x00"),
]


def body_from(chance: random.Random, keys: tuple[str, ...]) -> Any:
    if chance.random() < 0.1:
        return chance.choice(VALUES)
    return {key: chance.choice(VALUES) for key in keys if chance.random() < 0.7}


@pytest.mark.parametrize("seed", range(3))
async def test_odd_bodies_never_break_it(sandbox: Sandbox, bot: Api, seed: int) -> None:
    ada = sandbox.actor("ada")
    comment = ada.comment(ada.open_issue("acme/railway", "first"), "hello")
    ada.create_milestone("acme/railway", "1.0")
    chance = random.Random(seed)
    statuses: set[int] = set()
    for round_ in range(10):
        for method, path, keys in WRITES:
            body = body_from(chance, keys)
            answer = await bot.call(method, path.replace("%COMMENT%", str(comment.id)), body)
            assert answer.status < 500, f"seed {seed}, round {round_}: {method} {path} {body!r}"
            statuses.add(answer.status)
    assert {201, 422} <= statuses, "some were accepted and some refused: the bodies are odd, not hopeless"


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"{", 400), (b"[]", 400), (b"\xff", 400), (b'{"title": "\\ud800"}', 400), (b"[" * 200_000, 400), (b"", 422)],
)
async def test_a_body_that_is_no_json_object_is_400(sandbox: Sandbox, raw: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {sandbox.actor('ada').token}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
        session.post(f"{sandbox.url}{R}/issues", data=raw, headers=headers) as answer,
    ):
        assert answer.status == status


@pytest.mark.parametrize(
    "path",
    [
        f"{R}/issues/{'9' * 5000}",
        f"{R}/issues/٣",
        f"{R}/issues?per_page=-1&page=0",
        f"{R}/issues?page={'9' * 5000}",
        f"{R}/issues?since=9999-99-99",
        f"{R}/issues?milestone=٣",
        f"{R}/collaborators/%00/permission",
        "/repos/acme/railway%2F..%2F",
        "/repositories/x",
        "/app/hook/deliveries",
    ],
)
async def test_odd_addresses_never_break_it(bot: Api, path: str) -> None:
    assert (await bot.get(path)).status in (200, 401, 404, 422)
