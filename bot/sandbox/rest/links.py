"""Sub-issues and dependencies (docs.github.com/rest/issues/sub-issues, …/issue-dependencies)."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox import links, wire
from bot.sandbox.rest import body_of, paginate, reply
from bot.sandbox.rest.access import CALLER, actor, may_see, may_write, path_number, require, world_of
from bot.sandbox.rest.errors import forbidden, not_found, unprocessable
from bot.sandbox.rest.lookup import issue_in
from bot.sandbox.state import Issue, Json
from bot.sandbox.world import World

_ISSUE = r"/repos/{owner}/{repo}/issues/{issue_number:\d+}"
_BLOCKED_BY = _ISSUE + "/dependencies/blocked_by"
READ, WRITE = "issues=read", "issues=write"


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.get(_ISSUE + "/parent", get_parent),
        web.get(_ISSUE + "/sub_issues", list_sub_issues),
        web.post(_ISSUE + "/sub_issues", add_sub_issue),
        web.delete(_ISSUE + "/sub_issue", remove_sub_issue),
        web.patch(_ISSUE + "/sub_issues/priority", move_sub_issue),
        web.get(_BLOCKED_BY, list_blocked_by),
        web.post(_BLOCKED_BY, add_blocked_by),
        web.delete(_BLOCKED_BY + r"/{issue_id:\d+}", remove_blocked_by),
        web.get(_ISSUE + "/dependencies/blocking", list_blocking),
    ]


async def get_parent(request: web.Request) -> web.Response:
    """404 when there is none."""
    parent = issue_in(request, require(request, READ)).parent
    if parent is None:
        raise not_found()
    return _answer(request, parent)


async def list_sub_issues(request: web.Request) -> web.Response:
    return _page(request, issue_in(request, require(request, READ)).children)


async def add_sub_issue(request: web.Request) -> web.Response:
    """201 with the *parent*."""
    parent, body = issue_in(request, require(request, WRITE, role="triage")), await body_of(request)
    child = _named_issue(request, body, "sub_issue_id")
    replace = body.get("replace_parent") is True
    await links.add_sub_issue(world_of(request), parent, child, actor(request), replace_parent=replace)
    return _answer(request, parent, 201)


async def remove_sub_issue(request: web.Request) -> web.Response:
    parent, body = issue_in(request, require(request, WRITE, role="triage")), await body_of(request)
    links.remove_sub_issue(world_of(request), parent, _named_issue(request, body, "sub_issue_id"), actor(request))
    return _answer(request, parent)


async def move_sub_issue(request: web.Request) -> web.Response:
    parent, body = issue_in(request, require(request, WRITE, role="triage")), await body_of(request)
    child = _named_issue(request, body, "sub_issue_id")
    after = _named_issue(request, body, "after_id") if body.get("after_id") is not None else None
    before = _named_issue(request, body, "before_id") if body.get("before_id") is not None else None
    links.move_sub_issue(world_of(request), parent, child, after=after, before=before)
    return _answer(request, parent)


async def list_blocked_by(request: web.Request) -> web.Response:
    return _page(request, issue_in(request, require(request, READ)).blocked_by)


async def list_blocking(request: web.Request) -> web.Response:
    return _page(request, issue_in(request, require(request, READ)).blocking)


async def add_blocked_by(request: web.Request) -> web.Response:
    """201 with the blocked issue."""
    blocked, body = issue_in(request, require(request, WRITE, role="triage")), await body_of(request)
    links.add_blocked_by(world_of(request), blocked, _named_issue(request, body, "issue_id"), actor(request))
    return _answer(request, blocked, 201)


async def remove_blocked_by(request: web.Request) -> web.Response:
    blocked = issue_in(request, require(request, WRITE, role="triage"))
    blocking = world_of(request).issues.get(path_number(request, "issue_id"))
    if blocking is None:
        raise not_found()
    links.remove_blocked_by(world_of(request), blocked, blocking, actor(request))
    return _answer(request, blocked)


def _named_issue(request: web.Request, body: Json, key: str) -> Issue:
    """The issue a body names by its database id (not its number); the caller must be able to see and link it."""
    number = body.get(key)
    if not isinstance(number, int):
        raise unprocessable(f"{key} must be the database id of an issue")
    world = world_of(request)
    found = world.issues.get(number)
    if found is None or not may_see(world, request[CALLER], found.repository):
        raise not_found()
    if not may_write(world, request[CALLER], found.repository, WRITE, "triage"):
        raise forbidden()
    return found


def _page(request: web.Request, found: list[Issue]) -> web.Response:
    world = world_of(request)
    return paginate(request, found, lambda one: wire.issue(world, one))


def _answer(request: web.Request, issue: Issue, status: int = 200) -> web.Response:
    return reply(wire.issue(world_of(request), issue), status)
