"""What people see on GitHub, without ids and times: two worlds with the same story must look the same."""

import re
from typing import Any

from bot.sandbox.server import Sandbox
from bot.sandbox.state import Issue

_MARKER = re.compile(r"\s*<!-- interlock:[^>]*-->")
#: Times and ids of GitHub's, plan branches and SHAs do not occur in texts of the stories that are compared.


def shown(sandbox: Sandbox, full_name: str) -> dict[str, Any]:
    """Every issue by its title (equal titles get a count), and every check run, in the order of their creation."""
    repository = sandbox.world.repository(full_name)
    numbers = {issue.number: issue.title for issue in repository.issues.values()}
    seen: dict[str, int] = {}
    issues = {}
    for issue in repository.issues.values():
        seen[issue.title] = seen.get(issue.title, 0) + 1
        issues[f"{issue.title} ({seen[issue.title]})"] = _issue(issue, numbers)
    runs = [(run.name, run.conclusion, run.output.get("title")) for run in repository.check_runs.values()]
    return {"issues": issues, "checks": runs}


def _issue(issue: Issue, titles: dict[int, str]) -> dict[str, Any]:
    return {
        "author": issue.author.login,
        "body": _text(issue.body or "", titles),
        "state": issue.state,
        "labels": sorted(label.name for label in issue.labels),
        "parent": issue.parent.title if issue.parent else None,
        "children": [child.title for child in issue.children],
        "comments": [
            (
                comment.author.login,
                _text(comment.body, titles),
                [(reaction.user.login, reaction.content) for reaction in comment.reactions],
            )
            for comment in issue.comments
        ],
    }


def _text(body: str, titles: dict[int, str]) -> str:
    """Without our marker, and with the titles of issues for their numbers."""
    return re.sub(r"#(\d+)", lambda found: f"#<{titles.get(int(found[1]), '?')}>", _MARKER.sub("", body))
