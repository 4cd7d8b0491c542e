"""app.yml asks GitHub for exactly what the handlers listen to and what the tokens are made of."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.github.app_auth import PERMISSIONS
from bot.registry import Registry, discover
from bot.worker.intake import OUR_OWN, WITH_COMMANDS
from tests.sandbox.oracle import webhook_kinds

MANIFEST = Path(__file__).parents[2] / "app.yml"
#: Without this permission GitHub does not let an App subscribe to the event.
#: Source: docs.github.com, "Webhook events and payloads", section "Availability" of each event.
NEEDED_FOR = {
    "issues": "issues",
    "issue_comment": "issues",
    "sub_issues": "issues",
    "issue_dependencies": "issues",
    "deployment_status": "deployments",
    "pull_request": "pull_requests",
    "push": "contents",
    "check_run": "checks",
    "check_suite": "checks",
}
#: What no token of ours asks for, because the event alone tells all that is read.
EVENTS_ALONE = {"deployments": "read"}
STRENGTH = ("read", "write")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return msgspec.yaml.decode(MANIFEST.read_bytes(), type=dict[str, Any])


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


def github_events(registry: Registry) -> set[tuple[str, str]]:
    commands = WITH_COMMANDS if registry.commands else frozenset()
    return {kind for kind in registry.kinds | commands if kind[0] not in OUR_OWN}


def granted() -> dict[str, str]:
    """All that any token of ours asks for, write beating read."""
    union: dict[str, str] = {}
    for scope in PERMISSIONS.values():
        for name, level in scope.items():
            union[name] = max(level, union.get(name, level), key=STRENGTH.index)
    return union


def test_the_events_are_those_somebody_reacts_to(manifest: dict[str, Any], registry: Registry) -> None:
    events = manifest["default_events"]
    assert len(events) == len(set(events))
    assert set(events) == {event for event, _ in github_events(registry)}


def test_every_reaction_is_to_something_that_github_sends(registry: Registry) -> None:
    """A misspelt action would never be heard of, and nothing else would say so."""
    named = {"-".join(filter(None, kind)).replace("_", "-") for kind in github_events(registry)}
    assert named <= webhook_kinds()


def test_the_permissions_are_those_the_tokens_ask_for(manifest: dict[str, Any]) -> None:
    assert manifest["default_permissions"] == granted() | EVENTS_ALONE


def test_every_event_is_covered_by_a_permission(manifest: dict[str, Any]) -> None:
    for event in manifest["default_events"]:
        assert NEEDED_FOR[event] in manifest["default_permissions"], event


@pytest.mark.parametrize("power", ["workflows", "administration", "secrets", "members", "organization_administration"])
def test_the_app_never_has_the_power_to_change_its_own_rules(manifest: dict[str, Any], power: str) -> None:
    """Threat model: whoever takes the key over must not be able to edit workflows or branch protection."""
    assert power not in manifest["default_permissions"]
    assert all(power not in scope for scope in PERMISSIONS.values())


def test_only_one_kind_of_token_can_write_each_thing() -> None:
    """What comments cannot pass a gate, and what passes a gate cannot comment."""
    writers = [name for scope in PERMISSIONS.values() for name, level in scope.items() if level == "write"]
    assert sorted(writers) == ["checks", "issues"]
