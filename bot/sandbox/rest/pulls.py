"""Pull requests over REST (docs.github.com/rest/pulls)."""

from __future__ import annotations

from typing import cast

from aiohttp import web

from bot.sandbox import merging, pulls, wire
from bot.sandbox.git_host import Comparison, MergeMethod, UnknownRevision
from bot.sandbox.rest import body_of, paginate, reply
from bot.sandbox.rest.access import CALLER, actor, may_see, may_write, path_number, require, world_of
from bot.sandbox.rest.errors import forbidden, invalid, not_found, unprocessable
from bot.sandbox.rest.lookup import required_text, text
from bot.sandbox.state import Json, PullRequest, Repository
from bot.sandbox.world import World

_R = "/repos/{owner}/{repo}/pulls"
_ONE = _R + r"/{pull_number:\d+}"
READ, WRITE = "pull_requests=read", "pull_requests=write"
_MOST_COMMITS, _MOST_FILES = 250, 3000
_REVIEWS: dict[str, pulls.ReviewState] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.get(_R, list_pulls),
        web.post(_R, create),
        web.get(_ONE, get),
        web.get(_ONE + "/files", files),
        web.get(_ONE + "/commits", commits),
        web.get(_ONE + "/merge", is_merged),
        web.put(_ONE + "/merge", merge),
        web.put(_ONE + "/update-branch", update_branch),
        web.post(_ONE + "/reviews", create_review),
    ]


async def list_pulls(request: web.Request) -> web.Response:
    """Newest first; `head` is `owner:branch`, as GitHub demands (anything else filters nothing)."""
    repo, world = require(request, READ), world_of(request)
    state = request.query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise invalid("PullRequest", "state", "invalid")
    head, base = request.query.get("head", ""), request.query.get("base", "")
    found = [
        pull
        for pull in repo.pulls.values()
        if state in ("all", pull.issue.state)
        and (":" not in head or head.lower() == f"{pull.head_repository.owner.login}:{pull.head_ref}".lower())
        and base in ("", pull.base_ref)
    ]
    by_update = request.query.get("sort") == "updated"
    found.sort(key=lambda pull: (pull.issue.updated_at if by_update else pull.issue.created_at, pull.id))
    if request.query.get("direction", "desc") == "desc":
        found.reverse()
    return paginate(request, found, lambda one: wire.pull_simple(world, one))


async def create(request: web.Request) -> web.Response:
    """`head` is a branch, or `owner:branch` of a fork; who can read the one and push the other may."""
    repo = require(request, WRITE, role="read")
    world, body = world_of(request), await body_of(request)
    source, branch = _head(world, repo, body)
    if not may_see(world, request[CALLER], source):
        raise invalid("PullRequest", "head", "invalid")
    pull = await pulls.open_pull(
        world,
        repo,
        actor(request),
        title=required_text(body, "title", "PullRequest"),
        body=text(body, "body", "PullRequest"),
        head_repository=source,
        head_ref=branch,
        base_ref=required_text(body, "base", "PullRequest"),
        draft=body.get("draft") is True,
    )
    answer = wire.pull(world, pull)
    return reply(answer, 201, {"Location": answer["url"]})


async def get(request: web.Request) -> web.Response:
    pull = _pull(request, "pull_requests=read; contents=read")
    await pulls.refresh(world_of(request), pull)
    return reply(wire.pull(world_of(request), pull))


async def files(request: web.Request) -> web.Response:
    """At most 3,000, against the merge base."""
    pull, world = _pull(request, READ), world_of(request)
    repo, compared = pull.issue.repository, await _compared(world, pull)
    return paginate(request, compared.files[:_MOST_FILES], lambda one: wire.file(world, repo, pull.head_sha, one))


async def commits(request: web.Request) -> web.Response:
    """At most 250, oldest first."""
    pull, world = _pull(request, READ), world_of(request)
    repo, compared = pull.issue.repository, await _compared(world, pull)
    return paginate(request, compared.commits[:_MOST_COMMITS], lambda one: wire.commit(world, repo, one))


async def is_merged(request: web.Request) -> web.Response:
    """204 or 404, both without a body."""
    return web.Response(status=404 if _pull(request, READ).merged_at is None else 204)


async def merge(request: web.Request) -> web.Response:
    pull, world, body = _pull(request, "contents=write"), world_of(request), await body_of(request)
    method = body.get("merge_method", "merge")
    if method not in ("merge", "squash", "rebase"):
        raise invalid("PullRequest", "merge_method", "invalid")
    sha = await merging.merge(
        world,
        pull,
        actor(request),
        method=cast(MergeMethod, method),
        sha=text(body, "sha", "PullRequest"),
        title=text(body, "commit_title", "PullRequest"),
        message=text(body, "commit_message", "PullRequest"),
    )
    return reply({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


async def update_branch(request: web.Request) -> web.Response:
    """GitHub answers at once and merges in the background; here the merge is done when the answer comes."""
    pull, world, body = _pull(request, WRITE), world_of(request), await body_of(request)
    if not may_write(world, request[CALLER], pull.head_repository, "contents=write", "write"):
        raise forbidden()
    expected = text(body, "expected_head_sha", "PullRequest")
    await merging.update_branch(world, pull, actor(request), expected)
    url = wire.pull(world, pull)["html_url"]
    return reply({"message": "Updating pull request branch.", "url": url}, 202)


async def create_review(request: web.Request) -> web.Response:
    pull, world, body = _pull(request, WRITE, role_of_people="read"), world_of(request), await body_of(request)
    state = _REVIEWS.get(str(body.get("event")))
    if state is None:
        raise unprocessable("The sandbox offers no pending reviews: event must be APPROVE, REQUEST_CHANGES or COMMENT")
    said, commit_id = text(body, "body", "PullRequest") or "", text(body, "commit_id", "PullRequest")
    review = pulls.add_review(world, pull, actor(request), state, body=said, commit_id=commit_id)
    return reply(wire.review(world, review))


async def _compared(world: World, pull: PullRequest) -> Comparison:
    try:
        return await world.git.compare(pull.issue.repository.id, pull.base_sha, pull.head_sha)
    except UnknownRevision:
        raise unprocessable("The head and the base have no history in common.") from None


def _pull(request: web.Request, accepted: str, role_of_people: str | None = None) -> PullRequest:
    repo = require(request, accepted, role="read" if role_of_people else None)
    found = repo.pulls.get(path_number(request, "pull_number"))
    if found is None:
        raise not_found()
    return found


def _head(world: World, repo: Repository, body: Json) -> tuple[Repository, str]:
    """The repository and branch that are offered: of this repository, or of its fork that the owner has."""
    head = required_text(body, "head", "PullRequest")
    owner, colon, branch = head.rpartition(":")
    if not colon or owner.lower() == repo.owner.login.lower():
        return repo, branch
    for other in world.repositories.values():
        if other.owner.login.lower() == owner.lower() and repo in (other.fork_of, other):
            return other, branch
    raise invalid("PullRequest", "head", "invalid")
