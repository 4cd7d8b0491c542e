"""Whether what a write relied on is still true when its turn comes."""

import asyncio

from bot.model.conditions import (
    BodyIs,
    Condition,
    EdgeIsSaid,
    EpicIsOpen,
    HasNotSpoken,
    HeadIs,
    IssueIsOpen,
    ParentIsThere,
    QuestionIsOpen,
    RunIsActive,
    TextIsNewest,
    UnchangedSince,
    VerdictIsNewest,
    WaitsFor,
)
from bot.model.ids import IssueRef
from bot.model.markers import digest
from bot.policy.substance import adds_something
from bot.ports import GitHubReader, Ledger


async def why_stale(condition: Condition, github: GitHubReader, ledger: Ledger) -> str:
    """Why `condition` does not hold any more; empty if it does."""
    match condition:
        case IssueIsOpen():
            issue = await github.issue(condition.issue)
            return "" if issue and issue.is_open else "the issue is not open any more"
        case EpicIsOpen() | ParentIsThere():
            return await _why_no_child(condition, github, ledger)
        case BodyIs():
            issue = await github.issue(condition.issue)
            return "" if issue and digest(issue.body) == condition.digest else "the description has been edited"
        case QuestionIsOpen():
            return "" if await ledger.question_is_open(condition.question) else "a human has answered"
        case HasNotSpoken():
            words = [
                comment.body
                for comment in await github.comments(condition.issue)
                if comment.id > condition.after and comment.author.login == condition.login and not comment.minimized
            ]
            has_spoken = await asyncio.to_thread(lambda: any(adds_something(one) for one in words))
            return f"{condition.login} has said something meanwhile" if has_spoken else ""
        case HeadIs():
            pull = await github.pull(condition.pull)
            return "" if pull and pull.head == condition.head else "the head has moved"
        case VerdictIsNewest():
            newest = await ledger.newest_revision(condition.repo, condition.head)
            return "" if newest == condition.revision else "a newer verdict was given for this commit"
        case TextIsNewest():
            newest = await ledger.text_revision(condition.text)
            return "" if newest == condition.revision else "a newer text takes its place"
        case RunIsActive():
            return "" if await ledger.run_is_active(condition.epic, condition.run) else "its run has been undone"
        case UnchangedSince():
            issue = await github.issue(condition.issue)
            return "" if issue and issue.updated_at == condition.updated_at else "somebody has touched the issue since"
        case WaitsFor():
            waits_for = await ledger.waits_for(condition.issue)
            is_so = condition.blocker in waits_for if condition.blocker else bool(waits_for)
            return "" if is_so == condition.is_so else "what the issue waits for has changed since"
        case EdgeIsSaid():
            is_so = condition.blocker in await ledger.blockers_said(condition.issue)
            return "" if is_so == condition.is_so else "what is said of the issue has changed since"


async def _why_no_child(condition: EpicIsOpen | ParentIsThere, github: GitHubReader, ledger: Ledger) -> str:
    if isinstance(condition, EpicIsOpen):
        return "" if await github.is_open(condition.epic) else "the epic is not open any more"
    made = await ledger.receipt(condition.key)
    is_there = made is not None and await github.is_open(IssueRef(condition.repo, made.number)) is not None
    return "" if is_there else "the issue it was to go under is not there any more"
