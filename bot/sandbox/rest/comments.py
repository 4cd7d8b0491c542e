"""Comments on issues and pull requests, and reactions to them (docs.github.com/rest/issues/comments)."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox import comments, wire
from bot.sandbox.rest import body_of, no_content, paginate, reply
from bot.sandbox.rest.access import actor, require, world_of
from bot.sandbox.rest.errors import forbidden, invalid
from bot.sandbox.rest.issues import READ, WRITE
from bot.sandbox.rest.lookup import comment_in, issue_in, moment, required_text
from bot.sandbox.state import Comment, Repository
from bot.sandbox.world import World

_OF_ISSUE = r"/repos/{owner}/{repo}/issues/{issue_number:\d+}/comments"
_OF_REPO = "/repos/{owner}/{repo}/issues/comments"
_ONE = _OF_REPO + r"/{comment_id:\d+}"


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.get(_OF_ISSUE, list_of_issue),
        web.post(_OF_ISSUE, create),
        web.get(_OF_REPO, list_of_repository),
        web.get(_ONE, get),
        web.patch(_ONE, update),
        web.delete(_ONE, delete),
        web.get(_ONE + "/reactions", list_reactions),
        web.post(_ONE + "/reactions", create_reaction),
    ]


async def list_of_issue(request: web.Request) -> web.Response:
    """Ordered by id."""
    repo = require(request, READ)
    return _page(request, issue_in(request, repo).comments)


async def create(request: web.Request) -> web.Response:
    repo = require(request, WRITE, role="read")
    world, issue = world_of(request), issue_in(request, repo)
    body = required_text(await body_of(request), "body", "IssueComment")
    answer = wire.comment(world, comments.add_comment(world, issue, actor(request), body))
    return reply(answer, 201, {"Location": answer["url"]})


async def list_of_repository(request: web.Request) -> web.Response:
    """Ordered by id, or by `sort` created or updated with `direction`."""
    repo = require(request, READ)
    found = [one for one in world_of(request).comments.values() if one.issue.repository is repo]
    sort, direction = request.query.get("sort", "created"), request.query.get("direction", "asc")
    if sort not in ("created", "updated") or direction not in ("asc", "desc"):
        raise invalid("IssueComment", "sort", "invalid")
    found.sort(key=lambda one: (one.updated_at if sort == "updated" else one.created_at, one.id))
    return _page(request, found[::-1] if direction == "desc" else found)


async def get(request: web.Request) -> web.Response:
    repo = require(request, READ)
    return reply(wire.comment(world_of(request), comment_in(request, repo)))


async def update(request: web.Request) -> web.Response:
    comment = _own_comment(request, require(request, WRITE, role="read"))
    world = world_of(request)
    comments.edit_comment(world, comment, actor(request), required_text(await body_of(request), "body", "IssueComment"))
    return reply(wire.comment(world, comment))


async def delete(request: web.Request) -> web.Response:
    comment = _own_comment(request, require(request, WRITE, role="read"))
    comments.delete_comment(world_of(request), comment, actor(request))
    return no_content()


async def list_reactions(request: web.Request) -> web.Response:
    repo = require(request, "issues=read")
    world, wanted = world_of(request), request.query.get("content")
    given = [one for one in comment_in(request, repo).reactions if wanted in (None, one.content)]
    return paginate(request, given, lambda one: wire.reaction(world, one))


async def create_reaction(request: web.Request) -> web.Response:
    """201 when it is new, 200 when it was there: the one write that may be repeated without a thought."""
    repo = require(request, "issues=write", role="read")
    world, comment = world_of(request), comment_in(request, repo)
    content = required_text(await body_of(request), "content", "Reaction")
    reaction, is_new = comments.react(world, comment, actor(request), content)
    return reply(wire.reaction(world, reaction), 201 if is_new else 200)


def _own_comment(request: web.Request, repo: Repository) -> Comment:
    """The comment, if the caller wrote it, may write to the repository, or is the App with the permission."""
    world, comment, who = world_of(request), comment_in(request, repo), actor(request)
    if who not in (comment.author, world.app.bot) and not world.has_role(repo, who, "write"):
        raise forbidden("Must have write rights to Repository.")
    return comment


def _page(request: web.Request, found: list[Comment]) -> web.Response:
    since = moment(request.query.get("since"), "IssueComment", "since")
    world = world_of(request)
    kept = [one for one in found if since is None or one.updated_at >= since]
    return paginate(request, kept, lambda one: wire.comment(world, one))
