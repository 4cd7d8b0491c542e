"""Commits, refs, comparisons and contents over REST (docs.github.com/rest/commits, …/git, …/repos/contents)."""

from __future__ import annotations

from aiohttp import web

from bot.sandbox import wire
from bot.sandbox.git_host import Comparison, UnknownRevision
from bot.sandbox.rest import page_of, paginate, reply
from bot.sandbox.rest.access import require, world_of
from bot.sandbox.rest.errors import ApiError, not_found, unprocessable
from bot.sandbox.state import Repository
from bot.sandbox.world import World

_R = "/repos/{owner}/{repo}"
_REF = r"{ref:(?!.*/(?:check-runs|pulls|status)$).+}"  # a branch name has slashes; the routes below it come first
READ = "contents=read"
_MOST_FILES, _MOST_COMMITS = 300, 250


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.get(_R + "/commits/{commit_sha}/pulls", pulls_with),
        web.get(_R + f"/commits/{_REF}", get_commit),
        web.get(_R + "/git/commits/{commit_sha}", get_git_commit),
        web.get(_R + "/git/ref/{ref:.+}", get_ref),
        web.get(_R + "/compare/{basehead:.+}", compare),
        web.get(_R + "/contents/{path:.*}", contents),
    ]


async def get_commit(request: web.Request) -> web.Response:
    """`ref` may be a SHA, a branch or a tag; 422 for what is none, as GitHub answers."""
    repo, world = require(request, READ), world_of(request)
    sha = await named_commit(world, repo, request.match_info["ref"])
    commit, files = await world.git.info(repo.id, sha), await world.git.changes(repo.id, sha)
    return reply(wire.commit(world, repo, commit, files[:_MOST_FILES]))


async def get_git_commit(request: web.Request) -> web.Response:
    """A full SHA only."""
    repo, world = require(request, READ), world_of(request)
    sha = request.match_info["commit_sha"]
    if await world.git.resolve(repo.id, sha) != sha:
        raise not_found()
    return reply(wire.git_commit(world, repo, await world.git.info(repo.id, sha)))


async def get_ref(request: web.Request) -> web.Response:
    """`heads/<branch>`, `tags/<tag>` or any other ref, without `refs/`."""
    repo, world = require(request, READ), world_of(request)
    ref = f"refs/{request.match_info['ref']}"
    sha = (await world.git.refs(repo.id)).get(ref)
    if sha is None:
        raise not_found()
    return reply(wire.git_ref(world, repo, ref, sha))


async def compare(request: web.Request) -> web.Response:
    """`base...head`; either may be `owner:branch` of a fork. Unpaged at most 250 commits, files on page 1 only."""
    repo, world = require(request, READ), world_of(request)
    basehead = request.match_info["basehead"]
    base, dots, head = basehead.partition("...")
    if not dots:
        raise not_found()
    found = await _compared(world, repo, base, head)
    if "page" not in request.query and "per_page" not in request.query:
        commits = found.commits[-_MOST_COMMITS:]
        return reply(wire.comparison(world, repo, found, basehead, commits, is_first=True))
    page, headers = page_of(request, found.commits)
    is_first = request.query.get("page", "1") == "1"
    return reply(wire.comparison(world, repo, found, basehead, page, is_first=is_first), headers=headers)


async def contents(request: web.Request) -> web.Response:
    """A file with its content in base64, or the list of a directory, at `ref` (default: the default branch)."""
    repo, world = require(request, READ), world_of(request)
    ref, path = request.query.get("ref") or repo.default_branch, request.match_info["path"].strip("/")
    sha = await world.git.resolve(repo.id, ref)
    if sha is None:
        raise ApiError(404, f"No commit found for the ref {ref}")
    entries = await world.git.tree(repo.id, sha, path)
    if not entries:
        raise not_found()
    if len(entries) == 1 and entries[0].path == path:
        data = await world.git.read_file(repo.id, sha, path)
        return reply(wire.content(world, repo, ref, entries[0], data or b""))
    return reply([wire.content(world, repo, ref, entry, None) for entry in entries])


async def pulls_with(request: web.Request) -> web.Response:
    """Pull requests whose head contains the commit and whose base does not, and the one that brought it to a base."""
    repo, world = require(request, "pull_requests=read"), world_of(request)
    sha = await named_commit(world, repo, request.match_info["commit_sha"])
    found = [
        pull
        for pull in repo.pulls.values()
        if sha == pull.merge_commit_sha
        or (
            await world.git.is_ancestor(repo.id, sha, pull.head_sha)
            and not await world.git.is_ancestor(repo.id, sha, pull.base_sha)
        )
    ]
    return paginate(request, found, lambda one: wire.pull_simple(world, one))


async def named_commit(world: World, repo: Repository, ref: str) -> str:
    """The SHA of what a path calls a commit. Raises ApiError 422."""
    sha = await world.git.resolve(repo.id, ref)
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {ref}")
    return sha


async def _compared(world: World, repo: Repository, base: str, head: str) -> Comparison:
    try:
        return await world.git.compare(repo.id, await _side(world, repo, base), await _side(world, repo, head))
    except UnknownRevision:
        raise not_found() from None


async def _side(world: World, repo: Repository, name: str) -> str:
    """One side of a comparison; `owner:branch` is looked up in that owner's repository of the network."""
    owner, colon, branch = name.rpartition(":")
    if not colon or owner.lower() == repo.owner.login.lower():
        return branch
    for other in world.repositories.values():
        if other.owner.login.lower() == owner.lower() and repo in (other.fork_of, other):
            sha = await world.git.branch(other.id, branch)
            if sha is not None:
                await world.git.bring(repo.id, other.id, sha)
                return sha
    raise UnknownRevision(name)
