"""Finding what a path or a body names inside a repository; what is not there is refused as GitHub refuses it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.sandbox.rest.access import CALLER, may_see, path_number, world_of
from bot.sandbox.rest.errors import ApiError, invalid, not_found
from bot.sandbox.state import Comment, Issue, Json, Label, Milestone, Repository, User
from bot.sandbox.world import World


def issue_in(request: web.Request, repo: Repository) -> Issue:
    """The issue with the number in the path.

    404, 410 when it was deleted or issues are switched off, 301 to where it was transferred (404 if that may not be
    seen).
    """
    number = path_number(request, "issue_number")
    found = repo.issues.get(number)
    if found is not None and (found.is_pull or repo.has_issues):
        return found
    if not repo.has_issues:
        raise ApiError(410, "Issues are disabled for this repo")
    if (moved := repo.transferred.get(number)) is not None:
        raise _moved(request, number, moved)
    if 0 < number <= repo.last_number:
        raise ApiError(410, "This issue was deleted")
    raise not_found()


def _moved(request: web.Request, number: int, issue: Issue) -> ApiError:
    world = world_of(request)
    if not may_see(world, request[CALLER], issue.repository):
        return not_found()
    below = request.rel_url.raw_path.partition(f"/issues/{number}")[2]
    path = f"/repositories/{issue.repository.id}/issues/{issue.number}{below}"
    return ApiError(301, "Moved Permanently", Location=f"{world.url}{path}")


def comment_in(request: web.Request, repo: Repository) -> Comment:
    found = world_of(request).comments.get(path_number(request, "comment_id"))
    if found is None or found.issue.repository is not repo:
        raise not_found()
    return found


def milestone_of(repo: Repository, value: Any) -> Milestone | None:
    """The milestone a body names by its number; None for null."""
    if value is None:
        return None
    found = repo.milestones.get(value) if isinstance(value, int) else None
    if found is None:
        raise invalid("Issue", "milestone", "invalid")
    return found


def assignees_of(world: World, repo: Repository, body: Json) -> list[User]:
    """Only accounts with a role can be assigned; GitHub leaves out the others without a word."""
    logins = body.get("assignees")
    if logins is None:
        logins = [body["assignee"]] if body.get("assignee") else []
    if not isinstance(logins, list) or not all(isinstance(login, str) for login in logins):
        raise invalid("Issue", "assignees", "invalid")
    known = [world.users[login.lower()] for login in logins if login.lower() in world.users]
    return [user for user in known if world.role(repo, user) is not None]


def label_names(value: Any) -> list[str]:
    """Names out of the forms GitHub takes: a list or one, each a string or an object with a name."""
    items = value if isinstance(value, list) else [value]
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise invalid("Label", "name", "invalid")
    return [str(name) for name in names]


def label_in(world: World, repo: Repository, name: str) -> Label:
    found = world.find_label(repo, name)
    if found is None:
        raise ApiError(404, "Label does not exist")
    return found


def text(body: Json, key: str, resource: str) -> str | None:
    """A string of the body, or None when it is absent or null; 422 for anything else."""
    value = body.get(key)
    if value is None or isinstance(value, str):
        return value
    raise invalid(resource, key, "invalid")


def required_text(body: Json, key: str, resource: str) -> str:
    value = text(body, key, resource)
    if value is None:
        raise invalid(resource, key, "missing_field")
    return value


def moment(value: str | None, resource: str, field: str) -> datetime | None:
    """An ISO 8601 time, UTC where it names no zone; 422 when it is none."""
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise invalid(resource, field, "invalid") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
