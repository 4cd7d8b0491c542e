"""Our client for GitHub's REST API: the right token, the right name, retries for reads, one try for writes.

Of gidgethub only the sans-I/O part is used (`transport.py`): its request layer decodes before it looks at the status
and keys its cache by URL alone. GraphQL is not used; a POST to it is refused like any other unguarded write.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import cachetools
import msgspec

from bot.github.answers import Answer, WrongShape
from bot.github.app_auth import Credential, Purpose, Tokens, exchange
from bot.github.errors import ASK_AGAIN, Answered, Forbidden, ForeignUrl, Missing, NoAnswer, Rejected, TooManyPages
from bot.github.transport import Permit, Request, Transport
from bot.github.urls import Origin, path, repository_path
from bot.model import codec
from bot.model.ids import APP, Repo
from bot.policy.backoff import delay
from bot.ports import Ambiguous, Limited, NotSent, RepositoryNames

T = TypeVar("T")
Query = Mapping[str, str | int]

TRIES = 5
MOST_PAGES = 100
PER_PAGE = 100  # GitHub gives 30 unless asked and never more than this
_REDIRECTS = (301, 302, 307, 308)
_CACHED_BYTES = 32 * 1024 * 1024


class _Named(msgspec.Struct):
    id: int
    full_name: str


class _Repositories(msgspec.Struct):
    repositories: list[_Named]


@dataclass(frozen=True, slots=True)
class _Cached:
    etag: str
    answer: Answer


class Client:
    """Reads raise Limited or a `ReadFailed`; writes raise NotSent, Limited, Refused or Ambiguous."""

    def __init__(
        self,
        transport: Transport,
        origin: Origin,
        tokens: Tokens,
        names: RepositoryNames,
        *,
        retry_base: float = 1.0,
    ) -> None:
        """`retry_base`: longest wait in seconds before the second try of a read; it doubles with each."""
        self._transport = transport
        self._origin = origin
        self._tokens = tokens
        self._names = names
        self._retry_base = retry_base
        # By repository (hence installation), purpose of the token and URL: an answer never crosses to another token.
        self._cache: cachetools.LRUCache[tuple[Repo, str], _Cached] = cachetools.LRUCache(
            _CACHED_BYTES, getsizeof=lambda cached: len(cached.answer.body) + 1
        )

    async def get(self, repo: Repo, below: tuple[str | int, ...], kind: type[T], query: Query | None = None) -> T:
        """`GET R/<below>` as a value of `kind`. Raises Missing where it does not exist."""
        return (await self._get_in(repo, below, kind, query))[0]

    async def pages(
        self, repo: Repo, below: tuple[str | int, ...], kind: type[T], query: Query | None = None
    ) -> AsyncIterator[T]:
        """Every page of a list, each as a value of `kind`, to the last or until the caller stops."""
        page, following = await self._get_in(repo, below, kind, {"per_page": PER_PAGE, **(query or {})})
        yield page
        async for page in self._more(repo, following, kind):
            yield page

    async def get_as_app(self, at: str, kind: type[T]) -> T:
        """`GET <at>` with the App's own key."""
        return (await self._read(APP, self._origin.url(at), kind))[0]

    async def pages_as_app(
        self, at: str, kind: type[T], query: Query, *, most_pages: int = MOST_PAGES
    ) -> AsyncIterator[T]:
        url = self._origin.url(at, {"per_page": PER_PAGE, **query})
        page, following = await self._read(APP, url, kind)
        yield page
        async for page in self._more(APP, following, kind, most_pages):
            yield page

    async def repository_id(self, installation: int, full_name: str) -> int:
        """The id behind a name that somebody typed. Raises Missing."""
        url = self._origin.url(repository_path(full_name))

        async def ask() -> Answer:
            secret = await self._tokens.by_name(installation, full_name.partition("/")[2])
            request = Request(method="GET", url=url, installation=installation, secret=secret)
            return await self._transport.exchange(request)

        return (await self._retried(ask, _Named))[0].id

    async def send(
        self, repo: Repo, purpose: Purpose, method: str, below: tuple[str | int, ...], body: object, *, permit: Permit
    ) -> Answer:
        """One write below `R`, tried once: only its 2xx answers come back.

        Raises NotSent (nothing left, or GitHub answered and did nothing), Limited, Rejected, Ambiguous.
        """
        name = await self.name(repo)
        request = Request(
            method=method,
            url=self._origin.url(repository_path(name) + path(*below)),
            installation=repo.installation,
            body=b"" if body is None else codec.encode(body).encode(),
            permit=permit,
        )
        answer = await exchange(self._transport, self._tokens.of(repo, purpose), request)
        if answer.status in _REDIRECTS:
            now = await self.resolve(repo)
            raise NotSent(f"GitHub says it has moved: {name} is {now} now", retry_after=0.0 if now != name else 1.0)
        return _accepted(answer)

    async def send_as_app(self, at: str, *, permit: Permit) -> Answer:
        """One POST without a body, with the App's own key."""
        request = Request(method="POST", url=self._origin.url(at), installation=APP.installation, permit=permit)
        return _accepted(await exchange(self._transport, self._tokens.key, request))

    async def _get_in(
        self, repo: Repo, below: tuple[str | int, ...], kind: type[T], query: Query | None
    ) -> tuple[T, str]:
        """Below the repository's last known name; if that redirects, once more below the name it has now."""
        tail = path(*below)
        name = await self.name(repo)
        try:
            return await self._read(repo, self._origin.url(repository_path(name) + tail, query), kind)
        except Answered as error:
            if error.status not in _REDIRECTS:
                raise
        renamed = await self.resolve(repo)
        try:
            return await self._read(repo, self._origin.url(repository_path(renamed) + tail, query), kind)
        except Answered as error:
            if error.status not in _REDIRECTS:
                raise
            raise Missing(f"it has moved to another repository: {error.why}", error.status) from error

    async def _more(self, repo: Repo, following: str, kind: type[T], most_pages: int = MOST_PAGES) -> AsyncIterator[T]:
        read = 1
        while following:
            if read == most_pages:
                raise TooManyPages(f"more than {most_pages} pages: {following}")
            page, following = await self._read(repo, following, kind)  # the transport asserts the origin
            read += 1
            yield page

    async def name(self, repo: Repo) -> str:
        """`owner/name` as it is called in URLs. Raises Missing."""
        await self._tokens.token(repo, Purpose.READ)  # it brings the present name along
        return await self._names.name(repo) or await self.resolve(repo)

    async def resolve(self, repo: Repo) -> str:
        """The name a repository has now, by its id: a token for this one repository sees no other."""
        url = self._origin.url(path("installation", "repositories"))
        seen, _ = await self._read(repo, url, _Repositories)
        for one in seen.repositories:
            if one.id == repo.id:
                await self._names.remember(repo, one.full_name)
                return one.full_name
        raise Missing(f"installation {repo.installation} has no repository {repo.id}", 404)

    async def _read(self, repo: Repo, url: str, kind: type[T]) -> tuple[T, str]:
        """The decoded body of a 200 and the URL of the next page."""
        value, answer = await self._retried(lambda: self._conditional(repo, url), kind)
        etag = answer.headers.get("etag", "")
        if etag and len(answer.body) < _CACHED_BYTES:  # only what could be read: a cut body must not come back as a 304
            self._cache[repo, url] = _Cached(etag, answer)
        return value, answer.next

    async def _retried(self, exchange: Callable[[], Awaitable[Answer]], kind: type[T]) -> tuple[T, Answer]:
        """What a 200 says and the answer itself; asked again, with full jitter, while the reason is none of ours."""
        why = ""
        for tried in range(1, TRIES + 1):
            try:
                answer = await exchange()
                if answer.status < 500:
                    return _read_out(answer, kind), answer
                why = answer.reason
            except (Limited, Answered, ForeignUrl):
                raise
            except (NotSent, Ambiguous, WrongShape) as error:
                why = str(error)
            if tried < TRIES:
                await asyncio.sleep(delay(tried, base=self._retry_base, fraction=random.random()))
        raise NoAnswer(f"{why} ({TRIES} tries)")

    async def _conditional(self, repo: Repo, url: str) -> Answer:
        """A 304 costs nothing of the budget. What is kept are bytes: nobody can change another's answer."""
        known = self._cache.get((repo, url))
        credential: Credential = self._tokens.key if repo == APP else self._tokens.of(repo, Purpose.READ)
        etag = known.etag if known else ""
        request = Request(method="GET", url=url, installation=repo.installation, etag=etag)
        answer = await exchange(self._transport, credential, request)
        if answer.status == 304 and known:
            return known.answer
        return answer


def _read_out(answer: Answer, kind: type[T]) -> T:
    if answer.status == 200:
        return answer.decoded(kind)
    if answer.status in (404, 410):
        raise Missing(answer.reason, answer.status)
    if answer.status in (403, 451):
        raise Forbidden(answer.reason, answer.status)
    raise Answered(answer.reason, answer.status)


def _accepted(answer: Answer) -> Answer:
    """A write's answer if it says that it was done. Raises Rejected, NotSent or Ambiguous."""
    if 200 <= answer.status < 300:
        return answer
    if answer.status == 401:
        raise NotSent(answer.reason, retry_after=ASK_AGAIN)
    if answer.status >= 500 or answer.status in (304, 408):
        raise Ambiguous(answer.reason)
    raise Rejected(answer.reason, answer.status)
