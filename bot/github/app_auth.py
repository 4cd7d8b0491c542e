"""Who we are to GitHub: the App's JWT, and installation tokens that can do no more than one kind of work.

Sources: docs.github.com, "Generating a JSON Web Token for a GitHub App", "Generating an installation access token".
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol

import cachetools
import jwt
import msgspec

from bot.github.answers import Answer, WrongShape
from bot.github.errors import Answered, Forbidden, Missing, NoAnswer
from bot.github.single_flight import SingleFlight
from bot.github.transport import Request, Secret, Transport
from bot.github.urls import Origin, path
from bot.model.ids import APP, Repo
from bot.ports import Ambiguous, RepositoryNames

_BACKDATED = 60  # seconds; GitHub's advice against clocks that run ahead
_JWT_LIFE = 9 * 60  # seconds from now; GitHub refuses more than 10 minutes
_RENEW_JWT_BEFORE = 60  # seconds before it ends
_RENEW_TOKEN_BEFORE = 300
_MOST_TOKENS = 10_000


class Purpose(Enum):
    """What a token is for.

    One for every read, so that a job, which is nearly all reads, costs one token an hour; two for writes, so that
    what reads cannot write, what comments cannot pass a gate, and what passes a gate cannot comment.
    """

    READ = "read"
    ISSUES = "issues"
    CHECKS = "checks"


#: All that a token may do. Labels, links and reactions, on pull requests too, need issues: write (github-api.md
#: section 3).
PERMISSIONS: Mapping[Purpose, Mapping[str, str]] = {
    Purpose.READ: {
        "metadata": "read",
        "issues": "read",
        "pull_requests": "read",
        "checks": "read",
        "contents": "read",
    },
    Purpose.ISSUES: {"metadata": "read", "issues": "write"},
    Purpose.CHECKS: {"metadata": "read", "checks": "write"},
}


class Credential(Protocol):
    """Something a request can be signed with. What `secret` raises is a NotSent, for nothing has been sent with it."""

    async def secret(self) -> Secret: ...

    def refused(self, used: Secret, answer: Answer) -> None:
        """GitHub answered 401 to `used`: the next `secret` is a new one."""


async def exchange(transport: Transport, credential: Credential, request: Request) -> Answer:
    """`request` signed and sent; once more with a renewed secret if the first is answered 401, which did nothing."""
    secret = await credential.secret()
    answer = await transport.exchange(replace(request, secret=secret))
    if answer.status != 401:
        return answer
    credential.refused(secret, answer)
    return await transport.exchange(replace(request, secret=await credential.secret()))


class AppKey:
    """The App's private key. Signing takes 33 ms (measured), so it happens in a thread and seldom."""

    def __init__(self, app_id: int, private_key: str) -> None:
        self._issuer = str(app_id)  # PyJWT refuses a number here
        self._key = private_key
        self._flight: SingleFlight[None, Secret] = SingleFlight()
        self._jwt: Secret | None = None
        self._renew_at = 0.0
        self._offset = 0.0  # seconds GitHub's clock is ahead of ours

    async def secret(self) -> Secret:
        """The JWT."""
        if self._jwt is None or time.monotonic() >= self._renew_at:
            self._jwt = await self._flight.get(None, self._sign)
        return self._jwt

    def refused(self, used: Secret, answer: Answer) -> None:
        """The next one is signed by GitHub's clock."""
        if used is self._jwt:
            self._jwt = None
        if answer.date:
            self._offset = answer.date.timestamp() - time.time()

    async def _sign(self) -> Secret:
        now = int(time.time() + self._offset)
        claims = {"iat": now - _BACKDATED, "exp": now + _JWT_LIFE, "iss": self._issuer}
        signed = await asyncio.to_thread(jwt.encode, claims, self._key, "RS256")
        self._renew_at = time.monotonic() + _JWT_LIFE - _RENEW_JWT_BEFORE
        return Secret(signed, is_jwt=True)


class _Named(msgspec.Struct):
    id: int
    full_name: str


class _Granted(msgspec.Struct):
    token: str
    expires_at: datetime
    repositories: list[_Named] = []


@dataclass(frozen=True, slots=True)
class _Token:
    secret: Secret
    renew_at: float  # monotonic seconds
    repositories: tuple[_Named, ...]  # what it can see, by the names they have now


class Tokens:
    """Installation tokens, each for one repository and one purpose; kept until five minutes before they end."""

    def __init__(self, transport: Transport, origin: Origin, key: AppKey, names: RepositoryNames) -> None:
        self._transport = transport
        self._origin = origin
        self._names = names
        self.key = key
        self._flight: SingleFlight[tuple[Repo, Purpose], _Token] = SingleFlight()
        self._kept: cachetools.TLRUCache[tuple[Repo, Purpose], _Token] = cachetools.TLRUCache(
            _MOST_TOKENS, ttu=lambda _key, token, _now: token.renew_at, timer=time.monotonic
        )

    def of(self, repo: Repo, purpose: Purpose) -> "RepositoryToken":
        return RepositoryToken(self, repo, purpose)

    async def token(self, repo: Repo, purpose: Purpose) -> Secret:
        """The token, its repository's present name remembered before: a name from elsewhere may be out of date, and
        another repository may have taken it over.

        Raises Missing (not installed there, or not any more), Answered, NoAnswer, Limited, NotSent.
        """
        wanted = (repo, purpose)
        kept = self._kept.get(wanted)
        if kept is None:
            kept = await self._flight.get(wanted, lambda: self._fetch_and_keep(repo, purpose))
        return kept.secret

    def forget(self, repo: Repo, purpose: Purpose, used: Secret) -> None:
        """Drops `used`, unless somebody has renewed it already."""
        kept = self._kept.get((repo, purpose))
        if kept is not None and kept.secret is used:
            del self._kept[repo, purpose]

    async def by_name(self, installation: int, name: str) -> Secret:
        """A token that can only see that a repository of this name exists; for finding its id. Not kept."""
        token = await self._fetch(installation, {"repositories": [name], "permissions": {"metadata": "read"}})
        return token.secret

    async def _fetch_and_keep(self, repo: Repo, purpose: Purpose) -> _Token:
        token = await self._fetch(repo.installation, {"repository_ids": [repo.id], "permissions": PERMISSIONS[purpose]})
        for seen in token.repositories:
            if seen.id == repo.id:
                await self._names.remember(repo, seen.full_name)
        self._kept[repo, purpose] = token
        return token

    async def _fetch(self, installation: int, scope: Mapping[str, object]) -> _Token:
        url = self._origin.url(path("app", "installations", installation, "access_tokens"))
        request = Request(method="POST", url=url, installation=APP.installation, body=msgspec.json.encode(scope))
        try:
            answer = await exchange(self._transport, self.key, request)
        except Ambiguous as error:
            raise NoAnswer(f"no token: {error.why}") from error
        return _granted(answer)


@dataclass(frozen=True, slots=True)
class RepositoryToken:
    """A Credential: the present token of one repository for one purpose."""

    tokens: Tokens
    repo: Repo
    purpose: Purpose

    async def secret(self) -> Secret:
        return await self.tokens.token(self.repo, self.purpose)

    def refused(self, used: Secret, answer: Answer) -> None:
        self.tokens.forget(self.repo, self.purpose, used)


def _granted(answer: Answer) -> _Token:
    if answer.status == 201:
        try:
            granted = answer.decoded(_Granted)
        except WrongShape as error:
            raise NoAnswer(f"no token: {error}") from error
        by_github = answer.date or datetime.now(UTC)
        life = (granted.expires_at - by_github).total_seconds()
        early = min(_RENEW_TOKEN_BEFORE, life / 2)
        return _Token(Secret(granted.token), time.monotonic() + life - early, tuple(granted.repositories))
    why = f"no token: {answer.reason}"
    if answer.status == 404 or (answer.status == 422 and "permission" not in answer.message.lower()):
        raise Missing(why, answer.status)  # uninstalled, or the repository was taken out of the installation
    if answer.status >= 500:
        raise NoAnswer(why)
    if answer.status in (403, 422):
        raise Forbidden(why, answer.status)
    raise Answered(why, answer.status)
