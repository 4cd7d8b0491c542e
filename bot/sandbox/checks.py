"""Rules of check runs and commit statuses (docs.github.com/rest/checks/runs, …/rest/commits/statuses)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from bot.sandbox import wire
from bot.sandbox.rest.errors import unprocessable
from bot.sandbox.state import App, CheckRun, CheckSuite, CommitStatus, Json, Repository, User
from bot.sandbox.world import World

STATUSES = ("queued", "in_progress", "completed")
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
"""What an App may conclude; `stale` is GitHub's own."""
_LONGEST = {"title": 255, "summary": 65535, "text": 65535}  # characters
_MOST_ANNOTATIONS = 50  # in one request; later requests append
_LONGEST_ANNOTATION = 64 * 1024  # bytes
ANNOTATION_LEVELS = ("notice", "warning", "failure")
_ACTION = {"label": 20, "description": 40, "identifier": 20}  # characters
StatusState = Literal["error", "failure", "pending", "success"]


async def create(world: World, repo: Repository, app: App, body: Mapping[str, Any]) -> CheckRun:
    """A new run, whether or not there is one of this name: nothing here is idempotent. Raises ApiError 422."""
    name, sha = body.get("name"), body.get("head_sha")
    if not isinstance(name, str) or not name or not isinstance(sha, str):
        raise unprocessable('Invalid request.\n\n"name" and "head_sha" must be given as strings.')
    changes = _checked(body)
    if await world.git.resolve(repo.id, sha) != sha:
        raise unprocessable(f"No commit found for SHA: {sha}")
    branch = next((ref for ref, tip in (await world.git.refs(repo.id)).items() if tip == sha), None)
    suite = _suite(world, repo, app, sha, None if branch is None else branch.removeprefix("refs/heads/"))
    number = world.new_id()
    run = CheckRun(number, world.node_id("CR", number), suite, app, name, sha, "queued", None, world.now(), None)
    repo.check_runs[run.id] = run
    _apply(world, run, changes)
    _tell(world, repo, run, "created", app.bot)
    if run.status == "completed":
        _tell(world, repo, run, "completed", app.bot)
    return run


def update(world: World, repo: Repository, run: CheckRun, body: Mapping[str, Any]) -> None:
    """Change a run. A run that is concluded, for the first time or differently, is told as completed."""
    before = (run.status, run.conclusion)
    changes = _checked(body)
    if isinstance(body.get("name"), str):
        run.name = body["name"]
    _apply(world, run, changes)
    if run.status == "completed" and (run.status, run.conclusion) != before:
        _tell(world, repo, run, "completed", run.app.bot)


def rerequest(world: World, repo: Repository, run: CheckRun, actor: User) -> None:
    """ "Re-run" on the web site: the App is told, and nothing else changes."""
    _tell(world, repo, run, "rerequested", actor)


async def rerequest_suite(world: World, repo: Repository, suite: CheckSuite, actor: User) -> None:
    """ "Re-run all checks": one event for the suite, none for its runs."""
    described = wire.webhook_check_suite(world, repo, suite, await world.git.info(repo.id, suite.head_sha))
    world.emit("check_suite", "rerequested", repository=repo, actor=actor, check_suite=described)


def request_action(world: World, repo: Repository, run: CheckRun, actor: User, identifier: str) -> None:
    """One of the run's own buttons is pressed. LookupError when it has no such button."""
    if identifier not in [action["identifier"] for action in run.actions]:
        raise LookupError(f"check run {run.name!r} has no action {identifier!r}")
    _tell(world, repo, run, "requested_action", actor, requested_action={"identifier": identifier})


def at(repo: Repository, sha: str, *, only_latest: bool) -> list[CheckRun]:
    """Runs of a commit, newest first; with `only_latest` one for each name and App."""
    runs = sorted((run for run in repo.check_runs.values() if run.head_sha == sha), key=lambda run: -run.id)
    if not only_latest:
        return runs
    latest: dict[tuple[int, str], CheckRun] = {}
    for run in runs:
        latest.setdefault((run.app.id, run.name), run)
    return list(latest.values())


def set_status(
    world: World, repo: Repository, sha: str, creator: User, state: StatusState, *, context: str, **words: str | None
) -> CommitStatus:
    """Add a status; the newest of a context counts. There is no webhook: `status` has no published schema here."""
    number = world.new_id()
    node_id = world.node_id("SC", number)
    status = CommitStatus(number, node_id, sha, context, state, creator, world.now(), **words)
    repo.statuses.append(status)
    return status


def _suite(world: World, repo: Repository, app: App, sha: str, branch: str | None) -> CheckSuite:
    """The one suite of this App at this commit."""
    for suite in repo.check_suites.values():
        if suite.app is app and suite.head_sha == sha:
            return suite
    number, now = world.new_id(), world.now()
    suite = CheckSuite(number, world.node_id("CS", number), app, sha, branch, now, now)
    repo.check_suites[suite.id] = suite
    return suite


def _checked(body: Mapping[str, Any]) -> Json:
    """The keys a run may take from a request, after GitHub's limits. Raises ApiError 422."""
    status, conclusion = body.get("status"), body.get("conclusion")
    if status is not None and status not in STATUSES:
        raise unprocessable(f"Invalid request.\n\nFor 'status', {status!r} is none of {', '.join(STATUSES)}.")
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise unprocessable(
            f"Invalid request.\n\nFor 'conclusion', {conclusion!r} is none of {', '.join(CONCLUSIONS)}."
        )
    if status == "completed" and conclusion is None:
        raise unprocessable("Invalid request.\n\nA completed check run needs a conclusion.")
    _check_output(body.get("output"))
    _check_actions(body.get("actions"))
    keys = ("status", "conclusion", "output", "actions", "external_id", "details_url", "started_at", "completed_at")
    given = {key: body[key] for key in keys if body.get(key) is not None}
    return given | {key: _moment(given[key]) for key in ("started_at", "completed_at") if key in given}


def _check_output(output: Any) -> None:
    if output is None:
        return
    if not isinstance(output, dict) or not isinstance(output.get("summary"), str):
        raise unprocessable('Invalid request.\n\n"summary" wasn\'t supplied in "output".')
    for key, longest in _LONGEST.items():
        if len(output.get(key) or "") > longest:
            raise unprocessable(f"Invalid request.\n\nOnly {longest} characters are allowed in output.{key}.")
    if len(output.get("annotations") or []) > _MOST_ANNOTATIONS:
        raise unprocessable(f"Invalid request.\n\nNo more than {_MOST_ANNOTATIONS} annotations are allowed at once.")
    for annotation in output.get("annotations") or []:
        _check_annotation(annotation)


def _check_annotation(annotation: Any) -> None:
    """Where it stands, how grave it is and what it says are required; columns only within one line."""
    known = annotation if isinstance(annotation, dict) else {}
    first, last = known.get("start_line"), known.get("end_line")
    for key in ("path", "message"):
        if not isinstance(known.get(key), str) or not known[key]:
            raise unprocessable(f'Invalid request.\n\n"{key}" wasn\'t supplied in an annotation.')
    if not isinstance(first, int) or not isinstance(last, int) or not 1 <= first <= last:
        raise unprocessable('Invalid request.\n\n"start_line" and "end_line" must be lines of the file.')
    if first != last and ("start_column" in known or "end_column" in known):
        raise unprocessable("Invalid request.\n\nColumns are only allowed for an annotation of one line.")
    if known.get("annotation_level") not in ANNOTATION_LEVELS:
        raise unprocessable(f"Invalid request.\n\nannotation_level is none of {', '.join(ANNOTATION_LEVELS)}.")
    if len(known["message"].encode()) > _LONGEST_ANNOTATION:
        raise unprocessable("Invalid request.\n\nThe message of an annotation may have 64 KB.")


def _check_actions(actions: Any) -> None:
    if actions is None:
        return
    if not isinstance(actions, list) or len(actions) > 3:
        raise unprocessable("Invalid request.\n\nNo more than 3 actions are allowed.")
    for action in actions:
        for key, longest in _ACTION.items():
            if not isinstance(action.get(key), str) or len(action[key]) > longest:
                raise unprocessable(
                    f"Invalid request.\n\nactions.{key} must be a text of at most {longest} characters."
                )


def _apply(world: World, run: CheckRun, changes: Json) -> None:
    """Giving a conclusion completes the run; another status takes the conclusion back."""
    if "conclusion" in changes:
        run.status, run.conclusion = "completed", changes["conclusion"]
        run.completed_at = changes.get("completed_at") or world.now()
    elif "status" in changes:
        run.status, run.conclusion, run.completed_at = changes["status"], None, None
    if "output" in changes:
        kept = run.output.get("annotations", [])
        run.output = {**run.output, **changes["output"]}
        run.output["annotations"] = kept + (changes["output"].get("annotations") or [])
    run.actions = changes.get("actions", run.actions)
    run.external_id = changes.get("external_id", run.external_id)
    run.details_url = changes.get("details_url", run.details_url)
    run.started_at = changes.get("started_at", run.started_at)
    run.suite.status, run.suite.updated_at = run.status, world.now()
    run.suite.conclusion = run.conclusion


def _moment(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise unprocessable(f"Invalid request.\n\n{text!r} is not a valid date-time.") from None


def _tell(world: World, repo: Repository, run: CheckRun, action: str, actor: User, **parts: object) -> None:
    described = wire.webhook_check_run(world, repo, run)
    world.emit("check_run", action, repository=repo, actor=actor, check_run=described, **parts)
