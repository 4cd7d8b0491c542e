"""The oracle itself: it sees what is missing, wrong, invented or undocumented; otherwise a clean run proves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import wire
from bot.sandbox.server import Sandbox
from tests.sandbox.oracle import Oracle

TEMPLATE = "/repos/{owner}/{repo}/issues/{issue_number}"


def issue_of(sandbox: Sandbox) -> dict[str, Any]:
    return wire.issue(sandbox.world, sandbox.actor("ada").open_issue("acme/railway", "t", labels=["bug"]))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"title": None}, "title"),
        ({"invented": 1}, "/invented: no such key"),
        ({"labels": [{"name": "bug", "invented": 1}]}, "/labels/0/invented"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"sub_issues_summary": {"total": 1}}, "sub_issues_summary"),
    ],
)
async def test_a_wrong_issue_is_seen(sandbox: Sandbox, change: dict[str, Any], complaint: str) -> None:
    judge = Oracle()
    judge.rest("GET", TEMPLATE, 200, issue_of(sandbox) | change)
    with pytest.raises(AssertionError, match=complaint):
        judge.assert_clean()


async def test_a_right_issue_passes_and_a_missing_key_does_not(sandbox: Sandbox) -> None:
    judge, issue = Oracle(), issue_of(sandbox)
    judge.rest("GET", TEMPLATE, 200, issue)
    judge.assert_clean()
    del issue["user"]
    judge.rest("GET", TEMPLATE, 200, issue)
    assert len(judge.violations) == 1


@pytest.mark.parametrize(
    ("method", "template", "status", "body"),
    [
        ("GET", "/no/such/operation", 200, {}),
        ("DELETE", TEMPLATE, 204, None),
        ("GET", TEMPLATE, 202, {}),
        ("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}", 204, {"a": "body"}),
        ("GET", TEMPLATE, 404, {"message": 7}),
    ],
)
def test_what_github_does_not_document_is_seen(method: str, template: str, status: int, body: Any) -> None:
    judge = Oracle()
    judge.rest(method, template, status, body)
    assert judge.violations


def test_a_webhook_without_schema_or_with_a_wrong_one_is_seen() -> None:
    judge = Oracle()
    judge.webhook("pull-request-review-requested", {})
    judge.webhook("ping", {"hook_id": "seven"})
    assert len(judge.violations) == 2
