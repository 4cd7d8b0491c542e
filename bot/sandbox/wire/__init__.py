"""State -> the JSON GitHub puts on the wire (REST 2022-11-28 and webhooks). Pure functions of world and record."""

from bot.sandbox.wire.accounts import organization, simple_user
from bot.sandbox.wire.app import (
    app,
    delivery,
    delivery_item,
    installation,
    installation_token,
    repository_reference,
)
from bot.sandbox.wire.checks import check_run, combined_status, status, webhook_check_run, webhook_check_suite
from bot.sandbox.wire.commits import commit, comparison, content, file, git_commit, git_ref
from bot.sandbox.wire.deployments import deployment_status
from bot.sandbox.wire.issues import (
    REACTIONS,
    comment,
    issue,
    issue_html_url,
    issue_reference,
    label,
    milestone,
    reaction,
    timeline,
    webhook_comment,
    webhook_issue,
)
from bot.sandbox.wire.pulls import pull, pull_simple, review, webhook_pull, webhook_review
from bot.sandbox.wire.pushes import push, push_repository
from bot.sandbox.wire.repositories import (
    full_repository,
    minimal_repository,
    repository,
    simple_repository,
    webhook_repository,
)
from bot.sandbox.wire.times import instant, optional_instant

__all__ = [
    "REACTIONS",
    "app",
    "check_run",
    "combined_status",
    "comment",
    "commit",
    "comparison",
    "content",
    "delivery",
    "delivery_item",
    "deployment_status",
    "file",
    "full_repository",
    "git_commit",
    "git_ref",
    "installation",
    "installation_token",
    "instant",
    "issue",
    "issue_html_url",
    "issue_reference",
    "label",
    "milestone",
    "minimal_repository",
    "optional_instant",
    "organization",
    "pull",
    "pull_simple",
    "push",
    "push_repository",
    "reaction",
    "repository",
    "repository_reference",
    "review",
    "simple_repository",
    "simple_user",
    "status",
    "timeline",
    "webhook_check_run",
    "webhook_check_suite",
    "webhook_comment",
    "webhook_issue",
    "webhook_pull",
    "webhook_repository",
    "webhook_review",
]
