"""The kinds of webhook the sandbox may send: those whose wire form GitHub published (npm @octokit/openapi-webhooks)."""

_ACTIONS = {  # event -> its actions; "" where the event has none
    "check_run": "completed created requested_action rerequested",
    "check_suite": "completed requested rerequested",
    "create": "",
    "delete": "",
    "deployment_status": "created",
    "github_app_authorization": "revoked",
    "installation": "created deleted new_permissions_accepted suspend unsuspend",
    "installation_repositories": "added removed",
    "installation_target": "renamed",
    "issue_comment": "created deleted edited",
    "issue_dependencies": "blocked_by_added blocked_by_removed blocking_added blocking_removed",
    "issues": (
        "assigned closed deleted demilestoned edited labeled locked milestoned opened pinned reopened "
        "transferred typed unassigned unlabeled unlocked unpinned untyped"
    ),
    "label": "created deleted edited",
    "milestone": "closed created deleted edited opened",
    "ping": "",
    "pull_request": (
        "assigned auto_merge_disabled auto_merge_enabled closed converted_to_draft demilestoned dequeued "
        "edited enqueued labeled locked milestoned opened ready_for_review reopened synchronize "
        "unassigned unlabeled unlocked"
    ),
    "pull_request_review": "dismissed submitted",
    "push": "",
    "repository": "renamed",
    "sub_issues": "parent_issue_added parent_issue_removed sub_issue_added sub_issue_removed",
}

OFFERED = frozenset(
    (f"{event}-{action}" if action else event).replace("_", "-")
    for event, actions in _ACTIONS.items()
    for action in actions.split() or [""]
)
"""Event and action joined by a hyphen, underscores as hyphens; the event alone where there is no action."""

ALWAYS_SENT = frozenset(
    {"installation", "installation_repositories", "installation_target", "github_app_authorization", "ping"}
)
"""Sent without subscription, and even while the installation is suspended."""
