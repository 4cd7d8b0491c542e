"""Every webhook kind GitHub publishes a schema for, in every shape the schema allows, through the whole bot."""

import asyncio
import logging
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.model.codec import encode
from bot.model.events import Event
from bot.model.ids import Repo
from bot.ports import NotYet
from bot.registry import discover
from bot.sandbox.state import Comment, Issue, PullRequest
from bot.sandbox.wire import simple_user
from bot.store import inbox, tokens
from bot.store.errors import Conflict
from bot.store.schema import jobs
from bot.worker.intake import OUR_OWN
from tests.harness.deliveries import TIMEOUT, deliver, event_of, inbox_states, reactions
from tests.harness.house import REPO, House
from tests.harness.payloads import Json, Shape, payload, problems
from tests.sandbox.oracle import webhook_kinds

KINDS = sorted(webhook_kinds())
AT_ONCE = 16
#: A second look at facts that did not agree yet is no failure.
EXPECTED_RETRIES = (NotYet, Conflict)


async def post_all(house: House, prefix: str, bodies: Iterable[tuple[str, Json]]) -> int:
    """Every body signed and answered 202; how many there were."""
    places = asyncio.Semaphore(AT_ONCE)

    async def post(number: int, kind: str, body: Json) -> None:
        async with places:
            assert await deliver(house, event_of(kind, body), f"{prefix}/{number}/{kind}", body) == 202, kind

    sent = [post(number, kind, body) for number, (kind, body) in enumerate(bodies)]
    await asyncio.gather(*sent)
    return len(sent)


async def assert_quiet(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing died, nothing waits, nothing was tried again for an error, and whatever was ignored has a reason."""
    assert await house.dead_letters() == []
    errors = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and not (record.exc_info and isinstance(record.exc_info[1], EXPECTED_RETRIES))
    ]
    assert errors == []
    for guid, (state, why) in (await inbox_states(house)).items():
        assert state == "read" or (state == "ignored" and why), (guid, state, why)
    states = await house.database.read(lambda conn: set(conn.scalars(select(jobs.c.state))))
    assert states <= {"done"}
    assert set((await house.states()).values()) <= {"done", "no_op", "adopted", "stale", "overridden"}


def test_all_108_kinds_are_tried() -> None:
    assert len(KINDS) == 108


@pytest.mark.parametrize("shape", ["full", "mixed", "bare"])
async def test_whatever_the_schemas_allow_ends_as_a_decision_or_is_ignored(
    house: House, shape: Shape, caplog: pytest.LogCaptureFixture
) -> None:
    """Installations, repositories and issues that do not exist here: found missing (404), which is no error."""
    sent = await post_all(house, shape, ((kind, payload(kind, seed, shape)) for kind in KINDS for seed in range(2)))
    await house.works()
    await assert_quiet(house, caplog)
    assert len(await inbox_states(house)) == sent
    assert house.sandbox.faults.mutations() == []
    if shape == "full":  # all of them name an installation, so the handlers had to look
        assert {handler for handler, _, _ in await reactions(house)} >= {"triage", "clarification", "review_gate"}


#: An answer to the open question, commands of ours, and one that is nearly ours.
SAID = "It is the points.\n\n/plan\n/decompose\n/decompoze"


class Place:
    """Things that exist: an issue with an open question and a comment, a pull request, and who acts."""

    def __init__(self, house: House, issue: Issue, comment: Comment, pull: PullRequest) -> None:
        self.house, self.issue, self.comment, self.pull = house, issue, comment, pull

    @classmethod
    async def of(cls, house: House) -> "Place":
        ada = house.sandbox.actor("ada")
        issue = house.sandbox.actor("rene").open_issue(REPO, "Signals")
        ada.open_issue(REPO, "Points", f"The points follow the signals.\n\nDepends on #{issue.number}.")
        ada.label(ada.open_issue(REPO, "A new line", "- [ ] lay the track\n- [ ] run a train\n"), "epic")
        await house.works()
        await house.days_pass(8)
        await house.ticks()  # rene is reminded
        house.sandbox.world.webhooks.url = None  # what follows is heard of from the generated payloads alone
        comment = ada.comment(issue, SAID)
        await ada.push(REPO, "fix", {"signals/main.txt": "green\n"})
        pull = await ada.open_pull(REPO, "fix", "Fix the signals")
        return cls(house, issue, comment, pull)

    def put_into(self, kind: str, body: Json) -> Json:
        """`body` about what exists here, still fitting its schema."""
        world, repo = self.house.sandbox.world, self.issue.repository
        person = simple_user(world, world.user("ada"))
        (installation,) = world.installations
        body["installation"] = {**_object(body, "installation"), "id": installation, "node_id": "MDI="}
        body["sender"] = person
        for name, facts in (
            ("repository", {"id": repo.id, "name": repo.name, "full_name": repo.full_name}),
            ("issue", {"id": self.issue.id, "number": self.issue.number}),
            ("parent_issue", {"id": self.issue.id, "number": self.issue.number}),
            ("sub_issue", {"id": self.issue.id, "number": self.issue.number}),
            ("comment", {"id": self.comment.id, "body": SAID, "user": person}),
            ("pull_request", {"id": self.pull.id, "number": self.pull.issue.number}),
            ("label", {"name": "epic" if kind.endswith("-labeled") else "needs-clarification"}),
        ):
            if isinstance(body.get(name), dict):
                body[name] |= facts
        if isinstance(body.get("pull_request"), dict):
            body["pull_request"]["head"] |= {"sha": self.pull.head_sha}
        self._put_into_check(body)
        assert problems(kind, body) == []
        return body

    def _put_into_check(self, body: Json) -> None:
        """A check run names its pull request, a suite does not: GitHub gives both."""
        for name in ("check_run", "check_suite"):
            if isinstance(body.get(name), dict):
                body[name] |= {"head_sha": self.pull.head_sha, "pull_requests": []}
        if isinstance(body.get("check_run"), dict):
            at = {"id": self.issue.repository.id, "name": "railway", "url": "https://example.org/r"}
            end = {"ref": "fix", "sha": self.pull.head_sha, "repo": at}
            one = {"id": self.pull.id, "number": self.pull.issue.number, "url": "https://example.org/p"}
            body["check_run"]["pull_requests"] = [{**one, "head": end, "base": end}]

    async def plan(self) -> None:
        """The operator asks for a plan, as `interlock plan` does."""
        (installation,) = self.house.sandbox.world.installations
        now = datetime.now(UTC)
        event = Event(
            delivery="operator/1",
            name="plan",
            action="requested",
            repo=Repo(installation, self.issue.repository.id),
            number=self.issue.number,
            received_at=now,
        )
        body = encode(event).encode()
        await self.house.database.write(
            inbox.accept, guid=event.delivery, source="operator", name="plan", body=body, received_at=now
        )

    async def attest(self, plan: int) -> None:
        """A runner swears that the pull request's head is what came out of the worktree of `plan`."""
        head = self.pull.head_sha
        token = await self.house.database.write(tokens.create, "agents", None, datetime.now(UTC))
        evidence = {"plan": plan, "head": head, "tree": head, "base": head, "patch_id": "", "dirty": False}
        headers = {"Authorization": f"Bearer {token}", "X-Interlock-Delivery": str(uuid.uuid4())}
        url = f"{self.house.address.url}/runner/attestations"
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT, headers=headers) as session,
            session.post(url, json=evidence, allow_redirects=False) as answer,
        ):
            assert answer.status == 202, await answer.text()


@pytest.mark.parametrize("shape", ["full", "bare"])
async def test_about_things_that_exist_every_handler_decides_on_all_it_listens_to(
    house: House, shape: Shape, caplog: pytest.LogCaptureFixture
) -> None:
    place = await Place.of(house)
    await post_all(house, "placed", ((kind, place.put_into(kind, payload(kind, 1, shape))) for kind in KINDS))
    await house.works()
    await place.plan()
    await place.attest(1)
    await house.works()
    await house.ticks()
    await assert_quiet(house, caplog)

    wanted = {(handler.name, *kind) for handler in discover().handlers.values() for kind in handler.on}
    from_github = {one for one in wanted if one[1] not in OUR_OWN}
    decided = await reactions(house)
    assert from_github - await reactions(house, "placed/") == set()
    assert wanted - decided == set()
    by_comment = {(handler, "issue_comment", "created") for handler in ("plan", "decompose")}
    assert by_comment <= await reactions(house, "placed/")


def _object(body: Json, name: str) -> dict[str, Any]:
    value = body.get(name)
    return dict(value) if isinstance(value, dict) else {}
