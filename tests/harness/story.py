"""One story that uses every surface on which the bot writes to a repository, and counts what GitHub was asked to do."""

import re
from collections import Counter

from bot.sandbox.faults import Seen
from bot.sandbox.server import Sandbox

_ISSUES = r"/repos/[^/]+/[^/]+/issues"
#: Which write a mutating request is: its kind by method and address.
REQUESTS = {
    "PostComment": ("POST", rf"{_ISSUES}/\d+/comments"),
    "CreateIssue": ("POST", _ISSUES),
    "EditComment": ("PATCH", rf"{_ISSUES}/comments/\d+"),
    "CloseIssue": ("PATCH", rf"{_ISSUES}/\d+"),
    "AddBlockedBy": ("POST", rf"{_ISSUES}/\d+/dependencies/blocked_by"),
    "RemoveBlockedBy": ("DELETE", rf"{_ISSUES}/\d+/dependencies/blocked_by/\d+"),
    "LinkSubIssue": ("POST", rf"{_ISSUES}/\d+/sub_issues"),
    "AddLabel": ("POST", rf"{_ISSUES}/\d+/labels"),
    "RemoveLabel": ("DELETE", rf"{_ISSUES}/\d+/labels/[^/]+"),
    "React": ("POST", rf"{_ISSUES}/comments/\d+/reactions"),
    "CreateCheckRun": ("POST", r"/repos/[^/]+/[^/]+/check-runs"),
    "Redeliver": ("POST", r"/app/hook/deliveries/\d+/attempts"),
}
#: What the story makes the bot write: a question with its label, a decomposition, a verdict.
WRITTEN = {"PostComment": 2, "AddLabel": 2, "React": 1, "CreateIssue": 2, "LinkSubIssue": 2, "CreateCheckRun": 1}


#: A report of a failing signal that lacks nothing; said in a comment it answers whatever was asked.
ANSWER = (
    "The signal at track 3 stays red. Run `signal --test` on version 2.1 under Linux: it stays red, "
    "it should turn green."
)
#: What lacks nothing and is no failure.
WORK = "Blue, the side to the tracks, before summer."


async def people_act(github: Sandbox, repo: str) -> None:
    """An issue that says nothing, an epic with two tasks and `/decompose`, and a pull request without a plan."""
    github.actor("rene").open_issue(repo, "Signal fails")
    epic = github.actor("ada").open_issue(repo, "A new line", "- [ ] lay the track\n- [ ] set the signals\n")
    github.actor("tria").comment(epic, "/decompose")
    await github.actor("will").push(repo, "topic", {"train.txt": "runs\n"})
    await github.actor("will").open_pull(repo, "topic", "A train", "It runs.")


def kind_of(seen: Seen) -> str:
    """The write behind a mutating request. Raises LookupError for one that no write makes."""
    for kind, (method, path) in REQUESTS.items():
        if seen.method == method and re.fullmatch(path, seen.path):
            return kind
    raise LookupError(f"no write sends {seen.method} {seen.path}")


def asked_for(github: Sandbox) -> Counter[str]:
    """How often GitHub was asked for each kind of write, whatever it answered."""
    return Counter(kind_of(seen) for seen in github.faults.mutations() if not seen.caller.startswith("user:"))
