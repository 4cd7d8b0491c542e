"""Webhook bodies become events, or are refused with one typed error."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.github.payloads import MalformedPayload, read_event, repository_seen
from bot.model.events import Event
from bot.model.ids import APP, Actor, Repo, Sha
from bot.sandbox import checks
from tests.github.conftest import NAME, GitHub
from tests.sandbox.client import receiving

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HEAD = "a" * 40
ENVELOPE = {
    "repository": {"id": 7, "full_name": "acme/rails", "private": True},
    "installation": {"id": 3, "node_id": "x"},
    "sender": {"id": 11, "login": "ada", "type": "User"},
}
ADA = {"id": 11, "login": "ada", "type": "User"}


def event(name: str, action: str | None = None, **parts: Any) -> Event:
    return read_event(name, "guid", json.dumps({"action": action, **ENVELOPE, **parts}).encode(), NOW)


def test_an_opened_issue_brings_its_subject_actor_and_opening_body() -> None:
    assert event("issues", "opened", issue={"number": 5, "body": "It fails."}) == Event(
        delivery="guid",
        name="issues",
        action="opened",
        repo=Repo(3, 7),
        number=5,
        received_at=NOW,
        sender=Actor(11, "ada", "User"),
        text="It fails.",
    )


LINKS = {"blocked_by": 0, "blocking": 0, "total_blocked_by": 1, "total_blocking": 0}


@pytest.mark.parametrize(
    ("name", "parts", "may"),
    [
        ("issues", {"issue": {"number": 5, "title": "Signals", "body": "Depends on #4"}}, True),
        ("issues", {"issue": {"number": 5, "title": "Signals (after #4 lands)"}}, True),
        ("issues", {"issue": {"number": 5, "title": "Signals", "body": "See #4."}}, False),
        ("issues", {"issue": {"number": 5, "issue_dependencies_summary": LINKS}}, True),
        ("issues", {"issue": {"number": 5, "issue_dependencies_summary": {**LINKS, "total_blocked_by": 0}}}, False),
        ("issues", {}, False),
        ("pull_request", {"pull_request": {"number": 6, "title": "T", "body": "Requires #4."}}, True),
        ("pull_request", {"pull_request": {"number": 6, "title": "Stacked on #4", "body": None}}, True),
        ("pull_request", {"pull_request": {"number": 6, "title": "T", "body": "Fixes #4."}}, False),
        ("issue_dependencies", {"blocked_issue": {"number": 5}}, True),
        ("push", {}, False),
    ],
)
def test_whether_anything_may_be_waited_for_is_seen_in_the_payload(name: str, parts: dict[str, Any], may: bool) -> None:
    assert event(name, "edited", **parts).may_wait == may


@pytest.mark.parametrize(
    ("action", "number"),
    [("blocked_by_added", 5), ("blocked_by_removed", 5), ("blocking_added", 4), ("blocking_removed", 4)],
)
def test_a_dependency_is_about_the_side_it_was_sent_for(action: str, number: int) -> None:
    sides = {"blocked_issue": {"number": 5}, "blocking_issue": {"number": 4}}
    assert event("issue_dependencies", action, **sides).number == number
    assert event("issue_dependencies", action).number == 0


@pytest.mark.parametrize("action", ["edited", "closed", "labeled", "transferred"])
def test_only_the_opening_of_an_issue_makes_text(action: str) -> None:
    """Else each change of an issue would carry out again the commands of its opening body."""
    assert event("issues", action, issue={"number": 5, "body": "/decompose"}).text == ""


@pytest.mark.parametrize(
    ("changes", "is_title_only"),
    [
        ({"title": {"from": "It fails"}}, True),
        ({"title": {"from": "It fails"}, "body": {"from": ""}}, False),
        ({"body": {"from": "It fails"}}, False),
        ({}, False),  # nothing is named: it may have been anything
        (None, False),
    ],
)
def test_an_edit_of_the_title_alone_says_so(changes: Any, is_title_only: bool) -> None:
    assert event("issues", "edited", issue={"number": 5}, changes=changes).is_title_only == is_title_only


def test_a_label_event_names_the_label() -> None:
    assert event("issues", "labeled", issue={"number": 5}, label={"name": "epic"}).label == "epic"
    assert event("pull_request", "unlabeled", number=6, label={"name": "hold"}).label == "hold"
    assert event("issues", "labeled", issue={"number": 5}, label=None).label == ""


def test_a_new_comment_brings_its_id_and_text() -> None:
    made = event("issue_comment", "created", issue={"number": 5, "body": "x"}, comment={"id": 99, "body": "/plan"})
    assert (made.number, made.comment, made.text, made.text_before) == (5, 99, "/plan", "")


def test_an_edited_comment_brings_what_it_said_before() -> None:
    comment = {"id": 99, "body": "/plan now", "user": ADA}
    edited = event("issue_comment", "edited", issue={"number": 5}, comment=comment, changes={"body": {"from": "/plan"}})
    assert (edited.text, edited.text_before) == ("/plan now", "/plan")


@pytest.mark.parametrize("author", [{"id": 12, "login": "mia", "type": "User"}, None])
def test_an_edit_of_somebody_elses_comment_says_nothing_in_the_authors_name(author: Any) -> None:
    comment = {"id": 99, "body": "/plan", "user": author}
    edited = event("issue_comment", "edited", issue={"number": 5}, comment=comment, changes={"body": {"from": ""}})
    assert edited.text == ""


@pytest.mark.parametrize("changes", [None, {}, {"body": None}, {"body": {}}])
def test_an_edit_that_left_the_body_alone_adds_no_text(changes: Any) -> None:
    comment = {"id": 99, "body": "/plan", "user": ADA}
    edited = event("issue_comment", "edited", issue={"number": 5}, comment=comment, changes=changes)
    assert edited.text == edited.text_before == "/plan"


def test_a_comment_emptied_before_is_told_from_an_untouched_one() -> None:
    comment = {"id": 99, "body": "/plan", "user": ADA}
    edited = event("issue_comment", "edited", issue={"number": 5}, comment=comment, changes={"body": {"from": ""}})
    assert edited.text_before == ""


def test_a_deleted_comment_makes_no_text() -> None:
    assert event("issue_comment", "deleted", issue={"number": 5}, comment={"id": 99, "body": "/plan"}).text == ""


def test_heads_are_found_where_each_event_keeps_them() -> None:
    found = [
        event("pull_request", "synchronize", number=6, pull_request={"number": 6, "head": {"sha": HEAD}}),
        event("check_run", "rerequested", check_run={"head_sha": HEAD, "pull_requests": []}),
        event("check_suite", "rerequested", check_suite={"head_sha": HEAD}),
        event("merge_group", "checks_requested", merge_group={"head_sha": HEAD}),
        event("push", after=HEAD, ref="refs/heads/main"),
    ]
    assert [one.head for one in found] == [Sha(HEAD)] * 5
    assert [one.number for one in found] == [6, 0, 0, 0, 0]


def test_a_push_that_deletes_its_ref_has_no_head() -> None:
    assert event("push", after="0" * 40).head is None


def test_a_push_names_its_branch_and_where_it_was() -> None:
    pushed = event("push", ref="refs/heads/feature/a", before="b" * 40, after=HEAD)
    assert (pushed.ref, pushed.before, pushed.head) == ("feature/a", Sha("b" * 40), Sha(HEAD))
    made = event("push", ref="refs/heads/new", before="0" * 40, after=HEAD)
    assert (made.ref, made.before) == ("new", None)
    tag = event("push", ref="refs/tags/main", before="b" * 40, after=HEAD)
    assert (tag.ref, tag.before) == ("", Sha("b" * 40)), "a tag may have the name of a branch"


def test_a_head_that_is_no_full_commit_id_is_refused() -> None:
    with pytest.raises(MalformedPayload, match="full commit id"):
        event("push", after=HEAD[:12])


def pull(number: int, repository: int = 7) -> dict[str, Any]:
    return {"number": number, "base": {"repo": {"id": repository}}}


@pytest.mark.parametrize(
    ("pulls", "number"),
    [([pull(4)], 4), ([pull(4), pull(5)], 0), ([pull(4, 8), pull(5)], 5), ([pull(4, 8)], 0), ([None], 0), (None, 0)],
)
def test_a_check_belongs_to_a_pull_request_only_if_exactly_one_here_is_named(pulls: Any, number: int) -> None:
    """Other repositories of the fork network may have pull requests with the same commit and the same number."""
    assert event("check_run", "completed", check_run={"head_sha": HEAD, "pull_requests": pulls}).number == number
    assert event("check_suite", "completed", check_suite={"head_sha": HEAD, "pull_requests": pulls}).number == number


@pytest.mark.parametrize(("action", "number"), [("sub_issue_added", 1), ("parent_issue_added", 2)])
def test_a_link_is_about_the_side_whose_repository_sent_it(action: str, number: int) -> None:
    assert event("sub_issues", action, parent_issue={"number": 1}, sub_issue={"number": 2}).number == number


@pytest.mark.parametrize("name", ["issues", "issue_comment", "pull_request", "check_run", "push", "ping", "no_such"])
def test_every_absence_is_borne(name: str) -> None:
    bare = read_event(name, "guid", b"{}", NOW)
    assert bare == Event(delivery="guid", name=name, action="", repo=APP, number=0, received_at=NOW)


def test_a_sender_without_a_type_is_not_taken_for_a_human() -> None:
    made = event("issues", "opened", sender={"id": 1, "login": "someone"})
    assert made.sender is not None
    assert not made.sender.is_human


def test_an_event_is_not_refused_for_parts_that_are_not_needed() -> None:
    """`comment` means something else in every event; only the events it is read from may object to it."""
    assert event("commit_comment", "created", comment="text", issue=4, check_run=[]).number == 0


def test_the_name_of_a_repository_is_seen_for_following_renames() -> None:
    assert repository_seen(json.dumps(ENVELOPE).encode()) == (Repo(3, 7), "acme/rails")


@pytest.mark.parametrize("missing", ["repository", "installation"])
def test_no_name_is_seen_where_repository_or_installation_is_missing(missing: str) -> None:
    assert repository_seen(json.dumps({**ENVELOPE, missing: None}).encode()) is None


MALFORMED = {
    "nothing": b"",
    "no JSON": b"payload=%7B%7D",
    "cut": b'{"action": "opened"',
    "NaN": b'{"action": NaN}',
    "NaN aside": b'{"other": NaN}',
    "list on top": b"[{}]",
    "BOM": b"\xef\xbb\xbf{}",
    "not UTF-8": b'{"action": "\xff"}',
    "lone surrogate": b'{"action": "\\ud800"}',
    "lone surrogate at the end of a pair": b'{"action": "\\ud800\\u0041"}',
    "NUL in the action": b'{"action": "a\\u0000"}',
    "deep nesting": b'{"other":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "wrong type": b'{"issue": {"number": "5"}}',
    "number too large": b'{"issue": {"number": 9223372036854775808}}',
    "number negative": b'{"issue": {"number": -1}}',
    "number of 5,000 digits": b'{"issue": {"number": ' + b"9" * 5000 + b"}}",
    "trailing": b"{} {}",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(MalformedPayload) as refused:
        read_event("issues", "guid", body, NOW)
    assert refused.value.why


KINDS = ["issues", "issue_comment", "pull_request", "check_run", "check_suite", "push", "merge_group", "sub_issues"]
KEYS = st.sampled_from(
    [
        "action",
        "repository",
        "installation",
        "sender",
        "id",
        "number",
        "login",
        "type",
        "body",
        "issue",
        "comment",
        "label",
        "name",
        "changes",
        "from",
        "pull_request",
        "head",
        "sha",
        "check_run",
        "pull_requests",
        "base",
        "repo",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([HEAD, "opened", "edited"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(KINDS), payload=st.dictionaries(KEYS, VALUES, max_size=8))
def test_no_json_makes_anything_but_an_event_or_a_malformed_payload(name: str, payload: Any) -> None:
    fuzzed(name, json.dumps(payload).encode())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(KINDS), body=st.binary(max_size=200))
def test_no_bytes_make_anything_but_an_event_or_a_malformed_payload(name: str, body: bytes) -> None:
    fuzzed(name, body)


def fuzzed(name: str, body: bytes) -> None:
    with contextlib.suppress(MalformedPayload):
        assert read_event(name, "guid", body, NOW).delivery == "guid"
    with contextlib.suppress(MalformedPayload):
        repository_seen(body)


async def test_what_the_sandbox_sends_is_read_with_its_subject_and_sender(github: GitHub) -> None:
    """Whole payloads, as GitHub's schemas have them; every kind of change the bot listens to."""
    ada, world = github.actor("ada"), github.sandbox.world
    async with receiving() as receiver:
        world.webhooks.url = receiver.url
        epic, child = ada.open_issue(NAME, "Epic", "/decompose", ["epic"]), ada.open_issue(NAME, "Child")
        comment = ada.comment(epic, "/plan")
        ada.edit_comment(comment, "/plan now")
        await ada.add_sub_issue(epic, child)
        head = await ada.push(NAME, "fix", {"a.txt": "a"})
        pull = await ada.open_pull(NAME, "fix", "Fix")
        await checks.create(world, github.repository, world.app, {"name": "x", "head_sha": head})
        await github.sandbox.settle()
    read = [
        (headers["X-GitHub-Event"], read_event(headers["X-GitHub-Event"], "guid", body, NOW))
        for headers, body in receiver.deliveries
    ]
    assert {one.repo for _, one in read} == {github.repo}
    assert {one.sender.login for _, one in read if one.sender} == {"ada", "interlock[bot]"}
    found = {(name, one.action): one for name, one in read}
    number = {kind: one.number for kind, one in found.items()}
    assert number["issue_comment", "created"] == epic.number
    assert number["sub_issues", "sub_issue_added"] == epic.number
    assert number["sub_issues", "parent_issue_added"] == child.number
    assert number["pull_request", "opened"] == number["check_run", "created"] == pull.issue.number
    edited = found["issue_comment", "edited"]
    assert (edited.comment, edited.text_before, edited.text) == (comment.id, "/plan", "/plan now")
    heads = {one.head for (name, _), one in found.items() if name in ("push", "pull_request", "check_run")}
    assert heads == {Sha(head)}
    assert {repository_seen(body) for _, body in receiver.deliveries} == {(github.repo, NAME)}
