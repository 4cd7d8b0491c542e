"""The App's key and its tokens: cached, shared, renewed, narrow, and never shown."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msgspec
import pytest
from aiohttp import web

from bot.github.answers import Answer
from bot.github.app_auth import PERMISSIONS, AppKey, Purpose, _granted
from bot.github.errors import Answered, Forbidden, Missing, NoAnswer
from bot.github.reader import Reader
from bot.github.single_flight import SingleFlight
from bot.github.transport import Secret
from bot.model.ids import IssueRef, Repo
from bot.sandbox import installations
from bot.sandbox.fault_kinds import Status, Unauthorized
from tests.github.conftest import NAME, GitHub
from tests.github.scripted import PEM, TOKEN, scripted

REPO = Repo(3, 7)


def claims(secret: Secret) -> dict[str, Any]:
    decoded: dict[str, Any] = jwt.decode(secret.text, options={"verify_signature": False})
    return decoded


async def test_the_jwt_lives_less_than_ten_minutes_and_begins_in_the_past() -> None:
    made = claims(await AppKey(12, PEM).secret())
    now = time.time()
    assert made["iss"] == "12"
    assert 55 <= now - made["iat"] <= 65
    assert 0 < made["exp"] - now <= 600
    assert made["exp"] - made["iat"] <= 600


async def test_the_jwt_is_signed_once_for_all_who_ask() -> None:
    key = AppKey(12, PEM)
    first, *others = await asyncio.gather(*(key.secret() for _ in range(20)))
    assert all(other is first for other in others)
    assert await key.secret() is first


async def test_a_refused_jwt_is_signed_anew_by_githubs_clock() -> None:
    """Ours is ten minutes fast: without the offset every JWT would come from the future."""
    key = AppKey(12, PEM)
    first = await key.secret()
    theirs = datetime.now(UTC) - timedelta(minutes=10)
    key.refused(first, Answer(401, {"date": theirs.strftime("%a, %d %b %Y %H:%M:%S GMT")}, b""))
    again = await key.secret()
    assert again is not first
    assert abs(claims(again)["iat"] - (theirs.timestamp() - 60)) <= 2


async def test_a_hundred_callers_cause_one_token_request(github: GitHub, reader: Reader) -> None:
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    assert all(await asyncio.gather(*(reader.issue(issue) for _ in range(100))))
    assert github.asked("/access_tokens", "POST") == 1


async def test_a_hundred_refused_callers_cause_one_renewal(github: GitHub, reader: Reader) -> None:
    """G5: one renewal in flight, no storm."""
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    await reader.issue(issue)
    (installation,) = github.sandbox.world.installations.values()
    installations.revoke_tokens(github.sandbox.world, installation)
    assert all(await asyncio.gather(*(reader.issue(issue) for _ in range(100))))
    assert github.asked("/access_tokens", "POST") == 2


async def test_a_token_that_is_refused_again_is_given_up(github: GitHub, reader: Reader) -> None:
    issue = github.ref(github.actor("ada").open_issue(NAME, "x"))
    github.faults.add(Unauthorized(), path=".*/issues/1", times=None)
    with pytest.raises(Answered, match="401"):
        await reader.issue(issue)
    assert (github.asked("/issues/1"), github.asked("/access_tokens", "POST")) == (2, 2)


async def test_a_refused_jwt_is_renewed_once_for_the_token_request(github: GitHub, reader: Reader) -> None:
    github.faults.add(Unauthorized(), path=".*/access_tokens")
    assert await reader.repository(github.repo)


@pytest.mark.parametrize(("life", "kept"), [(3600, 3300), (600, 300), (400, 200), (10, 5)])
def test_a_token_is_renewed_five_minutes_before_it_ends(life: int, kept: int) -> None:
    """By GitHub's clock: here ours is an hour fast, and the token would seem to have ended."""
    theirs = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    body = {"token": TOKEN, "expires_at": (theirs + timedelta(seconds=life)).isoformat()}
    date = theirs.strftime("%a, %d %b %Y %H:%M:%S GMT")
    token = _granted(Answer(201, {"date": date}, json.dumps(body).encode()))
    assert abs(token.renew_at - time.monotonic() - kept) < 1


async def test_a_token_that_has_to_be_renewed_is_asked_for_again() -> None:
    async with scripted() as running:
        tokens = running.connect().client._tokens
        running.token = lambda _: web.json_response({"token": TOKEN, "expires_at": "2001-01-01T00:00:00Z"}, status=201)
        first = await tokens.token(REPO, Purpose.READ)
        assert await tokens.token(REPO, Purpose.READ) is not first


async def test_what_a_token_request_asks_for_is_one_repository_and_one_purpose() -> None:
    async with scripted() as running:
        client = running.connect().client
        for purpose in Purpose:
            await client._tokens.token(REPO, purpose)
            asked = msgspec.json.decode(running.bodies[-1])
            assert asked == {"repository_ids": [7], "permissions": PERMISSIONS[purpose]}


async def test_no_purpose_can_do_what_the_bot_never_does() -> None:
    granted = {(name, level) for permissions in PERMISSIONS.values() for name, level in permissions.items()}
    assert {name for name, level in granted if level == "write"} == {"issues", "checks"}
    assert not {name for name, _ in granted} & {"administration", "workflows", "actions", "secrets"}


async def test_secrets_never_show() -> None:
    async with scripted() as running:
        tokens = running.connect().client._tokens
        secret = await tokens.token(REPO, Purpose.READ)
        signed = await tokens.key.secret()
        shown = f"{secret!r} {secret} {signed!r} {tokens!r} {vars(tokens)!r} {tokens.key!r} {signed}"
        assert secret.text == TOKEN
        assert TOKEN not in shown
        assert signed.text not in shown


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (404, "Not Found", Missing),
        (422, "There is at least one repository that does not exist or is not accessible.", Missing),
        (422, "The permissions requested are not granted to this installation.", Forbidden),
        (403, "This installation has been suspended", Forbidden),
    ],
)
async def test_why_there_is_no_token(status: int, message: str, error: type[Answered]) -> None:
    async with scripted() as running:
        running.token = lambda _: web.json_response({"message": message}, status=status)
        with pytest.raises(Answered, match=message) as raised:
            await running.connect().client._tokens.token(REPO, Purpose.READ)
        assert type(raised.value) is error


async def test_a_token_request_without_an_answer_is_tried_again_by_the_read(github: GitHub, reader: Reader) -> None:
    github.faults.add(Status(502), path=".*/access_tokens", times=2)
    assert await reader.find_repository(NAME) is not None
    github.faults.add(Status(502), path=".*/access_tokens", times=None)
    with pytest.raises(NoAnswer):
        await reader.issue(IssueRef(github.repo, 1))


async def test_a_flight_goes_on_for_the_others_when_one_caller_is_cancelled() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    begun, go_on, count = asyncio.Event(), asyncio.Event(), 0

    async def make() -> int:
        nonlocal count
        count += 1
        begun.set()
        await go_on.wait()
        return count

    first = asyncio.create_task(flights.get("a", make))
    await begun.wait()
    second = asyncio.create_task(flights.get("a", make))
    await asyncio.sleep(0)
    first.cancel()
    go_on.set()
    assert await second == 1
    assert await flights.get("a", make) == 2, "the next flight starts anew"


async def test_a_failed_flight_fails_for_all_who_waited_and_for_nobody_after() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    count = 0

    async def make() -> int:
        nonlocal count
        count += 1
        await asyncio.sleep(0)
        if count == 1:
            raise OSError("once")
        return count

    waited = await asyncio.gather(*(flights.get("a", make) for _ in range(10)), return_exceptions=True)
    assert [str(one) for one in waited] == ["once"] * 10
    assert await flights.get("a", make) == 2
