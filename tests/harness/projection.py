"""What people see on GitHub, without ids and times: two worlds with the same story must look the same.

The order of siblings is left out: a write that backs off is passed over by those that do not need its result.
"""

import re
from typing import Any

from bot.sandbox.server import Sandbox
from bot.sandbox.state import Issue

_MARKER = re.compile(r"\s*<!-- interlock:[^>]*-->")


def shown(sandbox: Sandbox, full_name: str) -> dict[str, Any]:
    """Every issue by its title (equal titles get a count), and every check run."""
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
        "children": sorted(child.title for child in issue.children),
        "comments": [  # ours name children in the order of the epic, whatever came first
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
