"""Issues: list, create, get, update, timeline (docs.github.com/rest/issues/issues)."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.sandbox import catalog, issues, wire
from bot.sandbox.rest import body_of, page_of, paginate, reply
from bot.sandbox.rest.access import actor, may_push, require, world_of
from bot.sandbox.rest.errors import ApiError, invalid
from bot.sandbox.rest.lookup import assignees_of, issue_in, label_names, milestone_of, moment, required_text, text
from bot.sandbox.state import Issue, Label, Repository, User
from bot.sandbox.world import World

_R = "/repos/{owner}/{repo}/issues"
READ = "issues=read; pull_requests=read"
WRITE = "issues=write; pull_requests=write"


def routes(_world: World) -> list[web.RouteDef]:
    return [
        web.get(_R, list_issues),
        web.post(_R, create),
        web.get(_R + r"/{issue_number:\d+}", get),
        web.patch(_R + r"/{issue_number:\d+}", update),
        web.get(_R + r"/{issue_number:\d+}/timeline", timeline),
    ]


async def list_issues(request: web.Request) -> web.Response:
    repo = require(request, "issues=read")
    world = world_of(request)
    found = [one for one in repo.issues.values() if _is_wanted(request, repo, one)]
    key, newest_first = _order(request)
    found.sort(key=key, reverse=newest_first)
    return paginate(request, found, lambda one: wire.issue(world, one))


async def create(request: web.Request) -> web.Response:
    """Labels, assignees and milestone of somebody without push access are dropped in silence."""
    repo = require(request, "issues=write", role="read")
    if not repo.has_issues:
        raise ApiError(410, "Issues has been disabled in this repository.")
    world, body, who = world_of(request), await body_of(request), actor(request)
    title, description = required_text(body, "title", "Issue"), text(body, "body", "Issue")
    issues.check_title(title)
    issues.check_body(description)
    trusted = body if may_push(request, repo) else {}
    opened = issues.open_issue(
        world,
        repo,
        who,
        title,
        description,
        assignees=assignees_of(world, repo, trusted),
        milestone=milestone_of(repo, trusted.get("milestone")),
        labels=labels_named(world, repo, who, label_names(trusted.get("labels") or [])),
    )
    answer = wire.issue(world, opened)
    return reply(answer, 201, {"Location": answer["url"]})


async def get(request: web.Request) -> web.Response:
    repo = require(request, READ)
    return reply(wire.issue(world_of(request), issue_in(request, repo)))


async def update(request: web.Request) -> web.Response:
    """The author and people with triage may; nothing is changed when anything in the body is wrong."""
    repo = require(request, WRITE, role="read")
    world, body, who, issue = world_of(request), await body_of(request), actor(request), issue_in(request, repo)
    _check_may_update(request, repo, issue, who)
    title, description = text(body, "title", "Issue"), text(body, "body", "Issue")
    state, reason = text(body, "state", "Issue"), text(body, "state_reason", "Issue")
    if state not in (None, "open", "closed"):
        raise invalid("Issue", "state", "invalid")
    milestone = milestone_of(repo, body.get("milestone"))
    names = None if body.get("labels") is None else label_names(body["labels"])
    assignees = assignees_of(world, repo, body)
    issues.edit_issue(world, issue, who, title=title, body=description)
    if names is not None:
        issues.set_labels(world, issue, who, labels_named(world, repo, who, names))
    if "assignees" in body or "assignee" in body:
        issues.set_assignees(world, issue, who, assignees)
    if "milestone" in body:
        issues.set_milestone(world, issue, who, milestone)
    if state == "closed" or (state is None and reason is not None and reason != "reopened"):
        issues.close_issue(world, issue, who, reason)
    elif state == "open":
        issues.reopen_issue(world, issue, who)
    return reply(wire.issue(world, issue))


async def timeline(request: web.Request) -> web.Response:
    repo = require(request, READ)
    entries, headers = page_of(request, wire.timeline(world_of(request), issue_in(request, repo)))
    return reply(list(entries), headers=headers)


def labels_named(world: World, repo: Repository, who: User, names: list[str]) -> list[Label]:
    """Labels by name; one the repository does not know yet is made, once."""
    return [world.find_label(repo, name) or catalog.create_label(world, repo, who, name) for name in names]


def _check_may_update(request: web.Request, repo: Repository, issue: Issue, who: User) -> None:
    is_app = who is world_of(request).app.bot
    if not is_app and issue.author is not who and not world_of(request).has_role(repo, who, "triage"):
        raise ApiError(403, "Must have triage rights to Repository.")


def _is_wanted(request: web.Request, repo: Repository, issue: Issue) -> bool:
    query = request.query
    state = query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise invalid("Issue", "state", "invalid")
    since = moment(query.get("since"), "Issue", "since")
    wanted = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    creator = query.get("creator", "").lower()
    return (
        state in ("all", issue.state)
        and (since is None or issue.updated_at >= since)
        and wanted <= {label.name.lower() for label in issue.labels}
        and creator in ("", issue.author.login.lower())
        and _has_milestone(repo, issue, query.get("milestone", ""))
        and _has_assignee(issue, query.get("assignee", ""))
    )


def _has_milestone(repo: Repository, issue: Issue, wanted: str) -> bool:
    if wanted in ("", "*", "none"):
        return not wanted or (issue.milestone is None) == (wanted == "none")
    if not wanted.isdigit() or int(wanted) not in repo.milestones:
        raise invalid("Issue", "milestone", "invalid")
    return issue.milestone is repo.milestones[int(wanted)]


def _has_assignee(issue: Issue, wanted: str) -> bool:
    if wanted in ("", "*", "none"):
        return not wanted or bool(issue.assignees) == (wanted == "*")
    return wanted.lower() in [user.login.lower() for user in issue.assignees]


def _order(request: web.Request) -> tuple[Callable[[Issue], tuple[object, int]], bool]:
    keys: dict[str, Callable[[Issue], tuple[object, int]]] = {
        "created": lambda one: (one.created_at, one.id),
        "updated": lambda one: (one.updated_at, one.id),
        "comments": lambda one: (len(one.comments), one.id),
    }
    sort, direction = request.query.get("sort", "created"), request.query.get("direction", "desc")
    if sort not in keys or direction not in ("asc", "desc"):
        raise invalid("Issue", "sort" if sort not in keys else "direction", "invalid")
    return keys[sort], direction == "desc"
