"""How far an epic is: its planned children and those that people have added, as GitHub has them now."""

from collections.abc import Collection, Mapping, Sequence

from bot.model.epics import Progress, Status, StoredChild
from bot.model.facts import Issue


def so_far(planned: Sequence[StoredChild]) -> tuple[Progress, ...]:
    """While the first children are being made, nobody has done anything about them: only what is there is told."""
    return tuple(
        Progress(title=child.title, number=child.number, status=_missing(child) or "open", why=child.failed)
        for child in planned
    )


def progress(
    planned: Sequence[StoredChild], linked: Sequence[Issue], elsewhere: Mapping[int, Issue | None]
) -> tuple[Progress, ...]:
    """A line for each planned child, in the order of the plan, then one for each sub-issue that people added.

    `linked` are the epic's direct sub-issues; `elsewhere` holds, by number, what is known of the planned children that
    are not among them.
    """
    direct = {issue.id: issue for issue in linked}
    family = {child.number for child in planned if child.number}
    ours = {child.id for child in planned}
    return (
        *(_planned(child, direct, elsewhere, family) for child in planned),
        *(_added(issue) for issue in linked if issue.id not in ours),
    )


def is_all_done(lines: Sequence[Progress]) -> bool:
    """Whether nothing is left to do: a child is done, none is open, and none that was planned is still to be made."""
    states = {line.status for line in lines}
    return "done" in states and not states & {"coming", "failed", "open"}


def _planned(
    child: StoredChild,
    direct: Mapping[int, Issue],
    elsewhere: Mapping[int, Issue | None],
    family: Collection[int],
) -> Progress:
    if not child.id:
        return Progress(title=child.title, number=0, status=_missing(child) or "coming", why=child.failed)
    issue = direct.get(child.id) or elsewhere.get(child.number)
    if issue is None or issue.id != child.id:
        return Progress(title=child.title, number=child.number, status="gone")
    if child.id in direct or _is_below(issue, family):
        return Progress(title=issue.title, number=child.number, status=_status(issue))
    if child.failed:  # it never was a sub-issue: nobody has taken it out, and open it is still to be done
        why = child.failed if issue.is_open else ""
        return Progress(title=issue.title, number=child.number, status="failed" if why else "done", why=why)
    return Progress(title=issue.title, number=child.number, status="moved")


def _missing(child: StoredChild) -> Status | None:
    """Why it is no sub-issue; None where nothing speaks against it."""
    if child.failed:
        return "failed"
    return None if child.id else "coming"


def _is_below(issue: Issue, family: Collection[int]) -> bool:
    """Whether it is a sub-issue of another child of the epic."""
    repo, _, number = issue.parent.rpartition("#")
    return repo.lower() == issue.repo_name.lower() and number.isdecimal() and int(number) in family


def _added(issue: Issue) -> Progress:
    if issue.ref.repo.id:
        return Progress(title=issue.title, number=issue.ref.number, status=_status(issue))
    elsewhere = f"{issue.repo_name}#{issue.ref.number} {issue.title}"
    return Progress(title=elsewhere, number=0, status=_status(issue))


def _status(issue: Issue) -> Status:
    return "open" if issue.is_open else "done"
