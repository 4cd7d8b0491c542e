"""Labels of issues and repositories, and milestones (docs.github.com/rest/issues/labels, …/milestones)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.sandbox import catalog, issues, wire
from bot.sandbox.rest import body_of, json_of, paginate, reply
from bot.sandbox.rest.access import actor, may_push, path_number, require, world_of
from bot.sandbox.rest.errors import ApiError, invalid, not_found
from bot.sandbox.rest.issues import READ, WRITE, labels_named
from bot.sandbox.rest.lookup import issue_in, label_in, label_names, moment, required_text, text
from bot.sandbox.state import Json, Label, Milestone, Repository
from bot.sandbox.world import World

_REPO = "/repos/{owner}/{repo}"
_OF_ISSUE = _REPO + r"/issues/{issue_number:\d+}/labels"
_MILESTONE = _REPO + r"/milestones/{milestone_number:\d+}"


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.get(_OF_ISSUE, list_of_issue),
        web.post(_OF_ISSUE, add),
        web.put(_OF_ISSUE, replace),
        web.delete(_OF_ISSUE + "/{name}", remove),
        web.get(_REPO + "/labels", list_of_repository),
        web.post(_REPO + "/labels", create),
        web.get(_REPO + "/milestones", list_milestones),
        web.post(_REPO + "/milestones", create_milestone),
        web.get(_MILESTONE, get_milestone),
        web.patch(_MILESTONE, update_milestone),
    ]


async def list_of_issue(request: web.Request) -> web.Response:
    repo = require(request, READ)
    return _answer(request, repo, issue_in(request, repo).labels)


async def add(request: web.Request) -> web.Response:
    repo = require(request, WRITE, role="triage")
    issue = issue_in(request, repo)
    labels = await _named_labels(request, repo)
    issues.add_labels(world_of(request), issue, actor(request), labels)
    return _answer(request, repo, issue.labels)


async def replace(request: web.Request) -> web.Response:
    repo = require(request, WRITE, role="triage")
    issue = issue_in(request, repo)
    issues.set_labels(world_of(request), issue, actor(request), await _named_labels(request, repo))
    return _answer(request, repo, issue.labels)


async def remove(request: web.Request) -> web.Response:
    """404 when the label is not on the issue."""
    repo = require(request, WRITE, role="triage")
    world, issue = world_of(request), issue_in(request, repo)
    label = label_in(world, repo, request.match_info["name"])
    if label not in issue.labels:
        raise ApiError(404, "Label does not exist")
    issues.remove_label(world, issue, actor(request), label)
    return _answer(request, repo, issue.labels)


async def list_of_repository(request: web.Request) -> web.Response:
    repo = require(request, READ)
    return _answer(request, repo, list(repo.labels.values()))


async def create(request: web.Request) -> web.Response:
    repo = require(request, WRITE)
    world, body = world_of(request), await body_of(request)
    name = required_text(body, "name", "Label")
    color = text(body, "color", "Label") or "ededed"
    description = text(body, "description", "Label")
    label = catalog.create_label(world, repo, actor(request), name, color=color, description=description)
    answer = wire.label(world, repo, label)
    return reply(answer, 201, {"Location": answer["url"]})


async def list_milestones(request: web.Request) -> web.Response:
    """Open ones unless asked, the one due first in front."""
    repo = require(request, READ)
    world, state = world_of(request), request.query.get("state", "open")
    found = [one for one in repo.milestones.values() if state in ("all", one.state)]
    found.sort(key=lambda one: (one.due_on is None, one.due_on or one.created_at, one.number))
    return paginate(request, found, lambda one: wire.milestone(world, repo, one))


async def create_milestone(request: web.Request) -> web.Response:
    repo = require(request, WRITE)
    world, body = world_of(request), await body_of(request)
    milestone = catalog.create_milestone(
        world,
        repo,
        actor(request),
        required_text(body, "title", "Milestone"),
        description=text(body, "description", "Milestone"),
        due_on=moment(text(body, "due_on", "Milestone"), "Milestone", "due_on"),
    )
    answer = wire.milestone(world, repo, milestone)
    return reply(answer, 201, {"Location": answer["url"]})


async def get_milestone(request: web.Request) -> web.Response:
    repo = require(request, READ)
    return reply(wire.milestone(world_of(request), repo, _milestone_in(request, repo)))


async def update_milestone(request: web.Request) -> web.Response:
    repo = require(request, WRITE)
    world, body, milestone = world_of(request), await body_of(request), _milestone_in(request, repo)
    changes: Json = {key: text(body, key, "Milestone") for key in ("title", "description", "state") if key in body}
    if "due_on" in body:
        changes["due_on"] = moment(text(body, "due_on", "Milestone"), "Milestone", "due_on")
    catalog.update_milestone(world, repo, actor(request), milestone, changes)
    return reply(wire.milestone(world, repo, milestone))


async def _named_labels(request: web.Request, repo: Repository) -> list[Label]:
    """The labels in the body; unknown ones are made for a caller who may push and refused for any other."""
    body: Any = await json_of(request)
    value = body.get("labels") if isinstance(body, dict) else body
    names = label_names([] if value is None else value)
    world = world_of(request)
    if not may_push(request, repo) and any(world.find_label(repo, name) is None for name in names):
        raise invalid("Label", "name", "missing")
    return labels_named(world, repo, actor(request), names)


def _milestone_in(request: web.Request, repo: Repository) -> Milestone:
    found = repo.milestones.get(path_number(request, "milestone_number"))
    if found is None:
        raise not_found()
    return found


def _answer(request: web.Request, repo: Repository, labels: list[Label]) -> web.Response:
    world = world_of(request)
    return paginate(request, labels, lambda one: wire.label(world, repo, one))
