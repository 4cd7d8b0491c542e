"""Check runs and commit statuses over REST (docs.github.com/rest/checks/runs, …/rest/commits/statuses)."""

from __future__ import annotations

from typing import cast

from aiohttp import web

from bot.sandbox import checks, wire
from bot.sandbox.rest import body_of, page_of, reply
from bot.sandbox.rest.access import CALLER, actor, path_number, require, world_of
from bot.sandbox.rest.commits import named_commit
from bot.sandbox.rest.errors import forbidden, not_found, unprocessable
from bot.sandbox.rest.lookup import text
from bot.sandbox.state import App, CheckRun, InstallationToken, Repository
from bot.sandbox.world import World

_R = "/repos/{owner}/{repo}"
_ONE = _R + r"/check-runs/{check_run_id:\d+}"
READ, WRITE = "checks=read", "checks=write"


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.post(_R + "/check-runs", create),
        web.get(_ONE, get),
        web.patch(_ONE, update),
        web.get(_R + "/commits/{ref:.+}/check-runs", list_for_ref),
        web.get(_R + "/commits/{ref:.+}/status", combined_status),
        web.post(_R + "/statuses/{sha}", create_status),
    ]


async def create(request: web.Request) -> web.Response:
    repo = require(request, WRITE)
    run = await checks.create(world_of(request), repo, _app(request), await body_of(request))
    answer = wire.check_run(world_of(request), repo, run)
    return reply(answer, 201, {"Location": answer["url"]})


async def get(request: web.Request) -> web.Response:
    repo = require(request, READ)
    return reply(wire.check_run(world_of(request), repo, _run(request, repo)))


async def update(request: web.Request) -> web.Response:
    """Only by the App that made it."""
    repo = require(request, WRITE)
    run = _run(request, repo)
    if run.app is not _app(request):
        raise forbidden(
            "Invalid app_id `"
            + str(run.app.id)
            + "` - check run can only be modified by the GitHub App that created it."
        )
    checks.update(world_of(request), repo, run, await body_of(request))
    return reply(wire.check_run(world_of(request), repo, run))


async def list_for_ref(request: web.Request) -> web.Response:
    """`filter` latest (default) or all, `check_name`, `status`, `app_id`."""
    repo, world, query = require(request, READ), world_of(request), request.query
    sha = await named_commit(world, repo, request.match_info["ref"])
    found = [
        run
        for run in checks.at(repo, sha, only_latest=query.get("filter", "latest") == "latest")
        if query.get("check_name", run.name) == run.name
        and query.get("status", run.status) == run.status
        and query.get("app_id", str(run.app.id)) == str(run.app.id)
    ]
    page, headers = page_of(request, found)
    listed = [wire.check_run(world, repo, run) for run in page]
    return reply({"total_count": len(found), "check_runs": listed}, headers=headers)


async def combined_status(request: web.Request) -> web.Response:
    repo, world = require(request, "statuses=read"), world_of(request)
    sha = await named_commit(world, repo, request.match_info["ref"])
    newest = {status.context: status for status in repo.statuses if status.sha == sha}
    return reply(wire.combined_status(world, repo, sha, list(newest.values())))


async def create_status(request: web.Request) -> web.Response:
    repo, world, body = require(request, "statuses=write"), world_of(request), await body_of(request)
    sha = await named_commit(world, repo, request.match_info["sha"])
    if body.get("state") not in ("error", "failure", "pending", "success"):
        raise unprocessable("Validation failed: State is not included in the list")
    status = checks.set_status(
        world,
        repo,
        sha,
        actor(request),
        cast(checks.StatusState, body["state"]),
        context=text(body, "context", "Status") or "default",
        description=text(body, "description", "Status"),
        target_url=text(body, "target_url", "Status"),
    )
    return reply(wire.status(world, repo, status), 201)


def _app(request: web.Request) -> App:
    """Check runs are made by Apps alone; people get 403."""
    caller = request[CALLER]
    if not isinstance(caller, InstallationToken):
        raise forbidden("You must authenticate via a GitHub App.")
    return caller.installation.app


def _run(request: web.Request, repo: Repository) -> CheckRun:
    found = repo.check_runs.get(path_number(request, "check_run_id"))
    if found is None:
        raise not_found()
    return found
