"""Plans out, evidence in: who may ask, what is refused and how it is said."""

import asyncio
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from bot.model import codec
from bot.model.events import Event, Evidence
from bot.model.ids import IssueRef, Repo, Sha
from bot.model.plan import Plan
from bot.model.records import PlanStored
from bot.store import plans, tokens
from bot.store.database import Database
from tests.web.conftest import Answer, Sender, stored

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HERE, ELSEWHERE = Repo(installation=1, id=11), Repo(installation=1, id=22)
SHA = "a" * 40
GOOD = {"plan": 7, "head": SHA, "tree": "b" * 40, "base": "c" * 40, "patch_id": "d" * 40, "dirty": False}


def _plan(number: int, repo: Repo, branch: str) -> Plan:
    return Plan(id=number, issue=IssueRef(repo, 3), base_branch="main", base=Sha(SHA), branch=branch)


PLANS = {
    7: _plan(7, HERE, "interlock/7-door"),
    8: _plan(8, ELSEWHERE, "interlock/8-gate"),
    9: _plan(9, ELSEWHERE, "interlock/7-door"),
}


class Runner:
    """Somebody with a token (or another `authorization`)."""

    def __init__(self, sender: Sender, authorization: str | None) -> None:
        self._sender = sender
        self._headers = {"Authorization": authorization} if authorization is not None else {}

    async def get(self, path: str, **options: Any) -> Answer:
        return await self._sender.ask("GET", path, headers=self._headers, **options)

    async def attest(self, body: bytes, delivery: str | None = None, **headers: str) -> Answer:
        sent = {**self._headers, "X-Interlock-Delivery": delivery or str(uuid.uuid4()), **headers}
        return await self._sender.ask("POST", "/runner/attestations", data=body, headers=sent)


@pytest.fixture
async def known(database: Database) -> None:
    for plan in PLANS.values():
        await database.write(plans.store_plan, PlanStored(plan=plan), NOW)


@pytest.fixture
async def runner(github: Sender, database: Database, known: None) -> Runner:
    return Runner(github, f"Bearer {await database.write(tokens.create, 'all', None, NOW)}")


@pytest.fixture
async def narrow(github: Sender, database: Database, known: None) -> Runner:
    """Whose token is for one repository only."""
    return Runner(github, f"Bearer {await database.write(tokens.create, 'here', HERE.id, NOW)}")


async def test_a_plan_is_told_by_its_id_and_by_its_branch(runner: Runner) -> None:
    for path, query in [("/runner/plans/8", {}), ("/runner/plans", {"branch": "interlock/8-gate"})]:
        answer = await runner.get(path, params=query)
        assert answer.status == 200
        assert codec.decode(answer.body, Plan) == PLANS[8]


async def test_a_token_for_one_repository_sees_only_its_plans(narrow: Runner, database: Database) -> None:
    assert codec.decode((await narrow.get("/runner/plans/7")).body, Plan) == PLANS[7]
    found = await narrow.get("/runner/plans", params={"branch": "interlock/7-door"})
    assert codec.decode(found.body, Plan) == PLANS[7]  # and not the newer plan 9 of that branch elsewhere
    assert (await narrow.get("/runner/plans", params={"branch": "interlock/8-gate"})).status == 404
    refused = await narrow.get("/runner/plans/8")
    unknown = await narrow.get("/runner/plans/6")
    assert (refused.status, unknown.status) == (404, 404)
    assert refused.text.replace("8", "6") == unknown.text  # it cannot be told whether there is one
    assert (await narrow.attest(codec.encode({**GOOD, "plan": 8}).encode())).status == 404
    assert await stored(database) == ()


@pytest.mark.parametrize("plan", ["0", "-1", "x", "7x", "07", "9" * 19, "9" * 4000, "%37%00", "٧"])
async def test_what_is_no_plan_id_is_404(runner: Runner, plan: str) -> None:
    assert (await runner.get(f"/runner/plans/{plan}")).status == 404


async def test_asking_for_no_branch_or_an_unknown_one(runner: Runner) -> None:
    assert (await runner.get("/runner/plans")).status == 400
    unknown = await runner.get("/runner/plans", params={"branch": "feature"})
    assert (unknown.status, "made with /plan" in unknown.text) == (404, True)
    assert (await runner.get("/runner/plans?branch=%ff%00")).status == 404


async def test_evidence_is_stored_as_an_event_about_the_plan_s_issue_and_only_once(
    runner: Runner, database: Database
) -> None:
    body, delivery = codec.encode(GOOD).encode(), "6dfeaeb6-8f7a-4b9b-9f39-bd6a5bd8c2f1"
    first = await runner.attest(body, delivery)
    again = await runner.attest(body, delivery)
    assert (first.status, first.json) == (202, {"delivery": f"runner:{delivery}"})
    assert (again.status, again.json) == (200, {"delivery": f"runner:{delivery}"})
    (row,) = await stored(database)
    assert (row.guid, row.source, row.name) == (f"runner:{delivery}", "runner", "attestation")
    event = codec.decode(row.body, Event)
    assert (event.delivery, event.kind, event.subject) == (row.guid, ("attestation", "received"), PLANS[7].issue)
    assert event.evidence == codec.decode(body, Evidence)


async def test_without_a_change_there_is_no_patch_id(runner: Runner) -> None:
    assert (await runner.attest(codec.encode({**GOOD, "patch_id": ""}).encode())).status == 202


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"plan": "7"}, "$.plan"),
        ({"plan": 0}, "$.plan"),
        ({"plan": -7}, "$.plan"),
        ({"plan": 10**18}, "$.plan"),
        ({"plan": True}, "$.plan"),
        ({"head": SHA[:7]}, "$.head"),
        ({"head": SHA.upper()}, "$.head"),
        ({"head": None}, "$.head"),
        ({"tree": SHA + "a"}, "$.tree"),
        ({"base": "main"}, "$.base"),
        ({"patch_id": "d" * 39}, "$.patch_id"),
        ({"dirty": 0}, "$.dirty"),
        ({"extra": 1}, "extra"),
    ],
)
async def test_wrong_evidence_is_refused_with_its_place(
    runner: Runner, database: Database, change: dict[str, Any], said: str
) -> None:
    answer = await runner.attest(msgspec.json.encode(GOOD | change))
    assert answer.status == 400
    assert said in answer.text
    assert await stored(database) == ()


@pytest.mark.parametrize("missing", list(GOOD))
async def test_a_missing_field_is_named(runner: Runner, missing: str) -> None:
    answer = await runner.attest(msgspec.json.encode({name: GOOD[name] for name in GOOD if name != missing}))
    assert (answer.status, missing in answer.text) == (400, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"plan": ' * 7000,
        b'{"plan": ' + b"9" * 60_000 + b"}",
        b'{"plan": 1e400}',
        b'{"head": "\\ud800"}',
        b'{"head": "\xff"}',
    ],
    ids=["empty", "cut", "list", "null", "no UTF-8", "deep", "nested", "huge", "infinite", "surrogate", "bad text"],
)
async def test_what_is_no_json_of_evidence_is_400(runner: Runner, database: Database, body: bytes) -> None:
    assert (await runner.attest(body)).status == 400
    assert await stored(database) == ()


async def test_a_body_above_64_kib_is_413(runner: Runner) -> None:
    padded = codec.encode(GOOD).encode()
    assert (await runner.attest(padded + b" " * (65_536 - len(padded)))).status == 202
    assert (await runner.attest(padded + b" " * (65_537 - len(padded)))).status == 413


async def test_an_encoded_body_is_415(runner: Runner) -> None:
    assert (await runner.attest(codec.encode(GOOD).encode(), **{"Content-Encoding": "gzip"})).status == 415


@pytest.mark.parametrize(
    "delivery", ["x", "6DFEAEB6-8F7A-4B9B-9F39-BD6A5BD8C2F1", "6dfeaeb68f7a4b9b9f39bd6a5bd8c2f1", " "]
)
async def test_a_delivery_id_that_is_no_uuid_is_refused(runner: Runner, delivery: str) -> None:
    answer = await runner.attest(codec.encode(GOOD).encode(), delivery)
    assert (answer.status, "lowercase UUID" in answer.text) == (400, True)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic {token}", "{token}", "Bearer {token}x", "Bearer  {token}"],
)
async def test_without_a_valid_token_nothing_is_told(
    github: Sender, database: Database, known: None, authorization: str | None
) -> None:
    token = await database.write(tokens.create, "all", None, NOW)
    stranger = Runner(github, authorization and authorization.format(token=token))
    answers = [
        await stranger.get("/runner/plans/7"),
        await stranger.get("/runner/plans", params={"branch": "interlock/7-door"}),
        await stranger.get("/runner/plans/no-number"),
        await stranger.attest(b"no JSON at all"),
    ]
    assert [answer.status for answer in answers] == [401] * 4
    assert token not in "".join(answer.text for answer in answers)
    assert await stored(database) == ()


async def test_a_revoked_token_is_worth_nothing_at_once(runner: Runner, database: Database) -> None:
    assert (await runner.get("/runner/plans/7")).status == 200
    await database.write(tokens.revoke, "all", NOW)
    assert (await runner.get("/runner/plans/7")).status == 401


async def test_a_github_delivery_does_not_hide_a_runner_s(runner: Runner, github: Sender, database: Database) -> None:
    same = str(uuid.uuid4())
    await github.deliver(guid=same)
    assert (await runner.attest(codec.encode(GOOD).encode(), same)).status == 202
    assert len(await stored(database)) == 2


async def test_five_copies_at_once_are_one_row(runner: Runner, database: Database) -> None:
    same = str(uuid.uuid4())
    answers = await asyncio.gather(*(runner.attest(codec.encode(GOOD).encode(), same) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 200, 202]
    assert len(await stored(database)) == 1
