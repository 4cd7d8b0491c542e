"""What is signed but is not what GitHub sends: kept and shown, never a crash loop, and never worth an effect."""

import logging
import uuid
from datetime import UTC, datetime

import pytest

from bot.model.codec import encode
from bot.model.events import Event, Evidence
from bot.model.ids import IssueRef, Repo, Sha
from bot.sandbox.state import Issue
from bot.store import plans, views
from bot.worker.intake import OUR_OWN
from tests.harness.deliveries import deliver, inbox_states, reactions
from tests.harness.house import REPO, House

ISSUE = b'{"action": "opened", "installation": {"id": 1}, "repository": {"id": 1}, "issue": {"number": %s}}'
UNREADABLE = {
    "empty": b"",
    "broken": b'{"action": ',
    "two values": b"{} {}",
    "NaN": b'{"action": NaN}',
    "infinity": ISSUE % b"1e999",
    "deep list": b"[" * 200_000,
    "deep object": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "list": b"[]",
    "text": b'"opened"',
    "null": b"null",
    "lone surrogate": b'{"action": "\\ud800"}',
    "NUL in the action": b'{"action": "a\\u0000b"}',
    "NUL in a login": ISSUE[:-1] % b"1" + b', "sender": {"id": 1, "login": "a\\u0000b"}}',
    "NUL in a label": ISSUE[:-1] % b"1" + b', "label": {"name": "a\\u0000b"}}',
    "NUL in a repository": b'{"action": "opened", "repository": {"id": 1, "full_name": "a/\\u0000"}}',
    "raw NUL": b'{"action": "a\x00b"}',
    "BOM": b'\xef\xbb\xbf{"action": "opened"}',
    "not UTF-8": b'{"action": "\xff"}',
    "UTF-16": '{"action": "opened"}'.encode("utf-16"),
    "number of 400 digits": ISSUE % (b"9" * 400),
    "number of 64 bits": ISSUE % b"9223372036854775808",
    "negative number": ISSUE % b"-1",
    "fraction": ISSUE % b"1.5",
    "text for a number": ISSUE % b'"1"',
    "form": b"payload=%7B%22action%22%3A%22opened%22%7D",
    "action of 201 characters": b'{"action": "%s"}' % (b"a" * 201),
}


async def asked(house: House) -> Issue:
    """The bot works: somebody opens an issue that says nothing, and is asked."""
    issue = house.sandbox.actor("rene").open_issue(REPO, "Signal fails")
    await house.works()
    assert len(house.comments(issue)) == 1
    return issue


@pytest.mark.parametrize("name", UNREADABLE)
async def test_i4_what_cannot_be_read_is_a_visible_dead_letter_and_holds_nobody_up(
    house: House, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    assert await deliver(house, "issues", "bad/1", UNREADABLE[name]) == 202
    await asked(house)
    state, why = (await inbox_states(house))["bad/1"]
    assert state == "dead"
    assert why
    assert await house.dead_letters() == [why]
    (letter,) = await house.database.read(views.dead_letters, 10)
    assert (letter.kind, letter.what, letter.error) == ("delivery", "issues", why)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_i4_of_a_key_that_stands_twice_the_last_one_counts_everywhere(house: House) -> None:
    """Two readers that disagree about such a body could be made to see two different repositories."""
    (installation,) = house.sandbox.world.installations
    repo = house.sandbox.world.repository(REPO)
    body = (
        b'{"action": "deleted", "action": "opened", "installation": {"id": 1}, "installation": {"id": %d}, '
        b'"repository": {"id": 1}, "repository": {"id": %d, "full_name": "acme/railway"}, "issue": {"number": 9}}'
    )
    assert await deliver(house, "issues", "twice/1", body % (installation, repo.id)) == 202
    await house.works()
    assert await reactions(house, "twice/") == {
        (name, "issues", "opened") for name in ("dependencies", "dependents", "triage")
    }
    assert "triage: gone" in await house.rules()


async def test_odd_but_readable_texts_are_worked_on(house: House) -> None:
    """A NUL in a long text does no harm: the event is kept as JSON, where it is six characters."""
    odd = b', "sender": {"id": 1, "login": "x", "type": "User"}, "label": {"name": "\\ud83d\\ude82"}}'
    body = ISSUE.replace(b'"issue": {', b'"issue": {"body": "/plan\\u0000", ')[:-1] % b"1" + odd
    for action in (b"opened", b"labeled", b"unlabeled"):
        guid = f"odd/{action.decode()}"
        assert await deliver(house, "issues", guid, body.replace(b"opened", action)) == 202
    await house.works()
    assert await house.dead_letters() == []
    assert ("decompose", "issues", "labeled") in await reactions(house, "odd/")


@pytest.mark.parametrize("name", sorted(OUR_OWN))
async def test_i9_no_delivery_can_take_the_name_of_one_of_our_own_events(house: House, name: str) -> None:
    """The name stands in a header that the signature does not cover. The body is what such an event really has."""
    issue = house.sandbox.actor("ada").open_issue(REPO, "Some work", "Do it well.")
    await house.works()
    before = await house.rules()
    (installation,) = house.sandbox.world.installations
    head = Sha("a" * 40)
    actions = {"wake": "triage", "timer": "redelivery", "attestation": "received", "plan": "requested"}
    event = Event(
        delivery="mine/1",
        name=name,
        action=actions.get(name, "unknown"),
        repo=Repo(installation, issue.repository.id),
        number=issue.number,
        received_at=datetime.now(UTC),
        evidence=Evidence(plan=1, head=head, tree=head, base=head, patch_id="", dirty=False),
    )
    assert await deliver(house, name, "mine/1", encode(event).encode()) == 202
    await house.works()
    assert (await inbox_states(house))["mine/1"] == ("dead", f"{name} is no event of GitHub's")
    assert await house.rules() == before
    assert await house.database.read(plans.plan_of_issue, IssueRef(event.repo, issue.number)) is None


@pytest.mark.parametrize(
    ("event", "body", "why"),
    [
        ("ping", b'{"zen": "Design for failure.", "hook_id": 1}', "nobody reacts to ping"),
        ("sponsorship", b'{"action": "created"}', "nobody reacts to sponsorship created"),
        ("issues", ISSUE.replace(b"opened", b"abducted") % b"1", "nobody reacts to issues abducted"),
    ],
)
async def test_i8_i10_unknown_events_and_actions_are_recorded_and_ignored(
    house: House, event: str, body: bytes, why: str
) -> None:
    assert await deliver(house, event, "unknown/1", body) == 202
    await house.works()
    assert (await inbox_states(house))["unknown/1"] == ("ignored", why)
    assert await house.dead_letters() == []


async def test_i10_an_unknown_installation_is_looked_up_and_found_missing(house: House) -> None:
    assert await deliver(house, "issues", "foreign/1", ISSUE % b"1") == 202
    await house.works()
    assert "triage: gone" in await house.rules()
    assert await house.dead_letters() == []


async def replay(house: House) -> None:
    """Everything GitHub has sent so far once more, each body under a GUID that nobody knows."""
    for one in list(house.sandbox.world.webhooks.log):
        assert await deliver(house, one.event, str(uuid.uuid4()), one.body) == 202
    await house.works()


async def test_i9_the_past_replayed_under_new_guids_asks_plans_and_makes_nothing_twice(house: House) -> None:
    """The GUID is not signed, so it is no protection: what GitHub says now is. Fault I9."""
    question = await asked(house)
    epic = house.sandbox.actor("ada").open_issue(REPO, "Epic", "- [ ] one\n- [ ] two\n")
    house.sandbox.actor("ada").comment(epic, "/decompose\n/plan")
    await house.works()
    house.sandbox.actor("rene").comment(question, "Track 3 stays red.")
    await house.works()

    def shown() -> object:
        issues = house.sandbox.world.repository(REPO).issues.values()
        return [(one.number, sorted(house.labels(one)), [c.body for c in one.comments]) for one in issues]

    assert len(house.sandbox.world.repository(REPO).issues) == 4
    done, comments = await house.states(), len(house.comments(epic))
    await replay(house)
    assert len(house.comments(epic)) == comments + 1, "whoever commands again is told that there is nothing to do"
    assert "is a sub-issue already" in house.comments(epic)[-1].body
    before = shown()
    await replay(house)
    assert shown() == before
    assert {key: state for key, state in (await house.states()).items() if key in done} == done
    assert await house.dead_letters() == []
